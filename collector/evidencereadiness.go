package collector

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/collector/web"
)

// readiness shows on the pages how an audit would find the records.
type readiness struct{ *Collector }

// Readiness judges the months asked for.
func (r readiness) Readiness(ctx context.Context, from, to, lang string) (web.Readiness, error) {
	o, err := r.askedEvidence(url.Values{"from": {from}, "to": {to}, "lang": {lang}})
	if err != nil {
		return web.Readiness{}, fmt.Errorf("%w: %w", web.ErrMonths, err)
	}
	found, err := r.judgeRecords(ctx, o)
	if errors.Is(err, errPacking) {
		return web.Readiness{}, web.ErrJudging
	}
	if err != nil {
		return web.Readiness{}, err
	}
	return shownReadiness(found, o), nil
}

// shownReadiness is a readiness as a page shows it.
func shownReadiness(r *evidence.Readiness, o EvidenceOptions) web.Readiness {
	out := web.Readiness{
		From: o.From, To: o.To, Zone: o.Zone.String(), Since: r.Since, Days: r.Days(), MinDays: evidence.MinDays,
		Seed: r.Sample.Seed, Incidents: r.Sample.Of, Unfit: r.Unfit,
	}
	counts := map[evidence.Standing]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		counts[f.Standing]++
		c := web.ReadyClause{
			Number: f.Number, Title: f.Title(r.Language), Asks: f.Asks(r.Language), Standing: string(f.Standing), Word: f.Standing.Word(r.Language), Lacks: f.Lacks, Beyond: f.Beyond(r.Language),
		}
		for _, n := range f.Found {
			c.Records = append(c.Records, web.ReadyRecords{Name: n.Set.Name(r.Language), Count: n.Enough()})
		}
		out.Clauses = append(out.Clauses, c)
	}
	for _, s := range evidence.Standings() {
		out.Standings = append(out.Standings, web.ReadyCount{Standing: string(s), Word: s.Word(r.Language), Count: counts[s]})
	}
	for _, s := range r.Sample.Drawn {
		n := web.ReadyIncident{ID: s.Case.ID, Service: s.Case.Service, Began: s.Case.Began}
		for _, p := range s.Points {
			if !p.OK {
				n.Lacks = append(n.Lacks, r.Language.Text("sample.line", p.What, p.Says))
			}
		}
		out.Sample = append(out.Sample, n)
	}
	return out
}
