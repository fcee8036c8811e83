package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Waits between attempts at one event. They are shorter than a mail's: what an
// event says is of use while it is news, and those after it wait for it.
const (
	firstChannelRetry = 5 * time.Second
	mostChannelRetry  = 10 * time.Minute
	channelPoll       = 2 * time.Second
)

// ErrNoChannel is the error of a channel that is not there.
var ErrNoChannel = errors.New("there is no such channel")

// Channels are all channels of a collector, each with an outbox of its own:
// one that is away delays no other. Its methods may be called at any time from
// any goroutine.
type Channels struct{ list []running }

// running is a channel with its outbox.
type running struct {
	*Channel
	outbox *Outbox[Notice]
}

// ChannelStatus is how sending to one channel goes.
type ChannelStatus struct {
	Config ChannelConfig
	OutboxStatus
}

// NewChannels makes the outbox of each channel over the store that there is
// for its name.
func NewChannels(list []*Channel, store func(channel string) Store[Notice], log *slog.Logger) (*Channels, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	c := &Channels{}
	for _, ch := range list {
		outbox, err := NewOutbox(store(ch.cfg.Name), Sender[Notice](ch), OutboxOptions{
			What: "event", Poll: channelPoll, First: firstChannelRetry, Most: mostChannelRetry, Jitter: true, Logger: log.With("channel", ch.cfg.Name),
		})
		if err != nil {
			return nil, err
		}
		c.list = append(c.list, running{ch, outbox})
	}
	return c, nil
}

// Notices are what an event comes to at an instant: one notice for each
// channel that wants it. They are to be stored with what caused the event.
func (c *Channels) Notices(at slo.Instant, e Event) []NoticeItem {
	var out []NoticeItem
	for _, ch := range c.list {
		if ch.cfg.Wants(e) {
			out = append(out, NewNotice(at, ch.cfg.Name, e))
		}
	}
	return out
}

// StepNotices is what there is to tell each channel of the steps of budget
// policies that are reached at an instant, where told, by channel, is what it
// was told of. next is what it has been told of then: keep it together with
// the notices. A channel that is new hears of every step that is reached.
func (c *Channels) StepNotices(told map[string][]Step, reached []Step, at slo.Instant) (notices []NoticeItem, next map[string][]Step) {
	next = map[string][]Step{}
	for _, ch := range c.list {
		name := ch.cfg.Name
		for _, s := range reached {
			if ch.cfg.Wants(s.begun(at)) {
				next[name] = append(next[name], s)
			}
		}
		for _, e := range StepEvents(told[name], next[name], at) {
			if ch.cfg.Wants(e) {
				notices = append(notices, NewNotice(at, name, e))
			}
		}
	}
	return notices, next
}

// Wake makes every outbox look at its store now: call it after a commit that
// enqueued something. It never blocks.
func (c *Channels) Wake() {
	for _, ch := range c.list {
		ch.outbox.Wake()
	}
}

// Run sends until ctx ends. It returns nil.
func (c *Channels) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, ch := range c.list {
		wg.Go(func() { _ = ch.outbox.Run(ctx) }) // it returns nil
	}
	wg.Wait()
	<-ctx.Done()
	return nil
}

// Status returns the state of each channel in the order of the configuration.
func (c *Channels) Status() []ChannelStatus {
	out := make([]ChannelStatus, len(c.list))
	for i, ch := range c.list {
		out[i] = ChannelStatus{ch.cfg, ch.outbox.Status()}
	}
	return out
}

// Test sends an event to a channel at once, past its outbox, and returns the
// receiver's words. A name that is not there is ErrNoChannel.
func (c *Channels) Test(ctx context.Context, name, actor string, at slo.Instant) (string, error) {
	for _, ch := range c.list {
		if ch.cfg.Name != name {
			continue
		}
		result, err := ch.Send(ctx, Notice{name, TestEvent(ch.cfg, actor, at)}, Attempt{})
		return result.Response, err
	}
	return "", fmt.Errorf("channel %.80q: %w", name, ErrNoChannel)
}
