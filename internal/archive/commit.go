package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A commit is: new files, durable under their names; then the head, replaced
// by one rename. What a crash leaves of an uncommitted one is removed at Open.
// What was superseded is removed only after the commit.

// commit makes the manifests of days and the new head durable, in that order.
// Files of the days' manifests must have their names already; their folders
// are synced here. A day without files disappears from the head. After an
// error it has removed nothing and the old head holds, unless the error is
// ErrUncertain.
func (a *Archive) commit(h head, days []dayManifest) error {
	for _, m := range days {
		if err := a.putDay(&h, m); err != nil {
			return fmt.Errorf("committing day %s: %w", m.Day, err)
		}
	}
	if err := h.check(); err != nil {
		return fmt.Errorf("committing what cannot be: %w", err)
	}
	b, err := encodeHead(h)
	if err != nil {
		return err
	}
	if err := a.replaceHead(b); err != nil {
		return fmt.Errorf("committing %s: %w", headName, err)
	}
	old := a.head
	a.head, a.loose = h, nil
	for _, m := range days {
		if i, ok := old.find(m.Day); ok && !h.has(old.Days[i]) {
			a.disk.Remove(filepath.Join(a.dayDir(m.Day), old.Days[i].Hash+daySuffix)) // or the next Open does
		}
	}
	return nil
}

// discard removes the files of a commit that failed, so that retries on a full
// disk do not fill it further. What an uncertain commit names has to stay.
func (a *Archive) discard() {
	if a.broken != nil {
		return
	}
	for _, name := range a.loose {
		a.disk.Remove(name)
	}
	a.loose = nil
}

// putDay writes m under its hash and enters it in h.
func (a *Archive) putDay(h *head, m dayManifest) error {
	i, known := h.find(m.Day)
	if len(m.Files) == 0 {
		if known {
			h.Days = append(h.Days[:i], h.Days[i+1:]...)
		}
		return nil
	}
	b, err := encodeDay(m)
	if err != nil {
		return err
	}
	hash := hashOf(b)
	dir := a.dayDir(m.Day)
	if err := a.writeFile(dir, hash+daySuffix, b); err != nil {
		return err
	}
	a.loose = append(a.loose, filepath.Join(dir, hash+daySuffix))
	if err := a.disk.SyncDir(dir); err != nil {
		return err
	}
	if !known {
		h.Days = append(h.Days[:i], append([]DayInfo{{}}, h.Days[i:]...)...)
	}
	h.Days[i] = m.info(hash)
	return nil
}

// ErrUncertain says that a commit may or may not be durable. Nothing can be
// decided on before the archive is opened again.
var ErrUncertain = errors.New("it is uncertain whether the commit is durable; the archive must be opened again")

func (a *Archive) replaceHead(b []byte) error {
	if err := a.writeFile(a.dir, headName, b); err != nil {
		return err
	}
	if err := a.disk.SyncDir(a.dir); err != nil {
		a.broken = fmt.Errorf("%w: %w", ErrUncertain, err)
		return a.broken
	}
	return nil
}

// writeFile writes a durable file and renames it to name in dir. The name is
// durable once dir is synced.
func (a *Archive) writeFile(dir, name string, b []byte) error {
	f, err := a.disk.CreateTemp(dir)
	if err != nil {
		return err
	}
	if err := writeAndSync(f, b); err != nil {
		a.disk.Remove(f.Name())
		return err
	}
	if err := a.disk.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
		if name == headName {
			a.broken = fmt.Errorf("%w: %w", ErrUncertain, err)
			return a.broken
		}
		a.disk.Remove(f.Name())
		return err
	}
	return nil
}

func writeAndSync(f tempFile, b []byte) error {
	_, err := f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (a *Archive) dayDir(d Day) string { return filepath.Join(a.dir, string(d)) }

// makeDay makes the folder of a day, durably.
func (a *Archive) makeDay(d Day) error {
	if _, known := a.head.find(d); known {
		return nil
	}
	if err := a.disk.Mkdir(a.dayDir(d)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return a.disk.SyncDir(a.dir)
}

// OlderHead is the reason of positions that are skipped because the head that
// is there does not know of them, though the journal let them go.
const OlderHead = "older_head"

// Sweep removes what crashes left behind: our own kinds of files that no
// manifest names, and empty folders of days. Other files stay. first is the
// oldest position that the journal still has. Where the head does not reach to
// it, the head is older than the folder, what it does not name is all there is
// of what the journal let go, and nothing is removed, then or later.
func (a *Archive) Sweep(first uint64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	older := slices.ContainsFunc(a.head.Skipped, func(s Skipped) bool { return s.Reason == OlderHead })
	if first > a.head.Next || older {
		return nil
	}
	if err := a.sweep(); err != nil {
		return fmt.Errorf("removing what was never committed to the archive: %w", err)
	}
	return nil
}

func (a *Archive) sweep() error {
	entries, err := os.ReadDir(a.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch d, err := ParseDay(e.Name()); {
		case err == nil && e.IsDir():
			if err := a.sweepDay(d); err != nil {
				return err
			}
		case isTemp(e.Name()):
			if err := a.disk.Remove(filepath.Join(a.dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *Archive) sweepDay(d Day) error {
	entries, err := os.ReadDir(a.dayDir(d))
	if err != nil {
		return err
	}
	keep, err := a.names(d)
	if err != nil {
		return err
	}
	left := 0 // names that stay
	for _, e := range entries {
		if keep[e.Name()] || !isOurs(e.Name()) {
			left++
			continue
		}
		if err := a.disk.Remove(filepath.Join(a.dayDir(d), e.Name())); err != nil {
			return err
		}
	}
	if left == 0 {
		return a.disk.Remove(a.dayDir(d))
	}
	return nil
}

// names are the file names that belong to a day.
func (a *Archive) names(d Day) (map[string]bool, error) {
	names := make(map[string]bool)
	m, err := a.day(d)
	if err != nil || len(m.Files) == 0 {
		return names, err
	}
	i, _ := a.head.find(d)
	names[a.head.Days[i].Hash+daySuffix] = true
	for _, f := range m.Files {
		names[f.name()] = true
	}
	return names, nil
}

// day is the manifest of d, an empty one where the archive has nothing of it.
func (a *Archive) day(d Day) (dayManifest, error) {
	i, known := a.head.find(d)
	if !known {
		return dayManifest{Version: manifestVersion, Day: d}, nil
	}
	return readDay(a.dir, a.head.Days[i])
}

func isTemp(name string) bool {
	return len(name) > len(tempPrefix) && name[:len(tempPrefix)] == tempPrefix
}

// isOurs reports whether the archive gives such names to files of a day.
func isOurs(name string) bool {
	for _, suffix := range [...]string{chunkSuffix, daySuffix} {
		if n := len(name) - len(suffix); n > 0 && name[n:] == suffix && isHash(name[:n]) {
			return true
		}
	}
	return isTemp(name)
}
