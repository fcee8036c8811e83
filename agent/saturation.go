package agent

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/assay-sla/assay/slo"
)

// sample is what an agent has measured of itself when it looked.
type sample struct {
	at       time.Duration // by a clock that nobody sets
	inFlight time.Duration // of probes, since the start: a second for each in flight and second
	cpu      time.Duration // of processors, since the start, with the programs that probes ran
	slots    int64         // that began or were missed, since the start
	late     int64         // of these, those that began late or found no place
	probes   int           // assigned
	waiting  int           // records that are not in the queue yet
}

// offer is what an agent can use at most.
type offer struct {
	places  int     // for probes at the same time
	cores   float64 // processors; a quota may allow part of one
	records int     // that may wait for the queue
}

// load is what an agent did lately: sums over its time in which what is a
// minute old counts e times less. In seconds, and things times seconds.
type load struct {
	elapsed, probes, inFlight, cpu, waiting, slots, late float64
}

const (
	sampleEvery = 10 * time.Second
	loadMemory  = time.Minute
	// loadSettled is the time, as load has it, before which nothing is said:
	// a start costs more than what comes after.
	loadSettled = 30 * time.Second
)

// after is the load when what lies between two samples is added.
func (l load) after(was, is sample) load {
	d := (is.at - was.at).Seconds()
	if d <= 0 {
		return l
	}
	keep := math.Exp(-d / loadMemory.Seconds())
	return load{
		elapsed:  l.elapsed*keep + d,
		probes:   l.probes*keep + float64(is.probes)*d,
		inFlight: l.inFlight*keep + (is.inFlight - was.inFlight).Seconds(),
		cpu:      l.cpu*keep + (is.cpu - was.cpu).Seconds(),
		waiting:  l.waiting*keep + float64(is.waiting)*d,
		slots:    l.slots*keep + float64(is.slots-was.slots),
		late:     l.late*keep + float64(is.late-was.late),
	}
}

// How much of each may be used before slots begin to wait for it.
const (
	usableCPU     = 0.8
	usableRecords = 0.5
	lateSlots     = 0.01 // share of slots
	// nearEnd is the use of a limit from which it is taken for the reason that
	// slots begin late.
	nearEnd = 0.8
)

// usablePlaces is how many places may be taken in the mean. Slots are spread by
// a hash, so what is in flight varies as a Poisson distribution does, by the
// root of its mean, and three deviations have to find a place too: the mean L
// with L + 3√L = places.
func usablePlaces(places int) float64 {
	root := (math.Sqrt(9+4*float64(places)) - 3) / 2
	return root * root
}

// use is how much of what may be used of a limit is used: 1 is all of it.
type use struct {
	limit slo.Limit
	ratio float64
}

// uses lists the use of each limit, that of the schedule last. Load must be
// settled.
func (l load) uses(o offer) [4]use {
	late := 0.0
	if l.slots > 0 {
		late = l.late / l.slots
	}
	return [...]use{
		{slo.LimitConcurrency, l.inFlight / l.elapsed / usablePlaces(o.places)},
		{slo.LimitCPU, l.cpu / l.elapsed / (usableCPU * o.cores)},
		{slo.LimitQueue, l.waiting / l.elapsed / (usableRecords * float64(o.records))},
		{slo.LimitSchedule, late / lateSlots},
	}
}

// settled reports whether the load tells something of an agent with probes.
func (l load) settled() bool { return l.elapsed >= loadSettled.Seconds() && l.probes > 0 }

// room is the room of an agent with so many probes; false while nothing can be
// said. What probes have in flight, in processors and in records to write grows
// with their number (Little's law), so the use of the scarcest limit tells how
// many there can be. Where slots begin late all the same, there is no room.
func (l load) room(probes int, o offer) (slo.Room, bool) {
	if !l.settled() || probes == 0 {
		return slo.Room{}, false
	}
	uses := l.uses(o)
	scarcest, schedule := uses[0], uses[len(uses)-1]
	for _, u := range uses[1 : len(uses)-1] {
		if u.ratio > scarcest.ratio {
			scarcest = u
		}
	}
	if schedule.ratio >= 1 {
		if scarcest.ratio < nearEnd {
			scarcest = schedule
		}
		return slo.Room{Limit: scarcest.limit}, true
	}
	most := l.probes / l.elapsed / scarcest.ratio // +Inf where nothing is used
	return slo.Room{Probes: int64(min(max(0, most-float64(probes)), slo.MaxRoom)), Limit: scarcest.limit}, true
}

// saturation follows what an agent measures of itself.
type saturation struct {
	measure func() sample
	offer   func() offer

	mu   sync.Mutex
	load load
	last sample
	most offer
}

// loop measures until ctx ends.
func (s *saturation) loop(ctx context.Context) {
	s.begin()
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.look()
		}
	}
}

func (s *saturation) begin() {
	is, most := s.measure(), s.offer()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last, s.most = is, most
}

func (s *saturation) look() {
	is, most := s.measure(), s.offer()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.load, s.last, s.most = s.load.after(s.last, is), is, most
}

// room is the agent's room as it was last measured, nil while nothing can be
// said.
func (s *saturation) room() *slo.Room {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.load.room(s.last.probes, s.most); ok {
		return &r
	}
	return nil
}

// used is how much of a limit is used, 1 being all of it; not a number while
// nothing can be said.
func (s *saturation) used(limit slo.Limit) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load.settled() {
		for _, u := range s.load.uses(s.most) {
			if u.limit == limit {
				return u.ratio
			}
		}
	}
	return math.NaN()
}
