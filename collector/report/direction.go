package report

import (
	"strconv"
	"strings"
)

// Direction is where an objective went over three months: that which the
// period ends in, and the two before.
type Direction struct {
	Objective string    `json:"objective"` // the agreement's first with a percentage; "" where it has none
	Course    Course    `json:"course"`
	Months    []string  `json:"months"`  // oldest first
	Figures   []*Figure `json:"figures"` // of these months; null where too little was observed
}

// Course says whether things get better.
type Course string

// The courses.
const (
	Better        Course = "better"
	Worse         Course = "worse"
	Same          Course = "same"
	NotComparable Course = "not_comparable"
)

// directionMonths is how many months a direction looks at.
const directionMonths = 3

// direction is that of the first objective that has percentages.
func direction(r *Report) Direction {
	d := Direction{Course: NotComparable, Months: []string{}, Figures: []*Figure{}}
	for i := range r.Objectives {
		o := &r.Objectives[i]
		if o.LongOutages != nil || len(o.Trend) < directionMonths {
			continue
		}
		d.Objective = o.Name
		for _, p := range o.Trend[len(o.Trend)-directionMonths:] {
			d.Months = append(d.Months, p.Month)
			d.Figures = append(d.Figures, p.Delivered)
		}
		d.Course = course(d.Figures, o.Target)
		return d
	}
	return d
}

// course compares what the last month lost with the mean of what the two before
// lost: it is better or worse where they differ by more than a tenth of what the
// target allows to be lost, and the same otherwise. Without a figure in each of
// the three months there is nothing to compare. All in millionths of a percent.
func course(list []*Figure, target string) Course {
	var lost [directionMonths]int64
	for i, f := range list {
		if f == nil {
			return NotComparable
		}
		v, ok := micros(string(f.Value))
		if !ok {
			return NotComparable
		}
		lost[i] = hundredPercent - v
	}
	promised, ok := micros(target)
	if !ok {
		return NotComparable
	}
	// Times 20: of the mean of two, and of a tenth.
	change, least := 20*lost[2]-10*(lost[0]+lost[1]), 2*(hundredPercent-promised)
	switch {
	case change > least:
		return Worse
	case change < -least:
		return Better
	}
	return Same
}

const hundredPercent = 100_000_000 // millionths of a percent

// micros is a percentage in millionths of a percent; further digits are cut.
func micros(percent string) (int64, bool) {
	whole, fraction, _ := strings.Cut(percent, ".")
	n, err := strconv.ParseInt(whole+(fraction + "000000")[:6], 10, 64)
	return n, err == nil && whole != "" && n >= 0 && n <= hundredPercent
}
