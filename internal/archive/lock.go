package archive

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const lockName = "lock"

// ErrLocked says that another process writes the archive.
var ErrLocked = errors.New("another process writes this archive: does a collector run on the folder already?")

// lockFolder takes the folder for this process's writes, until the file is
// closed or the process ends. Readers need no lock.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, fmt.Errorf("locking: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrLocked
		}
		return nil, fmt.Errorf("locking: %w", err)
	}
	return f, nil
}

// unlockFolder gives the folder up. The lock is released before its file is
// closed: a program that this process is just starting shares the open file for
// a moment, and would hold the lock until then.
func unlockFolder(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
	return errors.Join(err, f.Close())
}
