package ledger

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/assay-sla/assay/internal/archive"
)

// Records is a storage as Verify reads it, in order and without a lock.
type Records interface {
	Storage
	EachLogEntry(ctx context.Context, f func(n int64, kind, subject string, record []byte) error) error
	EachLogHash(ctx context.Context, f func(n int64, hash []byte) error) error
	EachLogCheckpoint(ctx context.Context, f func(size int64, note []byte) error) error
	LogContents(ctx context.Context, digest string) ([]byte, error)
}

// Rows says what the records that entries speak of are now.
type Rows interface {
	// Line is the row that an entry speaks of, by its index or what its body
	// names, as it is digested; nil where there is none.
	Line(ctx context.Context, e Entry) (Line, error)
	// Strays lists rows that should have an entry and have none.
	Strays(ctx context.Context) ([]string, error)
}

// Measured is an archive as Verify reads it; archive.Reader is one.
type Measured interface {
	Archive
	State() (archive.State, error)
	Files(archive.Day) ([]archive.File, []archive.Superseded, error)
	Verify(ctx context.Context) ([]archive.Problem, error)
}

// VerifyOptions say what is verified, and against what from outside.
type VerifyOptions struct {
	Records Records
	Rows    Rows
	Archive Measured
	Dir     string // of the ledger's files; "" where there are none

	Key        string  // verifier key that the newest checkpoint must have been signed with; "" is any
	Checkpoint *Anchor // that the log must begin with; nil is any

	Progress func(step string, done, total int64) // may be nil
}

// Anchor is a checkpoint from outside: an earlier report, another machine.
type Anchor struct {
	Size int64
	Root tlog.Hash
	Note []byte // whole, where there is one: its signature is checked too
}

// Problem is one thing that does not fit.
type Problem struct {
	Where string `json:"where"` // such as: entry 12 (seal gold/month/2026-10-01T00:00:00Z)
	What  string `json:"what"`
}

// String is both.
func (p Problem) String() string { return p.Where + ": " + p.What }

// The ways in which a verdict can be anchored.
const (
	NotAnchored        = "UNANCHORED" // all is whole in itself, which whoever holds the key and the records can arrange
	AnchoredKey        = "key"
	AnchoredCheckpoint = "checkpoint"
	AnchoredBoth       = "key and checkpoint"
)

// Verdict is what was found.
type Verdict struct {
	Entries     int64     `json:"entries"`
	Root        string    `json:"root"`           // of the tree, hexadecimal
	Head        string    `json:"head,omitempty"` // SIZE:HASH of the whole log; of an excerpt alone
	Epochs      int64     `json:"epochs"`
	VerifierKey string    `json:"verifier_key"` // of the newest epoch
	Checkpoints int64     `json:"checkpoints"`
	Figures     int64     `json:"figures"`       // seals and restatements
	Recomputed  int64     `json:"recomputed"`    // of those
	Unavailable int64     `json:"unavailable"`   // of those: the archive does not go back so far any more
	Declared    []string  `json:"declared"`      // what the log itself says it lacks
	Anchor      string    `json:"anchored_by"`   // NotAnchored or one of the others
	Problems    []Problem `json:"problems"`      // in the order of the log; at most MaxProblems
	Unlisted    int64     `json:"more_problems"` // beyond those
}

// MaxProblems bounds the problems that a verdict lists.
const MaxProblems = 100

// OK reports whether everything fits.
func (v *Verdict) OK() bool { return len(v.Problems) == 0 }

// Add adds a problem that was found beside the ledger.
func (v *Verdict) Add(where, what string) { v.problem(where, "%s", what) }

func (v *Verdict) problem(where, format string, args ...any) {
	if len(v.Problems) >= MaxProblems {
		v.Unlisted++
		return
	}
	v.Problems = append(v.Problems, Problem{plain(where), plain(fmt.Sprintf(format, args...))})
}

// plain is a text without what draws on a terminal: a verdict repeats what the
// folder says, which may be anybody's.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// verification is the state of one Verify.
type verification struct {
	VerifyOptions
	*Verdict
	size       int64
	hashes     []tlog.Hash // stored ones, computed from the records
	epochs     []epochAt
	catalogues map[string]*Catalogue // by revision
	beside     []byte                // the checkpoint beside the records, nil where there is none
	entries    map[int64]Promise     // seals and restatements by index
	sealed     map[string]int64      // seals by subject
	newest     map[string]int64      // figures by subject
	corrected  map[int64]bool        // entries that a restatement corrects
	issued     map[int64]bool        // sizes that entries say there is a checkpoint of; true once it was seen
}

// epochAt is an epoch and where its entry stands.
type epochAt struct {
	index int64
	*Epoch
}

// Verify holds everything that the ledger says against the Merkle tree, the
// checkpoints, the rows and the archive, and computes every sealed figure
// again. What does not fit is in the verdict; the error is for what kept it
// from looking.
func Verify(ctx context.Context, o VerifyOptions) (*Verdict, error) {
	v := &verification{
		VerifyOptions: o, Verdict: &Verdict{Declared: []string{}, Problems: []Problem{}, Anchor: anchorOf(o)},
		catalogues: map[string]*Catalogue{}, entries: map[int64]Promise{}, issued: map[int64]bool{}, sealed: map[string]int64{},
		newest: map[string]int64{}, corrected: map[int64]bool{},
	}
	if v.Progress == nil {
		v.Progress = func(string, int64, int64) {}
	}
	for _, step := range []func(context.Context) error{
		v.begin, v.tree, v.storedHashes, v.checkpoints, v.files, v.anchor, v.strays, v.archiveFiles, v.contents,
	} {
		if err := step(ctx); err != nil {
			return v.Verdict, fmt.Errorf("verifying the ledger: %w", err)
		}
	}
	v.VerifierKey = plain(v.VerifierKey)
	return v.Verdict, nil
}

func anchorOf(o VerifyOptions) string {
	switch {
	case o.Key != "" && o.Checkpoint != nil:
		return AnchoredBoth
	case o.Key != "":
		return AnchoredKey
	case o.Checkpoint != nil:
		return AnchoredCheckpoint
	}
	return NotAnchored
}

// entryName is how problems call an entry.
func entryName(n int64, kind, subject string) string {
	return fmt.Sprintf("entry %d (%s %s)", n, kind, subject)
}
