package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Condition is something other than a service's downtime that is to have an
// incident for as long as it lasts. Its key is the same while it does, and no
// two that last at once share one.
type Condition struct {
	Key        string // begins with the trigger and a slash
	Trigger    slo.Trigger
	Service    string      // that it concerns; "" is none
	Summary    string      // one line
	Since      slo.Instant // 0 is now
	Agreements []string
}

// maxSubject bounds what the ID of an incident says of its condition, in bytes.
const maxSubject = 80

// conditionID names the incident of a condition after its key and beginning,
// in letters that an address takes as they are.
func conditionID(c Condition) string {
	subject := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '_', r == '.':
			return r
		}
		return '-'
	}, c.Key)
	return ID(subject[:min(len(subject), maxSubject)], c.Since)
}

// Open opens the incident of a condition.
func Open(c Condition, at slo.Instant) slo.Incident {
	if c.Since == 0 {
		c.Since = at
	}
	i := slo.Incident{
		ID: conditionID(c), Service: c.Service, Trigger: c.Trigger, Key: c.Key, Summary: c.Summary, Began: min(c.Since, at), Detected: at,
		Agreements: slices.Clone(c.Agreements),
	}
	note(&i, at, slo.EventDetected, Self, c.Summary)
	return i
}

// Lasts reports whether what an incident is about goes on.
func Lasts(i *slo.Incident) bool { return i.Restored == 0 }

// Held reports whether an incident that is restored would go on were its
// cause to come back: for hold after it was, unless people closed it.
func Held(i *slo.Incident, hold time.Duration, at slo.Instant) bool {
	return !Lasts(i) && i.Work.Closed == 0 && at.Sub(i.Restored) < hold
}

// Follow compares the conditions that hold now with the incidents of such,
// each the latest of its key, and says what to do: open incidents of
// conditions, and Step the incidents of the others' keys.
func Follow(known map[string]slo.Incident, now []Condition, hold time.Duration, at slo.Instant) (open []Condition, step []string) {
	holds := make(map[string]bool, len(now))
	for _, c := range now {
		i, ok := known[c.Key]
		switch {
		case holds[c.Key]: // told twice
		case !ok, !Lasts(&i) && !Held(&i, hold, at):
			open = append(open, c)
		case !Lasts(&i), i.Summary != c.Summary:
			step = append(step, c.Key)
		}
		holds[c.Key] = true
	}
	for key, i := range known {
		if !holds[key] && (Lasts(&i) || i.Open() && !i.Work.Reopened && !Held(&i, hold, at)) {
			step = append(step, key)
		}
	}
	slices.Sort(step)
	return open, step
}

// Step brings an incident in line with its condition, nil where that holds no
// more. It resolves once it is not held.
func Step(i slo.Incident, c *Condition, hold time.Duration, at slo.Instant) slo.Incident {
	i.Events = slices.Clip(i.Events)
	switch {
	case c == nil && Lasts(&i):
		i.Restored = at
		note(&i, at, slo.EventRestored, Self, fmt.Sprintf("it lasted %s", at.Sub(i.Began).Round(time.Second)))
	case c != nil && !Lasts(&i):
		i.Restored, i.Summary = 0, c.Summary
		comeBack(&i, c.Summary, at)
	case c != nil:
		i.Summary = c.Summary
	}
	if c == nil && !Held(&i, hold, at) {
		resolve(&i, at)
	}
	return i
}
