package evaluate

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Alert is one condition that holds now. Name, Severity and Labels are its
// identity and stay the same while it lasts; the rest is for people.
type Alert struct {
	Name     string
	Severity slo.Severity
	Labels   map[string]string
	Since    slo.Instant
	Wanders  bool // Since is of a window that moves, and stays as it was first told
	Words    Words
	Path     string       // of the page that shows it
	Step     *ReachedStep // of a budget policy; nil of other alerts
	Opens    slo.Trigger  // of the incident that it is to have; "" where it needs none, or has that of a service that is down
}

// Words are what an alert tells people; empty ones are left out.
type Words struct {
	Summary     string
	Description string
	SeenFrom    string // the locations that see it
	Evidence    string // what they saw, a line each
	BudgetLeft  string // of each objective concerned, a line each
}

// Certificates are alerted on when they end sooner than these.
const (
	certificatePage   = 3 * 24 * time.Hour
	certificateTicket = 21 * 24 * time.Hour
)

// Alerts returns what is to be alerted on at an instant: services down,
// budgets burning and used, data missing, agreements breached and certificates near
// their end.
func (e *Engine) Alerts(at slo.Instant) []Alert {
	e.mu.RLock()
	defer e.mu.RUnlock()
	var out []Alert
	looked := map[string]bool{}
	for _, s := range e.services {
		out = e.serviceDown(out, s, at)
		var seen Words // of an outage that lasts
		if st, down := s.down(at); down {
			causes := e.explain(s, st)
			seen.SeenFrom, seen.Evidence = seenFrom(causes), evidence(causes)
		}
		awake := e.awake(s, at) || e.planned(s.history.Service.Name, at) != nil
		for _, a := range s.accounts {
			for _, st := range e.objectives(a, at) {
				n := len(out)
				out = e.budgetBurn(out, a, st, seen)
				if awake { // whoever works on that
					out = asTickets(out, n)
				}
				out = e.missingData(out, a, st)
				out = e.budgetPolicy(out, a, st)
				out = breached(out, a, st, seen)
			}
		}
		for _, p := range append(e.counters(s), s.history.Probes()...) {
			if !looked[p.Probe.Name] {
				looked[p.Probe.Name] = true
				out = e.certificate(out, p, at)
			}
		}
	}
	return out
}

func (e *Engine) serviceDown(out []Alert, s *service, at slo.Instant) []Alert {
	name := s.history.Service.Name
	st, down := s.down(at)
	if !down || e.planned(name, at) != nil {
		return out // nobody is woken by work that was planned
	}
	causes := e.explain(s, st)
	out = append(out, Alert{
		Name: "ServiceDown", Severity: slo.Page, Labels: map[string]string{"service": name}, Since: st.From,
		Words: Words{
			Summary:     fmt.Sprintf("%s is down since %s", name, st.From),
			Description: unseen(st, at),
			SeenFrom:    seenFrom(causes),
			Evidence:    evidence(causes),
			BudgetLeft:  strings.Join(e.budgets(s, at), "\n"),
		},
		Path: "/services/" + name,
	})
	if root, since := e.root(s, at); root != "" {
		affected(&out[len(out)-1], root, since)
	}
	return out
}

// unseen says that nothing is known any more of a service that was down.
func unseen(st slo.Stretch, at slo.Instant) string {
	if st.To >= at {
		return ""
	}
	return fmt.Sprintf("Nothing is known of it since %s.", st.To)
}

func seenFrom(causes []slo.Cause) string {
	var names []string
	for _, c := range causes {
		names = append(names, c.Location)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

// evidence is what was seen, a line for each agent.
func evidence(causes []slo.Cause) string {
	var lines []string
	for _, c := range causes {
		line := fmt.Sprintf("%s from %s (%s): %s", c.Probe, c.Location, c.Agent, c.Reason)
		if c.Evidence != "" {
			line += ": " + c.Evidence
		}
		if c.ClockOff {
			line += " (the agent's clock was off)"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// budgets says what is left of each budget of a service.
func (e *Engine) budgets(s *service, at slo.Instant) []string {
	var lines []string
	for _, a := range s.accounts {
		for i := range a.Agreement.Objectives {
			st := a.Status(&a.Agreement.Objectives[i], at, at)
			if left := budgetLeft(st); left != "" {
				lines = append(lines, left)
			}
		}
	}
	return lines
}

// budgetLeft says what is left of an objective's budget, "" where it has none.
func budgetLeft(st slo.ObjectiveStatus) string {
	switch c := st.Requests; {
	case c != nil:
		return fmt.Sprintf("%s/%s: %s of %s bad requests", st.Agreement.Name, st.Objective.Name, slo.Thousandths(c.Bad), slo.Thousandths(c.Budget))
	case st.Budget == nil:
		return ""
	}
	left := (*st.Budget - *st.BudgetUsed).Round(time.Second)
	if left < 0 {
		return fmt.Sprintf("%s/%s: overspent by %s of %s", st.Agreement.Name, st.Objective.Name, -left, st.Budget.Round(time.Second))
	}
	return fmt.Sprintf("%s/%s: %s of %s left", st.Agreement.Name, st.Objective.Name, left, st.Budget.Round(time.Second))
}

// began is the first whole second after from from which on a condition holds
// that holds at at. It looks back in steps that double, so that where the
// condition came and went it finds its last beginning, or one close before.
func began(from, at slo.Instant, holds func(slo.Instant) bool) slo.Instant {
	const second = 1000
	first := from - from%second + second
	if at <= first {
		return at
	}
	seconds := int((at - first) / second)
	low := 0 // it does not hold before, as far as we look
	for step := 1; step < seconds; step *= 2 {
		if !holds(first + slo.Instant(seconds-step)*second) {
			low = seconds - step + 1
			break
		}
	}
	n := low + sort.Search(seconds-low, func(k int) bool { return holds(first + slo.Instant(low+k)*second) })
	return min(at, first+slo.Instant(n)*second)
}

// enoughKnown is the coverage from which on a rolling window is taken at its
// word: an agreement may judge from its first minute on, and nobody is told of
// a breach then that the unknown could undo.
const enoughKnown = slo.One / 100 * 90

// breached alerts where an objective cannot be met any more in its window:
// where it is missed even if the service is up for what is left of it. Since
// is when that was settled.
func breached(out []Alert, a *slo.Account, st slo.ObjectiveStatus, seen Words) []Alert {
	if st.Verdict == slo.Met || a.Outlook(st.Objective, st.At) != slo.Missed {
		return out
	}
	if st.Objective.Window.Rolling > 0 && st.Coverage.Compare(enoughKnown) < 0 && st.Best.Compare(st.Objective.Target) >= 0 {
		return out
	}
	since := began(st.Window.From, st.At, func(at slo.Instant) bool { return a.Outlook(st.Objective, at) == slo.Missed })
	return append(out, Alert{
		Name: "AgreementBreached", Severity: slo.Ticket, Labels: objectiveLabels(st), Since: since, Wanders: true,
		Words: Words{Summary: fmt.Sprintf("%s/%s is breached: %s of %s promised", st.Agreement.Name, st.Objective.Name,
			delivered(st), st.Objective.Promise()),
			Description: fmt.Sprintf("Down %s in the window from %s to %s, in %s; coverage %s.",
				st.Down.Round(time.Second), st.Window.From, st.Window.To, outages(len(st.Outages)), figure(st.Coverage)), BudgetLeft: budgetLeft(st), SeenFrom: seen.SeenFrom, Evidence: seen.Evidence},
		Path: "/services/" + st.Agreement.Service,
	})
}

// delivered is what became of the promise.
func delivered(st slo.ObjectiveStatus) string {
	if c := st.Long; c != nil {
		return fmt.Sprint(c.Longer)
	}
	return figure(st.Availability)
}

func outages(n int) string {
	if n == 1 {
		return "1 outage"
	}
	return fmt.Sprintf("%d outages", n)
}

func objectiveLabels(st slo.ObjectiveStatus) map[string]string {
	return map[string]string{"service": st.Agreement.Service, "agreement": st.Agreement.Name, "objective": st.Objective.Name}
}

func figure(f slo.Fraction) string {
	if !f.Valid() {
		return "insufficient data"
	}
	return f.Percent(4) + " %"
}

// certificate alerts on the earliest expiry that any agent saw of a probe.
func (e *Engine) certificate(out []Alert, p *slo.ProbeHistory, at slo.Instant) []Alert {
	var first slo.Measurement
	var seen []string // where that expiry is seen
	for _, l := range p.Locations() {
		for _, a := range l.Agents() {
			r := e.reports[Word{p.Probe.Name, l.Name, a.Agent}]
			switch {
			case r == nil || r.last.CertExpiry == 0:
			case first.CertExpiry == 0 || r.last.CertExpiry < first.CertExpiry:
				first, seen = r.last, []string{l.Name}
			case r.last.CertExpiry == first.CertExpiry:
				seen = append(seen, l.Name)
			}
		}
	}
	slices.Sort(seen)
	seenFrom := strings.Join(slices.Compact(seen), ", ")
	left := first.CertExpiry.Sub(at)
	if first.CertExpiry == 0 || left > certificateTicket {
		return out
	}
	a := Alert{
		Name: "CertificateNearExpiry", Severity: slo.Ticket, Labels: map[string]string{"probe": p.Probe.Name},
		Since: max(first.CertExpiry.Add(-certificateTicket), slo.MinInstant),
		Words: Words{Summary: fmt.Sprintf("A certificate of %s ends on %s", p.Probe.Name, first.CertExpiry), SeenFrom: seenFrom},
		Path:  "/",
	}
	if left <= certificatePage {
		a.Severity, a.Since = slo.Page, first.CertExpiry.Add(-certificatePage)
	}
	if p.Probe.Spec != nil {
		a.Words.Description = fmt.Sprintf("Seen at %s from %s.", p.Probe.Spec.Target(), seenFrom)
	}
	if ss := p.Services(); len(ss) > 0 {
		a.Path = "/services/" + ss[0]
	}
	return append(out, a)
}
