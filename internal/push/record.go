// Package push is the agent's protocol: the bytes of records and batches, the
// client that delivers the agent's queue, and the collector's handler that
// journals what it takes. docs/formats/push-protocol.md specifies what goes
// over the wire and what stands on the disks.
package push

import (
	"errors"
	"fmt"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Bounds of a record.
const (
	MaxRecord  = 256 << 10 // bytes
	MaxSamples = 1000      // of one slo.Readings
	MaxName    = 200       // bytes of a probe's, location's or agent's name
	MaxEpoch   = 64        // bytes
)

// wireRecord is a record's CBOR (RFC 8949): a map with one entry, whose key
// says what it is. Keys that a reader does not know are passed over.
type wireRecord struct {
	Measurement *wireMeasurement `cbor:"1,keyasint,omitempty"`
	Readings    *wireReadings    `cbor:"2,keyasint,omitempty"`
	Gap         *wireGap         `cbor:"3,keyasint,omitempty"`
}

// wireMeasurement has instants in milliseconds since the Unix epoch and
// durations in microseconds.
type wireMeasurement struct {
	Probe     string `cbor:"1,keyasint"`
	Location  string `cbor:"2,keyasint"`
	At        int64  `cbor:"3,keyasint"`
	Outcome   uint8  `cbor:"4,keyasint"`
	Reason    string `cbor:"5,keyasint,omitempty"`
	Latency   int64  `cbor:"6,keyasint,omitempty"`
	Resolve   int64  `cbor:"7,keyasint,omitempty"`
	Connect   int64  `cbor:"8,keyasint,omitempty"`
	TLS       int64  `cbor:"9,keyasint,omitempty"`
	FirstByte int64  `cbor:"10,keyasint,omitempty"`
	Transfer  int64  `cbor:"11,keyasint,omitempty"`
	Status    int    `cbor:"12,keyasint,omitempty"`
	Expiry    int64  `cbor:"13,keyasint,omitempty"`
	Evidence  string `cbor:"14,keyasint,omitempty"`
	Revision  string `cbor:"15,keyasint,omitempty"`
	Offset    int64  `cbor:"16,keyasint,omitempty"`
	Seat      string `cbor:"17,keyasint,omitempty"`
	Slot      int64  `cbor:"18,keyasint,omitempty"`

	Requests *wireRequests `cbor:"19,keyasint,omitempty"`
}

// wireRequests has counts in thousandths of a request.
type wireRequests struct {
	From  int64 `cbor:"1,keyasint"`
	To    int64 `cbor:"2,keyasint"`
	Good  int64 `cbor:"3,keyasint"`
	Total int64 `cbor:"4,keyasint"`
}

type wireReadings struct {
	Location string       `cbor:"1,keyasint"`
	At       int64        `cbor:"2,keyasint"`
	Samples  []wireSample `cbor:"3,keyasint"`
}

type wireSample struct {
	_      struct{} `cbor:",toarray"`
	Name   string
	Labels map[string]string
	Value  float64
}

type wireGap struct {
	From   uint64 `cbor:"1,keyasint"`
	To     uint64 `cbor:"2,keyasint"`
	At     int64  `cbor:"3,keyasint"`
	Reason string `cbor:"4,keyasint"`
}

// EncodeRecord returns the bytes of a record, without its identity, which is
// the queue's to give. A record that DecodeRecord would refuse is an error.
func EncodeRecord(r slo.Record) ([]byte, error) {
	var w wireRecord
	if r.Measurement != nil {
		w.Measurement = toMeasurement(r.Measurement)
	}
	if r.Readings != nil {
		w.Readings = toReadings(r.Readings)
	}
	if g := r.Gap; g != nil {
		w.Gap = &wireGap{From: g.From, To: g.To, At: int64(g.At), Reason: string(g.Reason)}
	}
	if err := w.check(); err != nil {
		return nil, fmt.Errorf("encoding a record: %w", err)
	}
	b, err := codec.Marshal(w)
	if err == nil && len(b) > MaxRecord {
		err = fmt.Errorf("%d bytes; at most %d fit", len(b), MaxRecord)
	}
	if err != nil {
		return nil, fmt.Errorf("encoding a record: %w", err)
	}
	return b, nil
}

// DecodeRecord reads what EncodeRecord wrote. The bytes are hostile: an error
// names the field that is wrong, and a record without error holds nothing that
// the domain does not allow.
func DecodeRecord(b []byte) (slo.Record, error) {
	if len(b) > MaxRecord {
		return slo.Record{}, fmt.Errorf("decoding a record: %d bytes; at most %d are taken", len(b), MaxRecord)
	}
	var w wireRecord
	err := codec.read(b, &w)
	if err == nil {
		err = w.check()
	} else {
		err = codec.within(b, err)
	}
	if err != nil {
		return slo.Record{}, fmt.Errorf("decoding a record: %w", err)
	}
	switch {
	case w.Measurement != nil:
		return slo.Record{Measurement: w.Measurement.measurement()}, nil
	case w.Readings != nil:
		return slo.Record{Readings: w.Readings.readings()}, nil
	}
	g := w.Gap
	return slo.Record{Gap: &slo.Gap{From: g.From, To: g.To, At: slo.Instant(g.At), Reason: slo.Reason(g.Reason)}}, nil
}

func (w *wireRecord) check() error {
	n := 0
	var err error
	if w.Measurement != nil {
		n, err = n+1, w.Measurement.check()
	}
	if w.Readings != nil {
		n, err = n+1, errors.Join(err, w.Readings.check())
	}
	if w.Gap != nil {
		n, err = n+1, errors.Join(err, w.Gap.check())
	}
	if n != 1 {
		return errors.New("it is not exactly one of measurement, readings and gap")
	}
	return err
}

const microsecond = int64(time.Microsecond)

func toMeasurement(m *slo.Measurement) *wireMeasurement {
	return &wireMeasurement{
		Probe: m.Probe, Location: m.Location, At: int64(m.At), Outcome: uint8(m.Outcome), Reason: string(m.Reason),
		Latency: m.Latency.Microseconds(), Resolve: m.Phases.Resolve.Microseconds(), Connect: m.Phases.Connect.Microseconds(),
		TLS: m.Phases.TLS.Microseconds(), FirstByte: m.Phases.FirstByte.Microseconds(), Transfer: m.Phases.Transfer.Microseconds(),
		Status: m.Status, Expiry: expiry(m.CertExpiry), Evidence: m.Evidence, Revision: m.Revision, Offset: m.Offset.Microseconds(),
		Seat: m.Seat, Slot: int64(m.Slot), Requests: toRequests(m.Requests),
	}
}

// expiry brings a certificate's expiry within the instants that there are: one
// without a well-defined expiry says the year 9999 (RFC 5280, section 4.1.2.5).
func expiry(at slo.Instant) int64 {
	if at == 0 {
		return 0
	}
	return int64(min(max(at, slo.MinInstant), slo.MaxInstant))
}

func (w *wireMeasurement) measurement() *slo.Measurement {
	us := func(n int64) time.Duration { return time.Duration(n * microsecond) }
	return &slo.Measurement{
		Probe: w.Probe, Location: w.Location, At: slo.Instant(w.At), Outcome: slo.State(w.Outcome), Reason: slo.Reason(w.Reason),
		Latency: us(w.Latency),
		Phases: slo.Phases{Resolve: us(w.Resolve), Connect: us(w.Connect), TLS: us(w.TLS), FirstByte: us(w.FirstByte),
			Transfer: us(w.Transfer)},
		Status: w.Status, CertExpiry: slo.Instant(w.Expiry), Evidence: w.Evidence, Revision: w.Revision, Offset: us(w.Offset),
		Seat: w.Seat, Slot: slo.Instant(w.Slot), Requests: w.Requests.requests(),
	}
}

func toRequests(r *slo.Requests) *wireRequests {
	if r == nil {
		return nil
	}
	return &wireRequests{From: int64(r.From), To: int64(r.To), Good: r.Good, Total: r.Total}
}

func (w *wireRequests) requests() *slo.Requests {
	if w == nil {
		return nil
	}
	return &slo.Requests{Interval: slo.Interval{From: slo.Instant(w.From), To: slo.Instant(w.To)}, Good: w.Good, Total: w.Total}
}

func toReadings(r *slo.Readings) *wireReadings {
	w := &wireReadings{Location: r.Location, At: int64(r.At), Samples: make([]wireSample, len(r.Samples))}
	for i, s := range r.Samples {
		w.Samples[i] = wireSample{Name: s.Name, Labels: s.Labels, Value: s.Value}
	}
	return w
}

func (w *wireReadings) readings() *slo.Readings {
	r := &slo.Readings{Location: w.Location, At: slo.Instant(w.At), Samples: make([]slo.Sample, len(w.Samples))}
	for i, s := range w.Samples {
		r.Samples[i] = slo.Sample{Name: s.Name, Labels: s.Labels, Value: s.Value}
	}
	return r
}
