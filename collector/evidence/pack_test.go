package evidence

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

func sign(digest string) ([]byte, error) { return []byte("signed " + digest), nil }

// packOf is a small pack.
func packOf(t testing.TB, more func(*Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, Manifest{Made: 1000, From: "2026-08", To: "2026-10", Zone: "UTC", Language: English, Product: "assay test"})
	for _, err := range []error{
		w.File(HeadFile, []byte("head")),
		w.Lines(EntriesFile, func(yield func(any, error) bool) {
			yield(Entry{Index: 3, Record: []byte(`{"a":"<b>"}`), Proof: []tlog.Hash{{1}}, Line: []Text{{Text: "x"}, {File: HeadFile}}}, nil)
		}),
		w.Site(Site{
			Findings: Judge(Period{}, 0, nil, English), Unfit: []string{"Something <b>bad</b>."},
			Records: []Records{{Set: Incidents, Columns: []string{"a", "b"}, Rows: []Row{{Cells: []string{"=1+1", "<script>"}, File: "records/incidents/i.html"}}}},
			Pages:   slices.Values([]Page{{Path: "records/incidents/i.html", Title: "I", Facts: [][2]string{{"A", "<script>"}}, Tables: []Table{{Title: "T", Columns: []string{"c"}}}, Entries: []int64{3}}}),
			Sample:  Sample{Seed: 1, Of: 1, Drawn: []Sampled{{File: "records/incidents/i.html", Points: []Point{{"<script>", false, "<script>"}}}}},
		}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if more != nil {
		more(w)
	}
	if err := w.Close(sign); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func opened(t testing.TB, b []byte) (*Pack, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pack.zip")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Open(name)
	if err == nil {
		t.Cleanup(func() { _ = p.Close() })
	}
	return p, err
}

func TestPack(t *testing.T) {
	p, err := opened(t, packOf(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if bad := p.Check(nil); bad != nil {
		t.Errorf("%q", bad)
	}
	if string(p.Signature) != "signed "+p.Digest || English.Months(p.Manifest.From, p.Manifest.To) != "2026-08 to 2026-10" {
		t.Errorf("%s, %+v", p.Signature, p.Manifest)
	}
	n := 0
	for e, err := range Lines[Entry](p, EntriesFile) {
		n++
		if err != nil || e.Index != 3 || e.Proof[0] != (tlog.Hash{1}) || e.Line[0].Text != "x" || e.Line[1].File != HeadFile {
			t.Errorf("%+v, %v", e, err)
		}
	}
	if n != 1 {
		t.Errorf("%d entries", n)
	}
}

// TestHostileRecords: what records say is text on the pages, and no formula in
// the tables.
func TestHostileRecords(t *testing.T) {
	p, err := opened(t, packOf(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"index.html", "sample.html", Incidents.Path(), "records/incidents/i.html"} {
		b, err := p.Read(name)
		if err != nil || bytes.Contains(b, []byte("<script>")) || bytes.Contains(b, []byte("<b>bad")) {
			t.Errorf("%s: %v\n%s", name, err, b)
		}
	}
	b, err := p.Read(Incidents.Table())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil || rows[1][0] != "'=1+1" || rows[1][1] != "<script>" {
		t.Errorf("%q, %v", rows, err)
	}
}

func TestWriterRefuses(t *testing.T) {
	w := NewWriter(io.Discard, Manifest{})
	if err := w.File("a", nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "A", "../b", "/b", "", ".", "b\\c", "ü", "a/../b", strings.Repeat("a", 201)} {
		if err := w.File(name, nil); err == nil {
			t.Errorf("%q was written", name)
		}
	}
	broken := errors.New("broken")
	if err := w.Lines("lines", func(yield func(any, error) bool) { yield(nil, broken) }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if err := w.Close(func(string) ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// TestWriterBounds: what a reader would refuse for its size is not written.
func TestWriterBounds(t *testing.T) {
	w := NewWriter(io.Discard, Manifest{})
	w.total = maxTotal - 2
	if err := w.File("a", []byte("ab")); err != nil {
		t.Fatal(err)
	}
	if err := w.File("b", []byte("c")); err == nil || !strings.Contains(err.Error(), "ask for a shorter period") {
		t.Error(err)
	}
	full := NewWriter(io.Discard, Manifest{})
	for n := range maxFiles {
		full.seen[fmt.Sprint(n)] = true
	}
	if err := full.File("one-more", nil); err == nil || !strings.Contains(err.Error(), "more than 200000 files") {
		t.Error(err)
	}
}

// rezip makes a zip of names and contents.
func rezip(t testing.TB, headers ...*zip.FileHeader) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, h := range headers {
		f, err := w.CreateHeader(h)
		if err == nil {
			_, err = f.Write([]byte(`{"version":1,"made":"2026-11-01T00:00:00Z","from":"","to":"","zone":"","language":"en","product":"","files":[]}`))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOpenRefuses(t *testing.T) {
	link := &zip.FileHeader{Name: "link"}
	link.SetMode(os.ModeSymlink | 0o777)
	manifest := func() []*zip.FileHeader { return []*zip.FileHeader{{Name: ManifestFile}, {Name: SignatureFile}} }
	if _, err := opened(t, rezip(t, manifest()...)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		zip  []byte
		want string
	}{
		"nothing":          {nil, "not a valid zip file"},
		"leads out":        {rezip(t, append(manifest(), &zip.FileHeader{Name: "../x"})...), "is no path inside of a pack"},
		"absolute":         {rezip(t, append(manifest(), &zip.FileHeader{Name: "/x"})...), "is no path inside of a pack"},
		"backslash":        {rezip(t, append(manifest(), &zip.FileHeader{Name: `a\x`})...), "is no path inside of a pack"},
		"drive":            {rezip(t, append(manifest(), &zip.FileHeader{Name: "C:x"})...), "is no path inside of a pack"},
		"twice":            {rezip(t, append(manifest(), &zip.FileHeader{Name: "x"}, &zip.FileHeader{Name: "X"})...), "there twice"},
		"link":             {rezip(t, append(manifest(), link)...), "no plain file"},
		"no manifest":      {rezip(t, &zip.FileHeader{Name: "x"}), "has no file manifest.json"},
		"no signature":     {rezip(t, &zip.FileHeader{Name: ManifestFile}), "has no file manifest.sig"},
		"says it is large": {lying(t, 5<<30), "a file of a pack has at most"},
	} {
		if _, err := opened(t, c.zip); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// lying is a zip whose directory says that a file unpacks to so many bytes.
func lying(t testing.TB, size uint64) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(&zip.FileHeader{Name: "large", UncompressedSize64: size, CompressedSize64: 1})
	if err == nil {
		_, err = f.Write([]byte{0})
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCheck(t *testing.T) {
	whole := packOf(t, nil)
	for name, c := range map[string]struct {
		change func(path string) (content string, keep bool)
		add    string
		want   string
	}{
		"changed": {func(p string) (string, bool) { return "other", p != HeadFile }, "", "ledger/head.txt is not what the manifest says"},
		"gone":    {func(p string) (string, bool) { return "", p != HeadFile }, "", "has no file ledger/head.txt"},
		"more":    {func(string) (string, bool) { return "", true }, "more.html", "more.html is not in the manifest"},
	} {
		z, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		put := func(path, content string) {
			f, err := w.Create(path)
			if err == nil {
				_, err = io.WriteString(f, content)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, f := range z.File {
			content, keep := c.change(f.Name)
			if keep {
				err = w.Copy(f)
			} else if content != "" {
				put(f.Name, content)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if c.add != "" {
			put(c.add, "x")
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		p, err := opened(t, b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if bad := p.Check(nil); len(bad) != 1 || !strings.Contains(bad[0], c.want) {
			t.Errorf("%s: %q, want %q", name, bad, c.want)
		}
	}
}

// FuzzRead: whatever a zip says, reading it ends, and holds on to its bounds.
func FuzzRead(f *testing.F) {
	f.Add(packOf(f, nil))
	f.Add(lying(f, 1<<62))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		p.Check(func(string, int64, int64) {})
		for _, err := range Lines[Entry](p, EntriesFile) {
			if err != nil {
				return
			}
		}
	})
}

// FuzzManifest: a manifest that is read is one that is written.
func FuzzManifest(f *testing.F) {
	m := Manifest{Version: manifestVersion, Made: 1000, From: "2026-08", To: "2026-10", Zone: "UTC", Product: "assay", Files: []Listed{{"a/b.html", 3, "00"}}}
	b, err := m.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decodeManifest(b)
		if err != nil {
			return
		}
		again, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := decodeManifest(again)
		if err != nil || fmt.Sprint(back) != fmt.Sprint(m) {
			t.Fatalf("%+v, %v", back, err)
		}
	})
}
