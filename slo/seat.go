package slo

import "strconv"

// Seat is a share of a probe's work that one agent at a time holds: where a
// probe is to run from any N of its locations, or by any N agents of each,
// there are so many seats, and whoever holds one measures at its instants.
type Seat struct {
	Probe    string
	Location string // where the seat stays; "" where it moves between locations
	Number   int    // from 1, among the locations that the probe runs from; 0 where the seat stays in one
	Agent    int    // from 1, among the agents of the location
}

// Name tells the seat apart from the others of its probe, for good: 2.1 is the
// first agent of the second location that the probe runs from, whichever that
// is, and eu.1 the first agent in eu. It is what a measurement carries.
func (s Seat) Name() string {
	where := s.Location
	if where == "" {
		where = strconv.Itoa(s.Number)
	}
	return where + "." + strconv.Itoa(s.Agent)
}

// MaxSeat bounds the name of a seat, in bytes.
const MaxSeat = 220

// Seated reports whether the work of the probe is divided in seats.
func (l Locations) Seated() bool { return l.Any > 0 || l.Agents.Any > 0 }
