package report

import (
	"strings"
	"testing"
)

// periodReport is that of a provider with two agreements, of which one was down,
// on a period.
func periodReport(t testing.TB, period string) Report {
	in := goldInputOf(t, period)
	in.Incidents, in.Changes, in.Continuity = in.Incidents[:4], in.Changes[:1], in.Continuity[:1] // or a mail would leave something out
	calm := goldInputOf(t, period)
	calm.Agreement.Name, calm.Agreement.Service = "bronze", "mail"
	calm.Agreement.Objectives, in.Resources, in.Scores = calm.Agreement.Objectives[:1], nil, nil
	calm.Incidents, calm.Resources, calm.Scores, calm.Continuity, calm.Ledger, calm.Changes = nil, nil, nil, nil, nil, nil
	return Combine(Scope{Kind: WholeScope}, in.Period, in.Agreement.Zone, in.At, []Report{Build(calm), Build(in)})
}

// Every service has a strip of the whole period, of cells for which there is
// room: days, weeks or half months, each as bad as its worst day.
func TestServiceStrips(t *testing.T) {
	for _, c := range []struct {
		period  string
		columns int
		row     string
		en, zh  string
	}{
		{"2026-10", 31, "·····■·······■···m··??··■···■··", "A day each, from the first of the month", "每格一天，自当月一日起"},
		{"2026-10-18..2026-11-07", 21, "m··??··■···■···", "A day each.", "每格一天。"},
		{"2026-Q4", 14, "·■■■■", "The worst of a week each", "每格为一周"},
		{"2026", 24, "··■·??···■■····■··■■·", "The worst of half a month each", "每格为半个月"},
	} {
		r := periodReport(t, c.period)
		p, err := newPage(English.words(), &r, fullLimits())
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Strips) != 2 || p.Strips[1].Columns() != c.columns || p.Strips[1].Row() != c.row {
			t.Errorf("%s has %d strips, the last of %d columns: %q", c.period, len(p.Strips), p.Strips[1].Columns(), p.Strips[1].Row())
		}
		for l, legend := range map[Language]string{English: c.en, Chinese: c.zh} {
			text, shown := faces(t, r, l)
			if !contains(text, legend) || shown["strip.1"] == "" || !strings.Contains(text, c.row) {
				t.Errorf("%s in %s lacks %q or its strips:\n%s", c.period, l, legend, text)
			}
			sameFigures(t, r, l)
			sameTables(t, r, l)
		}
		pages := strings.Join(pagesOf(t, written(t, r, English)), "\n")
		if !contains(pages, c.en) {
			t.Errorf("the PDF of %s lacks %q", c.period, c.en)
		}
	}
}
