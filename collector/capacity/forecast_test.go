package capacity

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

// start is a Monday, the first hour of the series of tests.
var start = slo.At(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))

// hourly makes a reading an hour of what level says of the hours since start.
func hourly(hours int, level func(h int) float64) []Reading {
	var out []Reading
	for h := range hours {
		out = append(out, Reading{start.Add(time.Duration(h) * time.Hour), quantity(level(h))})
	}
	return out
}

// after is so many hours after start.
func after(hours int) slo.Instant { return start.Add(time.Duration(hours) * time.Hour) }

// noisy adds noise of a deviation to a level.
func noisy(deviation float64, level func(h int) float64) func(h int) float64 {
	r := rand.New(rand.NewPCG(1, 2))
	return func(h int) float64 { return level(h) + deviation*r.NormFloat64() }
}

func TestForecastLacks(t *testing.T) {
	flat := func(int) float64 { return 1 }
	for _, tt := range []struct {
		name     string
		readings []Reading
		at       slo.Instant
		want     slo.Lack
	}{
		{"nothing", nil, start, slo.LackReadings},
		{"ten readings", hourly(10, flat), after(10), slo.LackReadings},
		{"four days", hourly(4*day, flat), after(4 * day), slo.LackHistory},
		{"silent for three days", hourly(20*day, flat), after(23 * day), slo.LackRecent},
		{"only what is to come", hourly(20*day, flat), start.Add(-time.Hour), slo.LackReadings},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := Forecast(tt.readings, quantity(10), tt.at)
			if f.Exhaustion != slo.NotEnoughData || f.Lack != tt.want {
				t.Errorf("got %s, %s; want %s", f.Exhaustion, f.Lack, tt.want)
			}
			if f.Expected != 0 || f.Early != 0 || f.Horizons != nil {
				t.Errorf("a forecast without data says dates or levels: %+v", f)
			}
		})
	}
}

// A level needs no history: it is known, and at its limit, from the first
// reading on, for as long as readings come.
func TestLevelWithoutForecast(t *testing.T) {
	flat := func(int) float64 { return 10 }
	for _, tt := range []struct {
		name  string
		limit float64
		at    slo.Instant
		now   float64
		want  slo.Exhaustion
	}{
		{"below", 11, after(10), 10, slo.NotEnoughData},
		{"at the limit", 10, after(10), 10, slo.LimitReached},
		{"at the limit, an hour later", 10, after(11) - 1, 10, slo.LimitReached},
		{"no reading for hours", 10, after(13), 0, slo.NotEnoughData},
	} {
		f := Forecast(hourly(10, flat), quantity(tt.limit), tt.at)
		if f.Exhaustion != tt.want || f.Now.Float() != tt.now || f.Known() != (tt.now > 0) || (f.Lack == "") != (tt.want == slo.LimitReached) || f.Horizons != nil {
			t.Errorf("%s: %+v", tt.name, f)
		}
	}
}

func TestForecastVerdicts(t *testing.T) {
	sixty := 60 * day
	grows := func(h int) float64 { return 10 + float64(h)/day } // one a day
	for _, tt := range []struct {
		name  string
		level func(h int) float64
		limit float64
		want  slo.Exhaustion
		in    float64 // days until the limit
	}{
		{"grows", noisy(0.3, grows), 100, slo.Exhausts, 30},
		{"grows past two cleanups", noisy(0.3, func(h int) float64 {
			return grows(h) - 15*step01(h, 20*day) - 12*step01(h, 41*day)
		}), 73, slo.Exhausts, 30},
		{"grows after a resize", noisy(0.3, func(h int) float64 { return grows(h) + 30*step01(h, 30*day) }), 130, slo.Exhausts, 30},
		{"began to grow five days ago", noisy(1, func(h int) float64 { return 50 + max(0, float64(h-55*day)/day) }), 85, slo.Exhausts, 30},
		{"began to grow twelve days ago, and shakes", noisy(2, func(h int) float64 { return 50 + max(0, float64(h-48*day)/day) }), 92, slo.Exhausts, 30},
		{"falls", noisy(0.3, func(h int) float64 { return -grows(h) }), 100, slo.NoTrend, 0},
		{"flat", noisy(1, func(int) float64 { return 50 }), 60, slo.NoTrend, 0},
		{"never moves", func(int) float64 { return 50 }, 60, slo.NoTrend, 0},
		{"grows too slowly to see the end", noisy(0.1, func(h int) float64 { return float64(h) / day / 100 }), 100, slo.NoTrend, 0},
		{"emptied when it is full", noisy(0.1, func(h int) float64 { return float64(h%(9*day)) / day }), 12, slo.NoTrend, 0},
		{"a working week", noisy(0.5, workingWeek), 30, slo.NoTrend, 0},
		{"is there", noisy(0.1, grows), 69, slo.LimitReached, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := Forecast(hourly(sixty, tt.level), quantity(tt.limit), after(sixty))
			if f.Exhaustion != tt.want {
				t.Fatalf("got %s, want %s: %+v", f.Exhaustion, tt.want, f)
			}
			checkForecast(t, f)
			if f.Exhaustion != slo.Exhausts {
				return
			}
			if got := f.Expected.Sub(f.At).Hours() / day; math.Abs(got-tt.in) > 3 {
				t.Errorf("expected in %.1f days, want %.1f", got, tt.in)
			}
		})
	}
}

// step01 is 1 from an hour on.
func step01(h, from int) float64 {
	if h < from {
		return 0
	}
	return 1
}

// workingWeek is busy by day from Monday to Friday.
func workingWeek(h int) float64 {
	if h%week < 5*day && h%day >= 8 && h%day < 18 {
		return 20
	}
	return 5
}

func TestSeasonIsTaken(t *testing.T) {
	f := Forecast(hourly(42*day, noisy(0.5, workingWeek)), quantity(100), after(42*day+12)) // a Monday at noon
	if f.Season != week*time.Hour {
		t.Fatalf("the season is %s, want a week", f.Season)
	}
	for _, h := range f.Horizons {
		want := workingWeek(42*day + 12 + int(h.In.Hours()))
		if got := h.Expected.Float(); math.Abs(got-want) > 2 {
			t.Errorf("in %s: %.1f, want %.1f", h.In, got, want)
		}
	}
}

func TestReadingsOnceADay(t *testing.T) {
	var daily []Reading
	for d := range 60 {
		daily = append(daily, Reading{after(d * day), quantity(float64(d))})
	}
	if f := Forecast(daily[:10], quantity(100), after(9*day)); f.Exhaustion != slo.NotEnoughData {
		t.Errorf("ten readings: %s", f.Exhaustion)
	}
	f := Forecast(daily, quantity(80), after(59*day))
	if f.Exhaustion != slo.Exhausts || math.Abs(f.Expected.Sub(f.At).Hours()/day-21) > 2 {
		t.Errorf("sixty readings that grow by one a day, 21 from the limit: %+v", f)
	}
	checkForecast(t, f)
}

// checkForecast holds what is true of every forecast.
func checkForecast(t interface {
	Errorf(string, ...any)
	Helper()
}, f slo.Forecast,
) {
	t.Helper()
	if (f.Exhaustion == slo.Exhausts) != (f.Expected != 0) || (f.Expected == 0) != (f.Early == 0) {
		t.Errorf("%s with the dates %d and %d", f.Exhaustion, f.Expected, f.Early)
	}
	if f.Expected != 0 && (f.Early > f.Expected || f.Early <= f.At || f.Expected > f.At.Add(f.LookAhead+time.Hour)) {
		t.Errorf("early %s, expected %s, from %s and at most %s ahead", f.Early, f.Expected, f.At, f.LookAhead)
	}
	for _, h := range f.Horizons {
		if h.Low.Float() > h.Expected.Float() || h.Expected.Float() > h.High.Float() {
			t.Errorf("in %s: %v to %v around %v", h.In, h.Low, h.High, h.Expected)
		}
	}
	if (f.Exhaustion == slo.NotEnoughData) != (f.Lack != "") {
		t.Errorf("%s, %q", f.Exhaustion, f.Lack)
	}
}

// Whatever the series, a forecast holds together, does not depend on the order
// of the readings, and moves with time.
func TestForecastHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		hours := rapid.IntRange(30, 40*day).Draw(t, "hours")
		size := math.Pow(10, rapid.Float64Range(-20, 29).Draw(t, "size"))
		grow := rapid.Float64Range(-1, 1).Draw(t, "grow")
		readings := hourly(hours, func(h int) float64 {
			return size * (grow*float64(h)/float64(hours) + 0.1*r.NormFloat64())
		})
		readings = slices.DeleteFunc(readings, func(Reading) bool { return r.IntN(10) == 0 })
		limit, at := quantity(size*1.5), after(hours)
		f := Forecast(readings, limit, at)
		checkForecast(t, f)

		shuffled := slices.Clone(readings)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for i := range shuffled {
			shuffled[i].At = shuffled[i].At.Add(5 * week * time.Hour)
		}
		g := Forecast(shuffled, limit, at.Add(5*week*time.Hour))
		if f.Exhaustion != g.Exhaustion || f.PerDay != g.PerDay || f.Now != g.Now || len(f.Horizons) != len(g.Horizons) {
			t.Fatalf("five weeks later, in another order: %+v, not %+v", g, f)
		}
	})
}

// FuzzForecast forecasts whatever readings bytes come to.
func FuzzForecast(f *testing.F) {
	f.Add([]byte{}, 1.0)
	f.Add([]byte("aaaaaaaabbbbbbbbccccccccdddddddd"), 1e30)
	f.Fuzz(func(t *testing.T, b []byte, limit float64) {
		var readings []Reading
		at := start
		for i := 0; i+2 <= len(b) && len(readings) < 2000; i += 2 {
			at = at.Add(time.Duration(b[i]) * 10 * time.Minute)
			readings = append(readings, Reading{at, quantity(math.Ldexp(float64(int8(b[i+1])), int(b[i])-128))})
		}
		checkForecast(t, Forecast(readings, quantity(limit), at))
	})
}

func BenchmarkForecast(b *testing.B) {
	readings := hourly(180*day, noisy(1, func(h int) float64 { return float64(h)/day + workingWeek(h) }))
	for b.Loop() {
		Forecast(readings, quantity(1000), after(180*day))
	}
}
