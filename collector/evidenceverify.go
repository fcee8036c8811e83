package collector

import (
	"context"
	"fmt"
	"iter"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/collector/ledger"
)

// VerifyEvidence verifies a pack of evidence with nothing but its file: that its
// files are those of the signed manifest, that each entry of the ledger and each
// printed checkpoint belongs to the ledger of its head, and that each row and
// each catalogue is the one that its entry speaks of.
func VerifyEvidence(ctx context.Context, path string, o VerifyOptions) (*ledger.Verdict, *evidence.Manifest, error) {
	p, err := evidence.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer p.Close()
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	bad := p.Check(o.Progress)
	head, err := p.Read(evidence.HeadFile)
	if err != nil {
		return nil, nil, err
	}
	v, err := ledger.VerifyExcerpt(ctx, ledger.Excerpt{
		Head: head, Entries: packEntries(p, o.Progress), Checkpoints: packCheckpoints(p), Key: o.Key, Checkpoint: o.Checkpoint,
	})
	if err != nil {
		return nil, nil, err
	}
	for _, b := range bad {
		v.Add("the pack", b)
	}
	if err := ledger.OpenText(p.Signature, v.VerifierKey, packManifest, p.Digest); err != nil {
		v.Add(evidence.SignatureFile, err.Error())
	}
	return v, &p.Manifest, catalogues(p, v)
}

// packEntries are the entries of a pack as the ledger verifies them.
func packEntries(p *evidence.Pack, progress func(string, int64, int64)) iter.Seq2[ledger.ProvenEntry, error] {
	return func(yield func(ledger.ProvenEntry, error) bool) {
		n := int64(0)
		for e, err := range evidence.Lines[evidence.Entry](p, evidence.EntriesFile) {
			out := ledger.ProvenEntry{Index: e.Index, Record: e.Record, Proof: tlog.RecordProof(e.Proof)}
			if err == nil && e.Line != nil {
				out.Line, err = lineOf(p, e.Line)
			}
			n++
			progress("entries", n, 0)
			if !yield(out, err) {
				return
			}
		}
	}
}

// maxLine bounds the texts of a row, in bytes and number.
const (
	maxLine      = 256 << 20
	maxLineTexts = 1000
)

// lineOf reads the texts of a row.
func lineOf(p *evidence.Pack, texts []evidence.Text) (ledger.Line, error) {
	if len(texts) > maxLineTexts {
		return nil, fmt.Errorf("a row of %d texts", len(texts))
	}
	line, size := ledger.Line{}, 0
	for _, t := range texts {
		if t.File != "" {
			b, err := p.Read(t.File)
			if err != nil {
				return nil, err
			}
			t.Text = string(b)
		}
		if size += len(t.Text); size > maxLine {
			return nil, fmt.Errorf("a row of more than %d bytes", maxLine)
		}
		line = append(line, t.Text)
	}
	return line, nil
}

func packCheckpoints(p *evidence.Pack) iter.Seq2[ledger.ProvenCheckpoint, error] {
	return func(yield func(ledger.ProvenCheckpoint, error) bool) {
		for c, err := range evidence.Lines[evidence.Checkpoint](p, evidence.CheckpointsFile) {
			if !yield(ledger.ProvenCheckpoint{Note: []byte(c.Note), Proof: tlog.TreeProof(c.Proof)}, err) {
				return
			}
		}
	}
}

// catalogues holds the catalogues in a pack against the entries that took them
// into force.
func catalogues(p *evidence.Pack, v *ledger.Verdict) error {
	for e, err := range evidence.Lines[evidence.Entry](p, evidence.EntriesFile) {
		if err != nil {
			return err
		}
		decoded, err := ledger.Decode(e.Record)
		if err != nil {
			continue // told already
		}
		b, ok := decoded.Body.(*ledger.Catalogue)
		if !ok || b.Digest == "" {
			continue
		}
		where := fmt.Sprintf("entry %d (catalogue %s)", e.Index, b.Revision)
		contents, err := p.Read(catalogueFileOf(b))
		switch {
		case err != nil:
			v.Add(where, "its sources are not in the pack")
		case ledger.Digest(contents) != b.Digest:
			v.Add(where, "its sources are not those that were in force")
		}
	}
	return nil
}

// catalogueFileOf is the file of the sources of a catalogue.
func catalogueFileOf(b *ledger.Catalogue) string { return "catalogues/" + b.Digest + ".json" }
