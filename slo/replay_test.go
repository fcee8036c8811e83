package slo

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What a replay does with each record, and what it counts.
func TestReplayCounts(t *testing.T) {
	c := &Catalog{
		Probes:   []*Probe{{Name: "web", Hold: 20 * time.Second, Confirm: 1, Locations: Locations{Min: 1}}},
		Services: []*Service{{Name: "s", Up: Expr{Probe: "web"}}},
		Agreements: []*Agreement{{Name: "g", Service: "s", Zone: time.UTC, Objectives: []Objective{
			{Name: "o", Window: Window{Rolling: time.Minute}}, {Name: "n", Window: Window{Rolling: time.Minute}, Method: ByOccurrences}}}},
	}
	said := func(probe, agent, epoch string, seq uint64, at int, s State) Record {
		return Record{ID: ID{agent, epoch, seq}, Measurement: &Measurement{Probe: probe, Location: "eu", At: second(at), Outcome: s}}
	}
	marked := func(r Record) Record { r.Measurement.Offset = -2 * ClockBound; return r }
	for _, x := range []struct {
		name string
		recs []Record
		want ReplayCounts
		up   time.Duration
		down time.Duration
	}{
		{"nothing", nil, ReplayCounts{}, 0, 0},
		{"one", []Record{said("web", "a", "", 1, 0, Up)}, ReplayCounts{Measurements: 1}, 20 * time.Second, 0},
		{"a repeat counts once", []Record{said("web", "a", "", 1, 0, Up), said("web", "a", "", 1, 0, Up)}, ReplayCounts{Measurements: 1, Repeated: 1}, 20 * time.Second, 0},
		{"the first of an identity counts", []Record{said("web", "a", "", 1, 0, Up), said("web", "a", "", 1, 0, Down)}, ReplayCounts{Measurements: 1, Conflicting: 1}, 20 * time.Second, 0},
		{"another instant is a conflict", []Record{said("web", "a", "", 1, 0, Up), said("web", "a", "", 1, 30, Up)}, ReplayCounts{Measurements: 1, Conflicting: 1}, 20 * time.Second, 0},
		{"epochs are apart", []Record{said("web", "a", "", 1, 0, Up), said("web", "a", "2", 1, 20, Down)}, ReplayCounts{Measurements: 2}, 20 * time.Second, 20 * time.Second},
		{"agents are apart", []Record{said("web", "a", "", 1, 0, Up), said("web", "b", "", 1, 20, Down)}, ReplayCounts{Measurements: 2}, 20 * time.Second, 20 * time.Second},
		{"another probe's", []Record{said("dns", "a", "", 1, 0, Up), said("dns", "a", "", 1, 0, Up)}, ReplayCounts{Unknown: 1, Repeated: 1}, 0, 0},
		{"at the instant is later", []Record{said("web", "a", "", 1, 60, Up), said("web", "a", "", 2, 59, Up)}, ReplayCounts{Measurements: 1, Later: 1}, time.Second, 0},
		{"one that is later takes its identity all the same", []Record{said("web", "a", "", 1, 60, Up), said("web", "a", "", 1, 0, Up)}, ReplayCounts{Later: 1, Conflicting: 1}, 0, 0},
		{"a clock that was off is counted, and counts", []Record{marked(said("web", "a", "", 1, 0, Up)), marked(said("web", "a", "", 2, 60, Up))}, ReplayCounts{Measurements: 1, Later: 1, ClockOff: 1}, 20 * time.Second, 0},
		{"what is no measurement", []Record{{ID: ID{"a", "", 1}, Gap: &Gap{From: 1, To: 9}}}, ReplayCounts{}, 0, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := NewReplay(c, second(60))
			for _, rec := range x.recs {
				r.Add(rec)
			}
			if diff := cmp.Diff(x.want, r.Counts); diff != "" {
				t.Error(diff)
			}
			st := r.Status(second(60))
			if st[0].Up != x.up || st[0].Down != x.down {
				t.Errorf("up %v, down %v; want %v, %v", st[0].Up, st[0].Down, x.up, x.down)
			}
			if n := st[1].Occurrences; int(n.Up+n.Down+n.Unknown) != x.want.Measurements {
				t.Errorf("%+v occurrences of %d measurements", n, x.want.Measurements)
			}
		})
	}
}

// The order of arrival changes nothing, but for who is first of an identity.
func TestReplayOrder(t *testing.T) {
	c := &Catalog{
		Probes:     []*Probe{{Name: "web", Hold: 20 * time.Second, Confirm: 2, Locations: Locations{Min: 1}}},
		Services:   []*Service{{Name: "s", Up: Expr{Probe: "web"}}},
		Agreements: []*Agreement{{Name: "g", Service: "s", Zone: time.UTC, Objectives: []Objective{{Name: "o", Window: Window{Rolling: 5 * time.Minute}}}}},
	}
	var recs []Record
	for n, s := range states("uuduudduuddd??u") {
		recs = append(recs, Record{ID: ID{"a", "", uint64(n)}, Measurement: &Measurement{Probe: "web", Location: "eu", At: second(10 * n), Outcome: s}})
	}
	figures := func(recs []Record) Figures {
		r := NewReplay(c, second(300))
		for _, rec := range recs {
			r.Add(rec)
		}
		return r.Status(second(300))[0].Figures
	}
	want := figures(recs)
	slices.Reverse(recs)
	if diff := cmp.Diff(want, figures(recs)); diff != "" {
		t.Errorf("backwards:\n%s", diff)
	}
	slices.SortFunc(recs, func(a, b Record) int { return int(a.Seq*7%15) - int(b.Seq*7%15) })
	if diff := cmp.Diff(want, figures(recs)); diff != "" {
		t.Errorf("shuffled:\n%s", diff)
	}
	if want.Down != 50*time.Second {
		t.Errorf("down %v", want.Down)
	}
}
