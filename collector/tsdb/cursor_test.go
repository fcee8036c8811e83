package tsdb

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestCursor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor.json")
	if n, err := readCursor(path); n != 1 || err != nil {
		t.Errorf("a new folder begins at %d, %v", n, err)
	}
	for _, want := range []uint64{1, 42, 1<<64 - 1} {
		if err := writeCursor(path, want); err != nil {
			t.Fatal(err)
		}
		if n, err := readCursor(path); n != want || err != nil {
			t.Errorf("%d comes back as %d, %v", want, n, err)
		}
	}
	if _, err := os.Stat(path + ".tmp"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a temporary file is left: %v", err)
	}
}

func TestDamagedCursor(t *testing.T) {
	for _, b := range []string{"", "{", "null", `{"version":2,"next":5}`, `{"version":1}`, `{"version":1,"next":-1}`, "\x00\x00"} {
		if n, err := decodeCursor([]byte(b)); n != 1 || err == nil {
			t.Errorf("%q reads as %d, %v", b, n, err)
		}
	}
	path := filepath.Join(t.TempDir(), "cursor.json")
	if err := os.WriteFile(path, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s := open(t, filepath.Dir(path), Options{}); s.Next() != 1 {
		t.Errorf("begins at %d", s.Next())
	}
}

func FuzzDecodeCursor(f *testing.F) {
	f.Add([]byte(`{"version":1,"next":7}`))
	f.Add([]byte(`{"version":1,"next":18446744073709551616}`))
	f.Add([]byte("[]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n, err := decodeCursor(b); n == 0 || err != nil && n != 1 {
			t.Errorf("%d, %v", n, err)
		}
	})
}
