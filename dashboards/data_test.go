package dashboards_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/remote"
	"github.com/assay-sla/assay/collector/tsdb"
	"github.com/assay-sla/assay/slo"
)

const (
	span        = 2 * time.Hour
	figureEvery = 15 * time.Second
	probeEvery  = time.Minute
)

var (
	begin = slo.At(time.Date(2026, 10, 1, 10, 0, 0, 0, time.UTC))
	end   = begin.Add(span)
)

// The fleet: one probe of each way to write series, seen from two locations.
var (
	kinds = map[string]struct{ kind, target string }{
		"web":  {"http", "https://shop.example/"},
		"mail": {"tls", "mail.example:465"},
		"name": {"dns", "shop.example"},
		"ping": {"icmp", "192.0.2.1"},
	}
	agents = map[string]string{"eu-1": "eu", "us-1": "us"} // and their locations
)

// scene is a story that the series tell.
type scene struct {
	name string
	down func(slo.Instant) bool // of the service and of its web probe
	seen func(slo.Instant) bool // whether agents can measure
}

func scenes() []scene {
	never, always := func(slo.Instant) bool { return false }, func(slo.Instant) bool { return true }
	between := func(from, to time.Duration) func(slo.Instant) bool {
		return func(at slo.Instant) bool { return at >= begin.Add(from) && at < begin.Add(to) }
	}
	return []scene{
		{"healthy", never, always},
		{"outage that is over", between(30*time.Minute, 40*time.Minute), always},
		{"down now", between(110*time.Minute, span+time.Hour), always},
		{"nothing known", never, never},
	}
}

// tell writes the series of a scene into a store behind the Prometheus API,
// and returns its URL and the store.
func tell(t *testing.T, s scene) (string, *tsdb.Store) {
	t.Helper()
	store, err := tsdb.Open(t.TempDir(), tsdb.Options{Series: tsdb.All, Target: func(probe string) (string, string, bool) {
		k, ok := kinds[probe]
		return k.kind, k.target, ok
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if aside, err := store.Append(t.Context(), entries(s)); err != nil || len(aside) > 0 {
		t.Fatal(err, aside)
	}
	for at := begin; at <= end; at = at.Add(figureEvery) {
		if err := store.AppendSamples(t.Context(), at, figures(s, at)); err != nil {
			t.Fatal(err)
		}
	}
	api, err := remote.New(store, store.Foreign(), remote.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api.Read)
	t.Cleanup(server.Close)
	return server.URL + remote.DefaultPrefix, store
}

// entries are what the agents deliver: measurements, and readings of their
// machines.
func entries(s scene) []slo.Entry {
	var out []slo.Entry
	add := func(agent string, at slo.Instant, r slo.Record) {
		pos := uint64(len(out) + 1)
		r.ID = slo.ID{Agent: agent, Epoch: "e", Seq: pos}
		out = append(out, slo.Entry{Pos: pos, Received: at, Record: r})
	}
	for at := begin; at <= end; at = at.Add(probeEvery) {
		for agent, location := range agents {
			for probe := range kinds {
				add(agent, at, slo.Record{Measurement: measurement(s, probe, location, at)})
			}
			add(agent, at, slo.Record{Readings: &slo.Readings{Location: location, At: at, Samples: []slo.Sample{
				{Name: "cpu_usage_idle", Labels: map[string]string{"cpu": "cpu-total"}, Value: 93},
				{Name: "mem_used_percent", Value: 41},
				{Name: "disk_used_percent", Labels: map[string]string{"path": "/"}, Value: 70},
			}}})
		}
	}
	return out
}

func measurement(s scene, probe, location string, at slo.Instant) *slo.Measurement {
	m := &slo.Measurement{
		Probe: probe, Location: location, At: at, Outcome: slo.Up, Latency: 120 * time.Millisecond, Status: 200,
		Phases:     slo.Phases{Resolve: time.Millisecond, Connect: 9 * time.Millisecond, TLS: 20 * time.Millisecond, FirstByte: 80 * time.Millisecond, Transfer: 10 * time.Millisecond},
		CertExpiry: at.Add(40 * 24 * time.Hour),
	}
	switch {
	case !s.seen(at):
		m.Outcome, m.Reason = slo.Unknown, slo.AgentUplink
	case probe == "web" && s.down(at):
		m.Outcome, m.Reason, m.Status = slo.Down, slo.StatusUnexpected, 503
	}
	return m
}

// figures are the collector's own series at an instant: those of
// dashboards.Series, with two objectives of one agreement and a service that
// nobody promised anything about.
func figures(s scene, at slo.Instant) []slo.Sample {
	var out []slo.Sample
	add := func(name string, value float64, pairs ...string) {
		labels := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			labels[pairs[i]] = pairs[i+1]
		}
		out = append(out, slo.Sample{Name: name, Labels: labels, Value: value})
	}
	state, open := 1.0, 0.0
	switch {
	case !s.seen(at):
		state = -1
	case s.down(at):
		state, open = 0, 1
	}
	for _, service := range []string{"shop", "intranet"} {
		add("assay_service_state", state, "service", service)
		add("assay_incidents_open", open, "service", service)
		add("assay_change_under_way", 1, "change", "c-1", "kind", "release", "major", "false", "service", service, "summary", "1.4.0")
		add("assay_drill_under_way", 1, "drill", "restore", "kind", "restore", "plan", "site-loss", "service", service)
		for probe := range kinds {
			add("assay_service_probe", 1, "service", service, "probe", probe)
		}
	}
	for _, objective := range []string{"month", "today"} {
		of := func(name string, value float64, more ...string) {
			add("assay_objective_"+name, value, append([]string{"agreement", "gold", "objective", objective, "service", "shop"}, more...)...)
		}
		of("availability_ratio", 0.9991)
		of("best_ratio", 0.9995)
		of("worst_ratio", 0.99)
		of("coverage_ratio", 0.991)
		of("target_ratio", 0.999)
		of("agreed", 1)
		of("recent_coverage_ratio", 0.991)
		of("met", state)
		of("long_outages", 1)
		of("requests_good", 998_500)
		of("requests_bad", 1_500)
		of("requests_budget", 2_000)
		of("exempt_seconds", 60)
		of("down_seconds", 120)
		of("unknown_seconds", 30)
		of("budget_seconds", 2592)
		of("budget_used_seconds", 120)
		of("credit_ratio", 0)
		for _, w := range []string{"5m", "30m", "1h", "2h", "6h", "1d", "3d"} {
			of("burn_rate", 0.4, "window", w)
		}
	}
	for name, value := range map[string]float64{"used": 1.7e12, "limit": 2e12, "expected_seconds": 2.5e6, "early_seconds": 2e6} {
		add("assay_resource_"+name, value, "resource", "shop-disk", "series", "host=db1", "service", "shop")
	}
	operations(add)
	for agent, location := range agents {
		add("assay_agent_up", 1, "agent", agent, "location", location)
		add("assay_agent_clock_offset_seconds", 0.012, "agent", agent, "location", location)
		add("assay_agent_queue_oldest_age_seconds", 4, "agent", agent, "location", location)
		add("assay_agent_room_probes", 900, "agent", agent, "location", location)
		add("assay_agent_queue_records", 3, "agent", agent, "location", location)
	}
	return out
}

// operations are the figures of what people work on.
func operations(add func(name string, value float64, pairs ...string)) {
	for _, service := range []string{"", "shop"} {
		n := float64(len(service)) / 4
		add("assay_incidents", 2*n, "name", "Alert of another system", "priority", "2", "service", service, "trigger", "foreign_alert")
		for _, state := range []string{"proposed", "open", "known_error", "fixed", "closed", "rejected"} {
			add("assay_problems", n, "service", service, "state", state)
		}
	}
	for _, clock := range []string{"response", "restoration"} {
		add("assay_incidents_past_target", 1, "clock", clock)
		add("assay_incident_target_seconds", -60, "agreement", "gold", "clock", clock, "incident", "shop-20261001T110000.000Z", "priority", "2", "service", "shop")
	}
	for n, outcome := range []string{"failed", "succeeded", "unsettled", "pending"} {
		add("assay_changes", float64(n+1), "kind", "release", "outcome", outcome)
		add("assay_service_changes", float64(n+1), "outcome", outcome, "service", "shop")
	}
	add("assay_change_failure_ratio", 1./6, "bound", "known")
	add("assay_change_failure_ratio", 4./6, "bound", "worst")
	for name, value := range map[string]float64{
		"drill_passed": 1, "passed_age_seconds": 8e6, "rpo_seconds": 40, "rpo_target_seconds": 300, "rto_seconds": 240, "rto_target_seconds": 600,
		"test_due_seconds": -3600, "test_late": 1,
	} {
		add("assay_plan_"+name, value, "plan", "site-loss")
	}
	for name, value := range map[string]float64{"received": 120, "completed": 118, "in_target": 111, "mean_seconds": 3600} {
		add("assay_service_requests_"+name, value, "agreement", "gold", "month", "2026-10", "service", "shop")
	}
}
