package demo

import (
	"context"
	"net/http"

	"github.com/assay-sla/assay/slo"
)

// exclusions are three that were asked for: one was approved, one was not, and
// nobody has decided on the last.
func (y *year) exclusions() []act {
	var out []act
	for _, e := range []struct {
		after             slo.Instant // of the first trouble from then on
		cause, reason     string
		decision, comment string // "" of one that nobody decided on
	}{
		{y.on(2, 1, 0, 0), "customer", "The customer's own firewall refused us, his ticket 5512", "approve", "His mail of that day says so."},
		{y.on(4, 1, 0, 0), "force-majeure", "A storm took the power", "reject", "The power was there: our supply failed, and that is ours."},
		{y.on(-1, 1, 0, 0), "customer", "The customer moved his domain without telling us", "", ""},
	} {
		t := y.ordinary(e.after)
		if t == nil {
			continue
		}
		var asked struct {
			ID string `json:"id"`
		}
		at := t.To + 86_400_000
		out = append(out, act{at, "ada", func(ctx context.Context, o *office) error {
			return o.call(ctx, http.MethodPost, "/api/v1/exclusions", map[string]any{"agreements": []string{t.root}, "from": t.From, "to": t.To, "cause": e.cause, "reason": e.reason}, &asked)
		}})
		if e.decision != "" {
			out = append(out, act{at + 6*3_600_000, "grace", func(ctx context.Context, o *office) error {
				return o.call(ctx, http.MethodPost, "/api/v1/exclusions/"+asked.ID+"/"+e.decision, map[string]string{"comment": e.comment}, nil)
			}})
		}
	}
	return out
}

// ordinary is the first trouble of one customer's service from an instant on that
// people worked on; nil where there is none.
func (y *year) ordinary(from slo.Instant) *trouble {
	for i := range y.troubles {
		if t := &y.troubles[i]; t.From >= from && len(t.services) == 1 && !t.untaken {
			return t
		}
	}
	return nil
}
