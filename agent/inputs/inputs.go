// Package inputs reads the agent's own machine through Telegraf's input
// plugins and names what they say as Prometheus series: field usage_idle of
// measurement cpu becomes cpu_usage_idle, its tags become labels.
package inputs

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/influxdata/telegraf"
	"github.com/influxdata/telegraf/plugins/inputs"
	"github.com/influxdata/telegraf/plugins/inputs/cpu"
	"github.com/influxdata/telegraf/plugins/inputs/disk"
	_ "github.com/influxdata/telegraf/plugins/inputs/diskio" // made by name; its type has unexported parts
	_ "github.com/influxdata/telegraf/plugins/inputs/mem"
	_ "github.com/influxdata/telegraf/plugins/inputs/net"
	_ "github.com/influxdata/telegraf/plugins/inputs/system"

	"github.com/assay-sla/assay/slo"
)

// Names lists the inputs that there are.
func Names() []string { return []string{"cpu", "disk", "diskio", "mem", "net", "system"} }

// Input is one Telegraf input. It is read by one goroutine at a time.
type Input struct {
	name   string
	plugin telegraf.Input
	busy   atomic.Bool
}

// New makes an input with defaults fit for a server. warn is told what the
// input complains of besides its errors; it may be called from any goroutine.
func New(name string, warn func(text string)) (*Input, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("there is no input %q", name)
	}
	plugin := inputs.Inputs[name]()
	switch p := plugin.(type) {
	case *cpu.CPU:
		p.ReportActive = true
	case *disk.Disk:
		p.IgnoreFS = []string{"tmpfs", "devtmpfs", "devfs", "iso9660", "aufs", "squashfs", "nsfs", "ramfs"}
	}
	if f := reflect.ValueOf(plugin).Elem().FieldByName("Log"); f.IsValid() {
		f.Set(reflect.ValueOf(logger{warn}))
	}
	if p, ok := plugin.(telegraf.Initializer); ok {
		if err := p.Init(); err != nil {
			return nil, fmt.Errorf("preparing input %s: %w", name, err)
		}
	}
	return &Input{name: name, plugin: plugin}, nil
}

// errBusy is a reading that still waits for the machine since the last time,
// as one of a file system whose server is away does.
var errBusy = errors.New("the reading before has not ended")

// Read reads the machine once, at most MaxSamples numbers. Where the system
// does not answer before ctx ends, the reading is left behind, and no other
// begins before it ends.
func (in *Input) Read(ctx context.Context) ([]slo.Sample, error) {
	if !in.busy.CompareAndSwap(false, true) {
		return nil, fmt.Errorf("input %s: %w", in.name, errBusy)
	}
	type result struct {
		samples []slo.Sample
		err     error
	}
	read := make(chan result, 1)
	go func() {
		defer in.busy.Store(false)
		acc := &accumulator{}
		err := in.gather(acc)
		read <- result{acc.samples, errors.Join(err, acc.err())}
	}()
	select {
	case r := <-read:
		if r.err != nil {
			r.err = fmt.Errorf("input %s: %w", in.name, r.err)
		}
		return r.samples, r.err
	case <-ctx.Done():
		return nil, fmt.Errorf("input %s: %w", in.name, ctx.Err())
	}
}

// gather turns a panic of the plugin into an error: it is foreign code.
func (in *Input) gather(acc *accumulator) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("it failed with a panic: %v", v)
		}
	}()
	return in.plugin.Gather(acc)
}
