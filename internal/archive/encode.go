package archive

import (
	"fmt"
	"slices"
	"time"
	"unsafe"

	"github.com/parquet-go/parquet-go"

	"github.com/assay-sla/assay/slo"
)

// batch gathers the values of some rows column by column.
type batch struct {
	rows int
	cols [columns][]parquet.Value
}

func (b *batch) reset() {
	for i := range b.cols {
		clear(b.cols[i])
		b.cols[i] = b.cols[i][:0]
	}
	b.rows = 0
}

// Definition and repetition levels of the samples columns.
const (
	defNoSamples = 0 // the entry has no readings
	defEmpty     = 1 // readings without samples
	defSample    = 2
	defLabel     = 3

	repRow    = 0
	repSample = 1
	repLabel  = 2
)

// addRow appends a row as it was read from another file.
func (b *batch) addRow(r parquet.Row) {
	for _, v := range r {
		b.cols[v.Column()] = append(b.cols[v.Column()], v)
	}
	b.rows++
}

// addEntry appends e. The batch borrows the strings of e until reset.
func (b *batch) addEntry(e *slo.Entry) {
	b.text(colAgent, e.Agent)
	b.text(colEpoch, e.Epoch)
	b.number(colAt, int64(e.At()))
	b.number(colSeq, int64(e.Seq))
	b.number(colPos, int64(e.Pos))
	b.number(colReceived, int64(e.Received))
	b.put(colQuarantined, parquet.BooleanValue(e.Quarantined()))
	switch {
	case e.Measurement != nil:
		b.measurement(e.Measurement)
	case e.Readings != nil:
		b.readings(e.Readings)
	default:
		b.gap(e.Gap)
	}
	b.rows++
}

func (b *batch) measurement(m *slo.Measurement) {
	b.text(colKind, kindMeasurement)
	b.text(colProbe, m.Probe)
	b.text(colLocation, m.Location)
	b.optionalText(colOutcome, m.Outcome.String())
	b.optionalText(colReason, string(m.Reason))
	b.duration(colLatency, m.Latency)
	b.duration(colResolve, m.Phases.Resolve)
	b.duration(colConnect, m.Phases.Connect)
	b.duration(colTLS, m.Phases.TLS)
	b.duration(colFirstByte, m.Phases.FirstByte)
	b.duration(colTransfer, m.Phases.Transfer)
	b.optional(colStatus, int64(m.Status), true)
	b.optional(colCertExpiry, int64(m.CertExpiry), m.CertExpiry != 0)
	b.optionalText(colEvidence, m.Evidence)
	b.optionalText(colRevision, m.Revision)
	b.optional(colOffset, m.Offset.Microseconds(), true)
	b.optionalText(colSeat, m.Seat)
	b.optional(colSlot, int64(m.Slot), m.Seat != "")
	b.requests(m.Requests)
	b.nulls(colGapFrom, colGapTo)
	b.nulls(colSampleName, colSampleValue)
}

func (b *batch) requests(r *slo.Requests) {
	if r == nil {
		b.nulls(colRequestsFrom, colRequestsTotal)
		return
	}
	b.optional(colRequestsFrom, int64(r.From), true)
	b.optional(colRequestsTo, int64(r.To), true)
	b.optional(colRequestsGood, r.Good, true)
	b.optional(colRequestsTotal, r.Total, true)
}

func (b *batch) gap(g *slo.Gap) {
	b.text(colKind, kindGap)
	b.text(colProbe, "")
	b.text(colLocation, "")
	b.nulls(colOutcome, colOutcome)
	b.optionalText(colReason, string(g.Reason))
	b.nulls(colLatency, colRequestsTotal)
	b.optional(colGapFrom, int64(g.From), true)
	b.optional(colGapTo, int64(g.To), true)
	b.nulls(colSampleName, colSampleValue)
}

func (b *batch) readings(r *slo.Readings) {
	b.text(colKind, kindReadings)
	b.text(colProbe, "")
	b.text(colLocation, r.Location)
	b.nulls(colOutcome, colGapTo)
	if len(r.Samples) == 0 {
		for c := colSampleName; c <= colSampleValue; c++ {
			b.put(c, parquet.NullValue().Level(repRow, defEmpty, c))
		}
		return
	}
	rep := repRow
	for i := range r.Samples {
		s := &r.Samples[i]
		b.put(colSampleName, bytesOf(s.Name).Level(rep, defSample, colSampleName))
		b.labels(s.Labels, rep)
		b.put(colSampleValue, parquet.DoubleValue(s.Value).Level(rep, defSample, colSampleValue))
		rep = repSample
	}
}

// labels writes in order of the keys: equal rows make equal files.
func (b *batch) labels(labels map[string]string, rep int) {
	if len(labels) == 0 {
		b.put(colLabelKey, parquet.NullValue().Level(rep, defSample, colLabelKey))
		b.put(colLabelValue, parquet.NullValue().Level(rep, defSample, colLabelValue))
		return
	}
	keys := make([]string, 0, len(labels))
	for k := range labels {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		b.put(colLabelKey, bytesOf(k).Level(rep, defLabel, colLabelKey))
		b.put(colLabelValue, bytesOf(labels[k]).Level(rep, defLabel, colLabelValue))
		rep = repLabel
	}
}

func (b *batch) put(col int, v parquet.Value) { b.cols[col] = append(b.cols[col], v) }

func (b *batch) text(col int, s string)  { b.put(col, bytesOf(s).Level(0, 0, col)) }
func (b *batch) number(col int, n int64) { b.put(col, parquet.Int64Value(n).Level(0, 0, col)) }
func (b *batch) nulls(from, through int) {
	for c := from; c <= through; c++ {
		b.put(c, parquet.NullValue().Level(0, 0, c))
	}
}

func (b *batch) optional(col int, n int64, set bool) {
	if !set {
		b.nulls(col, col)
		return
	}
	b.put(col, parquet.Int64Value(n).Level(0, 1, col))
}

func (b *batch) optionalText(col int, s string) {
	if s == "" {
		b.nulls(col, col)
		return
	}
	b.put(col, bytesOf(s).Level(0, 1, col))
}

func (b *batch) duration(col int, d time.Duration) {
	b.optional(col, d.Microseconds(), d.Microseconds() != 0)
}

// bytesOf is s as a value, without a copy: writers only read it.
func bytesOf(s string) parquet.Value {
	return parquet.ByteArrayValue(unsafe.Slice(unsafe.StringData(s), len(s)))
}

// checkEntry refuses what has no row.
func checkEntry(e *slo.Entry) error {
	set := 0
	for _, is := range [...]bool{e.Measurement != nil, e.Readings != nil, e.Gap != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		return fmt.Errorf("it holds %d records, not one", set)
	}
	if m := e.Measurement; m != nil && m.Outcome > slo.Down {
		return fmt.Errorf("its outcome is %s", m.Outcome)
	}
	if e.Received < slo.MinInstant || e.Received > slo.MaxInstant {
		return fmt.Errorf("it was received at %d ms, outside the years 1900 to 2200", int64(e.Received))
	}
	return nil
}

// weigh estimates the memory that e takes, in bytes.
func weigh(e *slo.Entry) int {
	n := 512
	if m := e.Measurement; m != nil {
		n += len(m.Evidence)
	}
	if r := e.Readings; r != nil {
		for i := range r.Samples {
			n += 128 + 64*len(r.Samples[i].Labels)
		}
	}
	return n
}
