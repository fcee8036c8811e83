package archive

import (
	"errors"
	"fmt"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/assay-sla/assay/slo"
)

// decoder turns rows back into entries. It keeps one copy of each short text,
// since names repeat on every row.
type decoder struct {
	texts map[string]string
}

const (
	internLength = 256 // longer texts are evidence, which hardly repeats
	internCount  = 1 << 14
)

// text copies v's bytes out of the reader's buffers.
func (d *decoder) text(v parquet.Value) string {
	if v.IsNull() {
		return ""
	}
	b := v.ByteArray()
	if len(b) == 0 {
		return ""
	}
	if s, ok := d.texts[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(s) > internLength {
		return s
	}
	if d.texts == nil || len(d.texts) >= internCount {
		d.texts = make(map[string]string)
	}
	d.texts[s] = s
	return s
}

func number(v parquet.Value) int64 {
	if v.IsNull() {
		return 0
	}
	return v.Int64()
}

func micros(v parquet.Value) time.Duration { return time.Duration(number(v)) * time.Microsecond }

// checkRow makes sure that the first flatColumns values of r are its flat
// columns, in order, so that they can be taken by index.
func checkRow(r parquet.Row) error {
	if len(r) < columns {
		return fmt.Errorf("a row has %d values, at least %d are due", len(r), columns)
	}
	for i := range flatColumns {
		if r[i].Column() != i {
			return fmt.Errorf("a row has column %d where %s is due", r[i].Column(), columnNames[i])
		}
	}
	return nil
}

// decode decodes a row that checkRow took; a panic over values of another type
// becomes an error. What it returns shares no memory with r.
func (d *decoder) decode(r parquet.Row) (e slo.Entry, err error) {
	defer recoverDecoder(&err)
	return d.entry(r)
}

func (d *decoder) entry(r parquet.Row) (slo.Entry, error) {
	e := slo.Entry{
		Pos:      uint64(number(r[colPos])),
		Received: slo.Instant(number(r[colReceived])),
		Record: slo.Record{ID: slo.ID{
			Agent: d.text(r[colAgent]),
			Epoch: d.text(r[colEpoch]),
			Seq:   uint64(number(r[colSeq])),
		}},
	}
	var err error
	switch kind := string(r[colKind].ByteArray()); kind {
	case kindMeasurement:
		e.Measurement, err = d.measurement(r)
	case kindReadings:
		e.Readings, err = d.readings(r)
	case kindGap:
		e.Gap = &slo.Gap{
			From:   uint64(number(r[colGapFrom])),
			To:     uint64(number(r[colGapTo])),
			At:     slo.Instant(number(r[colAt])),
			Reason: slo.Reason(d.text(r[colReason])),
		}
	default:
		err = fmt.Errorf("kind is %q", kind)
	}
	if err != nil {
		return slo.Entry{}, fmt.Errorf("row of position %d: %w", e.Pos, err)
	}
	return e, nil
}

func (d *decoder) measurement(r parquet.Row) (*slo.Measurement, error) {
	outcome, err := slo.ParseState(d.text(r[colOutcome]))
	if err != nil {
		return nil, fmt.Errorf("outcome: %w", err)
	}
	requests, err := requestsOf(r)
	if err != nil {
		return nil, err
	}
	return &slo.Measurement{
		Probe:    d.text(r[colProbe]),
		Location: d.text(r[colLocation]),
		At:       slo.Instant(number(r[colAt])),
		Outcome:  outcome,
		Reason:   slo.Reason(d.text(r[colReason])),
		Latency:  micros(r[colLatency]),
		Phases: slo.Phases{
			Resolve:   micros(r[colResolve]),
			Connect:   micros(r[colConnect]),
			TLS:       micros(r[colTLS]),
			FirstByte: micros(r[colFirstByte]),
			Transfer:  micros(r[colTransfer]),
		},
		Status:     int(number(r[colStatus])),
		CertExpiry: slo.Instant(number(r[colCertExpiry])),
		Evidence:   d.text(r[colEvidence]),
		Revision:   d.text(r[colRevision]),
		Offset:     micros(r[colOffset]),
		Seat:       d.text(r[colSeat]),
		Slot:       slo.Instant(number(r[colSlot])),
		Requests:   requests,
	}, nil
}

// requestsOf are a measurement's requests, nil where it has none.
func requestsOf(r parquet.Row) (*slo.Requests, error) {
	if r[colRequestsTo].IsNull() {
		return nil, nil
	}
	out := &slo.Requests{
		Interval: slo.Interval{From: slo.Instant(number(r[colRequestsFrom])), To: slo.Instant(number(r[colRequestsTo]))},
		Good:     number(r[colRequestsGood]), Total: number(r[colRequestsTotal]),
	}
	return out, out.Check()
}

var errSamples = errors.New("the columns of its samples do not fit together")

func (d *decoder) readings(r parquet.Row) (*slo.Readings, error) {
	out := &slo.Readings{Location: d.text(r[colLocation]), At: slo.Instant(number(r[colAt]))}
	names, rest := column(r[flatColumns:], colSampleName)
	keys, rest := column(rest, colLabelKey)
	labels, rest := column(rest, colLabelValue)
	values, rest := column(rest, colSampleValue)
	if len(rest) > 0 || len(names) != len(values) || len(keys) != len(labels) || len(names) == 0 {
		return nil, errSamples
	}
	if names[0].DefinitionLevel() < defSample {
		return out, nil
	}
	out.Samples = make([]slo.Sample, len(names))
	for i := range names {
		if names[i].IsNull() || values[i].IsNull() || len(keys) == 0 {
			return nil, errSamples
		}
		s := slo.Sample{Name: d.text(names[i]), Value: values[i].Double()}
		n := 1
		for n < len(keys) && keys[n].RepetitionLevel() == repLabel {
			n++
		}
		if !keys[0].IsNull() {
			s.Labels = make(map[string]string, n)
			for j := range n {
				s.Labels[d.text(keys[j])] = d.text(labels[j])
			}
		}
		keys, labels = keys[n:], labels[n:]
		out.Samples[i] = s
	}
	if len(keys) > 0 {
		return nil, errSamples
	}
	return out, nil
}

// column cuts the leading values of column c off values.
func column(values []parquet.Value, c int) (of, rest []parquet.Value) {
	n := 0
	for n < len(values) && values[n].Column() == c {
		n++
	}
	return values[:n], values[n:]
}
