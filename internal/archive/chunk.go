package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/assay-sla/assay/slo"
)

const (
	batchRows    = 256
	batchSamples = 8 << 10
)

// chunkWriter writes rows, given in order, to a new file of one day and names
// it by its content in the end.
type chunkWriter struct {
	disk disk
	dir  string // of the day
	file tempFile
	out  *countingHash
	pq   *parquet.Writer //lint:ignore SA1019 the generic writer would decode every row again

	batch      batch
	groupRows  int
	groupBytes int
	info       File
}

// countingHash hashes and counts what passes to w.
type countingHash struct {
	w    io.Writer
	hash hash.Hash
	n    int64
}

func (c *countingHash) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.hash.Write(b[:n])
	c.n += int64(n)
	return n, err
}

func newChunkWriter(d disk, dir string, codec *zstd.Codec) (*chunkWriter, error) {
	f, err := d.CreateTemp(dir)
	if err != nil {
		return nil, err
	}
	out := &countingHash{w: f, hash: sha256.New()}
	return &chunkWriter{disk: d, dir: dir, file: f, out: out, pq: newParquetWriter(out, codec)}, nil
}

func (w *chunkWriter) addEntry(e *slo.Entry) error {
	w.batch.addEntry(e)
	w.note(e.At(), e.Received, e.Pos)
	return w.flushFull()
}

// addRow takes a row of another file; r is free to be changed afterwards, the
// bytes that it points to are not until the next 256 rows are in.
func (w *chunkWriter) addRow(r parquet.Row) error {
	w.batch.addRow(r)
	w.note(slo.Instant(number(r[colAt])), slo.Instant(number(r[colReceived])), uint64(number(r[colPos])))
	return w.flushFull()
}

func (w *chunkWriter) note(at, received slo.Instant, pos uint64) {
	i := &w.info
	if i.Rows == 0 {
		i.MinAt, i.MaxAt, i.MaxReceived, i.FirstPos, i.LastPos = at, at, received, pos, pos
	}
	i.MinAt, i.MaxAt = min(i.MinAt, at), max(i.MaxAt, at)
	i.MaxReceived = max(i.MaxReceived, received)
	i.FirstPos, i.LastPos = min(i.FirstPos, pos), max(i.LastPos, pos)
	i.Rows++
}

func (w *chunkWriter) flushFull() error {
	if w.batch.rows < batchRows && len(w.batch.cols[colSampleName]) < batchSamples {
		return nil
	}
	return w.flushBatch()
}

// flushBatch hands the batch to the Parquet writer, and ends the row group
// where it has grown large.
func (w *chunkWriter) flushBatch() error {
	writers := w.pq.ColumnWriters()
	for i, values := range w.batch.cols {
		if len(values) == 0 {
			continue
		}
		if _, err := writers[i].WriteRowValues(values); err != nil {
			return fmt.Errorf("writing column %s: %w", columnNames[i], err)
		}
		w.groupBytes += 8 * len(values)
	}
	for _, v := range w.batch.cols[colEvidence] {
		w.groupBytes += len(v.ByteArray())
	}
	w.groupRows += w.batch.rows
	w.batch.reset()
	if w.groupRows < groupRows && w.groupBytes < groupBytes {
		return nil
	}
	w.groupRows, w.groupBytes = 0, 0
	return w.pq.Flush()
}

// finish ends the file, makes its bytes durable and gives it its name. The
// name is durable only after the folder is synced.
func (w *chunkWriter) finish() (File, error) {
	if err := w.flushBatch(); err != nil {
		return File{}, err
	}
	if err := w.pq.Close(); err != nil {
		return File{}, err
	}
	w.info.Bytes = w.out.n
	w.info.Hash = hex.EncodeToString(w.out.hash.Sum(nil))
	if err := w.file.Sync(); err != nil {
		return File{}, err
	}
	if err := w.file.Close(); err != nil {
		return File{}, err
	}
	var err error
	if w.info.Index, err = hashIndex(w.file.Name(), w.out.n, w.pq.File().Metadata()); err != nil {
		return File{}, err
	}
	if err := w.disk.Rename(w.file.Name(), filepath.Join(w.dir, w.info.name())); err != nil {
		return File{}, err
	}
	return w.info, nil
}

// abandon removes what was written. It is harmless after finish.
func (w *chunkWriter) abandon() {
	w.file.Close()
	if _, err := os.Stat(w.file.Name()); err == nil {
		w.disk.Remove(w.file.Name())
	}
}
