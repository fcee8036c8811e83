package inputs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/influxdata/telegraf"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// TestThisMachine reads this machine by every input, twice since some tell
// differences only. What they give is what the protocol takes.
func TestThisMachine(t *testing.T) {
	wants := map[string][]string{
		"cpu":       {"cpu_usage_idle", "cpu_usage_active"},
		"disk":      {"disk_used_percent", "disk_free"},
		"diskio":    nil, // a container may have no device
		"mem":       {"mem_available", "mem_total"},
		"net":       {"net_bytes_recv"},
		"processes": {"processes_total", "processes_running"},
		"swap":      {"swap_total", "swap_used_percent"},
		"system":    {"system_load1", "system_uptime", "system_n_cpus"},
	}
	for _, name := range Names() {
		if Serves(name) {
			continue // it has tests of its own
		}
		in, err := New(name, Settings{}, func(text string) { t.Logf("%s warns: %s", name, text) })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Read(t.Context()); err != nil {
			t.Errorf("reading %s: %v", name, err)
		}
		time.Sleep(20 * time.Millisecond) // the kernel counts cpu time in ticks of 10 ms
		samples, err := all(t, in)
		if err != nil {
			t.Errorf("reading %s again: %v", name, err)
		}
		have := map[string]bool{}
		for _, s := range samples {
			have[s.Name] = true
		}
		for _, want := range wants[name] {
			if !have[want] {
				t.Errorf("%s lacks %s; it has %v", name, want, slices.Sorted(maps.Keys(have)))
			}
		}
	}
}

func TestCPUNames(t *testing.T) {
	in, err := New("cpu", Settings{}, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = in.Read(t.Context()) // the first has nothing to compare with
	time.Sleep(20 * time.Millisecond)
	samples, err := all(t, in)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(samples, func(s slo.Sample) bool {
		return s.Name == "cpu_usage_idle" && cmp.Equal(s.Labels, map[string]string{"cpu": "cpu-total"}) && s.Value > -0.1 && s.Value < 100.1 // it rounds
	}) {
		t.Errorf(`there is no cpu_usage_idle{cpu="cpu-total"} among %v`, samples)
	}
}

func TestNoSuchInput(t *testing.T) {
	if _, err := New("gpu", Settings{}, func(string) {}); err == nil {
		t.Error("no error")
	}
}

// fake is a reader that does what a test tells it to.
type fake func(telegraf.Accumulator) error

func (f fake) read(_ context.Context, acc *accumulator) error { return f(acc) }

// all reads an input and gives its parts as one, each of which fits a record.
func all(t *testing.T, in *Input) ([]slo.Sample, error) {
	t.Helper()
	parts, err := in.Read(t.Context())
	for _, p := range parts {
		if _, err := push.EncodeRecord(slo.Record{Readings: &slo.Readings{Location: "eu", Samples: p}}); err != nil || len(p) == 0 {
			t.Errorf("a part of %d samples: %v", len(p), err)
		}
	}
	return slices.Concat(parts...), err
}

func TestNamesAndValues(t *testing.T) {
	in := &Input{name: "fake", reader: fake(func(acc telegraf.Accumulator) error {
		acc.AddGauge("my disk", map[string]any{"used-percent": 1.5, "bad": math.NaN(), "worse": math.Inf(1), "text": "x", "on": true, "n": uint64(7)},
			map[string]string{"mount point": "/a\x1b[31m", "__name__": "evil", "empty": "", "a:b": "c"})
		acc.AddCounter("probe", map[string]any{"success": 1}, nil)
		acc.AddFields("assay", map[string]any{"agents": 1}, nil)
		acc.AddFields("2nd", map[string]any{"x": int32(-1)}, nil)
		acc.AddSummary("ns:s", map[string]any{"f": float32(0.5)}, nil)
		acc.AddHistogram("disk", map[string]any{"free": int64(1)}, map[string]string{"fstype": "overlay", "path": "/var/lib/c"})
		acc.AddHistogram("disk", map[string]any{"free": uint32(1)}, map[string]string{"fstype": "overlay", "path": "/"})
		acc.AddFields("empty", map[string]any{"": 1}, nil)
		acc.AddFields(strings.Repeat("x", 300), map[string]any{"y": 1}, nil)
		return nil
	})}
	got, err := all(t, in)
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{"mount_point": "/a [31m", "a_b": "c"}
	want := []slo.Sample{
		{Name: "my_disk_n", Labels: labels, Value: 7},
		{Name: "my_disk_on", Labels: labels, Value: 1},
		{Name: "my_disk_used_percent", Labels: labels, Value: 1.5},
		{Name: "_2nd_x", Labels: map[string]string{}, Value: -1},
		{Name: "ns:s_f", Labels: map[string]string{}, Value: 0.5},
		{Name: "disk_free", Labels: map[string]string{"fstype": "overlay", "path": "/"}, Value: 1},
		{Name: "empty_", Labels: map[string]string{}, Value: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
}

func TestTooMuch(t *testing.T) {
	many := &Input{name: "fake", reader: fake(func(acc telegraf.Accumulator) error {
		for i := range MaxSamples*maxParts + 1 {
			acc.AddFields("m", map[string]any{fmt.Sprintf("f%d", i): i}, nil)
		}
		return nil
	})}
	if got, err := all(t, many); len(got) != MaxSamples*maxParts || err == nil || !strings.Contains(err.Error(), "1 numbers beyond the first 16000") {
		t.Errorf("%d samples, %v", len(got), err)
	}
	in := &Input{name: "fake", reader: fake(func(acc telegraf.Accumulator) error {
		for i := range 2000 {
			tags := map[string]string{}
			for j := range 40 {
				tags[fmt.Sprintf("label%d", j)] = strings.Repeat("é", 500)
			}
			acc.AddFields("m", map[string]any{fmt.Sprintf("f%d", i): i}, tags)
			acc.AddError(errors.New("trouble"))
		}
		return nil
	})}
	got, err := all(t, in)
	if len(got) < 10*maxParts {
		t.Errorf("%d samples", len(got))
	}
	if err == nil || len(err.Error()) > 1000 {
		t.Errorf("the error is %v", err)
	}
	if n := len(got[0].Labels); n != maxLabels {
		t.Errorf("%d labels", n)
	}
	for _, v := range got[0].Labels {
		if len(v) > maxValue {
			t.Errorf("a label's value has %d bytes", len(v))
		}
	}
}

// TestAReadingThatHangs is left behind; no other begins before it ends.
func TestAReadingThatHangs(t *testing.T) {
	release, ended := make(chan struct{}), make(chan struct{})
	in := &Input{name: "fake"}
	in.reader = fake(func(telegraf.Accumulator) error {
		<-release
		close(ended)
		return nil
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := in.Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a reading that hangs ends with %v", err)
	}
	if _, err := in.Read(t.Context()); !errors.Is(err, errBusy) {
		t.Errorf("the next one ends with %v", err)
	}
	close(release)
	<-ended
	in.reader = fake(func(telegraf.Accumulator) error { return nil })
	for { // the flag falls just after the end
		if _, err := in.Read(t.Context()); err == nil {
			break
		} else if !errors.Is(err, errBusy) {
			t.Fatal(err)
		}
	}
}

func TestAPluginThatPanics(t *testing.T) {
	in := &Input{name: "fake", reader: fake(func(telegraf.Accumulator) error { panic("boom") })}
	if _, err := in.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("it ends with %v", err)
	}
}

func TestWarningsAreClean(t *testing.T) {
	var said []string
	l := logger{func(text string) { said = append(said, text) }}
	l.Warnf("bad %s", "\x1b[31mthing\n")
	l.Error(strings.Repeat("x", 5000))
	l.Debug("nothing")
	l.Infof("nothing")
	if len(said) != 2 || said[0] != "bad  [31mthing " || len(said[1]) != 500 {
		t.Errorf("said %q", said)
	}
}
