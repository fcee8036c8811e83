package catalog

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// prometheusType is the type of the data sources that are asked by PromQL.
const prometheusType = "prometheus"

// source is a data source that SLIs refer to.
type source struct{ kind, url string }

// prometheusSource reads where Prometheus answers; n may be nil.
func (r reader) prometheusSource(n *yaml.Node) (url string, ok bool) {
	if n == nil {
		return "", false
	}
	f, ok := r.fields(n, "connectionDetails", "url")
	if !ok {
		return "", false
	}
	at := f.need("url")
	return url, set(&url, at, parsed(r, func(s string) (string, error) { return s, validURL(s) }))
}

// matcher and selector are those of PromQL.
const (
	matcher  = `\s*[a-zA-Z_][a-zA-Z0-9_]*\s*(?:=~|!~|!=|=)\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*`
	matchers = `\{(?:` + matcher + `(?:,` + matcher + `)*,?)?\s*\}`
	selector = `(?:[a-zA-Z_:][a-zA-Z0-9_:]*\s*(?:` + matchers + `)?|` + matchers + `)`
)

// counter is a query whose increase over a time can be written: that of the
// series that a selector finds, alone or in a sum.
var counter = regexp.MustCompile(`^\s*(?:sum\s*\(\s*(` + selector + `)\s*\)|(` + selector + `))\s*$`)

// increase is the query for how much a counter grew in an increment.
func increase(query string) (string, error) {
	if err := validQuery(query); err != nil {
		return "", err
	}
	m := counter.FindStringSubmatch(query)
	if m == nil {
		return "", errors.New("a counter that is computed cannot be honoured: an increase can be taken of series, as in http_requests_total{job=\"shop\"} or the sum() of them; a Probe of the kind promql has whole queries")
	}
	found := strings.TrimSpace(m[1] + m[2])
	return "sum(increase(" + strings.ReplaceAll(found, "$", "$$") + "[${" + slo.WindowName + "}]))", nil
}

// querySubject reads what is asked of Prometheus as the metric called what.
func (r reader) querySubject(n *yaml.Node, what, name string, ref *yaml.Node) (subject, bool) {
	f, ok := r.fields(n, "the spec of a metricSource of the type "+prometheusType, "query")
	if !ok {
		return subject{}, false
	}
	s := subject{at: f.need("query"), source: name, sourceAt: ref}
	switch {
	case what == "thresholdMetric":
		r.errorf(n, "", "a thresholdMetric of %s cannot be honoured: requests are counted, in a ratioMetric", prometheusType)
		return s, false
	case what == "raw":
		r.errorf(n, "", "raw of %s cannot be honoured: of a ratio nobody can tell how many requests there were", prometheusType)
		return s, false
	case ref == nil:
		r.errorf(n, "", "a metricSource of the type %s lacks a metricSourceRef, whose data source says where to ask", prometheusType)
		return s, false
	}
	return s, set(&s.query, s.at, parsed(r, increase))
}

// requestsOf makes the probe that counts what an SLI is about, once.
func (r reader) requestsOf(i *indicator) {
	from, known := r.sources[i.source]
	if i.made || !known || from.kind != prometheusType {
		return // told elsewhere
	}
	i.made = true
	if r.entries[kindProbe][i.name] != nil {
		i.r.errorf(i.at, "give the SLI another name", "the requests are counted by a probe that would be named %s, and there is a Probe of that name", i.name)
		return
	}
	spec := *i.counts
	spec.URL = from.url
	p := &slo.Probe{Name: i.name, Every: time.Minute, Timeout: defaultTimeout, Confirm: 1, Spec: &spec}
	p.Hold = 2*p.Every + p.Timeout
	i.r.locations(nil, &p.Locations)
	r.catalog.Probes = append(r.catalog.Probes, p)
	r.counting[i.name] = true
	r.entries[kindProbe][i.name] = &entry{at: i.at, r: i.r, used: true}
}

// promiseRequests makes an objective of a threshold on requests.
func (r reader) promiseRequests(o *slo.Objective, t threshold, probe string) {
	if o.Method != slo.ByOccurrences {
		r.errorf(t.f.node, "count by Occurrences", "requests in slices cannot be honoured: they are counted one by one")
		return
	}
	o.Method, o.Requests = slo.ByRequests, slo.RequestRule{Probe: probe}
}

// madeElsewhere makes sure that something says when the service of an SLO by
// requests is up, which these do not tell.
func (r reader) madeElsewhere(a *slo.Agreement, n *yaml.Node) {
	r.later(func() {
		if r.services[a.Service] == nil && !r.obscure[a.Service] {
			r.errorf(n, "measure a probe in another SLO of it, or write a Service of ours of that name",
				"nothing says what the service %s is made of: requests do not tell when it is up", a.Service)
		}
	})
}

// knownSource parses the type of a data source.
func knownSource(s string) (string, error) {
	for _, known := range []string{sourceType, prometheusType} {
		if strings.EqualFold(s, known) {
			return known, nil
		}
	}
	return "", fmt.Errorf("data of the type %s cannot be honoured: an indicator is of the type %s and names a probe or a service of this catalogue, or of the type %s and counts requests", quote(s), sourceType, prometheusType)
}
