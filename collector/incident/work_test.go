package incident

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

// doing is an action in one word, with what it takes behind colons: the value,
// and the text or the number of the event that it undoes.
func doing(said string, second int) slo.IncidentEvent {
	part := strings.SplitN(said, "/", 3)
	a := slo.IncidentEvent{Kind: slo.EventKind(part[0]), Actor: "ada", At: at(second)}
	if len(part) > 1 {
		a.Value = part[1]
	}
	if len(part) > 2 {
		a.Text = part[2]
	}
	if a.Kind == slo.EventUndone {
		fmt.Sscan(a.Value, &a.Undoes)
		a.Value = ""
	}
	return a
}

// open1 is an incident that lasts, over1 one that is over. Its events are 1
// detected, and then 2 restored and 3 resolved.
func open1(t *testing.T) slo.Incident {
	var r records
	r.tell(t, "ud", 1, 2)
	return r.list[0]
}

func over1(t *testing.T) slo.Incident {
	var r records
	r.tell(t, "ud", 1, 2)
	r.tell(t, "udu", 2, 3)
	return r.list[0]
}

func TestWork(t *testing.T) {
	for _, c := range []struct {
		name  string
		over  bool
		do    string // the last of them has the outcome
		want  Reason // "" where it is taken
		stage slo.Stage
	}{
		{"acknowledge", false, "acknowledged", "", slo.Acknowledged},
		{"acknowledge twice", false, "acknowledged acknowledged", AlreadySo, slo.Acknowledged},
		{"respond", false, "acknowledged responded", "", slo.Responded},
		{"respond twice", false, "responded responded", AlreadySo, slo.Responded},
		{"assign", false, "assigned/bob", "", slo.Detected},
		{"assign again", false, "assigned/bob assigned/bob", AlreadySo, slo.Detected},
		{"assign nobody", false, "assigned/bob assigned/", "", slo.Detected},
		{"an endless name", false, "assigned/" + strings.Repeat("x", MaxValue+1), BadValue, slo.Detected},
		{"comment on nothing", false, "commented", BadValue, slo.Detected},
		{"an endless comment", false, "commented//" + strings.Repeat("x", MaxComment+1), BadValue, slo.Detected},
		{"resolve what is down", false, "resolved/fixed/cable", StillDown, slo.Detected},
		{"close what is down", false, "closed", NotResolved, slo.Detected},
		{"open what is open", false, "reopened", NotResolved, slo.Detected},
		{"over", true, "acknowledged", "", slo.Resolved},
		{"close without a cause", true, "closed", NoResolution, slo.Resolved},
		{"a code that there is not", true, "resolved/magic/cable", BadValue, slo.Resolved},
		{"no cause", true, "resolved/fixed", BadValue, slo.Resolved},
		{"resolve", true, "resolved/fixed/cable", "", slo.Resolved},
		{"resolve otherwise", true, "resolved/fixed/cable resolved/supplier/fibre", "", slo.Resolved},
		{"close", true, "resolved/fixed/cable closed", "", slo.Closed},
		{"work on what is closed", true, "resolved/fixed/cable closed assigned/bob", IsClosed, slo.Closed},
		{"comment on what is closed", true, "resolved/fixed/cable closed commented//so", "", slo.Closed},
		{"open again", true, "resolved/fixed/cable closed reopened", "", slo.Restored},
		{"and resolve", true, "reopened resolved/fixed/cable", "", slo.Resolved},
		{"link", false, "linked/problem:PRB-7", "", slo.Detected},
		{"link twice", false, "linked/problem:PRB-7 linked/problem:PRB-7", AlreadySo, slo.Detected},
		{"link to nothing", false, "linked/problem:", BadValue, slo.Detected},
		{"link to anything", false, "linked/mood:bad", BadValue, slo.Detected},
		{"unlink", false, "linked/change:7 unlinked/change:7", "", slo.Detected},
		{"unlink what is not linked", false, "unlinked/change:7", AlreadySo, slo.Detected},
		{"what happens by itself", false, "detected", BadValue, slo.Detected},
		{"pause", false, "paused//waits", "", slo.Detected},
		{"pause without a reason", false, "paused", BadValue, slo.Detected},
		{"pause twice", false, "paused//waits paused//waits", AlreadySo, slo.Detected},
		{"go on", false, "paused//waits continued", "", slo.Detected},
		{"go on that goes", false, "continued", AlreadySo, slo.Detected},
		{"pause what is over", true, "paused//waits", NotOpen, slo.Resolved},
		{"prioritise", false, "prioritised/1", "", slo.Detected},
		{"no priority", false, "prioritised/6", BadValue, slo.Detected},
		{"review what is not major", true, "reviewed", NotMajor, slo.Resolved},
		{"undo", false, "acknowledged undone/2", "", slo.Detected},
		{"undo twice", false, "acknowledged undone/2 undone/2", AlreadySo, slo.Detected},
		{"undo and do again", false, "acknowledged undone/2 acknowledged", "", slo.Acknowledged},
		{"undo what is not there", false, "undone/9", NoSuchEvent, slo.Detected},
		{"undo what happened by itself", false, "undone/1", NotUndoable, slo.Detected},
		{"undo an undo", false, "acknowledged undone/2 undone/3", NotUndoable, slo.Detected},
		{"undo opening again", true, "reopened undone/4", "", slo.Resolved},
		{"undo a close", true, "resolved/fixed/cable closed undone/5", "", slo.Resolved},
		{"undo a cause of what is closed", true, "resolved/fixed/cable closed undone/4", IsClosed, slo.Closed},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := open1(t)
			if c.over {
				i = over1(t)
			}
			var err error
			for n, said := range strings.Fields(c.do) {
				if err != nil {
					t.Fatal(err)
				}
				was := len(i.Events)
				i, err = Act(i, doing(said, 2000+n))
				if want := was + 1; err == nil && len(i.Events) != want {
					t.Fatalf("%s: %d events, want %d", said, len(i.Events), want)
				}
			}
			var r *Refused
			errors.As(err, &r)
			if got := i.Stage(); got != c.stage || (r == nil) != (c.want == "") || r != nil && r.Reason != c.want {
				t.Errorf("%s, %v; want %s, %q", got, err, c.stage, c.want)
			}
		})
	}
}

func TestWhatPeopleSaidIsKept(t *testing.T) {
	i := over1(t)
	for n, said := range []string{"acknowledged", "assigned/bob", "responded", "linked/change:CHG-1", "linked/supplier:isp", "resolved/fixed/cable", "undone/7"} {
		var err error
		if i, err = Act(i, doing(said, 2000+n)); err != nil {
			t.Fatal(err)
		}
	}
	want := slo.Work{
		Responded: at(2002), Assignee: "bob", Resolution: &slo.Resolution{At: at(2005), By: "ada", Code: "fixed", Cause: "cable"},
		Links: []slo.IncidentLink{{Kind: "supplier", ID: "isp"}},
	}
	if diff := cmp.Diff(want, i.Work); diff != "" {
		t.Error(diff)
	}
	if i.AckedBy != "ada" || i.Resolved != at(1002) || len(i.Events) != 10 {
		t.Errorf("%+v", i)
	}
}

// What is down again is open again, whatever people said of it.
func TestDownAgainOpensWhatPeopleClosed(t *testing.T) {
	var r records
	r.tell(t, "ud", 1, 2)
	r.tell(t, "udu", 2, 3)
	for n, said := range []string{"resolved/fixed/cable", "closed"} {
		r.list[0], _ = Act(r.list[0], doing(said, 1500+n))
	}
	r.tell(t, "udd", 2, 3)
	if i := r.list[0]; i.Stage() != slo.Detected || i.Work.Resolution != nil || i.Events[len(i.Events)-1].Kind != slo.EventReopened {
		t.Errorf("%+v", i)
	}
}

// What people opened again waits for their word, and for that of nobody else.
func TestOpenedAgain(t *testing.T) {
	var r records
	r.tell(t, "uddu", 1, 4)
	r.list[0], _ = Act(r.list[0], doing("reopened", 1500))
	r.tell(t, "uduu", 2, 3)
	if i := r.list[0]; !i.Open() || i.Restored != at(2) {
		t.Fatalf("%+v", i)
	}
	if i, err := Act(r.list[0], doing("resolved/fixed/cable", 1600)); err != nil || i.Resolved != at(1600) {
		t.Errorf("%+v, %v", i, err)
	}
}

func TestNoMoreByPeople(t *testing.T) {
	i := open1(t)
	var err error
	for n := 0; err == nil; n++ {
		i, err = Act(i, doing("commented//so", n))
	}
	var r *Refused
	if !errors.As(err, &r) || r.Reason != Full || len(i.Events) != MaxPeople+1 {
		t.Errorf("%d events, %v", len(i.Events), err)
	}
}

func TestMerge(t *testing.T) {
	part, whole, third := open1(t), over1(t), open1(t)
	whole.ID, third.ID = "whole", "third"
	refusal := func(err error) Reason {
		var r *Refused
		errors.As(err, &r)
		if r == nil {
			return ""
		}
		return r.Reason
	}
	p, w, err := Merge(part, whole, "ada", "the same cable", at(2000))
	if err != nil || p.Work.Parent != "whole" || len(part.Events) != 1 || p.Events[1].Value != "whole" || w.Events[3].Value != part.ID {
		t.Fatalf("%+v, %+v, %v", p, w, err)
	}
	for name, c := range map[string]struct {
		part, whole slo.Incident
		want        Reason
	}{
		"with itself":          {part, part, Itself},
		"twice":                {p, third, PartOf},
		"with a part":          {third, p, PartOf},
		"with what is closed":  {third, slo.Incident{ID: "c", Work: slo.Work{Closed: 1}}, IsClosed},
		"and split from other": {third, whole, ""},
	} {
		if _, _, err := Merge(c.part, c.whole, "ada", "", at(2001)); refusal(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, said := range []string{"acknowledged", "assigned/bob", "responded", "resolved/fixed/cable", "reopened", "closed"} {
		if _, err := Act(p, doing(said, 2002)); refusal(err) != PartOf {
			t.Errorf("%s a part: %v", said, err)
		}
	}
	if _, err := Act(p, doing("undone/2", 2002)); refusal(err) != NotUndoable {
		t.Errorf("a merge is undone by a split: %v", err)
	}
	if _, _, err := Split(third, w, "ada", "", at(2003)); refusal(err) != AlreadySo {
		t.Errorf("split what is no part: %v", err)
	}
	p, w, err = Split(p, w, "ada", "", at(2003))
	if err != nil || p.Work.Parent != "" || w.Events[4].Kind != slo.EventParted {
		t.Errorf("%+v, %+v, %v", p, w, err)
	}
}

// An incident is what its events say, whatever was done in whatever order; an
// undo leaves what would be had it never been done.
func TestAnIncidentFollowsFromItsEvents(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		i := over1(t)
		if rapid.Bool().Draw(rt, "open") {
			i = open1(t)
		}
		for n := range rapid.IntRange(1, 30).Draw(rt, "steps") {
			said := rapid.SampledFrom([]string{
				"acknowledged", "assigned/bob", "assigned/", "responded", "resolved/fixed/cable", "reopened", "closed", "commented//so",
				"linked/change:1", "unlinked/change:1", "paused//waits", "continued", "prioritised/2", "undone",
			}).Draw(rt, "action")
			if said == "undone" {
				said += fmt.Sprint("/", rapid.IntRange(1, len(i.Events)+1).Draw(rt, "event"))
			}
			if next, err := Act(i, doing(said, 2000+n)); err == nil {
				i = next
			}
			again := i
			refold(&again)
			if diff := cmp.Diff(i, again); diff != "" {
				rt.Fatalf("after %s: %s", said, diff)
			}
			without := i
			without.Events = nil
			undone := Undone(i.Events)
			for _, e := range i.Events {
				if !undone[e.N] && e.Kind != slo.EventUndone {
					without.Events = append(without.Events, e)
				}
			}
			refold(&without)
			if diff := cmp.Diff(i.Work, without.Work); diff != "" || i.Resolved != without.Resolved || i.AckedBy != without.AckedBy {
				rt.Fatalf("with what was undone: %s", diff)
			}
			if i.Work.Closed != 0 && (i.Open() || i.Work.Resolution == nil) {
				rt.Fatalf("closed, and not resolved: %+v", i)
			}
		}
	})
}

// A pause ends with the incident, or when people say so, and an undo of it
// leaves none.
func TestPauses(t *testing.T) {
	var r records
	r.tell(t, "ud", 1, 2)
	do := func(said string, second int) {
		t.Helper()
		var err error
		if r.list[0], err = Act(r.list[0], doing(said, second)); err != nil {
			t.Fatal(err)
		}
	}
	pauses := func() string {
		var out []string
		for _, p := range r.list[0].Work.Pauses {
			end := "open"
			if p.To != slo.MaxInstant {
				end = fmt.Sprint(int(p.To.Sub(start) / time.Second))
			}
			out = append(out, fmt.Sprintf("%d-%s %s", int(p.From.Sub(start)/time.Second), end, p.Reason))
		}
		return strings.Join(out, ", ")
	}
	do("paused//part", 10)
	do("continued", 12)
	do("paused//supplier", 15)
	if got := pauses(); got != "10-12 part, 15-open supplier" {
		t.Error(got)
	}
	do("undone/4", 16)
	if got := pauses(); got != "10-12 part" {
		t.Error(got)
	}
	do("paused//supplier", 17)
	r.tell(t, "udu", 2, 3)
	if got, want := pauses(), fmt.Sprintf("10-12 part, 17-%d supplier", int(r.list[0].Resolved.Sub(start)/time.Second)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
