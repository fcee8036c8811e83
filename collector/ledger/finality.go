package ledger

import (
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Reason says why a window is final, or why it is not yet.
type Reason string

// The reasons.
const (
	Running    Reason = "running"    // the window, or what may still settle its end, is not over
	Waiting    Reason = "waiting"    // agents have not said that they delivered everything of it
	Watermarks Reason = "watermarks" // every agent delivered everything of it
	Grace      Reason = "grace"      // the time that late agents are waited for is over
)

// Finality says whether a window's figures may still change before they are
// sealed.
type Finality struct {
	Final  bool     `json:"final"`
	Reason Reason   `json:"reason"`
	Agents []string `json:"agents,omitempty"` // that are waited for, by name
}

// Watermark is the instant before which an agent delivered all it measured.
type Watermark struct {
	Agent string
	At    slo.Instant // 0 where it never said
}

// FinalityOf judges at an instant a window that ends at end. until is how far
// its figures look, at or after end: what is known is what was measured before
// it. The window is final when the watermarks of all agents have passed until,
// or when grace is over since end. Without agents there is nobody to wait for,
// but also nobody who said so: it is grace that ends it.
func FinalityOf(end, until, at slo.Instant, grace time.Duration, agents []Watermark) Finality {
	if at < until {
		return Finality{Reason: Running}
	}
	var late []string
	for _, a := range agents {
		if a.At < until {
			late = append(late, a.Agent)
		}
	}
	slices.Sort(late)
	switch {
	case len(late) == 0 && len(agents) > 0:
		return Finality{Final: true, Reason: Watermarks}
	case at >= end.Add(grace):
		return Finality{Final: true, Reason: Grace}
	}
	return Finality{Reason: Waiting, Agents: late}
}

// KnownUntil is how far the figures of a window look: long enough for the
// measurements after it to settle what is down at its end. Runs of downs are
// confirmed or disproved by then, and stretches have had their minimum outage.
// r are the catalogues whose parameters judge the measurements; nil is the one of
// the agreement.
func KnownUntil(window slo.Interval, a *slo.Agreement, probes []*slo.Probe, r *slo.Revisions) slo.Instant {
	return window.To.Add(settling(a, probes, r, window))
}

// settling is how long it takes at most until what is down at an instant of v is
// settled, and until nothing speaks that was measured before it: under any of the
// parameters that were in force in v or until then.
func settling(a *slo.Agreement, probes []*slo.Probe, r *slo.Revisions, v slo.Interval) time.Duration {
	for longest := time.Duration(0); ; {
		was := longest
		until := slo.Interval{From: v.From, To: v.To.Add(longest)}
		for _, p := range probes {
			for _, u := range r.Ever(p, until) {
				longest = max(longest, p.Delay()+u.Hold+time.Duration(u.Confirm)*u.Every+u.Timeout)
			}
		}
		if longest == was {
			return longest + a.MinimumOutage
		}
	}
}
