package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/assay-sla/assay/slo"
)

// Satisfaction is what came of the surveys that go with the agreement's reports:
// the votes that were cast in the period, whichever report they were about.
type Satisfaction struct {
	Asked  int     `json:"asked"`  // surveys sent in the period
	Votes  int     `json:"votes"`  // cast in it
	CSAT   *Figure `json:"csat"`   // share of votes of 4 or 5; null without votes
	Mean   string  `json:"mean"`   // of the scores, with one decimal; "" without votes
	Scores [5]int  `json:"scores"` // votes of 1 to 5
	Said   []Said  `json:"said"`   // what voters wrote, oldest first
}

// Said is a vote with a comment. Who gave it is not told.
type Said struct {
	At    slo.Instant `json:"at"`
	Score int         `json:"score"`
	Text  string      `json:"text"`
}

// satisfaction counts the surveys; nil where nobody was asked and nobody voted.
func satisfaction(in Input) *Satisfaction {
	s, voted := slo.Satisfied(in.Surveys, in.Period.Interval)
	if s.Asked == 0 && s.Votes == 0 {
		return nil
	}
	out := &Satisfaction{Asked: s.Asked, Votes: s.Votes, Scores: s.Scores, Said: []Said{}}
	out.settle()
	for _, x := range voted {
		if x.Vote.Comment != "" {
			out.Said = append(out.Said, Said{x.Vote.At, x.Vote.Score, x.Vote.Comment})
		}
	}
	return out
}

// settle computes the shares from the counts.
func (s *Satisfaction) settle() {
	satisfied, sum := 0, 0
	for i, n := range s.Scores {
		score := slo.MinScore + i
		sum += score * n
		if score >= slo.SatisfiedScore {
			satisfied += n
		}
	}
	if s.CSAT = figure(slo.Fraction{Part: int64(satisfied), Whole: int64(s.Votes)}, 0, 0); s.Votes == 0 {
		return
	}
	tenths := (20*sum + s.Votes) / (2 * s.Votes) // rounded half up
	s.Mean = fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}

// plus is the sum of two, of which either may be nil; settle does the rest.
func (s *Satisfaction) plus(o *Satisfaction) *Satisfaction {
	if o == nil {
		return s
	}
	out := Satisfaction{Said: []Said{}}
	if s != nil {
		out = *s
	}
	out.Asked, out.Votes = out.Asked+o.Asked, out.Votes+o.Votes
	for i := range out.Scores {
		out.Scores[i] += o.Scores[i]
	}
	out.Said = slices.SortedStableFunc(slices.Values(slices.Concat(out.Said, o.Said)), func(a, b Said) int { return cmp.Compare(a.At, b.At) })
	return &out
}

// Survey adds the surveys that go with the report's own scope to those of its
// agreements.
func (r *Report) Survey(list []slo.Survey) {
	own := satisfaction(Input{Surveys: list, Period: r.Identity.Period})
	if r.Satisfaction = r.Satisfaction.plus(own); r.Satisfaction == nil {
		return
	}
	r.Satisfaction.settle()
	r.KPIs.CSAT = r.Satisfaction.CSAT
}

// maxSaid bounds what a voter wrote, in characters.
const maxSaid = 500

// satisfaction puts what came of the surveys into words.
func (p *page) satisfaction() {
	s, w := p.r.Satisfaction, p.w
	if s == nil {
		return
	}
	add := func(name, value, note string) {
		p.Satisfaction = append(p.Satisfaction, pair{Key: "satisfaction." + name, Label: w.t("satisfaction." + name), Value: value, Note: note})
	}
	add("csat", p.csat(), w.t("kpi.formula.csat"))
	if s.Votes > 0 {
		add("mean", w.t("satisfaction.of", s.Mean), "")
	}
	add("votes", strconv.Itoa(s.Votes), w.n("satisfaction.asked", s.Asked))
	for i, said := range s.Said[:min(p.limits.incidents, len(s.Said))] {
		p.Satisfaction = append(p.Satisfaction, pair{
			Key: fmt.Sprintf("satisfaction.said.%d", i), Label: w.t("satisfaction.of", strconv.Itoa(said.Score)), Value: clean(said.Text, maxSaid),
		})
	}
	if n := len(s.Said) - p.limits.incidents; n > 0 {
		p.Satisfaction = append(p.Satisfaction, pair{Key: "satisfaction.said.more", Value: w.n("satisfaction.more", n)})
	}
}

// csat is the customer satisfaction score in words.
func (p *page) csat() string {
	if p.r.KPIs.CSAT == nil {
		return p.w.t("satisfaction.none")
	}
	return p.w.percent(p.r.KPIs.CSAT)
}

func (t tabler) votes() table {
	out := t.of("votes", "satisfaction.title", "at score comment")
	if s := t.r.Satisfaction; s != nil {
		for _, v := range s.Said {
			out.rows = append(out.rows, []datum{t.on(v.At), counted(int64(v.Score)), said(v.Text)})
		}
	}
	return out
}
