package collector

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/influxdata/telegraf"
	"github.com/influxdata/telegraf/config"
	"github.com/influxdata/telegraf/metric"
	_ "github.com/influxdata/telegraf/plugins/inputs/cpu"
	_ "github.com/influxdata/telegraf/plugins/inputs/disk"
	_ "github.com/influxdata/telegraf/plugins/inputs/diskio"
	_ "github.com/influxdata/telegraf/plugins/inputs/mem"
	_ "github.com/influxdata/telegraf/plugins/inputs/net"
	_ "github.com/influxdata/telegraf/plugins/inputs/processes"
	_ "github.com/influxdata/telegraf/plugins/inputs/swap"
	_ "github.com/influxdata/telegraf/plugins/inputs/system"
	_ "github.com/influxdata/telegraf/plugins/outputs/influxdb"
	_ "github.com/influxdata/telegraf/plugins/outputs/influxdb_v2"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// collected is what inputs of Telegraf give.
type collected struct {
	telegraf.Accumulator // nil; the methods below are all that these inputs call
	t                    *testing.T
	tags                 map[string]string // of every metric
	metrics              []telegraf.Metric
}

func (c *collected) add(name string, fields map[string]any, tags map[string]string) {
	m := metric.New(name, tags, fields, noon.Time())
	for k, v := range c.tags {
		m.AddTag(k, v)
	}
	c.metrics = append(c.metrics, m)
}

func (c *collected) AddFields(name string, fields map[string]any, tags map[string]string, _ ...time.Time) {
	c.add(name, fields, tags)
}

func (c *collected) AddGauge(name string, fields map[string]any, tags map[string]string, _ ...time.Time) {
	c.add(name, fields, tags)
}

func (c *collected) AddCounter(name string, fields map[string]any, tags map[string]string, _ ...time.Time) {
	c.add(name, fields, tags)
}

func (c *collected) AddError(err error) {
	if err != nil {
		c.t.Logf("an input of Telegraf: %v", err)
	}
}

// telegrafSample is configs/telegraf.conf as Telegraf itself reads it, with the
// collector's address for the one in the file. old is with the output that
// stands there as a comment.
func telegrafSample(t *testing.T, address string, old bool) *config.Config {
	t.Helper()
	file := filepath.Join("..", "configs", "telegraf.conf")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(b), "127.0.0.1:8420", address)
	if old {
		before, rest, _ := strings.Cut(text, "[[outputs.influxdb_v2]]")
		_, rest, _ = strings.Cut(rest, "# [[outputs.influxdb]]")
		block, after, found := strings.Cut(rest, "\n\n")
		if !found {
			t.Fatal("the older output is not in the file")
		}
		text = before + "[[outputs.influxdb]]" + strings.ReplaceAll(block, "\n#", "\n") + "\n\n" + after
	}
	c := config.NewConfig()
	if err := c.LoadConfigData([]byte(text), file); err != nil {
		t.Fatal(err)
	}
	if len(c.Outputs) != 1 {
		t.Fatalf("it has %d outputs", len(c.Outputs))
	}
	return c
}

// TestTelegraf has Telegraf's own inputs, serializer and outputs, configured by
// the sample, write to a collector that wants a token.
func TestTelegraf(t *testing.T) {
	for name, old := range map[string]bool{"influxdb_v2": false, "influxdb": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, worldCatalogue)
			line, secret := token(t, "telegraf", auth.Operator)
			w.config.Tokens = w.write("tokens.yaml", line)
			w.run()
			t.Setenv("ASSAY_TOKEN", secret)
			c := telegrafSample(t, w.c.Addr(), old)
			got := &collected{t: t, tags: map[string]string{"host": "web 1,=x"}}
			for _, in := range c.Inputs {
				if err := in.Init(); err != nil {
					t.Fatal(err)
				}
				for range 2 { // cpu tells differences
					if err := in.Input.Gather(got); err != nil {
						t.Errorf("%s: %v", in.Config.Name, err)
					}
				}
			}
			got.add("odd name", map[string]any{"text": "a \"b\"\n\\c", "on": true, "off": false, "n": uint64(18446744073709551615), "f": 1e-300},
				map[string]string{"path": `C:\dir`, "empty": "", "ünï": "é=,"})
			out := c.Outputs[0]
			if err := out.Init(); err != nil {
				t.Fatal(err)
			}
			if err := out.Output.Connect(); err != nil {
				t.Fatal(err)
			}
			defer out.Output.Close()
			if err := out.Output.Write(got.metrics); err != nil {
				t.Fatalf("writing %d metrics: %v", len(got.metrics), err)
			}
			for query, want := range map[string]float64{
				`count(mem_total{host="web 1,=x"})`:               1,
				`count(system_uptime{host="web 1,=x"})`:           1,
				`count(net_bytes_recv{host="web 1,=x"}) > bool 0`: 1,
				`count(processes_total)`:                          1,
				`odd_name_on{path="C:\\dir",host="web 1,=x"}`:     1,
				`odd_name_off{_n_="é=,"}`:                         0,
				`odd_name_n > bool 1.8e19`:                        1,
				`odd_name_f`:                                      1e-300,
				`count({__name__="odd_name_text"}) or vector(7)`:  7,
				`count({__name__=~"swap_.+"}) > bool 0`:           1,
			} {
				r, err := w.c.series.Query(t.Context(), query, noon)
				if err != nil {
					t.Fatal(err)
				}
				if len(r) != 1 || r[0].Points[0].Value != want {
					t.Errorf("%s is %+v, want %v", query, r, want)
				}
			}
		})
	}
}

// TestTelegrafIsTold: Telegraf drops what is refused for good, with the reason
// in its log, and keeps what is to be sent again.
func TestTelegrafIsTold(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	reader, viewer := token(t, "grafana", auth.Viewer)
	writer, operator := token(t, "telegraf", auth.Operator)
	w.config.Tokens = w.write("tokens.yaml", reader+writer)
	w.run()
	write := func(secret, name string, at slo.Instant) error {
		t.Setenv("ASSAY_TOKEN", secret)
		out := telegrafSample(t, w.c.Addr(), false).Outputs[0]
		if err := out.Init(); err != nil {
			t.Fatal(err)
		}
		if err := out.Output.Connect(); err != nil {
			t.Fatal(err)
		}
		defer out.Output.Close()
		return out.Output.Write([]telegraf.Metric{
			metric.New("good", nil, map[string]any{"x": 1}, noon.Time()), metric.New(name, nil, map[string]any{"success": 1}, at.Time()),
		})
	}
	for _, c := range []struct {
		secret, name string
		at           slo.Instant
		want         string
	}{
		{operator, "fine", noon, ""},
		{operator, "probe", noon, `metric "probe_success" is refused`},
		{operator, "fine", noon.Add(time.Hour), "line[2]"},
		{viewer, "fine", noon, "403"},
		{"assay_wrong", "fine", noon, "401"},
	} {
		err := write(c.secret, c.name, c.at)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s at %v: %v, want %q", c.name, c.at, err, c.want)
		}
	}
	if r, err := w.c.series.Query(t.Context(), `count(good_x)`, noon); err != nil || len(r) != 1 {
		t.Errorf("the good line is not there: %v, %v", r, err)
	}
	for _, path := range []string{"/influx/ping", "/influx/health"} {
		resp, err := http.Get("http://" + w.c.Addr() + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode >= 300 {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
}
