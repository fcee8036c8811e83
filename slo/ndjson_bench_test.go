package slo

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// monthLines is a month of one probe from three locations every 30 seconds:
// 259,200 measurements.
func monthLines() []byte {
	var b bytes.Buffer
	from := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	for n := range 86400 {
		at := from.Add(time.Duration(n) * 30 * time.Second)
		for _, location := range []string{"eu", "us", "asia"} {
			fmt.Fprintf(&b, `{"probe":"web","location":%q,"agent":%q,"seq":%d,"at":%q,"outcome":"up","latency_ms":%d.3}`+"\n",
				location, location+"-1", n+1, at.Format(time.RFC3339), 10+n%7)
		}
	}
	return b.Bytes()
}

// BenchmarkReadMeasurements reads a month of three locations at 30 s.
func BenchmarkReadMeasurements(b *testing.B) {
	lines := monthLines()
	b.SetBytes(int64(len(lines)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		if err := ReadMeasurements(bytes.NewReader(lines), func(Record) error { n++; return nil }); err != nil || n != 259_200 {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkReplay computes the figures of that month, from lines in three
// orders: of time, its reverse as an agent's backfill may have it, and none.
func BenchmarkReplay(b *testing.B) {
	inOrder := bytes.SplitAfter(monthLines(), []byte("\n"))
	reversed := slices.Clone(inOrder)
	slices.Reverse(reversed)
	shuffled := slices.Clone(inOrder)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(shuffled), func(i, k int) { shuffled[i], shuffled[k] = shuffled[k], shuffled[i] })
	for name, lines := range map[string][][]byte{"in-order": inOrder, "reversed": reversed, "shuffled": shuffled} {
		for _, m := range []Method{ByTime, ByOccurrences} {
			b.Run(fmt.Sprintf("%s/%v", name, m), func(b *testing.B) { replayLines(b, bytes.Join(lines, nil), m) })
		}
	}
}

func replayLines(b *testing.B, lines []byte, method Method) {
	at := At(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	c := &Catalog{
		Probes:     []*Probe{{Name: "web", Hold: 70 * time.Second, Confirm: 1, Locations: Locations{Min: 1}}},
		Services:   []*Service{{Name: "shop", Up: Expr{Probe: "web"}}},
		Agreements: []*Agreement{{Name: "gold", Service: "shop", Zone: time.UTC, Objectives: []Objective{{Name: "o", Target: One, Window: Window{Period: Month}, Method: method}}}},
	}
	for b.Loop() {
		r := NewReplay(c, at)
		if err := ReadMeasurements(bytes.NewReader(lines), func(rec Record) error { r.Add(rec); return nil }); err != nil {
			b.Fatal(err)
		}
		if st := r.Status(at); st[0].Verdict != Met {
			b.Fatal(st[0])
		}
	}
}
