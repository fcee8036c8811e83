package report

import (
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// Amendment says what a report has otherwise than the edition before it that
// was sent: figures are never changed silently.
type Amendment struct {
	Replaces int             `json:"replaces"` // edition
	Made     slo.Instant     `json:"made_at"`  // when that was made
	Figures  []AmendedFigure `json:"figures"`  // in the order of Report.Objectives; empty where no figure is another
}

// AmendedFigure is a window of an objective whose figures are others now.
type AmendedFigure struct {
	Agreement string       `json:"agreement"`
	Objective string       `json:"objective"`
	Of        slo.Interval `json:"of"`
	Before    Outcome      `json:"before"`
	After     Outcome      `json:"after"`
	Why       []Restated   `json:"why"` // by the ledger, since the edition before; oldest first
}

// Outcome is what became of a window.
type Outcome struct {
	Verdict   Verdict      `json:"verdict"`
	Delivered *Figure      `json:"delivered"` // null where coverage does not suffice
	Down      Milliseconds `json:"down_ms"`
	Credit    string       `json:"credit_percent"` // "" where none is earned
}

// same reports whether two outcomes say the same.
func (o Outcome) same(p Outcome) bool {
	if (o.Delivered == nil) != (p.Delivered == nil) || o.Delivered != nil && o.Delivered.Value != p.Delivered.Value {
		return false
	}
	return o.Verdict == p.Verdict && o.Down == p.Down && o.Credit == p.Credit
}

// Amend compares a report with the newest edition before it that was sent. It is
// pure. Windows that only one of the two has, as of an objective that came or
// went with the catalogue, are no changes of figures.
func Amend(before, after *Report) *Amendment {
	out := &Amendment{Replaces: before.Identity.Edition, Made: before.Identity.MadeAt, Figures: []AmendedFigure{}}
	was := map[string]Outcome{}
	for i := range before.Objectives {
		o := &before.Objectives[i]
		for of, outcome := range o.outcomes() {
			was[before.windowKey(o, of)] = outcome
		}
	}
	for i := range after.Objectives {
		o := &after.Objectives[i]
		for _, of := range o.windows() {
			now := o.outcomes()[of]
			if then, known := was[after.windowKey(o, of)]; known && !then.same(now) {
				out.Figures = append(out.Figures, AmendedFigure{o.Agreement, o.Name, of, then, now, after.Ledger.since(after.sealedAs(o), of, before.Ledger)})
			}
		}
	}
	return out
}

// windows are those of an objective in the period, oldest first.
func (e *Objective) windows() []slo.Interval {
	if e.Windows == nil {
		return []slo.Interval{e.Of}
	}
	var out []slo.Interval
	for _, w := range e.Windows.List {
		out = append(out, w.Of)
	}
	return out
}

// outcomes are what became of each window of an objective.
func (e *Objective) outcomes() map[slo.Interval]Outcome {
	credits := map[slo.Interval]string{}
	for _, c := range e.Credits {
		credits[c.Of] = c.Percent
	}
	if e.Windows == nil {
		return map[slo.Interval]Outcome{e.Of: {e.Verdict, e.Delivered, e.Times.Down, credits[e.Of]}}
	}
	out := map[slo.Interval]Outcome{}
	for _, w := range e.Windows.List {
		out[w.Of] = Outcome{w.Verdict, w.Delivered, w.Down, credits[w.Of]}
	}
	return out
}

// windowKey tells the windows of a report apart.
func (r *Report) windowKey(o *Objective, of slo.Interval) string {
	return fmt.Sprintf("%q %d %d", r.sealedAs(o), of.From, of.To)
}

// sealedAs is the name of an objective in Ledger. Reports on one agreement of
// before objectives named theirs have one, and so it is left out.
func (r *Report) sealedAs(o *Objective) string {
	if r.several() {
		return o.Agreement + "/" + o.Name
	}
	return o.Name
}

// since are the restatements of a window that an earlier state of the ledger did
// not have.
func (l *Ledger) since(objective string, of slo.Interval, before *Ledger) []Restated {
	out := []Restated{}
	if l == nil {
		return out
	}
	var known int64 // entries
	if before != nil {
		known = before.Checkpoint.Size
	}
	for _, s := range l.Sealed {
		if s.Objective != objective || s.Of != of {
			continue
		}
		for _, r := range s.Restated {
			if r.Entry >= known {
				out = append(out, r)
			}
		}
	}
	return out
}
