package evidence

import "github.com/assay-sla/assay/slo"

// OK reports whether no clause is missing and everything is as the ledger says.
func (r *Readiness) OK() bool {
	for i := range r.Findings {
		if r.Findings[i].Standing == Missing {
			return false
		}
	}
	return len(r.Unfit) == 0
}

// ReadinessJSON is a readiness as tools read it.
type ReadinessJSON struct {
	From    string        `json:"from"` // month
	To      string        `json:"to"`   // month, included
	At      slo.Instant   `json:"at"`
	Since   slo.Instant   `json:"since"` // the ledger's first entry
	Days    int           `json:"days"`
	MinDays int           `json:"min_days"` // for which auditors usually ask
	Clauses []ClauseJSON  `json:"clauses"`
	Seed    uint64        `json:"seed"`     // of the sample
	Drawn   int           `json:"drawn_of"` // how many incidents there were
	Sample  []SampledJSON `json:"sample"`
	Unfit   []string      `json:"unfit"`
}

// ClauseJSON is a finding.
type ClauseJSON struct {
	Clause   string      `json:"clause"`
	Title    string      `json:"title"`
	Asks     string      `json:"asks"`
	Standing Standing    `json:"standing"`
	Records  map[Set]int `json:"records"`
	Lacks    []string    `json:"lacks"`
	Beyond   string      `json:"beyond"`
}

// SampledJSON is an incident of the sample.
type SampledJSON struct {
	Incident string      `json:"incident"`
	Service  string      `json:"service"`
	Began    slo.Instant `json:"began_at"`
	Points   []PointJSON `json:"points"`
}

// PointJSON is one thing that an auditor looks at.
type PointJSON struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Says string `json:"says"`
}

// JSON is the readiness as tools read it, in its language.
func (r *Readiness) JSON() ReadinessJSON {
	months := r.Period.Months
	out := ReadinessJSON{
		From: months[0].Label, To: months[len(months)-1].Label, At: r.At, Since: r.Since, Days: r.Days(), MinDays: MinDays,
		Clauses: []ClauseJSON{}, Seed: r.Sample.Seed, Drawn: r.Sample.Of, Sample: []SampledJSON{}, Unfit: append([]string{}, r.Unfit...),
	}
	for _, f := range r.Findings {
		c := ClauseJSON{f.Number, f.Title(r.Language), f.Asks(r.Language), f.Standing, map[Set]int{}, append([]string{}, f.Lacks...), f.Beyond(r.Language)}
		for _, n := range f.Found {
			c.Records[n.Set] = n.Enough()
		}
		out.Clauses = append(out.Clauses, c)
	}
	for _, s := range r.Sample.Drawn {
		c := SampledJSON{s.Case.ID, s.Case.Service, s.Case.Began, []PointJSON{}}
		for _, p := range s.Points {
			c.Points = append(c.Points, PointJSON(p))
		}
		out.Sample = append(out.Sample, c)
	}
	return out
}
