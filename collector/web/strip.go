package web

import (
	"fmt"
	"time"

	"github.com/assay-sla/assay/slo"
)

// strip is a timeline drawn from left to right.
type strip struct {
	Width int // of the drawing's own units; it is stretched to its place
	Label string
	Marks []stripMark // in the order of drawing: what must be seen comes last

	Drills bool // some of them are of drills
}

// stripMark is one stretch of a strip. A drawing is 24 high: down fills it,
// unknown is less high and hatched, up is a bar in the middle, so that shape
// tells them apart where colour does not.
type stripMark struct {
	Class      string // up, down, unknown; of a course also work and forgiven; drill
	X, W, Y, H string
	Title      string
	Href       string // where it is explained, "" where nowhere
}

// maxMarks bounds the marks of a strip; a flapping service has more changes
// than a screen has columns.
const maxMarks = 300

// drawStrip draws spans, which cover v in order or part of it.
func (w words) drawStrip(spans []slo.TimedState, v slo.Interval, width int, zone *time.Location) strip {
	if len(spans) > maxMarks {
		spans = columns(spans, v, maxMarks)
	}
	s := strip{Width: width, Label: w.stripLabel(spans, v)}
	for _, state := range []slo.State{slo.Up, slo.Unknown, slo.Down} {
		for _, x := range spans {
			if x.State == state && !x.Intersect(v).Empty() {
				s.Marks = append(s.Marks, w.stripMark(x, v, width, zone))
			}
		}
	}
	return s
}

func (w words) stripMark(x slo.TimedState, v slo.Interval, width int, zone *time.Location) stripMark {
	in := x.Intersect(v)
	scale := float64(width) / float64(v.Length())
	left, wide := float64(in.From.Sub(v.From))*scale, float64(in.Length())*scale
	m := stripMark{Class: x.State.String(), Y: "6", H: "12", Title: w.spanTitle(x, zone)}
	switch x.State {
	case slo.Down:
		m.Y, m.H = "0", "24"
		if least := max(1.5, float64(width)/500); wide < least { // a short outage is seen as well
			left, wide = max(0, min(left, float64(width)-least)), least
		}
	case slo.Unknown:
		m.Y, m.H = "3", "18"
	}
	m.X, m.W = fmt.Sprintf("%.2f", left), fmt.Sprintf("%.2f", wide)
	return m
}

func (w words) spanTitle(x slo.TimedState, zone *time.Location) string {
	from, to := x.From.In(zone), x.To.In(zone)
	first, last := "15:04:05", "15:04:05"
	if from.Format(time.DateOnly) != to.Format(time.DateOnly) {
		first, last = "2006-01-02 15:04:05", "2006-01-02 15:04:05"
	}
	return w.t("span.title", w.state(x.State), from.Format(first), to.Format(last), w.dur(x.Length()))
}

// stripLabel says in words what a strip shows.
func (w words) stripLabel(spans []slo.TimedState, v slo.Interval) string {
	var down, unknown time.Duration
	outages := 0
	for _, x := range spans {
		switch x.State {
		case slo.Down:
			down += x.Intersect(v).Length()
			outages++
		case slo.Unknown:
			unknown += x.Intersect(v).Length()
		}
	}
	if outages == 0 && unknown == 0 {
		return w.t("strip.up", w.dur(v.Length()))
	}
	return w.t("strip.label", w.dur(v.Length()), w.dur(down), outages, w.dur(unknown))
}

// columns merges spans into at most n of equal length, each with the worst of
// what it holds: down, then unknown, then up.
func columns(spans []slo.TimedState, v slo.Interval, n int) []slo.TimedState {
	var out []slo.TimedState
	k := 0
	for i := range n {
		col := slo.Interval{
			From: v.From.Add(v.Length() * time.Duration(i) / time.Duration(n)),
			To:   v.From.Add(v.Length() * time.Duration(i+1) / time.Duration(n)),
		}
		for k < len(spans) && spans[k].To <= col.From {
			k++
		}
		worst, found := slo.Up, false
		for j := k; j < len(spans) && spans[j].From < col.To; j++ {
			found = true
			if s := spans[j].State; s == slo.Down || s == slo.Unknown && worst == slo.Up {
				worst = s
			}
		}
		if !found {
			continue
		}
		if m := len(out); m > 0 && out[m-1].State == worst && out[m-1].To == col.From {
			out[m-1].To = col.To
			continue
		}
		out = append(out, slo.TimedState{Interval: col, State: worst})
	}
	return out
}
