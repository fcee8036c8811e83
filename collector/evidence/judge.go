package evidence

import (
	"github.com/assay-sla/assay/slo"
)

// Standing is how well records show that a clause is lived by.
type Standing string

// The standings.
const (
	Covered Standing = "covered" // each need has records
	Thin    Standing = "thin"    // some need lacks records, or some month of it
	Missing Standing = "missing" // no need has records
	Outside Standing = "outside" // of what this product can show
)

// Standings lists every standing, best first.
func Standings() []Standing { return []Standing{Covered, Thin, Missing, Outside} }

// Word is what people call the standing.
func (s Standing) Word(l Language) string { return l.Text("standing." + string(s)) }

// Finding is a clause with what was found.
type Finding struct {
	Clause
	Standing Standing
	Found    []Found  // one for each need
	Lacks    []string // what is missing, a sentence each
}

// Found is a need with the records there are.
type Found struct {
	Need
	Kept  bool // there is a register of them
	Count int  // of records in the period
	Year  int  // of records in the year that ends with the period
}

// Enough is the number of records that the need asks for.
func (f *Found) Enough() int {
	if f.Rhythm == Yearly {
		return f.Year
	}
	return f.Count
}

// Judge holds each clause against the records of a period, in a language.
// Months that have not ended at an instant lack nothing.
func Judge(p Period, at slo.Instant, records []Records, l Language) []Finding {
	j := judge{period: p, at: at, language: l, by: map[Set]*Records{}}
	for i := range records {
		j.by[records[i].Set] = &records[i]
	}
	var out []Finding
	for _, c := range Clauses() {
		out = append(out, j.clause(c))
	}
	return out
}

// judge is what clauses are held against.
type judge struct {
	period   Period
	at       slo.Instant
	language Language
	by       map[Set]*Records
}

func (j *judge) clause(c Clause) Finding {
	f := Finding{Clause: c, Standing: Outside}
	if len(c.Needs) == 0 {
		return f
	}
	some := false
	for _, n := range c.Needs {
		found, lacks := j.need(n)
		f.Found = append(f.Found, found)
		f.Lacks = append(f.Lacks, lacks...)
		some = some || found.Enough() > 0
	}
	switch lacking := len(f.Lacks) > 0; {
	case !lacking && !some:
		f.Standing = Thin
		f.Lacks = []string{j.language.Text("lack.nothing")}
	case !lacking:
		f.Standing = Covered
	case some:
		f.Standing = Thin
	default:
		f.Standing = Missing
	}
	return f
}

// need counts the records of a need and names what it lacks. A set that is not
// among the records is not kept at all.
func (j *judge) need(n Need) (Found, []string) {
	f, r, name := Found{Need: n}, j.by[n.Set], n.Set.Name(j.language)
	if r == nil {
		return f, []string{j.language.Text("lack.register", name)}
	}
	f.Kept, f.Count, f.Year = true, r.Between(j.period.Interval), r.Between(j.period.Year)
	var lacks []string
	switch {
	case f.Enough() > 0 || n.Rhythm == OnEvent:
	case n.Rhythm == Yearly:
		lacks = append(lacks, j.language.Text("lack.year", name))
	default:
		lacks = append(lacks, j.language.Text("lack.none", name))
	}
	if n.Rhythm == Monthly && f.Count > 0 {
		for _, m := range j.period.Months {
			if m.To <= j.at && r.Between(m.Interval) == 0 {
				lacks = append(lacks, j.language.Text("lack.month", name, m.Label))
			}
		}
	}
	for _, m := range r.Remarks {
		lacks = append(lacks, j.language.Text("lack.remark", name, m.in(j.language)))
	}
	return f, lacks
}
