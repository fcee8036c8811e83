package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/agent/queue"
	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

// kills is how often a process is killed under load.
const kills = 50

// TestCrash kills the collector and its agents at random, under load. After
// that every record up to each epoch's highest is in the archive exactly once
// or inside a declared gap, and the figures equal a replay of the archive.
func TestCrash(t *testing.T) {
	target, silent := newTCP(t), freePort(t)
	c := newCollector(t, crashCatalogue(target, silent), "")
	c.serve(t)
	agents := []*agent{newAgent(t, c, "eu-1", "eu"), newAgent(t, c, "us-1", "us"), newAgent(t, c, "ap-1", "ap")}
	for _, a := range agents {
		a.run(t)
	}
	eventually(t, "every agent pushes", 30*time.Second, func() error { return pushed(c, len(agents)) })

	for range kills {
		// Between two kills there is work to be lost, and sometimes a process
		// is killed while it starts.
		pause(t, time.Duration(rand.IntN(400))*time.Millisecond)
		if n := rand.IntN(5); n < len(agents) {
			agents[n].kill()
			agents[n].run(t)
		} else {
			c.kill()
			c.serve(t)
		}
	}
	eventually(t, "every agent pushes again", 30*time.Second, func() error { return pushed(c, len(agents)) })
	for _, a := range agents {
		eventually(t, "the agent runs", 10*time.Second, a.running)
		a.stop(t)
	}
	at, live := settled(t, c)
	c.stop(t)

	checkIdentities(t, filepath.Join(c.dir, "data", "archive"), agents)
	replayed := replay(t, c, at)
	if len(live) == 0 || len(live) != len(replayed) {
		t.Fatalf("%d objectives live, %d replayed", len(live), len(replayed))
	}
	for name, figures := range replayed {
		for key, want := range figures {
			if got := live[name][key]; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %s is %v live and %v replayed", name, key, got, want)
			}
		}
	}
}

// pause lets processes run for a while; nothing is waited for.
func pause(t *testing.T, d time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	<-ctx.Done()
}

// crashCatalogue has 60 probes a second: of a target that is there, and of one
// that is not.
func crashCatalogue(target, silent string) string {
	var b strings.Builder
	for i := range 60 {
		address := target
		if i%10 == 9 {
			address = silent
		}
		fmt.Fprintf(&b, "---\n{apiVersion: assay/v1, kind: Probe, metadata: {name: p%02d}, spec: {every: 1s, timeout: 500ms, confirm: 2, tcp: {address: '%s'}}}\n", i, address)
		fmt.Fprintf(&b, "---\n{apiVersion: assay/v1, kind: Service, metadata: {name: s%02d}, spec: {up: p%02d}}\n", i, i)
		fmt.Fprintf(&b, "---\n{apiVersion: assay/v1, kind: Agreement, metadata: {name: a%02d}, spec: {service: s%02d, minCoverage: 0, minimumOutage: 3s, objectives: [{name: day, target: 99, window: day}, {name: count, target: 99, window: day, method: occurrences}]}}\n", i, i)
	}
	return b.String()
}

// pushed is nil when every agent has pushed something of late.
func pushed(c *collector, agents int) error {
	b, err := get(c.url("/api/v1/agents"))
	if err != nil {
		return err
	}
	var got struct {
		Agents []struct {
			Name    string     `json:"name"`
			Newest  *time.Time `json:"newest_at"`
			Pending int        `json:"queued"`
		} `json:"agents"`
	}
	if err := json.Unmarshal(b, &got); err != nil {
		return err
	}
	fresh := 0
	for _, a := range got.Agents {
		if a.Newest != nil && time.Since(*a.Newest) < 3*time.Second {
			fresh++
		}
	}
	if fresh < agents {
		return fmt.Errorf("%d of %d agents are fresh: %s", fresh, agents, tail(string(b), 500))
	}
	return nil
}

// settled waits until the evaluator has everything that was acknowledged, and
// returns the figures as of then.
func settled(t *testing.T, c *collector) (slo.Instant, map[string]map[string]any) {
	t.Helper()
	eventually(t, "the evaluator has everything", 30*time.Second, func() error {
		b, err := get(c.url("/metrics"))
		if err == nil && !strings.Contains(string(b), "\nassay_follower_lag_evaluate 0\n") {
			err = errors.New("it lags behind the journal")
		}
		return err
	})
	b, err := get(c.url("/api/v1/objectives?limit=1000"))
	if err != nil {
		t.Fatal(err)
	}
	return figures(t, b)
}

// figures reads objectives by name, without what only the live API has.
func figures(t *testing.T, b []byte) (slo.Instant, map[string]map[string]any) {
	t.Helper()
	var got struct {
		Objectives []map[string]any `json:"objectives"`
	}
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]any{}
	var at slo.Instant
	for _, o := range got.Objectives {
		i, err := slo.ParseInstant(fmt.Sprint(o["at"]))
		if err != nil {
			t.Fatal(err)
		}
		at = max(at, i)
		delete(o, "burn_rates")
		out[fmt.Sprint(o["agreement"], "/", o["objective"])] = o
	}
	return at, out
}

// replay computes the figures from the archive alone.
func replay(t *testing.T, c *collector, at slo.Instant) map[string]map[string]any {
	t.Helper()
	out, err := exec.Command(filepath.Join(bin, "assay"), "replay", "--catalogue", filepath.Join(c.dir, "catalogue"),
		"--archive", filepath.Join(c.dir, "data", "archive"), "--at", at.String(), "--output", "json").Output()
	if err != nil {
		t.Fatalf("assay replay: %v", err)
	}
	_, got := figures(t, out)
	return got
}

// highest is the last number that an agent, stopped, ever gave a record.
func highest(t *testing.T, a *agent) uint64 {
	t.Helper()
	q, _, err := queue.Open(filepath.Join(a.dir, "data", "queue"), queue.Options{Now: func() slo.Instant { return slo.At(time.Now()) }})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	return q.Next() - 1
}

// checkIdentities holds the archive against what it must be: each record that
// an agent queued once, and none missing without a gap that says so.
func checkIdentities(t *testing.T, dir string, agents []*agent) {
	t.Helper()
	r, err := archive.OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	if problems, err := r.Verify(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("the archive does not verify: %v %v", problems, err)
	}
	type key struct{ agent, epoch string }
	seqs, gaps := map[key][]uint64{}, map[key][]slo.Gap{}
	for e, err := range r.Entries(t.Context(), archive.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		k := key{e.Agent, e.Epoch}
		seqs[k] = append(seqs[k], e.Seq)
		if e.Gap != nil {
			gaps[k] = append(gaps[k], *e.Gap)
		}
	}
	if len(seqs) != len(agents) {
		t.Errorf("%d epochs in the archive; want one of each of %d agents", len(seqs), len(agents))
	}
	last := map[string]uint64{}
	for _, a := range agents {
		last[a.name] = highest(t, a)
	}
	for k, list := range seqs {
		slices.Sort(list)
		if n := len(slices.Compact(slices.Clone(list))); n != len(list) {
			t.Errorf("agent %s: %d of %d records are in the archive more than once", k.agent, len(list)-n, len(list))
		}
		have := map[uint64]bool{}
		for _, s := range list {
			have[s] = true
		}
		for s := uint64(1); s <= last[k.agent]; s++ {
			inGap := slices.ContainsFunc(gaps[k], func(g slo.Gap) bool { return g.From <= s && s <= g.To })
			if !have[s] && !inGap {
				t.Errorf("agent %s: record %d of %d is missing and in no gap", k.agent, s, last[k.agent])
			}
		}
		t.Logf("agent %s: %d records of %d, %d gaps", k.agent, len(list), last[k.agent], len(gaps[k]))
	}
}
