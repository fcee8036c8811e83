package archive

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/assay-sla/assay/slo"
)

// mergeFan bounds how many files one pass merges, and with it the memory: each
// holds a page of every column, some 2 MB at most.
const mergeFan = 32

// merge writes the rows of sorted files to w, in order.
func merge(ctx context.Context, files []*reading, w *chunkWriter) error {
	h, err := newMergeHeap(files)
	if err != nil {
		return err
	}
	defer h.close()
	for n := 0; len(h.heads) > 0; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := w.addRow(h.heads[0].row); err != nil {
			return err
		}
		if err := h.advance(); err != nil {
			return err
		}
	}
	return nil
}

// mergeHeap is a binary heap of cursors by their next row, the least first.
type mergeHeap struct {
	heads   []mergeHead
	cursors []*cursor
}

type mergeHead struct {
	row  parquet.Row
	from *cursor
}

func newMergeHeap(files []*reading) (*mergeHeap, error) {
	h := &mergeHeap{}
	for _, f := range files {
		c := newCursor(f, nil)
		h.cursors = append(h.cursors, c)
		r, err := c.row()
		if err == io.EOF {
			continue
		}
		if err != nil {
			h.close()
			return nil, err
		}
		h.heads = append(h.heads, mergeHead{r, c})
	}
	for i := len(h.heads)/2 - 1; i >= 0; i-- {
		h.down(i)
	}
	return h, nil
}

// advance replaces the least row by the next of its file.
func (h *mergeHeap) advance() error {
	top := &h.heads[0]
	r, err := top.from.row()
	switch {
	case err == io.EOF:
		last := len(h.heads) - 1
		h.heads[0] = h.heads[last]
		h.heads = h.heads[:last]
	case err != nil:
		return err
	default:
		top.row = r
	}
	h.down(0)
	return nil
}

func (h *mergeHeap) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.heads); child++ {
			if compareRows(h.heads[child].row, h.heads[least].row) < 0 {
				least = child
			}
		}
		if least == i {
			return
		}
		h.heads[i], h.heads[least] = h.heads[least], h.heads[i]
		i = least
	}
}

func (h *mergeHeap) close() {
	for _, c := range h.cursors {
		c.close()
	}
}

// compareRows is the order of rows in a file.
func compareRows(a, b parquet.Row) int {
	for _, c := range order {
		var d int
		switch c {
		case colAt:
			d = cmp.Compare(a[c].Int64(), b[c].Int64())
		case colSeq, colPos:
			d = cmp.Compare(a[c].Uint64(), b[c].Uint64())
		default:
			d = bytes.Compare(a[c].ByteArray(), b[c].ByteArray())
		}
		if d != 0 {
			return d
		}
	}
	return 0
}

// sortKey is what entries are ordered by: by day, then as rows are.
type sortKey struct {
	day                   int64
	kind, probe, location string
	at                    slo.Instant
	entry                 *slo.Entry
}

func keyOf(e *slo.Entry) sortKey {
	k := sortKey{day: dayNumber(e), at: e.At(), entry: e}
	switch {
	case e.Measurement != nil:
		k.kind, k.probe, k.location = kindMeasurement, e.Measurement.Probe, e.Measurement.Location
	case e.Readings != nil:
		k.kind, k.location = kindReadings, e.Readings.Location
	default:
		k.kind = kindGap
	}
	return k
}

func compareKeys(a, b sortKey) int {
	if d := cmp.Compare(a.day, b.day); d != 0 {
		return d
	}
	if d := strings.Compare(a.kind, b.kind); d != 0 {
		return d
	}
	if d := strings.Compare(a.probe, b.probe); d != 0 {
		return d
	}
	if d := strings.Compare(a.location, b.location); d != 0 {
		return d
	}
	if d := strings.Compare(a.entry.Agent, b.entry.Agent); d != 0 {
		return d
	}
	if d := cmp.Compare(a.at, b.at); d != 0 {
		return d
	}
	if d := strings.Compare(a.entry.Epoch, b.entry.Epoch); d != 0 {
		return d
	}
	if d := cmp.Compare(a.entry.Seq, b.entry.Seq); d != 0 {
		return d
	}
	return cmp.Compare(a.entry.Pos, b.entry.Pos)
}
