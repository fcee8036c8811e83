package sqlstore

import (
	"errors"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// A problem, what happened to it, its incidents and the entries are there
// together, or none of them is.
func TestProblems(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		add := func(service string, e slo.ProblemEvent) func(slo.Problem) (slo.Problem, error) {
			return func(p slo.Problem) (slo.Problem, error) {
				if len(p.Events) == 0 {
					p.Service, p.Mode = service, slo.FailureMode("service_down/"+service+"/x")
				}
				return p.Add(e)
			}
		}
		propose := slo.ProblemEvent{At: at(1), Act: slo.ProposeProblem, Actor: slo.ByItself, Text: "shop: x", Joined: []slo.ProblemIncident{{ID: "a", Began: at(0)}, {ID: "b", Began: at(1)}}}
		first, err := s.SaveProblem(ctx, "PRB-a", batch(0, 1, "p"), add("shop", propose))
		must(t, err)
		propose.At, propose.Joined = at(2), []slo.ProblemIncident{{ID: "c", Began: at(2)}}
		_, err = s.SaveProblem(ctx, "PRB-c", batch(1, 1, "p"), add("till", propose))
		must(t, err)
		opened := slo.ProblemEvent{At: at(3), Act: slo.OpenProblem, Actor: "ada"}
		_, err = s.SaveProblem(ctx, "PRB-a", batch(2, 1, "p"), add("", opened))
		must(t, err)
		if _, err := s.SaveProblem(ctx, "PRB-a", batch(3, 1, "p"), add("", opened)); !errors.Is(err, slo.ProblemWrongState) {
			t.Errorf("opened twice: %v", err)
		}
		left := slo.ProblemEvent{At: at(4), Act: slo.UnlinkIncident, Actor: "ada", Left: []string{"b"}}
		if _, err := s.SaveProblem(ctx, "PRB-a", batch(99, 1, "p"), add("", left)); !errors.Is(err, ErrLogMoved) {
			t.Errorf("with an entry of another ledger: %v", err)
		}
		done, err := s.SaveProblem(ctx, "PRB-a", batch(3, 1, "p"), add("", left))
		must(t, err)
		if first.Events[0].Entry != 0 || done.Events[2].Entry != 3 || done.State != slo.ProblemOpen {
			t.Errorf("%+v", done)
		}
		s = reopen()
		got, err := s.Problem(ctx, "PRB-a")
		must(t, err)
		same(t, done, got)
		if _, err := s.Problem(ctx, "PRB-z"); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
		if state, err := s.ProblemState(ctx, "PRB-a"); err != nil || state != slo.ProblemOpen {
			t.Error(state, err)
		}
		for _, c := range []struct {
			f    ProblemFilter
			want string
		}{
			{ProblemFilter{}, "PRB-c PRB-a "}, {ProblemFilter{Service: "shop"}, "PRB-a "}, {ProblemFilter{Incident: "a"}, "PRB-a "}, {ProblemFilter{Incident: "b"}, ""},
			{ProblemFilter{States: []slo.ProblemState{slo.ProblemProposed, slo.ProblemFixed}}, "PRB-c "}, {ProblemFilter{Mode: "service_down/till/x"}, "PRB-c "},
			{ProblemFilter{Limit: 1, Offset: 1}, "PRB-a "},
		} {
			list, err := s.Problems(ctx, c.f)
			must(t, err)
			ids := ""
			for _, p := range list {
				ids += p.ID + " "
			}
			if ids != c.want {
				t.Errorf("%+v: %s, want %s", c.f, ids, c.want)
			}
		}
	})
}

func TestFailures(t *testing.T) {
	each(t, func(t *testing.T, s *Store, _ func() *Store) {
		put(t, s, "shop", 0, outage("s1", "shop", 0, 10), outage("s2", "shop", 20, 0), outage("s3", "shop", 30, 40))
		list, err := s.Failures(t.Context(), slo.Interval{From: at(0), To: at(30)}, 10)
		must(t, err)
		if len(list) != 2 || list[0].ID != "s2" || list[0].Events != nil || len(list[1].Causes) != 1 {
			t.Errorf("%+v", list)
		}
	})
}
