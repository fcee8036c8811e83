package ledger

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/assay-sla/assay/slo"
)

// Checkpoint says what the log was: the number of its entries and the hash of
// the Merkle tree over them. Signed it is a note of golang.org/x/mod/sumdb/note
// whose text is in the form of the C2SP tlog-checkpoint.
type Checkpoint struct {
	Origin string // name of the log, and of the key
	Size   int64
	Root   tlog.Hash
	Epoch  int64
	At     slo.Instant
}

// Hash is the root in hexadecimal, as reports print it.
func (c Checkpoint) Hash() string { return hex.EncodeToString(c.Root[:]) }

// text is what is signed.
func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\nepoch %d\nat %s\n", c.Origin, c.Size, c.Root, c.Epoch, c.At)
}

// sign is the note of the checkpoint.
func (c Checkpoint) sign(k *Key) ([]byte, error) {
	b, err := note.Sign(&note.Note{Text: c.text()}, k)
	if err != nil {
		return nil, fmt.Errorf("signing a checkpoint: %w", err)
	}
	return b, nil
}

// parseText reads the text of a checkpoint, exactly as text writes it.
func parseText(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 6 {
		return Checkpoint{}, fmt.Errorf("reading a checkpoint: it has %d lines, 5 make one", len(lines)-1)
	}
	var c Checkpoint
	var errs [4]error
	c.Origin = lines[0]
	c.Size, errs[0] = strconv.ParseInt(lines[1], 10, 64)
	c.Root, errs[1] = tlog.ParseHash(lines[2])
	c.Epoch, errs[2] = strconv.ParseInt(strings.TrimPrefix(lines[3], "epoch "), 10, 64)
	c.At, errs[3] = slo.ParseInstant(strings.TrimPrefix(lines[4], "at "))
	for _, err := range errs {
		if err != nil {
			return Checkpoint{}, fmt.Errorf("reading a checkpoint: %w", err)
		}
	}
	if c.text() != text || c.Size < 1 || c.Epoch < 1 {
		return Checkpoint{}, fmt.Errorf("reading a checkpoint: it is not in its canonical form")
	}
	return c, nil
}

// OpenCheckpoint reads a note and checks its signature by a verifier key.
func OpenCheckpoint(b []byte, verifierKey string) (Checkpoint, error) {
	if len(b) > maxSmallFile {
		return Checkpoint{}, fmt.Errorf("reading a checkpoint: it has %d bytes, at most %d are read", len(b), maxSmallFile)
	}
	v, err := note.NewVerifier(verifierKey)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("reading the verifier key: %w", err)
	}
	n, err := note.Open(b, note.VerifierList(v))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checking a checkpoint's signature: %w", err)
	}
	if len(n.Sigs) != 1 || len(n.UnverifiedSigs) > 0 {
		return Checkpoint{}, fmt.Errorf("reading a checkpoint: it has %d signatures, one makes it", len(n.Sigs)+len(n.UnverifiedSigs))
	}
	if _, err := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64); err != nil {
		return Checkpoint{}, fmt.Errorf("reading a checkpoint: its signature: %w", err)
	}
	return parseText(n.Text)
}

// PeekCheckpoint reads a note without checking its signature.
func PeekCheckpoint(b []byte) (Checkpoint, error) {
	text, _, found := strings.Cut(string(b), "\n\n")
	if !found || len(b) > maxSmallFile {
		return Checkpoint{}, fmt.Errorf("reading a checkpoint: it is no signed note")
	}
	return parseText(text + "\n")
}
