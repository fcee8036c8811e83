package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

// seatHold is how long a measurement speaks here: longer than a killed agent's
// work is away, with room for a loaded machine.
const seatHold = 12 * time.Second

const seatProbes = 8

// seatCatalogue has probes that run from one of two locations at a time.
func seatCatalogue(target string) string {
	var b strings.Builder
	for i := range seatProbes {
		fmt.Fprintf(&b, `---
{apiVersion: assay/v1, kind: Probe, metadata: {name: p%[1]d}, spec: {every: 1s, timeout: 800ms, hold: %[2]s, tcp: {address: '%[3]s'},
  locations: {from: {locations: {names: [eu, us], any: 1}}}}}
---
{apiVersion: assay/v1, kind: Service, metadata: {name: s%[1]d}, spec: {up: p%[1]d}}
---
{apiVersion: assay/v1, kind: Agreement, metadata: {name: a%[1]d}, spec: {service: s%[1]d, minCoverage: 0,
  objectives: [{name: time, target: 99, window: year}, {name: count, target: 99, window: year, method: occurrences}]}}
`, i, seatHold, target)
	}
	return b.String()
}

// seats is how many seats each agent has, where all of them are held.
func seats(c *collector) (map[string]int, error) {
	b, err := get(c.url("/api/v1/agents"))
	if err != nil {
		return nil, err
	}
	var got struct {
		Agents []struct {
			Agent string `json:"agent"`
			Seats int    `json:"seats"`
		} `json:"agents"`
	}
	if err := json.Unmarshal(b, &got); err != nil {
		return nil, err
	}
	held, all := map[string]int{}, 0
	for _, a := range got.Agents {
		held[a.Agent] = a.Seats
		all += a.Seats
	}
	if all != seatProbes {
		return held, fmt.Errorf("%d of %d seats: %v", all, seatProbes, held)
	}
	return held, nil
}

// fill gives a collector its catalogue when so many agents are in contact, so
// that the seats are spread over all of them from the start.
func fill(t *testing.T, c *collector, agents int) {
	t.Helper()
	eventually(t, "the agents are in contact", 30*time.Second, func() error {
		b, err := get(c.url("/api/v1/agents"))
		if n := strings.Count(string(b), `"seen_at": "`) + strings.Count(string(b), `"seen_at":"`); err == nil && n < agents {
			err = fmt.Errorf("%d agents", n)
		}
		return err
	})
	write(t, filepath.Join(c.dir, "catalogue", "catalogue.yaml"), seatCatalogue(newTCP(t)))
	if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
}

// objectives are the figures as they are now, by name.
func objectives(t *testing.T, c *collector) map[string]map[string]any {
	t.Helper()
	b, err := get(c.url("/api/v1/objectives?limit=1000"))
	if err != nil {
		t.Fatal(err)
	}
	_, got := figures(t, b)
	return got
}

// allUp is nil when every service is up.
func allUp(c *collector) error {
	b, err := get(c.url("/api/v1/services"))
	if err == nil && strings.Count(string(b), `"state": "up"`)+strings.Count(string(b), `"state":"up"`) < seatProbes {
		err = errors.New("not all are up")
	}
	return err
}

// TestKilledAgentsWorkMoves kills the agent that has the most seats: others
// take them before anything is unknown.
func TestKilledAgentsWorkMoves(t *testing.T) {
	c := newCollector(t, crashCatalogue(newTCP(t), freePort(t)), "")
	c.serve(t)
	agents := map[string]*agent{}
	for name, location := range map[string]string{"eu-1": "eu", "eu-2": "eu", "us-1": "us"} {
		agents[name] = newAgent(t, c, name, location)
		agents[name].run(t)
	}
	fill(t, c, len(agents))
	var held map[string]int
	eventually(t, "every seat is held, and every service up", 30*time.Second, func() (err error) {
		if held, err = seats(c); err != nil {
			return err
		}
		return allUp(c)
	})
	busiest := ""
	for name, n := range held {
		if n > held[busiest] {
			busiest = name
		}
	}
	before := objectives(t, c)
	if len(before) != 2*seatProbes {
		t.Fatalf("%d objectives", len(before))
	}

	agents[busiest].kill()
	killed := time.Now()
	eventually(t, "its seats move", 20*time.Second, func() error {
		now, err := seats(c)
		if err == nil && now[busiest] > 0 {
			err = fmt.Errorf("%s still has %d", busiest, now[busiest])
		}
		return err
	})
	t.Logf("%d seats of %s moved within %s", held[busiest], busiest, time.Since(killed).Round(100*time.Millisecond))
	eventually(t, "what was measured before the kill holds no more", 30*time.Second, func() error {
		if left := seatHold + 2*time.Second - time.Since(killed); left > 0 {
			return fmt.Errorf("%s to go", left)
		}
		return allUp(c)
	})
	after := objectives(t, c)
	for name, was := range before {
		if !strings.HasSuffix(name, "/time") {
			continue
		}
		if is := after[name]; fmt.Sprint(is["unknown_ms"]) != fmt.Sprint(was["unknown_ms"]) || fmt.Sprint(is["down_ms"]) != "0" {
			t.Errorf("%s: unknown %v ms before, %v after; down %v", name, was["unknown_ms"], is["unknown_ms"], is["down_ms"])
		}
	}

	// A collector that is started again goes on with the same plan.
	held, err := seats(c)
	if err != nil {
		t.Fatal(err)
	}
	c.stop(t)
	c.serve(t)
	eventually(t, "every service is up again", 30*time.Second, func() error { return allUp(c) })
	if now, err := seats(c); err != nil || !maps.Equal(now, held) {
		t.Errorf("seats %v (%v), before the restart %v", now, err, held)
	}
}

// TestCutOffAgentsDeliverLate cuts one agent off, which goes on probing, and
// stops another, which declares what it missed. Others do their work meanwhile,
// and when both are back each slot of a seat counts once.
func TestCutOffAgentsDeliverLate(t *testing.T) {
	c := newCollector(t, crashCatalogue(newTCP(t), freePort(t)), "")
	c.serve(t)
	line := newLine(t, c.agents)
	direct := c.agents
	c.agents = line.address
	cut := newAgent(t, c, "eu-1", "eu")
	c.agents = direct
	stopped, stays := newAgent(t, c, "us-1", "us"), newAgent(t, c, "eu-2", "eu")
	for _, a := range []*agent{cut, stopped, stays} {
		a.run(t)
	}
	fill(t, c, 3)
	eventually(t, "both have work to lose", 60*time.Second, func() error {
		held, err := seats(c)
		if err == nil && (held["eu-1"] == 0 || held["us-1"] == 0) {
			err = fmt.Errorf("seats: %v", held)
		}
		if err != nil {
			return err
		}
		return allUp(c)
	})

	line.cut()
	if err := stopped.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all seats move to who is left", 60*time.Second, func() error {
		held, err := seats(c)
		if err == nil && held["eu-2"] != seatProbes {
			err = fmt.Errorf("seats: %v", held)
		}
		if err != nil {
			return err
		}
		return allUp(c)
	})
	pause(t, 3*time.Second) // both sides measure the same slots

	line.mend()
	if err := stopped.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what was queued is delivered", 60*time.Second, func() error { return delivered(c, "eu-1", "us-1") })
	for _, a := range []*agent{cut, stopped, stays} {
		a.stop(t)
	}
	at, live := settled(t, c)
	c.stop(t)

	want, doubles := countSlots(t, filepath.Join(c.dir, "data", "archive"), at)
	if doubles == 0 {
		t.Error("no slot was measured twice: the test tests nothing")
	}
	t.Logf("%d slots were measured twice", doubles)
	replayed := replay(t, c, at)
	for i := range seatProbes {
		name := fmt.Sprintf("a%d/count", i)
		w := want[fmt.Sprintf("p%d", i)]
		text := fmt.Sprint(map[string]any{"up": w.Up, "down": w.Down, "unknown": w.Unknown})
		if got := fmt.Sprint(live[name]["occurrences"]); got != text {
			t.Errorf("%s: %s live, want %s", name, got, text)
		}
		if got := fmt.Sprint(replayed[name]["occurrences"]); got != text {
			t.Errorf("%s: %s replayed, want %s", name, got, text)
		}
	}
}

// delivered is nil when nothing waits at agents that were heard of just now.
func delivered(c *collector, names ...string) error {
	b, err := get(c.url("/api/v1/agents"))
	if err != nil {
		return err
	}
	var got struct {
		Agents []struct {
			Agent  string     `json:"agent"`
			Seen   *time.Time `json:"seen_at"`
			Queued int        `json:"queued"`
		} `json:"agents"`
	}
	if err := json.Unmarshal(b, &got); err != nil {
		return err
	}
	done := 0
	for _, a := range got.Agents {
		for _, name := range names {
			if a.Agent == name && a.Queued == 0 && a.Seen != nil && time.Since(*a.Seen) < 5*time.Second {
				done++
			}
		}
	}
	if done < len(names) {
		return fmt.Errorf("%d of %v: %s", done, names, tail(string(b), 900))
	}
	return nil
}

// countSlots counts the archived measurements before an instant by hand: of each
// seat's slot the worst, by probe.
func countSlots(t *testing.T, dir string, at slo.Instant) (counts map[string]slo.OccurrenceCount, doubles int) {
	t.Helper()
	r, err := archive.OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	type place struct {
		probe, seat string
		slot        slo.Instant
	}
	worst, agents := map[place]slo.State{}, map[place]string{}
	for e, err := range r.Entries(t.Context(), archive.Query{Kinds: archive.Measurements}) {
		if err != nil {
			t.Fatal(err)
		}
		m := e.Measurement
		if m.At >= at || m.Seat == "" { // of the catalogue before
			continue
		}
		p := place{m.Probe, m.Seat, m.Slot}
		if other, twice := agents[p]; twice && other != e.Agent {
			doubles++
		}
		agents[p] = e.Agent
		worst[p] = max(worst[p], m.Outcome)
	}
	counts = map[string]slo.OccurrenceCount{}
	for p, state := range worst {
		n := counts[p.probe]
		switch state {
		case slo.Up:
			n.Up++
		case slo.Down:
			n.Down++
		default:
			n.Unknown++
		}
		counts[p.probe] = n
	}
	return counts, doubles
}
