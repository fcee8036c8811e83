package collector

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// gathering is what the records hold of a period.
type gathering struct {
	EvidenceOptions
	store  *sqlstore.Store
	rows   *ledgerRows
	proofs ledger.Prover
	period evidence.Period

	head     ledger.Checkpoint
	headNote []byte
	key      string      // verifier key of the newest epoch
	since    slo.Instant // the ledger's first entry
	terms    termsInForce
	catalog  *slo.Catalog       // in force at the end of the period; an empty one where none was
	entries  []int64            // of the ledger that the pack shows, in order
	about    map[string]bool    // subjects of entries that are shown whenever they were made
	told     map[string][]int64 // entries of the ledger by their subject, of those

	records   []evidence.Records
	pages     []singlePage
	reports   []reportFiles
	sources   []catalogueFile
	incidents []slo.Incident
	drills    []slo.Drill                         // of all times
	items     map[evidence.Set][]slo.RegisterItem // of each register, of all times
	remarks   map[evidence.Set][]evidence.Remark
	carries   map[string]slo.Instant // when the report is of that a mail carries, by Message-ID
	unfit     []string
}

// gatherEvidence reads what a pack shows. What does not fit is named, not left out in
// silence.
func gatherEvidence(ctx context.Context, store *sqlstore.Store, o EvidenceOptions) (*gathering, error) {
	period, err := evidence.NewPeriod(o.From, o.To, o.Zone)
	if err != nil {
		return nil, err
	}
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	g := &gathering{
		EvidenceOptions: o, store: store, rows: &ledgerRows{store: store}, period: period,
		about: map[string]bool{}, told: map[string][]int64{},
		items: map[evidence.Set][]slo.RegisterItem{}, remarks: map[evidence.Set][]evidence.Remark{}, carries: map[string]slo.Instant{},
	}
	if g.Language == "" {
		g.Language = evidence.English
	}
	g.terms.period = period.Interval
	if err := g.readHead(ctx); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{
		g.gatherIncidents, g.gatherExclusions, g.gatherChanges, g.gatherProblems, g.gatherRequests, g.gatherRegisters, g.gatherDrills, g.gatherForecasts,
		g.gatherSendings, g.gatherMails, g.gatherVotes, g.gatherEntries, g.gatherTerms,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	g.remark()
	g.order()
	return g, nil
}

// readHead reads the checkpoint that all proofs lead to.
func (g *gathering) readHead(ctx context.Context) (err error) {
	if _, g.headNote, err = g.store.LogHead(ctx); err != nil {
		return err
	}
	if g.headNote == nil {
		return errors.New("the ledger is empty: a collector has to run on these records first")
	}
	g.head, err = ledger.PeekCheckpoint(g.headNote)
	g.proofs = ledger.Prover{Storage: &frozenLedger{g.store, g.head.Size, map[int64][][]byte{}}}
	return err
}

// cases are the incidents with the clocks of their agreements.
func (g *gathering) cases() []evidence.Case {
	out := make([]evidence.Case, len(g.incidents))
	for i := range g.incidents {
		out[i].Incident = g.incidents[i]
		c := g.terms.at(out[i].Began)
		if c == nil {
			continue
		}
		for _, a := range c.Agreements {
			if slices.Contains(out[i].Agreements, a.Name) {
				out[i].Clocks = append(out[i].Clocks, a.Clocks(&out[i].Incident, g.At)...)
			}
		}
	}
	return out
}

// add keeps a set of records.
func (g *gathering) add(set evidence.Set, columns []string, rows []evidence.Row) {
	g.records = append(g.records, evidence.Records{Set: set, Columns: columns, Rows: rows})
}

// order puts the sets into the order in which a pack shows them.
func (g *gathering) order() {
	var out []evidence.Records
	for _, set := range evidence.Sets() {
		for _, r := range g.records {
			if r.Set == set {
				out = append(out, r)
			}
		}
	}
	g.records = out
}

// findings are the clauses held against what was gathered.
func (g *gathering) findings() []evidence.Finding {
	return evidence.Judge(g.period, g.At, g.records, g.Language)
}

// doesNotFit names something that is not as the ledger says, by the key of its
// text after unfit.
func (g *gathering) doesNotFit(key string, args ...any) {
	if len(g.unfit) < ledger.MaxProblems {
		g.unfit = append(g.unfit, g.Language.Text("unfit."+key, args...))
	}
}

// singlePage is the page of a record, made when it is written: all of them at
// once would be large.
type singlePage struct {
	path, subject string // of the ledger's entries about it; "" where none are
	make          func() evidence.Page
}

// page has a record shown on a page of its own, and returns its path.
func (g *gathering) page(folder, name, subject string, make func() evidence.Page) string {
	path := "records/" + folder + "/" + pathOf(name) + ".html"
	g.pages = append(g.pages, singlePage{path, subject, make})
	return path
}

// singlePages makes the pages of single records, one after the other.
func (g *gathering) singlePages(ctx context.Context) iter.Seq[evidence.Page] {
	return func(yield func(evidence.Page) bool) {
		for i, single := range g.pages {
			p := single.make()
			p.Path, p.Entries = single.path, g.told[single.subject]
			g.Progress("pages", int64(i+1), int64(len(g.pages)))
			if ctx.Err() != nil || !yield(p) {
				return
			}
		}
	}
}

// shows reports whether an entry belongs into the pack: what the period saw
// happen, what is about the records that are shown, and what proves the rest.
func (g *gathering) shows(e ledger.Entry) bool {
	in := g.period.Contains(e.At)
	switch b := e.Body.(type) {
	case *ledger.Epoch, *ledger.Catalogue:
		return true
	case *ledger.Seal:
		return g.touches(b.Window)
	case *ledger.Restatement:
		return g.touches(b.Window)
	case *ledger.Edit:
		return g.touches(b.Window)
	case *ledger.Report:
		return in || g.inMonths(b.Period)
	case *ledger.Sending:
		return in || g.inMonths(b.Period)
	case *ledger.Vote:
		return in || g.inMonths(b.Period)
	}
	return in || g.about[e.Body.Subject()]
}

// touches reports whether an interval and the period have an instant in common.
func (g *gathering) touches(v slo.Interval) bool { return !v.Intersect(g.period.Interval).Empty() }

// inMonths reports whether a report's period and the months of the pack have a
// day in common.
func (g *gathering) inMonths(label string) bool {
	p, err := report.ParsePeriod(label, g.Zone)
	return err == nil && g.touches(p.Interval)
}

// pathOf makes a name into a part of a path, another one for each name.
func pathOf(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}, name)
	if plain == name && len(name) <= 60 {
		return name
	}
	return plain[:min(len(plain), 60)] + "_" + ledger.Digest([]byte(name))[:12]
}

// instant writes an instant, and nothing for one that is not known.
func instant(at slo.Instant) string {
	if at == 0 {
		return ""
	}
	return at.String()
}
