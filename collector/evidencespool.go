package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// Bounds of packs that people fetch. Each is made to a file of its own first, so
// that whoever reads slowly keeps nobody from another pack, or from the disk.
const (
	maxSpooled = 1 << 30  // bytes of one
	spooled    = 4        // at a time, made or fetched
	slowest    = 64 << 10 // bytes a second, of whoever fetches one
)

// errSpooling is why there is no room for a pack.
var errSpooling = errors.New("other packs are being fetched; try again in a minute")

// spool is the folder of packs that are being fetched. None outlives its request,
// nor those of a process that was killed the next start.
type spool struct {
	dir  string
	most int64 // bytes of a pack
	held atomic.Int32
}

// openSpool takes away what a process before left.
func openSpool(dir string) (*spool, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("removing packs that nobody fetches any more: %w", err)
	}
	return &spool{dir: dir, most: maxSpooled}, nil
}

// spooledPack is a pack in a file, at its beginning.
type spooledPack struct {
	*os.File
	of   *spool
	size int64
}

// make has a pack written, and returns it to be read and closed.
func (s *spool) make(write func(io.Writer) error) (*spooledPack, error) {
	if s.held.Add(1) > spooled {
		s.held.Add(-1)
		return nil, errSpooling
	}
	f, err := s.create()
	if err != nil {
		s.held.Add(-1)
		return nil, fmt.Errorf("making room for a pack: %w", err)
	}
	p := &spooledPack{File: f, of: s}
	if err = write(&limited{w: f, left: s.most}); err == nil {
		if p.size, err = f.Seek(0, io.SeekCurrent); err == nil {
			_, err = f.Seek(0, io.SeekStart)
		}
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (s *spool) create() (*os.File, error) {
	if err := private(s.dir); err != nil {
		return nil, err
	}
	return os.CreateTemp(s.dir, "pack-*.zip") // mode 0600
}

// Close takes the pack away.
func (p *spooledPack) Close() error {
	defer p.of.held.Add(-1)
	return errors.Join(p.File.Close(), os.Remove(filepath.Clean(p.Name())))
}

// patience is how long whoever fetches the pack may take.
func (p *spooledPack) patience() time.Duration {
	return time.Minute + time.Duration(p.size/slowest)*time.Second
}

// errLargePack is why a pack is not served.
var errLargePack = errors.New("the pack would be too large to be fetched: ask for a shorter period, or have assay evidence --data write it")

// limited refuses what would be more than a number of bytes.
type limited struct {
	w    io.Writer
	left int64
}

func (l *limited) Write(b []byte) (int, error) {
	if l.left -= int64(len(b)); l.left < 0 {
		return 0, errLargePack
	}
	return l.w.Write(b)
}

// makePack makes a pack as it is to be fetched. One at a time is made.
func (c *Collector) makePack(ctx context.Context, o EvidenceOptions) (*spooledPack, error) {
	if !c.packing.TryLock() {
		return nil, errPacking
	}
	defer c.packing.Unlock()
	ctx, cancel := context.WithTimeout(ctx, packTime)
	defer cancel()
	return c.packs.make(func(w io.Writer) error { return writeEvidence(ctx, c.store, c.ledger.SignText, w, o) })
}
