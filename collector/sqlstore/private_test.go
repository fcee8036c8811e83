package sqlstore

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The records hold mail, evidence and the audit: nobody else on the machine
// reads them, also where an older file was open to all.
func TestFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are Unix's")
	}
	file := filepath.Join(t.TempDir(), "records.db")
	must(t, os.WriteFile(file, nil, 0o644))
	s, err := Open(t.Context(), file)
	must(t, err)
	defer s.Close()
	must(t, s.SaveCheckpoint(t.Context(), Checkpoint{Cursor: 1}))
	names, err := filepath.Glob(file + "*")
	must(t, err)
	if len(names) != 3 {
		t.Errorf("the files are %v, want the database, its log and its index", names)
	}
	for _, name := range names {
		info, err := os.Stat(name)
		must(t, err)
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has the mode %o", name, mode)
		}
	}
}

// Whoever finds the file damaged is told what to do.
func TestDamagedFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "records.db")
	must(t, os.WriteFile(file, []byte(strings.Repeat("garbage ", 1000)), 0o600))
	if _, err := Open(t.Context(), file); err == nil || !strings.Contains(err.Error(), "put a backup of it in its place") {
		t.Errorf("error %v", err)
	}
}
