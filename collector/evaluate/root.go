package evaluate

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// joinWithin is how much later than a service one that it depends on may be
// seen to go down and still be what took it down: probes differ in how often
// they look, and in how many downs they believe.
const joinWithin = 10 * time.Minute

// recoverWithin is how much later than the one that took it down a service may
// be seen to be up again: until then it has no cause of its own.
const recoverWithin = 5 * time.Minute

// Root names the service that took another one down, and since when that one
// is: of those that it depends on, directly or through others, the one at the
// bottom that went down first. One that is up again still counts for
// recoverWithin. "" where the service is up, or went down by itself.
func (e *Engine) Root(service string, at slo.Instant) (string, slo.Instant) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	s := e.byName[service]
	if s == nil {
		return "", 0
	}
	return e.root(s, at)
}

func (e *Engine) root(s *service, at slo.Instant) (name string, since slo.Instant) {
	own, down := s.down(at)
	if !down {
		return "", 0
	}
	seen := map[string]bool{}
	var look func(s *service)
	look = func(s *service) {
		bottom := true
		for _, d := range s.history.Service.DependsOn {
			on := e.byName[d]
			if st, down := on.lately(at); down && st.From <= own.From.Add(joinWithin) && (!st.Restored || own.From < st.UpFrom) {
				bottom = false
				if !seen[d] {
					seen[d] = true
					look(on)
				}
			}
		}
		if n := s.history.Service.Name; bottom && len(seen) > 0 {
			if st, _ := s.lately(at); name == "" || st.From < since || st.From == since && n < name {
				name, since = n, st.From
			}
		}
	}
	look(s)
	return name, since
}

// lately is the stretch of down that lasts at an instant, or that ended less
// than recoverWithin before.
func (s *service) lately(at slo.Instant) (slo.Stretch, bool) {
	if st, down := s.down(at); down {
		return st, true
	}
	list := s.history.Timeline().Stretches(slo.Interval{From: at.Add(-recoverWithin), To: at}, at)
	if len(list) == 0 {
		return slo.Stretch{}, false
	}
	st := list[len(list)-1]
	return st, st.Restored && at.Sub(st.UpFrom) < recoverWithin
}

// affected makes the alert of a service that is down one that wakes nobody:
// whoever is woken by the one that took it down sees what it took along.
func affected(al *Alert, root string, since slo.Instant) {
	al.Name, al.Severity = "ServiceAffected", slo.Ticket
	al.Words.Summary = fmt.Sprintf("%s is affected by %s, which went down at %s", al.Labels["service"], root, since)
}

// asTickets makes tickets of the pages among the alerts from one on, except
// where that ticket is there already.
func asTickets(list []Alert, from int) []Alert {
	out := list[:from]
	for _, a := range list[from:] {
		if a.Severity == slo.Page {
			a.Severity = slo.Ticket
			if slices.ContainsFunc(list[from:], func(b Alert) bool { return b.Severity == slo.Ticket && maps.Equal(a.Labels, b.Labels) }) {
				continue
			}
		}
		out = append(out, a)
	}
	return out
}
