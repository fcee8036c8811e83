package archive

import (
	"io"
	"os"
)

// disk is what the archive changes of its folder. Reading goes to the
// operating system directly; writing goes through here, so that tests can stop
// it at any step.
type disk interface {
	Mkdir(dir string) error
	// CreateTemp makes a new file in dir whose name begins with tempPrefix.
	CreateTemp(dir string) (tempFile, error)
	Rename(from, to string) error
	Remove(name string) error
	// SyncDir makes the names in dir durable.
	SyncDir(dir string) error
}

// tempFile is a file being written.
type tempFile interface {
	io.WriteCloser
	Name() string
	Sync() error
}

const tempPrefix = "tmp-"

// osDisk is the real one.
type osDisk struct{}

func (osDisk) Mkdir(dir string) error       { return os.Mkdir(dir, 0o750) }
func (osDisk) Rename(from, to string) error { return os.Rename(from, to) }
func (osDisk) Remove(name string) error     { return os.Remove(name) }
func (osDisk) CreateTemp(dir string) (tempFile, error) {
	f, err := os.CreateTemp(dir, tempPrefix+"*")
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(0o640); err != nil {
		f.Close()
		os.Remove(f.Name())
		return nil, err
	}
	return f, nil
}

func (osDisk) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
