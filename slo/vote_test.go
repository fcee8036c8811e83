package slo

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// states reads u, d and ? for up, down and unknown.
func states(s string) []State {
	out := []State{}
	for _, c := range s {
		out = append(out, map[rune]State{'u': Up, 'd': Down, '?': Unknown}[c])
	}
	return out
}

func TestMerge(t *testing.T) {
	for in, want := range map[string]State{"": Unknown, "?": Unknown, "?d": Down, "du": Up, "u?": Up, "dd": Down, "d?d": Down} {
		if got := merge(states(in)); got != want {
			t.Errorf("agents %q: %v, want %v", in, got, want)
		}
	}
}

func TestVote(t *testing.T) {
	for _, c := range []struct {
		quorum Quorum
		min    int
		want   map[string]State
	}{
		{Majority, 1, map[string]State{"": Unknown, "???": Unknown, "d": Down, "du": Up, "ddu": Down, "duu": Up, "dduu": Up, "d??": Down, "du?": Up}},
		{Majority, 2, map[string]State{"d??": Unknown, "u??": Unknown, "dd?": Down, "du?": Up}},
		{Any, 1, map[string]State{"": Unknown, "uuud": Down, "u?": Up, "?d": Down}},
		{All, 1, map[string]State{"ddd": Down, "ddu": Up, "dd?": Down, "?": Unknown}},
		{2, 1, map[string]State{"d": Unknown, "u": Unknown, "du": Up, "dd": Down, "ddu": Down, "uu?": Up, "d??": Unknown}},
		{3, 1, map[string]State{"dd": Unknown, "ddd": Down, "ddu": Up, "dddu": Down}},
	} {
		for in, want := range c.want {
			if got := (Voters{Quorum: c.quorum, Min: c.min}).vote(states(in)); got != want {
				t.Errorf("quorum %d, min %d, locations %q: %v, want %v", c.quorum, c.min, in, got, want)
			}
		}
	}
}

func TestCounts(t *testing.T) {
	some := Locations{From: []string{"eu", "us"}}
	if !(Locations{}).Counts("anywhere") || !some.Counts("us") || some.Counts("asia") {
		t.Error("Counts")
	}
}

// Every expression over three probes in every state, against the contract's
// own words.
func TestEval(t *testing.T) {
	args := []Expr{{Probe: "a"}, {Probe: "b"}, {Probe: "c"}}
	for n := range 27 {
		in := []State{State(n % 3), State(n / 3 % 3), State(n / 9)}
		of := func(name string) State { return in[name[0]-'a'] }
		has := func(s State) bool { return in[0] == s || in[1] == s || in[2] == s }
		count := func(s State) (k int) {
			for _, x := range in {
				if x == s {
					k++
				}
			}
			return k
		}
		pick := func(first, second, rest State) State {
			switch {
			case has(first):
				return first
			case has(second):
				return second
			}
			return rest
		}
		want := map[string]State{"all": pick(Down, Unknown, Up), "any": pick(Up, Unknown, Down)}
		for k := 1; k <= 3; k++ {
			s := Unknown
			if count(Up) >= k {
				s = Up
			} else if count(Up)+count(Unknown) < k {
				s = Down
			}
			want[fmt.Sprint("atleast ", k)] = s
		}
		got := map[string]State{"all": (&Expr{Op: OpAll, Args: args}).Eval(of), "any": (&Expr{Op: OpAny, Args: args}).Eval(of)}
		for k := 1; k <= 3; k++ {
			got[fmt.Sprint("atleast ", k)] = (&Expr{Op: OpAtLeast, K: k, Args: args}).Eval(of)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v:\n%s", in, diff)
		}
	}
}

func TestExpr(t *testing.T) {
	e := Expr{Op: OpAll, Args: []Expr{{Probe: "a"}, {Op: OpAtLeast, K: 2, Args: []Expr{{Probe: "b"}, {Probe: "a"}, {Op: OpAny, Args: []Expr{{Probe: "c"}}}}}}}
	if got, want := e.String(), "all(a, atleast(2, b, a, any(c)))"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, e.Probes()); diff != "" {
		t.Error(diff)
	}
	up := func(string) State { return Up }
	if e.Eval(up) != Up || e.Eval(func(n string) State {
		if n == "b" {
			return Unknown
		}
		return Up
	}) != Up {
		t.Error("a and c suffice for two of three")
	}
}

func TestState(t *testing.T) {
	for _, s := range []State{Unknown, Up, Down} {
		b, err := s.MarshalText()
		var got State
		if err != nil || got.UnmarshalText(b) != nil || got != s {
			t.Errorf("%v is written %s, %v", s, b, err)
		}
	}
	if _, err := State(3).MarshalText(); err == nil {
		t.Error("a fourth state is written")
	}
	for _, in := range []string{"", "UP", "Down", "state(3)"} {
		if _, err := ParseState(in); err == nil {
			t.Errorf("%q is a state", in)
		}
	}
	if State(3).String() != "state(3)" {
		t.Error(State(3))
	}
}
