package agent

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

// log is a sink that remembers.
type log struct {
	mu     sync.Mutex
	ran    map[string][]slo.Instant                // slots, by probe
	at     map[string][]slo.Instant                // starts, by probe
	lost   map[string]map[slo.Reason][]slo.Instant // slots, by probe
	delays []time.Duration
	fates  map[string][]slo.Reason
}

func newLog() *log {
	return &log{
		ran: map[string][]slo.Instant{}, at: map[string][]slo.Instant{}, fates: map[string][]slo.Reason{},
		lost: map[string]map[slo.Reason][]slo.Instant{},
	}
}

func (l *log) done(_ string, slot slo.Instant, m slo.Measurement) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ran[m.Probe] = append(l.ran[m.Probe], slot)
	l.at[m.Probe] = append(l.at[m.Probe], m.At)
	l.fates[m.Probe] = append(l.fates[m.Probe], m.Reason)
}

func (l *log) missed(m missed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost[m.probe] == nil {
		l.lost[m.probe] = map[slo.Reason][]slo.Instant{}
	}
	for x := range m.measurements() {
		l.lost[m.probe][m.reason] = append(l.lost[m.probe][m.reason], x.At.Add(-x.Offset))
	}
}

func (l *log) delayed(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.delays = append(l.delays, d)
}

// slots are all slots of a probe that were measured or declared, in order.
func (l *log) slots(probe string) []slo.Instant {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Clone(l.ran[probe])
	for _, lost := range l.lost[probe] {
		all = append(all, lost...)
	}
	slices.Sort(all)
	return all
}

// fakeClock is the bubble's clock with a wall that can be set and a process
// that can be stopped.
type fakeClock struct {
	mu            sync.Mutex
	start         time.Time
	boots         bool // it tells a clock that was set from a machine that slept
	wall, stopped time.Duration
}

func newFakeClock() *fakeClock { return &fakeClock{start: time.Now()} }

func (c *fakeClock) read() reading {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	r := reading{wall: now.Round(0).Add(c.wall + c.stopped), monotonic: now.Sub(c.start) + c.stopped}
	if c.boots {
		r.boot = time.Hour + r.monotonic
	}
	return r
}

func (c *fakeClock) set(wall, stopped time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall, c.stopped = c.wall+wall, c.stopped+stopped
}

// world is a scheduler that runs in a bubble.
type world struct {
	*scheduler
	*log
	clock *fakeClock
	began slo.Instant
	stop  func() // the loop
	end   func() // the loop, and then what runs
}

func begin(limit int, jobs ...job) *world { return beginWith(newFakeClock(), limit, jobs...) }

func beginWith(clock *fakeClock, limit int, jobs ...job) *world {
	w := &world{log: newLog(), clock: clock}
	w.scheduler = newScheduler(schedulerOptions{
		agent: "eu-1", limit: limit, clock: w.clock.read, offset: func() time.Duration { return 0 }, sink: w.log,
	})
	w.began = slo.At(w.clock.read().wall)
	w.assign(jobs)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() { w.loop(ctx); close(stopped) }()
	w.stop = func() { cancel(); <-stopped }
	w.end = func() { w.stop(); w.drain(time.Minute) }
	return w
}

// now is the clock on the wall.
func (w *world) now() slo.Instant { return slo.At(w.clock.read().wall) }

// wants are the slots that a probe has from from to to.
func wants(name string, every time.Duration, from, to slo.Instant) (out []slo.Instant) {
	s := slotsOf("eu-1", name, every)
	for at := s.after(from); at <= to; at += s.every {
		out = append(out, at)
	}
	return out
}

// takes is a probe that runs for a while and is up.
func takes(name string, every, d time.Duration) job {
	return job{
		probe: slo.Probe{Name: name, Every: every, Timeout: every, Spec: &slo.TCP{}},
		run: func(ctx context.Context, at slo.Instant) slo.Measurement {
			m := slo.Measurement{Probe: name, At: at, Outcome: slo.Up}
			if d > 0 {
				select {
				case <-time.After(d):
				case <-ctx.Done():
					m.Outcome, m.Reason = slo.Unknown, slo.AgentShuttingDown
				}
			}
			return m
		},
	}
}

func TestEachProbeRunsAtEachOfItsSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var jobs []job
		every := []time.Duration{time.Second, 7 * time.Second, 30 * time.Second, time.Minute, time.Hour}
		for i := range 200 {
			jobs = append(jobs, takes(fmt.Sprintf("p%d", i), every[i%len(every)], time.Duration(i)*time.Millisecond))
		}
		w := begin(100, jobs...)
		time.Sleep(10*time.Minute + 999*time.Millisecond)
		w.end()
		for _, j := range jobs {
			name := j.probe.Name
			want := wants(name, j.probe.Every, w.began, w.began.Add(10*time.Minute+999*time.Millisecond))
			if got := w.ran[name]; !slices.Equal(got, want) {
				t.Fatalf("%s ran at %v, want %v", name, got, want)
			}
			if !slices.Equal(w.at[name], want) {
				t.Fatalf("%s was started at %v, want its slots %v", name, w.at[name], want)
			}
		}
		if len(w.lost) > 0 {
			t.Errorf("slots were lost: %v", w.lost)
		}
	})
}

func TestARestartKeepsThePhase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := begin(10, takes("web", 30*time.Second, 0))
		time.Sleep(95 * time.Second)
		first.end()
		time.Sleep(17 * time.Second)
		second := begin(10, takes("web", 30*time.Second, 0))
		time.Sleep(2 * time.Minute)
		second.end()
		slots := append(first.ran["web"], second.ran["web"]...)
		for i := range slots[1:] {
			if gap := slots[i+1] - slots[i]; gap%30_000 != 0 {
				t.Errorf("slots %v are %d ms apart", slots[i:i+2], gap)
			}
		}
	})
}

func TestAFullHouseIsDeclared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var jobs []job
		for i := range 20 { // 20 x 4 s of work in each 10 s, for 2 to do
			jobs = append(jobs, takes(fmt.Sprintf("p%d", i), 10*time.Second, 4*time.Second))
		}
		w := begin(2, jobs...)
		time.Sleep(5 * time.Minute)
		until := w.now()
		time.Sleep(10 * time.Second)
		w.end()
		ran, lost := 0, 0
		for _, j := range jobs {
			want := wants(j.probe.Name, 10*time.Second, w.began, until)
			if got := w.slots(j.probe.Name); !slices.Equal(got[:min(len(got), len(want))], want) {
				t.Errorf("%s has slots %v, want %v", j.probe.Name, got, want)
			}
			ran, lost = ran+len(w.ran[j.probe.Name]), lost+len(w.lost[j.probe.Name][slo.AgentOverloaded])
		}
		if ran < 140 || lost < 400 {
			t.Errorf("%d slots ran and %d were declared: two places run 150 in five minutes", ran, lost)
		}
		for _, d := range w.delays {
			if d > time.Second {
				t.Errorf("a slot was started %v late", d)
			}
		}
	})
}

func TestAProbeThatStillRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(10, takes("slow", 10*time.Second, 14*time.Second))
		time.Sleep(time.Minute)
		until := w.now()
		time.Sleep(20 * time.Second)
		w.end()
		want := wants("slow", 10*time.Second, w.began, until)
		if got := w.slots("slow"); !slices.Equal(got[:len(want)], want) {
			t.Fatalf("slots are %v, want %v", got, want)
		}
		if got := w.lost["slow"][slo.AgentOverloaded]; len(got) < 2 || got[0] != want[1] {
			t.Errorf("declared are %v, want each second one of %v", got, want)
		}
	})
}

// TestARunAsLongAsTheInterval lets a probe time out exactly when its next slot
// comes: that one starts a moment late instead of being lost.
func TestARunAsLongAsTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(10, takes("dead", 10*time.Second, 10*time.Second+time.Millisecond))
		time.Sleep(10 * time.Minute)
		w.end()
		if n := len(w.lost["dead"]); n > 0 {
			t.Errorf("slots were lost: %v", w.lost["dead"])
		}
		if n := len(w.ran["dead"]); n < 59 {
			t.Errorf("it ran %d times in ten minutes", n)
		}
	})
}

func TestAnAssignmentDisturbsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(10, takes("keeps", 10*time.Second, 2*time.Second), takes("goes", 10*time.Second, 0), takes("slows", 10*time.Second, 0))
		for range 20 { // at odd moments, also while keeps runs
			time.Sleep(2900 * time.Millisecond)
			w.assign([]job{takes("keeps", 10*time.Second, 2*time.Second), takes("comes", 5*time.Second, 0), takes("slows", 20*time.Second, 0)})
		}
		changed := w.began.Add(2900 * time.Millisecond)
		until := w.now()
		w.end()
		for name, want := range map[string][]slo.Instant{
			"keeps": wants("keeps", 10*time.Second, w.began, until),
			"goes":  wants("goes", 10*time.Second, w.began, changed),
			"comes": wants("comes", 5*time.Second, changed, until),
			"slows": append(wants("slows", 10*time.Second, w.began, changed), wants("slows", 20*time.Second, changed, until)...),
		} {
			if got := w.slots(name); !slices.Equal(got, want) {
				t.Errorf("%s has slots %v, want %v", name, got, want)
			}
		}
	})
}

func TestSlotsThatWereSleptThrough(t *testing.T) {
	for name, jump := range map[string]struct{ wall, stopped time.Duration }{
		"the machine slept":       {wall: 25 * time.Minute},
		"the process was stopped": {stopped: 25 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := begin(10, takes("a", 10*time.Second, 0), takes("b", time.Minute, 0), takes("c", time.Hour, 0))
				time.Sleep(5 * time.Minute)
				slept := w.now()
				w.clock.set(jump.wall, jump.stopped)
				woke := w.now()
				time.Sleep(5 * time.Minute)
				until := w.now()
				w.end()
				for name, every := range map[string]time.Duration{"a": 10 * time.Second, "b": time.Minute, "c": time.Hour} {
					want := wants(name, every, w.began, until)
					if got := w.slots(name); !slices.Equal(got, want) {
						t.Errorf("%s has slots %v, want %v", name, got, want)
					}
					for why, lost := range w.lost[name] {
						for _, at := range lost {
							if why != slo.AgentPaused || at <= slept || at > woke.Add(time.Second) {
								t.Errorf("%s: %s at %v, slept from %v to %v", name, why, at, slept, woke)
							}
						}
					}
				}
				if n := len(w.lost["a"][slo.AgentPaused]); n < 148 {
					t.Errorf("only %d slots of 150 were declared", n)
				}
			})
		})
	}
}

func TestALongSleepIsDeclaredInPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(10, takes("a", time.Minute, 0))
		time.Sleep(5*time.Minute + 30*time.Second)
		slept := w.now()
		w.clock.set(30*time.Hour, 0)
		time.Sleep(5 * time.Minute)
		w.end()
		lost := w.lost["a"][slo.AgentPaused]
		if len(lost) != 61 || lost[0] != slotsOf("eu-1", "a", time.Minute).after(slept) {
			t.Errorf("%d slots were declared, from %v; want the first after %v and 60 of the last hour", len(lost), lost[:1], slept)
		}
	})
}

// TestAClockSetBack goes on probing by the new time at once.
func TestAClockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(10, takes("a", 10*time.Second, 0))
		time.Sleep(5 * time.Minute)
		w.clock.set(-time.Hour, 0)
		back := w.now()
		time.Sleep(5 * time.Minute)
		until := w.now()
		w.end()
		before := len(wants("a", 10*time.Second, w.began, w.began.Add(5*time.Minute)))
		want := wants("a", 10*time.Second, back.Add(time.Second), until) // noticed within a second
		got := w.ran["a"][before:]
		if len(got) > len(want) {
			got = got[1:]
		}
		if !slices.Equal(got, want) || len(w.lost) > 0 {
			t.Errorf("after it was set back it ran at %v and lost %v, want %v", got, w.lost, want)
		}
	})
}

// alone is a job that never runs twice at the same time.
func alone(t *rapid.T, j job) job {
	run, running := j.run, atomic.Int32{}
	j.run = func(ctx context.Context, at slo.Instant) slo.Measurement {
		if running.Add(1) > 1 {
			t.Errorf("%s runs twice at the same time", j.probe.Name)
		}
		defer running.Add(-1)
		return run(ctx, at)
	}
	return j
}

// TestNoSlotIsLostSilently runs random fleets through random trouble: each
// slot of each probe is measured or declared, exactly once.
func TestNoSlotIsLostSilently(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.IntRange(1, 6).Draw(rt, "limit")
		var jobs []job
		for i := range rapid.IntRange(1, 12).Draw(rt, "probes") {
			every := time.Duration(rapid.IntRange(1, 20).Draw(rt, "every")) * time.Second
			run := time.Duration(rapid.IntRange(0, 15_000).Draw(rt, "run")) * time.Millisecond
			jobs = append(jobs, alone(rt, takes(fmt.Sprintf("p%d", i), every, run)))
		}
		pauses := rapid.SliceOfN(rapid.IntRange(0, 90_000), 0, 4).Draw(rt, "pauses")
		synctest.Test(t, func(*testing.T) {
			w := begin(limit, jobs...)
			for _, ms := range pauses {
				time.Sleep(47 * time.Second)
				w.clock.set(time.Duration(ms)*time.Millisecond, 0)
			}
			time.Sleep(time.Minute)
			until := w.now()
			time.Sleep(40 * time.Second) // what was begun by then has ended
			w.end()
			for _, j := range jobs {
				want := wants(j.probe.Name, j.probe.Every, w.began, until)
				got := w.slots(j.probe.Name)
				if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
					rt.Errorf("%s has slots %v, want %v", j.probe.Name, got, want)
				}
			}
		})
	})
}

func TestDrain(t *testing.T) {
	stubborn := func(name string) job {
		j := takes(name, time.Minute, 0)
		j.run = func(_ context.Context, at slo.Instant) slo.Measurement {
			time.Sleep(time.Hour) // hears nothing
			return slo.Measurement{Probe: name, At: at, Outcome: slo.Up}
		}
		return j
	}
	synctest.Test(t, func(t *testing.T) {
		w := begin(3, takes("short", time.Minute, 3*time.Second), takes("long", time.Minute, 50*time.Second), stubborn("stubborn"), takes("waits", time.Minute, 0))
		w.scheduler.mu.Lock()
		for name, e := range w.entries { // all at one instant, so that one waits
			e.next = w.seen + 1000
			if name == "waits" {
				e.next++
			}
			e.slots.phase = e.next % e.slots.every
		}
		w.due.init()
		w.scheduler.mu.Unlock()
		time.Sleep(1500 * time.Millisecond)

		w.stop()
		w.scheduler.drain(5 * time.Second)
		if took := w.now().Sub(w.began); took > 12*time.Second {
			t.Errorf("it took %v", took)
		}
		if got := w.fates["short"]; !slices.Equal(got, []slo.Reason{""}) {
			t.Errorf("what ends within the grace ended with %q", got)
		}
		if got := w.fates["long"]; !slices.Equal(got, []slo.Reason{slo.AgentShuttingDown}) {
			t.Errorf("what is told to end ended with %q", got)
		}
		for _, name := range []string{"stubborn", "waits"} {
			if n := len(w.lost[name][slo.AgentShuttingDown]); n != 1 || len(w.ran[name]) != 0 {
				t.Errorf("%s: %d declared, %d ran", name, n, len(w.ran[name]))
			}
		}
		time.Sleep(2 * time.Hour)
		if len(w.ran["stubborn"]) != 0 {
			t.Error("what was declared came in afterwards")
		}
	})
}

func TestWatermark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(10, takes("a", 20*time.Second, 15*time.Second))
		slot := slotsOf("eu-1", "a", 20*time.Second).after(w.began)
		time.Sleep(slot.Sub(w.began) + 5*time.Second)
		if got := w.watermark(); got != slot {
			t.Errorf("while it runs the watermark is %v, want %v", got, slot)
		}
		time.Sleep(12 * time.Second)
		if got := w.watermark(); got <= slot.Add(15*time.Second) {
			t.Errorf("after its end the watermark is %v", got)
		}
		w.end()
	})
}

func TestRevisionAndOffsetAreNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLog()
		var got slo.Measurement
		var declared missed
		s := newScheduler(schedulerOptions{agent: "eu-1", limit: 1, clock: newFakeClock().read, offset: func() time.Duration { return 3 * time.Second },
			sink: spy{l, func(m slo.Measurement) { got = m }, func(m missed) { declared = m }}})
		j := takes("a", 10*time.Second, 0)
		j.revision = "r7"
		s.assign([]job{j})
		slot := slotsOf("eu-1", "a", 10*time.Second).after(s.seen)
		ctx, cancel := context.WithTimeout(t.Context(), slot.Sub(s.seen)+time.Second)
		defer cancel()
		s.loop(ctx)
		s.drain(time.Second)
		if got.At != slot.Add(3*time.Second) || got.Offset != 3*time.Second || got.Revision != "r7" {
			t.Errorf("measured %+v at slot %v", got, slot)
		}
		s.miss(s.entries["a"], slot, slot, slo.AgentPaused)
		for m := range declared.measurements() {
			if m.At != slot.Add(3*time.Second) || m.Offset != 3*time.Second || m.Revision != "r7" || m.Outcome != slo.Unknown || m.Reason != slo.AgentPaused {
				t.Errorf("declared %+v at slot %v", m, slot)
			}
		}
	})
}

// spy looks at what goes into a log.
type spy struct {
	*log
	seen     func(slo.Measurement)
	declared func(missed)
}

func (s spy) done(kind string, slot slo.Instant, m slo.Measurement) {
	s.seen(m)
	s.log.done(kind, slot, m)
}

func (s spy) missed(m missed) {
	s.declared(m)
	s.log.missed(m)
}

func TestWatch(t *testing.T) {
	const s, no = time.Second, time.Duration(-1)
	for _, c := range []struct {
		name                  string
		wall, monotonic, boot time.Duration // boot: no is a system that does not tell
		want                  sight
	}{
		{"on time", s, s, s, sight{}},
		{"a little late", 2 * s, 2 * s, 2 * s, sight{}},
		{"stopped", 5 * s, 5 * s, 5 * s, sight{away: true}},
		{"asleep", 3600 * s, s, 3600 * s, sight{away: true}},
		{"asleep, for all it knows", 3600 * s, s, no, sight{away: true}},
		{"slewed", s + s/2, s, s, sight{}},
		{"set back", -60 * s, s, s, sight{set: -61 * s}},
		{"set back, without boot", -60 * s, s, no, sight{set: -61 * s}},
		{"set back a little", s / 2, s, s, sight{}},
		{"set forward", 3601 * s, s, s, sight{set: 3600 * s}},
		{"asleep and set forward", 3601 * s, s, 1801 * s, sight{away: true, set: 1800 * s}},
		{"stopped and set back", 5 * s, 60 * s, 60 * s, sight{away: true, set: -55 * s}},
	} {
		start := reading{time.Unix(1e9, 0), 100 * s, 200 * s}
		now := reading{start.wall.Add(c.wall), start.monotonic + c.monotonic, start.boot + c.boot}
		if c.boot == no {
			start.boot, now.boot = 0, 0
		}
		w := watch{last: start, meant: s}
		if got := w.look(now); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestAClockThatIsSet sets the clock either way, while a probe runs and one
// waits. No time passed: each slot is run at its moment, by the old clock before
// and by the new one after, and none is missed.
func TestAClockThatIsSet(t *testing.T) {
	for _, step := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(step.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock := newFakeClock()
				clock.boots = true
				w := beginWith(clock, 1, takes("a", 10*time.Second, 0), takes("b", time.Minute, 400*time.Millisecond))
				time.Sleep(5 * time.Minute)
				before := w.now()
				clock.set(step, 0)
				time.Sleep(5 * time.Minute)
				until := w.now()
				w.end()
				for name, every := range map[string]time.Duration{"a": 10 * time.Second, "b": time.Minute} {
					want := append(wants(name, every, w.began, before), wants(name, every, before.Add(step), until)...)
					if !slices.Equal(w.at[name], want) {
						t.Errorf("%s was started at %v, want %v", name, w.at[name], want)
					}
				}
				if len(w.lost) > 0 {
					t.Errorf("slots were lost: %v", w.lost)
				}
			})
		})
	}
}

// TestWhatWaitsWhileTheClockIsSet declares what finds no place at its true
// moment, whatever the clock says by then.
func TestWhatWaitsWhileTheClockIsSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := newFakeClock()
		clock.boots = true
		offset := time.Duration(0)
		l := newLog()
		s := newScheduler(schedulerOptions{agent: "eu-1", limit: 1, clock: clock.read, offset: func() time.Duration { return offset }, sink: l})
		s.assign([]job{takes("long", 10*time.Minute, 5*time.Minute), takes("waits", 10*time.Minute, 0)})
		now := slotsOf("eu-1", "long", 10*time.Minute).after(s.seen)
		s.deal(now, sight{})
		s.mu.Lock()
		s.waiting = append(s.waiting, turn{entry: s.entries["waits"], slot: now})
		s.mu.Unlock()
		clock.set(time.Hour, 0)
		offset = -time.Hour
		s.deal(now.Add(time.Hour), sight{set: time.Hour})
		s.deal(now.Add(time.Hour+2*time.Second), sight{})
		if got := l.lost["waits"][slo.AgentOverloaded]; len(got) != 1 || got[0] != now.Add(time.Hour) {
			t.Errorf("declared at %v by the clock as it is, want %v", got, now.Add(time.Hour))
		}
		time.Sleep(6 * time.Minute)
		s.drain(time.Second)
	})
}

func TestJobsAreKept(t *testing.T) {
	s := newScheduler(schedulerOptions{agent: "a", limit: 1, clock: systemClock(), offset: func() time.Duration { return 0 }, sink: newLog()})
	s.assign([]job{takes("x", time.Minute, 0), takes("y", time.Minute, 0)})
	s.assign([]job{takes("y", time.Minute, 0)})
	if got := slices.Collect(maps.Keys(s.jobs())); !slices.Equal(got, []string{"y"}) || len(s.due) != 1 {
		t.Errorf("assigned are %v, %d in the heap", got, len(s.due))
	}
}
