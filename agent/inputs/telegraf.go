package inputs

import (
	"context"
	"fmt"
	"reflect"

	"github.com/influxdata/telegraf"
	"github.com/influxdata/telegraf/plugins/inputs"
	"github.com/influxdata/telegraf/plugins/inputs/cpu"
	"github.com/influxdata/telegraf/plugins/inputs/disk"
	_ "github.com/influxdata/telegraf/plugins/inputs/diskio" // made by name; its type has unexported parts
	_ "github.com/influxdata/telegraf/plugins/inputs/mem"
	_ "github.com/influxdata/telegraf/plugins/inputs/net"
	_ "github.com/influxdata/telegraf/plugins/inputs/processes"
	_ "github.com/influxdata/telegraf/plugins/inputs/swap"
	_ "github.com/influxdata/telegraf/plugins/inputs/system"
)

// plugin is a plugin of Telegraf. It reads this machine and knows no context:
// where the machine does not answer, Read leaves it behind.
type plugin struct{ telegraf.Input }

func (p plugin) read(_ context.Context, acc *accumulator) error { return p.Gather(acc) }

// newPlugin makes a plugin with defaults fit for a server.
func newPlugin(name string, warn func(text string)) (reader, error) {
	made := inputs.Inputs[name]()
	switch p := made.(type) {
	case *cpu.CPU:
		p.ReportActive = true
	case *disk.Disk:
		p.IgnoreFS = []string{"tmpfs", "devtmpfs", "devfs", "iso9660", "aufs", "squashfs", "nsfs", "ramfs"}
	}
	if f := reflect.ValueOf(made).Elem().FieldByName("Log"); f.IsValid() {
		f.Set(reflect.ValueOf(logger{warn}))
	}
	if p, ok := made.(telegraf.Initializer); ok {
		if err := p.Init(); err != nil {
			return nil, fmt.Errorf("preparing input %s: %w", name, err)
		}
	}
	return plugin{made}, nil
}
