package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
)

// write puts what was gathered into a pack.
func (g *gathering) write(ctx context.Context, w *evidence.Writer) error {
	printed, err := g.writeReports(ctx, w)
	if err != nil {
		return err
	}
	for _, s := range g.sources {
		contents, err := g.store.LogContents(ctx, s.digest)
		if err != nil {
			return err
		}
		if err := w.File(s.path, contents); err != nil {
			return err
		}
	}
	if err := w.File(evidence.HeadFile, g.headNote); err != nil {
		return err
	}
	if err := w.Lines(evidence.EntriesFile, g.provenEntries(ctx)); err != nil {
		return err
	}
	sizes := slices.Sorted(maps.Keys(printed))
	byReports := 0
	for _, p := range printed {
		if len(p.by) > 0 {
			byReports++
		}
	}
	if err := w.Lines(evidence.CheckpointsFile, g.provenCheckpoints(ctx, sizes, printed)); err != nil {
		return err
	}
	err = w.Site(evidence.Site{
		Language: g.Language, Findings: g.findings(), Records: g.records, Pages: g.singlePages(ctx), Sample: g.sample(), Unfit: g.unfit,
		Ledger: evidence.LedgerSummary{
			Head: fmt.Sprintf("%d:%s", g.head.Size, g.head.Hash()), At: g.head.At, Key: g.key, Entries: len(g.entries), Printed: byReports,
		},
	})
	return errors.Join(err, ctx.Err())
}

// sample is a sample of the incidents, each with its page.
func (g *gathering) sample() evidence.Sample {
	out := evidence.Draw(g.cases(), g.Sample, g.Language)
	for i := range out.Drawn {
		out.Drawn[i].File = incidentPath(out.Drawn[i].Case.ID)
	}
	return out
}

// checkpointPrinted is a checkpoint and the kept reports that print it.
type checkpointPrinted struct {
	note []byte
	by   []string
}

// writeReports writes the reports of the period, and collects the checkpoint
// that each report ever made prints.
func (g *gathering) writeReports(ctx context.Context, w *evidence.Writer) (map[int64]*checkpointPrinted, error) {
	for i, r := range g.reports {
		kept, err := g.store.ReportMade(ctx, r.agreement, r.period, r.made)
		if err != nil {
			return nil, err
		}
		for _, f := range []struct {
			name    string
			content []byte
		}{{"report.json", kept.Model}, {"report.html", kept.HTML}, {"report.txt", kept.Text}} {
			if err := w.File(r.folder+f.name, f.content); err != nil {
				return nil, err
			}
		}
		g.Progress("reports", int64(i+1), int64(len(g.reports)))
	}
	printed := map[int64]*checkpointPrinted{}
	err := g.store.EachReport(ctx, func(r sqlstore.Report) error {
		var of struct {
			Ledger struct {
				Checkpoint struct {
					Note string `json:"note"`
				} `json:"checkpoint"`
			} `json:"ledger"`
		}
		if err := json.Unmarshal(r.Model, &of); err != nil || of.Ledger.Checkpoint.Note == "" {
			return nil
		}
		g.print(printed, []byte(of.Ledger.Checkpoint.Note), r.Agreement+" "+r.Period+", made "+r.Made.String())
		return ctx.Err()
	})
	return printed, errors.Join(err, g.issued(ctx, printed))
}

// maxIssued bounds the checkpoints that no kept report prints.
const maxIssued = 10_000

// issued adds the newest checkpoints that were signed since the period began:
// whoever fetched a report by hand has one of them.
func (g *gathering) issued(ctx context.Context, printed map[int64]*checkpointPrinted) error {
	var list []*checkpointPrinted
	var sizes []int64
	err := g.store.EachLogCheckpoint(ctx, func(size int64, note []byte) error {
		c, err := ledger.PeekCheckpoint(note)
		if err != nil || c.At < g.period.From || size > g.head.Size || printed[size] != nil {
			return ctx.Err() // one that cannot be read is told of by assay verify
		}
		list, sizes = append(list, &checkpointPrinted{note: note}), append(sizes, size)
		if len(list) > 2*maxIssued {
			list, sizes = slices.Delete(list, 0, maxIssued), slices.Delete(sizes, 0, maxIssued)
		}
		return ctx.Err()
	})
	for i := max(0, len(list)-maxIssued); i < len(list); i++ {
		printed[sizes[i]] = list[i]
	}
	return err
}

// print collects a checkpoint of the ledger of the head. One of entries that
// were lost is named.
func (g *gathering) print(printed map[int64]*checkpointPrinted, note []byte, by string) {
	c, err := ledger.PeekCheckpoint(note)
	if err != nil || c.Size > g.head.Size {
		g.doesNotFit("checkpoint", by)
		return
	}
	known := printed[c.Size]
	if known == nil {
		known = &checkpointPrinted{note: note}
		printed[c.Size] = known
	}
	if string(known.note) != string(note) {
		g.doesNotFit("fork", by, known.by[0], c.Size)
		return
	}
	known.by = append(known.by, by)
}

// provenEntries are the entries that the pack shows, with proofs and rows.
func (g *gathering) provenEntries(ctx context.Context) iter.Seq2[any, error] {
	folders := map[string]string{}
	for _, r := range g.reports {
		folders[r.agreement+"\n"+r.period+"\n"+r.made.String()] = r.folder
	}
	return func(yield func(any, error) bool) {
		for i, n := range g.entries {
			e, err := g.provenEntry(ctx, n, folders)
			g.Progress("proofs", int64(i+1), int64(len(g.entries)))
			if !yield(e, errors.Join(err, ctx.Err())) {
				return
			}
		}
	}
}

func (g *gathering) provenEntry(ctx context.Context, n int64, folders map[string]string) (evidence.Entry, error) {
	row, err := g.store.LogRow(ctx, n)
	if err != nil {
		return evidence.Entry{}, err
	}
	proof, err := g.proofs.ProveEntry(ctx, g.head.Size, n)
	if err != nil {
		return evidence.Entry{}, err
	}
	out := evidence.Entry{Index: n, Record: row.Record, Proof: hashes(proof)}
	e, err := ledger.Decode(row.Record)
	if err != nil || ledger.RowOf(e.Body) == "" {
		return out, err
	}
	line, err := g.rows.Line(ctx, e)
	if err != nil || line.Digest() != ledger.RowOf(e.Body) {
		return out, err // named when it was gathered, or by whoever verifies
	}
	for _, text := range line {
		out.Line = append(out.Line, evidence.Text{Text: text})
	}
	if b, ok := e.Body.(*ledger.Report); ok {
		folder := folders[b.Agreement+"\n"+b.Period+"\n"+b.Made.String()]
		for i, name := range []string{"report.json", "report.html", "report.txt"} {
			out.Line[len(out.Line)-3+i] = evidence.Text{File: folder + name}
		}
	}
	return out, nil
}

func hashes(proof []tlog.Hash) []tlog.Hash { return append([]tlog.Hash{}, proof...) }

// provenCheckpoints are the checkpoints that reports print or may, with the proof
// that the ledger only grew since.
func (g *gathering) provenCheckpoints(ctx context.Context, sizes []int64, printed map[int64]*checkpointPrinted) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for _, size := range sizes {
			p := printed[size]
			proof, err := g.proofs.ProveGrowth(ctx, g.head.Size, size)
			c := evidence.Checkpoint{Note: string(p.note), Proof: hashes(proof), Printed: append([]string{}, p.by...)}
			if !yield(c, errors.Join(err, ctx.Err())) {
				return
			}
		}
	}
}
