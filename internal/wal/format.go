package wal

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"strconv"
	"strings"
)

// The bytes of a segment are specified in docs/formats/segment-log.md.
const (
	magic      = "ASSAYLOG"
	version    = 1
	idBytes    = 16
	headerSize = 8 + 4 + 8 + idBytes + 4
	frameSize  = 12 // before each payload
)

// MaxRecord bounds one record's payload, in bytes.
const MaxRecord = 1 << 20

const (
	suffix        = ".seg"
	tempSuffix    = ".tmp"
	corruptSuffix = ".corrupt"
	nameDigits    = 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// id names a log for good. It is in every segment's header and it seeds every
// record's checksum, so that bytes of another log never pass for this one's.
type id [idBytes]byte

func (i id) String() string { return hex.EncodeToString(i[:]) }

// seed is what the checksum of each record begins with.
func (i id) seed() uint32 { return crc32.Checksum(i[:], castagnoli) }

// segmentName is the file name of the segment whose first record is base.
func segmentName(base uint64) string { return fmt.Sprintf("%0*d%s", nameDigits, base, suffix) }

// parseName is the inverse of segmentName; ok is false for any other name.
func parseName(name string) (base uint64, ok bool) {
	digits, found := strings.CutSuffix(name, suffix)
	if !found || len(digits) != nameDigits {
		return 0, false
	}
	base, err := strconv.ParseUint(digits, 10, 64)
	return base, err == nil && base > 0 && base <= maxSeq && segmentName(base) == name
}

// maxSeq leaves room above every number, so that sums never overflow.
const maxSeq = math.MaxUint64 / 4

// appendHeader adds the header of a segment to b.
func appendHeader(b []byte, log id, base uint64) []byte {
	start := len(b)
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint32(b, version)
	b = binary.LittleEndian.AppendUint64(b, base)
	b = append(b, log[:]...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// parseHeader reads a segment's header.
func parseHeader(b []byte) (log id, base uint64, err error) {
	if len(b) < headerSize {
		return id{}, 0, fmt.Errorf("the header has %d of %d bytes", len(b), headerSize)
	}
	b = b[:headerSize]
	if !bytes.HasPrefix(b, []byte(magic)) {
		return id{}, 0, errors.New("the file does not begin as a segment")
	}
	if sum := binary.LittleEndian.Uint32(b[headerSize-4:]); sum != crc32.Checksum(b[:headerSize-4], castagnoli) {
		return id{}, 0, errors.New("the header's checksum does not match")
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != version {
		return id{}, 0, &versionError{v}
	}
	copy(log[:], b[20:])
	return log, binary.LittleEndian.Uint64(b[12:]), nil
}

// versionError is a segment that a newer program wrote. It is not damage, and
// is left as it is.
type versionError struct{ version uint32 }

func (e *versionError) Error() string {
	return fmt.Sprintf("the segment has version %d, this program reads version %d", e.version, version)
}

// frame is what stands before a payload.
type frame struct {
	length uint32 // of the payload
	index  uint32 // of the record in its segment, from 0
	sum    uint32 // CRC-32C, seeded by the log's id, of the two above and the payload
}

// appendFrame adds a record to b.
func appendFrame(b []byte, seed, index uint32, payload []byte) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	b = binary.LittleEndian.AppendUint32(b, index)
	sum := crc32.Update(seed, castagnoli, b[start:])
	sum = crc32.Update(sum, castagnoli, payload)
	b = binary.LittleEndian.AppendUint32(b, sum)
	return append(b, payload...)
}

// parseFrame reads the frame at the start of b, which has frameSize bytes or
// more.
func parseFrame(b []byte) frame {
	return frame{
		length: binary.LittleEndian.Uint32(b),
		index:  binary.LittleEndian.Uint32(b[4:]),
		sum:    binary.LittleEndian.Uint32(b[8:]),
	}
}

// total is the size of the frame with its payload.
func (f frame) total() int { return frameSize + int(f.length) }

// plausible reports whether the length is one that Append can have written.
func (f frame) plausible() bool { return f.length > 0 && f.length <= MaxRecord }

// intact reports whether b, the frame with its payload, has the checksum that
// the frame says.
func (f frame) intact(seed uint32, b []byte) bool {
	sum := crc32.Update(seed, castagnoli, b[:8])
	return crc32.Update(sum, castagnoli, b[frameSize:]) == f.sum
}
