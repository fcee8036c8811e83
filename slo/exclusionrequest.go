package slo

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Bounds of a request for an exclusion.
const (
	MaxExclusion           = 366 * 24 * time.Hour // its length
	MaxExclusionAgreements = 20
	MaxExclusionReason     = 500  // bytes
	MaxExclusionComment    = 4000 // bytes
)

// ExclusionRequest is what somebody asks to take out of agreements after the
// fact, with what others decided on it. While nobody has approved it, and once
// an approval is revoked, it changes no figure. Nothing of it is ever deleted.
type ExclusionRequest struct {
	ID         string   // ExclusionID of the rest: the same request again is the same one
	Agreements []string // names, sorted, each once
	Interval
	Cause       ExclusionCause
	Reason      string
	RequestedBy string
	RequestedAt Instant
	Entry       int64               // of the ledger that has the request; 0 before it is there
	Decisions   []ExclusionDecision // oldest first
}

// ExclusionDecision is what somebody did about a request.
type ExclusionDecision struct {
	Act     ExclusionAct
	At      Instant
	Actor   string
	Comment string
	Effects []ExclusionEffect // what the decision did to figures, as they were then; none of one that did nothing
	Omitted int               // further effects, left out
	Entry   int64             // of the ledger that has the decision; 0 before it is there
}

// ExclusionAct is what can be done about a request.
type ExclusionAct string

// The acts.
const (
	ApproveExclusion  ExclusionAct = "approve"
	RejectExclusion   ExclusionAct = "reject"
	WithdrawExclusion ExclusionAct = "withdraw" // by who asked, before anybody decided
	RevokeExclusion   ExclusionAct = "revoke"   // takes an approval back
)

// Moves reports whether the act can change a figure.
func (a ExclusionAct) Moves() bool { return a == ApproveExclusion || a == RevokeExclusion }

// ExclusionState is how a request stands.
type ExclusionState string

// The states.
const (
	ExclusionPending   ExclusionState = "pending"
	ExclusionApproved  ExclusionState = "approved" // it counts
	ExclusionRejected  ExclusionState = "rejected"
	ExclusionWithdrawn ExclusionState = "withdrawn"
	ExclusionRevoked   ExclusionState = "revoked" // it counted once
)

// ExclusionStates lists every state.
func ExclusionStates() []ExclusionState {
	return []ExclusionState{ExclusionPending, ExclusionApproved, ExclusionRejected, ExclusionWithdrawn, ExclusionRevoked}
}

// becomes is the state that an act leads to, by the state that it needs.
var becomes = map[ExclusionAct]struct{ from, to ExclusionState }{
	ApproveExclusion:  {ExclusionPending, ExclusionApproved},
	RejectExclusion:   {ExclusionPending, ExclusionRejected},
	WithdrawExclusion: {ExclusionPending, ExclusionWithdrawn},
	RevokeExclusion:   {ExclusionApproved, ExclusionRevoked},
}

// ExclusionID is derived from what is asked and by whom, so that a repeated
// request is the one that is there: x- and 20 hexadecimal digits.
func (r *ExclusionRequest) ExclusionID() string {
	fields := append([]string{r.From.String(), r.To.String(), r.Cause.String(), r.Reason, r.RequestedBy}, r.Agreements...)
	h := sha256.New()
	for _, f := range fields {
		h.Write([]byte(strconv.Itoa(len(f)) + ":" + f))
	}
	return "x-" + hex.EncodeToString(h.Sum(nil)[:10])
}

// Same reports whether two requests ask the same, whenever they did.
func (r *ExclusionRequest) Same(o *ExclusionRequest) bool {
	return slices.Equal(r.Agreements, o.Agreements) && r.Interval == o.Interval && r.Cause == o.Cause &&
		r.Reason == o.Reason && r.RequestedBy == o.RequestedBy
}

// Check says at an instant whether the request can be taken; its error is an
// ExclusionRefusal. keep is how far back figures can be computed again.
func (r *ExclusionRequest) Check(at Instant, keep time.Duration) error {
	switch {
	case r.Empty():
		return ExclusionEmpty
	case r.Length() > MaxExclusion:
		return ExclusionTooLong
	case r.To > at:
		return ExclusionAhead
	case r.From < at.Add(-keep):
		return ExclusionTooOld
	case len(r.Agreements) == 0 || len(r.Agreements) > MaxExclusionAgreements:
		return ExclusionAgreements
	case !says(r.Reason) || len(r.Reason) > MaxExclusionReason:
		return ExclusionReasons
	}
	return nil
}

// says reports whether a text says anything: signs that nobody sees are no reason.
func says(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsNumber(r) || unicode.IsLetter(r) && !strings.ContainsRune(fillers, r)
	})
}

// fillers are the letters of Hangul that have no shape.
const fillers = "\u115f\u1160\u3164\uffa0"

// State is how the request stands.
func (r *ExclusionRequest) State() ExclusionState { return r.stateAt(len(r.Decisions)) }

// stateAt is how it stood after the first n decisions.
func (r *ExclusionRequest) stateAt(n int) ExclusionState {
	if n == 0 {
		return ExclusionPending
	}
	return becomes[r.Decisions[n-1].Act].to
}

// Decide returns the request with a further decision; its error is an
// ExclusionRefusal. r stays as it is.
func (r ExclusionRequest) Decide(d ExclusionDecision) (ExclusionRequest, error) {
	step, known := becomes[d.Act]
	state := r.State()
	switch {
	case !known:
		return r, NoSuchAct
	case state != step.from && d.Act == RevokeExclusion:
		return r, NotApproved
	case state != step.from:
		return r, NotPending
	case d.Act == WithdrawExclusion && d.Actor != r.RequestedBy:
		return r, NotRequester
	case (d.Act == ApproveExclusion || d.Act == RejectExclusion) && d.Actor == r.RequestedBy:
		return r, OwnRequest
	case len(d.Comment) > MaxExclusionComment || d.Act != WithdrawExclusion && !says(d.Comment):
		return r, BadComment
	}
	r.Decisions = append(slices.Clone(r.Decisions), d)
	return r, nil
}

// Has reports whether the newest decision is d, made before.
func (r *ExclusionRequest) Has(d ExclusionDecision) bool {
	if len(r.Decisions) == 0 {
		return false
	}
	last := r.Decisions[len(r.Decisions)-1]
	return last.Act == d.Act && last.Actor == d.Actor && last.Comment == d.Comment
}

// Exclusion is what the request takes out of its agreements by the decisions up
// to an entry of the ledger; nil where that is nothing.
func (r *ExclusionRequest) Exclusion(until int64) *Exclusion {
	n := len(r.Decisions)
	for n > 0 && r.Decisions[n-1].Entry > until {
		n--
	}
	if r.stateAt(n) != ExclusionApproved {
		return nil
	}
	return r.approvedBy(r.Decisions[n-1])
}

// approvedBy is what the request takes out by an approval.
func (r *ExclusionRequest) approvedBy(d ExclusionDecision) *Exclusion {
	return &Exclusion{
		Name: r.ID, Interval: r.Interval, Cause: r.Cause, Reason: r.Reason,
		RequestedBy: r.RequestedBy, ApprovedBy: d.Actor, RequestedAt: &r.RequestedAt, ApprovedAt: &d.At,
	}
}
