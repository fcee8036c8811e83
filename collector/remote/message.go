package remote

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// errMessage is of bytes that are no protobuf message.
var errMessage = errors.New("the body is not a protobuf message")

// Fields of prometheus.WriteRequest and of io.prometheus.write.v2.Request;
// neither has the other's.
const (
	seriesV1  = 1
	symbolsV2 = 4
	seriesV2  = 5

	refsV2      = 1 // in a series and in an exemplar: numbers of symbols
	exemplarsV2 = 4 // in a series
)

// scale adds up what a remote write unfolds to.
type scale struct {
	items   int
	symbols []int // lengths of the symbols of version 2
	labels  int   // bytes that references to symbols spell
}

// weighMessage refuses a remote write of either version that holds too many
// parts, or whose references repeat its symbols too often.
func weighMessage(b []byte) error {
	var s scale
	if err := s.count(b); err != nil {
		return err
	}
	return s.spell(b)
}

// count counts parts of the request and of its series, and notes the symbols,
// which may stand after the series that use them.
func (s *scale) count(b []byte) error {
	return fields(b, func(f, _ uint64, part []byte) error {
		if part == nil {
			return nil
		}
		if f == symbolsV2 {
			s.symbols = append(s.symbols, len(part))
		}
		if err := s.item(); err != nil || f != seriesV1 && f != seriesV2 {
			return err
		}
		return fields(part, func(_, _ uint64, part []byte) error {
			if part == nil {
				return nil
			}
			return s.item()
		})
	})
}

// item counts one part.
func (s *scale) item() error {
	s.items++
	return s.enough()
}

// spell adds up the labels that the series of version 2 spell.
func (s *scale) spell(b []byte) error {
	return fields(b, func(f, _ uint64, part []byte) error {
		if f != seriesV2 || part == nil {
			return nil
		}
		return fields(part, func(f, v uint64, part []byte) error {
			if f == exemplarsV2 && part != nil {
				return fields(part, s.refs)
			}
			return s.refs(f, v, part)
		})
	})
}

// refs adds what a field of references spells, packed or one by one.
func (s *scale) refs(f, v uint64, part []byte) error {
	if f != refsV2 {
		return nil
	}
	if part == nil {
		s.ref(v)
	}
	for len(part) > 0 {
		v, used := binary.Uvarint(part)
		if used <= 0 {
			return errMessage
		}
		s.ref(v)
		part = part[used:]
	}
	return s.enough()
}

func (s *scale) ref(v uint64) {
	if v = uint64(uint32(v)); v < uint64(len(s.symbols)) {
		s.labels += s.symbols[v]
	}
	s.labels++ // even an empty one takes room
}

// enough ends the weighing once a bound is passed.
func (s *scale) enough() error {
	if s.items > maxItems || s.labels > maxLabelBytes {
		return fmt.Errorf("%w: more than %d series, labels and samples, or %d bytes of labels", ErrTooMuch, maxItems, maxLabelBytes)
	}
	return nil
}

// Wire types of protobuf. Groups are used by no message that is taken here.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// fields calls each for the fields of a message: with the content, never nil,
// of one that has a length, else with the value of a varint.
func fields(b []byte, each func(f, v uint64, part []byte) error) error {
	for len(b) > 0 {
		tag, used := binary.Uvarint(b)
		if used <= 0 {
			return errMessage
		}
		v, part, rest, err := field(tag&7, b[used:])
		if err != nil {
			return err
		}
		// Decoders keep 32 bits of a field's number, so more are no way around.
		if err := each(uint64(uint32(tag>>3)), v, part); err != nil {
			return err
		}
		b = rest
	}
	return nil
}

// field cuts one field's value off b.
func field(wire uint64, b []byte) (v uint64, part, rest []byte, err error) {
	switch wire {
	case wireVarint:
		if v, used := binary.Uvarint(b); used > 0 {
			return v, nil, b[used:], nil
		}
	case wireFixed64:
		if len(b) >= 8 {
			return 0, nil, b[8:], nil
		}
	case wireFixed32:
		if len(b) >= 4 {
			return 0, nil, b[4:], nil
		}
	case wireBytes:
		n, used := binary.Uvarint(b)
		if used > 0 && n <= uint64(len(b)-used) {
			return 0, b[used : used+int(n) : used+int(n)], b[used+int(n):], nil
		}
	}
	return 0, nil, nil, errMessage
}
