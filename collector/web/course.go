package web

import (
	"fmt"
	"time"

	"github.com/assay-sla/assay/slo"
)

// courseStates are what time can count as, in the order of drawing: what must
// be seen comes last.
var courseStates = []slo.Counting{slo.CountedUp, slo.CountedExcluded, slo.CountedExempt, slo.CountedForgiven, slo.CountedUnknown, slo.CountedDown}

// courseClass is how a mark of what time counts as is drawn.
func courseClass(c slo.Counting) string {
	switch c {
	case slo.CountedExcluded, slo.CountedExempt:
		return "work"
	case slo.CountedUp, slo.CountedForgiven, slo.CountedUnknown, slo.CountedDown:
		return string(c)
	}
	return "none"
}

// drawCourse draws what the time of a window counted as for a service, its
// number among those of the page. Time outside the hours and time ahead are
// left empty. A listed stretch leads to where it is explained.
func (w words) drawCourse(s *slo.ExplainedService, v slo.Interval, number int, zone *time.Location) strip {
	spans := s.Course
	if len(spans) > maxMarks {
		spans = courseColumns(spans, v, maxMarks)
	}
	f := s.Figures
	out := strip{Width: wideStrip, Label: w.t("explain.strip", w.dur(f.Up), w.dur(f.Down), w.dur(f.Unknown), w.dur(f.Excluded))}
	where := listedAt(s, number)
	for _, as := range courseStates {
		for _, x := range spans {
			if x.As == as {
				out.Marks = append(out.Marks, w.courseMark(x, v, zone, where))
			}
		}
	}
	return out
}

// listedAt are the anchors of the listed stretches, by their beginning.
func listedAt(s *slo.ExplainedService, number int) map[slo.Instant]string {
	out := map[slo.Instant]string{}
	for name, list := range map[string]*slo.ExplainedStretches{"down": &s.Down, "forgiven": &s.Forgiven, "unknown": &s.Unknown} {
		for i := range list.Listed {
			out[list.Listed[i].From] = fmt.Sprintf("#%s-%d-%d", name, number, i+1)
		}
	}
	return out
}

func (w words) courseMark(x slo.CountedSpan, v slo.Interval, zone *time.Location, where map[slo.Instant]string) stripMark {
	state := slo.Up
	switch x.As {
	case slo.CountedDown:
		state = slo.Down
	case slo.CountedUnknown:
		state = slo.Unknown
	}
	m := w.stripMark(slo.TimedState{Interval: x.Interval, State: state}, v, wideStrip, zone)
	m.Class, m.Href = courseClass(x.As), where[x.From]
	m.Title = w.t("span.title", w.t("counted."+string(x.As)), when(zone, x.From).Text, when(zone, x.To).Text, w.dur(x.Length()))
	return m
}

// courseColumns merges spans into at most n of equal length, each as the worst
// of what it holds.
func courseColumns(spans []slo.CountedSpan, v slo.Interval, n int) []slo.CountedSpan {
	rank := map[slo.Counting]int{}
	for i, c := range courseStates {
		rank[c] = i
	}
	var out []slo.CountedSpan
	k := 0
	for i := range n {
		col := slo.CountedSpan{Interval: slo.Interval{
			From: v.From.Add(v.Length() * time.Duration(i) / time.Duration(n)),
			To:   v.From.Add(v.Length() * time.Duration(i+1) / time.Duration(n)),
		}}
		for k < len(spans) && spans[k].To <= col.From {
			k++
		}
		for j := k; j < len(spans) && spans[j].From < col.To; j++ {
			if col.As == "" || rank[spans[j].As] > rank[col.As] {
				col.As = spans[j].As
			}
		}
		m := len(out)
		switch {
		case col.As == "":
		case m > 0 && out[m-1].As == col.As && out[m-1].To == col.From:
			out[m-1].To = col.To
		default:
			out = append(out, col)
		}
	}
	return out
}
