package register

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// endsSoon is how long before its end a certificate, a contract or an agreement
// is proposed as a risk.
const endsSoon = 90 * 24 * time.Hour

// certificateSoon is the same of certificates, most of which live for 90 days.
const certificateSoon = 21 * 24 * time.Hour

// Figures are what candidates and the inputs of reviews are made of.
type Figures struct {
	At        slo.Instant
	Catalog   *slo.Catalog
	Services  []slo.ServiceStatus    // at At
	Closed    []slo.ObjectiveStatus  // of the calendar windows before those of At
	Forecasts []slo.ResourceForecast // at At
	Incidents []slo.Incident         // that began in the 90 days before At
	Items     []slo.RegisterItem     // of all registers
}

// of lists the items of a register that were not withdrawn.
func (f *Figures) of(name string) (out []slo.RegisterItem) {
	for _, i := range f.Items {
		if i.Register == name && i.State != slo.RegisterWithdrawn {
			out = append(out, i)
		}
	}
	return out
}

// Proposed reports whether the figures propose items for a register at all.
func Proposed(name string) bool {
	switch name {
	case Risks, Actions, Customers, Suppliers:
		return true
	}
	return false
}

// Candidates lists the items that the figures propose for a register: risks,
// improvement actions, customers and suppliers. What was made an item once, even
// if it was withdrawn, is not proposed again.
func Candidates(name string, f Figures) []slo.RegisterCandidate {
	var list []slo.RegisterCandidate
	switch name {
	case Risks:
		list = append(list, f.singlePoints()...)
		list = append(list, f.certificates()...)
		list = append(list, f.contracts()...)
		list = append(list, f.capacity()...)
	case Actions:
		list = f.missed()
	case Customers:
		list = f.parties(name, slo.SLA)
	case Suppliers:
		list = f.parties(name, slo.UC)
	}
	there := map[string]bool{}
	for _, i := range f.Items {
		if i.Register == name {
			there[i.ID] = true
		}
	}
	prefix := ""
	if g := Named(name); g != nil {
		prefix = g.Prefix
	}
	var out []slo.RegisterCandidate
	for _, c := range list {
		c.ID = candidateID(prefix, c)
		if !there[c.ID] {
			there[c.ID] = true
			out = append(out, c)
		}
	}
	return out
}

// candidateID follows from why and what is proposed, whatever the figures are.
func candidateID(prefix string, c slo.RegisterCandidate) string {
	h := sha256.Sum256([]byte(strings.Join([]string{string(c.Reason), c.Subject, c.Period}, "\x00")))
	return prefix + "-" + hex.EncodeToString(h[:6])
}

// singlePoints are the services that take several others down, and the probes
// that take several services down by themselves.
func (f *Figures) singlePoints() (out []slo.RegisterCandidate) {
	for _, s := range f.Catalog.Services {
		if n := len(dependants(f.Catalog, s.Name)); n >= 2 {
			out = append(out, slo.RegisterCandidate{
				Reason: slo.CandidateService, Subject: s.Name, Count: n,
				Values: map[string]string{"service": s.Name, "source": "single_point"},
			})
		}
	}
	for _, p := range f.Catalog.Probes {
		n := 0
		for _, s := range f.Catalog.Services {
			if falls(s.Up, p.Name) {
				n++
			}
		}
		if n >= 2 {
			out = append(out, slo.RegisterCandidate{Reason: slo.CandidateProbe, Subject: p.Name, Count: n, Values: map[string]string{"source": "single_point"}})
		}
	}
	return out
}

// dependants are the services that fall with one, directly or through others.
func dependants(c *slo.Catalog, name string) map[string]bool {
	out := map[string]bool{}
	for todo := []string{name}; len(todo) > 0; todo = todo[1:] {
		for _, s := range c.Services {
			for _, on := range s.DependsOn {
				if on == todo[0] && s.Name != name && !out[s.Name] {
					out[s.Name] = true
					todo = append(todo, s.Name)
				}
			}
		}
	}
	return out
}

// falls reports whether an expression is down where one probe is and all others
// are up.
func falls(e slo.Expr, probe string) bool {
	if e.Op == slo.OpProbe {
		return e.Probe == probe
	}
	up := 0
	for _, a := range e.Args {
		if !falls(a, probe) {
			up++
		}
	}
	switch e.Op {
	case slo.OpAll:
		return up < len(e.Args)
	case slo.OpAny:
		return up == 0
	}
	return up < e.K
}

// certificates are those that end soon, by the probe that saw them.
func (f *Figures) certificates() (out []slo.RegisterCandidate) {
	for _, s := range f.Services {
		for _, p := range s.Probes {
			if ends := firstExpiry(p); ends != 0 && ends.Sub(f.At) < certificateSoon {
				out = append(out, slo.RegisterCandidate{
					Reason: slo.CandidateCertificate, Subject: p.Probe.Name, At: &ends, Period: day(ends),
					Values: map[string]string{"service": s.Service.Name, "source": "expiry", "review_by": day(ends)},
				})
			}
		}
	}
	return out
}

// firstExpiry is when the certificate that a probe saw ends, the earliest of all
// agents; 0 where none saw one.
func firstExpiry(p slo.ProbeStatus) (first slo.Instant) {
	for _, l := range p.Locations {
		for _, a := range l.Agents {
			if e := a.Last.CertExpiry; e != 0 && (first == 0 || e < first) {
				first = e
			}
		}
	}
	return first
}

// contracts are those of suppliers, and agreements, that end soon.
func (f *Figures) contracts() (out []slo.RegisterCandidate) {
	add := func(subject, service string, ends slo.Instant) {
		if ends < f.At || ends.Sub(f.At) >= endsSoon {
			return
		}
		values := map[string]string{"source": "expiry", "review_by": day(ends)}
		if service != "" {
			values["service"] = service
		}
		out = append(out, slo.RegisterCandidate{Reason: slo.CandidateContract, Subject: subject, At: &ends, Period: day(ends), Values: values})
	}
	for _, a := range f.Catalog.Agreements {
		if a.To != nil {
			add(a.Name, a.Service, *a.To)
		}
	}
	for _, s := range f.of(Suppliers) {
		if t, err := time.Parse(time.DateOnly, s.Values["contract_ends"]); err == nil && s.State == "active" {
			add(s.Values["name"], "", slo.At(t))
		}
	}
	return out
}

// capacity are the resources that are used up before more can be had.
func (f *Figures) capacity() (out []slo.RegisterCandidate) {
	for _, r := range f.Forecasts {
		order := r.OrderBy()
		if r.Exhaustion != slo.LimitReached && (order == 0 || order > f.At) {
			continue
		}
		subject := r.Resource.Name
		if s := r.Series(); s != "" {
			subject += " " + s
		}
		c := slo.RegisterCandidate{Reason: slo.CandidateCapacity, Subject: subject, Values: map[string]string{"service": r.Resource.Service, "source": "forecast"}}
		if r.Exhaustion == slo.Exhausts {
			early := r.Early
			c.At = &early
			c.Values["review_by"] = day(max(order, f.At))
		}
		out = append(out, c)
	}
	return out
}

// missed are the objectives that were missed over the window before, or are
// missed already over this one, as improvement actions with what was delivered.
func (f *Figures) missed() (out []slo.RegisterCandidate) {
	list := slices.Clone(f.Closed)
	for _, s := range f.Services {
		for _, o := range s.Objectives {
			if o.Objective.Window.Rolling == 0 {
				list = append(list, o)
			}
		}
	}
	for _, o := range list {
		if o.Verdict != slo.Missed {
			continue
		}
		name := o.Agreement.Name + "/" + o.Objective.Name
		c := slo.RegisterCandidate{
			Reason: slo.CandidateObjective, Subject: name, Period: o.Window.From.In(o.Agreement.Zone).Format(time.DateOnly),
			Values: map[string]string{"service": o.Agreement.Service, "source": "objective", "reference": name, "in_reports": "yes"},
		}
		if o.Availability.Valid() && o.Long == nil {
			c.Values["measure"] = name + " %"
			c.Values["before"], _ = decimal(o.Availability.Figure(3, o.Objective.Target))
			c.Values["goal"], _ = decimal(o.Objective.Target.Percent())
		}
		out = append(out, c)
	}
	return out
}

// parties are those of the catalogue's agreements whom the register has not.
func (f *Figures) parties(name string, of slo.AgreementType) (out []slo.RegisterCandidate) {
	there := map[string]bool{}
	for _, i := range f.of(name) {
		there[i.Values["name"]] = true
	}
	for _, a := range f.Catalog.Agreements {
		if a.Party != "" && a.Type == of && !there[a.Party] {
			there[a.Party] = true
			out = append(out, slo.RegisterCandidate{Reason: slo.CandidateParty, Subject: a.Party, Values: map[string]string{"name": a.Party}})
		}
	}
	return out
}

func day(i slo.Instant) string { return i.In(time.UTC).Format(time.DateOnly) }
