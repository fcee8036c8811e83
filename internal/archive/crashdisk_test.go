package archive

import (
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

var errCrash = errors.New("the machine stopped here")

// crashDisk is a real folder on a machine that stops after some steps. What
// was not made durable by then can be lost: bytes never synced are cut off or
// damaged, and of each folder the newest changes of names since its last sync
// are undone.
type crashDisk struct {
	osDisk
	steps   int  // until the stop; negative: never
	full    bool // they end in a full disk, which lasts, instead of a stop
	done    int
	rng     *rand.Rand
	unsaved map[string]bool     // files with bytes not synced, by present name
	undo    map[string][]func() // of each folder, since its last sync
}

func newCrashDisk(steps int, seed uint64) *crashDisk {
	return &crashDisk{steps: steps, rng: rand.New(rand.NewPCG(seed, 0)), unsaved: map[string]bool{}, undo: map[string][]func(){}}
}

// step counts, and reports whether the step is taken and how it ends.
func (d *crashDisk) step() (taken bool, err error) {
	d.done++
	if d.steps < 0 {
		return true, nil
	}
	if d.steps == 0 {
		return false, errCrash
	}
	d.steps--
	if d.steps == 0 && !d.full {
		return d.rng.IntN(2) == 0, errCrash
	}
	return true, nil
}

func (d *crashDisk) change(name string, undo func()) {
	dir := filepath.Dir(name)
	d.undo[dir] = append(d.undo[dir], undo)
}

func (d *crashDisk) Mkdir(dir string) error {
	taken, err := d.step()
	if !taken {
		return err
	}
	if merr := os.Mkdir(dir, 0o750); merr != nil {
		return merr
	}
	d.change(dir, func() { os.RemoveAll(dir) })
	return err
}

func (d *crashDisk) CreateTemp(dir string) (tempFile, error) {
	taken, err := d.step()
	if !taken {
		return nil, err
	}
	f, cerr := d.osDisk.CreateTemp(dir)
	if cerr != nil {
		return nil, cerr
	}
	d.unsaved[f.Name()] = true
	d.change(f.Name(), func() { os.Remove(f.Name()) })
	if err != nil {
		f.Close()
		return nil, err
	}
	return &crashFile{f, d}, nil
}

func (d *crashDisk) Rename(from, to string) error {
	taken, err := d.step()
	if !taken {
		return err
	}
	was, rerr := os.ReadFile(to)
	if err := os.Rename(from, to); err != nil {
		return err
	}
	if d.unsaved[from] {
		delete(d.unsaved, from)
		d.unsaved[to] = true
	}
	d.change(to, func() {
		os.Rename(to, from)
		if rerr == nil {
			os.WriteFile(to, was, 0o640)
		}
	})
	return err
}

func (d *crashDisk) Remove(name string) error {
	taken, err := true, error(nil)
	if !d.full { // a full disk lets go of files
		taken, err = d.step()
	}
	if !taken {
		return err
	}
	was, rerr := os.ReadFile(name)
	if err := os.Remove(name); err != nil {
		return err
	}
	d.change(name, func() {
		if rerr == nil {
			os.WriteFile(name, was, 0o640)
		} else {
			os.Mkdir(name, 0o750)
		}
	})
	return err
}

func (d *crashDisk) SyncDir(dir string) error {
	taken, err := d.step()
	if !taken {
		return err
	}
	if _, serr := os.Stat(dir); serr != nil {
		return serr
	}
	delete(d.undo, dir)
	return err
}

// lose does to the folder what a power cut may.
func (d *crashDisk) lose() {
	for _, name := range slices.Sorted(maps.Keys(d.unsaved)) { // in one order: a seed is one history
		if b, err := os.ReadFile(name); err == nil && len(b) > 0 {
			b[d.rng.IntN(len(b))] ^= 1
			os.WriteFile(name, b[:d.rng.IntN(len(b)+1)], 0o640)
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(d.undo)) {
		undo := d.undo[dir]
		keep := 0
		if d.rng.IntN(2) == 0 {
			keep = d.rng.IntN(len(undo) + 1)
		}
		for i := len(undo) - 1; i >= keep; i-- {
			undo[i]()
		}
	}
}

// crashFile is a file on it.
type crashFile struct {
	tempFile
	d *crashDisk
}

func (f *crashFile) Write(b []byte) (int, error) {
	taken, err := f.d.step()
	if !taken {
		return 0, err
	}
	if err != nil {
		n, _ := f.tempFile.Write(b[:len(b)/2])
		return n, err
	}
	return f.tempFile.Write(b)
}

// Sync makes nothing durable really: that takes long and proves nothing here.
func (f *crashFile) Sync() error {
	taken, err := f.d.step()
	if taken {
		delete(f.d.unsaved, f.Name())
	}
	return err
}
