package probe

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

const (
	maxBackups   = 100_000 // files of a folder that are looked at
	backupsChunk = 1000    // of them at a time
)

// CheckBackups says what is wrong with the pattern of a set of backups: it is
// an absolute path, and only its last part may have wildcards.
func CheckBackups(pattern string) error {
	dir, name := filepath.Split(pattern)
	if _, err := filepath.Match(name, ""); err != nil || name == "" || !filepath.IsAbs(pattern) || strings.ContainsAny(dir, "*?[") {
		return fmt.Errorf("%q is not an absolute path with wildcards in its last part alone, such as /var/backups/shop-*.dump", pattern)
	}
	return nil
}

// newBackup looks at the newest backup of a set.
func newBackup(spec slo.Spec, env *Env) (Test, error) {
	s, ok := spec.(*slo.Backup)
	if !ok {
		return nil, fmt.Errorf("backup: spec is a %T", spec)
	}
	if s.Within <= 0 || s.MinSize < 0 {
		return nil, fmt.Errorf("backup: within is needed, and no size is negative")
	}
	pattern := env.backups[s.Set]
	if pattern == "" {
		return nil, fmt.Errorf("backup: this agent's file has no set of backups %q", s.Set)
	}
	if err := CheckBackups(pattern); err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	return func(r *run) error {
		newest, err := newestBackup(r, pattern)
		if err != nil {
			return r.unread(s.Set, err)
		}
		return judgeBackup(r, s, newest)
	}, nil
}

// newestBackup is the regular file of a pattern that was changed last; nil where
// there is none.
func newestBackup(r *run, pattern string) (fs.FileInfo, error) {
	dir, name := filepath.Split(pattern)
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var newest fs.FileInfo
	for seen := 0; ; {
		entries, err := f.ReadDir(backupsChunk)
		for _, e := range entries {
			if fits, _ := filepath.Match(name, e.Name()); !fits || !e.Type().IsRegular() {
				continue
			}
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue // removed meanwhile
			}
			if err != nil {
				return nil, err
			}
			if newest == nil || info.ModTime().After(newest.ModTime()) {
				newest = info
			}
		}
		seen += len(entries)
		switch {
		case errors.Is(err, io.EOF):
			return newest, nil
		case err != nil:
			return nil, err
		case seen > maxBackups:
			return nil, fmt.Errorf("the folder has more than %d files", maxBackups)
		case r.stopped() || time.Now().After(r.deadline):
			return nil, os.ErrDeadlineExceeded
		}
	}
}

// unread is the failure of a folder that could not be read.
func (r *run) unread(set string, err error) error {
	switch {
	case r.stopped():
		return r.fail(awaiting, err)
	case errors.Is(err, fs.ErrNotExist):
		return downf(slo.BackupMissing, "the folder of %s is not there", set)
	case errors.Is(err, fs.ErrPermission):
		return unknownf(slo.AgentPermission, "the folder of %s may not be read", set)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return unknownf(slo.CheckTimeout, "the folder of %s was not read in time", set)
	}
	return unknownf(slo.CheckUnknown, "reading the folder of %s: %s", set, plainError(err))
}

// judgeBackup holds the newest backup against what is wanted of it.
func judgeBackup(r *run, s *slo.Backup, newest fs.FileInfo) error {
	if newest == nil {
		return downf(slo.BackupMissing, "%s has no backup", s.Set)
	}
	made, size := slo.At(newest.ModTime()), newest.Size()
	age := r.start.Sub(newest.ModTime()) // both by this machine's clock
	said := fmt.Sprintf("the newest of %s, %s, is of %s and has %d bytes", s.Set, r.clean(newest.Name(), 200), made, size)
	switch {
	case age > s.Within:
		return downf(slo.BackupStale, "%s: %s old, and at most %s is wanted", said, age.Round(time.Second), s.Within)
	case size == 0 || size < int64(s.MinSize)<<20:
		return downf(slo.BackupSmall, "%s, and %d MiB are wanted", said, s.MinSize)
	}
	r.m.Evidence = r.hidden.clean(said, slo.MaxEvidence)
	return nil
}
