package inputs

import (
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/influxdata/telegraf"

	"github.com/assay-sla/assay/slo"
)

func save(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// made makes an input that reads servers.
func made(t *testing.T, name string, s Settings) *Input {
	t.Helper()
	in, err := New(name, s, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// locked is an accumulator for plugins that call it from several goroutines.
type locked struct {
	telegraf.Accumulator
	mu sync.Mutex
}

func (l *locked) AddFields(m string, fields map[string]any, tags map[string]string, at ...time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Accumulator.AddFields(m, fields, tags, at...)
}

func (l *locked) AddError(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Accumulator.AddError(err)
}

// theirs is what Telegraf's plugin for the same server reads.
func theirs(t *testing.T, p telegraf.Input) []slo.Sample {
	t.Helper()
	acc := &accumulator{}
	if i, ok := p.(telegraf.Initializer); ok {
		if err := i.Init(); err != nil {
			t.Fatal(err)
		}
	}
	if s, ok := p.(telegraf.ServiceInput); ok {
		if err := s.Start(acc); err != nil {
			t.Fatal(err)
		}
		defer s.Stop()
	}
	if err := p.Gather(&locked{Accumulator: acc}); err != nil {
		t.Fatal(err)
	}
	if err := acc.err(); err != nil {
		t.Fatal(err)
	}
	return slices.Concat(acc.parts...)
}

// values has the samples by series.
func values(samples []slo.Sample) map[string]float64 {
	m := map[string]float64{}
	for _, s := range samples {
		var b strings.Builder
		b.WriteString(s.Name)
		for _, k := range slices.Sorted(maps.Keys(s.Labels)) {
			fmt.Fprintf(&b, " %s=%s", k, s.Labels[k])
		}
		m[b.String()] = s.Value
	}
	return m
}

// sameSeries reports series that only one of the two has, but for those of
// Telegraf's that begin with one of left.
func sameSeries(t *testing.T, ours, telegrafs map[string]float64, left ...string) {
	t.Helper()
	if len(ours) == 0 {
		t.Error("there are no series")
	}
	for name := range telegrafs {
		if _, ok := ours[name]; !ok && !slices.ContainsFunc(left, func(l string) bool { return strings.HasPrefix(name, l) }) {
			t.Errorf("Telegraf alone has %s", name)
		}
	}
	for name := range ours {
		if _, ok := telegrafs[name]; !ok {
			t.Errorf("Telegraf lacks %s", name)
		}
	}
}

// listen serves each connection with what answer writes, at the address
// that it returns.
func listen(t *testing.T, network, address string, answer func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { defer c.Close(); answer(c) })
		}
	})
	return l.Addr().String()
}

// socket is the path of a socket, short enough for the system.
func socket(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "assay-inputs-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}
