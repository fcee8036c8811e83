package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// The manifest is one small head file, replaced at each commit, and one
// immutable file a day named by its content; the head names the day files by
// hash, and they name the Parquet files by hash.
const (
	headName        = "manifest.json"
	manifestVersion = 1
	maxManifest     = 256 << 20 // bytes; a damaged or hostile file must not fill the memory
	chunkSuffix     = ".parquet"
	daySuffix       = ".json"
)

// head is the content of manifest.json.
type head struct {
	Version int       `json:"version"`
	Next    uint64    `json:"next"` // the first journal position that is not durable here
	Days    []DayInfo `json:"days"` // in order
	Dropped []Dropped `json:"dropped,omitempty"`
	Skipped []Skipped `json:"skipped,omitempty"`
}

// DayInfo sums up what the archive holds of one day.
type DayInfo struct {
	Day   Day         `json:"day"`
	Hash  string      `json:"hash"`   // SHA-256 of the day's manifest, which holds the hash of each file
	Files int         `json:"files"`  // one, when the day is merged
	Rows  int64       `json:"rows"`   // one for each journal entry
	Bytes int64       `json:"bytes"`  // of the Parquet files
	MinAt slo.Instant `json:"min_at"` // of the rows, both included
	MaxAt slo.Instant `json:"max_at"`
}

// Dropped declares days that retention removed. It is the gap that tells a
// reader that there was something.
type Dropped struct {
	From Day         `json:"from"` // first and last day that held anything
	To   Day         `json:"to"`
	Days int         `json:"days"`
	Rows int64       `json:"rows"`
	At   slo.Instant `json:"at"` // of the latest removal
}

// Skipped declares journal positions, both ends included, that the archive
// never received.
type Skipped struct {
	From   uint64      `json:"from"`
	To     uint64      `json:"to"`
	At     slo.Instant `json:"at"`
	Reason string      `json:"reason"`
}

// dayManifest is the content of one day's manifest file.
type dayManifest struct {
	Version    int          `json:"version"`
	Day        Day          `json:"day"`
	Files      []File       `json:"files"`
	Superseded []Superseded `json:"superseded,omitempty"`
}

// File is one immutable Parquet file.
type File struct {
	Hash        string      `json:"hash"` // SHA-256 of its bytes, and its name
	Rows        int64       `json:"rows"`
	Bytes       int64       `json:"bytes"`
	MinAt       slo.Instant `json:"min_at"` // of the rows, both included
	MaxAt       slo.Instant `json:"max_at"`
	MaxReceived slo.Instant `json:"max_received"`
	FirstPos    uint64      `json:"first_pos"` // of the journal; positions of other files may lie between
	LastPos     uint64      `json:"last_pos"`
	Index       string      `json:"index"` // "offset:SHA-256" of its page index and footer
}

// Superseded names a file whose rows are all in the file By now.
type Superseded struct {
	Hash string `json:"hash"`
	Rows int64  `json:"rows"`
	By   string `json:"by"`
}

func (f File) name() string { return f.Hash + chunkSuffix }

// sealed wraps the head with a checksum of its exact bytes.
type sealed struct {
	SHA256   string          `json:"sha256"`
	Manifest json.RawMessage `json:"manifest"`
}

func hashOf(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func encodeHead(h head) ([]byte, error) {
	body, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(sealed{hashOf(body), body})
	return append(b, '\n'), err
}

func decodeHead(b []byte) (head, error) {
	var s sealed
	if err := decodeStrictly(b, &s); err != nil {
		return head{}, fmt.Errorf("damaged: %w", err)
	}
	if got := hashOf(s.Manifest); got != s.SHA256 {
		return head{}, fmt.Errorf("damaged: it hashes to %s, it says %s", got, s.SHA256)
	}
	var h head
	if err := decodeVersioned(s.Manifest, &h); err != nil {
		return head{}, err
	}
	return h, h.check()
}

// decodeVersioned looks at the version before anything else: a later one may
// have other fields.
func decodeVersioned(b []byte, into any) error {
	var v struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return fmt.Errorf("damaged: %w", err)
	}
	if v.Version != manifestVersion {
		return fmt.Errorf("its version is %d, this program reads %d", v.Version, manifestVersion)
	}
	if err := decodeStrictly(b, into); err != nil {
		return fmt.Errorf("damaged: %w", err)
	}
	return nil
}

func decodeStrictly(b []byte, into any) error {
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

// check holds the head against what every commit keeps true: in the end each
// position before Next is a row, a dropped row, or skipped.
func (h head) check() error {
	if h.Next == 0 {
		return errors.New("damaged: its next position is 0")
	}
	var rows uint64
	for i, d := range h.Days {
		if _, err := ParseDay(string(d.Day)); err != nil {
			return fmt.Errorf("damaged: %w", err)
		}
		if i > 0 && h.Days[i-1].Day >= d.Day {
			return fmt.Errorf("damaged: day %s follows %s", d.Day, h.Days[i-1].Day)
		}
		if !isHash(d.Hash) || d.Files < 1 || d.Rows < 1 || d.Bytes < 1 || d.MinAt > d.MaxAt {
			return fmt.Errorf("damaged: the figures of day %s cannot be", d.Day)
		}
		rows += uint64(d.Rows)
	}
	for _, d := range h.Dropped {
		if d.Rows < 0 {
			return fmt.Errorf("damaged: %d rows were dropped", d.Rows)
		}
		rows += uint64(d.Rows)
	}
	for _, s := range h.Skipped {
		if s.From > s.To {
			return fmt.Errorf("damaged: skipped positions %d to %d", s.From, s.To)
		}
		rows += s.To - s.From + 1
	}
	if rows != h.Next-1 {
		return fmt.Errorf("damaged: it accounts for %d positions of %d", rows, h.Next-1)
	}
	return nil
}

// find returns where day d is, or belongs.
func (h head) find(d Day) (int, bool) {
	return slices.BinarySearchFunc(h.Days, d, func(i DayInfo, d Day) int {
		switch {
		case i.Day < d:
			return -1
		case i.Day > d:
			return 1
		}
		return 0
	})
}

// has reports whether h speaks of the same state of the day as i does.
func (h head) has(i DayInfo) bool {
	n, ok := h.find(i.Day)
	return ok && h.Days[n].Hash == i.Hash
}

// clone is a copy that can be changed.
func (h head) clone() head {
	h.Days, h.Dropped, h.Skipped = slices.Clone(h.Days), slices.Clone(h.Dropped), slices.Clone(h.Skipped)
	return h
}

func encodeDay(m dayManifest) ([]byte, error) {
	b, err := json.Marshal(m)
	return append(b, '\n'), err
}

// decodeDay decodes the manifest that info speaks of.
func decodeDay(b []byte, info DayInfo) (dayManifest, error) {
	if got := hashOf(b); got != info.Hash {
		return dayManifest{}, fmt.Errorf("damaged: it hashes to %s", got)
	}
	var m dayManifest
	if err := decodeVersioned(b, &m); err != nil {
		return dayManifest{}, err
	}
	for _, f := range m.Files {
		if !isHash(f.Hash) || f.Rows < 1 || f.Bytes < 1 || f.MinAt > f.MaxAt {
			return dayManifest{}, fmt.Errorf("damaged: the figures of file %q cannot be", f.Hash)
		}
	}
	if m.info(info.Hash) != info {
		return dayManifest{}, fmt.Errorf("damaged: it sums up to %+v, %s says %+v", m.info(info.Hash), headName, info)
	}
	return m, nil
}

// info sums m up.
func (m dayManifest) info(hash string) DayInfo {
	i := DayInfo{Day: m.Day, Hash: hash, Files: len(m.Files)}
	for n, f := range m.Files {
		if n == 0 {
			i.MinAt, i.MaxAt = f.MinAt, f.MaxAt
		}
		i.Rows += f.Rows
		i.Bytes += f.Bytes
		i.MinAt, i.MaxAt = min(i.MinAt, f.MinAt), max(i.MaxAt, f.MaxAt)
	}
	return i
}

func isHash(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// readHead reads the head of the archive in dir. Errors name the file.
func readHead(dir string) (head, error) {
	name := filepath.Join(dir, headName)
	b, err := readBounded(name)
	if err != nil {
		return head{}, err
	}
	h, err := decodeHead(b)
	if err != nil {
		return head{}, fmt.Errorf("%s: %w", name, err)
	}
	return h, nil
}

// readDay reads the manifest of one day. Errors name the file.
func readDay(dir string, info DayInfo) (dayManifest, error) {
	name := filepath.Join(dir, string(info.Day), info.Hash+daySuffix)
	b, err := readBounded(name)
	if err != nil {
		return dayManifest{}, err
	}
	m, err := decodeDay(b, info)
	if err != nil {
		return dayManifest{}, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

func readBounded(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxManifest {
		return nil, fmt.Errorf("%s: it is larger than %d bytes", name, maxManifest)
	}
	return b, nil
}
