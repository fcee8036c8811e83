package sqlstore

import (
	"errors"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// A change, what was said of it, the lines of the audit and the entries are
// there together, or none of them is.
func TestChanges(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		c := slo.ChangeRecord{ID: "c-1", Key: "ci/1", Source: slo.ChangeByAPI, RecordedBy: "ci", RecordedAt: at(5), Freezes: []slo.ChangeFreeze{{Agreement: "gold", Until: at(90)}},
			ChangeTerms: slo.ChangeTerms{Kind: slo.Release, Services: []string{"shop", "web"}, Interval: slo.Interval{From: at(1), To: at(4)}, Summary: "1.4", By: "ada", Major: true}}
		line := AuditEvent{At: at(5), Actor: "ci", Action: "change.record", Outcome: "allowed"}
		first, err := s.AddChange(ctx, c, line, batch(0, 2, "audit", "change"))
		must(t, err)
		if _, err := s.AddChange(ctx, c, line, batch(2, 2, "audit", "change")); err == nil {
			t.Error("the same change was kept twice")
		}
		other := c
		other.ID, other.Key, other.Services, other.Interval, other.Freezes = "c-2", "ci/2", []string{"db"}, slo.Interval{From: at(7), To: at(7)}, nil
		other.Major = false
		_, err = s.AddChange(ctx, other, line, batch(2, 2, "audit", "change"))
		must(t, err)
		say := func(act slo.ChangeAct) func(slo.ChangeRecord) (slo.ChangeRecord, error) {
			return func(c slo.ChangeRecord) (slo.ChangeRecord, error) {
				return c.Add(slo.ChangeEvent{Act: act, At: at(8), Actor: "ada", Text: "so"})
			}
		}
		done, err := s.AddChangeEvent(ctx, "c-1", line, batch(4, 2, "audit", "change"), say(slo.FailChange))
		must(t, err)
		if first.Entry != 1 || done.Entry != 1 || done.Events[0].Entry != 5 {
			t.Errorf("%+v", done)
		}
		if _, err := s.AddChangeEvent(ctx, "c-1", line, batch(6, 2, "audit", "change"), say(slo.FailChange)); !errors.Is(err, slo.ChangeAlreadySo) {
			t.Errorf("said twice: %v", err)
		}
		if _, err := s.AddChangeEvent(ctx, "c-3", line, batch(6, 2, "audit", "change"), say(slo.FailChange)); !errors.Is(err, ErrNotFound) {
			t.Errorf("of no change: %v", err)
		}
		if _, err := s.AddChangeEvent(ctx, "c-2", line, batch(99, 2, "audit", "change"), say(slo.FailChange)); !errors.Is(err, ErrLogMoved) {
			t.Errorf("with an entry of another ledger: %v", err)
		}
		_, err = s.AddChangeEvent(ctx, "c-2", line, batch(6, 2, "audit", "change"), say(slo.WithdrawChange))
		must(t, err)
		s = reopen()
		got, err := s.Change(ctx, "c-1")
		must(t, err)
		if !reflect.DeepEqual(got, done) {
			t.Errorf("%+v, want %+v", got, done)
		}
		over := func(from, to int) *slo.Interval { return &slo.Interval{From: at(from), To: at(to)} }
		for _, c := range []struct {
			want string
			f    ChangeFilter
		}{
			{"c-2 c-1 ", ChangeFilter{}}, {"c-1 ", ChangeFilter{Counting: true}}, {"c-1 ", ChangeFilter{Major: true}}, {"c-1 ", ChangeFilter{Services: []string{"web", "mail"}}},
			{"c-1 ", ChangeFilter{Offset: 1}}, {"c-2 ", ChangeFilter{Limit: 1}}, {"", ChangeFilter{Services: []string{"sho"}}},
			{"c-1 ", ChangeFilter{Overlap: over(3, 6)}}, {"c-2 ", ChangeFilter{Overlap: over(7, 7)}}, {"", ChangeFilter{Overlap: over(5, 6)}}, {"c-1 ", ChangeFilter{Overlap: over(0, 1)}},
		} {
			list, err := s.Changes(ctx, c.f)
			must(t, err)
			ids := ""
			for _, x := range list {
				ids += x.ID + " "
			}
			if ids != c.want {
				t.Errorf("%+v: %s, want %s", c.f, ids, c.want)
			}
		}
		if _, err := s.Change(ctx, ""); !errors.Is(err, ErrNotFound) {
			t.Errorf("no name: %v", err)
		}
		trail, err := s.AuditTrail(ctx, 0, 10)
		must(t, err)
		if len(trail) != 4 {
			t.Errorf("the audit has %d lines", len(trail))
		}
	})
}

// Records of a version that knew of no changes are read as having none.
func TestRecordsWithoutChanges(t *testing.T) {
	file := filepath.Join(t.TempDir(), "records.db")
	s := openFile(t, file)
	_, err := s.db.ExecContext(t.Context(), `drop table changes`)
	must(t, err)
	must(t, s.Close())
	r, err := OpenReader(t.Context(), file)
	must(t, err)
	defer r.Close()
	if list, err := r.Changes(t.Context(), ChangeFilter{}); err != nil || list != nil {
		t.Errorf("%v, %v", list, err)
	}
}
