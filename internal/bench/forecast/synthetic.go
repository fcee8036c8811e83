package main

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// The synthetic series: a reading each half hour over half a year.
const (
	synthEvery = 2 // readings an hour
	synthDays  = 180
)

// maker draws a series of one kind, by half hour: the levels, and the noise
// and bursts on top of them that nobody can foresee. grows says that it is
// going to reach a limit.
type maker struct {
	kind  string
	grows bool
	draw  func(r *rand.Rand) (level, noise []float64)
}

// makers returns the kinds of synthetic series.
func makers() []maker {
	return []maker{
		{"growth", true, func(r *rand.Rand) (level, extra []float64) {
			return add(ramp(r, 0.2, 1.2)), noise(r, 0.5, 3)
		}},
		{"cleanups", true, func(r *rand.Rand) (level, extra []float64) {
			return add(ramp(r, 0.5, 1.5), jumps(r, 2, 5, -30, -10)), noise(r, 0.3, 1.5)
		}},
		{"resizes", true, func(r *rand.Rand) (level, extra []float64) {
			return add(ramp(r, 0.3, 1), jumps(r, 1, 3, -25, -10), jumps(r, 1, 3, 10, 25)), noise(r, 0.3, 1.5)
		}},
		{"weekly season, growing", true, func(r *rand.Rand) (level, extra []float64) {
			return add(ramp(r, 0.1, 0.5), weekly(r, 8, 25)), noise(r, 0.5, 3)
		}},
		{"weekly season", false, func(r *rand.Rand) (level, extra []float64) {
			return add(weekly(r, 8, 25)), noise(r, 0.5, 3)
		}},
		{"bursts", false, func(r *rand.Rand) (level, extra []float64) {
			return add(), add(bursts(r), noise(r, 0.5, 3))
		}},
		{"bursts, growing", true, func(r *rand.Rand) (level, extra []float64) {
			return ramp(r, 0.2, 1), add(bursts(r), noise(r, 0.5, 3))
		}},
		{"flat", false, func(r *rand.Rand) (level, extra []float64) { return add(), noise(r, 1, 6) }},
		{"sawtooth", false, func(r *rand.Rand) (level, extra []float64) { return sawtooth(r), nil }},
		{"wandering", false, func(r *rand.Rand) (level, extra []float64) {
			return add(walk(r)), noise(r, 0.3, 1.5)
		}},
		{"leak begins", true, func(r *rand.Rand) (level, extra []float64) {
			return add(leak(r)), noise(r, 0.3, 2)
		}},
	}
}

// synthetic draws so many series of each kind from a seed.
func synthetic(seed uint64, each int) []series {
	var out []series
	for k, m := range makers() {
		for i := range each {
			r := rand.New(rand.NewPCG(seed, uint64(k*1000+i)))
			level, extra := m.draw(r)
			level = add(level, constant(100))
			s := series{name: fmt.Sprintf("%s %d", m.kind, i), kind: m.kind}
			for j := range level {
				s.at = append(s.at, synthStart+int64(j)*hourMs/synthEvery)
			}
			s.level, s.value = level, add(level, extra)
			s.limit = s.limitOf(m.grows)
			out = append(out, s, s.part("two weeks", r.IntN(synthDays-16)))
		}
	}
	return out
}

// part is two weeks of a series from a day on, with nothing before them.
func (s *series) part(kind string, day int) series {
	i, j := s.between(s.first()+int64(day)*24, s.first()+int64(day+15)*24)
	out := series{name: s.name + " part", kind: kind, at: s.at[i:j], value: s.value[i:j], level: s.level[i:j]}
	out.limit = out.limitOf(false)
	return out
}

// synthStart is when the synthetic series begin, in Unix milliseconds: a Monday.
const synthStart = 1_767_571_200_000

const synthLength = synthDays * 24 * synthEvery

func uniform(r *rand.Rand, low, high float64) float64 { return low + r.Float64()*(high-low) }

func days(i int) float64 { return float64(i) / (24 * synthEvery) }

func add(parts ...[]float64) []float64 {
	out := make([]float64, synthLength)
	for _, p := range parts {
		for i, v := range p {
			out[i] += v
		}
	}
	return out
}

func constant(v float64) []float64 {
	out := make([]float64, synthLength)
	for i := range out {
		out[i] = v
	}
	return out
}

// ramp grows evenly, by so much a day.
func ramp(r *rand.Rand, low, high float64) []float64 {
	perDay := uniform(r, low, high)
	out := make([]float64, synthLength)
	for i := range out {
		out[i] = perDay * days(i)
	}
	return out
}

// noise is autocorrelated over a few hours, of one standard deviation.
func noise(r *rand.Rand, low, high float64) []float64 {
	size := uniform(r, low, high)
	out := make([]float64, synthLength)
	v := 0.0
	for i := range out {
		v = 0.7*v + math.Sqrt(1-0.49)*r.NormFloat64()
		out[i] = size * v
	}
	return out
}

// jumps changes the level for good, fewest to most times.
func jumps(r *rand.Rand, fewest, most int, low, high float64) []float64 {
	out := make([]float64, synthLength)
	for range fewest + r.IntN(most-fewest+1) {
		by := uniform(r, low, high)
		for i := r.IntN(synthLength); i < synthLength; i++ {
			out[i] += by
		}
	}
	return out
}

// weekly has working days higher than weekends, and days than nights.
func weekly(r *rand.Rand, low, high float64) []float64 {
	size := uniform(r, low, high)
	weekend := uniform(r, 0.2, 0.7)
	out := make([]float64, synthLength)
	for i := range out {
		d := int(days(i)) % 7
		v := size * (0.5 + 0.5*math.Sin(2*math.Pi*(days(i)-0.25)))
		if d >= 5 {
			v *= weekend
		}
		out[i] = v
	}
	return out
}

// bursts of a few hours come every few days.
func bursts(r *rand.Rand) []float64 {
	out := make([]float64, synthLength)
	for i := 0; i < synthLength; i++ {
		if r.Float64() < 1.0/(4*24*synthEvery) {
			size := uniform(r, 10, 40)
			for range 1 + r.IntN(10*synthEvery) {
				if i < synthLength {
					out[i] += size
				}
				i++
			}
		}
	}
	return out
}

// sawtooth fills up and is emptied when it is full, or on a day of its own.
func sawtooth(r *rand.Rand) []float64 {
	perDay, full := uniform(r, 1, 4), uniform(r, 10, 40)
	out := make([]float64, synthLength)
	v := uniform(r, 0, full)
	for i := range out {
		if v += perDay / (24 * synthEvery) * uniform(r, 0, 2); v > full {
			v = uniform(r, 0, 0.2*full)
		}
		out[i] = v
	}
	return out
}

// walk goes up and down without a trend.
func walk(r *rand.Rand) []float64 {
	out := make([]float64, synthLength)
	v := 0.0
	for i := range out {
		v += 0.25 * r.NormFloat64()
		out[i] = v
	}
	return out
}

// leak is flat, and grows from some day on.
func leak(r *rand.Rand) []float64 {
	from, perDay := uniform(r, 50, 110), uniform(r, 0.5, 2)
	out := make([]float64, synthLength)
	for i := range out {
		out[i] = perDay * max(0, days(i)-from)
	}
	return out
}
