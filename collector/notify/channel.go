package notify

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Channel is one receiver of events. It is the Sender of its outbox.
type Channel struct {
	cfg    ChannelConfig
	form   composer
	caller *caller
}

// composer makes the request of an event at the time of an attempt.
type composer interface {
	compose(e Event, at time.Time) (composed, error)
}

// NewChannel fills in the defaults, checks everything and reads the files that
// HTTP names; it does not connect. Its error names all that is wrong.
func NewChannel(cfg ChannelConfig) (*Channel, error) {
	cfg = cfg.WithDefaults()
	var bad []error
	for _, m := range cfg.Check() {
		bad = append(bad, m)
	}
	if err := checkSecrets(cfg.Kind, cfg.Secrets); err != nil {
		bad = append(bad, ChannelMistake{"secretFile", err.Error()})
	}
	if len(bad) > 0 {
		return nil, fmt.Errorf("setting up channel %s: %w", cfg.Name, errors.Join(bad...))
	}
	form, err := newComposer(cfg)
	if err != nil {
		return nil, fmt.Errorf("setting up channel %s: %w", cfg.Name, err)
	}
	caller, err := newCaller(cfg)
	if err != nil {
		return nil, fmt.Errorf("setting up channel %s: %w", cfg.Name, ChannelMistake{"http", err.Error()})
	}
	return &Channel{cfg, form, caller}, nil
}

func newComposer(cfg ChannelConfig) (composer, error) {
	switch cfg.Kind {
	case KindPagerDuty:
		return &pagerDuty{cfg.Secrets[0]}, nil
	case KindITSM:
		return newITSM(cfg)
	}
	return newWebhook(cfg)
}

// Config is the configuration with its defaults.
func (c *Channel) Config() ChannelConfig { return c.cfg }

// Send makes one attempt. What cannot be made into a request is a permanent
// error.
func (c *Channel) Send(ctx context.Context, n Notice, attempt Attempt) (Result, error) {
	r, err := c.form.compose(n.Event, time.Now())
	if err != nil {
		return Result{}, &SendError{What: whatEvent, Class: Permanent, Stage: stageCompose, Err: err}
	}
	return c.caller.call(ctx, r, attempt.Resent)
}
