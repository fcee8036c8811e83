package sqlstore

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/assay-sla/assay/slo"
)

func anyRoom(int, int) error { return nil }

// asked is a request at an instant.
func asked(id string, n int, agreements ...string) slo.ExclusionRequest {
	return slo.ExclusionRequest{
		ID: id, Agreements: agreements, Interval: slo.Interval{From: at(n), To: at(n + 1)}, Cause: slo.CausedByCustomer,
		Reason: "a flood", RequestedBy: "ola", RequestedAt: at(n),
	}
}

// A request, what is decided on it, their lines in the audit and their entries
// are there together, or none of them is.
func TestExclusions(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		a := AuditEvent{At: at(1), Actor: "ola", Action: "exclusion.request", Outcome: "allowed"}
		full := errors.New("full")
		if _, err := s.AddExclusion(ctx, asked("x-1", 1, "gold"), a, batch(0, 2, "audit", "exclusion"), func(int, int) error { return full }); !errors.Is(err, full) {
			t.Errorf("without room: %v", err)
		}
		first, err := s.AddExclusion(ctx, asked("x-1", 1, "gold", "silver"), a, batch(0, 2, "audit", "exclusion"), anyRoom)
		must(t, err)
		if first.Entry != 1 {
			t.Errorf("its entry is %d", first.Entry)
		}
		if _, err := s.AddExclusion(ctx, first, a, batch(2, 2, "audit", "exclusion"), anyRoom); err == nil {
			t.Error("the same request was kept twice")
		}
		_, err = s.AddExclusion(ctx, asked("x-2", 2, "other"), a, batch(2, 2, "audit", "exclusion"), func(pending, approved int) error {
			if pending != 1 || approved != 0 {
				t.Errorf("%d pending, %d approved", pending, approved)
			}
			return nil
		})
		must(t, err)
		number := slo.ExclusionFigure{AgreedMS: 5}
		d := slo.ExclusionDecision{Act: slo.ApproveExclusion, At: at(9), Actor: "ada", Comment: "so\nbe it", Effects: []slo.ExclusionEffect{{Agreement: "gold", Before: number}}, Omitted: 2}
		decide := func(r slo.ExclusionRequest) (slo.ExclusionRequest, error) { return r.Decide(d) }
		decided, err := s.DecideExclusion(ctx, "x-1", a, batch(4, 2, "audit", "decision"), decide)
		must(t, err)
		if decided.State() != slo.ExclusionApproved || decided.Decisions[0].Entry != 5 {
			t.Errorf("%+v", decided)
		}
		if _, err := s.DecideExclusion(ctx, "x-1", a, batch(6, 2, "audit", "decision"), decide); !errors.Is(err, slo.NotPending) {
			t.Errorf("decided twice: %v", err)
		}
		if _, err := s.DecideExclusion(ctx, "x-2", a, batch(99, 2, "audit", "decision"), decide); !errors.Is(err, ErrLogMoved) {
			t.Errorf("with entries of another ledger: %v", err)
		}
		if _, err := s.DecideExclusion(ctx, "x-3", a, batch(6, 2, "audit", "decision"), decide); !errors.Is(err, ErrNotFound) {
			t.Errorf("of nothing: %v", err)
		}
		s = reopen()
		got, err := s.Exclusion(ctx, "x-1")
		must(t, err)
		same(t, decided, got)
		if _, err := s.Exclusion(ctx, "x-3"); !errors.Is(err, ErrNotFound) {
			t.Errorf("of nothing: %v", err)
		}
		for name, c := range map[string]struct {
			f    ExclusionFilter
			want []string
		}{
			"all":        {ExclusionFilter{}, []string{"x-2", "x-1"}},
			"approved":   {ExclusionFilter{States: []slo.ExclusionState{slo.ExclusionApproved, slo.ExclusionRevoked}}, []string{"x-1"}},
			"pending":    {ExclusionFilter{States: []slo.ExclusionState{slo.ExclusionPending}}, []string{"x-2"}},
			"of silver":  {ExclusionFilter{Agreements: []string{"silver", "none"}}, []string{"x-1"}},
			"the second": {ExclusionFilter{Offset: 1, Limit: 1}, []string{"x-1"}},
		} {
			list, err := s.Exclusions(ctx, c.f)
			must(t, err)
			var ids []string
			for _, r := range list {
				ids = append(ids, r.ID)
			}
			t.Log(name)
			same(t, c.want, ids)
		}
		lines, err := s.AuditTrail(ctx, 0, 10)
		must(t, err)
		if size, _, err := s.LogHead(ctx); len(lines) != 3 || lines[0].Entry != 4 || size != 6 || err != nil {
			t.Errorf("%d lines in the audit, %d entries: %v", len(lines), size, err)
		}
	})
}

// Records of before there were exclusions can be read, as a backup of them is.
func TestExclusionsOfOlderRecords(t *testing.T) {
	file := filepath.Join(t.TempDir(), "records.db")
	s := openFile(t, file)
	for _, table := range []string{"exclusion_decisions", "exclusions"} {
		_, err := s.db.ExecContext(t.Context(), "drop table "+table)
		must(t, err)
	}
	r, err := OpenReader(t.Context(), file)
	must(t, err)
	defer r.Close()
	list, err := r.Exclusions(t.Context(), ExclusionFilter{})
	must(t, err)
	if len(list) != 0 {
		t.Errorf("%+v", list)
	}
	if _, err := r.Exclusion(t.Context(), "x-1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("of nothing: %v", err)
	}
}
