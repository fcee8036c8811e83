package main

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// unpacked PACK DIR writes the files of a pack into a new folder.
func unpacked(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: unpacked PACK DIR")
	}
	z, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer z.Close()
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), z))
}

// repacked PACK NEW NAME CONTENT copies a pack with a file in the place of the
// one of that name, or beside the others.
func repacked(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: repacked PACK NEW NAME CONTENT")
	}
	z, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer z.Close()
	f, err := os.Create(filepath.Clean(ts.MkAbs(args[1])))
	ts.Check(err)
	defer f.Close()
	out := zip.NewWriter(f)
	for _, old := range z.File {
		if old.Name != args[2] {
			ts.Check(out.Copy(old))
		}
	}
	to, err := out.Create(args[2])
	ts.Check(err)
	_, err = io.WriteString(to, args[3])
	ts.Check(err)
	ts.Check(out.Close())
}
