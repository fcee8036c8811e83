package wal

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// tryLock locks a file for this process alone; ErrLocked where another has it.
func tryLock(f *os.File) error {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return ErrLocked
	}
	return err
}

// unlock gives the lock up: it goes with its file.
func unlock(f *os.File) error { return f.Close() }

// SyncFolder does nothing: Windows keeps names in the file system's own
// journal and cannot flush a folder.
func SyncFolder(string) error { return nil }
