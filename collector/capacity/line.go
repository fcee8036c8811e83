package capacity

// line is a level that grows evenly from an hour on.
type line struct {
	hour    int
	level   float64
	perHour float64
}

// at is the line's level at an hour.
func (l line) at(hour int) float64 { return l.level + l.perHour*float64(hour-l.hour) }

// daily is the median of each whole day before now, oldest first, at its
// middle. Whole days keep the hour of now out of the slope.
func daily(points []point, now int) []point {
	var out []point
	var day_ []float64
	for i, p := range points {
		day_ = append(day_, p.level)
		ago := (now - p.hour) / day
		if i == len(points)-1 || (now-points[i+1].hour)/day != ago {
			out = append(out, point{now - ago*day - day/2, median(day_)})
			day_ = day_[:0]
		}
	}
	return out
}

// slope is the median of the slopes between all pairs of points (Theil 1950,
// Sen 1968), so that a third of them may be anything. It is 0 for fewer than
// two.
func slope(points []point) float64 {
	if len(points) < 2 {
		return 0
	}
	pairs := make([]float64, 0, len(points)*(len(points)-1)/2)
	for i, p := range points {
		for _, q := range points[i+1:] {
			pairs = append(pairs, (q.level-p.level)/float64(q.hour-p.hour))
		}
	}
	return median(pairs)
}

// anchored is the line of a slope through the median of the last points, those
// of the hours from from to now.
func anchored(points []point, perHour float64, from, now int) line {
	last := within(points, from, now+1)
	if len(last) == 0 {
		last = points[len(points)-1:]
	}
	at := make([]float64, len(last))
	for i, p := range last {
		at[i] = p.level - perHour*float64(p.hour-now)
	}
	return line{now, median(at), perHour}
}
