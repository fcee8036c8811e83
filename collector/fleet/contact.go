package fleet

import (
	"time"

	"github.com/assay-sla/assay/slo"
)

const (
	// contactFor is how long an agent counts as in contact after it was heard: two
	// heartbeats and a half. A request that still waits is no contact: the process
	// behind it may be stopped, or the line cut without a word.
	contactFor = 25 * time.Second
	// returnFor is how long an agent may stay away whose request was answered, or
	// cut off, as it is when the process dies: another would follow within a second.
	returnFor = 5 * time.Second
	// steadyFor is how long an agent must have been in contact before seats move
	// to it from others: one that comes and goes moves none.
	steadyFor = 2 * time.Minute
)

// contact is when an agent was heard.
type contact struct {
	heard  slo.Instant // the last time; 0 is never
	since  slo.Instant // in contact without a break since then
	left   slo.Instant // when its last request ended; 0 where it asked or beat since
	cut    bool        // it was cut off then
	asking int         // requests that wait
	full   bool
}

// hear notes that an agent was heard. What it only delivers does not bring it
// back: an agent that stops delivers what it has when it probes no more.
func (c *contact) hear(at slo.Instant, delivers bool) {
	if at.Sub(c.heard) > contactFor || c.away(at) {
		c.since = at
	}
	c.heard = max(c.heard, at)
	if !delivers {
		c.left = 0
	}
}

// away reports whether the agent should have asked again.
func (c contact) away(at slo.Instant) bool { return c.left != 0 && at.Sub(c.left) > returnFor }

// inContact reports whether the agent was heard of late and has not left.
func (c contact) inContact(at slo.Instant) bool {
	return at.Sub(c.heard) <= contactFor && !c.away(at) && !(c.cut && c.left != 0)
}

// present reports whether the agent keeps what it has. Where the fleet could
// not be heard before an instant, nobody is away for longer than since then.
func (c contact) present(at, audible slo.Instant) bool {
	return at.Sub(max(c.heard, audible)) <= contactFor && !c.away(at)
}

// member is an agent as a plan made at an instant sees it.
func (c contact) member(a *slo.AgentStatus, at, audible slo.Instant) Member {
	free := c.inContact(at) && !c.full
	return Member{
		Agent: a.Agent, Location: a.Location, Labels: a.Labels,
		Present: c.present(at, audible), Free: free, Steady: free && at.Sub(c.since) >= steadyFor,
	}
}
