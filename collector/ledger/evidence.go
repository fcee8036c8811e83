package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

// Archive gives back the measurements that figures rest on; archive.Reader is
// one.
type Archive interface {
	EachDay(ctx context.Context, q archive.Query, begin func(archive.DayRead) error, each func(slo.Entry) error) error
}

// gather reads the measurements of an evidence's probes into r, and returns
// the evidence with its days.
func gather(ctx context.Context, a Archive, e Evidence, r *slo.Replay) (Evidence, error) {
	days := map[archive.Day]*gathered{}
	for _, probe := range e.Probes {
		if err := gatherProbe(ctx, a, e, probe, r, days); err != nil {
			return e, fmt.Errorf("reading the measurements of probe %s: %w", probe, err)
		}
	}
	e.Days = []EvidenceDay{}
	for _, d := range slices.Sorted(maps.Keys(days)) {
		if g := days[d]; g.rows > 0 {
			files := slices.Sorted(maps.Keys(g.files))
			e.Days = append(e.Days, EvidenceDay{d, g.rows, hex.EncodeToString(g.hash.Sum(nil)), files})
		}
	}
	return e, nil
}

// GoneBefore reports whether an archive whose first measurement is of an instant
// lacks days of the evidence, because retention removed them.
func (e Evidence) GoneBefore(begins slo.Instant) bool {
	return len(e.Days) > 0 && e.Days[0].Day < archive.DayOf(begins)
}

// gathered is what was read of one day so far.
type gathered struct {
	rows  int64
	files map[string]bool
	hash  interface { // over the probes, in order
		Write([]byte) (int, error)
		Sum([]byte) []byte
	}
}

// gatherProbe reads one probe day by day. The rows of a day are hashed in the
// order of their hashes: how the archive orders them does not matter.
func gatherProbe(ctx context.Context, a Archive, e Evidence, probe string, r *slo.Replay, days map[archive.Day]*gathered) error {
	q := archive.Query{From: e.From, To: e.To, Probe: probe, Kinds: archive.Measurements, Before: e.Next}
	var day archive.DayRead
	var rows [][sha256.Size]byte
	var buf []byte
	end := func() {
		if len(rows) == 0 {
			return
		}
		g := days[day.Day]
		if g == nil {
			g = &gathered{files: map[string]bool{}, hash: sha256.New()}
			days[day.Day] = g
		}
		g.rows += int64(len(rows))
		for _, f := range day.Files {
			g.files[f] = true
		}
		slices.SortFunc(rows, func(a, b [sha256.Size]byte) int { return bytes.Compare(a[:], b[:]) })
		g.hash.Write(appendText(nil, probe))
		g.hash.Write(binary.AppendUvarint(nil, uint64(len(rows))))
		for i := range rows {
			g.hash.Write(rows[i][:])
		}
		rows = rows[:0]
	}
	err := a.EachDay(ctx, q, func(d archive.DayRead) error {
		end()
		day = d
		return nil
	}, func(en slo.Entry) error {
		if en.Measurement == nil || en.Quarantined() {
			return nil
		}
		buf = appendRow(buf[:0], &en)
		rows = append(rows, sha256.Sum256(buf))
		r.AddOnce(en.Agent, en.Measurement)
		return nil
	})
	end()
	return err
}

// appendRow appends what is hashed of a row: all that the archive keeps of a
// measurement, in the order of docs/formats/ledger.md.
func appendRow(b []byte, e *slo.Entry) []byte {
	m := e.Measurement
	for _, s := range [...]string{e.Agent, e.Epoch, m.Probe, m.Location, m.Outcome.String(), string(m.Reason), m.Evidence, m.Revision} {
		b = appendText(b, s)
	}
	for _, n := range [...]int64{
		int64(e.Seq), int64(e.Pos), int64(e.Received), int64(m.At), int64(m.CertExpiry), int64(m.Status),
		m.Latency.Microseconds(), m.Phases.Resolve.Microseconds(), m.Phases.Connect.Microseconds(), m.Phases.TLS.Microseconds(),
		m.Phases.FirstByte.Microseconds(), m.Phases.Transfer.Microseconds(), m.Offset.Microseconds(),
	} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	if r := m.Requests; r != nil {
		for _, n := range [...]int64{int64(r.From), int64(r.To), r.Good, r.Total} {
			b = binary.BigEndian.AppendUint64(b, uint64(n))
		}
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// lead is how far before its window evidence begins, doubled n times: long
// enough for whatever still spoke at the window's beginning to be in it. A
// service that was never up in all that time, once what spoke before has had
// its say, takes more: a stretch that reaches into the window may have begun
// before.
func lead(settling time.Duration, n int) time.Duration {
	return max(24*time.Hour, 4*settling) << n
}
