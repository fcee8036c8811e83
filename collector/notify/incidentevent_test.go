package notify

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// second is an instant so many seconds after the beginning of the outage.
func second(n int) slo.Instant { return t0.Add(time.Duration(n) * time.Second) }

func incidentNow(f func(*slo.Incident)) slo.Incident {
	i := slo.Incident{
		ID: "shop-1", Service: "shop", Trigger: slo.ServiceDown, Began: second(0), Detected: second(5), Agreements: []string{"gold"},
		Causes: []slo.Cause{{Probe: "web", Location: "eu", Reason: "connect_refused", Evidence: strings.Repeat("é", maxEvidence)}},
		Events: []slo.IncidentEvent{{At: second(5), Kind: slo.EventDetected, Actor: self}},
	}
	if f != nil {
		f(&i)
	}
	return i
}

func note(i *slo.Incident, at int, kind slo.EventKind, actor, text string) {
	i.Events = append(slices.Clip(i.Events), slo.IncidentEvent{At: second(at), Kind: kind, Actor: actor, Text: text})
}

func restored(i *slo.Incident) {
	i.Restored, i.Resolved, i.Downtime = second(60), second(65), time.Minute
	note(i, 65, slo.EventRestored, self, "")
	note(i, 65, slo.EventResolved, self, "")
}

func vanished(i *slo.Incident) {
	if i.Open() {
		i.Restored, i.Resolved = i.Began, second(80)
	}
	i.Downtime = 0
	note(i, 80, slo.EventRevised, self, "later measurements show no outage")
}

func withdrawn(i *slo.Incident) {
	i.Restored, i.Resolved, i.Downtime = second(70), second(70), 70*time.Second
	note(i, 70, slo.EventRevised, self, "the catalogue has the service no longer")
	note(i, 70, slo.EventResolved, self, "")
}

func acked(i *slo.Incident) {
	i.Acknowledged, i.AckedBy = second(30), "anna"
	note(i, 30, slo.EventAcknowledged, "anna", "")
}

func both(fs ...func(*slo.Incident)) func(*slo.Incident) {
	return func(i *slo.Incident) {
		for _, f := range fs {
			f(i)
		}
	}
}

func TestIncidentEvents(t *testing.T) {
	open := incidentNow(nil)
	comment := func(text string) func(*slo.Incident) {
		return func(i *slo.Incident) { note(i, 40, slo.EventCommented, "bo", text) }
	}
	seen := func(i *slo.Incident) { note(i, 10, slo.EventSeenFrom, self, "us") }
	reopened := func(i *slo.Incident) {
		i.Restored, i.Resolved, i.Downtime = 0, 0, 0
		note(i, 90, slo.EventRevised, self, "still down")
	}
	moved := func(i *slo.Incident) {
		i.Restored, i.Downtime = second(50), 50*time.Second
		note(i, 90, slo.EventRevised, self, "up since earlier")
	}
	for _, c := range []struct {
		name          string
		before, after func(*slo.Incident)
		fresh         bool
		want          []string // type, second, severity, actor
	}{
		{"opens", nil, nil, true, []string{"incident.opened 5 page assay"}},
		{"is seen from elsewhere", nil, seen, false, nil},
		{"is taken", nil, acked, false, []string{"incident.acknowledged 30 page anna"}},
		{"is commented", acked, both(acked, comment("a")), false, []string{"incident.commented 40 page bo"}},
		{"is commented again", comment("a"), both(comment("a"), comment("a"), comment("b")), false, []string{"incident.commented 40 page bo", "incident.commented 40 page bo"}},
		{"is restored", acked, both(acked, restored), false, []string{"incident.restored 65 page assay"}},
		{"its end moves", restored, both(restored, moved), false, nil},
		{"was not up after all", restored, both(restored, reopened), false, []string{"incident.reopened 90 page assay"}},
		{"vanishes while it lasts", nil, vanished, false, []string{"incident.vanished 80 page assay"}},
		{"vanishes afterwards", restored, both(restored, vanished), false, []string{"incident.vanished 80 page assay"}},
		{"stays vanished", vanished, both(vanished, seen), false, nil},
		{"is proved again", vanished, both(vanished, restored), false, []string{"incident.recorded 65 ticket assay"}},
		{"is down again", vanished, both(vanished, reopened), false, []string{"incident.reopened 90 page assay"}},
		{"its service goes", nil, withdrawn, false, []string{"incident.withdrawn 70 page assay"}},
		{"is over when it is known", nil, restored, true, []string{"incident.recorded 65 ticket assay"}},
		{"never was", nil, vanished, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, after := incidentNow(c.before), incidentNow(c.after)
			known := &before
			if c.fresh {
				known = nil
			}
			var got []string
			for _, e := range IncidentEvents(known, after, "") {
				got = append(got, fmt.Sprintf("%s %d %s %s", e.Type, e.At.Sub(t0)/time.Second, e.Severity, e.Incident.Actor))
				if e.Service != "shop" || e.Summary == "" || e.ID == "" || e.Subject() != "incident shop-1" {
					t.Errorf("%+v", e)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if again := IncidentEvents(&open, open, ""); len(again) != 0 {
		t.Errorf("nothing happened: %+v", again)
	}
}

// An event is the same whoever makes it again, and no two have one ID.
func TestEventIDs(t *testing.T) {
	seen := map[string]EventType{}
	stages := []func(*slo.Incident){nil, acked, both(acked, restored), both(acked, restored, vanished)}
	for n, stage := range stages {
		var before *slo.Incident
		if n > 0 {
			i := incidentNow(stages[n-1])
			before = &i
		}
		first, second := IncidentEvents(before, incidentNow(stage), ""), IncidentEvents(before, incidentNow(stage), "")
		if diff := cmp.Diff(first, second); diff != "" {
			t.Error(diff)
		}
		for _, e := range first {
			if len(e.ID) != 32 || seen[e.ID] != "" {
				t.Errorf("%s has the ID %q of %s", e.Type, e.ID, seen[e.ID])
			}
			seen[e.ID] = e.Type
		}
	}
	if len(seen) != len(stages) {
		t.Errorf("%v", seen)
	}
}

// What an event tells is bounded, whatever the incident holds.
func TestEventsAreBounded(t *testing.T) {
	i := incidentNow(func(i *slo.Incident) {
		i.Service = strings.Repeat("s", 2*maxSummary)
		i.Causes = slices.Repeat(i.Causes, 50)
	})
	e := IncidentEvents(nil, i, "")[0]
	if len(e.Summary) > maxSummary || len(e.Incident.Causes) != maxCauses {
		t.Errorf("a summary of %d bytes, %d causes", len(e.Summary), len(e.Incident.Causes))
	}
	if text := e.Incident.Causes[0].Evidence; len(text) > maxEvidence || !utf8.ValidString(text) {
		t.Errorf("evidence of %d bytes", len(text))
	}
	if len(i.Causes[0].Evidence) <= maxEvidence {
		t.Error("the incident itself was cut")
	}
}
