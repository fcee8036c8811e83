package wal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const lockName = "lock"

// LockFolder takes a folder for this process, until the file is closed or the
// process ends; ErrLocked where another has it. Two processes appending to one
// log would destroy it.
func LockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the folder: %w", err)
	}
	if err := tryLock(f); err != nil {
		f.Close()
		if errors.Is(err, ErrLocked) {
			return nil, err
		}
		return nil, fmt.Errorf("locking the folder: %w", err)
	}
	return f, nil
}
