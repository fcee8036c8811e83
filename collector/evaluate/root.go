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
// be seen to be up again: until then it has no cause of its own, and from then
// on it has.
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
	name, st := e.bottom(s, own, at, func(st slo.Stretch) bool { return !recovered(st, at) })
	return name, st.From
}

// Outlived names the service that took another one down and is up again for
// recoverWithin while that one is still down, and since when it is up. What is
// down then has a cause of its own, and keeps it: it is not taken down again
// before it was up. "" where there is none.
func (e *Engine) Outlived(service string, at slo.Instant) (string, slo.Instant) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	s := e.byName[service]
	if s == nil {
		return "", 0
	}
	return e.outlived(s, at)
}

func (e *Engine) outlived(s *service, at slo.Instant) (name string, up slo.Instant) {
	own, down := s.down(at)
	if !down {
		return "", 0
	}
	if root, _ := e.root(s, at); root != "" {
		return "", 0
	}
	name, st := e.bottom(s, own, at, func(slo.Stretch) bool { return true })
	return name, st.UpFrom
}

func recovered(st slo.Stretch, at slo.Instant) bool {
	return st.Restored && at.Sub(st.UpFrom) >= recoverWithin
}

// bottom is the service at the bottom of the graph under one that is down, own
// the stretch, which went down first, and the stretch of that one. Only
// stretches that counts agrees to are looked at; "" where there is none.
func (e *Engine) bottom(s *service, own slo.Stretch, at slo.Instant, counts func(slo.Stretch) bool) (name string, of slo.Stretch) {
	seen := map[string]bool{}
	var look func(s *service, st slo.Stretch)
	look = func(s *service, st slo.Stretch) {
		bottom := true
		for _, d := range s.history.Service.DependsOn {
			on := e.byName[d]
			if under, took := on.took(own, at); took && counts(under) {
				bottom = false
				if !seen[d] {
					seen[d] = true
					look(on, under)
				}
			}
		}
		if n := s.history.Service.Name; bottom && len(seen) > 0 {
			if name == "" || st.From < of.From || st.From == of.From && n < name {
				name, of = n, st
			}
		}
	}
	look(s, own)
	return name, of
}

// took is the stretch of down in which a service may have taken another one
// down that is down since own began: the first that reaches into own, with those
// that follow it before the service was up for recoverWithin.
func (s *service) took(own slo.Stretch, at slo.Instant) (slo.Stretch, bool) {
	list := s.history.Timeline().Stretches(slo.Interval{From: own.From, To: at}, at)
	for _, st := range slo.Flapping(list, func(slo.Instant) time.Duration { return recoverWithin }) {
		if !st.Restored || own.From < st.UpFrom {
			return st, st.From <= own.From.Add(joinWithin)
		}
	}
	return slo.Stretch{}, false
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
