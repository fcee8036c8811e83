package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

// strays looks for rows without an entry.
func (v *verification) strays(ctx context.Context) error {
	list, err := v.Rows.Strays(ctx)
	for _, s := range list {
		v.problem(s, "the ledger has no entry of it")
	}
	return err
}

// archiveFiles reads every byte of the archive.
func (v *verification) archiveFiles(ctx context.Context) error {
	v.Progress("archive", 0, 1)
	list, err := v.Archive.Verify(ctx)
	for _, p := range list {
		v.problem("archive file "+p.Name, "%s", p.What)
	}
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		v.problem("archive", "%v", err)
	}
	v.Progress("archive", 1, 1)
	return nil
}

// contents holds what entries refer to against them, entry by entry.
func (v *verification) contents(ctx context.Context) error {
	w := &recomputation{verification: v, catalogs: map[keptAs]*slo.Catalog{}, days: map[archive.Day]*dayFiles{}, chain: &Chain{}, figures: map[int64]json.RawMessage{}}
	state, err := v.Archive.State()
	if err != nil {
		v.problem("archive", "%v", err)
	}
	w.state = state
	done := int64(0)
	err = v.Records.EachLogEntry(ctx, func(n int64, kind, subject string, rec []byte) error {
		if n >= v.size {
			return errEnough
		}
		e, err := Decode(rec)
		if err != nil {
			return nil // told already
		}
		where := entryName(n, kind, subject)
		switch b := e.Body.(type) {
		case *Catalogue:
			w.next(ctx, where, e.At, b)
		case *Seal:
			w.correctable(n, b.Figure)
			err = w.figure(ctx, where, b.Promise, b.Figure, b.Spans, b.Exclusions, b.Basis)
			done++
		case *Restatement:
			w.correctable(n, b.Figure)
			w.difference(where, b)
			err = w.figure(ctx, where, b.Promise, b.Figure, b.Spans, b.Exclusions, b.Basis)
			done++
		case *Epoch, *Edit:
		default:
			for _, bad := range []error{w.excluded.Add(e), w.planned.Add(e)} {
				if bad != nil {
					v.problem(where, "%v", bad)
				}
			}
			err = w.row(ctx, where, e)
		}
		v.Progress("figures", done, v.Figures)
		return errors.Join(err, ctx.Err())
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return err
}

// row holds the row that an entry speaks of against its digest.
func (w *recomputation) row(ctx context.Context, where string, e Entry) error {
	line, err := w.Rows.Line(ctx, e)
	if err != nil {
		return err
	}
	got, want := line.Digest(), RowOf(e.Body)
	if b, ok := e.Body.(*ExclusionRequest); ok {
		want = w.excluded.line(b)
	}
	switch got {
	case want:
	case "":
		w.problem(where, "what it speaks of is not in the records")
	default:
		w.problem(where, "what it speaks of was changed: it hashes to %s, the entry says %s", got, want)
	}
	return nil
}

// RowOf is the digest of the row that a body speaks of, "" where it speaks of
// none but itself.
func RowOf(b Body) string {
	switch b := b.(type) {
	case *Audit:
		return b.Row
	case *Acknowledgement:
		return b.Row
	case *Comment:
		return b.Row
	case *IncidentWork:
		return b.Row
	case *Report:
		return b.Row
	case *Decision:
		return b.Row
	case *Drill:
		return b.Row
	case *ProblemWork:
		return b.Row
	case *ChangeRecord:
		return b.Row
	case *Register:
		return b.Row
	case *Sending:
		return b.Row
	case *Vote:
		return b.Row
	}
	return ""
}

// recomputation computes figures again.
type recomputation struct {
	*verification
	state    archive.State
	excluded Exclusions              // by the entries so far
	planned  Plans                   // likewise
	catalogs map[keptAs]*slo.Catalog // nil where it cannot be read
	days     map[archive.Day]*dayFiles
	chain    *Chain                    // of the catalogues so far
	newest   *slo.Catalog              // the last of them; nil where it cannot be read
	figures  map[int64]json.RawMessage // that a restatement is to correct, by entry
}

// correctable remembers a figure that a restatement corrects.
func (w *recomputation) correctable(n int64, figure json.RawMessage) {
	if w.corrected[n] {
		w.figures[n] = figure
	}
}

// difference holds what a restatement says that it changed against both figures.
func (w *recomputation) difference(where string, b *Restatement) {
	before, known := w.figures[b.Seal]
	if !known {
		return // told already: it corrects no figure
	}
	delete(w.figures, b.Seal)
	want, err := Differences(before, b.Figure)
	if err != nil || !same(want, b.Difference) {
		w.problem(where, "the difference that it tells is not that to entry %d", b.Seal)
	}
}

// next takes the next catalogue of the chain, and holds what its entry says of
// it against what was kept.
func (w *recomputation) next(ctx context.Context, where string, at slo.Instant, b *Catalogue) {
	c := w.catalogue(ctx, where, b)
	if c != nil && b.Changed != nil {
		want := w.chain.Changed(w.newest, c)
		if !same(want.Probes, b.Changed.Probes) || w.newest != nil && !same(want.Maintenances, b.Changed.Maintenances) {
			w.problem(where, "what it says that it changed is not what the kept catalogues say")
		}
	}
	w.newest = c
	if err := w.chain.Add(at, b, c); err != nil {
		w.problem(where, "%v", err)
	}
}

// under is a catalogue as figures were made under it, and those before it.
func (w *recomputation) under(ctx context.Context, where string, c *slo.Catalog, b Basis) (*slo.Catalog, *slo.Revisions) {
	if b.Catalogues == nil { // a version that knew the one only
		return c, nil
	}
	open := func(e *Catalogue) (*slo.Catalog, error) {
		if c := w.catalogue(ctx, where, e); c != nil {
			return c, nil
		}
		return nil, errors.New("it was not kept")
	}
	return w.chain.Believing(c, open), w.chain.Revisions()
}

// keptAs is what an entry says of a kept catalogue. Revisions that differ in
// nothing but what is masked have one digest.
type keptAs struct{ digest, revision, kept string }

// catalogue holds a kept catalogue against its entry.
func (w *recomputation) catalogue(ctx context.Context, where string, b *Catalogue) *slo.Catalog {
	if b.Digest == "" {
		return nil
	}
	as := keptAs{b.Digest, b.Revision, b.Kept}
	if c, done := w.catalogs[as]; done {
		return c
	}
	w.catalogs[as] = nil
	contents, err := w.Records.LogContents(ctx, b.Digest)
	if err != nil {
		w.problem(where, "%v", err)
		return nil
	}
	c, err := OpenCatalogue(b, contents)
	if err != nil {
		w.problem(where, "%v", err)
		return nil
	}
	w.catalogs[as] = c
	return c
}

// figure computes one figure again. Only ctx's end is an error.
func (w *recomputation) figure(ctx context.Context, where string, p Promise, figure json.RawMessage, spans []slo.CountedSpan, exclusions []Exclusion, b Basis) error {
	if b.Formula != slo.Formula {
		w.problem(where, "it was made by formula %s, this program has %s: use a version that has it", b.Formula, slo.Formula)
		return nil
	}
	kept := w.catalogues[b.Revision]
	if kept == nil {
		w.problem(where, "the ledger has no catalogue %s", b.Revision)
		return nil
	}
	cat := w.catalogue(ctx, where, kept)
	if cat == nil {
		w.problem(where, "without its catalogue %s it cannot be computed", b.Revision)
		return nil
	}
	cat, err := w.excluded.Over(cat, b.Decided)
	if err != nil {
		w.problem(where, "%v", err)
		return nil
	}
	if day := w.dropped(b.Evidence); day != "" {
		w.Unavailable++
		return nil
	}
	if !w.filesThere(where, b.Evidence) {
		return nil
	}
	e := b.Evidence
	e.Days = nil
	cat, revisions := w.under(ctx, where, cat, b)
	cat = cat.Planning(w.planned.list)
	c, err := Compute(ctx, w.Archive, cat, revisions, p.Agreement, p.Window.To, e)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		w.problem(where, "it cannot be computed: %v", err)
		return nil
	}
	r, err := c.Result(p.Objective)
	if err != nil {
		w.problem(where, "%v", err)
		return nil
	}
	w.Recomputed++
	w.compare(where, p, figure, spans, exclusions, b, r)
	return nil
}

// compare says where a result is another than what was sealed.
func (w *recomputation) compare(where string, p Promise, figure json.RawMessage, spans []slo.CountedSpan, exclusions []Exclusion, b Basis, r Result) {
	if day, differs := firstDay(b.Evidence.Days, r.Evidence.Days); differs {
		w.problem(where, "the measurements of %s that it rests on are not those that were sealed", day)
	}
	changes, err := Differences(figure, r.Figure)
	if err != nil {
		w.problem(where, "%v", err)
		return
	}
	for _, c := range changes {
		w.problem(where, "%s is %s, computed again it is %s", c.Field, c.Before, c.After)
	}
	if r.Promise != p {
		w.problem(where, "it is of the window %s to %s, the objective's is %s to %s", p.Window.From, p.Window.To, r.Window.From, r.Window.To)
	}
	if !slices.Equal(spans, r.Spans) {
		w.problem(where, "its spans are not those that are computed again")
	}
	if b.Catalogues != nil && !slices.Equal(b.Catalogues, r.Basis.Catalogues) {
		w.problem(where, "the catalogues that it names are not those that were in force")
	}
	if !same(exclusions, r.Exclusions) {
		w.problem(where, "its exclusions are not those that are computed again")
	}
}

func same(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

// Same reports whether two pieces of evidence have the same measurements.
func (e Evidence) Same(o Evidence) bool {
	_, differs := firstDay(e.Days, o.Days)
	return !differs
}

// firstDay is the first day of which two lists of evidence say other things.
func firstDay(want, got []EvidenceDay) (archive.Day, bool) {
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(got):
			return want[i].Day, true
		case i >= len(want):
			return got[i].Day, true
		case want[i].Day != got[i].Day:
			return min(want[i].Day, got[i].Day), true
		case want[i].Digest != got[i].Digest || want[i].Rows != got[i].Rows:
			return want[i].Day, true
		}
	}
	return "", false
}

// dropped is a day of the evidence that retention removed, "" where none is.
func (w *recomputation) dropped(e Evidence) archive.Day {
	for _, d := range e.Days {
		for _, gone := range w.state.Dropped {
			if gone.From <= d.Day && d.Day <= gone.To && !slices.ContainsFunc(w.state.Days, func(i archive.DayInfo) bool { return i.Day == d.Day }) {
				return d.Day
			}
		}
	}
	return ""
}

// dayFiles are the files of a day of the archive by their hashes, those that
// were merged with the hash of what has their rows now.
type dayFiles struct {
	there map[string]bool
	by    map[string]string
}

// filesThere holds the files that a figure rests on against the archive: each
// is there, or was merged into one that is.
func (w *recomputation) filesThere(where string, e Evidence) bool {
	ok := true
	for _, d := range e.Days {
		files, err := w.day(d.Day)
		if err != nil {
			w.problem(where, "%v", err)
			return false
		}
		for _, hash := range d.Files {
			at, seen := hash, 0
			for ; !files.there[at] && files.by[at] != "" && seen <= len(files.by); seen++ {
				at = files.by[at]
			}
			if !files.there[at] {
				w.problem(where, "the archive has lost the file %s of %s, which it rests on", hash, d.Day)
				ok = false
			}
		}
	}
	return ok
}

func (w *recomputation) day(d archive.Day) (*dayFiles, error) {
	if f := w.days[d]; f != nil {
		return f, nil
	}
	files, superseded, err := w.Archive.Files(d)
	if err != nil {
		return nil, err
	}
	f := &dayFiles{there: map[string]bool{}, by: map[string]string{}}
	for _, x := range files {
		f.there[x.Hash] = true
	}
	for _, s := range superseded {
		f.by[s.Hash] = s.By
	}
	w.days[d] = f
	return f, nil
}
