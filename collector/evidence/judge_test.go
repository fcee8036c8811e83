package evidence

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

func period(t *testing.T, from, to string) Period {
	t.Helper()
	p, err := NewPeriod(from, to, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNewPeriod(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPeriod("2026-02", "2026-04", zone) // summer time begins in March
	if err != nil || len(p.Months) != 3 || p.From.String() != "2026-01-31T23:00:00Z" || p.To.String() != "2026-04-30T22:00:00Z" {
		t.Fatalf("%+v, %v", p, err)
	}
	for _, c := range []struct{ from, to, want string }{
		{"2026-04", "2026-02", "before it begins"},
		{"April", "2026-05", `"April" is no month`},
		{"2026-04", "", `"" is no month`},
		{"2020-01", "2026-01", "more than 36 months"},
		{"1850-01", "1850-02", "outside the years"},
	} {
		if _, err := NewPeriod(c.from, c.to, time.UTC); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s to %s: %v, want %q", c.from, c.to, err, c.want)
		}
	}
	if _, err := NewPeriod("2026-02", "2026-04", time.Local); err == nil {
		t.Error("months of a zone that is another one on each machine")
	}
}

// TestClauses: each clause from 4 to 10 once, in order, with what it needs or
// why it is outside.
func TestClauses(t *testing.T) {
	numbers := map[string]bool{}
	for _, c := range Clauses() {
		if numbers[c.Number] || c.Title(English) == "" || c.Asks(English) == "" || len(c.Needs) == 0 && c.Beyond(English) == "" {
			t.Errorf("%+v", c)
		}
		numbers[c.Number] = true
		for _, n := range c.Needs {
			if !slices.Contains(Sets(), n.Set) || c.Shows(n, English) == "" {
				t.Errorf("%s needs %+v", c.Number, n)
			}
		}
	}
	for _, want := range []string{"8.2.2", "8.2.4", "8.2.6", "8.3.2", "8.3.3", "8.3.4", "8.4.3", "8.5.1", "8.5.3", "8.6.1", "8.6.2", "8.6.3", "8.7.1", "8.7.2", "9.1", "9.2", "9.3", "9.4", "10.1", "10.2"} {
		if !numbers[want] {
			t.Errorf("clause %s is missing", want)
		}
	}
}

func TestJudge(t *testing.T) {
	p := period(t, "2026-08", "2026-10")
	within := func(months ...int) (rows []Row) {
		for _, m := range months {
			rows = append(rows, Row{At: p.Months[m].From + 1})
		}
		return rows
	}
	always := []Row{{}}
	for _, c := range []struct {
		name     string
		records  []Records
		at       slo.Instant
		clause   string
		standing Standing
		lacks    string
	}{
		{"nothing kept", nil, p.To, "8.6.1", Missing, "Incidents: no register of them is kept."},
		{"nothing happened", []Records{{Set: Incidents}}, p.To, "8.6.1", Thin, "Nothing happened in the period"},
		{"something happened", []Records{{Set: Incidents, Rows: within(1)}}, p.To, "8.6.1", Covered, ""},
		{"before the period", []Records{{Set: Incidents, Rows: []Row{{At: p.From - 1}, {At: p.To}}}}, p.To, "8.6.1", Thin, "Nothing happened"},
		{"each month", []Records{{Set: Availability, Rows: within(0, 1, 2)}}, p.To, "8.2.1", Covered, ""},
		{"a month is missing", []Records{{Set: Availability, Rows: within(0, 2)}}, p.To, "8.2.1", Thin, "Availability results: none of 2026-09."},
		{"a month is not over", []Records{{Set: Availability, Rows: within(0, 1)}}, p.To - 1, "8.2.1", Covered, ""},
		{"nothing measured", []Records{{Set: Availability}}, p.To, "8.2.1", Missing, "Availability results: there is no record."},
		{"one of two", []Records{{Set: Services, Rows: always}, {Set: Trail}}, p.To, "5.3", Thin, "Audit trail: there is no record."},
		{"always there", []Records{{Set: Services, Rows: always}}, p.To, "8.2.2", Covered, ""},
		{"outside", nil, p.To, "8.7.3", Outside, ""},
		{"in the year", []Records{{Set: Plans, Rows: always}, {Set: Drills, Rows: []Row{{At: p.Year.From}}}}, p.To, "8.7.2", Covered, ""},
		{"before the year", []Records{{Set: Plans, Rows: always}, {Set: Drills, Rows: []Row{{At: p.Year.From - 1}}}}, p.To, "8.7.2", Thin, "Continuity tests: there is no record of the year that ends with the period."},
		{"with a shortcoming", []Records{{Set: Incidents, Rows: within(1), Remarks: []Remark{{Key: "cause", Names: []string{"a", "b", "c", "d", "e"}, Of: 7}}}}, p.To, "8.6.1", Thin, "Incidents: 5 of 7 that are closed have no cause (a, b, c and 2 more)."},
	} {
		for _, f := range Judge(p, c.at, c.records, English) {
			if f.Number == c.clause && (f.Standing != c.standing || !strings.Contains(strings.Join(f.Lacks, " "), c.lacks) || c.lacks == "" && len(f.Lacks) > 0) {
				t.Errorf("%s: clause %s is %s, lacks %q", c.name, f.Number, f.Standing, f.Lacks)
			}
		}
	}
}

func TestDraw(t *testing.T) {
	var cases []Case
	for i := range 100 {
		c := Case{Incident: slo.Incident{ID: string(rune('a'+i%26)) + string(rune('a'+i/26)), Began: slo.Instant(1000 + i), Detected: slo.Instant(1001 + i)}}
		cases = append(cases, c)
	}
	ids := func(s Sample) (out []string) {
		for _, x := range s.Drawn {
			out = append(out, x.Case.ID)
		}
		return out
	}
	first := ids(Draw(cases, Sampling{Seed: 7, Count: 25}, English))
	slices.Reverse(cases)
	if again := ids(Draw(cases, Sampling{Seed: 7, Count: 25}, English)); !slices.Equal(first, again) || len(first) != 25 {
		t.Errorf("seed 7 drew %v and then %v", first, again)
	}
	if other := ids(Draw(cases, Sampling{Seed: 8, Count: 25}, English)); slices.Equal(first, other) {
		t.Error("seed 8 drew what seed 7 did")
	}
	if all := Draw(cases, Sampling{Count: 1000}, English); len(all.Drawn) != 100 || all.Of != 100 {
		t.Errorf("%d drawn of 100", len(all.Drawn))
	}
}

func TestPoints(t *testing.T) {
	whole := Case{Incident: slo.Incident{
		ID: "i", Began: 1000, Detected: 2000, Acknowledged: 2500, AckedBy: "ada", Restored: 3000, Resolved: 4000,
		Work: slo.Work{Responded: 2600, Closed: 5000, Assignee: "bob", Priority: 2, Resolution: &slo.Resolution{Code: "fixed", Cause: "a full disk"}},
	}, Clocks: []slo.IncidentClock{{Agreement: "gold", Kind: slo.ResponseClock, Target: time.Hour, Elapsed: time.Minute}}}
	bad := func(c Case) (out []string) {
		for _, p := range (check{English, &c}).points() {
			if !p.OK {
				out = append(out, p.What+": "+p.Says)
			}
		}
		return out
	}
	if got := bad(whole); got != nil {
		t.Errorf("of a whole record: %q", got)
	}
	part := whole
	part.Acknowledged, part.Work = 0, slo.Work{Parent: "w"} // which has what it lacks
	if got := bad(part); got != nil {
		t.Errorf("of a part: %q", got)
	}
	for _, c := range []struct {
		change func(*Case)
		want   string
	}{
		{func(c *Case) { c.Work.Priority = 0 }, "priority: nothing ranks it"},
		{func(c *Case) { c.Acknowledged, c.Work.Responded = 0, 0 }, "taken by a person: nobody acknowledged it"},
		{func(c *Case) { c.Work.Assignee = "" }, "assigned: nobody is named for it"},
		{func(c *Case) { c.Resolved, c.Work.Closed = 0, 0 }, "resolved: it is still open"},
		{func(c *Case) { c.Work.Resolution = nil }, "cause: nobody said what it was"},
		{func(c *Case) { c.Work.Resolution = &slo.Resolution{Code: "fixed"} }, "cause: closed as fixed, without a cause"},
		{func(c *Case) { c.Work.Closed = 3500 }, "times in order: 1970-01-01T00:00:03.5Z comes after 1970-01-01T00:00:04Z"},
		{func(c *Case) { c.Work.Major = &slo.Major{Owner: "eve"} }, "major incident led and reviewed: its review is not held"},
		{func(c *Case) {
			c.Clocks = []slo.IncidentClock{{Agreement: "gold", Kind: slo.ResponseClock, Target: time.Minute, Elapsed: time.Hour}}
		}, "response target of gold: missed: 1h0m0s of 1m0s"},
	} {
		n := whole
		c.change(&n)
		if got := bad(n); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
