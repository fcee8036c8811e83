package catalog

import (
	"fmt"
	"net/mail"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// Bounds of an incident policy.
const (
	maxHold        = 24 * time.Hour
	maxCustomers   = 1_000_000
	maxPolicyMails = 20

	maxRepeats       = 100
	minRepeatsWithin = 24 * time.Hour
	maxRepeatsWithin = 90 * 24 * time.Hour
)

// levelNames are the levels, the highest first.
var levelNames = []string{"high", "medium", "low"}

// level reads one of the levels.
func (r reader) level(n *yaml.Node) (slo.Level, bool) {
	i, ok := r.choice(levelNames...)(n)
	return slo.Levels()[i], ok
}

// incidentPolicy reads the spec of an IncidentPolicy, of which a catalogue has
// one at most.
func (r reader) incidentPolicy(name string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of an IncidentPolicy", "hold", "customers", "breach", "matrix", "major", "problem")
	if !ok {
		return
	}
	p := slo.DefaultIncidentPolicy()
	p.Name = name
	set(&p.Hold, f.get("hold"), r.duration(0, maxHold))
	set(&p.Customers, f.get("customers"), r.integer(1, maxCustomers))
	if b := f.get("breach"); b != nil {
		r.breach(p, b)
	}
	if m := f.get("matrix"); m != nil {
		r.priorityMatrix(&p.Matrix, m)
	}
	if m := f.get("major"); m != nil {
		p.Major = r.major(m)
	}
	if m := f.get("problem"); m != nil {
		r.problemRule(&p.Problem, m)
	}
	if old := r.catalog.IncidentPolicy; old != nil {
		r.errorf(n, "make one of the two", "a second incident policy beside %s", old.Name)
		return
	}
	r.catalog.IncidentPolicy = p
}

// breach reads how near a breach makes an incident urgent.
func (r reader) breach(p *slo.IncidentPolicy, n *yaml.Node) {
	f, ok := r.fields(n, "breach", "soon", "later")
	if !ok {
		return
	}
	ok = set(&p.Soon, f.need("soon"), r.duration(0, maxDuration))
	if set(&p.Later, f.need("later"), r.duration(0, maxDuration)) && ok && p.Later < p.Soon {
		r.errorf(f.get("later"), "", "later is sooner than soon")
	}
}

// priorityMatrix reads a priority for each impact and urgency.
func (r reader) priorityMatrix(m *slo.PriorityMatrix, n *yaml.Node) {
	f, ok := r.fields(n, "matrix", levelNames...)
	if !ok {
		return
	}
	for i, impact := range levelNames {
		row := f.need(impact)
		if row == nil {
			continue
		}
		rf, ok := r.fields(row, fmt.Sprintf("the impact %s of the matrix", impact), levelNames...)
		if !ok {
			continue
		}
		for k, urgency := range levelNames {
			priority := 0
			if set(&priority, rf.need(urgency), r.integer(1, slo.LowestPriority)) {
				m.Set(slo.Levels()[i], slo.Levels()[k], priority)
			}
		}
	}
}

// major reads which incidents are major.
func (r reader) major(n *yaml.Node) *slo.MajorRule {
	m := &slo.MajorRule{Review: slo.DefaultReview}
	f, ok := r.fields(n, "major", "priority", "customers", "owner", "mail", "review")
	if !ok {
		return m
	}
	set(&m.Priority, f.get("priority"), r.integer(1, slo.LowestPriority))
	set(&m.Customers, f.get("customers"), r.integer(1, maxCustomers))
	if !f.has("priority") && !f.has("customers") {
		r.errorf(n, "", "major has neither priority nor customers: no incident would be")
	}
	set(&m.Owner, f.need("owner"), r.line)
	set(&m.Review, f.get("review"), r.duration(time.Hour, maxDuration))
	if to := f.get("mail"); to != nil {
		m.Mail, _ = list(r, to, "mail", maxPolicyMails, r.distinct("the address", r.address))
	}
	return m
}

// problemRule reads when repeated failures are proposed as a problem.
func (r reader) problemRule(p *slo.ProblemRule, n *yaml.Node) {
	f, ok := r.fields(n, "problem", "incidents", "within")
	if !ok {
		return
	}
	set(&p.Incidents, f.get("incidents"), r.integer(2, maxRepeats))
	set(&p.Within, f.get("within"), r.duration(minRepeatsWithin, maxRepeatsWithin))
}

// address reads the bare address of a mailbox.
func (r reader) address(n *yaml.Node) (string, bool) {
	return parsed(r, func(s string) (string, error) {
		a, err := mail.ParseAddress(s)
		if err != nil || a.Address != s {
			return "", fmt.Errorf("%s is not an address such as ops@example.com", quote(s))
		}
		return s, noHostile(s)
	})(n)
}
