package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// Files of a pack that its reader looks for by name.
const (
	ManifestFile    = "manifest.json"
	SignatureFile   = "manifest.sig"
	HeadFile        = "ledger/head.txt"          // the checkpoint that the proofs lead to
	EntriesFile     = "ledger/entries.jsonl"     // entries with their proofs and rows
	CheckpointsFile = "ledger/checkpoints.jsonl" // earlier checkpoints with their proofs
)

// manifestVersion is that of the pack's format.
const manifestVersion = 1

// Manifest lists what is in a pack.
type Manifest struct {
	Version  int         `json:"version"`
	Made     slo.Instant `json:"made"`
	From     string      `json:"from"` // month, such as 2026-08
	To       string      `json:"to"`   // month, included
	Zone     string      `json:"zone"`
	Language Language    `json:"language"` // of its pages
	Product  string      `json:"product"`  // that made it, with its version
	Files    []Listed    `json:"files"`    // in the order of the pack: all but the manifest and its signature
}

// Listed is one file of a pack.
type Listed struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // hexadecimal
}

// encode is the manifest as it is kept and signed.
func (m *Manifest) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, fmt.Errorf("writing the manifest: %w", err)
	}
	return append(b, '\n'), nil
}

// decodeManifest reads a manifest. Every path in it is one that a pack may
// have, each once.
func decodeManifest(b []byte) (*Manifest, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var m Manifest
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("reading the manifest: more follows its end")
	}
	if m.Version != manifestVersion {
		return nil, fmt.Errorf("reading the manifest: it is of version %d, this program reads version %d", m.Version, manifestVersion)
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		if err := checkPath(f.Path); err != nil {
			return nil, fmt.Errorf("reading the manifest: %w", err)
		}
		key := strings.ToLower(f.Path)
		if seen[key] {
			return nil, fmt.Errorf("reading the manifest: %q is in it twice", f.Path)
		}
		seen[key] = true
	}
	return &m, nil
}

// checkPath reports whether a name is one of a file inside of a folder on every
// system: relative, of plain characters, leading nowhere else.
func checkPath(name string) error {
	if !fs.ValidPath(name) || name == "." || len(name) > 200 {
		return fmt.Errorf("%q is no path inside of a pack", name)
	}
	for _, r := range name {
		plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("./_-", r)
		if !plain {
			return fmt.Errorf("%q is no path inside of a pack", name)
		}
	}
	return nil
}

// digest is the SHA-256 of bytes in hexadecimal.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
