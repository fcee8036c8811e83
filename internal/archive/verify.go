package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Problem is a file that is not what the manifest says.
type Problem struct {
	Name string // relative to the archive's folder
	What string
}

func (p Problem) String() string { return p.Name + ": " + p.What }

// Verify reads every byte of the archive and holds it against the manifest. It
// returns each file that is missing or differs. The error is for what kept it
// from looking: a head that is missing or damaged, or ctx.
func (r *Reader) Verify(ctx context.Context) ([]Problem, error) {
	h, err := readHead(r.dir)
	if err != nil {
		return nil, fmt.Errorf("verifying archive: %w", err)
	}
	var problems []Problem
	for _, i := range h.Days {
		p, err := r.verifyDay(ctx, i)
		if err != nil {
			return problems, fmt.Errorf("verifying archive: %w", err)
		}
		problems = append(problems, p...)
	}
	return problems, nil
}

// verifyDay begins again where a writer has changed the day meanwhile.
func (r *Reader) verifyDay(ctx context.Context, i DayInfo) ([]Problem, error) {
	for {
		problems, err := r.verifyOnce(ctx, i)
		if err != nil || len(problems) == 0 {
			return problems, err
		}
		now, moved, err := r.latest(i)
		if err != nil || !moved {
			return problems, err
		}
		if now.Files == 0 {
			return nil, nil
		}
		i = now
	}
}

func (r *Reader) verifyOnce(ctx context.Context, i DayInfo) ([]Problem, error) {
	m, err := readDay(r.dir, i)
	if err != nil {
		return []Problem{{filepath.Join(string(i.Day), i.Hash+daySuffix), reasonOf(err)}}, nil
	}
	var problems []Problem
	for _, f := range m.Files {
		name := filepath.Join(string(i.Day), f.name())
		what, err := verifyFile(ctx, filepath.Join(r.dir, name), f)
		if err != nil {
			return problems, err
		}
		if what != "" {
			problems = append(problems, Problem{name, what})
		}
	}
	return problems, nil
}

// verifyFile says what is wrong with a file, or "". The error is ctx's.
func verifyFile(ctx context.Context, name string, info File) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return reasonOf(err), nil
	}
	defer f.Close()
	h := sha256.New()
	buf := make([]byte, 64<<10)
	var n int64
	for {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		k, err := f.Read(buf)
		h.Write(buf[:k])
		n += int64(k)
		if err == io.EOF {
			break
		}
		if err != nil {
			return reasonOf(err), nil
		}
	}
	if n != info.Bytes {
		return fmt.Sprintf("it has %d bytes, the manifest says %d", n, info.Bytes), nil
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != info.Hash {
		return fmt.Sprintf("damaged: it hashes to %s", got), nil
	}
	return "", nil
}

func reasonOf(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "missing"
	}
	return err.Error()
}
