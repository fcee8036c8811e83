package collector

import (
	"net/http"

	"github.com/assay-sla/assay/collector/ledger"
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
// the window that runs and the one before it.
func (c *Collector) showWindows(w http.ResponseWriter, r *http.Request) {
	at, cat := c.now(), c.catalog.current()
	only := r.URL.Query().Get("agreement")
	out := []windowJSON{}
	for _, a := range cat.Agreements {
		if only != "" && a.Name != only {
			continue
		}
		for i := range a.Objectives {
			o := &a.Objectives[i]
			if o.Window.Rolling > 0 {
				continue
			}
			runs := o.Window.At(at+1, a.Zone)
			for _, v := range []slo.Interval{o.Window.At(runs.From, a.Zone), runs} {
				line := windowJSON{Agreement: a.Name, Objective: o.Name, Window: v, Finality: c.finality(cat, a, v, at), Restated: []int64{}}
				list, err := c.ledger.history(r.Context(), ledger.Promise{Agreement: a.Name, Objective: o.Name, Window: v})
				if err != nil {
					c.answerFailure(w, "reading the ledger", err)
					return
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
	}
	answer(w, map[string]any{"windows": out})
}
