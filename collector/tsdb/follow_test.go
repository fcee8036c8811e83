package tsdb

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/value"
	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

// dump is every series that the query selects, one a line, sorted.
func dump(t testing.TB, s *Store, expr string, at slo.Instant) string {
	t.Helper()
	r, err := s.Query(t.Context(), expr, at)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, x := range r {
		var ls []string
		for _, k := range slices.Sorted(maps.Keys(x.Labels)) {
			if k != "__name__" {
				ls = append(ls, fmt.Sprintf("%s=%q", k, x.Labels[k]))
			}
		}
		lines = append(lines, fmt.Sprintf("%s{%s} %v\n", x.Labels["__name__"], strings.Join(ls, ","), x.Points[0].Value))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// oneOfEachKind has every field set.
func oneOfEachKind() []slo.Entry {
	var out []slo.Entry
	for i, kind := range slo.Kinds() {
		e := measured(uint64(i+1), t0, slo.Up)
		m := e.Measurement
		m.Probe = kind + "-x"
		m.Phases = slo.Phases{Resolve: time.Millisecond, Connect: 2 * time.Millisecond, TLS: 3 * time.Millisecond,
			FirstByte: 4 * time.Millisecond, Transfer: 5 * time.Millisecond}
		switch kind {
		case "http":
			m.Status, m.CertExpiry = 200, t0.Add(240*time.Hour)
		case "icmp":
			m.Phases = slo.Phases{Resolve: time.Millisecond}
		case "tls":
			m.CertExpiry = t0.Add(240 * time.Hour)
		case "dns":
			m.Outcome, m.Status = slo.Down, 3
		}
		out = append(out, e)
	}
	return out
}

func TestSeriesOfEachKind(t *testing.T) {
	for _, d := range []Detail{Essential, All} {
		s := open(t, t.TempDir(), Options{Series: d})
		mustAppend(t, s, oneOfEachKind()...)
		golden(t, "series_"+d.String()+".golden", dump(t, s, `{job="assay"}`, t0))
	}
}

func TestRoundTripNeedsAReply(t *testing.T) {
	s := open(t, t.TempDir(), Options{Series: All})
	for i, c := range []struct {
		outcome slo.State
		reason  slo.Reason
		want    string
	}{{slo.Up, "", "0.12"}, {slo.Down, slo.PacketLoss, "0.12"}, {slo.Down, slo.NoReply, "0"}} {
		e := measured(uint64(i+1), t0.Add(time.Duration(i)*time.Second), c.outcome)
		e.Measurement.Probe, e.Measurement.Reason = "icmp-x", c.reason
		mustAppend(t, s, e)
		expect(t, s, `probe_icmp_duration_seconds{phase="rtt"}`, e.At(), c.want)
	}
}

func TestEverySeriesIsDescribed(t *testing.T) {
	s := open(t, t.TempDir(), Options{Families: []Family{{Name: "assay_objective", Type: "gauge", Help: "x"}}})
	for m := range metrics {
		if f := s.Metadata()[metricName[m].name]; f.Help == "" || f.Type == "" {
			t.Errorf("%s has no description", metricName[m].name)
		}
	}
	if s.Metadata()["assay_objective"].Help != "x" {
		t.Error("the collector's own family is not described")
	}
}

// TestUnknownIsNeitherUpNorDown: what was up before does not go on as up.
func TestUnknownIsNeitherUpNorDown(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	silent := measured(2, t0.Add(10*time.Second), slo.Unknown)
	silent.Measurement.Latency = 0
	mustAppend(t, s, measured(1, t0, slo.Up), silent, measured(3, t0.Add(20*time.Second), slo.Down))
	for _, c := range []struct {
		after            time.Duration
		success, outcome string
	}{
		{0, "1", "1"}, {9 * time.Second, "1", "1"}, {10 * time.Second, "none", "-1"},
		{19 * time.Second, "none", "-1"}, {20 * time.Second, "0", "0"},
	} {
		expect(t, s, "probe_success", t0.Add(c.after), c.success)
		expect(t, s, "assay_probe_outcome", t0.Add(c.after), c.outcome)
	}
	at := t0.Add(30 * time.Second)
	expect(t, s, "count_over_time(probe_success[1m])", at, "2")
	expect(t, s, "avg_over_time(probe_success[1m])", at, "0.5")
	expect(t, s, "count_over_time(probe_duration_seconds[1m])", at, "2")
}

// TestRequestsAreSeries: what was counted is there for graphs, when it was.
func TestRequestsAreSeries(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	e := measured(1, t0, slo.Up)
	e.Measurement.Requests = &slo.Requests{Interval: slo.Interval{From: t0 - 120_000, To: t0 - 60_000}, Good: 998_500, Total: 1_000_000}
	mustAppend(t, s, e, measured(2, t0.Add(10*time.Second), slo.Up))
	expect(t, s, "assay_probe_requests", t0, "1000")
	expect(t, s, "assay_probe_requests_good", t0, "998.5")
	expect(t, s, "count_over_time(assay_probe_requests[1m])", t0.Add(30*time.Second), "1")
}

func TestLateRepeatedOldAndFuture(t *testing.T) {
	s := open(t, t.TempDir(), Options{QueueAge: 6 * time.Hour, OutOfOrderWindow: 8 * time.Hour})
	hour := func(h float64) slo.Instant { return t0.Add(time.Duration(h * float64(time.Hour))) }

	mustAppend(t, s, measured(1, hour(0), slo.Up))
	late := measured(2, hour(-6), slo.Down)
	late.Received = hour(0)
	old := measured(3, hour(-9), slo.Down)
	old.Received = hour(0)
	future := measured(4, hour(24*365), slo.Up)
	future.Received = hour(0)
	contrary := measured(5, hour(0), slo.Down)
	gone := measured(6, hour(0), slo.Up)
	gone.Measurement.Probe = "deleted"
	gap := slo.Entry{Pos: 7, Received: hour(0), Record: slo.Record{ID: slo.ID{Agent: "eu-1"}, Gap: &slo.Gap{At: hour(0)}}}
	mustAppend(t, s, late, old, future, contrary, gone, gap, measured(1, hour(0), slo.Up), late)
	mustAppend(t, s, measured(8, hour(0.5), slo.Up)) // the year ahead did not poison it

	expect(t, s, "probe_success", hour(-6), "0")
	expect(t, s, "probe_success", hour(-9), "none")
	expect(t, s, "probe_success", hour(0), "1")
	expect(t, s, "probe_success", hour(0.5), "1")
	expect(t, s, "probe_success", hour(24*365), "none")
	expect(t, s, "count_over_time(probe_success[12h])", hour(1), "3")
	want := map[string]int{"written": 5, "too_old": 1, "quarantined": 1, "duplicate": 1, "unknown_probe": 1}
	if d := gocmp.Diff(want, counts(t, s)); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
}

func TestSetAside(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	reading := func(name string, l map[string]string) slo.Entry {
		return slo.Entry{Received: t0, Record: slo.Record{ID: slo.ID{Agent: "eu-1"}, Readings: &slo.Readings{
			Location: "eu", At: t0, Samples: []slo.Sample{{Name: "fine"}, {Name: name, Labels: l}},
		}}}
	}
	many := map[string]string{}
	for i := range maxLabels + 1 {
		many[fmt.Sprintf("l%d", i)] = "x"
	}
	broken := measured(0, t0, slo.Up)
	broken.Measurement.Location = "\xff"
	outcome := measured(0, t0, 9)
	ancient := measured(0, slo.MinInstant-1, slo.Up)
	cases := []struct {
		entry slo.Entry
		want  string
	}{
		{slo.Entry{Received: t0}, "neither a measurement"},
		{broken, "cannot be a label's value"},
		{outcome, "is not an outcome"},
		{ancient, "outside the years"},
		{reading("probe_success", nil), `"probe_success" is refused`},
		{reading("assay_probe_outcome", nil), "is refused"},
		{reading("no name", nil), "not a metric name"},
		{reading("x", map[string]string{"__name__": "probe_success"}), "not a label's name"},
		{reading("x", map[string]string{"a-b": ""}), "not a label's name"},
		{reading("x", map[string]string{"a": "\xff"}), "not UTF-8"},
		{reading("x", map[string]string{"a": strings.Repeat("x", maxLabelBytes+1)}), "not UTF-8 of at most"},
		{reading("x", many), "more than 64"},
	}
	var entries []slo.Entry
	for i, c := range cases {
		c.entry.Pos = uint64(i + 1)
		entries = append(entries, c.entry)
	}
	entries = append(entries, measured(uint64(len(cases)+1), t0, slo.Up))
	aside, err := s.Append(t.Context(), entries)
	if err != nil || len(aside) != len(cases) {
		t.Fatalf("%d of %d set aside, %v", len(aside), len(cases), err)
	}
	for i, a := range aside {
		if a.Entry.Pos != uint64(i+1) || !strings.Contains(a.Err.Error(), cases[i].want) {
			t.Errorf("entry %d: %v, want %q", a.Entry.Pos, a.Err, cases[i].want)
		}
	}
	expect(t, s, "fine", t0, "none") // all of a record or nothing
	expect(t, s, "probe_success", t0, "1")
	if n := counts(t, s)["set_aside"]; n != len(cases) {
		t.Errorf("%d counted as set aside", n)
	}
}

func TestReadings(t *testing.T) {
	s := open(t, t.TempDir(), Options{MaxSeries: 3})
	e := func(pos uint64, at slo.Instant, samples ...slo.Sample) slo.Entry {
		return slo.Entry{Pos: pos, Received: at, Record: slo.Record{ID: slo.ID{Agent: "eu-1"},
			Readings: &slo.Readings{Location: "eu", At: at, Samples: samples}}}
	}
	lie := map[string]string{"agent": "other", "location": "other", "core": "0", "empty": ""}
	mustAppend(t, s, e(1, t0, slo.Sample{Name: "cpu", Labels: lie, Value: 0.5}, slo.Sample{Name: "a"}, slo.Sample{Name: "b"}))
	mustAppend(t, s, e(2, t0.Add(time.Second), slo.Sample{Name: "a", Value: 7}, slo.Sample{Name: "c"}))
	mustAppend(t, s, measured(3, t0.Add(time.Second), slo.Up)) // never short of room

	if got := dump(t, s, "cpu", t0); got != `cpu{agent="eu-1",core="0",location="eu"} 0.5`+"\n" {
		t.Error(got)
	}
	at := t0.Add(time.Second)
	expect(t, s, "a", at, "7")
	expect(t, s, "c", at, "none")
	expect(t, s, "probe_success", at, "1")
	if d := gocmp.Diff(map[string]int{"written": 2, "too_many_series": 1}, counts(t, s)); d != "" {
		t.Error(d)
	}
}

func TestOwnSamples(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	own := []slo.Sample{{Name: "assay_objective_availability", Labels: map[string]string{"agreement": "gold"}, Value: 0.999}}
	for range 2 { // a repeat is harmless
		if err := s.AppendSamples(t.Context(), t0, own); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, s, `assay_objective_availability{agreement="gold"}`, t0, "0.999")
	for _, bad := range []slo.Sample{{Name: "probe_success"}, {Name: "up"}, {Name: "assay_x", Labels: map[string]string{"": ""}}} {
		if err := s.AppendSamples(t.Context(), t0, []slo.Sample{{Name: "assay_y"}, bad}); err == nil {
			t.Errorf("%v was written", bad)
		}
	}
	expect(t, s, "assay_y", t0, "none")
}

func TestTargetThatChanges(t *testing.T) {
	target := "https://old.example/"
	s := open(t, t.TempDir(), Options{Target: func(string) (string, string, bool) { return "http", target, true }})
	mustAppend(t, s, measured(1, t0, slo.Up))
	target = "https://new.example/"
	mustAppend(t, s, measured(2, t0.Add(10*time.Minute), slo.Up))
	expect(t, s, `probe_success{instance="https://old.example/"}`, t0, "1")
	expect(t, s, `probe_success{instance="https://new.example/"}`, t0, "none")
	expect(t, s, `probe_success{instance="https://new.example/"}`, t0.Add(10*time.Minute), "1")
}

func TestCacheStartsAnewAtItsBound(t *testing.T) {
	c := newSeriesCache(3)
	for i, want := range []int{1, 2, 3, 1, 2} {
		if _, err := c.get(source{fmt.Sprint(i), "l", "a"}, "http", "t"); err != nil {
			t.Fatal(err)
		}
		if len(c.bySource) != want {
			t.Errorf("after %d: %d sources are remembered, want %d", i, len(c.bySource), want)
		}
	}
}

// TestAgainstModel appends measurements late, repeated and reordered, and
// holds PromQL's answers against a plain map.
func TestAgainstModel(t *testing.T) {
	s := open(t, t.TempDir(), Options{QueueAge: 6 * time.Hour})
	mustAppend(t, s, measured(1, t0, slo.Up)) // the newest sample of all
	run, pos := 0, uint64(1)
	rapid.Check(t, func(rt *rapid.T) {
		run++
		probe := fmt.Sprintf("http-%d", run)
		model := map[slo.Instant]slo.State{}
		batches := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) slo.Entry {
			ago := rapid.IntRange(0, 6*3600).Draw(rt, "ago")
			state := slo.State(rapid.IntRange(0, 2).Draw(rt, "state"))
			e := measured(0, t0.Add(-time.Duration(ago)*time.Second), state)
			e.Measurement.Probe, e.Received = probe, t0
			return e
		}), 1, 30), 1, 5).Draw(rt, "batches")
		for _, b := range batches {
			var entries []slo.Entry
			for _, e := range b {
				if seen, ok := model[e.At()]; ok { // an instant has one outcome
					e.Measurement.Outcome = seen
				}
				model[e.At()] = e.Measurement.Outcome
				pos++
				e.Pos = pos
				entries = append(entries, e)
			}
			mustAppend(t, s, append(entries, entries[0])...)
		}
		var ups, downs int
		for _, st := range model {
			switch st {
			case slo.Up:
				ups++
			case slo.Down:
				downs++
			}
		}
		want := "none"
		if ups+downs > 0 {
			want = fmt.Sprint(ups + downs)
		}
		sel := fmt.Sprintf("{probe=%q}[7h]", probe)
		if got := answer(t, s, "count_over_time(probe_success"+sel+")", t0); got != want {
			rt.Fatalf("%s samples of success, want %s", got, want)
		}
		if ups+downs > 0 {
			if got := answer(t, s, "sum_over_time(probe_success"+sel+")", t0); got != fmt.Sprint(ups) {
				rt.Fatalf("%s ups, want %d", got, ups)
			}
		}
		if got := answer(t, s, "count_over_time(assay_probe_outcome"+sel+")", t0); got != fmt.Sprint(len(model)) {
			rt.Fatalf("%s outcomes, want %d", got, len(model))
		}
		last := slices.MaxFunc(slices.Collect(maps.Keys(model)), cmp.Compare[slo.Instant])
		outcome := map[slo.State]string{slo.Up: "1", slo.Down: "0", slo.Unknown: "-1"}[model[last]]
		if got := answer(t, s, fmt.Sprintf("assay_probe_outcome{probe=%q} @ %d.%03d", probe, last/1000, last%1000), t0); got != outcome {
			rt.Fatalf("last outcome is %s, want %s", got, outcome)
		}
	})
}

func TestQueries(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	for i := range 6 {
		mustAppend(t, s, measured(uint64(i+1), t0.Add(time.Duration(i)*10*time.Second), slo.State(1+i%2)))
	}
	r, err := s.QueryRange(t.Context(), "sum by (probe) (probe_success)", t0, t0.Add(20*time.Second), 10*time.Second)
	want := []Series{{map[string]string{"probe": "http-web"},
		[]Point{{t0, 1}, {t0.Add(10 * time.Second), 0}, {t0.Add(20 * time.Second), 1}}}}
	if d := gocmp.Diff(want, r); d != "" || err != nil {
		t.Error(err, d)
	}
	expect(t, s, "vector(3)", t0, "3")
	expect(t, s, "4", t0, "4")
	expect(t, s, "1 / 0", t0, "+Inf")
	expect(t, s, "probe_success offset -10s", t0, "0")
	expect(t, s, fmt.Sprintf("probe_success @ %d", t0/1000), t0.Add(time.Hour), "1")
	for expr, want := range map[string]string{"sum(": "parse error", `"text"`: "is a string", "nosuch(1)": "unknown function"} {
		if _, err := s.Query(t.Context(), expr, t0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", expr, err, want)
		}
	}
	for _, c := range []struct {
		to   slo.Instant
		step time.Duration
	}{{t0, 0}, {t0 - 1, time.Second}, {t0.Add(11_000 * time.Second), time.Second}} {
		if _, err := s.QueryRange(t.Context(), "1", t0, c.to, c.step); err == nil {
			t.Errorf("a range to %s by %s was taken", c.to, c.step)
		}
	}
	bounded := open(t, t.TempDir(), Options{Query: QueryLimits{Samples: 1}})
	mustAppend(t, bounded, measured(1, t0, slo.Up), measured(2, t0.Add(time.Second), slo.Up))
	if _, err := bounded.Query(t.Context(), "probe_success[1m]", t0.Add(time.Second)); err == nil {
		t.Error("a query beyond the sample bound was answered")
	}
	if math.Float64bits(stale) != value.StaleNaN {
		t.Error("the stale marker is not Prometheus' own")
	}
}

// copyDir is what a killed process leaves behind. keep, where it is not nil,
// is how long each log segment was when it was last synced: the rest is lost.
func copyDir(t *testing.T, from string, keep map[string]int64) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	for name := range sizes(t, to) {
		if keep == nil {
			break
		}
		if err := os.Truncate(filepath.Join(to, name), keep[name]); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// sizes are the log segments of a store.
func sizes(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	m := map[string]int64{}
	for _, log := range []string{"wal", "wbl"} {
		es, err := os.ReadDir(filepath.Join(dir, log))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range es {
			i, err := e.Info()
			if err != nil {
				t.Fatal(err)
			}
			if !e.IsDir() {
				m[filepath.Join(log, e.Name())] = i.Size()
			}
		}
	}
	return m
}

// minutes are entries one minute apart, every third six hours late.
func minutes(from, to uint64) []slo.Entry {
	var out []slo.Entry
	for pos := from; pos <= to; pos++ {
		at := t0.Add(time.Duration(pos) * time.Minute)
		if pos%3 == 0 {
			at = at.Add(-6 * time.Hour)
		}
		e := measured(pos, at, slo.State(1+pos%2))
		e.Received = t0.Add(time.Duration(pos) * time.Minute)
		out = append(out, e)
	}
	return out
}

func TestRestart(t *testing.T) {
	const all = "count_over_time(probe_success[1d])"
	dir := t.TempDir()
	s := open(t, dir, Options{})
	if s.Next() != 1 {
		t.Fatalf("a new store begins at %d", s.Next())
	}
	mustAppend(t, s, minutes(1, 60)...)
	if s.Next() != 1 {
		t.Errorf("%d is said to be durable before it is", s.Next()-1)
	}
	if err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	synced := sizes(t, dir)
	mustAppend(t, s, minutes(61, 90)...)
	end := t0.Add(2 * time.Hour)
	expect(t, s, all, end, "90")
	truth := dump(t, s, "sum_over_time(probe_success[1d])", end)

	for name, left := range map[string]struct {
		dir   string
		found string
	}{
		"killed":     {copyDir(t, dir, nil), "90"},
		"power lost": {copyDir(t, dir, synced), "60"},
	} {
		r := open(t, left.dir, Options{})
		if r.Next() != 61 {
			t.Errorf("%s: goes on at %d", name, r.Next())
		}
		expect(t, r, all, end, left.found)
		mustAppend(t, r, minutes(r.Next(), 90)...)
		expect(t, r, all, end, "90")
		if got := dump(t, r, "sum_over_time(probe_success[1d])", end); got != truth {
			t.Errorf("%s: %s, want %s", name, got, truth)
		}
	}

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r := open(t, dir, Options{})
	if r.Next() != 91 {
		t.Errorf("stopped in order: goes on at %d", r.Next())
	}
	expect(t, r, all, end, "90")
}

// TestDamage: where the database had to repair itself, the journal is read
// from its beginning.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	mustAppend(t, s, minutes(1, 30)...)
	if err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	left := copyDir(t, dir, nil)
	path := filepath.Join(left, "wal", "00000000")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 0xff
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	r := open(t, left, Options{})
	if r.Next() != 1 {
		t.Errorf("goes on at %d", r.Next())
	}
	mustAppend(t, r, minutes(1, 30)...)
	expect(t, r, "count_over_time(probe_success[1d])", t0.Add(2*time.Hour), "30")
}

// TestSyncThatFails: what may not be on disk is not said to be.
func TestSyncThatFails(t *testing.T) {
	for name, breakIt := range map[string]func(dir string) (undo func() error, err error){
		"no log": func(dir string) (func() error, error) {
			from, to := filepath.Join(dir, "wal"), filepath.Join(dir, "away")
			return func() error { return os.Rename(to, from) }, os.Rename(from, to)
		},
		"no out-of-order log": func(dir string) (func() error, error) {
			from, to := filepath.Join(dir, "wbl"), filepath.Join(dir, "away")
			return func() error { return os.Rename(to, from) }, os.Rename(from, to)
		},
		"no cursor": func(dir string) (func() error, error) {
			path := filepath.Join(dir, "cursor.json.tmp")
			return func() error { return os.Remove(path) }, os.Mkdir(path, 0o750)
		},
	} {
		dir := t.TempDir()
		s := open(t, dir, Options{})
		mustAppend(t, s, measured(1, t0, slo.Up))
		undo, err := breakIt(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Sync(); err == nil || s.Next() != 1 {
			t.Errorf("%s: %v, durable up to %d", name, err, s.Next()-1)
		}
		if err := undo(); err != nil {
			t.Fatal(err)
		}
		if err := s.Sync(); err != nil || s.Next() != 2 {
			t.Errorf("%s, mended: %v, durable up to %d", name, err, s.Next()-1)
		}
	}
}

// TestManyEntriesBecomeDurableUnasked: the journal is not held for ever by a
// caller that forgets Sync.
func TestManyEntriesBecomeDurableUnasked(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	mustAppend(t, s, measured(syncEvery-1, t0, slo.Up))
	if s.Next() != 1 {
		t.Errorf("durable up to %d", s.Next()-1)
	}
	mustAppend(t, s, measured(syncEvery, t0.Add(time.Second), slo.Up))
	if s.Next() != syncEvery+1 {
		t.Errorf("durable up to %d", s.Next()-1)
	}
}

// TestCompaction: blocks are written, the log is cut, and all is still there.
func TestCompaction(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	mustAppend(t, s, minutes(1, 600)...)
	if err := s.db.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(s.db.Blocks()) == 0 {
		t.Fatal("nothing was compacted")
	}
	end := t0.Add(11 * time.Hour)
	expect(t, s, "count_over_time(probe_success[1d])", end, "600")
	if err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	r := open(t, copyDir(t, dir, nil), Options{})
	expect(t, r, "count_over_time(probe_success[1d])", end, "600")
	if r.Next() != 601 {
		t.Errorf("goes on at %d", r.Next())
	}
	mustAppend(t, r, minutes(1, 600)...) // from the beginning: harmless
	expect(t, r, "count_over_time(probe_success[1d])", end, "600")
}
