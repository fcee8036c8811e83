package sqlstore

import (
	"errors"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// noticeRow is a row for a channel about a subject.
func noticeRow(id, channel, subject, state string, enqueued int) OutboxRow {
	r := row(id, state, 0)
	r.Channel, r.Subject, r.Enqueued = channel, subject, at(enqueued)
	return r
}

// What there is to tell of an incident is made of how it was and how it is,
// whichever way it is changed, and an error of it changes nothing.
func TestTellIncidents(t *testing.T) {
	each(t, func(t *testing.T, s *Store, _ func() *Store) {
		ctx := t.Context()
		var fails error
		s.TellIncidents(func(before *slo.Incident, after slo.Incident) ([]OutboxRow, error) {
			id := "new " + after.ID
			if before != nil {
				id = before.AckedBy + " to " + after.AckedBy
			}
			return []OutboxRow{noticeRow(id, "calls", after.ID, "pending", 0)}, fails
		})
		i := outage("i1", "shop", 1, 2)
		reconcile := func() error {
			_, err := s.ReconcileIncidents(ctx, Reconciliation{"shop", at(0), func([]slo.Incident) []slo.Incident { return []slo.Incident{i} }})
			return err
		}
		must(t, reconcile())
		acknowledge := func(i slo.Incident) (slo.Incident, error) {
			i.AckedBy += "anna"
			return i, nil
		}
		if _, err := s.UpdateIncident(ctx, "i1", LogBatch{}, acknowledge); err != nil {
			t.Fatal(err)
		}
		fails = errors.New("no room")
		if _, err := s.UpdateIncident(ctx, "i1", LogBatch{}, acknowledge); !errors.Is(err, fails) {
			t.Errorf("%v", err)
		}
		got, err := s.Incident(ctx, "i1")
		must(t, err)
		if got.AckedBy != "anna" {
			t.Errorf("acknowledged by %s though nobody was told", got.AckedBy)
		}
		rows, err := s.Outbox(ctx, "calls", 10)
		must(t, err)
		var ids []string
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
		same(t, []string{" to anna", "new i1"}, ids)
	})
}

func TestNotices(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		rows := []OutboxRow{noticeRow("a", "calls", "x", "pending", 1), noticeRow("b", "calls", "x", "pending", 2), noticeRow("c", "other", "x", "pending", 3)}
		must(t, s.SetAndEnqueue(ctx, "told", []byte("1"), rows))
		must(t, s.SetAndEnqueue(ctx, "told", []byte("2"), rows[:1])) // there already
		must(t, s.RecordDelivery(ctx, "a", "failed", 0, at(9), []byte(`{}`)))
		if _, err := s.Enqueue(ctx, row("mail", "pending", 0)); err != nil {
			t.Fatal(err)
		}
		s = reopen()
		value, err := s.Get(ctx, "told")
		must(t, err)
		same(t, "2", string(value))
		for channel, want := range map[string]OutboxStanding{
			"calls": {Waiting: 1, Oldest: at(2), Failed: 1, Last: at(9)},
			"other": {Waiting: 1, Oldest: at(3)},
			"none":  {},
		} {
			got, err := s.OutboxStanding(ctx, channel)
			must(t, err)
			same(t, want, got)
		}
		must(t, s.ForgetNotices(ctx, at(3)))
		for channel, want := range map[string]int{"calls": 0, "other": 1, "": 1} {
			got, err := s.Outbox(ctx, channel, 10)
			must(t, err)
			if len(got) != want {
				t.Errorf("channel %q holds %d", channel, len(got))
			}
		}
	})
}
