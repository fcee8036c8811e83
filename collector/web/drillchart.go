package web

import (
	"fmt"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// drillChart is what drills of a plan took, the newest at the right, against
// what the plan allows now. Its drawing is drillChartHeight high.
type drillChart struct {
	Label  string // what it shows, in words
	Width  int
	Target string // where the line of what is allowed lies
	Most   time.Duration
	Bars   []drillBar
}

// drillBar is one drill. One of which nothing was measured has a cross.
type drillBar struct {
	X, Y, H string
	Missed  bool
	None    bool
	Title   string
	Href    string
}

const (
	drillChartHeight = 64
	drillBarWidth    = 14 // with the room to the next
	drillsCharted    = 24
)

// drillCharts draws what drills that were measured took: one chart for each of
// RTO and RPO, none where no drill has any.
func (w words) drillCharts(past []drillLine, zone *time.Location) []drillChart {
	var out []drillChart
	for _, of := range []struct {
		key    string
		tests  func(*slo.DrillTerms) bool // whether such drills measure it
		actual func(drillLine) *actualTime
	}{
		{"rto", func(t *slo.DrillTerms) bool { return len(t.Checks) > 0 }, func(l drillLine) *actualTime { return l.RTO }},
		{"rpo", func(t *slo.DrillTerms) bool { return t.Canary != "" }, func(l drillLine) *actualTime { return l.RPO }},
	} {
		var list []drillLine
		for _, l := range past {
			if l.Result != nil && of.tests(&l.Terms) && len(list) < drillsCharted {
				list = append(list, l)
			}
		}
		slices.Reverse(list)
		if c, ok := w.drillChart(w.t("drill."+of.key), list, of.actual, zone); ok {
			out = append(out, c)
		}
	}
	return out
}

// drillChart draws drills, the oldest first; false where nothing was measured.
func (w words) drillChart(title string, list []drillLine, of func(drillLine) *actualTime, zone *time.Location) (drillChart, bool) {
	c := drillChart{Width: len(list) * drillBarWidth}
	var top time.Duration
	met := 0
	for _, l := range list {
		if a := of(l); a != nil {
			top, c.Most = max(top, a.Actual, a.Most), max(c.Most, a.Most)
			if !a.Missed {
				met++
			}
		}
	}
	if top == 0 {
		return c, false
	}
	height := func(d time.Duration) float64 { return max(2, (drillChartHeight-6)*float64(d)/float64(top)) }
	c.Label = w.t("drill.chart", title, met, len(list), w.dur(c.Most))
	c.Target = fmt.Sprintf("%.1f", drillChartHeight-height(c.Most))
	for i, l := range list {
		b := drillBar{X: fmt.Sprint(i*drillBarWidth + 2), Href: l.Path}
		when := l.Declared.In(zone).Format(time.DateOnly)
		if a := of(l); a != nil {
			h := height(a.Actual)
			b.Y, b.H, b.Missed = fmt.Sprintf("%.1f", drillChartHeight-h), fmt.Sprintf("%.1f", h), a.Missed
			b.Title = w.t("drill.bar", when, l.Name, w.dur(a.Actual), w.dur(a.Most), a.Word)
		} else {
			b.None, b.Title = true, w.t("drill.bar.none", when, l.Name)
		}
		c.Bars = append(c.Bars, b)
	}
	return c, true
}
