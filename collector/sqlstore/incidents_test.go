package sqlstore

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// outage is an incident from one second to another, open where that is 0.
func outage(id, service string, from, to int) slo.Incident {
	i := slo.Incident{
		ID: id, Service: service, Trigger: slo.ServiceDown, Began: at(from), Detected: at(from + 1),
		Causes:     []slo.Cause{{Probe: "web", Target: "https://x/", Location: "eu", Agent: "eu-1", At: at(from), Reason: slo.BodyMismatch, Evidence: "服务 \" ' \x1b"}},
		Agreements: []string{"gold", "silver"},
		Events:     []slo.IncidentEvent{{N: 1, At: at(from), Kind: slo.EventDetected, Actor: "assay", Text: "down"}},
	}
	if to > 0 {
		i.Restored, i.Resolved, i.Downtime = at(to), at(to+1), time.Duration(to-from)*time.Second
		i.Events = append(i.Events, slo.IncidentEvent{N: 2, At: at(to), Kind: slo.EventResolved, Actor: "assay"})
	}
	return i
}

// put reconciles a service with what is given, from an instant on, and returns
// the IDs that were known.
func put(t *testing.T, s *Store, service string, from int, list ...slo.Incident) (known []string) {
	t.Helper()
	saved, err := s.ReconcileIncidents(t.Context(), Reconciliation{service, at(from), func(k []slo.Incident) []slo.Incident {
		for _, i := range k {
			known = append(known, i.ID)
		}
		return list
	}})
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
		put(t, s, "mail", 0, outage("m1", "mail", 5, 0), slo.Incident{ID: "m2", Service: "mail", Trigger: slo.ServiceDown, Began: at(50), Detected: at(51), Restored: at(60), Resolved: at(61)})
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

// What people made of an incident is kept, and others find it by its place.
func TestWorkIsKept(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		put(t, s, "shop", 0, outage("whole", "shop", 0, 10), outage("part", "shop", 20, 30))
		silent := slo.Incident{ID: "a1", Trigger: slo.AgentSilent, Key: "agent_silent/a", Summary: "agent a is silent", Began: at(1), Detected: at(2)}
		put(t, s, "shop", 0, silent)
		if known := put(t, s, "", 0); known != nil {
			t.Errorf("%v: only what is down is told of", known)
		}
		want := []slo.Incident{outage("part", "shop", 20, 30), outage("whole", "shop", 0, 10)}
		want[0].Work = slo.Work{
			Responded: at(22), Closed: at(40), Assignee: "bob", Reopened: true, Parent: "whole", Priority: 2, PriorityBy: "ada", Major: &slo.Major{At: at(22), Owner: "Ada", ReviewDue: at(90)},
			Pauses:     []slo.Pause{{Interval: slo.Interval{From: at(23), To: at(24)}, Reason: "waits"}, {Interval: slo.Interval{From: at(25), To: slo.MaxInstant}, Reason: "waits"}},
			Resolution: &slo.Resolution{At: at(35), By: "ada", Code: "fixed", Cause: "cable"}, Links: []slo.IncidentLink{{Kind: "problem", ID: "PRB-7"}},
		}
		want[0].Events = append(want[0].Events, slo.IncidentEvent{N: 7, At: at(40), Kind: slo.EventUndone, Actor: "ada", Text: "why", Value: "x", Undoes: 3})
		_, err := s.UpdateIncidents(t.Context(), []string{"part", "whole"}, LogBatch{}, func(list []slo.Incident) ([]slo.Incident, error) {
			same(t, []string{"part", "whole"}, []string{list[0].ID, list[1].ID})
			return want, nil
		})
		must(t, err)
		if _, err := s.UpdateIncidents(t.Context(), []string{"part", "none"}, LogBatch{}, nil); !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
		s = reopen()
		for _, w := range append(want, silent) {
			got, err := s.Incident(t.Context(), w.ID)
			must(t, err)
			same(t, w, got)
		}
		ids, err := s.KnownIncidents(t.Context(), []string{"part", "none", "a1", `"]`})
		must(t, err)
		same(t, map[string]bool{"part": true, "a1": true}, ids)
		parts, err := s.IncidentParts(t.Context(), "whole")
		must(t, err)
		same(t, []string{"part"}, parts)
		whole, err := s.Incidents(t.Context(), IncidentFilter{Whole: true, Trigger: slo.ServiceDown})
		must(t, err)
		same(t, want[1:], whole)
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
		changed.Detected = at(21)     // when it was detected does not change,
		changed.Events[0].At = at(20) // nor an event
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
		_, err := s.ReconcileIncidents(t.Context(), Reconciliation{"shop", at(100), func(known []slo.Incident) []slo.Incident {
			calls++
			if len(known) == 0 {
				return []slo.Incident{outage("x", "shop", 100, 0)}
			}
			same(t, outage("x", "shop", 0, 10), known[0])
			return []slo.Incident{outage("x-2", "shop", 100, 0)}
		}})
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
		_, err := s.ReconcileIncidents(ended, Reconciliation{"shop", 0, func([]slo.Incident) []slo.Incident {
			cancel()
			return []slo.Incident{outage("s1", "shop", 0, 0), bad}
		}})
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

// How changes went follows from incidents of services that begin near them, and
// before all others from those that people tied to a change.
func TestChangeIncidents(t *testing.T) {
	each(t, func(t *testing.T, s *Store, _ func() *Store) {
		tied, part, elsewhere := outage("tied", "shop", 1, 30), outage("part", "shop", 13, 40), outage("elsewhere", "shop", 2, 31)
		tied.Work.Links = []slo.IncidentLink{{Kind: slo.ChangeLink, ID: "c-1"}}
		part.Work.Parent = "near"
		elsewhere.Work.Links = []slo.IncidentLink{{Kind: "problem", ID: "PRB-change"}}
		put(t, s, "shop", 0, outage("old", "shop", 0, 5), tied, elsewhere, outage("near", "shop", 12, 0), part, outage("late", "shop", 20, 0))
		put(t, s, "", 0, outage("of none", "", 14, 0))
		for limit, want := range map[int]string{9: " tied near", 1: " tied"} {
			list, err := s.ChangeIncidents(t.Context(), slo.Interval{From: at(10), To: at(20)}, limit)
			must(t, err)
			got := ""
			for _, i := range list {
				if got += " " + i.ID; len(i.Events) > 0 {
					t.Errorf("%s has events", i.ID)
				}
			}
			if got != want {
				t.Errorf("limit %d: %s, want %s", limit, got, want)
			}
		}
	})
}

// TestToReview lists the major incidents whose review is open, by an index of
// their own: looking through all that there ever were would not do every five
// seconds.
func TestToReview(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "records.db"))
	major := func(id string, began int, m *slo.Major, parent string) {
		i := slo.Incident{ID: id, Service: "shop", Trigger: slo.ServiceDown, Began: at(began), Detected: at(began), Work: slo.Work{Major: m, Parent: parent}}
		_, err := s.ReconcileIncidents(t.Context(), Reconciliation{Service: "shop", Since: at(0), Make: func([]slo.Incident) []slo.Incident { return []slo.Incident{i} }})
		must(t, err)
	}
	major("plain", 1, nil, "")
	major("later", 4, &slo.Major{Owner: "Grace", ReviewDue: at(9)}, "")
	major("first", 2, &slo.Major{Owner: "Grace", ReviewDue: at(9)}, "")
	major("done", 3, &slo.Major{Owner: "Grace", ReviewDue: at(9), Reviewed: at(8)}, "")
	major("part", 5, &slo.Major{Owner: "Grace", ReviewDue: at(9)}, "first")
	for limit, want := range map[int]string{10: "first later", 1: "first"} {
		list, err := s.ToReview(t.Context(), limit)
		must(t, err)
		var got []string
		for _, i := range list {
			got = append(got, i.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
	rows, err := s.db.QueryContext(t.Context(), `explain query plan select id from incidents where cell = 'main' and json_extract(work, '$.major.owner') is not null
		and json_extract(work, '$.major.reviewed') is null and parent = '' order by began, id limit 1`)
	must(t, err)
	defer rows.Close()
	plan := ""
	for rows.Next() {
		var id, parent, notUsed int
		var detail string
		must(t, rows.Scan(&id, &parent, &notUsed, &detail))
		plan += detail + "\n"
	}
	must(t, rows.Err())
	if !strings.Contains(plan, "incidents_to_review") {
		t.Error(plan)
	}
}
