package demo

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ideas are improvement actions that no figure proposed.
func (y *year) ideas() []item {
	return []item{
		{"actions", "reports-at-night", []chapter{
			{at: y.on(2, 17, 9, 0), who: "bob", values: values{
				"title": "Run the shop's own reports at night", "service": "alder-web", "source": "complaint", "reference": "slow-checkout", "measure": "slowest checkout on Saturdays, s", "before": "31", "goal": "5", "in_reports": "yes",
			}},
			{at: y.on(2, 17, 14, 0), who: "grace", state: "agreed", values: values{"owner": bob, "due": y.day(3, 15)}},
			{at: y.on(3, 12, 9, 0), who: "bob", state: "done", values: values{"result": "They begin at two in the morning."}},
			{at: y.on(4, 13, 9, 0), who: "grace", state: "effective", values: values{"after": "3.5"}},
		}},
		{"actions", "second-fibre", []chapter{
			{at: y.on(5, 20, 9, 0), who: "grace", values: values{"title": "A second fibre by another way", "service": "network", "source": "review", "reference": "review-spring", "measure": "northline/month %", "goal": "99.9", "in_reports": "no"}},
			{at: y.on(6, 3, 9, 0), who: "grace", state: "agreed", values: values{"owner": bob, "due": y.day(11, 1)}, text: "Northline wants four months for it."},
		}},
		{"actions", "call-back", []chapter{
			{at: y.on(-1, 23, 15, 0), who: "grace", state: "proposed", values: values{"title": "Call customers back within the hour of a major incident", "source": "complaint", "reference": "no-answer", "in_reports": "yes", "service": "dogwood-web"}},
		}},
		{"actions", "own-name-servers", []chapter{
			{at: y.on(3, 4, 9, 0), who: "bob", values: values{"title": "Run the name servers ourselves", "service": "dns", "source": "idea"}},
			{at: y.on(3, 18, 9, 0), who: "grace", state: "rejected", values: values{"result": "Dearer than the contract, and no better."}},
		}},
	}
}

// improved are the actions that missed objectives propose: one is taken up every
// second month, and looked at when the month behind it is over.
func (y *year) improved() []act {
	steps := []string{
		"Look over the alerts of the service, so that who is on duty is called at the first failure",
		"Two instances behind a balancer in the place of one",
		"Roll a release back by itself where its health check fails",
		"Renew the certificates a month ahead, and alert on the job that does it",
		"Limit how long a query may take",
	}
	var out []act
	for n := range y.months() + 1 {
		if n%2 == 1 {
			out = append(out, y.improve(n, steps[n/2%len(steps)])...)
		}
	}
	return out
}

// improve takes up what the month before proposes, and follows it.
func (y *year) improve(month int, step string) []act {
	var p proposal
	owner := []string{ada, bob}[month/2%2]
	change := func(ctx context.Context, o *office, c chapter) (err error) {
		if p.version > 0 {
			p.version, err = o.keepItem(ctx, "actions", p.ID, p.version, c)
		}
		return err
	}
	judged := y.on(month+2, 6, 10, 0)
	return []act{
		{y.on(month, 5, 10, 0), "grace", func(ctx context.Context, o *office) (err error) {
			c := chapter{state: "agreed", values: values{"title": step, "owner": owner, "due": y.day(month, 28)}}
			p, err = o.takeUp(ctx, "actions", func(p proposal) bool { return p.Reason == "objective" && strings.HasSuffix(p.Subject, "/month") }, c)
			return err
		}},
		{y.on(month, 26, 10, 0), "bob", func(ctx context.Context, o *office) error {
			return change(ctx, o, chapter{state: "done", values: values{"result": "It is in force."}})
		}},
		{judged, "grace", func(ctx context.Context, o *office) error {
			if p.version == 0 {
				return nil
			}
			after, met, err := o.delivered(ctx, strings.TrimSuffix(p.Subject, "/month"), judged.Time().AddDate(0, -1, 0))
			if err != nil {
				return err
			}
			c := chapter{state: "effective", values: values{"after": after}}
			if !met {
				c.state, c.text = "ineffective", "The next month missed it too."
			}
			return change(ctx, o, c)
		}},
	}
}

// delivered is the availability of an agreement in a month that is over, in
// percent, and whether its objective was met.
func (o *office) delivered(ctx context.Context, agreement string, month time.Time) (percent string, met bool, err error) {
	var got struct {
		Objectives []struct {
			Verdict   string `json:"verdict"`
			Delivered struct {
				Value float64 `json:"value"`
			} `json:"delivered"`
		} `json:"objectives"`
	}
	path := "/api/v1/reports/" + url.PathEscape(agreement) + "/" + month.Format("2006-01") + "?format=json"
	if err := o.call(ctx, http.MethodGet, path, nil, &got); err != nil || len(got.Objectives) == 0 {
		return "", false, err
	}
	first := got.Objectives[0]
	return strconv.FormatFloat(first.Delivered.Value, 'f', 3, 64), first.Verdict == "met", nil
}
