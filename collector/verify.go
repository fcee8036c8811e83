package collector

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

// VerifyOptions are what is verified against from outside, and who is told of
// the progress.
type VerifyOptions struct {
	Key        string         // verifier key; "" is any
	Checkpoint *ledger.Anchor // nil is any
	Progress   func(step string, done, total int64)
}

// VerifyData verifies the ledger of a data folder, or of a copy of one, with
// nothing but its files. A collector may run on it meanwhile.
func VerifyData(ctx context.Context, data string, o VerifyOptions) (*ledger.Verdict, error) {
	store, err := sqlstore.OpenReader(ctx, filepath.Join(data, "records.db"))
	if err != nil {
		return nil, err
	}
	v, err := verifyWith(ctx, store, data, o)
	return v, errors.Join(err, store.Close())
}

func verifyWith(ctx context.Context, store *sqlstore.Store, data string, o VerifyOptions) (*ledger.Verdict, error) {
	reader, err := archive.OpenReader(filepath.Join(data, "archive"))
	if err != nil {
		return nil, err
	}
	return ledger.Verify(ctx, ledger.VerifyOptions{
		Records: store, Rows: &ledgerRows{store: store}, Archive: reader, Dir: filepath.Join(data, ledger.Folder),
		Key: o.Key, Checkpoint: o.Checkpoint, Progress: o.Progress,
	})
}

// BeginEpoch begins a new epoch of the ledger of a data folder: what an
// operator does after putting back a backup that nothing else tells of. No
// collector may run on it.
func BeginEpoch(ctx context.Context, data string, at slo.Instant) (ledger.Opened, error) {
	arch, err := archive.Open(filepath.Join(data, "archive"), archive.Options{}) // it holds the lock of the one writer
	if err != nil {
		return ledger.Opened{}, err
	}
	defer arch.Close()
	store, err := sqlstore.Open(ctx, filepath.Join(data, "records.db"))
	if err != nil {
		return ledger.Opened{}, err
	}
	_, opened, err := ledger.Open(ctx, store, filepath.Join(data, ledger.Folder), at, ledger.Options{NewEpoch: true, Commit: appendTo(store)})
	return opened, errors.Join(err, store.Close())
}

// ledgerRows says what the rows that the ledger speaks of are now.
type ledgerRows struct {
	store  *sqlstore.Store
	audit  map[int64]sqlstore.AuditEvent // by entry
	used   map[int64]bool                // entries of which a row was seen
	votes  map[int64]slo.Survey          // by entry; nil before they are read
	strays []string
}

// read reads the audit trail once.
func (r *ledgerRows) read(ctx context.Context) error {
	if r.audit != nil {
		return nil
	}
	r.audit = map[int64]sqlstore.AuditEvent{}
	began := false // lines from before the ledger have no entry, and none comes after one that has
	return r.store.EachAudit(ctx, func(a sqlstore.AuditEvent) error {
		_, twice := r.audit[a.Entry]
		if a.Entry < 0 && began || twice {
			r.strays = append(r.strays, fmt.Sprintf("line %d of the audit trail", a.N))
		}
		if a.Entry >= 0 {
			began = true
			r.audit[a.Entry] = a
		}
		return nil
	})
}

// Line is what an entry speaks of, nil where that is not there.
func (r *ledgerRows) Line(ctx context.Context, e ledger.Entry) (ledger.Line, error) {
	switch b := e.Body.(type) {
	case *ledger.Audit:
		err := r.read(ctx)
		if a, found := r.audit[e.Index]; found {
			return trailLine(a), err
		}
		return nil, err
	case *ledger.Acknowledgement:
		return r.event(ctx, b.Incident, slo.EventAcknowledged, b.Row)
	case *ledger.Comment:
		return r.event(ctx, b.Incident, slo.EventCommented, b.Row)
	case *ledger.ExclusionRequest:
		got, err := r.store.Exclusion(ctx, b.Exclusion)
		if errors.Is(err, sqlstore.ErrNotFound) {
			return nil, nil
		}
		return ledger.RequestLine(&got), err
	case *ledger.Decision:
		return r.decision(ctx, b.Exclusion, e.Index)
	case *ledger.IncidentWork:
		return r.event(ctx, b.Incident, b.Action, b.Row)
	case *ledger.Drill:
		return r.drill(ctx, b.Drill, e.Index)
	case *ledger.ProblemWork:
		return r.problem(ctx, b.Problem, e.Index)
	case *ledger.ChangeRecord:
		return r.change(ctx, b.Change, e.Index)
	case *ledger.Register:
		return r.item(ctx, b, e.Index)
	case *ledger.Sending:
		return r.sending(ctx, b.Sending, e.Index)
	case *ledger.Vote:
		return r.vote(ctx, e.Index)
	case *ledger.Report:
		got, err := r.store.ReportMade(ctx, b.Agreement, b.Period, b.Made)
		if errors.Is(err, sqlstore.ErrNotFound) {
			return nil, nil
		}
		return reportLine(got), err
	}
	return nil, nil
}

// decision is the decision on an exclusion that an entry has.
func (r *ledgerRows) decision(ctx context.Context, exclusion string, entry int64) (ledger.Line, error) {
	got, err := r.store.Exclusion(ctx, exclusion)
	if errors.Is(err, sqlstore.ErrNotFound) {
		return nil, nil
	}
	for _, d := range got.Decisions {
		if d.Entry == entry {
			return ledger.DecisionLine(exclusion, d), err
		}
	}
	return nil, err
}

// drill is the event of a drill that an entry has.
func (r *ledgerRows) drill(ctx context.Context, drill string, entry int64) (ledger.Line, error) {
	got, err := r.store.Drill(ctx, drill)
	if errors.Is(err, sqlstore.ErrNotFound) {
		return nil, nil
	}
	for _, e := range got.Events {
		if e.Entry == entry {
			return ledger.DrillLine(&got, e), err
		}
	}
	return nil, err
}

// event looks for an event of an incident by its digest.
func (r *ledgerRows) event(ctx context.Context, incident string, kind slo.EventKind, digest string) (ledger.Line, error) {
	i, err := r.store.Incident(ctx, incident)
	if errors.Is(err, sqlstore.ErrNotFound) {
		return nil, nil
	}
	for _, e := range i.Events {
		if e.Kind != kind {
			continue
		}
		if line := ledger.IncidentLine(incident, e); line.Digest() == digest {
			return line, err
		}
	}
	return nil, err
}

// Strays lists lines of the audit trail, requests for exclusions and decisions on
// them, events of drills, of problems, of changes and, by people, of incidents that
// should have an entry and have none.
func (r *ledgerRows) Strays(ctx context.Context) ([]string, error) {
	if err := r.read(ctx); err != nil {
		return nil, err
	}
	r.used = map[int64]bool{}
	exclusions, err := r.exclusions(ctx)
	if err != nil {
		return nil, err
	}
	drills, err := r.drills(ctx)
	if err != nil {
		return nil, err
	}
	problems, err := r.problems(ctx)
	if err != nil {
		return nil, err
	}
	changes, err := r.changes(ctx)
	if err != nil {
		return nil, err
	}
	items, err := r.items(ctx)
	if err != nil {
		return nil, err
	}
	incidents, err := r.incidents(ctx)
	if err != nil {
		return nil, err
	}
	sent, err := r.sendings(ctx)
	return slices.Concat(r.strays, exclusions, drills, problems, changes, items, incidents, sent), err
}

// drills lists events of drills that have no entry, and states that are not what
// the events left.
func (r *ledgerRows) drills(ctx context.Context) ([]string, error) {
	list, err := r.store.Drills(ctx, sqlstore.DrillFilter{})
	if err != nil {
		return nil, err
	}
	running, err := r.store.Drills(ctx, sqlstore.DrillFilter{State: slo.DrillRunning})
	if err != nil {
		return nil, err
	}
	runs := map[string]bool{}
	for i := range running {
		runs[running[i].ID] = true
	}
	var strays []string
	for _, d := range list {
		if runs[d.ID] != (d.State() == slo.DrillRunning) {
			strays = append(strays, "the state of the drill "+d.ID)
		}
		for _, e := range d.Events {
			if !r.has(ctx, e.Entry, ledger.KindDrill, d.ID) {
				strays = append(strays, fmt.Sprintf("the %s of the drill %s", e.Act, d.ID))
			}
		}
	}
	return strays, nil
}

// exclusions lists requests and decisions that have no entry, and states that
// are not what the decisions left.
func (r *ledgerRows) exclusions(ctx context.Context) ([]string, error) {
	list, err := r.store.Exclusions(ctx, sqlstore.ExclusionFilter{})
	if err != nil {
		return nil, err
	}
	var strays []string
	as := map[string]bool{}
	for _, state := range slo.ExclusionStates() {
		some, err := r.store.Exclusions(ctx, sqlstore.ExclusionFilter{States: []slo.ExclusionState{state}})
		if err != nil {
			return nil, err
		}
		for i := range some {
			as[some[i].ID] = some[i].State() == state
		}
	}
	for _, x := range list {
		if !as[x.ID] {
			strays = append(strays, "the state of the exclusion "+x.ID)
		}
		if !r.has(ctx, x.Entry, ledger.KindExclusion, x.ID) {
			strays = append(strays, "the request for the exclusion "+x.ID)
		}
		for _, d := range x.Decisions {
			if !r.has(ctx, d.Entry, ledger.KindDecision, x.ID) {
				strays = append(strays, fmt.Sprintf("the decision to %s the exclusion %s", d.Act, x.ID))
			}
		}
	}
	return strays, nil
}

// has reports whether an entry of the ledger is of a kind and about a subject,
// and no other row names it: what is invented must not hide behind the entry of
// what was done.
func (r *ledgerRows) has(ctx context.Context, entry int64, kind ledger.Kind, subject string) bool {
	row, err := r.store.LogRow(ctx, entry)
	if err != nil || row.Kind != string(kind) || row.Subject != subject || r.used[entry] {
		return false
	}
	r.used[entry] = true
	return true
}

// reportLine is a report as it was issued, as the ledger digests it.
func reportLine(r sqlstore.Report) ledger.Line {
	return ledger.ReportLine(r.Agreement, r.Period, r.Made, r.Model, r.HTML, r.Text)
}
