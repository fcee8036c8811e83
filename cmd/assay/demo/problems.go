package demo

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/assay-sla/assay/slo"
)

// recurring is trouble that comes again in the same way: it is one problem.
type recurring struct {
	month  int
	days   []int
	hour   int
	root   string
	reason slo.Reason
	cause  string
	code   string
}

func repeats() []recurring {
	return []recurring{
		{7, []int{3, 8, 13, 18}, 10, "elm-mail", slo.ConnectRefused, "The worker of the queue stood still and was started again.", "workaround"},
		{-1, []int{4, 11, 18}, 9, "cedar-orders", slo.FirstByteTimeout, "The nightly import was not through by morning.", "workaround"},
		{2, []int{5, 7, 16}, 14, "fir-files", slo.BodyMismatch, "The page of the list was being written while it was read.", "by_itself"},
	}
}

// told is trouble that other records tell of: complaints of customers, and the
// decision that one of them is asked for.
func (y *year) told() {
	for _, t := range []struct {
		from          slo.Instant
		length        time.Duration
		root          string
		reason        slo.Reason
		cause, change string
	}{
		{y.on(5, 6, 11, 0), 55 * time.Minute, "birch-mail", slo.ConnectTimeout, "A rule of the firewall was too narrow.", "rules of the firewall"},
		{y.on(-1, 16, 9, 40), 38 * time.Minute, "alder-web", slo.ConnectRefused, "The only instance was started anew by a release, and did not come up.", "shop 4.2"},
		{y.on(-1, 19, 14, 10), 72 * time.Minute, "dogwood-web", slo.StatusUnexpected, "A release could not read the old sessions.", "portal 7.0"},
	} {
		y.trouble(trouble{
			Interval: slo.Interval{From: t.from, To: t.from.Add(t.length)}, root: t.root, services: []string{t.root},
			reason: t.reason, cause: t.cause, code: "change_reverted", change: t.change,
		})
	}
}

// again adds what recurs.
func (y *year) again() {
	for _, r := range repeats() {
		for n, day := range r.days {
			from := y.on(r.month, day, r.hour, 7*n)
			y.trouble(trouble{
				Interval: slo.Interval{From: from, To: from.Add(time.Duration(14+5*n) * time.Minute)}, root: r.root, services: []string{r.root},
				reason: r.reason, cause: r.cause, code: r.code,
			})
		}
	}
}

// problems are what people find out about what recurs: a fix that held, a known
// error that waits for one, and a proposal that was none. Those that major
// incidents propose are looked at once a month, but for the last.
func (y *year) problems() []act {
	var out []act
	do := func(at slo.Instant, who, service, what string, body map[string]any) {
		out = append(out, act{at, who, func(ctx context.Context, o *office) error { return o.solve(ctx, service, what, body) }})
	}
	text := func(s string) map[string]any { return map[string]any{"text": s} }
	mail, orders := "elm-mail", "cedar-orders"
	do(y.on(7, 13, 13, 0), "bob", mail, "accept", map[string]any{"title": "The mail queue of Elm Schools stands still"})
	do(y.on(7, 13, 13, 5), "bob", mail, "assign", map[string]any{"to": "bob"})
	do(y.on(7, 14, 9, 0), "bob", mail, "workaround", text("Start the worker again: systemctl restart queue."))
	do(y.on(7, 19, 15, 0), "bob", mail, "root-cause", text("The worker keeps a connection for each mail that bounced, and has none left after five days."))
	do(y.on(7, 19, 15, 5), "bob", mail, "known-error", text("Until the next release it is started again by hand."))
	out = append(out, deploy(y.on(7, 24, 8, 0), mail, "mail queue 2.3.1, which closes connections", true))
	do(y.on(7, 24, 9, 0), "bob", mail, "fix", text("Release 2.3.1."))
	do(y.on(9, 2, 9, 0), "grace", mail, "close", text("Nothing came back in five weeks. Connections are now an item of the review of code."))
	do(y.on(-1, 18, 13, 0), "ada", orders, "accept", map[string]any{"title": "Orders wait for the nightly import"})
	do(y.on(-1, 18, 13, 2), "ada", orders, "assign", map[string]any{"to": "ada"})
	do(y.on(-1, 18, 13, 5), "ada", orders, "root-cause", text("The import locks the table of orders, and takes longer each week."))
	do(y.on(-1, 19, 9, 0), "ada", orders, "workaround", text("Stop the import at six: it goes on the night after."))
	do(y.on(-1, 19, 9, 5), "ada", orders, "known-error", text("A release that imports in small steps is planned."))
	do(y.on(2, 17, 9, 0), "ada", "fir-files", "reject", text("The page is written by the customer's own tool, who knows of it."))
	for month := range y.months() - 1 {
		out = append(out, act{y.on(month+1, 6, 14, 0), "bob", lookAtProposals})
	}
	return out
}

// problem is one as far as people need it here.
type problem struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	State string `json:"state"`
}

// solve does something about the newest problem of a service, where there is one
// and it is not past that.
func (o *office) solve(ctx context.Context, service, what string, body map[string]any) error {
	if err := o.rounds(ctx); err != nil {
		return err
	}
	list, err := o.problems(ctx, "service="+url.QueryEscape(service))
	if err != nil || len(list) == 0 {
		return err
	}
	err = o.call(ctx, http.MethodPost, "/api/v1/problems/"+list[0].ID+"/"+what, body, nil)
	if refused := (&conflict{}); errors.As(err, &refused) {
		return nil
	}
	return err
}

// lookAtProposals accepts what major incidents proposed, and says what is known.
func lookAtProposals(ctx context.Context, o *office) error {
	list, err := o.problems(ctx, "state=proposed")
	for _, p := range list {
		for _, step := range []struct{ what, field, text string }{
			{"accept", "text", ""},
			{"assign", "to", "bob"},
			{"root-cause", "text", "As its major incident tells: one part failed, and nothing took its place."},
			{"known-error", "text", "What is to be done stands in the plan of improvement."},
		} {
			if err = o.call(ctx, http.MethodPost, "/api/v1/problems/"+p.ID+"/"+step.what, map[string]any{step.field: step.text}, nil); err != nil {
				return err
			}
		}
	}
	return err
}

func (o *office) problems(ctx context.Context, query string) ([]problem, error) {
	var list struct {
		Problems []problem `json:"problems"`
	}
	err := o.call(ctx, http.MethodGet, "/api/v1/problems?limit=20&"+query, nil, &list)
	return list.Problems, err
}
