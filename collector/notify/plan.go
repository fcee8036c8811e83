package notify

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

const (
	// keepResolved is how long a resolved alert is still sent, as long as
	// Prometheus does it: an Alertmanager that was away meanwhile hears of it.
	keepResolved = 15 * time.Minute
	// maxResolved bounds the resolved alerts that are kept; the oldest go
	// first, and end in Alertmanager through the end that their last firing
	// message carried.
	maxResolved = 10_000
	// ttlResends is for how many resend intervals a firing message is good,
	// so that a dead collector leaves no alert behind for ever.
	ttlResends = 4
)

// plan is the set that follows previous when exactly the alerts of current
// are firing at the instant at: current, then what has left it, ended at at,
// and what had ended before, for keepResolved. Of several alerts in current
// with the same labels the first counts. An alert without StartsAt keeps the
// one it had, or starts at at. The result is in order of labels, firing first.
func plan(current, previous []Alert, at slo.Instant) []Alert {
	before := make(map[string]Alert, len(previous))
	for _, a := range previous {
		before[a.key()] = a
	}
	firing := make(map[string]Alert, len(current))
	for _, a := range current {
		k := a.key()
		if _, double := firing[k]; double {
			continue
		}
		firing[k] = started(a, before[k], at)
	}
	ended := make(map[string]Alert)
	for k, a := range before {
		if _, still := firing[k]; still {
			continue
		}
		if a.firing() {
			a.EndsAt = max(at, a.StartsAt)
		}
		if at.Sub(a.EndsAt) < keepResolved {
			ended[k] = a
		}
	}
	return append(inOrder(firing), newest(inOrder(ended), maxResolved)...)
}

// started is a as firing at at, with the start of before where it has none.
func started(a, before Alert, at slo.Instant) Alert {
	a.EndsAt = 0
	if a.StartsAt == 0 && before.firing() {
		a.StartsAt = before.StartsAt
	}
	if a.StartsAt == 0 {
		a.StartsAt = at
	}
	return a
}

func inOrder(m map[string]Alert) []Alert {
	list := make([]Alert, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		list = append(list, m[k])
	}
	return list
}

// newest keeps the limit alerts of list that ended last, in their order.
func newest(list []Alert, limit int) []Alert {
	if len(list) <= limit {
		return list
	}
	ends := make([]slo.Instant, 0, len(list))
	for _, a := range list {
		ends = append(ends, a.EndsAt)
	}
	slices.Sort(ends)
	oldest := ends[len(ends)-limit]
	kept := slices.DeleteFunc(list, func(a Alert) bool { return a.EndsAt < oldest })
	return kept[:limit]
}

// changed reports whether what b asks of people differs from what a does:
// another alert, another start, one that ended. Words alone, which may move
// with every evaluation, wait for the next resend.
func changed(a, b []Alert) bool {
	return !slices.EqualFunc(a, b, func(x, y Alert) bool {
		return x.StartsAt == y.StartsAt && x.EndsAt == y.EndsAt && maps.Equal(x.Labels, y.Labels)
	})
}

// message is one alert as it goes to an Alertmanager, with its key.
type message struct {
	key string
	Alert
}

// messages are the alerts of set that are to be sent at at: firing ones, and
// those that ended less than keepResolved ago. told is what the receiver has
// acknowledged, as keys with EndsAt; what differs from that comes first.
func messages(set []Alert, at slo.Instant, told map[string]slo.Instant) []message {
	list := make([]message, 0, len(set))
	for _, a := range set {
		if a.firing() || at.Sub(a.EndsAt) < keepResolved {
			list = append(list, message{a.key(), a})
		}
	}
	rank := func(m message) int {
		if end, ok := told[m.key]; ok && end == m.EndsAt {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(x, y message) int {
		if d := rank(x) - rank(y); d != 0 {
			return d
		}
		return strings.Compare(x.key, y.key)
	})
	return list
}

// wire is m as Alertmanager gets it at at.
func (m message) wire(at slo.Instant, resend time.Duration) Alert {
	a := m.Alert
	if a.firing() {
		a.EndsAt = max(at, a.StartsAt).Add(ttlResends * resend)
	}
	return a
}
