package wal

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"syscall"
)

// memDisk is a disk in memory that keeps apart what was written and what was
// synced. It can fill up, fail its syncs, and die after so many changes.
type memDisk struct {
	mu      sync.Mutex
	entries map[string]*memFile
	durable map[string]*memFile // entries at the last sync of the folder
	room    int64               // bytes that can still be written; negative: any
	steps   int                 // changes until it dies; negative: never
	badSync bool                // every file sync fails
	syncs   int
}

type memFile struct {
	disk         *memDisk
	data, synced []byte
	bad          int64 // reads that reach this offset fail there; 0: none do
}

// sector is what a disk writes whole or not at all.
const sector = 64

var errDied = errors.New("the disk died")

func newMemDisk() *memDisk {
	return &memDisk{entries: map[string]*memFile{}, durable: map[string]*memFile{}, room: -1, steps: -1}
}

// step is taken before each change; d.mu is held.
func (d *memDisk) step() error {
	switch {
	case d.steps == 0:
		return errDied
	case d.steps > 0:
		d.steps--
	}
	return nil
}

func (d *memDisk) open(name string) (file, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, ok := d.entries[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return f, nil
}

func (d *memDisk) create(name string) (file, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step(); err != nil {
		return nil, err
	}
	f := &memFile{disk: d}
	d.entries[name] = f
	return f, nil
}

func (d *memDisk) rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step(); err != nil {
		return err
	}
	f, ok := d.entries[from]
	if !ok {
		return fs.ErrNotExist
	}
	delete(d.entries, from)
	d.entries[to] = f
	return nil
}

func (d *memDisk) remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step(); err != nil {
		return err
	}
	if _, ok := d.entries[name]; !ok {
		return fs.ErrNotExist
	}
	delete(d.entries, name)
	return nil
}

func (d *memDisk) list() ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.entries)), nil
}

func (d *memDisk) sync() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step(); err != nil {
		return err
	}
	d.durable = maps.Clone(d.entries)
	return nil
}

func (f *memFile) ReadAt(b []byte, off int64) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if off >= int64(len(f.data)) {
		return 0, io.EOF
	}
	if f.bad > 0 && off+int64(len(b)) > f.bad {
		return copy(b, f.data[off:max(off, f.bad)]), syscall.EIO
	}
	n := copy(b, f.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memFile) WriteAt(b []byte, off int64) (int, error) {
	d := f.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step(); err != nil {
		return 0, err
	}
	var short error
	if d.room >= 0 && int64(len(b)) > d.room {
		b, short = b[:d.room], syscall.ENOSPC
	}
	if d.room >= 0 {
		d.room -= int64(len(b))
	}
	if grow := off + int64(len(b)) - int64(len(f.data)); grow > 0 {
		f.data = append(f.data, make([]byte, grow)...)
	}
	copy(f.data[off:], b)
	return len(b), short
}

func (f *memFile) Sync() error {
	d := f.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step(); err != nil {
		return err
	}
	if d.badSync {
		f.flushSome()
		return syscall.EIO
	}
	d.syncs++
	f.synced = slices.Clone(f.data)
	return nil
}

// flushSome brings every other sector to the disk: a sync that failed may have
// written any part.
func (f *memFile) flushSome() {
	synced := make([]byte, max(len(f.data), len(f.synced)))
	copy(synced, f.synced)
	for at := 0; at < len(f.data); at += 2 * sector {
		copy(synced[at:], f.data[at:min(at+sector, len(f.data))])
	}
	f.synced = synced
}

func (f *memFile) Truncate(size int64) error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.step(); err != nil {
		return err
	}
	f.data = slices.Clone(f.data[:min(size, int64(len(f.data)))])
	return nil
}

func (f *memFile) Close() error { return nil }

func (f *memFile) size() (int64, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	return int64(len(f.data)), nil
}

// crash is the disk that a machine finds after its power failed: what was
// synced, and of the rest whatever choose says, entry by entry and sector by
// sector.
func (d *memDisk) crash(choose func() bool) *memDisk {
	d.mu.Lock()
	defer d.mu.Unlock()
	after := newMemDisk()
	names := maps.Clone(d.entries)
	maps.Copy(names, d.durable)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		f, was := d.entries[name], d.durable[name]
		if f != was && choose() {
			f = was
		}
		if f != nil {
			data := f.survive(choose)
			after.entries[name] = &memFile{disk: after, data: data, synced: data}
		}
	}
	after.durable = maps.Clone(after.entries)
	return after
}

func (f *memFile) survive(choose func() bool) []byte {
	size := len(f.synced)
	if len(f.data) != size && choose() {
		size = len(f.data)
	}
	out := make([]byte, size)
	copy(out, f.synced)
	for at := 0; at < min(size, len(f.data)); at += sector {
		end := min(at+sector, size, len(f.data))
		if string(out[at:end]) != string(f.data[at:end]) && choose() {
			copy(out[at:end], f.data[at:end])
		}
	}
	return out
}
