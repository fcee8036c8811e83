package incident

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// An incident that is restored is open for the hold, by whoever looks.
func TestHeld(t *testing.T) {
	const hold = time.Minute
	var list []slo.Incident
	tell := func(said string, now int) slo.Incident {
		t.Helper()
		changed := slo.Interval{From: at(0), To: at(len(said))}
		for _, i := range Reconcile("shop", list, outages(said, 0, len(said)), changed, hold, at(now)) {
			list = []slo.Incident{i}
		}
		if again := Reconcile("shop", list, outages(said, 0, len(said)), changed, hold, at(now)); len(again) != 0 {
			t.Fatalf("told again, it changes: %+v", again)
		}
		return list[0]
	}
	for _, c := range []struct {
		said  string
		now   int
		stage slo.Stage
	}{
		{"ud", 2, slo.Detected}, {"udu", 3, slo.Restored}, {"udu", 61, slo.Restored}, {"udu", 62, slo.Resolved},
		{"udd", 70, slo.Detected}, {"uddu", 71, slo.Resolved}, // long over when it is known
	} {
		if i := tell(c.said, c.now); i.Stage() != c.stage {
			t.Errorf("%s at %d: %s, want %s", c.said, c.now, i.Stage(), c.stage)
		}
	}
	if n := len(list[0].Events); n != 6 {
		t.Errorf("%d events: %+v", n, list[0].Events)
	}
}

// What joins another brings its parts along, and nothing that people said
// otherwise about.
func TestJoin(t *testing.T) {
	incident := func(id, parent string) slo.Incident {
		i := slo.Incident{ID: id, Trigger: slo.ServiceDown}
		if parent != "" {
			add(&i, slo.IncidentEvent{Kind: slo.EventMerged, Actor: Self, Value: parent})
		}
		return i
	}
	db, shop, burn := incident("db", ""), incident("shop", ""), incident("burn", "shop")
	got := map[string]string{}
	list, err := Join(db, shop, []slo.Incident{burn}, Self, "shop is affected by db", at(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		got[i.ID] = i.Work.Parent
	}
	if len(got) != 3 || got["db"] != "" || got["shop"] != "db" || got["burn"] != "db" {
		t.Errorf("%v", got)
	}
	if list, err := Join(incident("db", "net"), shop, nil, Self, "", at(1)); err == nil {
		t.Errorf("joined to a part: %+v", list)
	}
	p, w, _ := Merge(shop, db, Self, "", at(1))
	if StaysSplit(&p) || !GatheredByItself(&p) {
		t.Error("nobody split it")
	}
	if p, _, _ = Split(p, w, "ada", "not that", at(2)); !StaysSplit(&p) || GatheredByItself(&p) {
		t.Error("somebody split it")
	}
}

// What has a cause of its own leaves the whole, with what the whole gathered
// about its service.
func TestLeave(t *testing.T) {
	incident := func(id, service, parent, by string) slo.Incident {
		i := slo.Incident{ID: id, Service: service, Work: slo.Work{Parent: parent}}
		if parent != "" {
			i.Events = []slo.IncidentEvent{{N: 1, Kind: slo.EventMerged, Actor: by, Value: parent}}
		}
		return i
	}
	db, shop := incident("db", "db", "", ""), incident("shop", "shop", "db", Self)
	list, err := Leave(db, shop, []slo.Incident{
		incident("burn", "shop", "db", Self), incident("said", "shop", "db", "ada"), incident("till", "till", "db", Self),
	}, "still down", at(1))
	got := map[string]string{}
	for _, i := range list {
		got[i.ID] = i.Work.Parent
	}
	if want := map[string]string{"db": "", "shop": "", "burn": "shop"}; err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if n := slices.IndexFunc(list, func(i slo.Incident) bool { return i.ID == "shop" }); !StaysSplit(&list[n]) {
		t.Error("it may join again")
	}
	if _, err := Leave(db, incident("shop", "shop", "", ""), nil, "", at(1)); err == nil {
		t.Error("it left what it is no part of")
	}
}

// An incident that comes back twice while it is held flaps, until it resolves.
func TestFlaps(t *testing.T) {
	c := Condition{Key: "k", Trigger: slo.Exhausted, Summary: "full", Since: at(1)}
	i := Open(c, at(1))
	for n, want := range []bool{false, true, true} {
		i = Step(i, nil, time.Minute, at(10*n+5))
		i = Step(i, &c, time.Minute, at(10*n+9))
		if i.Work.Flapping != want || i.Work.Returns != n+1 {
			t.Errorf("came back %d times: %+v", n+1, i.Work)
		}
	}
	flaps := 0
	for _, e := range i.Events {
		if e.Kind == slo.EventFlapping {
			flaps++
		}
	}
	again := i
	refold(&again)
	if flaps != 1 || !again.Work.Flapping || again.Work.Returns != 3 {
		t.Errorf("%d times, %+v", flaps, again.Work)
	}
	i = Step(i, nil, time.Minute, at(40))
	if i = Step(i, nil, time.Minute, at(101)); i.Open() || i.Work.Flapping || i.Work.Returns != 0 {
		t.Errorf("%+v", i.Work)
	}
}
