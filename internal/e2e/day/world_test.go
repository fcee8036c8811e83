package day

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing/synctest"
	"time"

	"github.com/assay-sla/assay/slo"
)

// world is what the script changes: what is measured of it, and the people in
// it.
type world struct {
	http    *http.Client
	line    *timeline
	agents  []*agent
	down    map[string]slo.Reason // by probe
	disk    disk
	restore restore
	alerts  map[string]slo.Instant // of another system, since when
}

// restore is what a restore drill does.
type restore struct {
	takes  time.Duration
	newest slo.Instant     // canary in what is restored
	absent map[string]bool // probes of what is not restored yet
}

func newWorld(client *http.Client, line *timeline, from slo.Instant) *world {
	w := &world{
		http: client, line: line, down: map[string]slo.Reason{}, alerts: map[string]slo.Instant{},
		disk:    disk{location: "london", size: 1000, level: 900, since: from, perHour: 0.33},
		restore: restore{absent: map[string]bool{"restored-shop": true, "newest-order": true}},
	}
	for n, location := range []string{"london", "dublin", "vault"} {
		w.agents = append(w.agents, &agent{name: location + "-1", location: location, nth: time.Duration(n), world: w, ran: map[string]bool{}})
	}
	for _, r := range w.disk.history(from) {
		w.agents[0].add(r)
	}
	return w
}

// step has every agent do what is due at a whole second, one after another.
func (w *world) step(at slo.Instant) error {
	for _, a := range w.agents {
		if err := a.step(at); err != nil {
			return err
		}
		synctest.Wait()
	}
	return nil
}

// measure is what a probe sees from a location.
func (w *world) measure(location, probe string, at slo.Instant) *slo.Measurement {
	m := &slo.Measurement{Probe: probe, Location: location, At: at, Outcome: slo.Up, Latency: 12 * time.Millisecond}
	reason, down := w.down[probe]
	if w.restore.absent[probe] {
		reason, down = slo.ConnectRefused, true
	}
	switch {
	case down:
		m.Outcome, m.Reason, m.Evidence = slo.Down, reason, strings.ReplaceAll(string(reason), "_", " ")
	case probe == "newest-order":
		m.Evidence = slo.CanaryEvidence(w.restore.newest)
	}
	return m
}

// play does what a line of the script says.
func (w *world) play(a act) error {
	words := a.words
	var err error
	switch words[0] {
	case "down":
		w.down[words[1]] = slo.Reason(words[2])
	case "up":
		delete(w.down, words[1])
	case "silent", "back":
		err = w.away(words[1], words[0] == "silent")
	case "alert":
		err = w.foreign(words[1], words[2], words[3], a.at)
	case "disk":
		err = w.turnDisk(a)
	case "restore":
		err = w.backUp(words[2], words[4])
	default:
		w.line.add(a.at, source(words[0]), told(words[1:], a.why))
		return w.person(words[0], words[1:], a.why)
	}
	w.line.add(a.at, fromWorld, told(words, a.why))
	return err
}

// told is a line of the script as the timeline has it.
func told(words []string, why string) string {
	text := strings.Join(words, " ")
	if why != "" {
		text += ": " + why
	}
	return text
}

func (w *world) away(location string, away bool) error {
	n := slices.IndexFunc(w.agents, func(a *agent) bool { return a.location == location })
	if n < 0 {
		return fmt.Errorf("no agent is in %s", location)
	}
	w.agents[n].away = away
	return nil
}

// backUp says how long a restore will take, and of when its backup is.
func (w *world) backUp(takes, newest string) (err error) {
	if w.restore.takes, err = time.ParseDuration(takes); err != nil {
		return err
	}
	of, err := clockTime(newest)
	w.restore.newest = slo.At(midnight).Add(of)
	return err
}

func (w *world) turnDisk(a act) error {
	gb, err := strconv.ParseFloat(a.words[2], 64)
	switch {
	case err != nil:
		return err
	case a.words[1] == "grows":
		w.disk.turn(a.at, 0, gb)
	case a.words[1] == "frees":
		w.disk.turn(a.at, -gb, w.disk.perHour)
	default:
		return errors.New("a disk grows or frees")
	}
	return nil
}
