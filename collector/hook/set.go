package hook

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Bounds of a Set.
const (
	// MaxHeld bounds the alerts that are held at once.
	MaxHeld = 20_000
	// Forgotten is how long after it was last told of an alert is taken to have
	// ended: nobody tells of the end of what an Alertmanager lost.
	Forgotten = 7 * 24 * time.Hour
	// MaxAhead is how far ahead of our clock an alert may begin. One that begins
	// later has begun when it was told of first: else nothing that is told of
	// its fingerprint would count until then.
	MaxAhead = time.Minute
)

// ErrFull is the error of an alert that there is no room for.
var ErrFull = errors.New("too many alerts hold at once")

// Set is the alerts of other systems that hold. The zero value holds none. It
// is for one goroutine at a time.
type Set struct {
	alerts map[string]held // by fingerprint
	groups map[string]held // those of which some were left out, by a name of their own
}

// groupPrefix begins the name of a group in place of a fingerprint, which has
// no dash.
const groupPrefix = "group-"

type held struct {
	Alert
	told  slo.Instant // last
	ahead bool        // it was to begin later than it can have
}

// Take takes a notification at an instant: all of it, or with ErrFull nothing.
// own reports whether an alert comes from ourselves, and is left out: whoever
// sends us our own alerts back must not make incidents of them.
func (s *Set) Take(n Notification, own func(Alert) bool, at slo.Instant) error {
	if s.alerts == nil {
		s.alerts, s.groups = map[string]held{}, map[string]held{}
	}
	fresh := 1 // the group
	for _, a := range n.Alerts {
		if _, known := s.alerts[a.Fingerprint]; !known && a.Firing {
			fresh++
		}
	}
	if len(s.alerts)+len(s.groups)+fresh > MaxHeld {
		return ErrFull
	}
	for _, a := range n.Alerts {
		if !own(a) {
			s.take(a, at)
		}
	}
	s.group(n, at)
	return nil
}

// take takes one alert. What is told of an older one of the same fingerprint
// says nothing of the one that holds, unless nobody knows when that began.
func (s *Set) take(a Alert, at slo.Instant) {
	h, known := s.alerts[a.Fingerprint]
	ahead := a.StartsAt > at.Add(MaxAhead)
	if ahead {
		a.StartsAt = at
		if known && h.ahead {
			a.StartsAt = h.StartsAt
		}
	}
	switch {
	case known && a.StartsAt < h.StartsAt && !h.ahead:
	case a.Firing:
		s.alerts[a.Fingerprint] = held{a, at, ahead}
	default:
		delete(s.alerts, a.Fingerprint)
	}
}

// group holds an alert of its own while some of a group's are left out: what
// is not shown must not look as if it were well.
func (s *Set) group(n Notification, at slo.Instant) {
	if n.Group == "" {
		return
	}
	sum := sha256.Sum256([]byte(n.Group))
	name := groupPrefix + hex.EncodeToString(sum[:8])
	if n.Truncated == 0 || !n.Firing {
		delete(s.groups, name)
		return
	}
	since := at
	if h, known := s.groups[name]; known {
		since = h.StartsAt
	}
	s.groups[name] = held{Alert: Alert{
		Fingerprint: name, StartsAt: since, Firing: true,
		Summary: line(fmt.Sprintf("%d further alerts were left out of what Alertmanager sent (max_alerts): %s", n.Truncated, n.Group)),
	}, told: at}
}

// Restore puts back an alert that held before a restart.
func (s *Set) Restore(a Alert, at slo.Instant) {
	if s.alerts == nil {
		s.alerts, s.groups = map[string]held{}, map[string]held{}
	}
	to := s.alerts
	if strings.HasPrefix(a.Fingerprint, groupPrefix) {
		to = s.groups
	}
	to[a.Fingerprint] = held{Alert: a, told: at}
}

// Held returns the alerts that hold at an instant, by fingerprint, and forgets
// those that nobody told of for too long.
func (s *Set) Held(at slo.Instant) []Alert {
	out := make([]Alert, 0, len(s.alerts)+len(s.groups))
	for _, list := range []map[string]held{s.alerts, s.groups} {
		maps.DeleteFunc(list, func(_ string, h held) bool { return at.Sub(h.told) >= Forgotten })
		for _, h := range list {
			out = append(out, h.Alert)
		}
	}
	slices.SortFunc(out, func(a, b Alert) int { return cmp.Compare(a.Fingerprint, b.Fingerprint) })
	return out
}
