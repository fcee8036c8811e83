package slo

import "time"

// Level is how critical a service is, and how much impact and urgency an
// incident has. The zero value is medium.
type Level int8

// The levels.
const (
	LowLevel    Level = -1
	MediumLevel Level = 0
	HighLevel   Level = 1
)

// Levels lists every level, the highest first.
func Levels() []Level { return []Level{HighLevel, MediumLevel, LowLevel} }

// String is low, medium or high.
func (l Level) String() string { return [...]string{"low", "medium", "high"}[l+1] }

// raised is the level so many levels higher, at most high and at least low.
func (l Level) raised(by int) Level {
	return Level(min(max(int(l)+by, int(LowLevel)), int(HighLevel)))
}

// LowestPriority is the last; 1 is the first.
const LowestPriority = 5

// IncidentPolicy says how incidents are held, ranked and escalated.
type IncidentPolicy struct {
	Name      string
	Hold      time.Duration // how long a restored incident waits for its cause to come back
	Customers int           // from so many touched on the impact is a level higher; from 1
	Soon      time.Duration // a breach within it makes the urgency high
	Later     time.Duration // and within it medium; at least Soon
	Matrix    PriorityMatrix
	Major     *MajorRule // nil: no incident is major by itself
	Problem   ProblemRule
}

// ProblemRule says when repeated failures are proposed as a problem.
type ProblemRule struct {
	Incidents int           // so many that failed the same way; from 2
	Within    time.Duration // that began within it
}

// PriorityMatrix is the priority of an incident, from 1 to LowestPriority, by
// its impact and its urgency.
type PriorityMatrix [3][3]int

// At is the priority of an impact and an urgency.
func (m *PriorityMatrix) At(impact, urgency Level) int { return m[impact+1][urgency+1] }

// Set sets the priority of an impact and an urgency.
func (m *PriorityMatrix) Set(impact, urgency Level, priority int) {
	m[impact+1][urgency+1] = priority
}

// MajorRule says which incidents are major, and who sees to these.
type MajorRule struct {
	Priority  int           // those of this priority or before it; 0 is none
	Customers int           // those that touch so many customers; 0 is none
	Owner     string        // who leads it
	Mail      []string      // who is told
	Review    time.Duration // within which it is reviewed
}

// DefaultIncidentPolicy is the policy of a catalogue that has none.
func DefaultIncidentPolicy() *IncidentPolicy {
	p := &IncidentPolicy{Hold: 5 * time.Minute, Customers: 10, Soon: time.Hour, Later: 8 * time.Hour,
		Problem: ProblemRule{Incidents: 3, Within: 30 * 24 * time.Hour}}
	for _, i := range Levels() {
		for _, u := range Levels() {
			p.Matrix.Set(i, u, 3-int(i)-int(u))
		}
	}
	return p
}

// Scope is what an incident touches.
type Scope struct {
	Criticality Level // the highest of the services
	Customers   int   // with an SLA about one of them
	Seen        int   // locations that see it,
	Locations   int   // of so many that count and know something; 0 where none has to do with it
	Planned     bool  // maintenance of all of the services is in force
	// Left is the least error budget that is left of the objectives, negative
	// where one is breached already: the time to the next breach, while it
	// lasts. It is nil where none has a budget.
	Left *time.Duration
}

// Impact is how much an incident harms: the criticality of what it touches, a
// level higher where many customers are, a level lower where some locations see
// it, but fewer than half. What none sees, such as a disk that is full, is not
// about how far it reaches.
func (p *IncidentPolicy) Impact(s Scope) Level {
	by := 0
	if s.Customers >= p.Customers {
		by++
	}
	if s.Seen > 0 && 2*s.Seen < s.Locations {
		by--
	}
	return s.Criticality.raised(by)
}

// Urgency is how soon an incident breaches what was promised. Where nothing
// was, it is low.
func (p *IncidentPolicy) Urgency(s Scope) Level {
	switch {
	case s.Left == nil:
		return LowLevel
	case *s.Left <= p.Soon:
		return HighLevel
	case *s.Left <= p.Later:
		return MediumLevel
	}
	return LowLevel
}

// Priority is the priority of what an incident touches, from 1 to
// LowestPriority.
func (p *IncidentPolicy) Priority(s Scope) int { return p.Matrix.At(p.Impact(s), p.Urgency(s)) }

// DefaultReview is within which a major incident is reviewed where no rule says
// otherwise.
const DefaultReview = 5 * 24 * time.Hour

// Review is within which an incident is reviewed that is declared a major one.
func (p *IncidentPolicy) Review() time.Duration {
	if p.Major == nil {
		return DefaultReview
	}
	return p.Major.Review
}

// Meets reports whether an incident is major. Planned work wakes nobody.
func (m *MajorRule) Meets(priority int, s Scope) bool {
	return m != nil && !s.Planned && (priority <= m.Priority || m.Customers > 0 && s.Customers >= m.Customers)
}
