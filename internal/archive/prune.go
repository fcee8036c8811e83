package archive

import (
	"fmt"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"

	"github.com/assay-sla/assay/slo"
)

// Kinds is a set of kinds of entries.
type Kinds uint8

// The kinds.
const (
	Measurements Kinds = 1 << iota
	Readings
	Gaps

	everyKind = Measurements | Readings | Gaps
)

// Query chooses entries. The zero value of each field leaves it open.
type Query struct {
	From, To slo.Instant // of the entry's own instant, From included and To not
	Probe    string      // only its measurements
	Location string
	Agent    string
	Kinds    Kinds
	Since    uint64 // only journal positions from this one on
	Before   uint64 // only journal positions before this one
}

// holds reports whether a file can hold a position that is meant.
func (q Query) holds(f File) bool {
	return q.overlaps(f.MinAt, f.MaxAt) && f.LastPos >= q.Since && (q.Before == 0 || f.FirstPos < q.Before)
}

// position reports whether a journal position is meant.
func (q Query) position(pos uint64) bool { return pos >= q.Since && (q.Before == 0 || pos < q.Before) }

// kinds are those that the query can find.
func (q Query) kinds() Kinds {
	k := q.Kinds
	if k == 0 {
		k = everyKind
	}
	if q.Probe != "" {
		k &= Measurements
	}
	if q.Location != "" {
		k &^= Gaps
	}
	return k
}

func (q Query) from() slo.Instant {
	if q.From == 0 {
		return math.MinInt64
	}
	return q.From
}

// last is the latest instant included.
func (q Query) last() slo.Instant {
	if q.To == 0 {
		return math.MaxInt64
	}
	return q.To - 1
}

// overlaps reports whether an entry between min and max, both included, can
// be meant.
func (q Query) overlaps(min, max slo.Instant) bool { return min <= q.last() && max >= q.from() }

// matches reports whether r is meant.
func (q Query) matches(r parquet.Row) bool {
	at := slo.Instant(r[colAt].Int64())
	return at >= q.from() && at <= q.last() && q.position(r[colPos].Uint64()) &&
		q.kinds()&kindOf(r[colKind]) != 0 &&
		(q.Probe == "" || string(r[colProbe].ByteArray()) == q.Probe) &&
		(q.Location == "" || string(r[colLocation].ByteArray()) == q.Location) &&
		(q.Agent == "" || string(r[colAgent].ByteArray()) == q.Agent)
}

// kindOf is the kind that v names. What is none of them counts as every kind,
// so that the decoder meets it and says so.
func kindOf(v parquet.Value) Kinds {
	switch string(v.ByteArray()) {
	case kindMeasurement:
		return Measurements
	case kindReadings:
		return Readings
	case kindGap:
		return Gaps
	}
	return everyKind
}

// spans returns the rows of g that, going by the statistics of its pages, can
// be meant: the others are neither read nor decoded.
func (q Query) spans(g parquet.RowGroup) ([]span, error) {
	out := []span{{0, g.NumRows()}}
	for _, b := range q.bounds() {
		s, err := b.spans(g)
		if err != nil {
			return nil, err
		}
		out = intersect(out, s)
	}
	if q.Probe == "" || len(out) == 0 {
		return out, nil
	}
	return narrow(g.ColumnChunks()[colProbe], q.Probe, out)
}

// narrow returns the rows of spans whose value is text, which takes decoding
// of this one column there. Rows of a probe lie together, and many probes may
// share a page.
func narrow(chunk parquet.ColumnChunk, text string, spans []span) ([]span, error) {
	pages := chunk.Pages()
	defer pages.Close()
	var out []span
	for _, s := range spans {
		if err := pages.SeekToRow(s.from); err != nil {
			return nil, err
		}
		for at := s.from; at < s.to; {
			p, err := pages.ReadPage()
			if err != nil {
				return nil, fmt.Errorf("reading column %s: %w", columnNames[chunk.Column()], err)
			}
			out, err = equalRows(out, p, text, at, s.to)
			at += p.NumRows()
			parquet.Release(p)
			if err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// equalRows appends the rows of p, the first of which is row at of its group,
// that are text and come before row to.
func equalRows(out []span, p parquet.Page, text string, at, to int64) ([]span, error) {
	var buf [256]parquet.Value
	values := p.Values()
	for {
		n, err := values.ReadValues(buf[:])
		for _, v := range buf[:n] {
			if at < to && string(v.ByteArray()) == text {
				if k := len(out); k > 0 && out[k-1].to == at {
					out[k-1].to++
				} else {
					out = append(out, span{at, at + 1})
				}
			}
			at++
		}
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		if n == 0 {
			return out, io.ErrNoProgress
		}
	}
}

// bound is a range of values of one column, both ends included.
type bound struct {
	col      int
	min, max parquet.Value
}

func (q Query) bounds() []bound {
	var b []bound
	for _, t := range [...]struct {
		col  int
		text string
	}{{colProbe, q.Probe}, {colLocation, q.Location}, {colAgent, q.Agent}} {
		if t.text != "" {
			v := parquet.ValueOf(t.text)
			b = append(b, bound{t.col, v, v})
		}
	}
	if q.From != 0 || q.To != 0 {
		b = append(b, bound{colAt, parquet.ValueOf(int64(q.from())), parquet.ValueOf(int64(q.last()))})
	}
	names := []string{kindGap, kindMeasurement, kindReadings} // in order
	sets := []Kinds{Gaps, Measurements, Readings}
	k := q.kinds()
	for len(sets) > 0 && k&sets[0] == 0 {
		names, sets = names[1:], sets[1:]
	}
	for len(sets) > 0 && k&sets[len(sets)-1] == 0 {
		names, sets = names[:len(names)-1], sets[:len(sets)-1]
	}
	if len(names) > 0 && k != everyKind {
		b = append(b, bound{colKind, parquet.ValueOf(names[0]), parquet.ValueOf(names[len(names)-1])})
	}
	return b
}

// spans are the rows of the pages whose least and greatest value meet b.
func (b bound) spans(g parquet.RowGroup) ([]span, error) {
	chunk := g.ColumnChunks()[b.col]
	index, err := chunk.ColumnIndex()
	if err != nil {
		return nil, err
	}
	offsets, err := chunk.OffsetIndex()
	if err != nil {
		return nil, err
	}
	compare := chunk.Type().Compare
	var out []span
	for p := range index.NumPages() {
		if compare(index.MaxValue(p), b.min) < 0 || compare(index.MinValue(p), b.max) > 0 {
			continue
		}
		s := span{offsets.FirstRowIndex(p), g.NumRows()}
		if p+1 < offsets.NumPages() {
			s.to = offsets.FirstRowIndex(p + 1)
		}
		if n := len(out); n > 0 && out[n-1].to == s.from {
			out[n-1].to = s.to
			continue
		}
		out = append(out, s)
	}
	return out, nil
}

// intersect returns what is in both of two sorted lists of spans.
func intersect(a, b []span) []span {
	var out []span
	for len(a) > 0 && len(b) > 0 {
		s := span{max(a[0].from, b[0].from), min(a[0].to, b[0].to)}
		if s.from < s.to {
			out = append(out, s)
		}
		if a[0].to < b[0].to {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return out
}
