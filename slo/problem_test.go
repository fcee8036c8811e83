package slo

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// problemOf is a problem after acts, of which each has what it needs.
func problemOf(t *testing.T, acts ...ProblemAct) Problem {
	t.Helper()
	p := Problem{ID: "PRB-a", Service: "shop"}
	for n, a := range acts {
		e := ProblemEvent{At: Instant(1000 * (n + 1)), Act: a, Actor: "ada", Text: "text", Value: "value"}
		switch a {
		case ProposeProblem:
			e.Actor, e.Joined = ByItself, []ProblemIncident{{"a", 1}, {"b", 2}}
		case LinkIncident:
			e.Joined = []ProblemIncident{{"c", 3}}
		case UnlinkIncident:
			e.Left = []string{"a"}
		case FixProblem:
			e.When = e.At
		case UndoProblem:
			e.Undoes = n
		}
		var err error
		if p, err = p.Add(e); err != nil {
			t.Fatalf("%s after %v: %v", a, acts[:n], err)
		}
	}
	return p
}

func TestProblemSteps(t *testing.T) {
	known := []ProblemAct{ProposeProblem, OpenProblem, SetRootCause, NameKnownError}
	for _, c := range []struct {
		after []ProblemAct
		e     ProblemEvent
		want  error
	}{
		{nil, ProblemEvent{Act: CommentProblem, Text: "x"}, ProblemNoSuchAct},
		{nil, ProblemEvent{Act: OpenProblem}, ProblemBadText},
		{known[:1], ProblemEvent{Act: ProposeProblem, Text: "x"}, ProblemNoSuchAct},
		{known[:1], ProblemEvent{Act: FixProblem, When: 1}, ProblemWrongState},
		{known[:1], ProblemEvent{Act: RejectProblem}, ProblemBadText},
		{known[:2], ProblemEvent{Act: NameKnownError}, ProblemNothingKnown},
		{known[:2], ProblemEvent{Act: OpenProblem}, ProblemWrongState},
		{known[:2], ProblemEvent{Act: CloseProblem, Text: string(make([]byte, MaxProblemText+1))}, ProblemBadText},
		{known[:2], ProblemEvent{Act: CommentProblem, Text: "\xff"}, ProblemBadText},
		{known, ProblemEvent{Act: FixProblem, When: 9001}, ProblemBadInstant},
		{known, ProblemEvent{Act: FixProblem}, ProblemBadInstant},
		{known, ProblemEvent{Act: SetRootCause, Text: "text"}, ProblemAlreadySo},
		{known, ProblemEvent{Act: AssignProblem}, ProblemAlreadySo},
		{known, ProblemEvent{Act: RetitleProblem}, ProblemBadText},
		{known, ProblemEvent{Act: LinkIncident, Joined: []ProblemIncident{{"a", 1}}}, ProblemAlreadySo},
		{known, ProblemEvent{Act: LinkIncident, Left: []string{"a"}}, ProblemBadText},
		{known, ProblemEvent{Act: UnlinkIncident, Left: []string{"z"}}, ProblemAlreadySo},
		{known, ProblemEvent{Act: LinkIncident, Joined: make([]ProblemIncident, MaxProblemIncidents)}, ProblemFull},
		{known, ProblemEvent{Act: UnlinkChange, Value: "CHG-1"}, ProblemAlreadySo},
		{known, ProblemEvent{Act: LinkChange}, ProblemBadText},
		{known, ProblemEvent{Act: UndoProblem, Undoes: 9}, ProblemNoSuchEvent},
		{known, ProblemEvent{Act: UndoProblem, Undoes: 1}, ProblemNotUndoable},
		{known, ProblemEvent{Act: UndoProblem, Undoes: 2}, ProblemNotUndoable}, // a later step stands on it
		{known, ProblemEvent{Act: "explode"}, ProblemNoSuchAct},
		{known, ProblemEvent{Act: FixProblem, When: 8000, Value: "CHG-1"}, nil},
		{known, ProblemEvent{Act: UndoProblem, Undoes: 4}, nil},
	} {
		c.e.At, c.e.Actor = 9000, "ada"
		p := problemOf(t, c.after...)
		if _, err := p.Add(c.e); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s after %v: %v, want %v", c.e.Act, c.after, err, c.want)
		}
	}
}

func TestProblemFolds(t *testing.T) {
	p := problemOf(t, ProposeProblem, OpenProblem, SetRootCause, SetWorkaround, NameKnownError, FixProblem, LinkIncident, UnlinkIncident, AssignProblem)
	if p.State != ProblemFixed || p.Fixed != 6000 || p.FixChange != "value" || len(p.Changes) != 1 || p.RootCause != "text" || p.Workaround != "text" ||
		p.Owner != "value" || len(p.Incidents) != 2 || p.Has("a") || !p.Keeps("a") || !p.ByItself("b") || p.ByItself("c") || p.Title != "value" {
		t.Errorf("%+v", p)
	}
	undone := problemOf(t, ProposeProblem, OpenProblem, UndoProblem)
	if undone.State != ProblemProposed || undone.Title != "text" || undone.Undoable(2) {
		t.Errorf("%+v", undone)
	}
	again := problemOf(t, ProposeProblem, OpenProblem, SetRootCause, FixProblem, CloseProblem, ReopenProblem)
	if again.State != ProblemOpen || again.Fixed != 4000 || again.Closed != 5000 {
		t.Errorf("%+v", again)
	}
	then, ok := p.AsOf(4500)
	if _, before := p.AsOf(999); !ok || before || then.State != ProblemOpen || then.Workaround != "text" || then.Fixed != 0 {
		t.Errorf("%+v", then)
	}
}

// What an undo leaves is what there was without the event.
func TestProblemUndo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, err := Problem{ID: "PRB-a"}.Add(ProblemEvent{At: 1, Act: ProposeProblem, Actor: ByItself, Text: "t", Joined: []ProblemIncident{{"a", 1}}})
		if err != nil {
			t.Fatal(err)
		}
		for n := range rapid.IntRange(0, 12).Draw(t, "events") {
			e := ProblemEvent{At: Instant(n + 2), Actor: "ada", Act: rapid.SampledFrom(ProblemActs()).Draw(t, "act"), Text: rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "text"),
				Value: rapid.SampledFrom([]string{"", "v", "w"}).Draw(t, "value"), When: Instant(n), Undoes: rapid.IntRange(0, n+1).Draw(t, "undoes")}
			if e.Act == UnlinkIncident {
				e.Left = []string{"a"}
			}
			if e.Act == LinkIncident {
				e.Joined = []ProblemIncident{{"a", 1}}
			}
			next, err := p.Add(e)
			if err != nil {
				continue
			}
			if len(next.Events) != len(p.Events)+1 || next.Events[len(p.Events)].N != next.Version() || e.Act == ProposeProblem {
				t.Fatalf("%+v", next)
			}
			p = next
			if n := p.Version(); p.Undoable(n) {
				undone, err := p.Add(ProblemEvent{At: 99, Act: UndoProblem, Actor: "ada", Undoes: n})
				before, _ := p.AsOf(p.Events[n-1].At - 1)
				if err != nil || undone.State != before.State || undone.Title != before.Title || len(undone.Incidents) != len(before.Incidents) || undone.RootCause != before.RootCause ||
					undone.Fixed != before.Fixed || len(undone.Changes) != len(before.Changes) || undone.Owner != before.Owner {
					t.Fatalf("undone %+v, before %+v: %v", undone, before, err)
				}
			}
		}
	})
}

func TestRecurrence(t *testing.T) {
	const day = 24 * time.Hour
	on := func(n int) Instant { return Instant(0).Add(time.Duration(n) * day) }
	p := Problem{Fixed: on(50), Incidents: []ProblemIncident{{"a", on(10)}, {"b", on(44)}, {"c", on(49)}, {"d", on(50)}, {"e", on(58)}}}
	for _, c := range []struct {
		fixed, at int
		want      Recurrence
	}{
		{0, 60, Recurrence{Before: 5, Verdict: NotFixed}},
		{50, 49, Recurrence{Before: 2, Verdict: NotFixed}},
		{50, 50, Recurrence{Before: 3, Verdict: FixTooRecent}},
		{50, 51, Recurrence{3, 1, day, 1, 1, FixFailed}},
		{50, 60, Recurrence{3, 2, 10 * day, 2, 2, FixFailed}},
		{59, 88, Recurrence{5, 0, 29 * day, 4, 0, FixTooRecent}},
		{59, 89, Recurrence{5, 0, 30 * day, 4, 0, FixHeld}},
		{59, 300, Recurrence{5, 0, 90 * day, 5, 0, FixHeld}},
	} {
		if p.Fixed = on(c.fixed); c.fixed == 0 {
			p.Fixed = 0
		}
		if got := p.Recurrence(30*day, on(c.at)); got != c.want {
			t.Errorf("fixed on %d, on %d: %+v, want %+v", c.fixed, c.at, got, c.want)
		}
	}
	if r := (Recurrence{Span: 10 * day}); r.Per30Days(2) != 600 {
		t.Errorf("%d", r.Per30Days(2))
	}
}

func TestModeOf(t *testing.T) {
	i := Incident{Service: "shop", Trigger: ServiceDown, Causes: []Cause{{At: 2, Reason: BodyMismatch}, {At: 1, Reason: ConnectTimeout}, {At: 1, Reason: ConnectRefused}}}
	if m := ModeOf(&i); m != "service_down/shop/connect_refused" || m.Reason() != ConnectRefused {
		t.Error(m)
	}
	i.Causes = nil
	if m := ModeOf(&i); m != "service_down/shop/" || m.Reason() != "" {
		t.Error(m)
	}
	i.Work.Parent = "other"
	if m := ModeOf(&i); m != "" {
		t.Error(m)
	}
	if m := ModeOf(&Incident{Trigger: AgentSilent, Key: "agent_silent/eu-1"}); m != "agent_silent/eu-1" || m.Reason() != "" {
		t.Error(m)
	}
}
