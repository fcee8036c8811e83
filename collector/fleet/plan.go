package fleet

import (
	"time"

	"github.com/assay-sla/assay/slo"
)

// Plan says who holds each seat of a catalogue's probes. A seat that is not in
// it has no holder.
type Plan map[slo.Seat]Post

// Post is who holds a seat: Holder, and from At on Next, where there is one.
// Holder measures the slots before At and Next those from At on, so that a move
// between two agents that are in contact leaves no slot out and doubles none.
type Post struct {
	Holder Holder
	Next   Holder
	At     slo.Instant // 0 without Next
}

// Holder is an agent at the location where it holds a seat. The zero value is
// nobody.
type Holder struct{ Agent, Location string }

// moving reports whether the seat is on its way to another agent.
func (p Post) moving() bool { return p.Next != Holder{} }

// last is who holds the seat when every move is made.
func (p Post) last() Holder {
	if p.moving() {
		return p.Next
	}
	return p.Holder
}

// Seated is what a Seating comes to.
type Seated struct {
	Plan   Plan
	Moves  []Move
	Seats  int        // how many there are
	Vacant []slo.Seat // those that nobody holds who is in contact
}

// Move is a seat that got another holder.
type Move struct {
	Seat     slo.Seat
	From, To Holder      // From is nobody where the seat had no holder
	At       slo.Instant // 0: at once
	Reason   Reason
}

// Reason is why a seat moved.
type Reason string

// The reasons.
const (
	First      Reason = "first"      // it had no holder
	Silent     Reason = "silent"     // its holder is not in contact
	Unsuitable Reason = "unsuitable" // its holder is no longer one of those that the probe chooses
	Balanced   Reason = "balanced"   // another agent is in contact to which the seat belongs
	Withdrawn  Reason = "withdrawn"  // who was to have it next is not in contact, or is unsuitable
)

// Member is an agent as a plan sees it.
type Member struct {
	Agent, Location string
	Labels          map[string]string

	Present bool // keeps the seats that it holds
	Free    bool // is in contact, and can be given more of them
	Steady  bool // is free, and has been in contact for so long that seats in good hands move to it
}

const (
	// moveAhead is how far ahead a seat moves between two agents in contact: both
	// have their assignments by then, also over a bad line.
	moveAhead = 15 * time.Second
	// moveDone is how long after a move the former holder still has the seat in
	// its assignment, up to then: a slot may be started late.
	moveDone = 5 * time.Second
)
