package capacity

// cycles returns the cycles that a season may have, in hours, each with how
// many of them a history must hold before one is believed.
func cycles() []struct{ hours, atLeast int } {
	return []struct{ hours, atLeast int }{{day, 5}, {week, 3}}
}

// season is what a series is above or below its level at each hour of a cycle.
// The zero value is none.
type season []float64

// at is the season's part of the level at an hour.
func (s season) at(hour int) float64 {
	if len(s) == 0 {
		return 0
	}
	return s[slot(hour, len(s))]
}

// slot is the place of an hour in its cycle.
func slot(hour, cycle int) int { return ((hour % cycle) + cycle) % cycle }

// seasonOf is the median, for each hour of the cycle, of how far points are
// from the median of the whole cycle they are in, counted back from now. The
// cycle's own growth is perHour. It is nil where fewer than atLeast cycles are
// half full.
func seasonOf(points []point, now, cycle, atLeast int, perHour float64) season {
	at := make([][]float64, cycle)
	full := 0
	for from := 0; from < len(points); {
		ago := (now - points[from].hour) / cycle
		to := from
		for to < len(points) && (now-points[to].hour)/cycle == ago {
			to++
		}
		if block := points[from:to]; 2*len(block) >= cycle {
			full++
			middle := anchored(block, perHour, block[0].hour, block[len(block)-1].hour)
			for _, p := range block {
				i := slot(p.hour, cycle)
				at[i] = append(at[i], p.level-middle.at(p.hour))
			}
		}
		from = to
	}
	if full < atLeast {
		return nil
	}
	return profile(at)
}

// profile is the median of each slot, moved so that the whole has the median 0;
// a slot without readings is at 0.
func profile(at [][]float64) season {
	out := make(season, len(at))
	var known []float64
	for i, values := range at {
		if len(values) > 0 {
			out[i] = median(values)
			known = append(known, out[i])
		}
	}
	middle := median(known)
	for i, values := range at {
		if len(values) > 0 {
			out[i] -= middle
		}
	}
	return out
}

// without takes a season out of points.
func without(points []point, s season) []point {
	if len(s) == 0 {
		return points
	}
	out := make([]point, len(points))
	for i, p := range points {
		out[i] = point{p.hour, p.level - s.at(p.hour)}
	}
	return out
}
