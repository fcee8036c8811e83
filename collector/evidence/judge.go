package evidence

import (
	"fmt"
	"time"

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
}

// Period is what a pack is about: whole months in a time zone.
type Period struct {
	slo.Interval
	Months []Month
}

// Month is one of its months.
type Month struct {
	Label string // 2026-10
	slo.Interval
}

// MaxMonths bounds a period.
const MaxMonths = 36

// NewPeriod is the period from one month to another, both included and written
// as 2026-10.
func NewPeriod(from, to string, zone *time.Location) (Period, error) {
	const layout = "2006-01"
	first, err := time.ParseInLocation(layout, from, zone)
	if err != nil {
		return Period{}, fmt.Errorf("%q is no month, such as 2026-10", from)
	}
	last, err := time.ParseInLocation(layout, to, zone)
	if err != nil {
		return Period{}, fmt.Errorf("%q is no month, such as 2026-10", to)
	}
	if last.Before(first) {
		return Period{}, fmt.Errorf("the period ends with %s, before it begins with %s", to, from)
	}
	var p Period
	for m := first; !m.After(last); m = m.AddDate(0, 1, 0) {
		if len(p.Months) == MaxMonths {
			return Period{}, fmt.Errorf("the period has more than %d months", MaxMonths)
		}
		v := slo.Interval{From: slo.At(m), To: slo.At(m.AddDate(0, 1, 0))}
		p.Months = append(p.Months, Month{m.Format(layout), v})
	}
	p.Interval = slo.Interval{From: p.Months[0].From, To: p.Months[len(p.Months)-1].To}
	if p.From < slo.MinInstant || p.To > slo.MaxInstant {
		return Period{}, fmt.Errorf("the period lies outside the years 1900 to 2200")
	}
	return p, nil
}

// Judge holds each clause against the records of a period. Months that have
// not begun at an instant lack nothing.
func Judge(p Period, at slo.Instant, records []Records) []Finding {
	by := map[Set]*Records{}
	for i := range records {
		by[records[i].Set] = &records[i]
	}
	var out []Finding
	for _, c := range Clauses() {
		out = append(out, judge(c, p, at, by))
	}
	return out
}

func judge(c Clause, p Period, at slo.Instant, by map[Set]*Records) Finding {
	f := Finding{Clause: c, Standing: Outside}
	if len(c.Needs) == 0 {
		return f
	}
	some, lacking := false, false
	for _, n := range c.Needs {
		found, lacks := look(n, p, at, by[n.Set])
		f.Found = append(f.Found, found)
		f.Lacks = append(f.Lacks, lacks...)
		some = some || found.Count > 0
		lacking = lacking || len(lacks) > 0
	}
	switch {
	case !lacking && !some:
		f.Standing = Thin
		f.Lacks = []string{"Nothing happened in the period that leaves such a record: show by an earlier one that the process works."}
	case !lacking:
		f.Standing = Covered
	case some:
		f.Standing = Thin
	default:
		f.Standing = Missing
	}
	return f
}

// look counts the records of a need and names what it lacks. A set that is
// not among the records is not kept at all.
func look(n Need, p Period, at slo.Instant, r *Records) (Found, []string) {
	f := Found{Need: n}
	if r == nil {
		return f, []string{n.Set.Name() + ": no register of them is kept."}
	}
	f.Kept, f.Count = true, r.Between(p.Interval)
	switch {
	case f.Count == 0 && n.Event:
		return f, nil
	case f.Count == 0:
		return f, []string{n.Set.Name() + ": there is no record."}
	case !n.Monthly:
		return f, nil
	}
	var lacks []string
	for _, m := range p.Months {
		if m.To <= at && r.Between(m.Interval) == 0 {
			lacks = append(lacks, fmt.Sprintf("%s: none of %s.", n.Set.Name(), m.Label))
		}
	}
	return f, lacks
}
