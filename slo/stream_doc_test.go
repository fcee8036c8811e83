package slo

import (
	"bytes"
	"encoding/hex"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var hexBlock = regexp.MustCompile("(?ms)^```hex\n(.*?)^```$")

// TestDocumentedStream decodes the example of docs/formats/records.md and
// makes it anew.
func TestDocumentedStream(t *testing.T) {
	doc, err := os.ReadFile("../docs/formats/records.md")
	if err != nil {
		t.Fatal(err)
	}
	block := hexBlock.FindSubmatch(doc)
	if block == nil {
		t.Fatal("there is no example")
	}
	var stored []byte
	for line := range strings.Lines(string(block[1])) {
		code, _, _ := strings.Cut(line, "   ")
		b, err := hex.DecodeString(strings.ReplaceAll(code, " ", ""))
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		stored = append(stored, b...)
	}
	s, err := DecodeStream(stored, 70*time.Second, 2)
	if err != nil {
		t.Fatal(err)
	}
	at := func(clock string) Instant { return instant(t, "2026-10-01T"+clock+"Z") }
	if s.Floor() != at("00:01:00") || len(s.points) != 3 {
		t.Errorf("floor %v, %d measurements", s.Floor(), len(s.points))
	}
	want := []Change{changeTo(at("00:00:00"), Up), changeTo(at("00:00:30"), Down), changeTo(at("00:01:30"), Up), changeTo(at("00:02:40"), Unknown)}
	if diff := cmp.Diff(want, s.Timeline().Changes()); diff != "" {
		t.Error(diff)
	}
	made := NewStream(70*time.Second, 2)
	for clock, state := range map[string]State{"00:00:00": Up, "00:00:30": Down, "00:01:00": Down, "00:01:30": Up} {
		made.Add(at(clock), state)
	}
	if got := made.AppendBinary(nil, 2); !bytes.Equal(got, stored) {
		t.Errorf("it is written % x", got)
	}
}
