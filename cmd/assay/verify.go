package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/collector/ledger"
)

type verifyCommand struct {
	Pack       string `arg:"" optional:"" help:"A pack of evidence." placeholder:"PACK.zip"`
	Data       string `help:"Data folder of a collector, running or not, or a copy of one, instead of a pack." placeholder:"DIR"`
	Key        string `help:"Verifier key that the ledger must be signed with; assay ledger key shows it." placeholder:"KEY"`
	Checkpoint string `help:"An earlier checkpoint that the ledger must go on from: a file of one, the JSON of a report, or SIZE:HASH as reports print it." placeholder:"FILE"`
	Output     string `help:"text or json." enum:"text,json" default:"text"`
}

// Help is the longer text of assay verify --help.
func (verifyCommand) Help() string {
	return `Checks, from the files alone, every entry of the ledger against its Merkle tree,
every checkpoint that was issued and its signature, the audit trail, people's
words on incidents and issued reports against their entries, and each file of
the archive against its hash. It computes every sealed figure again from the
archive with the catalogue of its time. It names what does not fit, the first
record first, and exits with 1.

Of a pack of evidence it checks that its files are those of the signed manifest,
that each entry and each printed checkpoint belongs to the ledger of its newest
checkpoint, and that each record shown is the one that its entry speaks of.
Figures in a pack are proven to be those that were sealed; only the archive can
compute them again.

Whoever holds the key and the folder could make all of it anew. So trust comes
from outside: from the key, or from a checkpoint that somebody else kept, such
as the line on an earlier report. Without either it says UNANCHORED.

Examples:
  assay verify pack.zip --key assay/main/1b2c3d4e+5f60718a+AdNq...
  assay verify pack.zip --checkpoint report-of-last-year.json
  assay verify --data /var/lib/assay --checkpoint 42:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
  assay verify --data copy --checkpoint reports/gold-2026-10.json
  assay verify --data copy --key assay/main/1b2c3d4e+5f60718a+AdNq... --output json`
}

// Run verifies and prints the verdict.
func (c verifyCommand) Run(ctx context.Context) error {
	o := collector.VerifyOptions{Key: c.Key, Progress: progress(os.Stderr, time.Now, "verifying")}
	if c.Key != "" {
		if _, err := note.NewVerifier(c.Key); err != nil {
			return usageError{fmt.Errorf("--key: %q is no verifier key, as assay ledger key prints it: %w", c.Key, err)}
		}
	}
	if c.Checkpoint != "" {
		a, err := readAnchor(c.Checkpoint)
		if err != nil {
			return usageError{fmt.Errorf("--checkpoint: %w", err)}
		}
		o.Checkpoint = a
	}
	v, pack, err := c.verify(ctx, o)
	if err != nil {
		return err
	}
	if c.Output == "json" {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", " ")
		err = e.Encode(v)
	} else {
		err = printVerdict(os.Stdout, v, pack)
	}
	if err == nil && !v.OK() {
		return exitCode(exitError)
	}
	return err
}

// verify looks at a pack or at a data folder; there is no manifest of the latter.
func (c verifyCommand) verify(ctx context.Context, o collector.VerifyOptions) (*ledger.Verdict, *evidence.Manifest, error) {
	switch {
	case (c.Pack == "") == (c.Data == ""):
		return nil, nil, usageError{errors.New("give a pack of evidence, or --data DIR")}
	case c.Pack != "":
		return collector.VerifyEvidence(ctx, c.Pack, o)
	}
	v, err := collector.VerifyData(ctx, c.Data, o)
	return v, nil, err
}

// maxAnchor bounds the file of a checkpoint or report, in bytes.
const maxAnchor = 64 << 20

// readAnchor reads a checkpoint from outside: SIZE:HASH, or a file that holds
// one as a signed note, by itself or in JSON of ours.
func readAnchor(arg string) (*ledger.Anchor, error) {
	// Reports print the hash in groups, and a line may end between them.
	if size, hash, found := strings.Cut(strings.Join(strings.Fields(arg), ""), ":"); found && len(hash) == 2*tlog.HashSize {
		n, err := strconv.ParseInt(size, 10, 64)
		root, err2 := hex.DecodeString(hash)
		if err == nil && err2 == nil && n > 0 {
			return &ledger.Anchor{Size: n, Root: tlog.Hash(root)}, nil
		}
	}
	info, err := os.Stat(arg)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%q is neither SIZE:HASH, with a hash of %d hexadecimal digits, nor a file", arg, 2*tlog.HashSize)
	}
	if err != nil {
		return nil, err
	}
	if info.Size() > maxAnchor {
		return nil, fmt.Errorf("%s is larger than %d bytes", arg, maxAnchor)
	}
	b, err := os.ReadFile(arg)
	if err != nil {
		return nil, err
	}
	var in struct {
		Note   string `json:"note"`
		Ledger struct {
			Checkpoint struct {
				Note string `json:"note"`
			} `json:"checkpoint"`
		} `json:"ledger"`
	}
	if json.Unmarshal(b, &in) == nil {
		b = []byte(in.Note + in.Ledger.Checkpoint.Note) // it has one of them
	}
	c, err := ledger.PeekCheckpoint(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", arg, err)
	}
	return &ledger.Anchor{Size: c.Size, Root: c.Root, Note: b}, nil
}

func printVerdict(w io.Writer, v *ledger.Verdict, pack *evidence.Manifest) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if pack != nil {
		fmt.Fprintf(t, "pack\tof %s, made %s, %s\n", evidence.English.Months(pack.From, pack.To), pack.Made, count(int64(len(pack.Files)), "file", "files"))
	}
	fmt.Fprintf(t, "ledger\t%s in %s\n", count(v.Entries, "entry", "entries"), count(v.Epochs, "epoch", "epochs"))
	if pack != nil {
		fmt.Fprintf(t, "checkpoint\tof the whole ledger %s\n", v.Head)
		fmt.Fprintf(t, "printed\t%s\n", count(v.Checkpoints, "checkpoint", "checkpoints"))
		fmt.Fprintf(t, "figures\t%d sealed or restated, proven as they were sealed\n", v.Figures)
	} else {
		fmt.Fprintf(t, "checkpoint\t%d:%s\n", v.Entries, v.Root)
		fmt.Fprintf(t, "issued\t%s\n", count(v.Checkpoints, "checkpoint", "checkpoints"))
		fmt.Fprintf(t, "figures\t%d sealed or restated: %d computed again, %d older than what the archive keeps\n", v.Figures, v.Recomputed, v.Unavailable)
	}
	fmt.Fprintf(t, "signed by\t%s\n", v.VerifierKey)
	if v.Anchor == ledger.NotAnchored {
		fmt.Fprintf(t, "anchored by\t%s: give --key or --checkpoint from elsewhere; who holds the ledger's key could have made all of it anew\n", v.Anchor)
	} else {
		fmt.Fprintf(t, "anchored by\t%s\n", v.Anchor)
	}
	for _, d := range v.Declared {
		fmt.Fprintf(t, "declared\t%s\n", d)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if v.OK() {
		_, err := fmt.Fprintln(w, "\neverything fits")
		return err
	}
	fmt.Fprintf(w, "\nWHAT DOES NOT FIT (%d)\n", int64(len(v.Problems))+v.Unlisted)
	for _, p := range v.Problems {
		if _, err := fmt.Fprintf(w, "  %s\n", p); err != nil {
			return err
		}
	}
	if v.Unlisted > 0 {
		_, err := fmt.Fprintf(w, "  and %d more\n", v.Unlisted)
		return err
	}
	return nil
}

func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
