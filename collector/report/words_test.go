package report

import "testing"

// TestOutcomeOfOne speaks of one objective in the singular.
func TestOutcomeOfOne(t *testing.T) {
	for _, c := range []struct {
		s      Summary
		en, zh string
	}{
		{Summary{Missed: 1}, "1 objective missed", "1 项目标未达标"},
		{Summary{Met: 1}, "1 objective met", "1 项目标全部达标"},
		{Summary{Met: 1, Missed: 1}, "1 of 2 objectives missed", "2 项目标中 1 项未达标"},
	} {
		for lang, want := range map[string]string{"en": c.en, "zh": c.zh} {
			l, err := ParseLanguage(lang)
			if err != nil {
				t.Fatal(err)
			}
			if got := l.words().outcome(&c.s); got != want {
				t.Errorf("%+v in %s: %q, not %q", c.s, lang, got, want)
			}
		}
	}
}
