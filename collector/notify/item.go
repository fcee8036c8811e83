package notify

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// DeliveryState is where an item of the outbox stands.
type DeliveryState string

// The states. An item begins pending; sent and failed are final, and kept.
const (
	Pending DeliveryState = "pending" // waits for Next
	Sending DeliveryState = "sending" // an attempt has begun and its outcome is not recorded
	Sent    DeliveryState = "sent"    // the server has taken it for every address that it did not refuse
	Failed  DeliveryState = "failed"  // given up; Error says why
)

// Queued is one message of an outbox.
type Queued[M Outgoing] struct {
	Message  M
	Enqueued slo.Instant
	Delivery Delivery
}

// Item is one mail of the outbox.
type Item = Queued[Message]

// Delivery is the part of an item that changes. Its JSON is its form in the
// store.
type Delivery struct {
	State    DeliveryState `json:"state"`
	Attempts int           `json:"attempts"`
	Next     slo.Instant   `json:"next,omitzero"`    // pending: no attempt before
	Started  slo.Instant   `json:"started,omitzero"` // of the last attempt
	Ended    slo.Instant   `json:"ended,omitzero"`   // when it became sent or failed
	// Resent is true once an attempt may have delivered the message without
	// our knowing it; further ones say so in a header.
	Resent   bool      `json:"resent,omitempty"`
	Accepted []string  `json:"accepted,omitempty"` // addresses that the server has taken it for
	Refused  []Refusal `json:"refused,omitempty"`  // addresses that it refused for good
	Response string    `json:"response,omitempty"` // the server's words on the last acceptance
	Error    string    `json:"error,omitempty"`    // of the last attempt that failed
}

// NewItem is a message as it enters the outbox at at. It is an error to
// enqueue what can never be sent.
func NewItem(at slo.Instant, m Message) (Item, error) {
	if err := m.Validate(); err != nil {
		return Item{}, fmt.Errorf("enqueueing message %s: %w", m.ID, err)
	}
	return queued(at, m), nil
}

// queued is a message that waits from at on.
func queued[M Outgoing](at slo.Instant, m M) Queued[M] {
	return Queued[M]{Message: m, Enqueued: at, Delivery: Delivery{State: Pending, Next: at}}
}

// begin is the delivery as recorded before an attempt at at. An item that is
// already sending was being sent when its process died, so it may have
// arrived.
func (it Queued[M]) begin(at slo.Instant) Delivery {
	d := it.Delivery
	d.Resent = d.Resent || d.State == Sending
	d.State = Sending
	d.Attempts++
	d.Started = at
	return d
}

// waiting are the addresses that have no final result.
func (it Queued[M]) waiting() []string {
	return slices.DeleteFunc(it.Message.Addresses(), func(addr string) bool {
		return slices.Contains(it.Delivery.Accepted, addr) ||
			slices.ContainsFunc(it.Delivery.Refused, func(r Refusal) bool { return r.To == addr })
	})
}

// retry says when an item is tried again and when it is given up.
type retry struct {
	first, most time.Duration // waits between attempts: doubled from first up to most
	giveUp      time.Duration // age at which a failure is final
	jitter      bool          // up to half of each wait is taken away
}

// end is the delivery after the attempt that begin recorded came, at at, to
// result and err (nil or as Mailer.Send returns it).
func (it Queued[M]) end(result Result, err *SendError, at slo.Instant, r retry) Delivery {
	d := it.Delivery
	d.Accepted = slices.Concat(d.Accepted, result.Accepted)
	d.Refused = slices.Concat(d.Refused, result.Refused)
	if result.Response != "" {
		d.Response = result.Response
	}
	if err == nil {
		d.State, d.Ended, d.Next, d.Error = Sent, at, 0, ""
		return d
	}
	d.Error = err.Error()
	d.Resent = d.Resent || err.Class == Uncertain
	it.Delivery = d
	switch {
	case len(it.waiting()) == 0 && len(d.Accepted) > 0: // the rest refused, others had it before
		d.State, d.Ended, d.Next = Sent, at, 0
	case err.Class == Permanent || at.Sub(it.Enqueued) >= r.giveUp:
		d.State, d.Ended, d.Next = Failed, at, 0
	case err.beforeMessage(): // the outbox waits for the server as a whole
		d.State, d.Next = Pending, at
	default:
		d.State, d.Next = Pending, at.Add(max(err.After, r.wait(d.Attempts)))
	}
	return d
}

// wait is the time between the attempt with this number, from 1, and the next.
func (r retry) wait(attempts int) time.Duration {
	d := r.first
	for range attempts - 1 {
		if d *= 2; d >= r.most {
			break
		}
	}
	return jittered(min(d, r.most), r.jitter)
}

// jittered is d, or where that is asked for a time from half of it to all.
func jittered(d time.Duration, asked bool) time.Duration {
	if !asked {
		return d
	}
	return d/2 + rand.N(d/2+1)
}
