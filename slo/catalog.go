package slo

import (
	"fmt"
	"time"
)

// Catalog is everything that was promised and everything that tests it, as
// one loaded and checked whole. Each list is sorted by name and every name in
// it resolves; slo/catalog is the only maker, and Excluding and Planning the
// only ones of another from it. It is never changed after.
type Catalog struct {
	Revision     string // hash of the sources: equal sources have equal revisions
	Probes       []*Probe
	Locations    []*Location // those that have labels
	Services     []*Service
	Calendars    []*Calendar
	Maintenances []*Maintenance
	Agreements   []*Agreement
	Resources    []*Resource
	Plans        []*ContinuityPlan
	// IncidentPolicy is nil where the catalogue has none: see Policy.
	IncidentPolicy *IncidentPolicy
}

// Policy is how incidents are held, ranked and escalated: the catalogue's
// policy, or the default one.
func (c *Catalog) Policy() *IncidentPolicy {
	if c.IncidentPolicy == nil {
		return DefaultIncidentPolicy()
	}
	return c.IncidentPolicy
}

// Probe says what to test, how often, from where, and when to believe it.
type Probe struct {
	Name      string
	Every     time.Duration
	Timeout   time.Duration // of one run
	Hold      time.Duration // how long one measurement speaks at most
	Confirm   int           // downs in a row before a down is believed; from 1
	Locations Locations
	Spec      Spec
}

// Locations says which locations count for a probe, which agents there run it,
// and how the locations vote.
type Locations struct {
	From   []string // names, sorted; empty: every location that reports
	Match  Selector // of the labels that From was resolved by; nil where it was written out
	Any    int      // of them at a time, up to len(From); 0: all of them
	Agents Agents   // that run it at these locations
	Quorum Quorum
	Min    int // known locations needed to say anything
}

// Counts reports whether a location's measurements count for the probe.
func (l Locations) Counts(location string) bool {
	if len(l.From) == 0 {
		return true
	}
	for _, n := range l.From {
		if n == location {
			return true
		}
	}
	return false
}

// Quorum is how many of the known locations make a probe down. The zero value
// is a majority; Any and All are negative; a positive number is that many.
type Quorum int

// The quorums that are not a number.
const (
	Majority Quorum = 0
	Any      Quorum = -1
	All      Quorum = -2
)

// Service is something people use; it is up when its expression is.
type Service struct {
	Name        string
	Criticality Level
	Up          Expr
	DependsOn   []string // services that can take it down; no service depends on itself
}

// Expr is an expression over probes: a probe's name, or all, any or atleast
// of further expressions.
type Expr struct {
	Op    Op
	Probe string // of OpProbe
	K     int    // of OpAtLeast: 1 to len(Args)
	Args  []Expr // of the others, at least one
}

// Op is the operator of an Expr.
type Op uint8

// The operators.
const (
	OpProbe Op = iota
	OpAll
	OpAny
	OpAtLeast
)

// Calendar is a timetable of hours on the wall clock of a zone.
type Calendar struct {
	Name       string
	Zone       *time.Location
	Week       [7][]DaySpan // by time.Weekday
	Holidays   map[Date]bool
	Exceptions map[Date][]DaySpan // beats a holiday, which beats the week
}

// Date is a day on some calendar's wall.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DaySpan is wall-clock time from From to To, both since the midnight that
// begins its date; To may run past 24 h into the next day, by at most a day.
type DaySpan struct{ From, To time.Duration }

// Maintenance is planned work that agreed time leaves out: either the one
// occurrence Once, or one at every start of Schedule.
type Maintenance struct {
	Name      string
	Services  []string
	Announced *Instant // nil: never announced
	Once      *Interval
	Schedule  *Schedule
	// Carried is the maintenance as each catalogue on record had it, oldest first,
	// itself the last: nothing was announced before a catalogue said so. Where it
	// is nil nobody knows, and Announced is believed as it is written.
	Carried []Carried
	// ByChange says that a change carries it, and no catalogue: see
	// Catalog.Planning.
	ByChange bool
}

// Carried is a maintenance as a catalogue had it, from when that one was taken
// into force.
type Carried struct {
	Loaded Instant
	*Maintenance
}

// Schedule is a recurring maintenance. Occurrences start at every instant
// whose wall clock in Zone matches Cron, inside [From, To) where these are set.
type Schedule struct {
	Cron     Cron
	Zone     *time.Location
	For      time.Duration
	From, To *Instant
}

// Agreement is what was promised about a service.
type Agreement struct {
	Name              string
	Type              AgreementType
	Party             string   // the customer, or of a UC the supplier; "" where it is not said
	From, To          *Instant // when its terms hold; nil: since ever, for good
	Service           string
	Zone              *time.Location // of calendar windows
	Hours             *Calendar      // nil: all the time
	Unknown           Policy
	MinCoverage       Ratio
	MinimumOutage     time.Duration
	MaintenanceCap    *MaintenanceCap // nil: no cap
	MaintenanceNotice *time.Duration  // nil: all maintenance counts
	Workload          *WorkloadLimit  // nil: however many requests there are
	ExcludeDrills     bool            // the time that drills take down is asked to be excluded
	Exclusions        []*Exclusion    // by name
	Objectives        []Objective
	BudgetPolicy      []BudgetStep     // for each of the objectives by time
	Credits           *Credits         // nil: none
	Targets           []IncidentTarget // by priority
}

// AgreementType says who promises to whom.
type AgreementType uint8

// The types of agreement of ISO/IEC 20000-1 and ITIL.
const (
	SLA AgreementType = iota // to a customer
	OLA                      // inside the provider's own house
	UC                       // underpinning contract: a supplier's to the provider
)

// String is sla, ola or uc.
func (t AgreementType) String() string { return [...]string{"sla", "ola", "uc"}[t] }

// during is what of v lies in the agreement's term.
func (a *Agreement) during(v Interval) Interval {
	if a.From != nil {
		v.From = max(v.From, *a.From)
	}
	if a.To != nil {
		v.To = min(v.To, *a.To)
	}
	return v
}

// Policy is what unknown time counts as.
type Policy uint8

// The policies.
const (
	UnknownExcluded Policy = iota
	UnknownUp
	UnknownDown
)

// MaintenanceCap bounds the calendar time that maintenance may take out of
// each calendar period.
type MaintenanceCap struct {
	Time time.Duration
	Per  Period
}

// Exclusion takes time out of an agreement after the fact. Somebody asked for
// it, and somebody else agreed.
type Exclusion struct {
	Name string
	Interval
	Cause       ExclusionCause
	Reason      string
	RequestedBy string
	ApprovedBy  string
	RequestedAt *Instant // both nil of the catalogue's own, which say nothing of when
	ApprovedAt  *Instant
}

// ExclusionCause is why time is excluded after the fact.
type ExclusionCause uint8

// The causes.
const (
	LateMaintenance ExclusionCause = iota // maintenance that was not announced in time; its cap holds
	ForceMajeure
	CausedByCustomer
)

// exclusionCauses are the causes by their names.
var exclusionCauses = [...]string{"maintenance", "force-majeure", "customer"}

// String is maintenance, force-majeure or customer.
func (c ExclusionCause) String() string { return exclusionCauses[c] }

// ParseExclusionCause reads what String writes.
func ParseExclusionCause(s string) (ExclusionCause, error) {
	for c, name := range exclusionCauses {
		if name == s {
			return ExclusionCause(c), nil
		}
	}
	return 0, fmt.Errorf("%.40q is not one of maintenance, force-majeure, customer", s)
}

// Objective is one promised figure.
type Objective struct {
	Name     string
	Target   Ratio // 0 of ByOutages, which promises a number
	Window   Window
	Method   Method
	Slice    SliceRule   // of BySlices
	Latency  LatencyRule // of ByLatency
	Outages  OutageRule  // of ByOutages
	Parts    []Part      // of Composite
	Requests RequestRule // of ByRequests
	Alerts   []BurnPair  // nil: those of package rules; empty: none
}

// Method is how availability is counted.
type Method uint8

// The methods.
const (
	ByTime Method = iota
	BySlices
	ByOccurrences
	ByLatency
	ByOutages
	Composite
	ByRequests
)

// LatencyRule counts the measurements that are up by their latency: those of
// at most Within are good.
type LatencyRule struct{ Within time.Duration }

// OutageRule promises that at most Most outages are longer than Longer.
type OutageRule struct {
	Most   int
	Longer time.Duration
}

// Part is one service of a composite objective.
type Part struct {
	Service string
	Weight  int64 // 1 to MaxWeight
}

// MaxWeight bounds the weight of a part.
const MaxWeight = 1000

// SliceRule cuts a window into slices of Length; a slice is bad when more
// than Bad of its known agreed time is down.
type SliceRule struct {
	Length time.Duration
	Bad    Ratio
}

// Window is an objective window: a calendar period, or Rolling time where
// that is not 0.
type Window struct {
	Period  Period
	Rolling time.Duration
}

// Period is a calendar period in some zone; weeks begin on Monday.
type Period uint8

// The periods.
const (
	Day Period = iota
	Week
	Month
	Quarter
	Year
)

// Credits are what is owed when an objective is missed: by Tiers, or, where
// there are none, so many times the fee of what was missed.
type Credits struct {
	Objective   string // the name of the one that they are earned on
	Tiers       []Tier
	Multiple    int            // 1 to MaxMultiple without tiers, else 0
	Fee         *Money         // of one window; nil: credits are shares only
	Cap         *CreditCap     // nil: no cap
	ClaimWithin *time.Duration // after the window's end; nil: no deadline
}

// MaxMultiple bounds Credits.Multiple.
const MaxMultiple = 100

// Tier is one line of a credit table: Percent is owed where the availability
// is inside every bound that is set.
type Tier struct {
	Percent                       Ratio
	Below, AtMost, Above, AtLeast *Ratio
}

// CreditCap bounds the credits of all windows in a calendar period, as a share
// of the fees of that period. Windows divide the period.
type CreditCap struct {
	Percent Ratio
	Per     Period
}
