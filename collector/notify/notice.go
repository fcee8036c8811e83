package notify

import (
	"github.com/assay-sla/assay/slo"
)

// Notice is one event on its way to one channel. Its JSON is its form in the
// store.
type Notice struct {
	Channel string `json:"channel"`
	Event   Event  `json:"event"`
}

// Key is the event's ID and the channel.
func (n Notice) Key() string { return n.Event.ID + "@" + n.Channel }

// Title is the event's summary.
func (n Notice) Title() string { return n.Event.Summary }

// Addresses is none: a channel takes an event as a whole or not.
func (n Notice) Addresses() []string { return nil }

// NoticeItem is one notice of an outbox.
type NoticeItem = Queued[Notice]

// NewNotice is an event as it enters the outbox of a channel at at.
func NewNotice(at slo.Instant, channel string, e Event) NoticeItem {
	return queued(at, Notice{Channel: channel, Event: e})
}
