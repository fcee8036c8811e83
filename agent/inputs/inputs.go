// Package inputs reads the agent's own machine and servers on it, and names
// what they say as Prometheus series: field usage_idle of measurement cpu
// becomes cpu_usage_idle, its tags become labels.
//
// What reads the machine are Telegraf's input plugins. What reads servers is
// written here, under the names that Telegraf's plugins give
// (docs/decisions/0005-inputs-that-read-servers.md and 0006).
package inputs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Names lists the inputs that there are.
func Names() []string {
	return []string{"cpu", "disk", "diskio", "docker", "mem", "mysql", "net", "nginx", "postgresql", "processes", "redis", "swap", "system"}
}

// reader reads once. It is called by one goroutine at a time, and calls the
// accumulator from that alone.
type reader interface {
	read(ctx context.Context, acc *accumulator) error
}

// Input is one source of readings. It is read by one goroutine at a time.
type Input struct {
	name   string
	reader reader
	busy   atomic.Bool
}

// New makes an input. warn is told what the input complains of besides its
// errors; it may be called from any goroutine.
func New(name string, s Settings, warn func(text string)) (*Input, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("there is no input %q", name)
	}
	r, err := newReader(name, s, warn)
	if err != nil {
		return nil, err
	}
	return &Input{name: name, reader: r}, nil
}

func newReader(name string, s Settings, warn func(text string)) (reader, error) {
	if !Serves(name) {
		return newPlugin(name, warn)
	}
	if len(s.Servers) == 0 {
		s.Servers = Defaults(name)
	}
	for _, server := range s.Servers {
		if err := CheckServer(name, server, s.Password != nil); err != nil {
			return nil, fmt.Errorf("input %s: the server %q: %w", name, server, err)
		}
	}
	switch name {
	case "redis":
		return newRedis(s)
	case "nginx":
		return newNginx(s)
	case "postgresql", "mysql":
		return newDatabases(name, s)
	default:
		return newDocker(s)
	}
}

// errBusy is a reading that still waits for the machine since the last time,
// as one of a file system whose server is away does.
var errBusy = errors.New("the reading before has not ended")

// Read reads once, and gives what it read in parts of at most MaxSamples; the
// error is Faults. A server has four fifths of the time until ctx ends, so that
// what the others said is there by then. Where a reading does not end before
// ctx does, it is left behind, and no other begins before it ends.
func (in *Input) Read(ctx context.Context) ([][]slo.Sample, error) {
	if !in.busy.CompareAndSwap(false, true) {
		return nil, Faults{{Err: errBusy}}
	}
	reading, cancel := mostOf(ctx)
	type result struct {
		parts [][]slo.Sample
		err   error
	}
	read := make(chan result, 1)
	go func() {
		defer cancel()
		acc := &accumulator{}
		acc.AddError(in.gather(reading, acc))
		in.busy.Store(false) // before the result, behind which the next may begin
		read <- result{acc.parts, acc.err()}
	}()
	select {
	case r := <-read:
		return r.parts, r.err
	case <-ctx.Done():
		return nil, Faults{{Err: ctx.Err()}}
	}
}

// mostOf ends when four fifths of the time until ctx ends are over.
func mostOf(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end.Add(-time.Until(end)/5))
}

// gather turns a panic into an error: a plugin is foreign code.
func (in *Input) gather(ctx context.Context, acc *accumulator) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("it failed with a panic: %v", v)
		}
	}()
	return in.reader.read(ctx, acc)
}
