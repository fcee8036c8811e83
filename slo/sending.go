package slo

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// Bounds of a sending.
const (
	MaxSendingComment = 4000 // bytes
	MaxSendingEvents  = 100
)

// Sending is one report on its way to those who get it. Where somebody has to
// release it, it waits; nothing of what was done is ever deleted.
type Sending struct {
	ID        string // SendingID of the rest
	Agreement string // or the scope of a report on several, as ScopeText has it
	Period    string // 2026-10, 2026-Q4, 2026 or 2026-08-01..2026-09-15
	// Day is when a provisional report was made, 2026-10-31: there may be one a
	// day. Of a final one it is empty.
	Day     string
	Edition int            // of the report, from 1; a restated period has a higher one
	To      []string       // who gets it, as the configuration names them
	Asked   []string       // who is asked to release it; none where nobody has to
	Events  []SendingEvent // oldest first
}

// SendingAct is what happened to a sending.
type SendingAct string

// The acts.
const (
	PrepareSending SendingAct = "prepare" // the report is made, or made again, and waits
	ReleaseSending SendingAct = "release" // its mails may leave
	RecallSending  SendingAct = "recall"  // they were taken back before one of them left
)

// SendingEvent is one act.
type SendingEvent struct {
	Act     SendingAct `json:"act"`
	At      Instant    `json:"at"`
	Actor   string     `json:"actor"`
	Comment string     `json:"comment,omitempty"` // of a release it stands in the report
	Report  string     `json:"report,omitempty"`  // SHA-256 of the report's JSON: what was prepared, or what was released
	Asked   []string   `json:"asked,omitempty"`   // who was asked to release what was prepared; older events lack it
	Mails   []string   `json:"mails,omitempty"`   // Message-IDs of what was released
	Entry   int64      `json:"entry"`             // of the ledger that has it; 0 before it is there
}

// SendingState is how a sending stands.
type SendingState string

// The states. What became of the mails of one that is released, the outbox says.
const (
	SendingWaiting  SendingState = "waiting"  // for somebody to release it
	SendingReleased SendingState = "released" // its mails leave, or have left
)

// SendingStates lists every state.
func SendingStates() []SendingState { return []SendingState{SendingWaiting, SendingReleased} }

// SendingID is derived from what is sent to whom, so that preparing it again is
// the same: s- and 20 hexadecimal digits.
func (s *Sending) SendingID() string {
	h := sha256.New()
	to := slices.Clone(s.To)
	for i := range to {
		to[i] = strings.ToLower(to[i])
	}
	slices.Sort(to)
	for _, f := range append([]string{s.Agreement, s.Period, s.Day, strconv.Itoa(s.Edition)}, to...) {
		h.Write([]byte(strconv.Itoa(len(f)) + ":" + f))
	}
	return "s-" + hex.EncodeToString(h.Sum(nil)[:10])
}

// State is how the sending stands.
func (s *Sending) State() SendingState {
	if n := len(s.Events); n > 0 && s.Events[n-1].Act == ReleaseSending {
		return SendingReleased
	}
	return SendingWaiting
}

// Mails are the Message-IDs of what was released; none while it waits.
func (s *Sending) Mails() []string {
	if s.State() == SendingWaiting {
		return nil
	}
	return s.Events[len(s.Events)-1].Mails
}

// Since is when it came to stand as it does.
func (s *Sending) Since() Instant {
	if len(s.Events) == 0 {
		return 0
	}
	return s.Events[len(s.Events)-1].At
}

// Add returns the sending with a further event; its error is a SendingRefusal. s
// stays as it is.
func (s Sending) Add(e SendingEvent) (Sending, error) {
	state := s.State()
	switch {
	case len(e.Comment) > MaxSendingComment || e.Act == RecallSending && strings.TrimSpace(e.Comment) == "":
		return s, SendingBadComment
	case len(s.Events) >= MaxSendingEvents:
		return s, SendingManyEvents
	}
	switch e.Act {
	case PrepareSending, ReleaseSending:
		if state != SendingWaiting {
			return s, SendingNotWaiting
		}
	case RecallSending:
		if state != SendingReleased {
			return s, SendingNotReleased
		}
	default:
		return s, SendingNoSuchAct
	}
	s.Events = append(slices.Clone(s.Events), e)
	return s, nil
}

// SendingRefusal is why something is not done to a sending.
type SendingRefusal string

// The refusals.
const (
	SendingNotWaiting  SendingRefusal = "not_waiting"  // somebody has released it already
	SendingNotReleased SendingRefusal = "not_released" // it waits
	SendingUnderWay    SendingRefusal = "under_way"    // a mail of it has left, or is leaving
	SendingBadComment  SendingRefusal = "bad_comment"  // none where there must be one, or longer than MaxSendingComment
	SendingChanged     SendingRefusal = "changed"      // the report was made again since it was read
	SendingManyEvents  SendingRefusal = "many_events"
	SendingNoSuchAct   SendingRefusal = "no_such_act"
)

// SendingRefusals lists every refusal.
func SendingRefusals() []SendingRefusal {
	return []SendingRefusal{SendingNotWaiting, SendingNotReleased, SendingUnderWay, SendingBadComment, SendingChanged, SendingManyEvents, SendingNoSuchAct}
}

// Error is the reason's name.
func (e SendingRefusal) Error() string { return string(e) }
