package register

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

var (
	t0  = slo.Instant(1_790_000_000_000)
	ada = By{"ada", t0}
)

// some knows the service shop and the items that are named.
func some(items ...string) Known {
	return func(f *slo.RegisterField, v string) bool {
		return f.Kind == slo.FieldService && v == "shop" || slices.Contains(items, f.Of+"/"+v)
	}
}

func want(t *testing.T, err error, problems ...string) {
	t.Helper()
	var got []string
	var list slo.RegisterProblems
	if errors.As(err, &list) {
		for _, p := range list {
			got = append(got, strings.TrimPrefix(p.Field+" ", " ")+string(p.Reason))
		}
	}
	slices.Sort(got)
	slices.Sort(problems)
	if !slices.Equal(got, problems) {
		t.Errorf("got %v, want %v", err, problems)
	}
}

func TestCreate(t *testing.T) {
	g := Named(Complaints)
	for name, c := range map[string]struct {
		change slo.RegisterChange
		want   []string
	}{
		"all is well": {slo.RegisterChange{Values: map[string]string{"title": " Slow \n shop\u202e", "customer": "acme", "service": "shop", "received": "2026-10-01"}}, nil},
		"all at once": {slo.RegisterChange{ID: "a b", State: "gone", Text: strings.Repeat("x", maxRemark+1), Values: map[string]string{
			"customer": "none", "service": "none", "received": "2026-02-30", "channel": "pigeon", "due": "1.10.2026", "title": strings.Repeat("x", 201), "colour": "red", "details": "\xff",
		}}, []string{"bad_id", "no_such_state", "text too_long", "customer unknown_item", "service unknown_service", "received not_a_date", "channel not_a_choice", "due not_a_date",
			"title too_long", "colour unknown_field", "details not_utf8"}},
		"what is required":         {slo.RegisterChange{}, []string{"title missing", "customer missing", "received missing"}},
		"what its state needs":     {slo.RegisterChange{State: "closed", Values: map[string]string{"title": "x", "customer": "acme", "received": "2026-10-01"}}, []string{"owner missing", "resolution missing", "answered missing"}},
		"withdrawn from the start": {slo.RegisterChange{State: slo.RegisterWithdrawn, Values: map[string]string{"title": "x", "customer": "acme", "received": "2026-10-01"}}, []string{"no_such_state"}},
	} {
		t.Run(name, func(t *testing.T) {
			i, err := Create(g, c.change, some("customers/acme"), ada)
			want(t, err, c.want...)
			if err == nil && (i.State != "received" || i.Values["title"] != "Slow   shop" || i.Version() != 1 || !strings.HasPrefix(i.ID, "complaint-") || !isID(i.ID)) {
				t.Errorf("%+v", i)
			}
		})
	}
}

func TestChangeAndUndo(t *testing.T) {
	g := Named(Risks)
	i, err := Create(g, slo.RegisterChange{Values: map[string]string{"title": "One database", "service": "shop"}}, some(), ada)
	want(t, err)
	change := func(c slo.RegisterChange, problems ...string) bool {
		t.Helper()
		c.Version = i.Version()
		now, changed, err := Change(g, i, c, some(), ada)
		want(t, err, problems...)
		i = now
		return changed
	}
	change(slo.RegisterChange{State: "rated"}, "owner missing", "likelihood missing", "impact missing")
	change(slo.RegisterChange{State: "accepted"}, "no_such_move", "owner missing", "likelihood missing", "impact missing", "treatment missing", "review_by missing")
	change(slo.RegisterChange{Values: map[string]string{"level": "9"}}, "level computed")
	if !change(slo.RegisterChange{State: "rated", Values: map[string]string{"owner": "Ada", "likelihood": "4", "impact": "3"}}) || i.Shown(g.Field("level")) != "12" {
		t.Errorf("%+v", i)
	}
	if change(slo.RegisterChange{State: "rated", Values: map[string]string{"owner": " Ada "}}) {
		t.Error("the same changed something")
	}
	if !change(slo.RegisterChange{Text: "Seen."}) {
		t.Error("a comment was not kept")
	}
	change(slo.RegisterChange{Values: map[string]string{"owner": "Charles"}})
	if _, _, err := Change(g, i, slo.RegisterChange{Version: 1, Text: "late"}, some(), ada); err == nil {
		t.Error("a change of what was seen long ago")
	} else {
		want(t, err, "conflict")
	}
	undo := func(n int, problems ...string) {
		t.Helper()
		now, err := Undo(g, i, i.Version(), n, "", ada)
		want(t, err, problems...)
		i = now
	}
	undo(2, "changed_since") // the owner is another now
	undo(3, "no_such_event") // a comment
	undo(9, "no_such_event")
	undo(4)
	undo(4, "undone")
	undo(2)
	if i.State != "identified" || len(i.Values) != 2 || i.Shown(g.Field("level")) != "" {
		t.Errorf("%+v", i)
	}
	undo(6) // the undo of 2 itself
	if i.State != "rated" || i.Values["owner"] != "Ada" || i.Undone(2) {
		t.Errorf("%+v", i)
	}
	undo(1)
	if i.State != slo.RegisterWithdrawn || i.Values["owner"] != "Ada" {
		t.Errorf("%+v", i)
	}
	change(slo.RegisterChange{Text: "still there?"}, "no_such_move")
	undo(8)
	if i.State != "rated" || i.Version() != 9 {
		t.Errorf("%+v", i)
	}
	for i.Version() < slo.MaxRegisterEvents {
		change(slo.RegisterChange{Text: "again"})
	}
	change(slo.RegisterChange{Text: "again"}, "full")
	undo(2, "full")
}

// What a service or an item was when it was named stays, also where it left.
func TestWhatLeftStays(t *testing.T) {
	g := Named(Risks)
	i, err := Create(g, slo.RegisterChange{Values: map[string]string{"title": "x", "service": "shop"}}, some(), ada)
	want(t, err)
	none := func(*slo.RegisterField, string) bool { return false }
	_, changed, err := Change(g, i, slo.RegisterChange{Version: 1, Values: map[string]string{"title": "y", "service": "shop"}}, none, ada)
	if want(t, err); !changed {
		t.Error("nothing changed")
	}
}

func TestValues(t *testing.T) {
	for typed, want := range map[string]string{
		"1": "1", "+01.50": "1.5", "-0.00": "0", "-2.5": "-2.5", "000": "0", "999999999999.999999": "999999999999.999999",
		"1e3": "", "1,5": "", ".5": "", "5.": "", "": "", "-": "", "1234567890123": "", "0.1234567": "", "٣": "", "--1": "", "+-1": "",
	} {
		if got, _ := decimal(typed); got != want {
			t.Errorf("%q is %q, want %q", typed, got, want)
		}
	}
	email := slo.RegisterField{Name: "email", Kind: slo.FieldEmail}
	for typed, good := range map[string]bool{"ada@example.com": true, "Ada <ada@example.com>": false, "ada": false, "a@b\nBcc: c@d": false} {
		if _, reason := parse(&email, typed, nil); (reason == "") != good {
			t.Errorf("%q: %s", typed, reason)
		}
	}
	for id, good := range map[string]bool{"a": true, "A-1_.": true, "": false, ".": false, "..": false, "a/b": false, "ä": false, strings.Repeat("x", 65): false} {
		if isID(id) != good {
			t.Errorf("%q", id)
		}
	}
}

// TestAnyWay does things in any order and holds the item against a model that is
// a list of whole items, one a version: undoing an event gives back what its
// fields were before.
func TestAnyWay(t *testing.T) {
	g := Named(Actions)
	rapid.Check(t, func(t *rapid.T) {
		i, err := Create(g, slo.RegisterChange{Values: map[string]string{"title": "x"}}, some(), ada)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			was := i
			if rapid.Bool().Draw(t, "undo") {
				n := rapid.IntRange(1, i.Version()).Draw(t, "n")
				now, err := Undo(g, i, i.Version(), n, "", ada)
				if err != nil {
					continue
				}
				before := was.Before(n)
				for name := range was.Events[n-1].Set {
					if n > 1 && now.Values[name] != before.Values[name] {
						t.Fatalf("undoing %d left %s %q, it was %q", n, name, now.Values[name], before.Values[name])
					}
				}
				i = now
			} else {
				c := slo.RegisterChange{Version: i.Version(), Values: map[string]string{}}
				for _, f := range []string{"owner", "due", "result", "measure", "before", "after"} {
					if v := rapid.SampledFrom([]string{"-", "", "1", "2026-10-01"}).Draw(t, f); v != "-" {
						c.Values[f] = v
					}
				}
				c.State = rapid.SampledFrom(append(g.NextStates(i.State), "")).Draw(t, "state")
				now, _, err := Change(g, i, c, some(), ada)
				if err != nil {
					continue
				}
				i = now
			}
			if lacking := lacks(g, &i, nil); len(lacking) > 0 {
				t.Fatalf("%s lacks %v", i.State, lacking)
			}
			left := i.Before(i.Version() + 1)
			if left.State != i.State || !maps.Equal(left.Values, i.Values) || len(was.Events) > len(i.Events) {
				t.Fatalf("the events leave %+v, it is %+v", left, i)
			}
		}
	})
}
