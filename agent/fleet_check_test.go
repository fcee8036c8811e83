package agent

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// check holds what the collector has against what truly happened. It ends the
// collector.
func (w *fleetWorld) check() {
	at, figures := w.figures()
	log := w.log.String()
	for _, want := range []string{"two agents push under one name", "reason=" + push.Conflict, "an agent declared records lost"} {
		if !strings.Contains(log, want) {
			w.t.Errorf("the collector did not tell of %q", want)
		}
	}
	w.stop()
	entries := w.archived()
	w.checkIdentities(entries)
	w.checkRuns(entries)
	w.checkSlots()
	w.checkReplay(entries, at, figures)
	w.checkTruth(entries, at, figures)
	if w.t.Failed() {
		w.t.Logf("the collector's log:\n%s", log[max(0, len(log)-8000):])
	}
}

// figures are the objectives that the API shows, by name, and as of when.
func (w *fleetWorld) figures() (at slo.Instant, out []map[string]any) {
	w.t.Helper()
	var got struct{ Objectives []map[string]any }
	w.get("/api/v1/objectives?limit=1000", &got)
	for _, o := range got.Objectives {
		delete(o, "burn_rates")
		i, err := slo.ParseInstant(o["at"].(string))
		if err != nil {
			w.t.Fatal(err)
		}
		at = max(at, i)
	}
	return at, got.Objectives
}

func (w *fleetWorld) archived() (out []slo.Entry) {
	w.t.Helper()
	r, err := archive.OpenReader(filepath.Join(w.dir, "data", "archive"))
	if err != nil {
		w.t.Fatal(err)
	}
	if problems, err := r.Verify(w.t.Context()); err != nil || len(problems) > 0 {
		w.t.Errorf("the archive does not verify: %v %v", problems, err)
	}
	for e, err := range r.Entries(w.t.Context(), archive.Query{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// checkIdentities finds each number that an epoch gave once in the archive, or
// in a declared gap.
func (w *fleetWorld) checkIdentities(entries []slo.Entry) {
	seen := map[slo.ID]bool{}
	lost := map[epochID]*push.IntervalSet{}
	reasons := map[slo.Reason]uint64{}
	for _, e := range entries {
		if seen[e.ID] {
			w.t.Errorf("%v is in the archive twice", e.ID)
		}
		seen[e.ID] = true
		if e.Gap != nil {
			id := epochID{e.Agent, e.Epoch}
			if lost[id] == nil {
				lost[id] = &push.IntervalSet{}
			}
			lost[id].AddRange(e.Gap.From, e.Gap.To)
			reasons[e.Gap.Reason] += e.Gap.To - e.Gap.From + 1
		}
	}
	if reasons[slo.GapDiskFull] == 0 {
		w.t.Errorf("gaps %v: the full disk is in none", reasons)
	}
	for id, last := range w.last {
		for seq := uint64(1); seq <= last; seq++ {
			if !seen[slo.ID{Agent: id.agent, Epoch: id.epoch, Seq: seq}] && (lost[id] == nil || !lost[id].Contains(seq)) {
				w.t.Errorf("record %d of %d of %v is missing, and in no gap", seq, last, id)
			}
		}
	}
	w.t.Logf("%d records in the archive, of %d epochs; gaps: %v", len(entries), len(w.last), reasons)
	w.gone(entries, lost)
}

// gone marks the runs whose records gaps declare.
func (w *fleetWorld) gone(entries []slo.Entry, lost map[epochID]*push.IntervalSet) {
	there := w.byRun(entries)
	for _, r := range w.runs {
		if r.seq > 0 && len(there[r]) == 0 && lost[r.epoch] != nil && lost[r.epoch].Contains(r.seq) {
			r.lost = true
		}
	}
}

func (w *fleetWorld) byRun(entries []slo.Entry) map[*probeRun][]slo.Entry {
	there := map[*probeRun][]slo.Entry{}
	for _, e := range entries {
		if r := w.runOf(e.Record); r != nil {
			there[r] = append(there[r], e)
		}
	}
	return there
}

// checkRuns finds each run once in the archive, at its true time and as it was,
// in a declared gap, or made in the last moments of a process that was killed.
func (w *fleetWorld) checkRuns(entries []slo.Entry) {
	there := w.byRun(entries)
	var lost, torn int
	for _, r := range w.runs {
		list := there[r]
		switch {
		case len(list) == 1:
			m := list[0].Measurement
			if d := m.At.Time().Sub(r.at); d.Abs() > time.Millisecond || m.Outcome != r.outcome || m.Probe != r.probe || m.Location != r.life.member.location {
				w.t.Errorf("a run of %s at %s that said %s is in the archive as %+v", r.life.member.name, r.at, r.outcome, m)
			}
		case len(list) > 1:
			w.t.Errorf("a run of %s at %s is in the archive %d times", r.life.member.name, r.at, len(list))
		case r.lost:
			lost++
		case r.seq == 0 && r.life.dead && r.life.end.Sub(r.at) <= 2*recordLinger:
			torn++
		default:
			w.t.Errorf("a run of %s of %s at %s is missing; it was record %d of %v", r.probe, r.life.member.name, r.at, r.seq, r.epoch)
		}
	}
	w.t.Logf("%d runs: %d declared lost, %d killed before they were on the disk", len(w.runs), lost, torn)
}

// checkSlots finds one run in each slot of each life.
func (w *fleetWorld) checkSlots() {
	type key struct {
		life  *life
		probe string
	}
	ran := map[key][]slo.Instant{}
	for _, r := range w.runs {
		k := key{r.life, r.probe}
		ran[k] = append(ran[k], slo.At(r.at))
	}
	for _, l := range w.lives {
		probes := []string{"web", "db"}
		if l.member.location == "ap" {
			probes = append(probes, bulky()...)
		}
		for _, p := range probes {
			got := ran[key{l, p}]
			if w.began.Equal(l.began) { // it had its assignment a moment later
				got = slices.DeleteFunc(got, func(at slo.Instant) bool { return at == slo.At(l.began) })
			}
			if want := slotsIn(l, p); !slices.Equal(got, want) {
				w.t.Errorf("%s ran %s at %d slots of %d from %s to %s:\n%s", l.member.name, p, len(got), len(want), l.began, l.end, cmp.Diff(want, got))
			}
		}
	}
}

func slotsIn(l *life, probe string) (out []slo.Instant) {
	s := slotsOf(l.member.name, probe, fleetEvery)
	for at := s.after(slo.At(l.began)); at < slo.At(l.end); at += s.every {
		out = append(out, at)
	}
	return out
}

// checkReplay compares the figures with a replay of the archive.
func (w *fleetWorld) checkReplay(entries []slo.Entry, at slo.Instant, figures []map[string]any) {
	w.t.Helper()
	c, problems := catalog.Load(filepath.Join(w.dir, "catalogue"))
	if err := problems.Err(); err != nil {
		w.t.Fatal(err)
	}
	r := slo.NewReplay(c, at)
	quarantined := 0
	for _, e := range entries {
		if e.Quarantined() {
			quarantined++
			continue
		}
		r.Add(e.Record)
	}
	if quarantined != 1 {
		w.t.Errorf("%d measurements are quarantined, want 1", quarantined)
	}
	if n := r.Counts; n.Repeated+n.Conflicting+n.Unknown+n.Later > 0 {
		w.t.Errorf("the replay counts %+v", n)
	}
	b, err := json.Marshal(r.Status(at))
	if err != nil {
		w.t.Fatal(err)
	}
	var want []map[string]any
	if err := json.Unmarshal(b, &want); err != nil {
		w.t.Fatal(err)
	}
	if diff := cmp.Diff(want, figures); diff != "" {
		w.t.Errorf("figures differ from the replay of the archive (- replay, + collector):\n%s", diff)
	}
}

// checkTruth compares the figures with what follows from the runs that were
// not lost, counted in the plainest way.
func (w *fleetWorld) checkTruth(entries []slo.Entry, at slo.Instant, figures []map[string]any) {
	w.t.Helper()
	by := map[string]map[string]any{}
	for _, f := range figures {
		by[f["agreement"].(string)+"/"+f["objective"].(string)] = f
	}
	kept := slices.DeleteFunc(slices.Clone(w.runs), func(r *probeRun) bool {
		return r.lost || r.seq == 0 || r.at.After(at.Time()) || r.probe != "web" && r.probe != "db"
	})
	counts := map[slo.State]int{}
	for _, r := range kept {
		if r.probe == "db" {
			counts[r.outcome]++
		}
	}
	got, _ := by["store/counts"]["occurrences"].(map[string]any)
	for state, name := range map[slo.State]string{slo.Up: "up", slo.Down: "down", slo.Unknown: "unknown"} {
		if got[name] != float64(counts[state]) {
			w.t.Errorf("%v measurements are %s, want %d", got[name], name, counts[state])
		}
	}
	lasted := shopTime(kept, slo.At(w.began), at)
	for state, name := range map[slo.State]string{slo.Up: "up_ms", slo.Down: "down_ms", slo.Unknown: "unknown_ms"} {
		if by["gold/day"][name] != float64(lasted[state].Milliseconds()) {
			w.t.Errorf("%s is %v, want %d", name, by["gold/day"][name], lasted[state].Milliseconds())
		}
	}
	w.t.Logf("the shop was up %s, down %s, unknown %s; %v", lasted[slo.Up], lasted[slo.Down], lasted[slo.Unknown], counts)
}

// shopTime is how long the shop was in each state, instant by instant between
// those at which anything may change.
func shopTime(runs []*probeRun, from, to slo.Instant) map[slo.State]time.Duration {
	const hold = 2*fleetEvery + 10*time.Second
	marks := map[slo.Instant]bool{from: true, to: true}
	words := map[string]map[string]map[string][]*probeRun{} // by probe, location, agent
	for _, r := range runs {
		marks[slo.At(r.at)], marks[slo.At(r.at).Add(hold)] = true, true
		location := r.life.member.location
		if words[r.probe] == nil {
			words[r.probe] = map[string]map[string][]*probeRun{}
		}
		if words[r.probe][location] == nil {
			words[r.probe][location] = map[string][]*probeRun{}
		}
		words[r.probe][location][r.life.member.name] = append(words[r.probe][location][r.life.member.name], r)
	}
	lasted := map[slo.State]time.Duration{}
	ordered := slices.Sorted(maps.Keys(marks))
	for i, at := range ordered {
		if at < from || at >= to {
			continue
		}
		web, db := majority(words["web"], at, hold), majority(words["db"], at, hold)
		state := slo.Up
		switch {
		case web == slo.Down || db == slo.Down:
			state = slo.Down
		case web == slo.Unknown || db == slo.Unknown:
			state = slo.Unknown
		}
		lasted[state] += ordered[i+1].Sub(at)
	}
	return lasted
}

// majority is a probe's state as its three locations see it.
func majority(locations map[string]map[string][]*probeRun, at slo.Instant, hold time.Duration) slo.State {
	known, down := 0, 0
	for _, agents := range locations {
		said := map[slo.State]bool{}
		for _, runs := range agents {
			said[word(runs, at, hold)] = true
		}
		switch {
		case said[slo.Up]:
			known++
		case said[slo.Down]:
			known++
			down++
		}
	}
	switch {
	case known < 2:
		return slo.Unknown
	case 2*down > known:
		return slo.Down
	}
	return slo.Up
}

// word is what an agent says at an instant.
func word(runs []*probeRun, at slo.Instant, hold time.Duration) slo.State {
	i, _ := slices.BinarySearchFunc(runs, at+1, func(r *probeRun, at slo.Instant) int {
		return slo.At(r.at).Time().Compare(at.Time())
	})
	said := slo.Unknown
	for j := i - 1; j >= 0 && slo.At(runs[j].at) == slo.At(runs[i-1].at); j-- {
		if slo.At(runs[j].at).Add(hold) > at {
			said = max(said, runs[j].outcome) // Unknown < Up < Down
		}
	}
	return said
}
