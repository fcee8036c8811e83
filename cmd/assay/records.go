package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

// recordsFlags say where a command has its measurements from.
type recordsFlags struct {
	Measurements string `help:"File of measurements, one JSON object a line; - is standard input." placeholder:"FILE" xor:"from" required:""`
	Archive      string `help:"Archive folder of a collector, running or not." placeholder:"DIR" xor:"from" required:""`
	Progress     bool   `help:"Tell of long reading on standard error, also where that is no terminal."`
}

// meter is told how far a reading is.
type meter func(step string, done, total int64)

// read calls f with the records before an instant that the archive's queries
// choose, or with all of a file.
func (s recordsFlags) read(ctx context.Context, queries []archive.Query, m meter, f func(slo.Record)) error {
	if s.Archive == "" {
		return s.readFile(m, f)
	}
	r, err := archive.OpenReader(s.Archive)
	if err != nil {
		return err
	}
	days, err := r.Days()
	if err != nil {
		return err
	}
	total, done := int64(len(days)*len(queries)), int64(0)
	for _, q := range queries {
		begin := func(archive.DayRead) error {
			done++
			m("days of measurements", done, max(done, total))
			return nil
		}
		if err := r.EachDay(ctx, q, begin, func(e slo.Entry) error {
			if !e.Quarantined() {
				f(e.Record)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func (s recordsFlags) readFile(m meter, f func(slo.Record)) error {
	in, total := os.Stdin, int64(0)
	if s.Measurements != "-" {
		file, err := os.Open(s.Measurements)
		if err != nil {
			return fmt.Errorf("reading measurements: %w", err)
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil {
			total = info.Size()
		}
		in = file
	}
	metered := &meteredReader{r: in, total: total, meter: m}
	if err := slo.ReadMeasurements(bufio.NewReaderSize(metered, 1<<20), func(rec slo.Record) error { f(rec); return nil }); err != nil {
		return fmt.Errorf("reading measurements: %s: %w", s.Measurements, err)
	}
	return nil
}

// meteredReader tells how much of a file was read; of standard input the total
// is what was read so far.
type meteredReader struct {
	r           io.Reader
	done, total int64
	meter       meter
}

func (m *meteredReader) Read(b []byte) (int, error) {
	n, err := m.r.Read(b)
	m.done += int64(n)
	m.meter("bytes of measurements", m.done, max(m.done, m.total))
	return n, err
}
