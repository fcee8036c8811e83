package wal

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// example is the segment that docs/formats/segment-log.md shows.
func example(t *testing.T) []byte {
	t.Helper()
	doc, err := os.ReadFile("../../docs/formats/segment-log.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```hex\n(.*?)```").FindSubmatch(doc)
	if block == nil {
		t.Fatal("the document has no example")
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(string(block[1])), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestExampleOfTheDocument(t *testing.T) {
	dir := t.TempDir()
	b := example(t)
	if err := os.WriteFile(filepath.Join(dir, segmentName(7)), b, 0o600); err != nil {
		t.Fatal(err)
	}
	log, report := open(t, dir, Options{})
	if !reflect.DeepEqual(report, Report{}) || log.First() != 7 || log.Next() != 9 {
		t.Fatalf("first %d, next %d, report %+v", log.First(), log.Next(), report)
	}
	if got, want := contents(t, log), []string{"first", "second"}; !reflect.DeepEqual(got, want) {
		t.Errorf("contents %q, want %q", got, want)
	}
	if want := "000102030405060708090a0b0c0d0e0f"; log.ID() != want {
		t.Errorf("id %s, want %s", log.ID(), want)
	}
	made := appendHeader(nil, log.id, 7)
	for i, p := range []string{"first", "second"} {
		made = appendFrame(made, log.seed, uint32(i), []byte(p))
	}
	if string(made) != string(b) {
		t.Errorf("written now: %x\nin the document: %x", made, b)
	}
}
