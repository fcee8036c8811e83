package catalog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// Bounds of what Load reads.
const (
	maxFile  = 4 << 20  // bytes of one file
	maxTotal = 64 << 20 // bytes of all of them
	maxFiles = 10_000
)

const tooLarge = "larger than 4 MiB"

// Load reads every .yaml and .yml file of the folder dir and of the folders
// in it as one catalogue; dir may also be a single file. Names that begin
// with a dot are left out. A symbolic link to a file inside dir is followed;
// one that leads out of it is an error, as is one to a folder. See Parse for
// the result. Problems call a file by dir joined with its path inside dir.
func Load(dir string) (*slo.Catalog, Problems) {
	c, _, problems := LoadSources(dir)
	return c, problems
}

// LoadSources is Load that also returns the texts of the files that it read.
func LoadSources(dir string) (*slo.Catalog, []Source, Problems) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, nil, Problems{fileProblem(dir, err)}
	}
	folder, only := dir, ""
	if !info.IsDir() {
		folder, only = filepath.Split(dir)
		folder = filepath.Clean(folder)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, nil, Problems{fileProblem(dir, err)}
	}
	defer func() { _ = root.Close() }() // opened for reading only
	w := folderReader{fsys: root.FS(), dir: folder}
	if only != "" {
		w.file(only)
	} else {
		w.folder()
	}
	c, problems := w.parse(dir)
	return c, w.sources, problems
}

// folderReader collects the sources of a folder, and what could not be read.
type folderReader struct {
	fsys     fs.FS
	dir      string
	sources  []Source
	total    int
	problems Problems
}

// folder reads all catalogue files, in order of their paths.
func (w *folderReader) folder() {
	err := fs.WalkDir(w.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			w.problem(name, err)
			return nil
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		case d.Type()&fs.ModeSymlink != 0 && w.isFolder(name):
			w.problem(name, errors.New("a symbolic link to a folder is not followed"))
			return nil
		case path.Ext(name) != ".yaml" && path.Ext(name) != ".yml":
			return nil
		case len(w.sources) == maxFiles:
			return fmt.Errorf("more than %d files", maxFiles)
		}
		w.file(name)
		if w.total > maxTotal {
			return fmt.Errorf("more than %d MiB in all files", maxTotal>>20)
		}
		return nil
	})
	if err != nil {
		w.problem(".", err)
	}
}

func (w *folderReader) isFolder(name string) bool {
	info, err := fs.Stat(w.fsys, name)
	return err == nil && info.IsDir()
}

// file reads one file.
func (w *folderReader) file(name string) {
	info, err := fs.Stat(w.fsys, name)
	switch {
	case err != nil:
		w.problem(name, err)
		return
	case !info.Mode().IsRegular(): // reading a pipe or a device may never end
		w.problem(name, errors.New("not a regular file"))
		return
	}
	f, err := w.fsys.Open(name)
	if err != nil {
		w.problem(name, err)
		return
	}
	defer func() { _ = f.Close() }() // opened for reading only
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		w.problem(name, err)
		return
	}
	w.total += len(data)
	w.sources = append(w.sources, Source{Name: w.name(name), Data: data})
}

func (w *folderReader) name(inside string) string {
	return filepath.Join(w.dir, filepath.FromSlash(inside))
}

func (w *folderReader) problem(name string, err error) {
	w.problems = append(w.problems, fileProblem(w.name(name), err))
}

// parse parses what was read and adds what could not be.
func (w *folderReader) parse(dir string) (*slo.Catalog, Problems) {
	if len(w.sources) == 0 && len(w.problems) == 0 {
		w.problems = append(w.problems, Problem{Severity: Warning, File: dir, Message: "no .yaml or .yml file is here"})
	}
	c, problems := Parse(w.sources)
	if n, _ := w.problems.Count(); n > 0 {
		c = nil
	}
	return c, append(w.problems, problems...)
}

// fileProblem is an error of reading name, without the name that the error
// repeats.
func fileProblem(name string, err error) Problem {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		err = fmt.Errorf("%s: %w", pe.Op, pe.Err)
	}
	return Problem{File: name, Message: "reading: " + err.Error()}
}
