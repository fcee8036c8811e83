package slo

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of what people add to a drill.
const (
	MaxDrillText    = 4000 // bytes of a comment, of the participants, of the actions
	MaxDrillReviews = 100
)

// Drill is one drill of a plan: what was declared, what was measured, and what
// people add. Nothing of it is ever deleted: what people take back stays among
// its events, and counts no more.
type Drill struct {
	ID       string // DrillID of the rest
	Plan     string
	Name     string // of the plan's drill
	Declared Instant
	By       string       // who declared it; the collector's own name where it was scheduled
	Terms    DrillTerms   // as the plan had them then
	Events   []DrillEvent // oldest first, the declaration the first
}

// DrillAct is what happened to a drill.
type DrillAct string

// The acts.
const (
	DeclareDrill DrillAct = "declare" // the disruption is declared
	FinishDrill  DrillAct = "finish"  // it has a result
	AbortDrill   DrillAct = "abort"   // somebody gave it up
	ReviewDrill  DrillAct = "review"  // people add what they know
	UndoDrill    DrillAct = "undo"    // somebody takes a review back
)

// DrillEvent is one act.
type DrillEvent struct {
	Act    DrillAct     `json:"act"`
	At     Instant      `json:"at"`
	Actor  string       `json:"actor"`
	Result *DrillResult `json:"result,omitempty"` // of a finish
	Review *DrillReview `json:"review,omitempty"` // of a review
	Undoes int          `json:"undoes,omitempty"` // of an undo: the number of the review among the events, from 1
	Text   string       `json:"text,omitempty"`   // of a declaration, an abort or an undo: why
	Entry  int64        `json:"entry"`            // of the ledger that has it; 0 before it is there
}

// DrillReview is what people add to a drill.
type DrillReview struct {
	Participants string `json:"participants"`
	Passed       bool   `json:"passed"` // their verdict
	Comment      string `json:"comment"`
	Actions      string `json:"actions"` // what follows; "" where nothing does
}

// DrillResult is what a drill was measured as. Times are the measurements'.
type DrillResult struct {
	Passed   bool          `json:"passed"` // no reason says otherwise
	Reasons  []DrillReason `json:"reasons"`
	Steps    []DrillStep   `json:"steps"`
	Restored *Instant      `json:"restored"` // the first of so many good measurements in a row, of the last check
	Canary   *Instant      `json:"canary"`   // the newest that was read afterwards
	RTO      *int64        `json:"rto_ms"`   // actual: Restored less the declared disruption
	RPO      *int64        `json:"rpo_ms"`   // actual: the declared disruption less Canary
}

// DrillStep is what was measured of one probe of a drill.
type DrillStep struct {
	Probe    string  `json:"probe"`
	From     Instant `json:"from"` // the first measurement's; of a check, the first of the row that made it good
	To       Instant `json:"to"`   // the end of the last measurement that counted
	Good     bool    `json:"good"`
	Reason   Reason  `json:"reason,omitempty"`
	Evidence string  `json:"evidence,omitempty"`
}

// DrillReason is why a drill did not pass.
type DrillReason string

// The reasons.
const (
	RunFailed   DrillReason = "run_failed"   // what the agent ran says that it failed
	RunUnknown  DrillReason = "run_unknown"  // the agent could not run it, or could not tell
	RunMissing  DrillReason = "run_missing"  // no agent ran it in time
	NotRestored DrillReason = "not_restored" // a check was not good in time
	CanaryNone  DrillReason = "no_canary"    // no canary was read in time
	CanaryLater DrillReason = "canary_later" // the canaries read were all written after the disruption, so they do not tell what it cost
	RTOMissed   DrillReason = "rto_missed"   // it took longer than the plan allows
	RPOMissed   DrillReason = "rpo_missed"   // more was lost than the plan allows
)

// DrillReasons lists every reason.
func DrillReasons() []DrillReason {
	return []DrillReason{RunFailed, RunUnknown, RunMissing, NotRestored, CanaryNone, CanaryLater, RTOMissed, RPOMissed}
}

// DrillState is how a drill stands.
type DrillState string

// The states.
const (
	DrillRunning    DrillState = "running"
	DrillIncomplete DrillState = "incomplete" // it has ended, and nobody added participants and a verdict
	DrillComplete   DrillState = "complete"
	DrillAborted    DrillState = "aborted"
)

// DrillID is derived from what is declared, so that declaring it again is the
// same: d- and 20 hexadecimal digits.
func (d *Drill) DrillID() string {
	h := sha256.New()
	for _, f := range []string{d.Plan, d.Name, d.Declared.String()} {
		h.Write([]byte(strconv.Itoa(len(f)) + ":" + f))
	}
	return "d-" + hex.EncodeToString(h.Sum(nil)[:10])
}

// counting are the events that were not taken back.
func (d *Drill) counting() []DrillEvent {
	undone := d.Undone()
	if len(undone) == 0 {
		return d.Events
	}
	var out []DrillEvent
	for i, e := range d.Events {
		if !undone[i+1] {
			out = append(out, e)
		}
	}
	return out
}

// Undone are the numbers of the events that were taken back, from 1.
func (d *Drill) Undone() map[int]bool {
	var out map[int]bool
	for _, e := range d.Events {
		if e.Act == UndoDrill {
			if out == nil {
				out = map[int]bool{}
			}
			out[e.Undoes] = true
		}
	}
	return out
}

// State is how the drill stands.
func (d *Drill) State() DrillState {
	state := DrillRunning
	for _, e := range d.counting() {
		switch e.Act {
		case FinishDrill:
			state = DrillIncomplete
		case AbortDrill:
			state = DrillAborted
		case ReviewDrill:
			if state == DrillIncomplete || state == DrillRunning && d.Terms.Kind == DrillTabletop {
				state = DrillComplete
			}
		}
	}
	return state
}

// Result is what was measured; nil before it has ended, and of a tabletop.
func (d *Drill) Result() *DrillResult {
	for _, e := range d.Events {
		if e.Result != nil {
			return e.Result
		}
	}
	return nil
}

// Review is what people added last and did not take back; nil where they added
// nothing.
func (d *Drill) Review() *DrillReview {
	for _, e := range slices.Backward(d.counting()) {
		if e.Review != nil {
			return e.Review
		}
	}
	return nil
}

// Ended is when it ended: its result was known, it was given up, or of a
// tabletop, people said how it went. 0 while it runs.
func (d *Drill) Ended() Instant {
	for _, e := range d.counting() {
		if e.Act == FinishDrill || e.Act == AbortDrill || e.Act == ReviewDrill && d.Terms.Kind == DrillTabletop {
			return e.At
		}
	}
	return 0
}

// Passed reports whether a drill that ended passed: by what was measured, and by
// the verdict of people where there is one.
func (d *Drill) Passed() bool {
	if r := d.Review(); r != nil && !r.Passed {
		return false
	}
	if d.Terms.Kind == DrillTabletop {
		return d.State() == DrillComplete
	}
	r := d.Result()
	return r != nil && r.Passed
}

// Deadline is when it has failed unless all is restored; MaxInstant of a
// tabletop.
func (d *Drill) Deadline() Instant {
	if d.Terms.Kind == DrillTabletop {
		return MaxInstant
	}
	return d.Declared.Add(d.Terms.Within)
}

// Add returns the drill with a further event; its error is a DrillRefusal. d
// stays as it is.
func (d Drill) Add(e DrillEvent) (Drill, error) {
	state := d.State()
	switch e.Act {
	case FinishDrill:
		if state != DrillRunning || e.Result == nil {
			return d, DrillNotRunning
		}
	case AbortDrill:
		if state != DrillRunning {
			return d, DrillNotRunning
		}
		if strings.TrimSpace(e.Text) == "" || len(e.Text) > MaxDrillText {
			return d, DrillBadText
		}
	case ReviewDrill:
		if state == DrillRunning && d.Terms.Kind != DrillTabletop || state == DrillAborted {
			return d, DrillNotEnded
		}
		if err := e.Review.check(); err != nil {
			return d, err
		}
		if len(d.Events) >= MaxDrillReviews {
			return d, DrillManyReviews
		}
	case UndoDrill:
		if err := d.mayUndo(e); err != nil {
			return d, err
		}
	default:
		return d, DrillNoSuchAct
	}
	d.Events = append(slices.Clone(d.Events), e)
	return d, nil
}

// mayUndo reports why an event cannot be taken back. That is so of all but
// reviews: what was measured, declared and given up was so.
func (d *Drill) mayUndo(e DrillEvent) error {
	switch {
	case e.Undoes < 1 || e.Undoes > len(d.Events) || d.Events[e.Undoes-1].Act != ReviewDrill || d.Undone()[e.Undoes]:
		return DrillNothingToUndo
	case len(e.Text) > MaxDrillText:
		return DrillBadText
	case len(d.Events) >= MaxDrillReviews:
		return DrillManyReviews
	}
	return nil
}

func (r *DrillReview) check() error {
	if r == nil || strings.TrimSpace(r.Participants) == "" || max(len(r.Participants), len(r.Comment), len(r.Actions)) > MaxDrillText {
		return DrillBadText
	}
	return nil
}

// DrillRefusal is why a drill is not declared, or an event is not added.
type DrillRefusal string

// The refusals.
const (
	DrillUnknown     DrillRefusal = "unknown_drill"  // the catalogue lacks the plan, or the plan the drill
	DrillTwice       DrillRefusal = "drill_running"  // it runs already
	DrillNotRunning  DrillRefusal = "drill_ended"    // it does not run any more
	DrillNotEnded    DrillRefusal = "drill_not_over" // it runs still, or was given up
	DrillBadText     DrillRefusal = "bad_text"       // none where there must be one, or longer than MaxDrillText
	DrillBadInstant  DrillRefusal = "bad_disruption" // the declared disruption lies ahead, or further back than MaxDisruption
	DrillManyReviews DrillRefusal = "many_reviews"
	DrillNoSuchAct   DrillRefusal = "no_such_act"

	DrillNothingToUndo DrillRefusal = "nothing_to_undo" // no review has the number, or it was taken back already
)

// MaxDisruption is how far back a declared disruption may lie.
const MaxDisruption = time.Hour

// DrillRefusals lists every refusal.
func DrillRefusals() []DrillRefusal {
	return []DrillRefusal{DrillUnknown, DrillTwice, DrillNotRunning, DrillNotEnded, DrillBadText, DrillBadInstant, DrillManyReviews, DrillNoSuchAct, DrillNothingToUndo}
}

// Error is the reason's name.
func (e DrillRefusal) Error() string { return string(e) }
