package web

import (
	"fmt"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// spark is a small graph of a latency.
type spark struct {
	Lines []string // the points of each unbroken stretch
	Dots  []sparkDot
	Last  time.Duration
	Max   time.Duration
	Label string
}

// sparkDot is a stretch of a single point.
type sparkDot struct{ X, Y string }

// The size of a graph's drawing.
const (
	sparkWidth  = 160
	sparkHeight = 28
)

// drawSpark draws the points inside v; it breaks the line where a step or more
// is missing. nil is for no points.
func (w words) drawSpark(points []LatencyPoint, v slo.Interval, step time.Duration) *spark {
	s := &spark{}
	for _, p := range points {
		if v.Contains(p.At) || p.At == v.To {
			s.Max, s.Last = max(s.Max, p.Latency), p.Latency
		}
	}
	if s.Max <= 0 {
		return nil
	}
	var line []string
	flush := func() {
		switch len(line) {
		case 0:
		case 1:
			x, y, _ := strings.Cut(line[0], ",")
			s.Dots = append(s.Dots, sparkDot{x, y})
		default:
			s.Lines = append(s.Lines, strings.Join(line, " "))
		}
		line = nil
	}
	last := slo.MinInstant
	for _, p := range points {
		if !v.Contains(p.At) && p.At != v.To {
			continue
		}
		if p.At.Sub(last) > step*3/2 {
			flush()
		}
		x := float64(p.At.Sub(v.From)) / float64(v.Length()) * sparkWidth
		y := sparkHeight - 2 - float64(p.Latency)/float64(s.Max)*(sparkHeight-4)
		line = append(line, fmt.Sprintf("%.1f,%.1f", x, y))
		last = p.At
	}
	flush()
	s.Label = w.t("spark.label", w.dur(v.Length()), w.latency(s.Last), w.latency(s.Max))
	return s
}
