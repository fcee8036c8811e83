package main

import "math"

// score is how one forecaster did over the origins of one kind of series.
type score struct {
	errors  map[int]*mean // by days ahead: absolute error as a share of the series' breadth
	covered map[int]*mean // by days ahead: of the intervals
	date    mean          // absolute error of the date in days, at most missed
	early   mean          // whether the limit was reached no sooner than the early date
	alarms  mean          // a date within 30 days, where the limit was not reached in them
	silent  mean          // no forecast
}

// missed is what no date, or one that is further off, counts as.
const missed = 30 // days

// mean is the mean of what was added.
type mean struct {
	sum float64
	n   int
}

func (m *mean) add(v float64) { m.sum += v; m.n++ }

func (m *mean) addIf(yes bool) {
	if yes {
		m.add(1)
	} else {
		m.add(0)
	}
}

func (m *mean) value() float64 { return m.sum / float64(m.n) }

func newScore(horizons []int) *score {
	s := &score{errors: map[int]*mean{}, covered: map[int]*mean{}}
	for _, d := range horizons {
		s.errors[d], s.covered[d] = &mean{}, &mean{}
	}
	return s
}

// origins are the hours that a series is forecast from: every few days, from a
// fifth of it on, at least a week, and up to a week before its end.
func origins(s *series) []int64 {
	span := s.last() - s.first()
	from := s.first() + max(7*24, span/5)
	stride := max(5, span/24/8)*24 + 5 // hours of the day go round
	if span < 40*24 {
		stride = 13
	}
	var out []int64
	for now := from; now+7*24 <= s.last(); now += stride {
		out = append(out, now)
	}
	return out
}

// rate adds what a forecaster said at an origin to the score.
func (c *score) rate(s *series, now int64, horizons []int, f said) {
	c.silent.addIf(f.abstained)
	breadth := s.breadth()
	for _, d := range horizons {
		h := now + int64(d)*24
		was, ok := s.median(h, h+1)
		level, has := f.level[d]
		if !ok || !has || breadth == 0 {
			continue
		}
		c.errors[d].add(math.Abs(level-was) / breadth)
		if v, ok := f.interval[d]; ok {
			c.covered[d].addIf(v[0] <= was && was <= v[1])
		}
	}
	c.rateDate(s, now, f)
}

// rateDate compares the date that was said with that of the series.
func (c *score) rateDate(s *series, now int64, f said) {
	if level, ok := s.median(now-24, now); !ok || level >= s.limit || f.abstained {
		return
	}
	was, ok := s.reached(now)
	if ok && was <= now+lookAhead*24 {
		off := float64(missed)
		if f.date != 0 {
			off = min(off, math.Abs(float64(f.date-was))/24)
			if f.early != 0 {
				c.early.addIf(f.early <= was)
			}
		}
		c.date.add(off)
	}
	if within := now + 30*24; within <= s.last() && (!ok || was > within) {
		c.alarms.addIf(f.date != 0 && f.date <= within)
	}
}
