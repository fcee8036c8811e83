package web

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/assay-sla/assay/slo"
)

func TestLanguagesSayTheSame(t *testing.T) {
	all := catalogueOfTexts()
	verb := regexp.MustCompile(`%(?:\[(\d+)\])?([.\d]*[sdf%])`)
	for lang, texts := range all {
		for _, key := range slices.Sorted(maps.Keys(all[english])) {
			if _, ok := texts[key]; !ok {
				t.Errorf("%s lacks %s", lang, key)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(texts)) {
			base, ok := all[english][key]
			if !ok {
				t.Errorf("%s has %s, which English lacks", lang, key)
				continue
			}
			if got, want := verbsOf(verb, texts[key]), verbsOf(verb, base); !slices.Equal(got, want) {
				t.Errorf("%s: %s takes %v, in English %v", lang, key, got, want)
			}
			if one, ok := strings.CutSuffix(key, ".one"); ok {
				if _, ok := texts[one+".other"]; !ok {
					t.Errorf("%s has %s and no .other", lang, key)
				}
			}
		}
	}
}

// verbsOf lists the verbs of a text by the argument that each takes.
func verbsOf(verb *regexp.Regexp, text string) []string {
	byArg := map[int]string{}
	next := 1
	for _, m := range verb.FindAllStringSubmatch(text, -1) {
		if strings.HasSuffix(m[2], "%") {
			continue
		}
		if m[1] != "" {
			next = int(m[1][0] - '0')
		}
		byArg[next] = m[2]
		next++
	}
	var out []string
	for _, i := range slices.Sorted(maps.Keys(byArg)) {
		out = append(out, byArg[i])
	}
	return out
}

// TestEveryTextIsUsed holds the templates, the code and the catalogue of texts
// together: a key that is asked for exists, and no key is left over.
func TestEveryTextIsUsed(t *testing.T) {
	sources := readSources(t)
	texts := englishTexts()
	asked := regexp.MustCompile(`(?:\{\{-? ?(?:t|n)|\(t|\(n|\b(?:w|views)\.(?:t|n)\(|v\.t\() ?"([a-z_0-9.]+)"`)
	for _, m := range asked.FindAllStringSubmatch(sources, -1) {
		if !strings.HasSuffix(m[1], ".") && texts[m[1]] == "" && texts[m[1]+".other"] == "" {
			t.Errorf("the text %s is asked for and missing", m[1])
		}
	}
	made := []string{"reason.", "event.", "stage.", "trigger.", "code.", "clock.", "link.", "exclusion.", "drill.state.", "drill.kind.", "drill.help.", "drill.act.", "drill.reason.", "drill.problem.", "plan.state.", "plan.due.", "change.kind.", "change.source.", "change.outcome.", "change.act.", "change.event.", "change.problem.", "register.", "field.", "choice.", "candidate.", "input.", "import.act.", "catalogue.level.", "error.", "problem.", "state.", "unit.", "window.", "verdict.", "answer.count.", "agent.limit.", "capacity.state.", "capacity.lack.", "tier.", "said.", "counted.", "sum.formula.", "sum.of.", "sending.state.", "sending.event.", "sending.problem.", "mail.state.", "mail.bounce.", "survey.score.", "survey.problem."} // put together at run time
	for key := range texts {
		key = strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".other")
		if !strings.Contains(sources, `"`+key+`"`) && !slices.ContainsFunc(made, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("the text %s is used nowhere", key)
		}
	}
}

func TestEveryLimitHasWords(t *testing.T) {
	w := words{english, englishTexts()}
	for _, l := range slo.Limits() {
		if w.limit(l) == string(l) {
			t.Errorf("%s has no words", l)
		}
	}
	if got := w.limit("new"); got != "new" {
		t.Errorf("an unknown limit is shown as %q", got)
	}
}

func TestEveryReasonHasWords(t *testing.T) {
	w := words{english, englishTexts()}
	for _, r := range slo.Reasons() {
		if w.reason(r) == string(r) {
			t.Errorf("%s has no words", r)
		}
	}
	if got := w.reason("new_reason"); got != "new_reason" {
		t.Errorf("an unknown reason is shown as %q", got)
	}
}
