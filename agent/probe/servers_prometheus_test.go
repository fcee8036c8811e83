package probe

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/internal/testservers"
	"github.com/assay-sla/assay/slo"
)

// TestPrometheus counts the requests of a Prometheus of Debian's that holds a
// quarter of an hour of a service with 10 requests a second, of which 1 in 10 is
// bad for five minutes, and which is not scraped in the last five.
func TestPrometheus(t *testing.T) {
	base, from := prometheus(t)
	s := &slo.PromQL{
		URL: base, Delay: 15 * time.Second,
		Total: `sum(increase(requests_total{job=~"sho.$$"}[${window}]))`,
		Bad:   `sum(increase(requests_total{job="shop", code="500"}[${window}]))`,
	}
	env := newEnv(t, Options{})
	count := func(s *slo.PromQL, minute int) slo.Measurement {
		p, err := New(slo.Probe{Name: "shop", Every: time.Minute, Timeout: 10 * time.Second, Spec: s}, env)
		if err != nil {
			t.Fatal(err)
		}
		return p.Run(t.Context(), from.Add(time.Duration(minute)*time.Minute+20*time.Second), nil)
	}
	for minute, bad := range map[int]int64{3: 0, 8: 60_000} {
		m := count(s, minute)
		want(t, m, slo.Up, "")
		to := from.Add(time.Duration(minute) * time.Minute)
		if d := cmp.Diff(&slo.Requests{Interval: slo.Interval{From: to.Add(-time.Minute), To: to}, Good: 600_000 - bad, Total: 600_000}, m.Requests); d != "" {
			t.Errorf("minute %d:\n%s", minute, d)
		}
	}
	want(t, count(s, 14), slo.Unknown, slo.CountMissing)
	wrong := *s
	wrong.Total = "sum(increase(requests_total[${window}])"
	want(t, count(&wrong, 3), slo.Unknown, slo.StatusUnexpected)
	if m := count(&wrong, 3); !strings.Contains(m.Evidence, "parse error") {
		t.Errorf("evidence %q", m.Evidence)
	}
	wrong.Total = "increase(requests_total[${window}])"
	want(t, count(&wrong, 3), slo.Unknown, slo.CountInvalid)
}

// prometheus serves a quarter of an hour of requests, and says where, and from
// when on they are.
func prometheus(t *testing.T) (base string, from slo.Instant) {
	t.Helper()
	program, tool := testservers.Program(t, "prometheus", "prometheus"), testservers.Program(t, "promtool", "prometheus")
	from = slo.At(time.Now().Add(-time.Hour).Truncate(time.Minute))
	dir := t.TempDir()
	var text strings.Builder
	text.WriteString("# TYPE requests counter\n")
	for _, code := range []string{"200", "500"} {
		for s := 0; s <= 600; s += 15 {
			bad := max(0, s-300)
			n := map[string]int{"200": 10*s - bad, "500": bad}[code]
			fmt.Fprintf(&text, "requests_total{job=\"shop\",code=%q} %d %d\n", code, n, int64(from)/1000+int64(s))
		}
	}
	text.WriteString("# EOF\n")
	samples, config := filepath.Join(dir, "samples"), filepath.Join(dir, "prometheus.yml")
	save(t, samples, text.String())
	save(t, config, "global: {}\n")
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(tool, "tsdb", "create-blocks-from", "openmetrics", samples, data).CombinedOutput(); err != nil {
		t.Fatalf("promtool: %v: %s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	testservers.DaemonUntil(t, nil, func() error {
		resp, err := http.Get("http://" + address + "/-/ready")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("ready says %s", resp.Status)
		}
		return nil
	}, program, "--config.file="+config, "--storage.tsdb.path="+data, "--web.listen-address="+address)
	return "http://" + address, from
}
