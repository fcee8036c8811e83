package incident

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

const day = 86400

// failed is an incident of a service that was down for a reason.
func failed(id, service string, reason slo.Reason, began int) slo.Incident {
	return slo.Incident{
		ID: id, Service: service, Trigger: slo.ServiceDown, Began: at(began), Detected: at(began), Restored: at(began + 60), Resolved: at(began + 90), Downtime: time.Minute,
		Causes: []slo.Cause{{Probe: "web", Reason: slo.BodyMismatch, At: at(began + 5)}, {Probe: "web", Reason: reason, At: at(began)}},
	}
}

var thrice = slo.ProblemRule{Incidents: 3, Within: 30 * 24 * time.Hour}

// told applies news, as a store does.
func told(t interface{ Fatalf(string, ...any) }, known []slo.Problem, news []ProblemNews) []slo.Problem {
	for _, n := range news {
		k := slices.IndexFunc(known, func(p slo.Problem) bool { return p.ID == n.Problem.ID })
		if k < 0 {
			known, k = append(known, n.Problem), len(known)
		}
		next, err := known[k].Add(n.Event)
		if err != nil {
			t.Fatalf("%s cannot take %+v: %v", n.Problem.ID, n.Event, err)
		}
		known[k] = next
	}
	return known
}

func TestPropose(t *testing.T) {
	list := []slo.Incident{
		failed("a", "shop", slo.ConnectRefused, 0), failed("b", "shop", slo.ConnectTimeout, day), failed("c", "shop", slo.ConnectRefused, 2*day),
		failed("d", "till", slo.ConnectRefused, 3*day), failed("e", "shop", slo.ConnectRefused, 4*day),
	}
	if got := Propose(list[:4], nil, thrice, at(3*day)); len(got) != 0 {
		t.Fatalf("twice is no problem: %+v", got)
	}
	known := told(t, nil, Propose(list, nil, thrice, at(4*day)))
	p := known[0]
	if len(known) != 1 || p.ID != "PRB-a" || p.State != slo.ProblemProposed || p.Title != "shop: connect_refused" || p.Service != "shop" || len(p.Incidents) != 3 {
		t.Fatalf("%+v", known)
	}
	if got := Propose(list, known, thrice, at(4*day)); len(got) != 0 {
		t.Errorf("told again: %+v", got)
	}
	if got := Propose(list, nil, thrice, at(31*day)); len(got) != 0 {
		t.Errorf("the first began more than 30 days ago: %+v", got)
	}
	list[4].Work.Resolution = &slo.Resolution{Code: "false_alarm"}
	known = told(t, known, Propose(list, known, thrice, at(5*day)))
	if known[0].Has("e") {
		t.Error("a false alarm stays in its problem")
	}
}

// A major incident is proposed alone, and what is part of another never.
func TestProposeMajor(t *testing.T) {
	a := failed("a", "shop", slo.ConnectRefused, 0)
	a.Work.Major = &slo.Major{Owner: "ada"}
	b := failed("b", "till", slo.ConnectRefused, 0)
	b.Work.Major, b.Work.Parent = a.Work.Major, "a"
	c := Open(Condition{Key: "exhausted/disk", Trigger: slo.Exhausted, Summary: "The disk is full"}, at(1))
	c.Work.Major = a.Work.Major
	known := told(t, nil, Propose([]slo.Incident{a, b, c}, nil, thrice, at(9)))
	if len(known) != 2 || known[0].Title != "The disk is full" || known[1].Title != "shop: connect_refused" || known[1].Events[0].Value != slo.ProposedMajor {
		t.Errorf("%+v", known)
	}
}

// What came after a problem was closed opens it again; after one was rejected
// it makes another.
func TestProposeAfterTheEnd(t *testing.T) {
	list := []slo.Incident{failed("a", "shop", slo.ConnectRefused, 0), failed("b", "shop", slo.ConnectRefused, 1), failed("c", "shop", slo.ConnectRefused, 2)}
	first := told(t, nil, Propose(list, nil, thrice, at(3)))[0]
	rejected, err := first.Add(slo.ProblemEvent{At: at(4), Act: slo.RejectProblem, Actor: "ada", Text: "planned work"})
	if err != nil {
		t.Fatal(err)
	}
	closed, err := first.Add(slo.ProblemEvent{At: at(4), Act: slo.OpenProblem, Actor: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	if closed, err = closed.Add(slo.ProblemEvent{At: at(4), Act: slo.CloseProblem, Actor: "ada", Text: "accepted"}); err != nil {
		t.Fatal(err)
	}
	for n, id := range []string{"d", "e", "f"} {
		list = append(list, failed(id, "shop", slo.ConnectRefused, 5+n))
		again := told(t, []slo.Problem{closed}, Propose(list, []slo.Problem{closed}, thrice, at(9)))
		want := slo.ProblemClosed
		if n == 2 {
			want = slo.ProblemOpen
		}
		if len(again) != 1 || again[0].State != want || len(again[0].Incidents) != 4+n {
			t.Errorf("%d since: %+v", n+1, again)
		}
		another := told(t, []slo.Problem{rejected}, Propose(list, []slo.Problem{rejected}, thrice, at(9)))
		if len(another) != 1+n/2 || len(another[0].Incidents) != 3 {
			t.Errorf("%d since: %+v", n+1, another)
		}
	}
}

// From nothing, what is proposed is what counting each mode by itself says.
func TestProposeAsCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := slo.ProblemRule{Incidents: rapid.IntRange(2, 4).Draw(t, "incidents"), Within: time.Duration(rapid.IntRange(1, 40).Draw(t, "within")) * time.Second}
		list, now := drawn(t), at(rapid.IntRange(0, 60).Draw(t, "now"))
		want := map[string][]string{} // by service and reason
		major := map[string]bool{}
		for _, i := range list {
			if i.Work.Parent != "" || i.Downtime == 0 || i.Work.Resolution != nil || i.Began > now || now.Sub(i.Began) >= rule.Within {
				continue
			}
			mode := i.Service + " " + string(i.Causes[1].Reason)
			want[mode] = append(want[mode], i.ID)
			major[mode] = major[mode] || i.Work.Major != nil
		}
		for mode, ids := range want {
			if len(ids) < rule.Incidents && !major[mode] {
				delete(want, mode)
			}
		}
		got := told(t, nil, Propose(list, nil, rule, now))
		for _, p := range got {
			var ids []string
			for _, i := range p.Incidents {
				ids = append(ids, i.ID)
			}
			slices.Sort(ids)
			mode := p.Service + " " + string(p.Mode.Reason())
			slices.Sort(want[mode])
			if !slices.Equal(ids, want[mode]) {
				t.Fatalf("%s has %v, want %v", mode, ids, want[mode])
			}
			delete(want, mode)
		}
		if len(want) > 0 {
			t.Fatalf("not proposed: %v", want)
		}
	})
}

// Whatever people do in between, an incident is one problem's at most by
// itself, what was told is not told again, and none is overlooked.
func TestProposeOverTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := slo.ProblemRule{Incidents: rapid.IntRange(2, 3).Draw(t, "incidents"), Within: 30 * time.Second}
		list := drawn(t)
		var known []slo.Problem
		for now := 0; now <= 60; now += rapid.IntRange(1, 15).Draw(t, "pause") {
			known = told(t, known, Propose(list, known, rule, at(now)))
			if again := Propose(list, known, rule, at(now)); len(again) > 0 {
				t.Fatalf("told again: %+v", again)
			}
			hold(t, list, known, rule, at(now))
			if len(known) > 0 {
				k := rapid.IntRange(0, len(known)-1).Draw(t, "problem")
				known[k] = worked(t, known[k], at(now))
			}
		}
	})
}

// hold checks what must be so after each round.
func hold(t *rapid.T, list []slo.Incident, known []slo.Problem, rule slo.ProblemRule, now slo.Instant) {
	has := map[string]int{}
	open := map[slo.FailureMode]bool{}
	for n := range known {
		p := &known[n]
		open[p.Mode] = open[p.Mode] || p.State != slo.ProblemRejected
		for _, i := range p.Incidents {
			has[i.ID]++
		}
	}
	left := map[slo.FailureMode]int{}
	for _, i := range list {
		if has[i.ID] > 1 {
			t.Fatalf("%s is of %d problems", i.ID, has[i.ID])
		}
		kept := slices.ContainsFunc(known, func(p slo.Problem) bool { return p.Keeps(i.ID) })
		if Counts(&i) && !kept && i.Began <= now && now.Sub(i.Began) < rule.Within {
			left[slo.ModeOf(&i)]++
			if open[slo.ModeOf(&i)] || i.Work.Major != nil {
				t.Fatalf("%s is of no problem", i.ID)
			}
		}
	}
	for mode, n := range left {
		if n >= rule.Incidents {
			t.Fatalf("%d of %s are no problem", n, mode)
		}
	}
}

// worked is a problem after something that people may do to it.
func worked(t *rapid.T, p slo.Problem, now slo.Instant) slo.Problem {
	e := slo.ProblemEvent{At: now, Actor: "ada", Text: "because",
		Act: rapid.SampledFrom([]slo.ProblemAct{slo.OpenProblem, slo.RejectProblem, slo.CloseProblem, slo.ReopenProblem, slo.UnlinkIncident, slo.UndoProblem}).Draw(t, "act")}
	if e.Act == slo.UnlinkIncident && len(p.Incidents) > 0 {
		e.Left = []string{p.Incidents[0].ID}
	}
	if e.Act == slo.UndoProblem {
		e.Undoes = len(p.Events)
	}
	if next, err := p.Add(e); err == nil {
		return next
	}
	return p
}

// drawn are incidents of two services and two reasons within a minute.
func drawn(t *rapid.T) []slo.Incident {
	var out []slo.Incident
	for n := range rapid.IntRange(0, 14).Draw(t, "count") {
		pick := func(what string, of int) bool { return rapid.IntRange(0, of).Draw(t, what) == 0 }
		i := failed(fmt.Sprintf("i%d", n), rapid.SampledFrom([]string{"shop", "till"}).Draw(t, "service"),
			rapid.SampledFrom([]slo.Reason{slo.ConnectRefused, slo.ConnectTimeout}).Draw(t, "reason"), rapid.IntRange(0, 60).Draw(t, "began"))
		if pick("part", 9) {
			i.Work.Parent = "other"
		}
		if pick("disproved", 9) {
			i.Downtime = 0
		}
		if pick("false", 9) {
			i.Work.Resolution = &slo.Resolution{Code: "false_alarm"}
		}
		if pick("major", 12) {
			i.Work.Major = &slo.Major{Owner: "ada"}
		}
		out = append(out, i)
	}
	return out
}
