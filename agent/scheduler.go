package agent

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/assay-sla/assay/slo"
)

// sink takes what a scheduler produces. done and missed may be called from
// any goroutine; missed must not block.
type sink interface {
	done(kind string, slot slo.Instant, m slo.Measurement)
	missed(missed)
	delayed(time.Duration) // how late a slot was started
}

// schedulerOptions are what a scheduler is made of. All are required.
type schedulerOptions struct {
	agent  string
	limit  int // probes that run at the same time
	clock  func() reading
	offset func() time.Duration // what to add to the clock
	sink   sink
}

// scheduler runs each probe at its slots. One goroutine waits for the next
// slot of all; a slot that is due gets a goroutine at once, up to a limit.
//
// A slot that could not be started within its grace is declared missed: as
// agent_overloaded where no goroutine was free or the probe was still
// running, as agent_paused where the scheduler itself was away (the machine
// slept, the process was stopped). A clock that is set is no time that passed:
// the slots go on by the new one, and none is missed.
type scheduler struct {
	schedulerOptions
	work context.Context // of the runs; ends when they are to be given up
	stop context.CancelFunc
	wake chan struct{}

	mu        sync.Mutex
	entries   map[string]*entry // by probe
	due       dueHeap
	waiting   []turn        // due, and no goroutine was free or the probe still ran
	flying    flight        // what runs
	dealt     int64         // slots that began or were missed
	late      int64         // of these, those that began late or found no place
	seen      slo.Instant   // slots up to here were dealt with
	set       time.Duration // not 0 while slots are met by the clock as it was before it was set this far
	idle      chan struct{} // closed when stopping and nothing runs any more
	stopping  bool
	abandoned bool // what still comes in was declared missed already
}

// entry is a probe's place in the schedule.
type entry struct {
	job
	slots   slots
	tenure  tenure
	index   int         // in the heap
	next    slo.Instant // never, where the tenure has no more
	running bool
	slot    slo.Instant // that runs
	gone    bool        // no longer assigned
}

// after is the first slot after t that is the agent's to measure.
func (e *entry) after(t slo.Instant) slo.Instant {
	if next := e.slots.after(max(t, e.tenure.from-1)); next < e.tenure.until {
		return next
	}
	return never
}

// turn is a slot of a probe that waits to be run.
type turn struct {
	*entry
	slot   slo.Instant
	behind bool // the probe's own run before it
}

// deadline is when it is too late to start.
func (t turn) deadline() slo.Instant { return t.slot.Add(t.slots.grace()) }

func newScheduler(o schedulerOptions) *scheduler {
	s := &scheduler{
		schedulerOptions: o, entries: map[string]*entry{}, wake: make(chan struct{}, 1), idle: make(chan struct{}),
		seen: slo.At(o.clock().wall),
	}
	s.flying.at = o.clock().monotonic
	s.work, s.stop = context.WithCancel(context.Background())
	return s
}

// assign replaces what is to be run. The slots of probes whose interval stays
// are not touched; what runs goes on to its end.
func (s *scheduler) assign(jobs []job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keep := make(map[string]bool, len(jobs))
	for _, j := range jobs {
		keep[j.probe.Name] = true
		s.put(j)
	}
	for name, e := range s.entries {
		if !keep[name] {
			delete(s.entries, name)
			s.due.remove(e)
			e.gone = true
		}
	}
	s.waiting = slices.DeleteFunc(s.waiting, func(t turn) bool { return t.gone })
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *scheduler) put(j job) {
	at, when := slotsOf(s.agent, j.probe.Name, j.probe.Every), tenureOf(j.seat, s.offset())
	if j.seat.Name != "" {
		at = slotsOfSeat(j.seat.Name, j.probe.Name, j.probe.Every)
	}
	e := s.entries[j.probe.Name]
	switch {
	case e == nil:
		e = &entry{job: j, slots: at, tenure: when}
		e.next = e.after(s.seen)
		s.entries[j.probe.Name] = e
		s.due.push(e)
	case e.slots != at || e.tenure != when:
		e.job, e.slots, e.tenure = j, at, when
		e.next = e.after(s.seen)
		s.due.fix(e)
	default:
		e.job = j
	}
}

// jobs returns what is assigned, by probe.
func (s *scheduler) jobs() map[string]job {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]job, len(s.entries))
	for name, e := range s.entries {
		out[name] = e.job
	}
	return out
}

// watermark is an instant before which every slot was measured or declared,
// and given to the sink.
func (s *scheduler) watermark() slo.Instant {
	s.mu.Lock()
	defer s.mu.Unlock()
	mark := s.seen
	for _, e := range s.entries {
		if e.running {
			mark = min(mark, e.slot)
		}
	}
	for _, t := range s.waiting {
		mark = min(mark, t.slot)
	}
	return mark
}

// loop runs until ctx ends.
func (s *scheduler) loop(ctx context.Context) {
	w := watch{last: s.clock()}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
		now := s.clock()
		sleep := s.deal(slo.At(now.wall), w.look(now))
		sleep -= time.Duration(now.wall.Nanosecond()) % time.Millisecond // which deal did not see
		w.sleep(sleep)
		timer.Reset(sleep)
	}
}

// deal starts what is due at now, declares what is missed, and returns how
// long nothing more is to be done.
func (s *scheduler) deal(now slo.Instant, seen sight) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return maxSleep
	}
	why := slo.AgentOverloaded
	if seen.away {
		why = slo.AgentPaused
	}
	if seen.set != 0 {
		s.set = seen.set
		s.meetAll(now.Add(-seen.set), why) // what was due by the clock as it was
		s.set = 0
		s.restart(now, seen.set)
	}
	s.meetAll(now, why)
	s.seen = now
	s.expire(now)
	return s.pause(now)
}

// restart gives each probe the next slot of a clock that was set, and the slots
// that run or wait their place by it.
func (s *scheduler) restart(now slo.Instant, set time.Duration) {
	for _, e := range s.due {
		e.next = e.after(now)
		e.slot = e.slot.Add(set)
	}
	s.due.init()
	for i := range s.waiting {
		s.waiting[i].slot = s.waiting[i].slot.Add(set)
	}
	s.seen = now
}

func (s *scheduler) meetAll(now slo.Instant, why slo.Reason) {
	for len(s.due) > 0 && s.due[0].next <= now {
		s.meet(s.due[0], now, why)
	}
}

// meet deals with the slots of one probe up to now. Only the last one can
// still be on time.
func (s *scheduler) meet(e *entry, now slo.Instant, why slo.Reason) {
	first, last := e.next, e.slots.latest(min(now, e.tenure.until-1))
	e.next = e.after(last)
	s.due.fix(e)
	t := turn{e, last, e.running}
	if now > t.deadline() {
		s.miss(e, first, last, why)
		return
	}
	if first < last {
		s.miss(e, first, last-e.slots.every, why)
	}
	if e.running || s.flying.n >= s.limit {
		s.waiting = append(s.waiting, t)
		return
	}
	s.begin(t)
	go s.runs(t)
}

// miss declares slots. They found no place where the probe itself was not in
// its own way.
func (s *scheduler) miss(e *entry, first, last slo.Instant, why slo.Reason) {
	if why == slo.AgentOverloaded && !e.running {
		n := int64((last-first)/e.slots.every) + 1
		s.dealt, s.late = s.dealt+n, s.late+n
	}
	s.sink.missed(missed{
		probe: e.probe.Name, kind: e.probe.Spec.Kind(), revision: e.revision, seat: e.seat.Name, slots: e.slots,
		first: first, last: last, reason: why, offset: s.offset() + s.set,
	})
}

// expire declares the waiting slots that are too late.
func (s *scheduler) expire(now slo.Instant) {
	s.waiting = slices.DeleteFunc(s.waiting, func(t turn) bool {
		late := now > t.deadline()
		if late {
			s.miss(t.entry, t.slot, t.slot, slo.AgentOverloaded)
		}
		return late
	})
}

// maxSleep is how long the loop sleeps at most: a clock that was set is
// noticed within it.
const maxSleep = time.Second

func (s *scheduler) pause(now slo.Instant) time.Duration {
	sleep := maxSleep
	if len(s.due) > 0 {
		sleep = min(sleep, s.due[0].next.Sub(now))
	}
	for _, t := range s.waiting {
		sleep = min(sleep, t.deadline().Sub(now)+time.Millisecond)
	}
	return max(sleep, 0)
}

// begin marks a turn as running.
func (s *scheduler) begin(t turn) {
	t.running, t.entry.slot = true, t.slot
	s.flying.change(1, s.clock().monotonic)
}

// runs runs a turn, and then those that waited for it.
func (s *scheduler) runs(t turn) {
	for ok := true; ok; {
		s.measure(t)
		t, ok = s.finish(t)
	}
}

func (s *scheduler) measure(t turn) {
	s.mu.Lock()
	j, of := t.job, t.slots // an assignment may replace them while it runs
	start, offset := s.clock().wall, s.offset()
	delay := max(0, start.Sub(t.slot.Time()))
	s.dealt++
	if delay > t.slots.grace()/2 && !t.behind {
		s.late++
	}
	s.mu.Unlock()
	s.sink.delayed(delay)
	m := j.run(s.work, slo.At(start).Add(offset))
	m.Offset, m.Revision = offset, j.revision
	seated(&m, j.seat.Name, of, t.slot)

	s.mu.Lock()
	drop := s.abandoned
	s.mu.Unlock()
	if !drop {
		s.sink.done(j.probe.Spec.Kind(), t.slot, m)
	}
}

// finish ends a turn and begins the first of those that wait and can run.
func (s *scheduler) finish(t turn) (next turn, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	t.entry.running = false
	s.flying.change(-1, now.monotonic)
	s.expire(slo.At(now.wall))
	if s.stopping {
		if s.flying.n == 0 {
			close(s.idle)
		}
		return turn{}, false
	}
	for i, w := range s.waiting {
		if !w.running {
			s.waiting = slices.Delete(s.waiting, i, i+1)
			s.begin(w)
			return w, true
		}
	}
	return turn{}, false
}

// drain stops the runs: nothing new is started, what runs has grace to end,
// is then told to, and after as long again is declared and left alone. Call
// it once, after loop.
func (s *scheduler) drain(grace time.Duration) {
	s.mu.Lock()
	s.stopping = true
	for _, t := range s.waiting {
		s.miss(t.entry, t.slot, t.slot, slo.AgentShuttingDown)
	}
	s.waiting = nil
	if s.flying.n == 0 {
		close(s.idle)
	}
	s.mu.Unlock()

	defer s.stop()
	if s.idleWithin(grace) {
		return
	}
	s.stop()
	if s.idleWithin(grace) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.abandoned = true
	for _, e := range s.entries {
		if e.running {
			s.miss(e, e.slot, e.slot, slo.AgentShuttingDown)
		}
	}
}

func (s *scheduler) idleWithin(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-s.idle:
		return true
	case <-t.C:
		return false
	}
}

// sample is what the scheduler has measured of its work.
func (s *scheduler) sample() sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.clock().monotonic
	return sample{at: at, inFlight: s.flying.until(at), slots: s.dealt, late: s.late, probes: len(s.entries)}
}

// turned is when the loop last dealt with slots.
func (s *scheduler) turned() slo.Instant {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}
