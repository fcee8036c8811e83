package push

import (
	"errors"
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// wireEntry is a journal entry: an array of the record's identity, when it was
// received, and its bytes as the agent sent them.
type wireEntry struct {
	_        struct{} `cbor:",toarray"`
	Agent    string
	Epoch    string
	Seq      uint64
	Received int64
	Record   []byte
}

// EncodeEntry returns the bytes of a journal entry around a record's.
func EncodeEntry(id slo.ID, received slo.Instant, record []byte) ([]byte, error) {
	b, err := codec.Marshal(wireEntry{Agent: id.Agent, Epoch: id.Epoch, Seq: id.Seq, Received: int64(received), Record: record})
	if err != nil {
		return nil, fmt.Errorf("encoding a journal entry: %w", err)
	}
	return b, nil
}

// DecodeEntry reads what EncodeEntry wrote, all but the position.
func DecodeEntry(b []byte) (slo.Entry, error) {
	w, err := decodeEntry(b)
	if err != nil {
		return slo.Entry{}, err
	}
	e := slo.Entry{Received: slo.Instant(w.Received)}
	if e.Record, err = DecodeRecord(w.Record); err != nil {
		return slo.Entry{}, fmt.Errorf("decoding a journal entry of agent %s: %w", w.Agent, err)
	}
	e.ID = slo.ID{Agent: w.Agent, Epoch: w.Epoch, Seq: w.Seq}
	return e, nil
}

func decodeEntry(b []byte) (wireEntry, error) {
	var w wireEntry
	if err := codec.read(b, &w); err != nil {
		return w, fmt.Errorf("decoding a journal entry: %w", err)
	}
	if err := w.check(); err != nil {
		return w, fmt.Errorf("decoding a journal entry: %w", err)
	}
	return w, nil
}

func (w *wireEntry) check() error {
	if w.Seq == 0 || w.Seq > maxSeq {
		return fmt.Errorf("number %d is out of range", w.Seq)
	}
	if !plausible(w.Received) {
		return fmt.Errorf("received at %d, which is outside the years 1900 to 2200", w.Received)
	}
	return errors.Join(checkName("agent", w.Agent), checkEpoch(w.Epoch))
}
