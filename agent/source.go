package agent

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/assay-sla/assay/agent/inputs"
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
	failing := map[string]bool{}
	for {
		now := time.Now()
		pause(ctx, s.slots.after(slo.At(now)).Time().Sub(now))
		if ctx.Err() != nil {
			return
		}
		if err := s.gather(ctx); ctx.Err() == nil {
			failing = s.tell(failing, err)
		}
	}
}

// tell logs each server that fails since this reading, once, and each that is
// read again; the machine is one without a name. It returns those that fail.
func (s source) tell(before map[string]bool, err error) (failing map[string]bool) {
	failing = map[string]bool{}
	var faults inputs.Faults
	if err != nil && !errors.As(err, &faults) {
		faults = inputs.Faults{{Err: err}}
	}
	for _, f := range faults {
		if !before[f.Server] && !failing[f.Server] {
			s.log.Warn("a reading failed; it is tried again at each interval", "input", s.name, "error", f.String())
		}
		failing[f.Server] = true
	}
	for server := range before {
		if !failing[server] {
			s.log.Info("a reading that failed works again", "input", s.name, "server", server)
		}
	}
	return failing
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
