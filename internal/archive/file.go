package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// hashIndex is the SHA-256 of the end of the Parquet file called name: its
// page index and footer, on which everything else that is read depends.
func hashIndex(name string, size int64, meta *format.FileMetaData) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return hashFrom(f, indexStart(meta, size), size)
}

// indexStart is where the page index begins, or size if there is none.
func indexStart(meta *format.FileMetaData, size int64) int64 {
	start := size
	for g := range meta.RowGroups {
		for c := range meta.RowGroups[g].Columns {
			col := &meta.RowGroups[g].Columns[c]
			for _, off := range [...]int64{col.ColumnIndexOffset, col.OffsetIndexOffset} {
				if off > 0 {
					start = min(start, off)
				}
			}
		}
	}
	return start
}

func hashFrom(r io.ReaderAt, from, size int64) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(r, from, size-from)); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d:%s", from, hex.EncodeToString(h.Sum(nil))), nil
}

// reading is one Parquet file open for reading.
type reading struct {
	name  string // for errors
	info  File   // as the manifest has it
	file  io.Closer
	pq    *parquet.File
	widen func(parquet.Row) parquet.Row // makes a row of now from one of the file
}

// openFile opens the file that info describes and holds its size, index and
// number of rows against it. The error names the file; it is fs.ErrNotExist
// where the file is not there.
func openFile(name string, info File) (*reading, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	r, err := openChecked(f, name, info)
	if err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

func openChecked(f *os.File, name string, info File) (*reading, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if st.Size() != info.Bytes {
		return nil, fmt.Errorf("%s: it has %d bytes, the manifest says %d", name, st.Size(), info.Bytes)
	}
	var from int64
	if _, err := fmt.Sscanf(info.Index, "%d:", &from); err != nil || from < 0 || from > info.Bytes {
		return nil, fmt.Errorf("%s: the manifest's index hash %q is not one", name, info.Index)
	}
	got, err := hashFrom(f, from, info.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if got != info.Index {
		return nil, fmt.Errorf("%s: damaged: its index hashes to %s, the manifest says %s", name, got, info.Index)
	}
	pq, widen, err := openParquet(f, info.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if pq.NumRows() != info.Rows {
		return nil, fmt.Errorf("%s: it has %d rows, the manifest says %d", name, pq.NumRows(), info.Rows)
	}
	return &reading{name: name, info: info, file: f, pq: pq, widen: widen}, nil
}

// openParquet opens any bytes; a panic of the decoder becomes an error.
func openParquet(r io.ReaderAt, size int64) (f *parquet.File, widen func(parquet.Row) parquet.Row, err error) {
	defer recoverDecoder(&err)
	f, err = parquet.OpenFile(r, size, parquet.SkipBloomFilters(true))
	if err == nil {
		widen, err = checkSchema(f)
	}
	return f, widen, err
}

func (r *reading) close() { r.file.Close() }

// recoverDecoder turns a panic of the Parquet decoder, which damaged bytes can
// cause, into an error.
func recoverDecoder(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("damaged: the Parquet decoder failed: %v", p)
	}
}

// span is a range of rows of a row group.
type span struct{ from, to int64 }

// cursor reads rows of a file, in order.
type cursor struct {
	file   *reading
	groups []parquet.RowGroup
	spans  func(parquet.RowGroup) ([]span, error) // which rows of a group to read

	rows    parquet.Rows
	pending []span // of the group that rows reads
	at      int64  // next row of it

	buf  []parquet.Row
	next int // in buf
}

const cursorRows = 64

// newCursor reads the rows that spans chooses in each row group; nil is all.
func newCursor(f *reading, spans func(parquet.RowGroup) ([]span, error)) *cursor {
	if spans == nil {
		spans = func(g parquet.RowGroup) ([]span, error) { return []span{{0, g.NumRows()}}, nil }
	}
	return &cursor{file: f, groups: f.pq.RowGroups(), spans: spans, buf: make([]parquet.Row, 0, cursorRows)}
}

// row is the next row, good until the call after the next cursorRows ones, or
// io.EOF. Other errors name the file.
func (c *cursor) row() (parquet.Row, error) {
	if c.next == len(c.buf) {
		err := c.fill()
		if err == io.EOF {
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.file.name, err)
		}
	}
	r := c.buf[c.next]
	c.next++
	return r, nil
}

// fill reads at least one row into buf.
func (c *cursor) fill() (err error) {
	defer recoverDecoder(&err)
	for len(c.pending) == 0 {
		if err := c.nextGroup(); err != nil {
			return err
		}
	}
	p := &c.pending[0]
	if p.from > c.at || c.at == 0 {
		if err := c.rows.SeekToRow(p.from); err != nil {
			return err
		}
		c.at = p.from
	}
	want := min(cursorRows, p.to-p.from)
	n, err := c.rows.ReadRows(c.buf[:want])
	if n == 0 {
		if err == nil || err == io.EOF {
			err = errors.New("damaged: a row group ends early")
		}
		return err
	}
	c.buf, c.next = c.buf[:n], 0
	for i, r := range c.buf {
		c.buf[i] = c.file.widen(r)
		if err := checkRow(c.buf[i]); err != nil {
			return err
		}
	}
	c.at += int64(n)
	p.from = c.at
	if p.from >= p.to {
		c.pending = c.pending[1:]
	}
	return nil
}

// nextGroup goes to the next row group, or returns io.EOF.
func (c *cursor) nextGroup() error {
	c.closeRows()
	if len(c.groups) == 0 {
		return io.EOF
	}
	g := c.groups[0]
	c.groups = c.groups[1:]
	var err error
	if c.pending, err = c.spans(g); err != nil || len(c.pending) == 0 {
		return err
	}
	c.rows, c.at = g.Rows(), 0
	return nil
}

func (c *cursor) closeRows() {
	if c.rows != nil {
		c.rows.Close()
		c.rows = nil
	}
}

// close ends the cursor; the file stays open.
func (c *cursor) close() {
	defer func() { _ = recover() }() // of the decoder, whose error has been told
	c.closeRows()
}
