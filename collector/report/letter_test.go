package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// vote is a survey that was answered.
func vote(at slo.Instant, score int, comment string) slo.Survey {
	return slo.Survey{Digest: comment, Asked: at - 1000, Vote: &slo.Vote{Score: score, Comment: comment, At: at}}
}

// The links are in both parts of the mail, and in nothing else that is made of
// the report.
func TestLetter(t *testing.T) {
	r := Build(goldInput(t))
	links := Links{Live: "https://assay.example.org/reports/gold/2026-10", Survey: "https://assay.example.org/survey/TOKEN"}
	for _, l := range Languages() {
		with, err := NewLetter(r, l, links)
		if err != nil {
			t.Fatal(err)
		}
		for part, text := range map[string]string{"text": with.Text, "HTML": with.HTML} {
			for _, want := range []string{links.Live, links.Survey, l.words().t("live")} {
				if !strings.Contains(text, want) {
					t.Errorf("%s, %s: nothing of %q", l, part, want)
				}
			}
		}
		if n := strings.Count(with.HTML, links.Survey+"?score="); n != slo.MaxScore {
			t.Errorf("%s: %d scores", l, n)
		}
		without, err := NewLetter(r, l, Links{})
		var html bytes.Buffer
		if err != nil || HTML(&html, r, l) != nil {
			t.Fatal(err)
		}
		for _, text := range []string{without.Text, without.HTML, html.String()} {
			if strings.Contains(text, "survey") || strings.Contains(text, l.words().t("live")) {
				t.Errorf("%s: a link where there is none", l)
			}
		}
		if subject, text := Ask(r, l, "https://assay.example.org/sendings/s-1"); strings.Contains(subject, "\n") || !strings.Contains(text, "https://assay.example.org/sendings/s-1\n") {
			t.Errorf("%q: %s", subject, text)
		}
	}
}

// What somebody wrote who released the report stands in every face.
func TestReleaseIsInEveryFace(t *testing.T) {
	r := Build(goldInput(t))
	r.Release = &Release{At: r.Identity.MadeAt, By: "Anna", Comment: "The flood took us\r\nan hour <b>longer</b>."}
	for _, l := range Languages() {
		for _, f := range []Format{FormatHTML, FormatText, FormatJSON} {
			var b bytes.Buffer
			if err := Write(&b, r, f, l, ""); err != nil {
				t.Fatal(err)
			}
			text := strings.Join(strings.Fields(strings.ReplaceAll(b.String(), "\n> ", " ")), " ")
			if !strings.Contains(text, "The flood took us") || f != FormatText && strings.Contains(text, "<b>longer") || !strings.Contains(text, "Anna") {
				t.Errorf("%s in %s lacks the comment, or has its markup", f, l)
			}
		}
		var b bytes.Buffer
		if err := Write(&b, r, FormatCSV, l, "report"); err != nil || !strings.Contains(b.String(), "comment,The flood took us an hour") {
			t.Errorf("CSV: %v\n%s", err, b.String())
		}
	}
}

func TestSatisfaction(t *testing.T) {
	in := goldInput(t)
	from, to := in.Period.From, in.Period.To
	for name, c := range map[string]struct {
		surveys  []slo.Survey
		none     bool
		asked    int
		votes    int
		csat     string // "" without votes
		mean     string
		comments int
	}{
		"nobody was asked":     {none: true},
		"nobody answered":      {surveys: []slo.Survey{{Asked: from}}, asked: 1},
		"two of three":         {surveys: []slo.Survey{vote(from+5000, 5, "good"), vote(from+6000, 4, ""), vote(from+4000, 1, "bad")}, asked: 3, votes: 3, csat: "67", mean: "3.3", comments: 2},
		"rounded half up":      {surveys: []slo.Survey{vote(from+5000, 4, ""), vote(from+6000, 4, ""), vote(from+6000, 4, ""), vote(from+6000, 5, "")}, asked: 4, votes: 4, csat: "100", mean: "4.3"},
		"cast in this period":  {surveys: []slo.Survey{vote(from, 2, ""), vote(to-1, 3, "")}, asked: 1, votes: 2, csat: "0", mean: "2.5"},
		"cast in another":      {surveys: []slo.Survey{vote(from-1, 2, ""), vote(to, 3, "")}, asked: 1},
		"a score that is none": {surveys: []slo.Survey{vote(from+5000, 6, ""), vote(from+5000, 0, "")}, asked: 2},
	} {
		in.Surveys = c.surveys
		r := Build(in)
		s := r.Satisfaction
		if c.none {
			if s != nil {
				t.Errorf("%s: %+v", name, s)
			}
			continue
		}
		csat := ""
		if s.CSAT != nil {
			csat = s.CSAT.Shown
		}
		if s.Asked != c.asked || s.Votes != c.votes || csat != c.csat || s.Mean != c.mean || len(s.Said) != c.comments || r.KPIs.CSAT != s.CSAT {
			t.Errorf("%s: %+v, CSAT %s", name, s, csat)
		}
		if c.comments > 0 && s.Said[0].Text != "bad" {
			t.Errorf("%s: the comments are not in order: %v", name, s.Said)
		}
	}
}

// A report on several agreements counts the votes of all.
func TestSatisfactionOfSeveral(t *testing.T) {
	in := goldInput(t)
	from := in.Period.From
	of := func(surveys ...slo.Survey) Report {
		in.Surveys = surveys
		return Build(in)
	}
	list := []Report{of(vote(from+9000, 5, "later")), of(), of(vote(from+5000, 4, "first"), vote(from+6000, 1, ""))}
	all := Combine(Scope{Kind: WholeScope}, in.Period, in.Agreement.Zone, in.At, list)
	s := all.Satisfaction
	if s == nil || s.Votes != 3 || s.CSAT.Shown != "67" || s.Mean != "3.3" || len(s.Said) != 2 || s.Said[0].Text != "first" || all.KPIs.CSAT != s.CSAT {
		t.Errorf("%+v", s)
	}
	if list[0].Satisfaction.Votes != 1 || Combine(Scope{Kind: WholeScope}, in.Period, in.Agreement.Zone, in.At, list[1:2]).Satisfaction != nil {
		t.Error("what was combined is another now, or nothing is something")
	}
}
