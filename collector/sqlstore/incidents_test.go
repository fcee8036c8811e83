package sqlstore

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// outage is an incident from one second to another, open where that is 0.
func outage(id, service string, from, to int) slo.Incident {
	i := slo.Incident{
		ID: id, Service: service, Began: at(from), Detected: at(from + 1),
		Causes:     []slo.Cause{{Probe: "web", Target: "https://x/", Location: "eu", Agent: "eu-1", At: at(from), Reason: slo.BodyMismatch, Evidence: "服务 \" ' \x1b"}},
		Agreements: []string{"gold", "silver"},
		Events:     []slo.IncidentEvent{{At: at(from), Kind: slo.EventDetected, Actor: "assay", Text: "down"}},
	}
	if to > 0 {
		i.Restored, i.Resolved, i.Downtime = at(to), at(to+1), time.Duration(to-from)*time.Second
		i.Events = append(i.Events, slo.IncidentEvent{At: at(to), Kind: slo.EventResolved, Actor: "assay"})
	}
	return i
}

// put reconciles a service with what is given, from an instant on, and returns
// the IDs that were known.
func put(t *testing.T, s *Store, service string, from int, list ...slo.Incident) (known []string) {
	t.Helper()
	saved, err := s.ReconcileIncidents(t.Context(), service, slo.Interval{From: at(from), To: at(from)}, func(k []slo.Incident) []slo.Incident {
		for _, i := range k {
			known = append(known, i.ID)
		}
		return list
	})
	must(t, err)
	same(t, list, saved)
	return known
}

func TestIncidents(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		if _, err := s.Incident(ctx, "none"); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
		same(t, []string(nil), put(t, s, "shop", 0, outage("s1", "shop", 0, 10), outage("s2", "shop", 20, 0), outage("s3", "shop", 30, 40)))
		put(t, s, "mail", 0, outage("m1", "mail", 5, 0), slo.Incident{ID: "m2", Service: "mail", Began: at(50), Detected: at(51), Restored: at(60), Resolved: at(61)})
		s = reopen()
		got, err := s.Incident(ctx, "s1")
		must(t, err)
		same(t, outage("s1", "shop", 0, 10), got)

		list := func(f IncidentFilter) (ids string) {
			is, err := s.Incidents(ctx, f)
			must(t, err)
			for _, i := range is {
				ids += " " + i.ID
			}
			return ids
		}
		overlap := func(from, to int) *slo.Interval { return &slo.Interval{From: at(from), To: at(to)} }
		for _, c := range []struct {
			f    IncidentFilter
			want string
		}{
			{IncidentFilter{}, " m2 s3 s2 m1 s1"},
			{IncidentFilter{Service: "shop"}, " s3 s2 s1"},
			{IncidentFilter{Service: "none"}, ""},
			{IncidentFilter{Open: true}, " s2 m1"},
			{IncidentFilter{Resolved: true, Service: "mail"}, " m2"},
			{IncidentFilter{Limit: 2, Offset: 1}, " s3 s2"},
			{IncidentFilter{Overlap: overlap(10, 30)}, " s2 m1"},
			{IncidentFilter{Overlap: overlap(9, 31)}, " s3 s2 m1 s1"},
			{IncidentFilter{Overlap: overlap(-10, 0)}, ""},
		} {
			if got := list(c.f); got != c.want {
				t.Errorf("%+v: %s, want %s", c.f, got, c.want)
			}
		}
	})
}

// Known are the incidents that what happened from an instant on may concern.
func TestReconcileKnows(t *testing.T) {
	each(t, func(t *testing.T, s *Store, _ func() *Store) {
		put(t, s, "shop", 0, outage("s1", "shop", 0, 10), outage("s2", "shop", 20, 0), outage("s3", "shop", 30, 40))
		put(t, s, "mail", 0, outage("m1", "mail", 5, 0))
		same(t, []string{"s1", "s2", "s3"}, put(t, s, "shop", 10))
		same(t, []string{"s2", "s3"}, put(t, s, "shop", 11))
		same(t, []string{"s2"}, put(t, s, "shop", 41))
		changed := outage("s2", "shop", 15, 45)
		changed.Detected = at(21) // when it was detected does not change
		put(t, s, "shop", 11, changed)
		got, err := s.Incident(t.Context(), "s2")
		must(t, err)
		same(t, changed, got)
	})
}

// An ID that an older incident has is told of before it is overwritten.
func TestReconcileTellsOfNamesakes(t *testing.T) {
	each(t, func(t *testing.T, s *Store, _ func() *Store) {
		put(t, s, "shop", 0, outage("x", "shop", 0, 10))
		calls := 0
		_, err := s.ReconcileIncidents(t.Context(), "shop", slo.Interval{From: at(100)}, func(known []slo.Incident) []slo.Incident {
			calls++
			if len(known) == 0 {
				return []slo.Incident{outage("x", "shop", 100, 0)}
			}
			same(t, outage("x", "shop", 0, 10), known[0])
			return []slo.Incident{outage("x-2", "shop", 100, 0)}
		})
		must(t, err)
		all, err := s.Incidents(t.Context(), IncidentFilter{})
		must(t, err)
		if calls != 2 || len(all) != 2 || all[0].ID != "x-2" || all[1].Began != at(0) {
			t.Errorf("%d calls, %+v", calls, all)
		}
	})
}

func TestUpdateIncident(t *testing.T) {
	each(t, func(t *testing.T, s *Store, _ func() *Store) {
		ctx := t.Context()
		put(t, s, "shop", 0, outage("s1", "shop", 0, 10))
		got, err := s.UpdateIncident(ctx, "s1", LogBatch{}, func(i slo.Incident) (slo.Incident, error) {
			i.Acknowledged, i.AckedBy, i.Events = at(5), "ada", i.Events[:1]
			return i, nil
		})
		must(t, err)
		kept, err := s.Incident(ctx, "s1")
		must(t, err)
		same(t, got, kept)
		if kept.AckedBy != "ada" || len(kept.Events) != 1 {
			t.Errorf("%+v", kept)
		}
		no := errors.New("no")
		if _, err := s.UpdateIncident(ctx, "s1", LogBatch{}, func(i slo.Incident) (slo.Incident, error) { i.AckedBy = "bob"; return i, no }); !errors.Is(err, no) {
			t.Error(err)
		}
		if _, err := s.UpdateIncident(ctx, "none", LogBatch{}, func(i slo.Incident) (slo.Incident, error) { return i, nil }); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
		again, err := s.Incident(ctx, "s1")
		must(t, err)
		same(t, kept, again)
	})
}

// What fails in the middle of a transaction leaves nothing of it, and the next
// one is not held up.
func TestTransactionsAreWhole(t *testing.T) {
	each(t, func(t *testing.T, s *Store, _ func() *Store) {
		bad := outage("s2", "shop", 0, 0)
		ended, cancel := context.WithCancel(t.Context())
		_, err := s.ReconcileIncidents(ended, "shop", slo.Interval{}, func([]slo.Incident) []slo.Incident {
			cancel()
			return []slo.Incident{outage("s1", "shop", 0, 0), bad}
		})
		if err == nil {
			t.Error("an ended context saved something")
		}
		// A row that the table refuses, after one that it takes.
		if err := s.SaveCheckpoint(t.Context(), Checkpoint{Cursor: 7, Words: []Word{{Probe: "web", Stream: []byte{1}, Last: []byte{1}}, {Probe: "dns"}}}); err == nil {
			t.Error("a word without a stream is saved")
		}
		all, err := s.Incidents(t.Context(), IncidentFilter{})
		must(t, err)
		cp, err := s.LoadCheckpoint(t.Context())
		must(t, err)
		if len(all) != 0 || cp.Cursor != 0 || len(cp.Words) != 0 {
			t.Errorf("left over: %+v, %+v", all, cp)
		}
		must(t, s.Set(t.Context(), "k", []byte("v")))
	})
}
