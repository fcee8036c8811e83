package push

import (
	"errors"
	"fmt"
)

// Bounds of a batch.
const (
	MaxBody         = 4 << 20  // bytes of a request's body, as sent
	MaxBatch        = 16 << 20 // bytes of a batch
	MaxBatchRecords = 20_000
)

// Version is the protocol's. A reader refuses what is newer.
const Version = 1

// Batch is what one request pushes: records of one agent and epoch in the order
// of their numbers, each as the bytes that stand in the agent's queue.
type Batch struct {
	Agent   string
	Epoch   string
	Records []BatchRecord
}

// BatchRecord is one record of a batch with the number that the queue gave it.
type BatchRecord struct {
	_      struct{} `cbor:",toarray"`
	Seq    uint64
	Record []byte
}

type wireBatch struct {
	Version uint          `cbor:"1,keyasint"`
	Agent   string        `cbor:"2,keyasint"`
	Epoch   string        `cbor:"3,keyasint"`
	Records []BatchRecord `cbor:"4,keyasint"`
}

// EncodeBatch returns the bytes of a batch.
func EncodeBatch(b Batch) ([]byte, error) {
	out, err := codec.Marshal(wireBatch{Version: Version, Agent: b.Agent, Epoch: b.Epoch, Records: b.Records})
	if err != nil {
		return nil, fmt.Errorf("encoding a batch: %w", err)
	}
	return out, nil
}

// DecodeBatch reads what EncodeBatch wrote. It checks the frame; a record that
// makes no sense is the business of DecodeRecord.
func DecodeBatch(b []byte) (Batch, error) {
	if len(b) > MaxBatch {
		return Batch{}, fmt.Errorf("decoding a batch: %d bytes; at most %d are taken", len(b), MaxBatch)
	}
	var w wireBatch
	if err := codec.read(b, &w); err != nil {
		return Batch{}, fmt.Errorf("decoding a batch: %w", err)
	}
	if err := w.check(); err != nil {
		return Batch{}, fmt.Errorf("decoding a batch: %w", err)
	}
	return Batch{Agent: w.Agent, Epoch: w.Epoch, Records: w.Records}, nil
}

func (w *wireBatch) check() error {
	switch {
	case w.Version == 0:
		return errors.New("it has no version")
	case w.Version > Version:
		return fmt.Errorf("it is of version %d; this collector knows %d", w.Version, Version)
	case len(w.Records) == 0:
		return errors.New("it holds no record")
	case len(w.Records) > MaxBatchRecords:
		return fmt.Errorf("%d records; at most %d are taken", len(w.Records), MaxBatchRecords)
	}
	if err := errors.Join(checkName("agent", w.Agent), checkEpoch(w.Epoch)); err != nil {
		return err
	}
	var before uint64
	for i, r := range w.Records {
		if r.Seq <= before {
			return fmt.Errorf("record %d has number %d; it must be above %d", i+1, r.Seq, before)
		}
		if r.Seq > maxSeq {
			return fmt.Errorf("record %d has number %d; at most %d is taken", i+1, r.Seq, uint64(maxSeq))
		}
		before = r.Seq
	}
	return nil
}
