package slo

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// MaxLine bounds one line of a measurements file, in bytes.
const MaxLine = 64 << 10

// maxLatencyMS bounds what is read of a latency: a day.
const maxLatencyMS = 86_400_000

// line is a measurement as a file's line has it; docs/formats/availability.md
// is its specification. Other keys are ignored.
type line struct {
	Probe     string  `json:"probe"`
	Location  string  `json:"location"`
	Agent     string  `json:"agent"`
	Epoch     string  `json:"epoch"`
	Seq       *uint64 `json:"seq"`
	At        string  `json:"at"`
	Outcome   string  `json:"outcome"`
	LatencyMS float64 `json:"latency_ms"`
	Reason    Reason  `json:"reason"`
	Evidence  string  `json:"evidence"`
	Seat      string  `json:"seat"`
	Slot      string  `json:"slot"`

	RequestsFrom  string  `json:"requests_from"`
	RequestsTo    string  `json:"requests_to"`
	RequestsGood  float64 `json:"requests_good"`
	RequestsTotal float64 `json:"requests_total"`
}

// ReadMeasurements calls f for each line of r, a file of one JSON object a
// line. An error names the line that it is about and ends the reading.
func ReadMeasurements(r io.Reader, f func(Record) error) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, MaxLine), MaxLine)
	lines := lineReader{names: map[string]string{}}
	n := 0
	for in.Scan() {
		n++
		b := bytes.TrimSpace(in.Bytes())
		if len(b) == 0 {
			continue
		}
		rec, err := lines.parse(b)
		if err == nil {
			err = f(rec)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := in.Err(); errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("line %d: longer than %d bytes", n+1, MaxLine)
	} else if err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	return nil
}

func (r *lineReader) parse(b []byte) (Record, error) {
	var l line
	if !r.flat(b, &l) {
		l = line{}
		if err := json.Unmarshal(b, &l); err != nil {
			return Record{}, fmt.Errorf("not a measurement in JSON: %w", err)
		}
	}
	return l.record()
}

// record is the measurement that a line tells of.
func (l *line) record() (Record, error) {
	switch {
	case l.Probe == "":
		return Record{}, errors.New(`"probe" is missing`)
	case l.Location == "":
		return Record{}, errors.New(`"location" is missing`)
	case l.Agent == "":
		return Record{}, errors.New(`"agent" is missing`)
	case l.Seq == nil:
		return Record{}, errors.New(`"seq" is missing`)
	}
	at, err := ParseInstant(l.At)
	if err != nil {
		return Record{}, fmt.Errorf(`"at": %w`, err)
	}
	outcome, err := ParseState(l.Outcome)
	if err != nil {
		return Record{}, fmt.Errorf(`"outcome": %w`, err)
	}
	var slot Instant
	if l.Seat != "" {
		if slot, err = ParseInstant(l.Slot); err != nil {
			return Record{}, fmt.Errorf(`"slot", which goes with "seat": %w`, err)
		}
	}
	requests, err := l.requests()
	if err != nil {
		return Record{}, err
	}
	if requests != nil && outcome != Up {
		return Record{}, fmt.Errorf("requests were counted, but the outcome is %s", outcome)
	}
	return Record{
		ID: ID{Agent: l.Agent, Epoch: l.Epoch, Seq: *l.Seq},
		Measurement: &Measurement{
			Probe: l.Probe, Location: l.Location, At: at, Outcome: outcome,
			Latency: time.Duration(min(max(0, l.LatencyMS), maxLatencyMS) * float64(time.Millisecond)),
			Reason:  l.Reason, Evidence: l.Evidence, Seat: l.Seat, Slot: slot, Requests: requests,
		},
	}, nil
}

// requests are those that a line tells of, nil where it tells of none.
func (l *line) requests() (*Requests, error) {
	if l.RequestsFrom == "" && l.RequestsTo == "" {
		return nil, nil
	}
	from, err := ParseInstant(l.RequestsFrom)
	if err != nil {
		return nil, fmt.Errorf(`"requests_from": %w`, err)
	}
	to, err := ParseInstant(l.RequestsTo)
	if err != nil {
		return nil, fmt.Errorf(`"requests_to": %w`, err)
	}
	thousandths := func(n float64) int64 { return int64(math.Round(min(max(-1, n), MaxRequests) * PerRequest)) }
	r := &Requests{Interval{from, to}, thousandths(l.RequestsGood), thousandths(l.RequestsTotal)}
	return r, r.Check()
}
