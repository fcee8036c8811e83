package sqlstore

import (
	"errors"
	"reflect"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// A drill, what happened to it and the entries are there together, or none of
// them is.
func TestDrills(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		d := slo.Drill{ID: "d-1", Plan: "loss", Name: "restore", Declared: at(1), By: "ada",
			Terms:  slo.DrillTerms{Kind: slo.DrillRestore, Run: "r", Checks: []string{"a"}, Good: 3, Within: 5, RTO: 6, RPO: 7},
			Events: []slo.DrillEvent{{Act: slo.DeclareDrill, At: at(1), Actor: "ada", Text: "a test"}}}
		first, err := s.AddDrill(ctx, d, batch(0, 1, "drill"))
		must(t, err)
		if _, err := s.AddDrill(ctx, d, batch(1, 1, "drill")); err == nil {
			t.Error("the same drill was kept twice")
		}
		other := d
		other.ID, other.Plan, other.Declared = "d-2", "other", at(2)
		_, err = s.AddDrill(ctx, other, batch(1, 1, "drill"))
		must(t, err)
		ms := int64(5)
		finish := slo.DrillEvent{Act: slo.FinishDrill, At: at(3), Actor: "assay", Result: &slo.DrillResult{Passed: true, RTO: &ms}}
		add := func(e slo.DrillEvent) func(slo.Drill) (slo.Drill, error) {
			return func(d slo.Drill) (slo.Drill, error) { return d.Add(e) }
		}
		done, err := s.AddDrillEvent(ctx, "d-1", batch(2, 1, "drill"), add(finish))
		must(t, err)
		if done.State() != slo.DrillIncomplete || first.Events[0].Entry != 0 || done.Events[1].Entry != 2 {
			t.Errorf("%+v", done)
		}
		if _, err := s.AddDrillEvent(ctx, "d-1", batch(3, 1, "drill"), add(finish)); !errors.Is(err, slo.DrillNotRunning) {
			t.Errorf("finished twice: %v", err)
		}
		if _, err := s.AddDrillEvent(ctx, "d-3", batch(3, 1, "drill"), add(finish)); !errors.Is(err, ErrNotFound) {
			t.Errorf("of no drill: %v", err)
		}
		if _, err := s.AddDrillEvent(ctx, "d-2", batch(99, 1, "drill"), add(finish)); !errors.Is(err, ErrLogMoved) {
			t.Errorf("with an entry of another ledger: %v", err)
		}
		s = reopen()
		got, err := s.Drill(ctx, "d-1")
		must(t, err)
		if !reflect.DeepEqual(got, done) {
			t.Errorf("%+v, want %+v", got, done)
		}
		for want, f := range map[string]DrillFilter{"d-2 d-1 ": {}, "d-2 ": {State: slo.DrillRunning}, "d-1 ": {Plan: "loss"}, "": {Offset: 2}} {
			list, err := s.Drills(ctx, f)
			must(t, err)
			ids := ""
			for _, d := range list {
				ids += d.ID + " "
			}
			if ids != want {
				t.Errorf("%+v: %s, want %s", f, ids, want)
			}
		}
		if list, err := s.Drills(ctx, DrillFilter{Before: at(2)}); err != nil || len(list) != 1 || list[0].ID != "d-1" {
			t.Errorf("declared before: %v %v", list, err)
		}
		if _, err := s.Drill(ctx, ""); !errors.Is(err, ErrNotFound) {
			t.Errorf("no name: %v", err)
		}
	})
}
