package slo

import (
	"encoding/json"
	"slices"
)

// ExclusionEffect is what an exclusion does to the figure of one window. It is
// written as it is into the API, the records and the ledger.
type ExclusionEffect struct {
	Agreement string          `json:"agreement"`
	Objective string          `json:"objective"`
	Window    Interval        `json:"window"`
	Before    ExclusionFigure `json:"before"` // the decision
	After     ExclusionFigure `json:"after"`
}

// ExclusionFigure is as much of a figure as an exclusion can move: milliseconds
// and percentages as the status of an objective has them.
type ExclusionFigure struct {
	AgreedMS      int64        `json:"agreed_ms"`
	DownMS        int64        `json:"down_ms"`
	Availability  *json.Number `json:"availability"` // null without data
	Met           *bool        `json:"met"`          // null where nothing is settled
	CreditPercent *json.Number `json:"credit_percent"`
}

// exclusionFigure is that part of a status.
func (st *ObjectiveStatus) exclusionFigure() ExclusionFigure {
	f := ExclusionFigure{AgreedMS: ms(st.Agreed), DownMS: ms(st.Down), Met: st.met()}
	if st.Availability.Valid() {
		n := json.Number(st.Availability.Percent(6))
		f.Availability = &n
	}
	if st.Credit != nil {
		n := json.Number(st.Credit.Percent())
		f.CreditPercent = &n
	}
	return f
}

// MaxExclusionEffects bounds the windows that Effects computes.
const MaxExclusionEffects = 60

// Effects is what putting a request in force does to the windows of an
// agreement's objectives that it touches, with what is known at an instant; of
// one that is in force it is what revoking it does. The newest windows come
// first; omitted are those left out. open opens the books of terms over a cover.
func (r *ExclusionRequest) Effects(a *Agreement, at Instant, limit int, open func(terms *Agreement, cover Interval) *Account) (out []ExclusionEffect, omitted int) {
	windows := r.windows(a, at)
	if len(windows) == 0 {
		return nil, 0
	}
	if omitted = len(windows) - limit; omitted > 0 {
		windows = windows[:limit]
	}
	cover := Interval{MaxInstant, MinInstant}
	for _, w := range windows {
		cover = Interval{min(cover.From, w.window.From), max(cover.To, w.window.To)}
	}
	before, after := open(a, cover), open(r.turned(a), cover)
	for _, w := range windows {
		was, is := before.Status(w.objective, at, w.ends), after.Status(w.objective, at, w.ends)
		out = append(out, ExclusionEffect{a.Name, w.objective.Name, was.Window, was.exclusionFigure(), is.exclusionFigure()})
	}
	return out, max(0, omitted)
}

// turned is the agreement without the request's exclusion where it has it, and
// with it where it does not.
func (r *ExclusionRequest) turned(a *Agreement) *Agreement {
	terms := *a
	own := func(x *Exclusion) bool { return x.Name == r.ID && x.ApprovedAt != nil }
	if slices.ContainsFunc(a.Exclusions, own) {
		terms.Exclusions = slices.DeleteFunc(slices.Clone(a.Exclusions), own)
	} else {
		terms.Exclusions = append(slices.Clone(a.Exclusions), r.approvedBy(ExclusionDecision{}))
	}
	return &terms
}

// touchedWindow is a window of an objective; ends is the instant behind its
// last, or now of a rolling one.
type touchedWindow struct {
	objective *Objective
	window    Interval
	ends      Instant
}

// windows lists the windows that the request's time touches: all of a calendar
// objective, and the present one of a rolling one; the newest first.
func (r *ExclusionRequest) windows(a *Agreement, at Instant) []touchedWindow {
	var out []touchedWindow
	for i := range a.Objectives {
		o := &a.Objectives[i]
		if o.Window.Rolling > 0 {
			if w := o.Window.At(at, a.Zone); !w.Intersect(r.Interval).Empty() {
				out = append(out, touchedWindow{o, w, at})
			}
			continue
		}
		for w := o.Window.At(r.To, a.Zone); !w.Intersect(r.Interval).Empty(); w = o.Window.At(w.From, a.Zone) {
			out = append(out, touchedWindow{o, w, w.To})
		}
	}
	slices.SortStableFunc(out, func(x, y touchedWindow) int { return int(y.window.To - x.window.To) })
	return out
}
