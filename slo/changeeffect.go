package slo

import (
	"encoding/json"
	"time"
)

// ChangeAround is how long before and after a change an objective is looked at.
const ChangeAround = 24 * time.Hour

// ChangeEffect is what an objective was like before and after a change, by its
// own method. What else happened in that time is in it as well.
type ChangeEffect struct {
	Agreement string       `json:"agreement"`
	Objective string       `json:"objective"`
	Service   string       `json:"service"`
	Before    ChangeFigure `json:"before"`
	After     ChangeFigure `json:"after"`
}

// ChangeFigure is an objective's figure over a stretch of time, in percent, null
// where nothing is known.
type ChangeFigure struct {
	Interval
	Availability *json.Number `json:"availability"`
	Shown        string       `json:"shown,omitempty"` // availability as it is shown, in percent
	Coverage     *json.Number `json:"coverage"`
	DownMS       int64        `json:"down_ms"`
}

// Around is what an agreement's objectives were like before and after a change,
// with what is known at an instant; nothing of objectives that promise a number,
// nor before the change is over.
func (a *Account) Around(x *ChangeRecord, at Instant) []ChangeEffect {
	after := Interval{x.To, min(x.To.Add(ChangeAround), at)}
	if after.Empty() {
		return nil
	}
	var out []ChangeEffect
	for i := range a.Agreement.Objectives {
		o := &a.Agreement.Objectives[i]
		if o.Method == ByOutages {
			continue
		}
		out = append(out, ChangeEffect{
			Agreement: a.Agreement.Name, Objective: o.Name, Service: a.Agreement.Service,
			Before: a.over(o, Interval{x.From.Add(-ChangeAround), x.From}, at), After: a.over(o, after, at),
		})
	}
	return out
}

// changeDecimals are those of an availability around a change: measurements of
// a day carry no more.
const changeDecimals = 2

// over is an objective's figure over a stretch of time.
func (a *Account) over(o *Objective, v Interval, at Instant) ChangeFigure {
	window := *o
	window.Window = Window{Rolling: v.Length()}
	st := a.Status(&window, at, v.To)
	f := ChangeFigure{Interval: v, DownMS: ms(st.Down)}
	if st.Availability.Valid() {
		n := json.Number(st.Availability.Percent(6))
		f.Availability, f.Shown = &n, st.Availability.Figure(changeDecimals, o.Target)
	}
	if st.Coverage.Valid() {
		n := json.Number(st.Coverage.Percent(6))
		f.Coverage = &n
	}
	return f
}
