package agent

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

// steady is an agent whose probes each take so much, and whose slots begin in
// time but for a share.
type steady struct {
	inFlight, cpu time.Duration // of a second, for each probe
	waiting       float64       // records, for each probe
	late          float64       // share of slots
	offer         offer
}

// room runs the agent for minutes with so many probes, and tells its room.
func (a steady) room(probes, minutes int) (slo.Room, bool) {
	var l load
	was := sample{probes: probes}
	for range minutes * 6 {
		is := was
		is.at += sampleEvery
		is.inFlight += time.Duration(probes) * a.inFlight * 10
		is.cpu += time.Duration(probes) * a.cpu * 10
		is.slots += 1000
		is.late += int64(1000 * a.late)
		is.waiting = int(a.waiting * float64(probes))
		l, was = l.after(was, is), is
	}
	return l.room(probes, a.offer)
}

var usual = offer{places: 1000, cores: 2, records: 50_000}

func TestRoom(t *testing.T) {
	for _, c := range []struct {
		name   string
		agent  steady
		probes int
		want   slo.Room
	}{
		// 909 of 1,000 places may be taken in the mean, 0.1 by a probe.
		{"places", steady{inFlight: 100 * time.Millisecond, offer: usual}, 1000, slo.Room{Probes: 8095, Limit: slo.LimitConcurrency}},
		{"no place", steady{inFlight: time.Second, offer: usual}, 950, slo.Room{Limit: slo.LimitConcurrency}},
		{"one place", steady{inFlight: time.Millisecond, offer: offer{places: 1, cores: 2, records: 50_000}}, 10, slo.Room{Probes: 81, Limit: slo.LimitConcurrency}},
		// 1.6 of 2 processors, a thousandth by a probe.
		{"processors", steady{inFlight: time.Millisecond, cpu: time.Millisecond, offer: usual}, 1000, slo.Room{Probes: 600, Limit: slo.LimitCPU}},
		{"part of a processor", steady{cpu: time.Millisecond, offer: offer{places: 1000, cores: 0.5, records: 50_000}}, 100, slo.Room{Probes: 300, Limit: slo.LimitCPU}},
		{"no processor", steady{cpu: time.Millisecond, offer: usual}, 2000, slo.Room{Limit: slo.LimitCPU}},
		{"a disk that is slow", steady{waiting: 10, offer: usual}, 1000, slo.Room{Probes: 1500, Limit: slo.LimitQueue}},
		{"a disk that takes nothing", steady{waiting: 50, offer: usual}, 1000, slo.Room{Limit: slo.LimitQueue}},
		{"slots that begin late, of what is scarce", steady{cpu: time.Millisecond, late: 0.011, offer: usual}, 1500, slo.Room{Limit: slo.LimitCPU}},
		{"slots that begin late, and nothing is scarce", steady{cpu: time.Millisecond, late: 0.011, offer: usual}, 1000, slo.Room{Limit: slo.LimitSchedule}},
		{"a slot here and there", steady{cpu: time.Millisecond, late: 0.009, offer: usual}, 1000, slo.Room{Probes: 600, Limit: slo.LimitCPU}},
		{"nothing is used", steady{offer: usual}, 3, slo.Room{Probes: slo.MaxRoom, Limit: slo.LimitConcurrency}},
	} {
		got, ok := c.agent.room(c.probes, 10)
		if got.Limit != c.want.Limit || got.Probes < c.want.Probes-1 || got.Probes > c.want.Probes || !ok {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, ok, c.want)
		}
	}
}

// Nothing is said where nothing is known.
func TestRoomIsNotKnown(t *testing.T) {
	if r, ok := (load{}).room(1, usual); ok {
		t.Errorf("of an agent that just began: %+v", r)
	}
	idle := steady{offer: usual}
	if r, ok := idle.room(0, 10); ok {
		t.Errorf("of an agent without probes: %+v", r)
	}
	was := sample{at: time.Minute, probes: 1}
	if l := (load{elapsed: 1}).after(was, was); l.elapsed != 1 {
		t.Errorf("no time has passed: %+v", l)
	}
}

// The room of an agent is right: with that many more probes of the same kind
// it has none, or as good as none, and with fewer it has what is left.
func TestRoomIsWhatFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := steady{
			inFlight: time.Duration(rapid.Int64Range(0, 1000).Draw(t, "in flight")) * time.Millisecond,
			cpu:      time.Duration(rapid.Int64Range(1, 5000).Draw(t, "cpu")) * time.Microsecond,
			offer: offer{
				places: rapid.IntRange(1, 5000).Draw(t, "places"), records: recordBuffer,
				cores: rapid.Float64Range(0.1, 64).Draw(t, "cores"),
			},
		}
		probes := rapid.IntRange(1, 5000).Draw(t, "probes")
		r, ok := a.room(probes, 5)
		if !ok || r.Probes < 0 || r.Probes > slo.MaxRoom {
			t.Fatalf("%+v, %v", r, ok)
		}
		if r.Probes == slo.MaxRoom {
			return
		}
		if r.Probes == 0 { // it is full, or one more is too much
			if more, _ := a.room(probes+1, 5); more.Probes != 0 {
				t.Fatalf("none, and with one more %+v", more)
			}
			return
		}
		if full, _ := a.room(probes+int(r.Probes), 5); full.Probes > 1 {
			t.Fatalf("%+v, and with these %+v", r, full)
		}
		if one, _ := a.room(probes+1, 5); one.Limit != r.Limit || one.Probes > r.Probes || one.Probes < r.Probes-2 {
			t.Fatalf("%+v, and with one more %+v", r, one)
		}
	})
}

// An agent that is given many more probes tells so at once, and a start that was
// busy is forgotten.
func TestRoomFollows(t *testing.T) {
	var l load
	was := sample{probes: 100}
	step := func(probes int, cpu time.Duration) slo.Room {
		is := was
		is.at, is.probes, is.cpu = is.at+sampleEvery, probes, is.cpu+cpu
		l, was = l.after(was, is), is
		r, _ := l.room(probes, usual)
		return r
	}
	step(100, 20*time.Second) // both processors, to start
	for range 60 {
		step(100, time.Second)
	}
	before := step(100, time.Second)
	if before.Probes < 1480 || before.Probes > 1500 { // 1.6 processors for 0.001 each
		t.Fatalf("long after the start: %+v", before)
	}
	if r := step(1100, 11*time.Second); r.Probes < 480 || r.Probes > 500 {
		t.Errorf("a thousand more: %+v", r)
	}
	if r := step(5000, 20*time.Second); r.Probes != 0 {
		t.Errorf("more than two processors can do: %+v", r)
	}
}

// What the scheduler counts: time in flight, slots, and those that began late
// for want of a place, but none that its own probe was in the way of.
func TestSchedulerCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(10, takes("a", 10*time.Second, 2*time.Second), takes("b", 10*time.Second, time.Second))
		time.Sleep(10 * time.Minute)
		s := w.sample()
		if s.slots < 118 || s.slots > 122 || s.late != 0 || s.probes != 2 || s.at != 10*time.Minute {
			t.Errorf("of two probes: %+v", s)
		}
		if s.inFlight < 177*time.Second || s.inFlight > 183*time.Second {
			t.Errorf("%s in flight, of 60 runs of 3 s together", s.inFlight)
		}
		w.end()
	})
	synctest.Test(t, func(t *testing.T) {
		// Both want the one place for most of the time.
		w := begin(1, takes("a", 10*time.Second, 9*time.Second), takes("b", 10*time.Second, 9*time.Second))
		time.Sleep(10 * time.Minute)
		if s := w.sample(); s.late < 30 || s.late > s.slots || s.inFlight > 10*time.Minute {
			t.Errorf("of two probes and one place: %+v", s)
		}
		w.end()
	})
	synctest.Test(t, func(t *testing.T) {
		w := begin(10, takes("slow", 10*time.Second, 10700*time.Millisecond)) // each slot waits for the run before
		time.Sleep(10 * time.Minute)
		if s := w.sample(); s.late != 0 || s.slots < 25 {
			t.Errorf("of a probe that is in its own way: %+v", s)
		}
		w.end()
	})
}

// The loop measures, and tells nothing before it has measured for a while.
func TestSaturation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := &saturation{
			measure: func() sample { d := time.Since(began); return sample{at: d, cpu: d, probes: 10, slots: 1} },
			offer:   func() offer { return usual },
		}
		done := make(chan struct{})
		go func() { s.loop(t.Context()); close(done) }()
		time.Sleep(15 * time.Second)
		if r, u := s.room(), s.used(slo.LimitCPU); r != nil || !math.IsNaN(u) {
			t.Errorf("after 15 s: %+v, %v", r, u)
		}
		time.Sleep(5 * time.Minute)
		r := s.room()
		if r == nil || *r != (slo.Room{Probes: 6, Limit: slo.LimitCPU}) && *r != (slo.Room{Probes: 5, Limit: slo.LimitCPU}) {
			t.Errorf("of one of two processors used by ten probes: %+v", r)
		}
		if u := s.used(slo.LimitCPU); math.Abs(u-0.625) > 1e-9 {
			t.Errorf("%v of the processors are used", u)
		}
	})
}
