package catalog

import (
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/internal/placeholder"
	"github.com/assay-sla/assay/slo"
)

// promql checks a promql block. PromQL itself is for who is asked to judge.
func (b *block) promql(s *slo.PromQL) {
	if b.need("url") {
		b.check("url", validURL)
	}
	if strings.ContainsAny(s.URL, "?#") && b.given("url") {
		b.r.errorf(b.at["url"], "", "the url is that of the API, without /api/v1/query and what follows it")
	}
	if b.need("total") {
		b.query("total", s.Total)
	}
	switch {
	case b.given("good") && b.given("bad"):
		b.r.errorf(b.at["bad"], "", "promql has one of good and bad")
	case !b.given("good") && !b.given("bad") && !b.bad["good"] && !b.bad["bad"]:
		b.r.errorf(b.node, "", "promql lacks good or bad, which says how many of the requests were good")
	}
	b.query("good", s.Good)
	b.query("bad", s.Bad)
	if b.given("delay") && (s.Delay < time.Second || s.Delay > slo.MaxDelay) {
		b.r.errorf(b.at["delay"], "", "the delay of %s is not in 1s to %s", FormatDuration(s.Delay), FormatDuration(slo.MaxDelay))
	}
	b.headers(s.Headers, "content-type", "accept")
	b.credentials(&slo.HTTP{URL: s.URL, Headers: s.Headers, Username: s.Username, Password: s.Password, Bearer: s.Bearer})
	b.check("ip", validFamily)
	b.tlsOptions("tls", &s.TLS)
}

// query checks a query's size and its placeholders.
func (b *block) query(path, query string) {
	if !b.given(path) {
		return
	}
	b.check(path, validQuery)
	t, err := placeholder.Parse(query)
	if err != nil {
		b.r.errorf(b.at[path], "", "%v", err)
		return
	}
	for _, name := range t.Names() {
		if name != slo.WindowName {
			b.r.errorf(b.at[path], "", "${%s} is nothing that a query has: ${%s} is the length of the increment", name, slo.WindowName)
		}
	}
	if !slices.Contains(t.Names(), slo.WindowName) {
		b.r.warnf(b.at[path], "as in sum(increase(http_requests_total[${window}]))", "the query has no ${%s}, so it may count other requests than those of the increment", slo.WindowName)
	}
}
