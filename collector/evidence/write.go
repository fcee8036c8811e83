package evidence

import (
	"archive/zip"
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

// Writer writes a pack: files in any order, then Close.
type Writer struct {
	zip      *zip.Writer
	manifest Manifest
	seen     map[string]bool
	total    int64 // bytes of its files
}

// NewWriter begins a pack. The manifest's files are filled in as they come.
func NewWriter(w io.Writer, m Manifest) *Writer {
	m.Version, m.Files = manifestVersion, []Listed{}
	return &Writer{zip: zip.NewWriter(w), manifest: m, seen: map[string]bool{}}
}

// File adds a file.
func (w *Writer) File(path string, content []byte) error {
	return w.add(path, func(to io.Writer) error {
		_, err := to.Write(content)
		return err
	})
}

// Lines adds a file of JSON, one value in each line.
func (w *Writer) Lines(path string, values iter.Seq2[any, error]) error {
	return w.add(path, func(to io.Writer) error {
		b := bufio.NewWriter(to)
		e := json.NewEncoder(b)
		for v, err := range values {
			if err != nil {
				return err
			}
			if err := e.Encode(v); err != nil {
				return err
			}
		}
		return b.Flush()
	})
}

// add writes a file and lists it.
func (w *Writer) add(path string, write func(io.Writer) error) error {
	key := strings.ToLower(path)
	err := checkPath(path)
	if err == nil && w.seen[key] {
		err = fmt.Errorf("%q is in it already", path)
	}
	if err != nil {
		return fmt.Errorf("writing the pack: %w", err)
	}
	if len(w.seen) == maxFiles {
		return fmt.Errorf("writing the pack: it would have more than %d files: ask for a shorter period", maxFiles)
	}
	w.seen[key] = true
	f, err := w.create(path)
	if err != nil {
		return err
	}
	h := sha256.New()
	count := &counter{to: io.MultiWriter(f, h), most: min(maxFile, maxTotal-w.total)}
	if err := write(count); err != nil {
		return fmt.Errorf("writing %s of the pack: %w", path, err)
	}
	w.total += count.n
	w.manifest.Files = append(w.manifest.Files, Listed{path, count.n, hex.EncodeToString(h.Sum(nil))})
	return nil
}

func (w *Writer) create(path string) (io.Writer, error) {
	f, err := w.zip.CreateHeader(&zip.FileHeader{Name: path, Method: zip.Deflate, Modified: w.manifest.Made.Time()})
	if err != nil {
		return nil, fmt.Errorf("writing the pack: %w", err)
	}
	return f, nil
}

// Close ends the pack with its manifest, and with what sign makes of the
// manifest's SHA-256.
func (w *Writer) Close(sign func(digest string) ([]byte, error)) error {
	b, err := w.manifest.encode()
	if err == nil && len(b) > maxSmall {
		err = fmt.Errorf("the manifest of the pack would have more than %d bytes: ask for a shorter period", maxSmall)
	}
	if err != nil {
		return err
	}
	signed, err := sign(digest(b))
	if err != nil {
		return err
	}
	for _, f := range []struct {
		path    string
		content []byte
	}{{ManifestFile, b}, {SignatureFile, signed}} {
		to, err := w.create(f.path)
		if err != nil {
			return err
		}
		if _, err := to.Write(f.content); err != nil {
			return fmt.Errorf("writing %s of the pack: %w", f.path, err)
		}
	}
	if err := w.zip.Close(); err != nil {
		return fmt.Errorf("writing the pack: %w", err)
	}
	return nil
}

// counter counts the bytes that pass, up to what a reader of packs takes.
type counter struct {
	to      io.Writer
	n, most int64
}

func (c *counter) Write(b []byte) (int, error) {
	if c.n+int64(len(b)) > c.most {
		return 0, errors.New("it would be larger than a pack may be: ask for a shorter period")
	}
	n, err := c.to.Write(b)
	c.n += int64(n)
	return n, err
}
