package collector

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

// TestLive pushes what three agents saw and reads every surface of it.
func TestLive(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	rng := rand.New(rand.NewPCG(1, 1))
	from := noon.Add(-6 * time.Hour)
	for _, piece := range inPieces(rng, w.history(rng, from, noon), 600) {
		w.clock.set(slices.MaxFunc(piece, func(a, b slo.Record) int { return int(a.Measurement.At - b.Measurement.At) }).Measurement.At + 1)
		w.push(piece...)
	}
	w.clock.set(noon)
	w.push(
		w.measure("eu-1", "eu", "db", noon-1, slo.Down),
		w.measure("us-1", "us", "db", noon-1, slo.Down),
		w.measure("ap-1", "ap", "db", noon-1, slo.Down))
	w.followed()
	w.same("live")
	if diff := gocmp.Diff(w.stretches(), w.recorded()); diff != "" {
		t.Errorf("incidents are not the outages of a replay (- replay, + records):\n%s", diff)
	}

	var services struct {
		Services []struct {
			Name, State string
			Causes      []struct{ Probe, Location, Agent, Reason, Evidence string }
		}
	}
	w.get("/api/v1/services", &services)
	var names []string
	for _, s := range services.Services {
		names = append(names, s.Name+" "+s.State)
		if len(s.Causes) != 3 || s.Causes[0].Evidence != "connection refused" || s.Causes[0].Reason != "connect_refused" {
			t.Errorf("causes of %s: %+v", s.Name, s.Causes)
		}
	}
	if want := []string{"shop down", "store down"}; !slices.Equal(names, want) {
		t.Errorf("services are %v, want %v", names, want)
	}
	w.checkAgents()
	w.checkSeries()
}

func (w *world) checkAgents() {
	w.t.Helper()
	var agents struct {
		Agents []struct {
			Agent, Location string
			Silent          bool
			NewestAt        slo.Instant `json:"newest_at"`
		}
	}
	w.get("/api/v1/agents", &agents)
	newest := map[string]slo.Instant{}
	for _, r := range w.said {
		newest[r.Agent] = max(newest[r.Agent], r.Measurement.At)
	}
	if len(agents.Agents) != len(sites) {
		w.t.Fatalf("%d agents, want %d", len(agents.Agents), len(sites))
	}
	for _, a := range agents.Agents {
		if a.Silent || a.NewestAt != newest[a.Agent] || a.Location != a.Agent[:2] {
			w.t.Errorf("agent %+v; its newest is of %s", a, newest[a.Agent])
		}
	}
}

// checkSeries asks the Prometheus API for a count of every measurement that
// said something.
func (w *world) checkSeries() {
	w.t.Helper()
	var answer struct {
		Status string
		Data   struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	q := url.Values{"time": {w.clock.now().String()}, "query": {`sum by (probe, instance) (count_over_time(probe_success[12h]))`}}
	w.get("/prometheus/api/v1/query?"+q.Encode(), &answer)
	want := map[string]string{}
	counts := map[string]int{}
	for _, r := range w.said {
		if r.Measurement.Outcome != slo.Unknown { // which is neither 0 nor 1
			counts[r.Measurement.Probe]++
		}
	}
	for probe, n := range counts {
		_, instance, _ := w.c.target(probe)
		want[probe+" "+instance] = fmt.Sprint(n)
	}
	got := map[string]string{}
	for _, r := range answer.Data.Result {
		got[r.Metric["probe"]+" "+r.Metric["instance"]] = fmt.Sprint(r.Value[1])
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		w.t.Errorf("samples in the series (- pushed, + queried):\n%s", diff)
	}
}

// TestRepeats pushes everything twice, and once more together with what is
// new: nothing counts double, in the figures or in the archive.
func TestRepeats(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	rng := rand.New(rand.NewPCG(2, 2))
	h := w.history(rng, noon.Add(-time.Hour), noon)
	half := len(h) / 2
	w.push(h[:half]...)
	w.push(h[:half]...)
	w.push(h...)
	w.followed()
	w.same("after repeats")
	if next := w.c.journal.Next(); next != uint64(len(h))+1 {
		t.Errorf("the journal ends at %d after %d measurements", next, len(h))
	}
	w.archived()
}

// archived fails the test unless the archive has every record that was said
// exactly once, as it was said first.
func (w *world) archived() {
	w.t.Helper()
	if err := w.c.archiver.archive.Flush(); err != nil {
		w.t.Fatal(err)
	}
	want := map[slo.ID]string{}
	for _, r := range w.said {
		if _, ok := want[r.ID]; !ok {
			want[r.ID] = said1(w.t, r)
		}
	}
	got := map[slo.ID]string{}
	for e, err := range w.c.archiver.archive.Reader().Entries(w.t.Context(), archive.Query{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		if _, double := got[e.ID]; double {
			w.t.Errorf("the archive has %v twice", e.ID)
		}
		got[e.ID] = said1(w.t, e.Record)
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		w.t.Errorf("the archive (- said, + archived):\n%.4000s", diff)
	}
}

func said1(t *testing.T, r slo.Record) string {
	b, err := json.Marshal([]any{r.Measurement, r.Gap})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
