package capacity

// method is one way to forecast. The simpler ones come first in methods, and a
// later one is taken only where it was better on the series itself.
type method struct {
	cycle  int  // of the season, in hours; 0: none
	joined bool // over level shifts
	trend  bool
	days   int // of the slope where there is a trend; 0: all
	anchor int // hours whose median the line goes through; 0: all
}

// methods returns every way to forecast, the simplest first.
func methods() []method {
	var out []method
	for _, cycle := range []int{0, day, week} {
		for _, anchor := range []int{day, week, 4 * week, 0} {
			out = append(out, method{cycle: cycle, joined: true, anchor: anchor})
		}
		out = append(out, method{cycle: cycle, anchor: 4 * week}, method{cycle: cycle})
	}
	for _, cycle := range []int{0, day, week} {
		for _, days := range []int{0, 28, 14, 7} {
			for _, anchor := range []int{day, week} {
				out = append(out, method{cycle, true, true, days, anchor})
			}
		}
		out = append(out, method{cycle, false, true, 0, week})
	}
	return out
}

// path is a forecast of the level at every hour.
type path struct {
	line
	season season
}

func (p path) at(hour int) float64 { return p.line.at(hour) + p.season.at(hour) }

// meanOf is the mean of paths, of which there is at least one.
func meanOf(paths []path) path {
	out := path{line: line{hour: paths[0].hour}}
	cycle := 0
	for _, p := range paths {
		out.level += p.level / float64(len(paths))
		out.perHour += p.perHour / float64(len(paths))
		cycle = max(cycle, len(p.season))
	}
	if cycle == 0 {
		return out
	}
	out.season = make(season, cycle) // a week is a whole number of days
	for h := range out.season {
		for _, p := range paths {
			out.season[h] += p.season.at(h) / float64(len(paths))
		}
	}
	return out
}

// past is what is known of a series at one hour.
type past struct {
	now    int
	raw    []point
	joined []point
	slope  float64 // of all of it, joined
	bases  map[int]*base
}

// base is a past without the season of one cycle.
type base struct {
	season            season
	raw, joined       []point
	rawDay, joinedDay []point // the medians of whole days
	slopes            map[method]float64
}

// newPast cuts points and the shifts seen by then at now.
func newPast(points []point, found []shift, now int) *past {
	raw := within(points, points[0].hour, now+1)
	n := 0
	for n < len(found) && found[n].hour+day <= now {
		n++
	}
	p := &past{now: now, raw: raw, joined: join(raw, found[:n]), bases: map[int]*base{}}
	p.slope = slope(daily(p.joined, now))
	p.bases[0] = newBase(p, nil)
	for _, c := range cycles() {
		if s := seasonOf(p.joined, now, c.hours, c.atLeast, p.slope); s != nil {
			p.bases[c.hours] = newBase(p, s)
		}
	}
	return p
}

func newBase(p *past, s season) *base {
	b := &base{season: s, raw: without(p.raw, s), joined: without(p.joined, s), slopes: map[method]float64{}}
	b.rawDay, b.joinedDay = daily(b.raw, p.now), daily(b.joined, p.now)
	return b
}

// forecast is the path that a method sees from the past; false where the past
// has not enough cycles for it.
func (p *past) forecast(m method) (path, bool) {
	b := p.bases[m.cycle]
	if b == nil {
		return path{}, false
	}
	points := b.raw
	if m.joined {
		points = b.joined
	}
	from := points[0].hour
	if m.anchor > 0 {
		from = p.now - m.anchor + 1
	}
	return path{anchored(points, b.slopeOf(m, p.now), from, p.now), b.season}, true
}

// slopeOf is the slope that a method goes by.
func (b *base) slopeOf(m method, now int) float64 {
	if !m.trend {
		return 0
	}
	k := method{joined: m.joined, days: m.days}
	s, ok := b.slopes[k]
	if !ok {
		days := b.rawDay
		if m.joined {
			days = b.joinedDay
		}
		if m.days > 0 {
			days = within(days, now-m.days*day, now+1)
		}
		s = slope(days)
		b.slopes[k] = s
	}
	return s
}
