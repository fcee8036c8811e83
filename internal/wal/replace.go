package wal

import (
	"errors"
	"os"
	"path/filepath"
)

// ReplaceFile makes b the durable content of a file, all or nothing. A file
// of its name with .new behind is written on the way.
func ReplaceFile(name string, b []byte) error {
	temp := name + ".new"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp, name); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(name))
}
