package slo

import "time"

// Resource is something that a service uses up: a disk, memory, connections,
// people, money. Its readings come from the series, or are given by hand.
type Resource struct {
	Name       string
	Service    string
	Unit       string          // of Used and Limit, such as bytes or people
	Used       string          // PromQL; "" where Values are given
	Limit      ResourceLimit   // of all; not set where each of Values has one
	By         []string        // labels that tell series of Used apart, sorted; none: it is one series
	Values     []CapacityValue // by At, each later than the one before
	Thresholds []Ratio         // of the limit, rising; passed by the level of now
	LeadTime   time.Duration   // from the decision for more to having it
	Promised   *Quantity       // the workload that was agreed on; nil: none
}

// ResourceLimit is what there is of a resource: a number, or an expression
// where Expr is set. The zero value is none.
type ResourceLimit struct {
	Number *Quantity
	Expr   string // PromQL
}

// CapacityValue is what was used of a resource, and what there was of it, at an
// instant.
type CapacityValue struct {
	At          Instant
	Used, Limit Quantity
}
