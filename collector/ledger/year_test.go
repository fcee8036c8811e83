package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

const yearCatalogue = `
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 1m, confirm: 2, tcp: {address: 'web.example:1'}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: shop}
spec: {up: web}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: gold}
spec:
  service: shop
  minimumOutage: 3m
  objectives: [{name: month, target: 99.9, window: month}, {name: day, target: 99, window: day}]
`

func parsed(t testing.TB) (*slo.Catalog, []catalog.Source) {
	t.Helper()
	sources := []catalog.Source{{Name: "all.yaml", Data: []byte(yearCatalogue)}}
	c, problems := catalog.Parse(sources)
	must(t, problems.Err())
	return c, sources
}

// filled is an archive of a measurement a minute from one instant to another;
// outcome says of each what it saw.
func filled(t testing.TB, from, to slo.Instant, outcome func(minute int) slo.State) *archive.Archive {
	t.Helper()
	a, err := archive.Open(t.TempDir(), archive.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, a.Close()) })
	var batch []slo.Entry
	n := 0
	for at := from; at < to; at = at.Add(time.Minute) {
		m := &slo.Measurement{Probe: "web", Location: "eu", At: at, Outcome: outcome(n)}
		switch m.Outcome {
		case slo.Down:
			m.Reason = slo.ConnectRefused
		case slo.Unknown:
			m.Reason = slo.AgentResolver
		}
		n++
		batch = append(batch, slo.Entry{Pos: uint64(n), Received: at, Record: slo.Record{ID: slo.ID{Agent: "eu-1", Epoch: "e", Seq: uint64(n)}, Measurement: m}})
	}
	must(t, a.Append(batch))
	must(t, a.Flush())
	return a
}

// sealYear seals every window of a catalogue's agreement that ends in an
// interval, and returns how many.
func sealYear(t testing.TB, l *Log, m *memory, a *archive.Archive, from, to slo.Instant) int {
	t.Helper()
	ctx := context.Background()
	c, sources := parsed(t)
	entry, contents, err := KeepCatalogue(c, sources, nil, (&Chain{}).Changed(nil, c))
	must(t, err)
	m.contents[entry.Digest] = contents
	_, err = l.Append(ctx, from, m.commit, Draft{from, Self, entry})
	must(t, err)
	sealed := 0
	ag := c.Agreements[0]
	for i := range ag.Objectives {
		o := &ag.Objectives[i]
		for w, _ := NextWindow(o, ag, 0, from); w.To <= to; w, _ = NextWindow(o, ag, w.To, from) {
			comp, err := ComputeFor(ctx, a.Reader(), c, nil, ag.Name, w, a.Next(), from)
			must(t, err)
			r, err := comp.Result(o.Name)
			must(t, err)
			_, err = l.Append(ctx, w.To, m.commit, Draft{w.To, Self, r.Seal(Watermarks)})
			must(t, err)
			sealed++
		}
	}
	return sealed
}

// A seal is the figure of a replay of everything, however little before the
// window it rests on: for services that are up, flap, or are down for days.
func TestSealsAgainstReplay(t *testing.T) {
	c, _ := parsed(t)
	from := t0.Add(-6 * 24 * time.Hour)
	rapid.Check(t, func(rt *rapid.T) {
		long := rapid.IntRange(1, 4000).Draw(rt, "length") // of a state, in minutes
		states := rapid.SliceOfN(rapid.SampledFrom([]slo.State{slo.Up, slo.Down, slo.Unknown}), 1, 40).Draw(rt, "states")
		outcome := func(minute int) slo.State { return states[minute/long%len(states)] }
		a := filled(t, from, t0.Add(6*time.Hour), outcome)
		window := slo.Interval{From: t0.Add(-24 * time.Hour), To: t0}
		revisions := drawRevisions(rt, c, from)
		comp, err := ComputeFor(t.Context(), a.Reader(), c, revisions, "gold", window, a.Next(), from)
		must(t, err)
		got, err := comp.Result("day")
		must(t, err)
		r := slo.NewReplayUnder(c, revisions, got.Evidence.To)
		for e, err := range a.Reader().Entries(t.Context(), archive.Query{}) {
			must(t, err)
			r.Add(e.Record)
		}
		for _, st := range r.Status(window.To) {
			if st.Objective.Name != "day" {
				continue
			}
			want, err := json.Marshal(st)
			must(t, err)
			if string(want) != string(got.Figure) {
				rt.Fatalf("evidence from %s:\n%s\na replay of everything:\n%s", got.Evidence.From, got.Figure, want)
			}
		}
	})
}

// drawRevisions are catalogues with other parameters before the one given, which
// may be the only one.
func drawRevisions(t *rapid.T, c *slo.Catalog, from slo.Instant) *slo.Revisions {
	r := &slo.Revisions{}
	for n := range rapid.IntRange(0, 3).Draw(t, "catalogues before") {
		p := *c.Probes[0]
		p.Hold = time.Duration(rapid.SampledFrom([]int{1, 10, 600}).Draw(t, "hold")) * time.Minute
		p.Confirm = rapid.SampledFrom([]int{1, 5, 40}).Draw(t, "confirm")
		r.Add(slo.InForce{Revision: fmt.Sprint(n), From: from.Add(time.Duration(rapid.IntRange(0, 6*24*60).Draw(t, "from")) * time.Minute)}, map[string]slo.Parameters{"web": p.Parameters()})
	}
	r.Add(slo.InForce{Revision: c.Revision, From: t0.Add(-time.Duration(rapid.IntRange(-60, 6*24*60).Draw(t, "since")) * time.Minute)}, r.Changed(c))
	return r
}

// The digest of a day's rows says which rows they are, not how they lie.
func TestEvidenceAfterMerge(t *testing.T) {
	c, _ := parsed(t)
	from := t0.Add(-3 * 24 * time.Hour)
	a := filled(t, from, t0.Add(time.Hour), func(int) slo.State { return slo.Up })
	must(t, a.Append([]slo.Entry{{Pos: a.Next(), Received: t0, Record: slo.Record{
		ID: slo.ID{Agent: "us-1", Epoch: "e", Seq: 1}, Measurement: &slo.Measurement{Probe: "web", Location: "us", At: t0 - 60_000, Outcome: slo.Up}}}}))
	must(t, a.Flush())
	window := slo.Interval{From: t0.Add(-24 * time.Hour), To: t0}
	compute := func() Result {
		comp, err := ComputeFor(t.Context(), a.Reader(), c, nil, "gold", window, a.Next(), from)
		must(t, err)
		r, err := comp.Result("day")
		must(t, err)
		return r
	}
	before := compute()
	_, err := a.Compact(t.Context(), t0.Add(48*time.Hour))
	must(t, err)
	after := compute()
	if day, differs := firstDay(before.Evidence.Days, after.Evidence.Days); differs {
		t.Errorf("merging changed the evidence of %s", day)
	}
	if fmt.Sprint(before.Evidence.Days) == fmt.Sprint(after.Evidence.Days) {
		t.Error("nothing was merged")
	}
}

// BenchmarkVerifyYear verifies the months and days of a year, of a measurement
// a minute.
func BenchmarkVerifyYear(b *testing.B) {
	from := slo.At(time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC))
	to := from.Add(365 * 24 * time.Hour)
	a := filled(b, from, to.Add(time.Hour), func(minute int) slo.State {
		if minute%1000 < 5 {
			return slo.Down
		}
		return slo.Up
	})
	_, err := a.Compact(b.Context(), to.Add(48*time.Hour))
	must(b, err)
	m, dir := newMemory(), b.TempDir()
	l, _ := openLog(b, m, dir, Options{})
	sealed := sealYear(b, l, m, a, from, to)
	for b.Loop() {
		v, err := Verify(b.Context(), VerifyOptions{Records: m, Rows: nothing{}, Archive: a.Reader(), Dir: dir, Key: l.Key()})
		must(b, err)
		if !v.OK() || v.Recomputed != int64(sealed) {
			b.Fatalf("%+v", v)
		}
	}
	b.ReportMetric(float64(sealed), "figures")
	b.ReportMetric(float64(365*24*60), "measurements")
}

// A figure whose measurements retention has removed is proven as a record, and
// not computed again; a day that is gone without a word is a problem.
func TestVerifyAfterRetention(t *testing.T) {
	from := t0.Add(-4 * 24 * time.Hour)
	a := filled(t, from, t0.Add(time.Hour), func(int) slo.State { return slo.Up })
	m, dir := newMemory(), t.TempDir()
	l, _ := openLog(t, m, dir, Options{})
	sealed := int64(sealYear(t, l, m, a, from, t0))
	judge := func() *Verdict {
		v, err := Verify(t.Context(), VerifyOptions{Records: m, Rows: nothing{}, Archive: a.Reader(), Dir: dir})
		must(t, err)
		return v
	}
	if v := judge(); !v.OK() || v.Recomputed != sealed || v.Unavailable != 0 {
		t.Fatalf("%+v", v)
	}
	_, err := a.Drop(archive.DayOf(from.Add(2*24*time.Hour)), t0)
	must(t, err)
	if v := judge(); !v.OK() || v.Unavailable == 0 || v.Recomputed+v.Unavailable != sealed {
		t.Errorf("%+v", v)
	}
	// The same seal twice is not two.
	seal, err := Decode(m.records[2])
	must(t, err)
	_, err = l.Append(t.Context(), t0, m.commit, Draft{t0, Self, seal.Body})
	must(t, err)
	if v := judge(); v.OK() {
		t.Error("a window was sealed twice")
	}
}
