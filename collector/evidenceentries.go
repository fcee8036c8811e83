package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/slo"
)

// maxEntries bounds the entries of the ledger that a pack shows.
const maxEntries = 1_000_000

// gatherEntries reads the ledger once: which entries the pack shows, the
// figures, the reports, the catalogues and the trail.
func (g *gathering) gatherEntries(ctx context.Context) error {
	t := &telling{gathering: g, unsettled: map[sealedWindow]bool{}}
	done := errors.New("enough")
	err := g.store.EachLogEntry(ctx, func(n int64, kind, subject string, rec []byte) error {
		if n >= g.head.Size {
			return done
		}
		e, err := ledger.Decode(rec)
		if err != nil {
			g.doesNotFit("entry", n, err)
			return nil
		}
		if n == 0 {
			g.since = e.At
		}
		if b, ok := e.Body.(*ledger.Epoch); ok {
			g.key = b.Key
		}
		if !g.shows(e) {
			return nil
		}
		if len(g.entries) == maxEntries {
			return fmt.Errorf("the ledger has more than %d entries about the period: ask for a shorter one", maxEntries)
		}
		g.entries = append(g.entries, n)
		if subject := e.Body.Subject(); g.about[subject] {
			g.told[subject] = append(g.told[subject], n)
		}
		g.Progress("entries", n, g.head.Size)
		return t.entry(ctx, e)
	})
	if err != nil && !errors.Is(err, done) {
		return err
	}
	t.add(evidence.Availability, []string{
		"agreement", "objective", "service", "from", "to", "availability %", "best %", "worst %", "coverage %", "target", "met", "down", "unknown", "excluded", "credit %", "what", "entry",
	}, t.figures)
	t.remarkUnsettled()
	t.add(evidence.Reports, []string{"report", "agreement", "period", "made", "entry"}, t.issued)
	t.add(evidence.Catalogues, []string{"revision", "in force from", "by", "files", "bytes", "SHA-256 of the kept sources", "entry"}, t.catalogues)
	t.add(evidence.Trail, []string{"at", "actor", "role", "means", "address", "action", "object", "outcome", "reason", "entry"}, t.trail)
	return nil
}

// telling makes the sets that the entries tell of.
type telling struct {
	*gathering
	figures, issued, catalogues, trail []evidence.Row
	unsettled                          map[sealedWindow]bool // of the windows with figures: whether the newest one is not settled
}

// sealedWindow is a window of an objective.
type sealedWindow struct {
	agreement, objective string
	window               slo.Interval
}

// entry takes one that the pack shows.
func (t *telling) entry(ctx context.Context, e ledger.Entry) error {
	switch b := e.Body.(type) {
	case *ledger.Seal:
		return t.figure(e, b.Promise, b.Figure, "sealed: "+string(b.Final))
	case *ledger.Restatement:
		return t.figure(e, b.Promise, b.Figure, fmt.Sprintf("restates entry %d: %s", b.Seal, b.Reason))
	case *ledger.Report:
		return t.report(ctx, e, b)
	case *ledger.Catalogue:
		return t.catalogue(ctx, e, b)
	case *ledger.Audit:
		line, err := t.rows.Line(ctx, e)
		if err == nil && t.fits(e, line) && t.period.Contains(e.At) {
			t.trail = append(t.trail, evidence.Row{At: e.At, Cells: append(line[1:len(line):len(line)], strconv.FormatInt(e.Index, 10))})
		}
		return err
	}
	return nil
}

// fits reports whether a row is what its entry says, and names one that is not.
func (t *telling) fits(e ledger.Entry, line ledger.Line) bool {
	if line.Digest() == ledger.RowOf(e.Body) {
		return true
	}
	t.doesNotFit("row", e.Index, e.Body.Kind(), e.Body.Subject())
	return false
}

// sealedFigure is as much of a figure as a table shows. Its JSON is that of the
// API.
type sealedFigure struct {
	Availability *json.Number `json:"availability"`
	Best         *json.Number `json:"best"`
	Worst        *json.Number `json:"worst"`
	Coverage     *json.Number `json:"coverage"`
	Target       *json.Number `json:"target"`
	Met          *bool        `json:"met"`
	DownMS       int64        `json:"down_ms"`
	UnknownMS    int64        `json:"unknown_ms"`
	ExcludedMS   int64        `json:"excluded_ms"`
	Credit       *json.Number `json:"credit_percent"`
}

func (t *telling) figure(e ledger.Entry, p ledger.Promise, b json.RawMessage, what string) error {
	var f sealedFigure
	if err := json.Unmarshal(b, &f); err != nil {
		t.doesNotFit("figure", e.Index, e.Body.Kind(), e.Body.Subject())
		return nil
	}
	met := "not settled"
	t.unsettled[sealedWindow{p.Agreement, p.Objective, p.Window}] = f.Met == nil
	if f.Met != nil {
		met = map[bool]string{true: "yes", false: "no"}[*f.Met]
	}
	t.figures = append(t.figures, evidence.Row{At: t.within(p.Window), Cells: []string{
		p.Agreement, p.Objective, p.Service, p.Window.From.String(), p.Window.To.String(), number(f.Availability), number(f.Best), number(f.Worst), number(f.Coverage), number(f.Target),
		met, milliseconds(f.DownMS), milliseconds(f.UnknownMS), milliseconds(f.ExcludedMS), number(f.Credit), what, strconv.FormatInt(e.Index, 10),
	}})
	return nil
}

// within is the instant of a window that says which month it is of: its middle,
// since a month of one time zone begins in the one before of another.
func (g *gathering) within(w slo.Interval) slo.Instant {
	middle := w.From + (w.To-w.From)/2
	return min(max(middle, g.period.From), g.period.To-1)
}

func number(n *json.Number) string {
	if n == nil {
		return ""
	}
	return n.String()
}

// catalogueFile is the sources of a catalogue as the ledger keeps them.
type catalogueFile struct{ path, digest string }

func (t *telling) catalogue(ctx context.Context, e ledger.Entry, b *ledger.Catalogue) error {
	row := evidence.Row{Cells: []string{
		b.Revision, e.At.String(), e.Actor, strconv.Itoa(b.Files), strconv.FormatInt(b.Bytes, 10), b.Digest, strconv.FormatInt(e.Index, 10),
	}}
	if t.period.Contains(e.At) {
		row.At = e.At
	}
	if b.Digest == "" {
		t.catalogues = append(t.catalogues, row)
		return nil
	}
	contents, err := t.store.LogContents(ctx, b.Digest)
	if err != nil || ledger.Digest(contents) != b.Digest {
		t.doesNotFit("sources", e.Index, b.Revision)
		return ctx.Err()
	}
	if c, err := ledger.OpenCatalogue(b, contents); err == nil {
		t.terms.take(e.At, e.Index, c)
	}
	row.File = catalogueFileOf(b)
	t.catalogues = append(t.catalogues, row)
	for _, s := range t.sources {
		if s.path == row.File {
			return nil
		}
	}
	t.sources = append(t.sources, catalogueFile{row.File, b.Digest})
	return nil
}

// reportFiles is a report that was issued, with the files that show it.
type reportFiles struct {
	folder            string
	agreement, period string
	made              slo.Instant
}

// report takes a report that was issued. All of them print a checkpoint; those
// of the period are shown whole.
func (t *telling) report(ctx context.Context, e ledger.Entry, b *ledger.Report) error {
	r := reportFiles{folder: fmt.Sprintf("reports/%s/%s-%d/", pathOf(b.Period), pathOf(b.Agreement), e.Index), agreement: b.Agreement, period: b.Period, made: b.Made}
	line, err := t.rows.Line(ctx, e)
	if err != nil || !t.fits(e, line) {
		return err
	}
	t.reports = append(t.reports, r)
	t.issued = append(t.issued, evidence.Row{At: t.monthOf(b.Period, e.At), File: r.folder + "report.html", Cells: []string{
		b.Agreement + " " + b.Period, b.Agreement, b.Period, b.Made.String(), strconv.FormatInt(e.Index, 10),
	}})
	return nil
}

// monthOf is the beginning of a report's period as far as it is the pack's, or
// when it was made where that is none of it.
func (g *gathering) monthOf(label string, made slo.Instant) slo.Instant {
	p, err := report.ParsePeriod(label, g.Zone)
	if err != nil || !g.touches(p.Interval) {
		return made
	}
	return max(p.From, g.period.From)
}
