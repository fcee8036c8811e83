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
		Events: []slo.IncidentEvent{{N: 1, At: second(5), Kind: slo.EventDetected, Actor: self}},
	}
	if f != nil {
		f(&i)
	}
	return i
}

func note(i *slo.Incident, at int, kind slo.EventKind, actor, text string) {
	i.Events = append(slices.Clip(i.Events), slo.IncidentEvent{N: last(i) + 1, At: second(at), Kind: kind, Actor: actor, Text: text})
}

func last(i *slo.Incident) int { return i.Events[len(i.Events)-1].N }

func did(i *slo.Incident, at int, kind slo.EventKind, actor, value string) {
	note(i, at, kind, actor, "")
	i.Events[len(i.Events)-1].Value = value
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

// held is restored, and waits for its cause to come back.
func held(i *slo.Incident) {
	i.Restored, i.Downtime = second(60), time.Minute
	note(i, 65, slo.EventRestored, self, "")
}

func heldNoMore(i *slo.Incident) {
	i.Resolved = second(365)
	note(i, 365, slo.EventResolved, self, "")
}

func openedAgain(i *slo.Incident) {
	i.Resolved, i.Work.Reopened = 0, true
	note(i, 95, slo.EventReopened, "anna", "")
}

func part(i *slo.Incident) {
	i.Work.Parent = "db-1"
	did(i, 70, slo.EventMerged, self, "db-1")
}

func split(i *slo.Incident) {
	i.Work.Parent = ""
	did(i, 75, slo.EventSplit, "anna", "db-1")
}

func foreign(i *slo.Incident) { i.Trigger, i.Summary = slo.ForeignAlert, "the disk is full" }

func saidResolved(i *slo.Incident) {
	i.Resolved = second(95)
	did(i, 95, slo.EventResolved, "anna", "fixed")
}

func by(kind slo.EventKind, value string) func(*slo.Incident) {
	return func(i *slo.Incident) { did(i, 40, kind, "anna", value) }
}

// What another service took down says so, and PagerDuty is not told.
func TestAffectedPagesNobody(t *testing.T) {
	e := IncidentEvents(nil, incidentNow(nil), "db")[0]
	if e.Type != IncidentOpened || e.Severity != slo.Ticket || e.Incident.AffectedBy != "db" {
		t.Errorf("%+v", e)
	}
	c := ChannelConfig{Kind: KindPagerDuty}
	if own := IncidentEvents(nil, incidentNow(nil), "")[0]; c.Wants(e) || !c.Wants(own) {
		t.Error("affected is wanted, or what stands alone is not")
	}
	open := incidentNow(nil)
	merged := IncidentEvents(&open, incidentNow(part), "")[0]
	if c.Severities = []string{string(slo.Page)}; !c.Wants(merged) || pagerDutyAction(merged) != "resolve" {
		t.Errorf("%+v is not told to whom the page went", merged)
	}
}

// What is about no service is named by what was seen, for an ID says little.
func TestAbout(t *testing.T) {
	for want, i := range map[string]slo.Incident{
		"shop":        {ID: "a", Service: "shop", Summary: "Disk full"},
		"Disk full":   {ID: "a", Summary: "Disk full"},
		"agent_gone1": {ID: "agent_gone1"},
	} {
		if got := about(i); got != want {
			t.Errorf("%+v: %q", i, got)
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
		{"is restored", acked, both(acked, restored), false, []string{"incident.restored 65 page assay", "incident.resolved 65 page assay"}},
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
		{"is restored and held", nil, held, false, []string{"incident.restored 65 page assay"}},
		{"is held no more", held, both(held, heldNoMore), false, []string{"incident.resolved 365 page assay"}},
		{"comes back while it is held", held, both(held, reopened), false, []string{"incident.reopened 90 page assay"}},
		{"vanishes while it is held", held, both(held, vanished), false, []string{"incident.vanished 80 page assay"}},
		{"is assigned", nil, by(slo.EventAssigned, "bo"), false, []string{"incident.assigned 40 page anna"}},
		{"becomes major", nil, by(slo.EventMajor, "2026-10-20T12:00:00Z Ada"), false, []string{"incident.major 40 page anna"}},
		{"is not major after all", nil, by(slo.EventNotMajor, ""), false, []string{"incident.not_major 40 page anna"}},
		{"nears a target", nil, by(slo.EventTargetNear, "75 restoration gold"), false, []string{"incident.target_near 40 ticket anna"}},
		{"is closed", restored, both(restored, by(slo.EventClosed, "")), false, []string{"incident.closed 40 page anna"}},
		{"is opened again by somebody", restored, both(restored, openedAgain), false, []string{"incident.reopened 95 ticket anna"}},
		{"joins another", nil, part, false, []string{"incident.merged 70 ticket assay"}},
		{"opens as a part", nil, part, true, []string{"incident.opened 5 ticket assay"}},
		{"is restored as a part", part, both(part, held), false, []string{"incident.restored 65 ticket assay"}},
		{"comes back as a part", both(part, held), both(part, held, reopened), false, []string{"incident.reopened 90 ticket assay"}},
		{"is one of its own again", part, both(part, split), false, []string{"incident.split 75 page anna"}},
		{"is resolved while it lasts", foreign, both(foreign, saidResolved), false, []string{"incident.resolved 95 ticket anna"}},
		{"a foreign one opens", nil, foreign, true, []string{"incident.opened 5 ticket assay"}},
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
	if len(seen) != len(stages)+1 { // what is restored without a hold is resolved as well
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
