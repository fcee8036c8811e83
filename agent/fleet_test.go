package agent

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// fleetHours is how long a fleet lives.
const fleetHours = 10 * time.Hour / fleetPart

var (
	fleetSeed  = flag.Uint64("fleet.seed", 0, "the first seed of TestFleet")
	fleetSeeds = flag.Uint64("fleet.seeds", 2, "how many seeds TestFleet runs")
)

// TestFleet runs agents and their collector for ten simulated hours through
// everything that may befall them, in an order that the seed gives: the
// collector is down for six hours; agents are restarted, killed in the middle
// of a write, and put back from a backup; clocks are set by an hour either way;
// two agents have one name; a disk is full; and what went over the network is
// sent again, as it was and altered. Every slot is measured once, no
// measurement is lost but in a declared gap, none counts twice, and the figures
// are those of the truth.
//
// Each seed is a process of its own: libraries below keep channels for the
// whole of a process, and those of one bubble must not be met in another.
func TestFleet(t *testing.T) {
	if seed, err := strconv.ParseUint(os.Getenv(fleetProcess), 10, 64); err == nil {
		liveFleet(t, seed)
		return
	}
	for seed := *fleetSeed; seed < *fleetSeed+*fleetSeeds; seed++ {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFleet$", "-test.v")
			cmd.Env = append(os.Environ(), fmt.Sprint(fleetProcess, "=", seed))
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
			t.Logf("%s", out)
		})
	}
}

// fleetProcess is the variable that gives a process its seed.
const fleetProcess = "ASSAY_TEST_FLEET_SEED"

func liveFleet(t *testing.T, seed uint64) {
	c := newCounts() // their library keeps a goroutine, which no bubble may have
	defer c.close()
	dir := quickFolder(t)
	synctest.Test(t, func(t *testing.T) {
		w := newFleetWorld(t, dir, rand.New(rand.NewPCG(seed, 3)))
		w.live()
		w.check()
	})
}

// quickFolder is a folder in memory where the system has one: what is tested
// is what is written, and hours of syncs take minutes on a disk.
func quickFolder(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat("/dev/shm"); err != nil {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "assay-fleet-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// event is something that befalls the fleet.
type event struct {
	at   time.Duration
	what string
	do   func()
}

// between is a random moment of a whole life, or as far into a part of one.
func (w *fleetWorld) between(from, to time.Duration) time.Duration {
	from, to = from/fleetPart, to/fleetPart
	return from + time.Duration(w.random.Int64N(int64(to-from))).Truncate(time.Millisecond)
}

// live plays the fleet's life and ends with every process stopped but the
// collector.
func (w *fleetWorld) live() {
	w.serve()
	agents := []*member{w.member("eu-1", "eu"), w.member("eu-2", "eu"), w.member("us-1", "us"), w.member("ap-1", "ap")}
	w.spoil()
	for _, m := range agents {
		m.start()
	}
	twin := w.member("us-1", "us")
	events := slices.Concat(w.outage(agents), w.clocks(agents), w.deaths(agents), w.twins(twin), w.backups(agents[0]))
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	for _, e := range events {
		time.Sleep(time.Until(w.began.Add(e.at)))
		w.t.Logf("%s %s", time.Since(w.began).Truncate(time.Second), e.what)
		e.do()
	}
	time.Sleep(time.Until(w.began.Add(fleetHours - 10*time.Minute/fleetPart)))
	for _, m := range append(agents, twin) {
		m.halt()
	}
	w.replays(append(agents, twin))
	time.Sleep(time.Minute) // the followers are no further behind than that
}

// spoil says what is true of the targets.
func (w *fleetWorld) spoil() {
	add := func(probe, location string, outcome slo.State, from, to, most time.Duration) {
		at := w.began.Add(w.between(from, to))
		w.faults = append(w.faults, fault{probe, location, at, at.Add(w.between(3*time.Minute, most)), outcome})
	}
	add("web", "", slo.Down, 20*time.Minute, 2*time.Hour, 30*time.Minute)
	add("web", "", slo.Down, 4*time.Hour, 6*time.Hour, time.Hour)
	add("db", "", slo.Down, 3*time.Hour, 9*time.Hour, 20*time.Minute)
	add("db", "ap", slo.Down, time.Hour, 9*time.Hour, time.Hour)
	add("web", "eu", slo.Unknown, time.Hour, 9*time.Hour, time.Hour)
	add("web", "us", slo.Unknown, time.Hour, 9*time.Hour, time.Hour)
}

// outage takes the collector away for six hours, in which a disk is full.
func (w *fleetWorld) outage(agents []*member) []event {
	down := w.between(100*time.Minute, 130*time.Minute)
	full := down + w.between(2*time.Hour, 3*time.Hour)
	disk := agents[3]
	return []event{
		{down, "the collector goes", func() { w.stop() }},
		{full, "the disk of " + disk.name + " is full", func() { disk.fillDisk(true) }},
		{full + w.between(10*time.Minute, 90*time.Minute), "it has room again", func() { disk.fillDisk(false) }},
		{down + 6*time.Hour/fleetPart, "the collector is back", w.serve},
	}
}

// clocks sets one clock ahead and back, and another back and ahead.
func (w *fleetWorld) clocks(agents []*member) (out []event) {
	for i, step := range []time.Duration{time.Hour, -time.Hour} {
		m := agents[1+i]
		m.unsteady = true
		set := func(d time.Duration) func() { return func() { m.setClock(d) } }
		out = append(out,
			event{w.between(20*time.Minute, 5*time.Hour), fmt.Sprintf("the clock of %s is set by %s", m.name, step), set(step)},
			event{w.between(5*time.Hour, 9*time.Hour), fmt.Sprintf("the clock of %s is set by %s", m.name, -step), set(-step)})
	}
	return out
}

// deaths restarts and kills agents. One whose clock is set lives on while the
// collector is away: until it has heard a collector a process believes its
// clock. A disk that is full keeps its agent: what waits in memory ends with
// the process.
func (w *fleetWorld) deaths(agents []*member) (out []event) {
	for range 4 {
		m, pause := agents[w.random.IntN(3)], w.between(0, 10*time.Minute)
		out = append(out, event{w.between(10*time.Minute, 9*time.Hour), "restart of " + m.name, func() {
			if m.mayDie() {
				m.restart(pause)
			}
		}})
	}
	for range 4 {
		m, pause := agents[w.random.IntN(3)], w.between(0, 10*time.Minute)
		out = append(out, event{w.between(10*time.Minute, 9*time.Hour), "death of " + m.name, func() {
			if m.mayDie() {
				m.kill(pause)
			}
		}})
	}
	return out
}

func (m *member) mayDie() bool { return m.w.stop != nil || !m.unsteady }

// twins has a second agent under a name that is taken, for the rest.
func (w *fleetWorld) twins(twin *member) []event {
	return []event{{w.between(30*time.Minute, 90*time.Minute), "another " + twin.name + " begins", twin.start}}
}

// backups puts an agent's folder back as it was hours ago.
func (w *fleetWorld) backups(m *member) []event {
	var saved string
	return []event{
		{w.between(10*time.Minute, 90*time.Minute), "backup of " + m.name, func() { saved = m.copied() }},
		{w.between(9*time.Hour-10*time.Minute, 9*time.Hour+20*time.Minute), m.name + " is put back from its backup", func() {
			m.halt() // and has delivered everything
			m.data = saved
			m.start()
		}},
	}
}

// replays sends again what went over the network: as it was, which changes
// nothing, and altered, which is a conflict. A measurement of the far future
// is taken, and counts nowhere.
func (w *fleetWorld) replays(agents []*member) {
	conflicts := 0
	var last *capturedRequest
	for _, m := range agents {
		sent := m.cable.captured(push.PushPath)
		for _, i := range w.random.Perm(len(sent))[:min(len(sent), 200)] {
			if reply := w.post(sent[i]); len(reply.Conflicts) > 0 {
				w.t.Errorf("a repeat of %s is a conflict: %v", m.name, reply.Conflicts)
			}
		}
		last = sent[len(sent)-1]
		conflicts += len(w.post(altered(w.t, last, func(m *slo.Measurement) { m.Outcome, m.Reason = slo.Down, slo.ConnectRefused })).Conflicts)
	}
	if conflicts == 0 {
		w.t.Error("nothing that was altered is a conflict")
	}
	w.post(foreign(w.t, time.Now().Add(2*time.Hour)))
}

// altered is a push whose measurements say something else.
func altered(t *testing.T, r *capturedRequest, change func(*slo.Measurement)) *capturedRequest {
	t.Helper()
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	body, err := d.DecodeAll(r.body, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := push.DecodeBatch(body)
	if err != nil {
		t.Fatal(err)
	}
	for i := range b.Records {
		rec, err := push.DecodeRecord(b.Records[i].Record)
		if err != nil {
			t.Fatal(err)
		}
		if rec.Measurement == nil {
			continue
		}
		change(rec.Measurement)
		rec.Measurement.Evidence = strings.Replace(rec.Measurement.Evidence, "run", "forged", 1)
		if b.Records[i].Record, err = push.EncodeRecord(rec); err != nil {
			t.Fatal(err)
		}
	}
	return plainPush(t, r, b)
}

func plainPush(t *testing.T, r *capturedRequest, b push.Batch) *capturedRequest {
	t.Helper()
	body, err := push.EncodeBatch(b)
	if err != nil {
		t.Fatal(err)
	}
	header := r.header.Clone()
	header.Del("Content-Encoding")
	return &capturedRequest{r.uri, header, body}
}

// foreign is a push of an agent whose clock is ahead, and was never heard.
func foreign(t *testing.T, at time.Time) *capturedRequest {
	t.Helper()
	record, err := push.EncodeRecord(slo.Record{Measurement: &slo.Measurement{
		Probe: "web", Location: "eu", At: slo.At(at), Outcome: slo.Down, Reason: slo.ConnectRefused,
	}})
	if err != nil {
		t.Fatal(err)
	}
	r := &capturedRequest{uri: push.PushPath + "?agent=eu-9", header: map[string][]string{"Content-Type": {push.ContentType}}}
	return plainPush(t, r, push.Batch{Agent: "eu-9", Epoch: "e9", Records: []push.BatchRecord{{Seq: 1, Record: record}}})
}
