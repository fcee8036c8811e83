package slo

import "time"

// ContinuityPlan says how services go on after a disaster, and how that is
// tested (ISO/IEC 20000-1, 8.7.2).
type ContinuityPlan struct {
	Name      string
	Services  []string // that it covers, sorted; at least one
	Owner     string
	RTO       time.Duration // recovery time objective: from the disruption to the service again
	RPO       time.Duration // recovery point objective: how far before it the newest data that survives may lie
	Invoke    string        // how it is invoked, and by whom
	Return    string        // how things return to normal
	Steps     []PlanStep    // at least one
	TestEvery time.Duration // a test is due so long after the last
	Changed   *Instant      // when what it covers last had a major change; nil: none is known of
	Drills    []PlannedDrill
}

// PlanStep is one step of a plan.
type PlanStep struct {
	Do     string
	By     string        // who does it; "" is the owner
	Within time.Duration // of its beginning; 0: no bound
}

// DrillKind is how a plan is tested.
type DrillKind string

// The kinds of drills.
const (
	DrillFailover DrillKind = "failover" // the standby is probed while the primary is declared lost
	DrillRestore  DrillKind = "restore"  // an agent restores a backup, which is probed then
	DrillBackup   DrillKind = "backup"   // an agent looks at how fresh and how large the newest backup is
	DrillTabletop DrillKind = "tabletop" // people alone go through the plan
)

// DrillKinds lists every kind.
func DrillKinds() []DrillKind {
	return []DrillKind{DrillFailover, DrillRestore, DrillBackup, DrillTabletop}
}

// PlannedDrill is a drill of a plan.
type PlannedDrill struct {
	Name     string         // unique in the plan
	Schedule *DrillSchedule // nil: by hand alone
	DrillTerms
}

// DrillTerms are what a drill does, and what it is measured against.
type DrillTerms struct {
	Kind   DrillKind     `json:"kind"`
	Run    string        `json:"run,omitempty"`    // the probe that an agent runs once: of restore and backup
	Checks []string      `json:"checks,omitempty"` // probes that are to be good, sorted: of failover and restore
	Canary string        `json:"canary,omitempty"` // the probe that reads the newest canary; "" where none does
	Good   int           `json:"good,omitempty"`   // measurements in a row that make a check good; from 1
	Within time.Duration `json:"within_ns"`        // when nothing is restored by then the drill has failed; 0 of a tabletop
	RTO    time.Duration `json:"rto_ns"`
	RPO    time.Duration `json:"rpo_ns"`
}

// Probes lists the probes that the drill names.
func (t *DrillTerms) Probes() []string {
	var out []string
	for _, p := range append([]string{t.Run, t.Canary}, t.Checks...) {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}

// Disrupts reports whether such a drill may take down what it tests: one in which
// people talk or a backup is looked at does not.
func (t *DrillTerms) Disrupts() bool {
	return t.Kind == DrillFailover || t.Kind == DrillRestore
}

// DrillSchedule is when a drill begins by itself.
type DrillSchedule struct {
	Cron Cron
	Zone *time.Location
}

// Drill is a drill of the plan by its name; nil where there is none.
func (p *ContinuityPlan) Drill(name string) *PlannedDrill {
	for i := range p.Drills {
		if p.Drills[i].Name == name {
			return &p.Drills[i]
		}
	}
	return nil
}

// Plan is a continuity plan by its name; nil where there is none.
func (c *Catalog) Plan(name string) *ContinuityPlan {
	for _, p := range c.Plans {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// DrillProbes lists the probes that drills alone use: no agent runs one while
// no drill asks for it.
func (c *Catalog) DrillProbes() map[string]bool {
	out := map[string]bool{}
	for _, p := range c.Plans {
		for i := range p.Drills {
			for _, name := range p.Drills[i].Probes() {
				out[name] = true
			}
		}
	}
	if len(out) == 0 {
		return out
	}
	for _, s := range c.Services {
		s.Up.forget(out)
	}
	return out
}

// forget takes the expression's probes out of a set.
func (e Expr) forget(set map[string]bool) {
	if e.Op == OpProbe {
		delete(set, e.Probe)
	}
	for _, a := range e.Args {
		a.forget(set)
	}
}

// Has reports whether a probe is in the expression.
func (e Expr) Has(probe string) bool {
	if e.Op == OpProbe {
		return e.Probe == probe
	}
	for _, a := range e.Args {
		if a.Has(probe) {
			return true
		}
	}
	return false
}
