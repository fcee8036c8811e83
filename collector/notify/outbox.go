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

// Outgoing is what an outbox carries: mails (Message) or what a channel is
// told (Notice).
type Outgoing interface {
	Key() string         // names it; what has the same key is the same
	Title() string       // for the log, one line
	Addresses() []string // that take it one by one; none where all of it goes to one receiver
}

// Store keeps the items of one outbox for good, in the order in which they
// are to be sent. outboxtest.TestOutboxStore is its contract, and for notices
// outboxtest.TestNoticeStore.
type Store[M Outgoing] interface {
	// Due returns what is to be sent at at, at most limit items: first those
	// that are sending, then the pending ones with Next ≤ at, each in order
	// of Next, Enqueued and key. Of notices about one subject it returns the
	// first alone that is not final.
	Due(ctx context.Context, at slo.Instant, limit int) ([]Queued[M], error)
	// Record replaces the delivery of the item whose message has this key, and
	// has it on disk when it returns. An unknown key is ErrGone.
	Record(ctx context.Context, key string, d Delivery) error
}

// ErrGone is the error of an item that was taken out of its outbox: nothing of it
// is sent.
var ErrGone = errors.New("it was taken out of the outbox")

// Sender makes one attempt to send a message; *Mailer is one. An error that is
// not a *SendError counts as uncertain.
type Sender[M Outgoing] interface {
	Send(ctx context.Context, m M, attempt Attempt) (Result, error)
}

// OutboxOptions are the settings of an Outbox. The zero value of each is its
// default.
type OutboxOptions struct {
	Poll   time.Duration // how often the store is asked without a Wake; default 15 s
	GiveUp time.Duration // age at which a failure is final; default 3 days
	Grace  time.Duration // for the attempt that is going on when Run is told to stop; default 10 s
	What   string        // what is sent, for the log; default mail
	Logger *slog.Logger  // default: discard
	// Now is the clock that what is due and what became of it go by; default
	// that of the machine. Waits for a server go by the machine's in any case.
	Now func() slo.Instant

	// Waits between attempts at one message: doubled from First, default 1
	// min, up to Most, default 1 h.
	First, Most time.Duration
	// Jitter takes up to half of each wait away at random, so that many
	// senders do not return to one receiver as one.
	Jitter bool
}

// Waits between attempts: for one message, and for the server as a whole.
const (
	firstRetry  = time.Minute
	mostRetry   = time.Hour
	firstPause  = 5 * time.Second
	mostPause   = 5 * time.Minute
	duePage     = 20
	recordLimit = 10 * time.Second
)

// Outbox sends what is in its store, one message after another. One Outbox at
// a time may run over a store.
type Outbox[M Outgoing] struct {
	store  Store[M]
	sender Sender[M]
	opts   OutboxOptions
	retry  retry
	wake   chan struct{}

	mu     sync.Mutex
	status OutboxStatus

	// Of the loop alone:
	unrecorded map[string]Delivery // outcomes that the store did not take yet
	pause      time.Duration       // 0 while the server works
	notBefore  time.Time
}

// OutboxStatus is how sending goes. Counts are since the start.
type OutboxStatus struct {
	Sent, Retried, Failed, Refused int    // messages, attempts, messages, addresses
	LastError                      string // "" after a success
}

// NewOutbox needs a store and a sender.
func NewOutbox[M Outgoing](store Store[M], sender Sender[M], opts OutboxOptions) (*Outbox[M], error) {
	if store == nil || sender == nil {
		return nil, errors.New("setting up the outbox: it needs a store and a sender")
	}
	if opts.Poll <= 0 {
		opts.Poll = 15 * time.Second
	}
	if opts.GiveUp <= 0 {
		opts.GiveUp = 3 * 24 * time.Hour
	}
	if opts.Grace <= 0 {
		opts.Grace = 10 * time.Second
	}
	if opts.First <= 0 {
		opts.First = firstRetry
	}
	if opts.Most <= 0 {
		opts.Most = mostRetry
	}
	if opts.What == "" {
		opts.What = "mail"
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Now == nil {
		opts.Now = func() slo.Instant { return slo.At(time.Now()) }
	}
	return &Outbox[M]{
		store: store, sender: sender, opts: opts,
		retry:      retry{opts.First, opts.Most, opts.GiveUp, opts.Jitter},
		wake:       make(chan struct{}, 1),
		unrecorded: map[string]Delivery{},
	}, nil
}

// Wake makes Run look at the store now: call it after a commit that enqueued
// something. It never blocks.
func (o *Outbox[M]) Wake() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Status returns the counts so far.
func (o *Outbox[M]) Status() OutboxStatus {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.status
}

// Run sends until ctx ends; an attempt that is going on then has Grace to
// finish. It returns nil.
func (o *Outbox[M]) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-o.wake:
		case <-timer.C:
		}
		if time.Now().Before(o.notBefore) {
			timer.Reset(time.Until(o.notBefore))
			continue
		}
		if err := o.round(ctx); err != nil && ctx.Err() == nil {
			o.opts.Logger.Error("outbox", "err", err)
		}
		timer.Reset(max(o.opts.Poll, time.Until(o.notBefore)))
	}
}

// round sends everything that is due, until ctx ends, the server is away or
// the store fails.
func (o *Outbox[M]) round(ctx context.Context) error {
	if err := o.recordLeft(ctx); err != nil {
		return err
	}
	for ctx.Err() == nil {
		items, err := o.store.Due(ctx, o.opts.Now(), duePage)
		if err != nil {
			return fmt.Errorf("reading due messages: %w", err)
		}
		for i, it := range items {
			if ctx.Err() != nil {
				return nil
			}
			failure, err := o.attempt(ctx, it)
			if err != nil {
				return err
			}
			if failure != nil && failure.Server {
				o.serverFailed(failure.After)
				return o.expire(ctx, items[i+1:], failure)
			}
			o.pause = 0
		}
		if len(items) == 0 {
			return nil
		}
	}
	return nil
}

// attempt sends one item: it is recorded as sending before the first word to
// the server, and with the outcome after the last.
func (o *Outbox[M]) attempt(ctx context.Context, it Queued[M]) (*SendError, error) {
	it.Delivery = it.begin(o.opts.Now())
	if err := o.store.Record(ctx, it.Message.Key(), it.Delivery); errors.Is(err, ErrGone) {
		return nil, nil // between the look at the store and the attempt
	} else if err != nil {
		return nil, fmt.Errorf("recording message %s as sending: %w", it.Message.Key(), err)
	}
	result, failure := o.send(ctx, it)
	d := it.end(result, failure, o.opts.Now(), o.retry)
	o.note(it, d, len(result.Refused))
	return failure, o.record(ctx, it.Message.Key(), d)
}

// send makes the attempt. When ctx ends, the attempt has Grace to finish.
func (o *Outbox[M]) send(ctx context.Context, it Queued[M]) (Result, *SendError) {
	sendCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(o.opts.Grace, cancel)
	})
	defer stop()
	result, err := o.sender.Send(sendCtx, it.Message, Attempt{To: it.waiting(), Resent: it.Delivery.Resent})
	if err == nil {
		return result, nil
	}
	if failure, ok := errors.AsType[*SendError](err); ok {
		return result, failure
	}
	return result, &SendError{Class: Uncertain, Stage: stageAccept, Err: err}
}

// record stores an outcome, even while stopping. What the store does not take
// is kept and recorded before anything else is sent: an item whose outcome is
// known is never sent again because its record failed.
func (o *Outbox[M]) record(ctx context.Context, id string, d Delivery) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordLimit)
	defer cancel()
	if err := o.store.Record(ctx, id, d); err != nil {
		o.unrecorded[id] = d
		return fmt.Errorf("recording message %s as %s: %w", id, d.State, err)
	}
	delete(o.unrecorded, id)
	return nil
}

func (o *Outbox[M]) recordLeft(ctx context.Context) error {
	for id, d := range o.unrecorded {
		if err := o.record(ctx, id, d); err != nil {
			return err
		}
	}
	return nil
}

// serverFailed makes the loop leave the server alone for a growing while, and
// for as long as it asked for.
func (o *Outbox[M]) serverFailed(asked time.Duration) {
	o.pause = min(max(2*o.pause, firstPause), mostPause)
	o.notBefore = time.Now().Add(max(asked, jittered(o.pause, o.opts.Jitter)))
}

// expire gives up those of the items that are too old, since the attempt that
// failed with failure shows that the server would not take them now either.
func (o *Outbox[M]) expire(ctx context.Context, items []Queued[M], failure *SendError) error {
	at := o.opts.Now()
	for _, it := range items {
		if at.Sub(it.Enqueued) < o.opts.GiveUp {
			continue
		}
		d := it.end(Result{}, failure, at, o.retry)
		o.note(it, d, 0)
		if err := o.record(ctx, it.Message.Key(), d); err != nil {
			return err
		}
	}
	return nil
}

// note counts and logs an outcome.
func (o *Outbox[M]) note(it Queued[M], d Delivery, refused int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	what, log := o.opts.What, o.opts.Logger.With("message", it.Message.Key(), "subject", it.Message.Title(), "attempts", d.Attempts)
	o.status.Refused += refused
	o.status.LastError = d.Error
	switch d.State {
	case Sent:
		o.status.Sent++
		log.Info(what+" sent", "response", d.Response, "refused", d.Refused)
	case Failed:
		o.status.Failed++
		log.Error(what+" given up", "err", d.Error, "refused", d.Refused)
	default:
		o.status.Retried++
		log.Warn(what+" not sent yet", "err", d.Error, "next", d.Next)
	}
}
