// Package ledger is the collector's memory of what it has said: an append-only
// Merkle log of sealed figures, their restatements, and of what people and
// catalogues changed, under checkpoints that the collector signs.
// docs/formats/ledger.md specifies it.
//
// What is in the log can be shown to be in it, and that nothing of it was
// changed since, to whoever has a checkpoint or the key from elsewhere: Verify
// does so, and computes each sealed figure again.
package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/assay-sla/assay/slo"
)

// Cell is the only one there is: the log is keyed by it so that there can be
// more.
const Cell = "main"

const (
	recordVersion = 1
	// MaxRecord bounds a record, in bytes: a year of a service that flaps.
	MaxRecord = 64 << 20
)

// Self is the actor of what happens by itself.
const Self = "assay"

// Entry is one record of the log.
type Entry struct {
	Index int64 // from 0, without holes
	Batch int64 // size of the log with all that was appended together with it: there is a checkpoint of it
	At    slo.Instant
	Actor string
	Body  Body
}

// record is an entry as it is written.
type record struct {
	Version int             `json:"version"`
	Cell    string          `json:"cell"`
	Index   int64           `json:"index"`
	Batch   int64           `json:"checkpoint"`
	At      slo.Instant     `json:"at"`
	Kind    Kind            `json:"kind"`
	Subject string          `json:"subject"`
	Actor   string          `json:"actor"`
	Body    json.RawMessage `json:"body"`
}

// Encode is the canonical JSON of the entry: the fields in the order of the
// documentation, without white space. It is what the log hashes.
func (e Entry) Encode() ([]byte, error) {
	if e.Body == nil {
		return nil, errors.New("encoding an entry: it has no body")
	}
	if err := e.Body.check(); err != nil {
		return nil, fmt.Errorf("encoding an entry of kind %s: %w", e.Body.Kind(), err)
	}
	body, err := json.Marshal(e.Body)
	if err != nil {
		return nil, fmt.Errorf("encoding an entry: %w", err)
	}
	b, err := json.Marshal(record{recordVersion, Cell, e.Index, e.Batch, e.At, e.Body.Kind(), e.Body.Subject(), e.Actor, body})
	if err != nil {
		return nil, fmt.Errorf("encoding an entry: %w", err)
	}
	if len(b) > MaxRecord {
		return nil, fmt.Errorf("encoding an entry of kind %s: %d bytes; at most %d are kept", e.Body.Kind(), len(b), MaxRecord)
	}
	return b, nil
}

// Decode reads a record. One that is not exactly what Encode writes is an
// error.
func Decode(b []byte) (Entry, error) {
	if len(b) > MaxRecord {
		return Entry{}, fmt.Errorf("decoding an entry: it has %d bytes, at most %d are read", len(b), MaxRecord)
	}
	var r record
	if err := strictly(b, &r); err != nil {
		return Entry{}, fmt.Errorf("decoding an entry: %w", err)
	}
	if r.Version != recordVersion || r.Cell != Cell || r.Index < 0 || r.Batch <= r.Index {
		return Entry{}, fmt.Errorf("decoding an entry: version %d, cell %q, index %d", r.Version, r.Cell, r.Index)
	}
	body := newBody(r.Kind)
	if body == nil {
		return Entry{}, fmt.Errorf("decoding an entry: there is no kind %q", r.Kind)
	}
	if err := strictly(r.Body, body); err != nil {
		return Entry{}, fmt.Errorf("decoding an entry of kind %s: %w", r.Kind, err)
	}
	e := Entry{r.Index, r.Batch, r.At, r.Actor, body}
	again, err := e.Encode()
	if err != nil {
		return Entry{}, fmt.Errorf("decoding: %w", err)
	}
	if !bytes.Equal(again, b) {
		return Entry{}, errors.New("decoding an entry: it is not in its canonical form")
	}
	return e, nil
}

func strictly(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more follows its end")
	}
	return nil
}
