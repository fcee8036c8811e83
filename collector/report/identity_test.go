package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

func TestMessageID(t *testing.T) {
	r := Build(goldInput(t))
	id := MessageID("example.com", r, "Ann@example.org")
	if !regexp.MustCompile(`^report-[0-9a-f]{32}@example\.com$`).MatchString(id) {
		t.Errorf("the ID is %q", id)
	}
	again := r
	again.Identity.MadeAt++
	again.Identity.Revision = "another"
	if MessageID("example.com", again, " ann@EXAMPLE.org ") != id {
		t.Error("the same report made again has another ID")
	}
	seen := map[string]string{id: "the first"}
	for name, change := range map[string]func(*Report) string{
		"edition":   func(r *Report) string { r.Identity.Edition = 2; return "ann@example.org" },
		"agreement": func(r *Report) string { r.Identity.Scope.Name = "silver"; return "ann@example.org" },
		"period":    func(r *Report) string { r.Identity.Period.Label = "2026-11"; return "ann@example.org" },
		"recipient": func(r *Report) string { return "bob@example.org" },
		"run together": func(r *Report) string {
			r.Identity.Scope.Name, r.Identity.Period.Label = "gold2", "026-10"
			return "ann@example.org"
		},
	} {
		other := r
		to := change(&other)
		got := MessageID("example.com", other, to)
		if before, ok := seen[got]; ok {
			t.Errorf("another %s has the ID of %s", name, before)
		}
		seen[got] = name
	}
}

func TestSubject(t *testing.T) {
	r := Build(goldInput(t))
	for _, c := range []struct {
		change func(*Report)
		want   string
	}{
		{func(*Report) {}, "Service report October 2026 (provisional): Webshop for Contoso Retail, 2 of 3 objectives missed"},
		{func(r *Report) { r.Identity.Standing = Final }, "Service report October 2026: Webshop for Contoso Retail, 2 of 3 objectives missed"},
		{func(r *Report) { r.Identity.Standing, r.Identity.Edition = Final, 2 }, "Service report October 2026: Webshop for Contoso Retail, 2 of 3 objectives missed"},
		{func(r *Report) { r.Amends = &Amendment{Replaces: 1} }, "Service report October 2026 (amended): Webshop for Contoso Retail, 2 of 3 objectives missed"},
		{func(r *Report) { r.Summary.Met, r.Summary.Missed = 3, 0 }, "Service report October 2026 (provisional): Webshop for Contoso Retail, all 3 objectives met"},
		{func(r *Report) { r.Summary.Met, r.Summary.Missed = 1, 0 }, "Service report October 2026 (provisional): Webshop for Contoso Retail, 1 objective met"},
		{func(r *Report) { r.Summary = Summary{Insufficient: 2} }, "Service report October 2026 (provisional): Webshop for Contoso Retail, insufficient data"},
		{func(r *Report) { r.Summary = Summary{Insufficient: 1, Met: 2} }, "Service report October 2026 (provisional): Webshop for Contoso Retail, 2 of 3 objectives met"},
		{func(r *Report) { r.Summary = Summary{Missed: 1, SoFar: true} }, "Service report October 2026 (provisional): Webshop for Contoso Retail, 1 objective missed so far"},
		{func(r *Report) { r.Summary = Summary{} }, "Service report October 2026 (provisional): Webshop for Contoso Retail, nothing was promised"},
	} {
		changed := r
		c.change(&changed)
		if got := Subject(changed, English); got != c.want {
			t.Errorf("the subject is %q, not %q", got, c.want)
		}
	}
}

func TestFileName(t *testing.T) {
	r := Build(goldInput(t))
	if got := FileName(r); got != "gold-2026-10" {
		t.Errorf("the file is named %q", got)
	}
	r.Identity.Edition = 2
	if got := FileName(r); got != "gold-2026-10-edition-2" {
		t.Errorf("the file is named %q", got)
	}
}

// The page that explains the figures is named whole, in every face.
func TestReportNamesWhatExplainsIt(t *testing.T) {
	in := goldInput(t)
	in.Explained = "https://assay.example.org/services/shop/explain?objective=gold%2Favailability&window=2026-10"
	r := Build(in)
	for name, write := range map[string]func(*bytes.Buffer) error{
		"text": func(b *bytes.Buffer) error { return Text(b, r, English) }, "HTML": func(b *bytes.Buffer) error { return HTML(b, r, English) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		if got := strings.ReplaceAll(b.String(), "&amp;", "&"); !strings.Contains(got, in.Explained) {
			t.Errorf("the %s does not name it:\n%s", name, got)
		}
	}
}

// Files of two scopes are never named alike because their letters are not ASCII.
func TestFileNamesOfOtherLetters(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"银杏书店", "云杉书店", "Läden", "Löden", "____"} {
		file := Scope{CustomerScope, name}.FileName("2026-10")
		if other, twice := seen[file]; twice || strings.ContainsFunc(file, func(c rune) bool { return c > 'z' }) {
			t.Errorf("%s and %s are both called %s", other, name, file)
		}
		seen[file] = name
	}
}
