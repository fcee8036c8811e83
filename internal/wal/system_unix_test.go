//go:build unix

package wal

import (
	"syscall"
	"testing"
)

// A log that is closed can be opened again at once, also while a program that
// is just being started still shares the file of its lock.
func TestLockIsReleasedAtClose(t *testing.T) {
	dir := t.TempDir()
	l, _ := open(t, dir, Options{})
	shared, err := syscall.Dup(int(l.lock.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(shared)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	again, _ := open(t, dir, Options{})
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}
