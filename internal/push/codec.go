package push

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fxamacker/cbor/v2"
)

// codec is how CBOR (RFC 8949) is read and written here: definite lengths
// only, no tags, valid UTF-8, no key twice, and bounded.
var codec = newCodec()

type cborCodec struct {
	cbor.EncMode
	dec cbor.DecMode
}

func newCodec() cborCodec {
	enc, err := cbor.EncOptions{Sort: cbor.SortNone, TagsMd: cbor.TagsForbidden, IndefLength: cbor.IndefLengthForbidden}.EncMode()
	if err != nil {
		panic(err) // constant options
	}
	dec, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		UTF8: cbor.UTF8RejectInvalid, MaxNestedLevels: 8, MaxArrayElements: MaxBatchRecords, MaxMapPairs: 128,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return cborCodec{enc, dec}
}

// read decodes b, all of it, into v. Its errors speak of the bytes, not of Go.
func (c cborCodec) read(b []byte, v any) error {
	err := c.dec.Unmarshal(b, v)
	var kind *cbor.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		return &kindError{kind}
	case errors.Is(err, io.EOF):
		return errors.New("it is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it is cut off")
	}
	return err
}

// kindError is CBOR of another type than the one that is read.
type kindError struct{ *cbor.UnmarshalTypeError }

func (e *kindError) Error() string {
	where := ""
	if i := strings.LastIndexByte(e.StructFieldName, '.'); i >= 0 {
		where = "key " + e.StructFieldName[i+1:] + ": "
	}
	return fmt.Sprintf("%sa CBOR %s where %s belongs", where, e.CBORType, belongs(e.GoType))
}

// within finds which part of a record an error of kinds is in, since it names
// the outermost key only.
func (c cborCodec) within(record []byte, err error) error {
	if !errors.As(err, new(*kindError)) {
		return err
	}
	var parts map[uint64]cbor.RawMessage
	if c.dec.Unmarshal(record, &parts) != nil {
		return err
	}
	for key, part := range map[uint64]any{1: &wireMeasurement{}, 2: &wireReadings{}, 3: &wireGap{}} {
		if inner := c.read(parts[key], part); errors.As(inner, new(*kindError)) {
			return fmt.Errorf("key %d, %w", key, inner)
		}
	}
	return err
}

// belongs names the CBOR type that a Go type is read from.
func belongs(goType string) string {
	switch goType {
	case "string":
		return "a text string"
	case "[]uint8":
		return "a byte string"
	case "int", "int64", "uint", "uint8", "uint64":
		return "an integer of its range"
	case "float64":
		return "a number"
	case "push.wireSample", "push.wireEntry", "push.BatchRecord":
		return "an array of its elements"
	}
	return "a map of its fields"
}
