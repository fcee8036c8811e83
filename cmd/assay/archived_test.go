package main

import (
	"bytes"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

// archived FILE DIR [AGENT FROM TO AT] makes an archive of a file of
// measurements, and of a gap that an agent declares.
func archived(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 && len(args) != 6 {
		ts.Fatalf("usage: archived FILE DIR [AGENT FROM TO AT]")
	}
	var entries []slo.Entry
	add := func(r slo.Record) {
		e := slo.Entry{Pos: uint64(len(entries) + 1), Record: r}
		e.Received = e.At().Add(time.Second)
		entries = append(entries, e)
	}
	ts.Check(slo.ReadMeasurements(bytes.NewBufferString(ts.ReadFile(args[0])), func(r slo.Record) error { add(r); return nil }))
	if len(args) == 6 {
		from, err := strconv.ParseUint(args[3], 10, 64)
		ts.Check(err)
		to, err := strconv.ParseUint(args[4], 10, 64)
		ts.Check(err)
		at, err := slo.ParseInstant(args[5])
		ts.Check(err)
		add(slo.Record{ID: slo.ID{Agent: args[2], Seq: to + 1}, Gap: &slo.Gap{From: from, To: to, At: at, Reason: slo.GapDiskFull}})
	}
	a, err := archive.Open(ts.MkAbs(args[1]), archive.Options{})
	ts.Check(err)
	ts.Check(a.Append(entries))
	ts.Check(a.Close())
}
