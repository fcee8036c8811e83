package slo

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// judged is a measurement of one word, in seconds, with what it is judged by.
type judged struct {
	at, hold, confirm int
	outcome           State
}

// judgedAt is the word at second i, read from the list of measurements alone.
func judgedAt(said []judged, i int) State {
	byAt := map[int]judged{}
	for _, s := range said {
		had, there := byAt[s.at]
		if !there || slices.Compare([]int{int(s.outcome), s.hold, s.confirm}, []int{int(had.outcome), had.hold, had.confirm}) > 0 {
			byAt[s.at] = s
		}
	}
	var list []judged
	for _, s := range byAt {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b judged) int { return a.at - b.at })
	k := -1
	for n, s := range list {
		if s.at <= i {
			k = n
		}
	}
	if k < 0 || i-list[k].at >= list[k].hold {
		return Unknown
	}
	if list[k].outcome != Down {
		return list[k].outcome
	}
	joined := func(n int) bool { return list[n].at-list[n-1].at <= list[n-1].hold }
	first := k
	for first > 0 && joined(first) && list[first-1].outcome != Up {
		first--
	}
	downs, believed, disproved := 0, false, false
	for n := first; n < len(list) && (n == first || joined(n)); n++ {
		if list[n].outcome == Up {
			disproved = true
			break
		}
		if list[n].outcome == Down {
			downs++
			believed = believed || downs >= list[n].confirm
		}
	}
	switch {
	case believed:
		return Down
	case disproved:
		return Up
	}
	return Unknown
}

// A word whose measurements are judged each by its own hold and confirmation is
// what the list of them says, in whatever order they come, also after it was
// stored and its oldest were forgotten. What Add returns covers what changed.
func TestStreamJudgings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewStream(10*time.Second, 1)
		var said []judged
		for range rapid.IntRange(1, 50).Draw(t, "n") {
			j := judged{
				at: rapid.IntRange(0, 150).Draw(t, "at"), hold: rapid.SampledFrom([]int{5, 10, 40}).Draw(t, "hold"),
				confirm: rapid.IntRange(1, 3).Draw(t, "confirm"), outcome: State(rapid.IntRange(0, 2).Draw(t, "outcome")),
			}
			was := Timeline{slices.Clone(s.Timeline().Changes())}
			saw := Timeline{slices.Clone(s.Seen().Changes())}
			changed, ok := s.AddUnder(second(j.at), j.outcome, time.Duration(j.hold)*time.Second, j.confirm)
			if ok {
				said = append(said, j)
			}
			for i := range 200 {
				v := second(i)
				if (was.State(v) != s.Timeline().State(v) || saw.State(v) != s.Seen().State(v)) && !changed.Contains(v) {
					t.Fatalf("second %d changed outside of %v", i, changed)
				}
			}
			switch rapid.IntRange(0, 9).Draw(t, "then") {
			case 0:
				back, err := DecodeStream(s.AppendBinary(nil, rapid.IntRange(0, 5).Draw(t, "keep")), 10*time.Second, 1)
				if err != nil {
					t.Fatal(err)
				}
				s = back
			case 1:
				s.Forget(second(rapid.IntRange(0, 150).Draw(t, "before")))
			}
		}
		plain := slices.Clone(said)
		for i := range plain {
			plain[i].confirm = 1
		}
		for i := range 200 {
			if got, want := s.Timeline().State(second(i)), judgedAt(said, i); got != want {
				t.Fatalf("second %d: %v, model says %v", i, got, want)
			}
			if got, want := s.Seen().State(second(i)), judgedAt(plain, i); got != want {
				t.Fatalf("second %d was seen %v, model says %v", i, got, want)
			}
		}
	})
}

// A history under several catalogues judges each measurement by the revision
// that it carries, or by what was in force where nobody knows that, and has the
// locations vote by what was in force.
func TestHistoryUnderRevisions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			revs  Revisions
			terms []Parameters
			from  []int
		)
		for n := range rapid.IntRange(1, 4).Draw(t, "revisions") {
			p := Parameters{
				Every: 10 * time.Second, Hold: time.Duration(rapid.SampledFrom([]int{5, 20, 60}).Draw(t, "hold")) * time.Second,
				Confirm: rapid.IntRange(1, 2).Draw(t, "confirm"),
				Locations: Voters{
					From:   rapid.SampledFrom([][]string{nil, {"x"}, {"x", "y"}, {"z"}}).Draw(t, "from"),
					Quorum: rapid.SampledFrom([]Quorum{Any, Majority, All}).Draw(t, "quorum"), Min: rapid.IntRange(1, 2).Draw(t, "min"),
				},
			}
			terms, from = append(terms, p), append(from, 60*n)
			c := &Catalog{Probes: []*Probe{p.probe("a")}}
			revs.Add(InForce{fmt.Sprintf("r%d", n), second(60 * n)}, revs.Changed(c))
		}
		last := terms[len(terms)-1]
		c := &Catalog{Probes: []*Probe{last.probe("a")}, Services: []*Service{{Name: "s", Up: Expr{Probe: "a"}}}}
		h := NewHistoryUnder(c, &revs)
		inForce := func(i int) int {
			n := 0
			for k, f := range from {
				if f <= i {
					n = k
				}
			}
			return n
		}
		said := map[string][]judged{}
		for range rapid.IntRange(1, 50).Draw(t, "n") {
			at, location := rapid.IntRange(0, 260).Draw(t, "at"), rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "location")
			n := rapid.IntRange(0, len(terms)).Draw(t, "carries") // one more than are known
			carries := fmt.Sprintf("r%d", n)
			if n == len(terms) {
				n = inForce(at)
			}
			s := State(rapid.IntRange(0, 2).Draw(t, "outcome"))
			h.Add("agent", &Measurement{Probe: "a", Location: location, At: second(at), Outcome: s, Revision: carries})
			said[location] = append(said[location], judged{at, int(terms[n].Hold / time.Second), terms[n].Confirm, s})
			if rapid.IntRange(0, 3).Draw(t, "settle") == 0 {
				h.Settle()
			}
		}
		h.Settle()
		for i := range 330 {
			under := terms[inForce(i)].Locations
			var states, seen []State
			for location, list := range said {
				if !under.Counts(location) {
					continue
				}
				states = append(states, judgedAt(list, i))
				plain := slices.Clone(list)
				for k := range plain {
					plain[k].confirm = 1
				}
				seen = append(seen, judgedAt(plain, i))
			}
			if got, want := h.Probe("a").Timeline().State(second(i)), under.vote(states); got != want {
				t.Fatalf("second %d: %v, model says %v", i, got, want)
			}
			if got, want := h.Probe("a").Seen().State(second(i)), sight.vote(seen); got != want {
				t.Fatalf("second %d was seen %v, model says %v", i, got, want)
			}
		}
	})
}

// probe is a probe with these parameters.
func (p Parameters) probe(name string) *Probe {
	return &Probe{Name: name, Every: p.Every, Timeout: p.Timeout, Hold: p.Hold, Confirm: p.Confirm,
		Locations: Locations{From: p.Locations.From, Quorum: p.Locations.Quorum, Min: p.Locations.Min}}
}
