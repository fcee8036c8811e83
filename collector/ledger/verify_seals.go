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
	w := &recomputation{verification: v, catalogs: map[string]*slo.Catalog{}, days: map[archive.Day]*dayFiles{}}
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
			w.catalogue(ctx, where, b)
		case *Seal:
			err = w.figure(ctx, where, b.Promise, b.Figure, b.Spans, b.Exclusions, b.Basis)
			done++
		case *Restatement:
			err = w.figure(ctx, where, b.Promise, b.Figure, b.Spans, b.Exclusions, b.Basis)
			done++
		case *Epoch:
		default:
			err = v.row(ctx, where, e)
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
func (v *verification) row(ctx context.Context, where string, e Entry) error {
	got, err := v.Rows.Row(ctx, e)
	if err != nil {
		return err
	}
	switch want := rowOf(e.Body); got {
	case want:
	case "":
		v.problem(where, "what it speaks of is not in the records")
	default:
		v.problem(where, "what it speaks of was changed: it hashes to %s, the entry says %s", got, want)
	}
	return nil
}

func rowOf(b Body) string {
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
	}
	return ""
}

// recomputation computes figures again.
type recomputation struct {
	*verification
	state    archive.State
	catalogs map[string]*slo.Catalog // by digest; nil where it cannot be read
	days     map[archive.Day]*dayFiles
}

// catalogue holds a kept catalogue against its entry.
func (w *recomputation) catalogue(ctx context.Context, where string, b *Catalogue) *slo.Catalog {
	if b.Digest == "" {
		return nil
	}
	if c, done := w.catalogs[b.Digest]; done {
		return c
	}
	w.catalogs[b.Digest] = nil
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
	w.catalogs[b.Digest] = c
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
	if day := w.dropped(b.Evidence); day != "" {
		w.Unavailable++
		return nil
	}
	if !w.filesThere(where, b.Evidence) {
		return nil
	}
	e := b.Evidence
	e.Days = nil
	c, err := Compute(ctx, w.Archive, cat, p.Agreement, p.Window.To, e)
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
	if !same(exclusions, r.Exclusions) {
		w.problem(where, "its exclusions are not those that are computed again")
	}
}

func same(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
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
