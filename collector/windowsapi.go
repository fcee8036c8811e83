package collector

import (
	"context"
	"net/http"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// windowJSON is a window of an objective and whether its figures may change.
type windowJSON struct {
	Agreement string       `json:"agreement"`
	Objective string       `json:"objective"`
	Window    slo.Interval `json:"window"`
	ledger.Finality
	Sealed   *int64  `json:"sealed"`   // entry of the ledger; null where it is not sealed
	Restated []int64 `json:"restated"` // entries, oldest first
}

// showWindows answers, for each calendar objective of an agreement or of all,
// the window before the present one and the present one.
func (c *Collector) showWindows(w http.ResponseWriter, r *http.Request) {
	at, only := c.now(), r.URL.Query().Get("agreement")
	out := []windowJSON{}
	for _, a := range c.catalog.current().Agreements {
		if only != "" && a.Name != only {
			continue
		}
		list, err := c.windowsOf(r.Context(), a, at, true)
		if err != nil {
			c.answerFailure(w, "reading the ledger", err)
			return
		}
		out = append(out, list...)
	}
	answer(w, map[string]any{"windows": out})
}

// windowsOf lists how the last closed windows of an agreement's calendar
// objectives stand, each with the present one where that is asked for.
func (c *Collector) windowsOf(ctx context.Context, a *slo.Agreement, at slo.Instant, present bool) ([]windowJSON, error) {
	cat := c.catalog.current()
	var out []windowJSON
	for i := range a.Objectives {
		o := &a.Objectives[i]
		if o.Window.Rolling > 0 {
			continue
		}
		runs := o.Window.At(at+1, a.Zone)
		windows := []slo.Interval{o.Window.At(runs.From, a.Zone)}
		if present {
			windows = append(windows, runs)
		}
		for _, v := range windows {
			line := windowJSON{Agreement: a.Name, Objective: o.Name, Window: v, Finality: c.finality(cat, a, v, at), Restated: []int64{}}
			list, err := c.ledger.history(ctx, ledger.Promise{Agreement: a.Name, Objective: o.Name, Window: v})
			if err != nil {
				return nil, err
			}
			for _, f := range list {
				if f.Seal != nil {
					line.Sealed = &f.Index
				} else {
					line.Restated = append(line.Restated, f.Index)
				}
			}
			out = append(out, line)
		}
	}
	return out, nil
}

// closed is how the last closed windows about a service stand, for its page.
func (c *Collector) closed(ctx context.Context, service string, at slo.Instant) ([]web.ClosedWindow, error) {
	var out []web.ClosedWindow
	behind := c.sealer.watch.behind(at)
	for _, a := range c.catalog.current().Agreements {
		if a.Service != service {
			continue
		}
		list, err := c.windowsOf(ctx, a, at, false)
		if err != nil {
			return nil, err
		}
		for _, l := range list {
			owed := c.ledger.owes(ledger.Promise{Agreement: a.Name, Objective: l.Objective, Window: l.Window})
			out = append(out, web.ClosedWindow{
				Agreement: a, Objective: l.Objective, Window: l.Window, Final: l.Final || l.Sealed != nil, Unsealed: l.Final && l.Sealed == nil && owed,
				Behind: behind, Waiting: l.Agents, Sealed: l.Sealed, Restated: l.Restated,
			})
		}
	}
	return out, nil
}
