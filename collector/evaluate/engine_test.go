package evaluate

import (
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

var start = slo.At(time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)) // a Monday

func at(second int) slo.Instant { return start.Add(time.Duration(second) * time.Second) }

// said is one measurement; its agent is named after its location.
func said(probe, location string, second int, s slo.State) slo.Entry {
	m := &slo.Measurement{Probe: probe, Location: location, At: at(second), Outcome: s, Latency: time.Millisecond}
	if s == slo.Down {
		m.Reason, m.Evidence = slo.ConnectRefused, "refused at "+at(second).String()
	}
	return slo.Entry{Received: at(second + 1), Record: slo.Record{ID: slo.ID{Agent: location + "-1"}, Measurement: m}}
}

// shop is a catalogue of two services, three agreements and one maintenance.
func shop() *slo.Catalog {
	web := &slo.Probe{Name: "web", Every: 10 * time.Second, Hold: 25 * time.Second, Confirm: 1, Locations: slo.Locations{From: []string{"asia", "eu", "us"}, Min: 2},
		Spec: &slo.HTTP{URL: "https://shop.example/"}}
	dns := &slo.Probe{Name: "dns", Every: 10 * time.Second, Hold: 25 * time.Second, Confirm: 2, Locations: slo.Locations{Min: 1}, Spec: &slo.DNS{Name: "shop.example"}}
	work := slo.Interval{From: at(4000), To: at(4600)}
	objectives := []slo.Objective{
		{Name: "day", Target: slo.One / 100 * 99, Window: slo.Window{Period: slo.Day}},
		{Name: "rolling", Target: slo.One / 1000 * 999, Window: slo.Window{Rolling: 30 * 24 * time.Hour}},
	}
	return &slo.Catalog{
		Probes:       []*slo.Probe{dns, web},
		Services:     []*slo.Service{{Name: "portal", Up: slo.Expr{Op: slo.OpAll, Args: []slo.Expr{{Probe: "web"}, {Probe: "dns"}}}}, {Name: "shop", Up: slo.Expr{Probe: "web"}}},
		Maintenances: []*slo.Maintenance{{Name: "upgrade", Services: []string{"shop"}, Once: &work}},
		Agreements: []*slo.Agreement{
			{Name: "counts", Service: "shop", Zone: time.UTC, Objectives: []slo.Objective{{Name: "requests", Target: slo.One / 2, Method: slo.ByOccurrences, Window: slo.Window{Period: slo.Day}}}},
			{Name: "gold", Service: "shop", Zone: time.UTC, Objectives: objectives},
			{Name: "nights", Service: "shop", Zone: time.UTC, Objectives: objectives[:1], Hours: &slo.Calendar{Name: "nights", Zone: time.UTC,
				Week: [7][]slo.DaySpan{time.Monday: {{From: 20 * time.Hour, To: 24 * time.Hour}}}}},
		},
	}
}

// everywhere is what all three locations say of the web, every ten seconds
// from one second to before another.
func everywhere(from, to int, s slo.State) (out []slo.Entry) {
	for k := from; k < to; k += 10 {
		for _, l := range []string{"asia", "eu", "us"} {
			out = append(out, said("web", l, k, s))
		}
	}
	return out
}

func TestApply(t *testing.T) {
	e := New(shop(), start)
	ahead := said("web", "eu", 100, slo.Down)
	ahead.Received = at(39) // 61 s before
	got := e.Apply(append(everywhere(0, 20, slo.Up), ahead, said("ftp", "eu", 0, slo.Down), slo.Entry{Record: slo.Record{Gap: &slo.Gap{}}}))
	want := Applied{Changed: map[string]slo.Interval{"shop": {From: at(0), To: at(35)}}, Unknown: 1, Ahead: 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := e.Apply([]slo.Entry{said("web", "eu", 21, slo.Up)}); len(got.Changed) != 0 {
		t.Errorf("one of three saying more changed %v", got.Changed)
	}
}

func TestServiceStatus(t *testing.T) {
	e := New(shop(), start)
	e.Apply(everywhere(0, 60, slo.Up))
	e.Apply([]slo.Entry{said("web", "eu", 60, slo.Down), said("web", "us", 61, slo.Down), said("web", "asia", 62, slo.Up), said("web", "mars", 62, slo.Down), said("dns", "eu", 60, slo.Down)})

	st, ok := e.Service("shop", at(63))
	if !ok || st.State != slo.Down || st.Since != at(61) {
		t.Fatalf("%+v", st)
	}
	wantCauses := []slo.Cause{
		{Probe: "web", Target: "https://shop.example/", Location: "eu", Agent: "eu-1", At: at(60), Reason: slo.ConnectRefused, Evidence: "refused at " + at(60).String()},
		{Probe: "web", Target: "https://shop.example/", Location: "us", Agent: "us-1", At: at(61), Reason: slo.ConnectRefused, Evidence: "refused at " + at(61).String()},
	}
	if diff := cmp.Diff(wantCauses, st.Causes); diff != "" {
		t.Error(diff)
	}
	var locations []string
	for _, l := range st.Probes[0].Locations {
		locations = append(locations, l.Location+" "+l.State.String()+" "+l.Agents[0].Last.At.String())
		if l.Counts == (l.Location == "mars") {
			t.Errorf("%s counts: %v", l.Location, l.Counts)
		}
	}
	if diff := cmp.Diff([]string{"asia up " + at(62).String(), "eu down " + at(60).String(), "mars down " + at(62).String(), "us down " + at(61).String()}, locations); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]slo.TimedState{
		{Interval: slo.Interval{From: at(63).Add(-24 * time.Hour), To: at(0)}}, {Interval: slo.Interval{From: at(0), To: at(61)}, State: slo.Up}, {Interval: slo.Interval{From: at(61), To: at(63)}, State: slo.Down},
	}, st.Recent); diff != "" {
		t.Error(diff)
	}
	var names []string
	for _, o := range st.Objectives {
		names = append(names, o.Agreement.Name+"/"+o.Objective.Name)
		windows := map[string]int{"gold/rolling": 7, "nights/day": 3} // four pairs, or the one that fits into four hours; an hour
		if n, ok := windows[names[len(names)-1]]; ok && (len(o.Burn) != n || o.Burn[n-1].Window < time.Hour) {
			t.Errorf("burn rates %+v", o.Burn)
		}
	}
	if diff := cmp.Diff([]string{"counts/requests", "gold/day", "gold/rolling", "nights/day"}, names); diff != "" {
		t.Error(diff)
	}
	if n := *st.Objectives[0].Occurrences; n != (slo.OccurrenceCount{Up: 19, Down: 2}) {
		t.Errorf("%+v", n)
	}
	if portal, _ := e.Service("portal", at(63)); portal.State != slo.Down || len(portal.Causes) != 2 {
		t.Errorf("all of down and not yet confirmed: %v, %+v", portal.State, portal.Causes)
	}
	if later, _ := e.Service("shop", at(90)); later.State != slo.Unknown || later.Since != at(86) || later.Causes != nil {
		t.Errorf("when nobody speaks any more: %v since %v", later.State, later.Since)
	}
	if never, _ := New(shop(), start).Service("shop", at(0)); never.State != slo.Unknown || never.Since != slo.MinInstant {
		t.Errorf("before anybody spoke: %+v", never)
	}
	if _, ok := e.Service("ftp", at(0)); ok {
		t.Error("a service that there is not")
	}
	if planned, _ := e.Service("shop", at(4000)); planned.Planned == nil || planned.Planned.Name != "upgrade" {
		t.Errorf("planned work: %+v", planned.Planned)
	}
	if planned, _ := e.Service("portal", at(4000)); planned.Planned != nil {
		t.Errorf("another service's planned work: %+v", planned.Planned)
	}
}

func TestLists(t *testing.T) {
	e := New(shop(), start)
	e.Apply(everywhere(0, 60, slo.Down))
	var all []string
	e.Objectives(at(60), func(st slo.ObjectiveStatus, _ Recent) { all = append(all, st.Agreement.Name+"/"+st.Objective.Name) })
	if diff := cmp.Diff([]string{"counts/requests", "gold/day", "gold/rolling", "nights/day"}, all); diff != "" {
		t.Error(diff)
	}
	states := map[string]slo.State{}
	for name, s := range e.States(at(60)) {
		states[name] = s
	}
	if diff := cmp.Diff(map[string]slo.State{"shop": slo.Down, "portal": slo.Down}, states); diff != "" {
		t.Error(diff)
	}
	for range e.States(at(60)) {
		break
	}
	if list := e.Services(at(60)); len(list) != 2 || list[0].Service.Name != "portal" {
		t.Errorf("%+v", list)
	}
	want := []slo.TimedState{{Interval: slo.Interval{From: at(-5), To: at(0)}}, {Interval: slo.Interval{From: at(0), To: at(30)}, State: slo.Down}}
	if diff := cmp.Diff(want, e.Timeline("shop", slo.Interval{From: at(-5), To: at(30)})); diff != "" {
		t.Error(diff)
	}
	if e.Timeline("ftp", slo.Interval{}) != nil || e.Days("ftp", "day", nil, at(0)) != nil || e.Days("gold", "year", nil, at(0)) != nil || e.StatusAt("ftp", at(0), at(0)) != nil {
		t.Error("of names that there are not")
	}
}

func TestDays(t *testing.T) {
	e := New(shop(), start)
	e.Apply(append(everywhere(-86400, -86340, slo.Down), everywhere(0, 60, slo.Up)...))
	day := func(n int) slo.Interval { return slo.Interval{From: at(-43200 + n*86400), To: at(43200 + n*86400)} }
	got := e.Days("gold", "day", []slo.Interval{day(-1), day(0), day(1), day(-1000)}, at(3600))
	if got[0].Down != 75*time.Second || got[0].Agreed != 24*time.Hour || got[1].Up != 75*time.Second || got[1].Agreed != 13*time.Hour {
		t.Errorf("%+v", got)
	}
	if got[1].Availability != (slo.Fraction{Part: 75000, Whole: 75000}) || got[0].Availability != (slo.Fraction{Part: 0, Whole: 75000}) {
		t.Errorf("%+v", got)
	}
	if got[2] != (DayFigure{}) || got[3] != (DayFigure{}) {
		t.Errorf("tomorrow and three years ago: %+v", got[2:])
	}
}

// What is asked of long ago is laid out for it.
func TestStatusAtReachesBack(t *testing.T) {
	now := start.Add(1000 * 24 * time.Hour)
	e := New(shop(), now)
	e.Apply(everywhere(0, 60, slo.Up))
	got := e.StatusAt("gold", now, at(3600), now)
	if len(got) != 2 || len(got[0]) != 2 {
		t.Fatalf("%+v", got)
	}
	if st := got[0][0]; st.Agreed != 24*time.Hour-600*time.Second || st.Up != 75*time.Second || st.Excluded != 600*time.Second {
		t.Errorf("a thousand days ago: %+v", st.Figures)
	}
	if st := got[1][0]; st.Agreed != 12*time.Hour || st.Up != 0 {
		t.Errorf("today: %+v", st.Figures)
	}
}

// Agreed time is laid out anew as time goes on.
func TestTick(t *testing.T) {
	e := New(shop(), start)
	for day := range 900 {
		e.Tick(start.Add(time.Duration(day) * 24 * time.Hour))
	}
	now := start.Add(899 * 24 * time.Hour)
	st, _ := e.Service("shop", now)
	if o := st.Objectives[1]; o.Agreed != 12*time.Hour || *o.Budget != 864*time.Second {
		t.Errorf("%+v", o)
	}
}

// The newest by its own instant is an agent's last word, not what came last.
func TestLastWordIsTheNewest(t *testing.T) {
	e := New(shop(), start)
	e.Apply([]slo.Entry{said("web", "eu", 20, slo.Up), said("web", "eu", 10, slo.Down), said("web", "eu", 30, slo.Unknown), said("web", "eu", 5, slo.Up)})
	st, _ := e.Service("shop", at(31))
	if last := st.Probes[0].Locations[0].Agents[0].Last; last.At != at(30) || last.Outcome != slo.Unknown {
		t.Errorf("%+v", last)
	}
}

// everything is what the figures follow from: what two engines that know the
// same must agree on.
func everything(t interface{ Fatal(...any) }, e *Engine, now slo.Instant) string {
	var b strings.Builder
	for _, st := range e.Services(now) {
		tl := e.Timeline(st.Service.Name, slo.Interval{From: at(-1000), To: now.Add(time.Hour)})
		type report struct {
			Location string
			State    slo.State
			Since    slo.Instant
			Said     []slo.AgentReport
		}
		var reports []report
		for _, p := range st.Probes {
			reports = append(reports, report{p.Probe.Name, p.State, p.Since, nil})
			for _, l := range p.Locations {
				reports = append(reports, report{l.Location, l.State, l.Since, l.Agents})
			}
		}
		j, err := json.MarshalIndent([]any{st.Service.Name, st.State, st.Since, st.Causes, st.Objectives, reports, tl}, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		b.Write(j)
	}
	return b.String()
}

// of yields the measurements of one word.
func of(all []slo.Entry, w Word) iter.Seq[*slo.Measurement] {
	return func(yield func(*slo.Measurement) bool) {
		for _, en := range all {
			m := en.Measurement
			if (Word{m.Probe, m.Location, en.Agent}) == w && !en.Quarantined() && !yield(m) {
				return
			}
		}
	}
}

// ofProbe yields the measurements of one probe.
func ofProbe(all []slo.Entry, probe string) iter.Seq[*slo.Measurement] {
	return func(yield func(*slo.Measurement) bool) {
		for _, en := range all {
			if en.Measurement.Probe == probe && !en.Quarantined() && !yield(en.Measurement) {
				return
			}
		}
	}
}

// A measurement from before what the engine remembers asks for a rebuild, and
// the rebuilt stream has it.
func TestRebuild(t *testing.T) {
	all := slices.Concat(everywhere(0, 30, slo.Up), everywhere(600, 700, slo.Up), everywhere(5000, 5100, slo.Up))
	e := New(shop(), start)
	e.Apply(all)
	e.Forget(at(5100), 10*time.Minute)
	late := everywhere(300, 310, slo.Down)
	out := e.Apply(late)
	if len(out.Rebuild) != 3 || len(out.Changed) != 0 {
		t.Fatalf("%+v", out)
	}
	all = append(all, late...)
	for _, w := range out.Rebuild {
		e.Rebuild(w, of(all, w))
	}
	fresh := New(shop(), start)
	fresh.Apply(all)
	if diff := cmp.Diff(everything(t, fresh, at(5100)), everything(t, e, at(5100))); diff != "" {
		t.Error(diff)
	}
	if e.Rebuild(Word{Probe: "ftp"}, of(nil, Word{})) != nil {
		t.Error("a stream of no probe is rebuilt")
	}
}

func TestRecount(t *testing.T) {
	all := everywhere(0, 100, slo.Up)
	all = append(all, said("web", "mars", 0, slo.Down))
	e := New(shop(), start)
	if diff := cmp.Diff([]string{"web"}, e.Counted()); diff != "" {
		t.Fatal(diff)
	}
	e.Apply(all[:10])
	e.Recount([]string{"web"}, func(yield func(*slo.Measurement) bool) {
		for _, en := range append(all, said("other", "eu", 0, slo.Down)) { // as a pass over everything has them
			if !yield(en.Measurement) {
				return
			}
		}
	})
	st, _ := e.Service("shop", at(100))
	if n := *st.Objectives[0].Occurrences; n != (slo.OccurrenceCount{Up: 30}) {
		t.Errorf("%+v", n)
	}
}
