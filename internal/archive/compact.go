package archive

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// Compact merges the files of each day that has more than one, is over, and
// has received nothing for Options.Grace, into one file, and returns those
// days. Rows that come later live in further files until a later Compact. The
// merged file has a new name; the manifest records the old ones as superseded.
// Memory is bounded by mergeFan open files, whatever the size of a day.
func (a *Archive) Compact(ctx context.Context, at slo.Instant) ([]Day, error) {
	a.merging.Lock()
	defer a.merging.Unlock()
	due, err := a.due(at)
	if err != nil {
		return nil, err
	}
	var merged []Day
	for _, m := range due {
		if err := a.compactDay(ctx, m); err != nil {
			return merged, fmt.Errorf("merging the files of %s: %w", m.Day, err)
		}
		merged = append(merged, m.Day)
	}
	return merged, nil
}

// due are the days to merge.
func (a *Archive) due(at slo.Instant) ([]dayManifest, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		return nil, a.broken
	}
	settled := at.Add(-a.opts.Grace)
	var due []dayManifest
	for _, i := range a.head.Days {
		if i.Files < 2 || i.Day.End() > settled {
			continue
		}
		m, err := readDay(a.dir, i)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(m.Files, func(f File) bool { return f.MaxReceived > settled }) {
			due = append(due, m)
		}
	}
	return due, nil
}

// compactDay merges the files of m, which only Compact and Drop take away.
func (a *Archive) compactDay(ctx context.Context, m dayManifest) error {
	dir := a.dayDir(m.Day)
	merged, temps, err := a.mergeFiles(ctx, dir, m.Files)
	for _, t := range temps {
		a.disk.Remove(filepath.Join(dir, t.name()))
	}
	if err != nil {
		return err
	}
	if err := a.replaceFiles(m, merged); err != nil {
		return err
	}
	for _, f := range m.Files {
		a.disk.Remove(filepath.Join(dir, f.name())) // or the next Open does
	}
	return nil
}

// replaceFiles commits merged in place of the files of m; files that came to
// the day since stay.
func (a *Archive) replaceFiles(m dayManifest, merged File) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		return a.broken
	}
	now, err := a.day(m.Day)
	if err != nil {
		return err
	}
	files := []File{merged}
	for _, f := range now.Files {
		if slices.Contains(m.Files, f) {
			now.Superseded = append(now.Superseded, Superseded{Hash: f.Hash, Rows: f.Rows, By: merged.Hash})
			continue
		}
		files = append(files, f)
	}
	now.Files = files
	a.loose = append(a.loose, filepath.Join(a.dayDir(m.Day), merged.name()))
	if err := a.commit(a.head.clone(), []dayManifest{now}); err != nil {
		a.discard()
		return err
	}
	return nil
}

// mergeFiles merges files, at most opts.fan at a time, smallest first, into
// one. temps are files of passes in between, to be removed in any case.
func (a *Archive) mergeFiles(ctx context.Context, dir string, files []File) (merged File, temps []File, err error) {
	var want int64
	for _, f := range files {
		want += f.Rows
	}
	left := slices.Clone(files)
	for len(left) > 1 {
		slices.SortStableFunc(left, func(a, b File) int { return int(min(1, max(-1, a.Rows-b.Rows))) })
		n := len(left)
		if n > a.opts.fan { // leave a whole number of full passes for later
			n = (n-2)%(a.opts.fan-1) + 2
		}
		f, err := a.mergePass(ctx, dir, left[:n])
		if err != nil {
			return File{}, temps, err
		}
		left = append([]File{f}, left[n:]...)
		temps = append(temps, f)
	}
	merged = left[0]
	if merged.Rows != want {
		return File{}, temps, fmt.Errorf("%d rows became %d", want, merged.Rows)
	}
	return merged, temps[:len(temps)-1], nil
}

func (a *Archive) mergePass(ctx context.Context, dir string, files []File) (_ File, err error) {
	var open []*reading
	defer func() {
		for _, r := range open {
			r.close()
		}
	}()
	for _, f := range files {
		r, err := openFile(filepath.Join(dir, f.name()), f)
		if err != nil {
			return File{}, err
		}
		open = append(open, r)
	}
	w, err := newChunkWriter(a.disk, dir, a.codec)
	if err != nil {
		return File{}, err
	}
	defer w.abandon()
	if err := merge(ctx, open, w); err != nil {
		return File{}, err
	}
	return w.finish()
}

// Drop removes the days before the given one, and declares what they held as
// dropped. The declaration is durable before the first file goes.
func (a *Archive) Drop(before Day, at slo.Instant) (Dropped, error) {
	if _, err := ParseDay(string(before)); err != nil {
		return Dropped{}, err
	}
	a.merging.Lock()
	defer a.merging.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		return Dropped{}, a.broken
	}
	n, _ := a.head.find(before)
	if n == 0 {
		return Dropped{}, nil
	}
	gone := a.head.Days[:n]
	d := Dropped{From: gone[0].Day, To: gone[n-1].Day, Days: n, At: at}
	for _, i := range gone {
		d.Rows += i.Rows
	}
	h := a.head.clone()
	h.Days = h.Days[n:]
	h.Dropped = declare(h.Dropped, d)
	if err := a.commit(h, nil); err != nil {
		return Dropped{}, fmt.Errorf("dropping the days before %s: %w", before, err)
	}
	var errs []error
	for _, i := range gone {
		errs = append(errs, a.sweepDay(i.Day))
	}
	if err := errors.Join(errs...); err != nil {
		return d, fmt.Errorf("removing dropped days: %w", err)
	}
	return d, nil
}

// declare adds d to drops. Where it goes on from the last one, that one grows:
// a drop each day must not make the manifest grow each day.
func declare(drops []Dropped, d Dropped) []Dropped {
	if n := len(drops); n > 0 && drops[n-1].From <= d.From {
		last := &drops[n-1]
		last.To = max(last.To, d.To)
		last.Days += d.Days
		last.Rows += d.Rows
		last.At = d.At
		return drops
	}
	return append(drops, d)
}
