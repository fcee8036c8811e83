package agent

import (
	"context"
	"log/slog"
	"time"

	"github.com/assay-sla/assay/slo"
)

// reader reads once; inputs.Input is one.
type reader interface {
	Read(ctx context.Context) ([][]slo.Sample, error)
}

// source gathers the readings of one input at its slots. A slot that is
// missed is missed: readings are for graphs.
type source struct {
	name     string
	slots    slots
	input    reader
	offset   func() time.Duration
	recorder *recorder
	counts   *counts
	log      *slog.Logger
}

// maxGather bounds one gathering.
const maxGather = 5 * time.Second

// loop gathers until ctx ends.
func (s source) loop(ctx context.Context) {
	failing := false
	for {
		now := time.Now()
		pause(ctx, s.slots.after(slo.At(now)).Time().Sub(now))
		if ctx.Err() != nil {
			return
		}
		err := s.gather(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.log.Warn("reading the machine failed; it is tried again at each interval", "input", s.name, "error", err)
		}
		failing = err != nil
	}
}

func (s source) gather(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, maxGather)
	defer cancel()
	at := slo.At(time.Now()).Add(s.offset())
	parts, err := s.input.Read(ctx)
	s.counts.gathered(s.name, err == nil)
	for _, samples := range parts {
		s.recorder.readings(slo.Readings{At: at, Samples: samples})
	}
	return err
}
