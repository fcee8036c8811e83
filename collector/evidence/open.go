package evidence

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
)

// Bounds of a pack, as it is written and as it is read: on what it says of
// itself and on what comes out of it.
const (
	maxFiles = 200_000
	maxFile  = 4 << 30  // bytes
	maxTotal = 16 << 30 // bytes
	maxSmall = 64 << 20 // bytes of what is read whole
	maxLine  = 80 << 20 // bytes
)

// Pack is a pack that is read. Nothing of it is written anywhere.
type Pack struct {
	Manifest  Manifest
	Digest    string // of the manifest
	Signature []byte

	file  *os.File
	files map[string]*zip.File
}

// Open opens a pack. A zip that is none, that names paths outside of a folder,
// or that would unpack to more than a pack may have, is an error. That its files
// are those of the manifest is for Check to say.
func Open(path string) (*Pack, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the pack: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file", path)
	}
	var p *Pack
	if err == nil {
		p, err = read(f, info.Size())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the pack: %w", err), f.Close())
	}
	p.file = f
	return p, nil
}

// read reads the directory of a pack and its manifest.
func read(r io.ReaderAt, size int64) (*Pack, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, err
	}
	p := &Pack{files: map[string]*zip.File{}}
	if len(z.File) > maxFiles {
		return nil, fmt.Errorf("it has %d files, a pack has at most %d", len(z.File), maxFiles)
	}
	folded, total := map[string]bool{}, uint64(0)
	for _, f := range z.File {
		if err := checkPath(f.Name); err != nil {
			return nil, err
		}
		key := strings.ToLower(f.Name)
		if !f.Mode().IsRegular() || folded[key] {
			return nil, fmt.Errorf("%q is no plain file, or there twice", f.Name)
		}
		folded[key] = true
		if f.UncompressedSize64 > maxFile {
			return nil, fmt.Errorf("%q would have %d bytes, a file of a pack has at most %d", f.Name, f.UncompressedSize64, int64(maxFile))
		}
		if total += f.UncompressedSize64; total > maxTotal {
			return nil, fmt.Errorf("it would unpack to more than %d bytes", int64(maxTotal))
		}
		p.files[f.Name] = f
	}
	b, err := p.Read(ManifestFile)
	if err != nil {
		return nil, err
	}
	m, err := decodeManifest(b)
	if err != nil {
		return nil, err
	}
	p.Manifest, p.Digest = *m, digest(b)
	p.Signature, err = p.Read(SignatureFile)
	return p, err
}

// Close closes the file.
func (p *Pack) Close() error {
	if p.file == nil {
		return nil
	}
	return p.file.Close()
}

// Read reads a small file whole.
func (p *Pack) Read(path string) ([]byte, error) {
	f, err := p.open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSmall+1))
	if err == nil && len(b) > maxSmall {
		err = fmt.Errorf("it has more than %d bytes", maxSmall)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s of the pack: %w", path, err)
	}
	return b, nil
}

// open opens a file that ends where its own header says, or with an error.
func (p *Pack) open(path string) (io.ReadCloser, error) {
	f := p.files[path]
	if f == nil {
		return nil, fmt.Errorf("the pack has no file %s", path)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("reading %s of the pack: %w", path, err)
	}
	return bounded{io.LimitReader(r, int64(f.UncompressedSize64)+1), r}, nil
}

type bounded struct {
	io.Reader
	io.Closer
}

// Lines reads a file of JSON lines into values of a type.
func Lines[T any](p *Pack, path string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		f, err := p.open(path)
		if err != nil {
			yield(none, err)
			return
		}
		defer f.Close()
		s := bufio.NewScanner(f)
		s.Buffer(make([]byte, 1<<16), maxLine)
		for n := 1; s.Scan(); n++ {
			var v T
			if err := strictly(s.Bytes(), &v); err != nil {
				yield(none, fmt.Errorf("reading line %d of %s: %w", n, path, err))
				return
			}
			if !yield(v, nil) {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(none, fmt.Errorf("reading %s of the pack: %w", path, err))
		}
	}
}

func strictly(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more follows its end")
	}
	return nil
}

// Check holds every file against the manifest and lists what does not fit. It
// tells progress of the files as it goes; progress may be nil.
func (p *Pack) Check(progress func(step string, done, total int64)) []string {
	var bad []string
	listed := map[string]bool{ManifestFile: true, SignatureFile: true}
	for i, f := range p.Manifest.Files {
		listed[f.Path] = true
		if err := p.check(f); err != nil {
			bad = append(bad, err.Error())
		}
		if progress != nil {
			progress("files", int64(i+1), int64(len(p.Manifest.Files)))
		}
	}
	for path := range p.files {
		if !listed[path] {
			bad = append(bad, fmt.Sprintf("%s is not in the manifest", path))
		}
	}
	return bad
}

func (p *Pack) check(want Listed) error {
	f, err := p.open(want.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	switch {
	case err != nil:
		return fmt.Errorf("%s cannot be read: %w", want.Path, err)
	case n != want.Bytes || hex.EncodeToString(h.Sum(nil)) != want.SHA256:
		return fmt.Errorf("%s is not what the manifest says", want.Path)
	}
	return nil
}
