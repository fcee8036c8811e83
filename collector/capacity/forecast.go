package capacity

import (
	"time"

	"github.com/assay-sla/assay/slo"
)

// What a history must have before anything is forecast from it.
const (
	minHours   = 36      // with readings
	minHistory = 5 * day // from the first to the last, in hours
	maxStale   = 2 * day // since the last
)

// Limits of how far a forecast looks ahead.
const (
	perHistory   = 3   // times the history
	maxLookAhead = 730 // days
)

// nowHours is how many hours the level of now is the median of.
const nowHours = 1

// Horizons returns the times ahead that a forecast gives levels for, where its
// look-ahead reaches them.
func Horizons() []time.Duration {
	return []time.Duration{7 * day * time.Hour, 14 * day * time.Hour, 30 * day * time.Hour}
}

// Forecast forecasts a series and when it reaches its limit, an upper one, from
// the readings of at most MaxHistory before at, in any order.
func Forecast(readings []Reading, limit slo.Quantity, at slo.Instant) slo.Forecast {
	points := byHour(readings, at)
	if lack := lacking(points, at); lack != "" {
		return tooShort(points, lack, limit, at)
	}
	return newOutlook(points).until(limit.Float(), at)
}

// tooShort is what can be said of a series without a forecast: its level, where
// the last or this hour has readings, and whether that is at the limit. A full
// disk is full from its first reading on.
func tooShort(points []point, lack slo.Lack, limit slo.Quantity, at slo.Instant) slo.Forecast {
	f := slo.Forecast{At: at, Exhaustion: slo.NotEnoughData, Lack: lack}
	if len(points) == 0 {
		return f
	}
	last := points[len(points)-1].hour
	if hourOf(at)-last > nowHours {
		return f
	}
	level := median(levels(within(points, last-nowHours+1, last+1)))
	f.Now = quantity(level)
	if level >= limit.Float() {
		f.Exhaustion, f.Lack = slo.LimitReached, ""
	}
	return f
}

// lacking says what points lack for a forecast.
func lacking(points []point, at slo.Instant) slo.Lack {
	if len(points) < minHours {
		return slo.LackReadings
	}
	first, last := points[0].hour, points[len(points)-1].hour
	switch {
	case last-first < minHistory:
		return slo.LackHistory
	case hourOf(at)-last > maxStale:
		return slo.LackRecent
	}
	return ""
}

// outlook is a series' forecast before any limit is known.
type outlook struct {
	path
	now       float64 // the level of the last hours
	shifts    int
	lookAhead int // days
	bands     bands
}

func newOutlook(points []point) outlook {
	found := shifts(points)
	tried := newBacktest(points, found)
	chosen := tried.choose()
	first, now := points[0].hour, points[len(points)-1].hour
	last := newTrial(newPast(points, found, now))
	ahead := last.mean(chosen)
	cycle := methods()[chosen[0]].cycle
	if n := newGrowth(last.past, cycle); n > 0 {
		chosen = recent(cycle)
		ahead = last.growing(cycle, n)
	}
	return outlook{
		path:      ahead,
		now:       median(levels(within(points, now-nowHours+1, now+1))),
		shifts:    len(found),
		lookAhead: min(perHistory*(now-first)/day, maxLookAhead),
		bands:     tried.bands(chosen),
	}
}

// mean is the mean of the paths of the chosen methods that are known; that of
// the first method, which always is, where none is.
func (t trial) mean(chosen []int) path {
	var paths []path
	for _, i := range chosen {
		if t.known[i] {
			paths = append(paths, t.paths[i])
		}
	}
	if len(paths) == 0 {
		return t.paths[0]
	}
	return meanOf(paths)
}

// growing is the path of the growth of the last days, from the level of the
// last day; of a cycle that is known.
func (t trial) growing(cycle, days int) path {
	p, _ := t.forecast(method{cycle: cycle, joined: true, trend: true, days: days, anchor: day})
	return p
}

// until turns the outlook into a forecast for a limit.
func (o outlook) until(limit float64, at slo.Instant) slo.Forecast {
	f := slo.Forecast{
		At: at, Exhaustion: slo.NoTrend, Now: quantity(o.now), PerDay: quantity(o.perHour * day),
		Season: time.Duration(len(o.season)) * time.Hour, Shifts: o.shifts,
		LookAhead: time.Duration(o.lookAhead) * day * time.Hour,
	}
	from := hourOf(at)
	for _, in := range Horizons() {
		if in <= f.LookAhead {
			f.Horizons = append(f.Horizons, o.horizon(from, in))
		}
	}
	if o.now >= limit {
		f.Exhaustion = slo.LimitReached
	} else if expected, early := o.dates(from, limit); expected > 0 {
		f.Exhaustion = slo.Exhausts
		f.Expected, f.Early = slo.Instant(expected)*hour, slo.Instant(early)*hour
	}
	return f
}

// horizon is the level some time after the hour from.
func (o outlook) horizon(from int, in time.Duration) slo.Horizon {
	h := int(in / time.Hour)
	level := o.path.at(from + h)
	low, high := o.bands.at(h)
	return slo.Horizon{In: in, Low: quantity(level + low), Expected: quantity(level), High: quantity(level + high)}
}

// dates are the hours after from at which the path, and the upper bound of its
// interval, first reach the limit; 0 where there is no growth or it does not
// lead there within the look-ahead.
func (o outlook) dates(from int, limit float64) (expected, early int) {
	if o.perHour <= 0 {
		return 0, 0
	}
	for h := 1; h <= o.lookAhead*day; h++ {
		level := o.path.at(from + h)
		_, high := o.bands.at(h)
		if early == 0 && level+high >= limit {
			early = from + h
		}
		if level >= limit {
			return from + h, early
		}
	}
	return 0, 0
}

// quantity cuts v to the bounds that sums of quantities may leave.
func quantity(v float64) slo.Quantity {
	q, err := slo.NewQuantity(max(-slo.MaxQuantity, min(v, slo.MaxQuantity)))
	if err != nil {
		return slo.Quantity{} // not a number, which no sum of bounded values is
	}
	return q
}
