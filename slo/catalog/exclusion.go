package catalog

import (
	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

var causeNames = []string{"maintenance", "force-majeure", "customer"}

// exclusion reads the spec of an Exclusion and gives it to its agreements.
func (r reader) exclusion(name string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of an Exclusion", "agreements", "from", "to", "cause", "reason", "requestedBy", "approvedBy")
	if !ok {
		return
	}
	x, cause := &slo.Exclusion{Name: name}, 0
	fine := set(&x.From, f.need("from"), r.instant)
	fine = set(&x.To, f.need("to"), r.instant) && fine
	switch {
	case !fine:
	case x.To <= x.From:
		r.errorf(f.get("to"), "", "to is not after from")
	case x.Length() > slo.MaxExclusion:
		r.errorf(f.get("to"), "", "an exclusion of more than %s", FormatDuration(slo.MaxExclusion))
	}
	set(&cause, f.need("cause"), r.choice(causeNames...))
	x.Cause = slo.ExclusionCause(cause)
	set(&x.Reason, f.need("reason"), r.line)
	set(&x.RequestedBy, f.need("requestedBy"), r.line)
	if by := f.need("approvedBy"); set(&x.ApprovedBy, by, r.line) && x.ApprovedBy == x.RequestedBy {
		r.errorf(by, "", "who asks for an exclusion does not approve it: name somebody else")
	}
	if names := f.need("agreements"); names != nil {
		r.excludedFrom(x, names)
	}
}

// excludedFrom adds an exclusion to the agreements that it names.
func (r reader) excludedFrom(x *slo.Exclusion, n *yaml.Node) {
	refs := r.mentions(n, "agreements", "agreement")
	r.later(func() {
		for _, n := range refs {
			if r.lookup(n, 0, kindAgreement, n.Value) != nil && r.agreements[n.Value] != nil {
				a := r.agreements[n.Value]
				a.Exclusions = append(a.Exclusions, x)
			}
		}
	})
}
