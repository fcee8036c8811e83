package evidence

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestLanguages: every language says what English does, of the same values; one
// without a singular has only the forms for many.
func TestLanguages(t *testing.T) {
	for _, l := range Languages() {
		theirs := languages()[l]
		for _, key := range slices.Sorted(maps.Keys(english)) {
			text, ok := theirs[key]
			one, counted := strings.CutSuffix(key, ".one")
			switch {
			case !ok && counted && theirs[one+".other"] != "":
			case text == "":
				t.Errorf("%s lacks %q", l, key)
			case !slices.Equal(verbs(text), verbs(english[key])):
				t.Errorf("%s: %q puts in %v, in English %v", l, key, verbs(text), verbs(english[key]))
			}
		}
		for key := range theirs {
			if _, ok := english[key]; !ok && !strings.HasPrefix(key, "term.") {
				t.Errorf("%s: %q is not in English", l, key)
			}
		}
		if got, err := ParseLanguage(string(l)); got != l || err != nil {
			t.Errorf("%q reads as %q, %v", l, got, err)
		}
	}
	if _, err := ParseLanguage("tlh"); err == nil {
		t.Error("a language without texts was read")
	}
}

var verb = regexp.MustCompile(`%(?:\[(\d)\])?([sdv%])`)

// verbs are the kinds of values that a text puts in, by their numbers.
func verbs(text string) []string {
	var out []string
	next := 1
	for _, m := range verb.FindAllStringSubmatch(text, -1) {
		if m[2] == "%" {
			continue
		}
		if m[1] != "" {
			next = int(m[1][0] - '0')
		}
		out = append(out, fmt.Sprint(next, m[2]))
		next++
	}
	slices.Sort(out)
	return out
}

// TestTexts: every set, clause and need has its texts, and no text is of
// nothing.
func TestTexts(t *testing.T) {
	known := map[string]bool{}
	need := func(key string) {
		known[key] = true
		if english[key] == "" {
			t.Errorf("%q is missing", key)
		}
	}
	for _, s := range Standings() {
		need("standing." + string(s))
	}
	for _, s := range Sets() {
		need("set." + string(s))
	}
	for _, c := range Clauses() {
		need("clause." + c.Number + ".title")
		need("clause." + c.Number + ".asks")
		known["clause."+c.Number+".beyond"] = true
		for _, n := range c.Needs {
			need("need." + c.Number + "." + string(n.Set))
		}
	}
	code := sources(t)
	for key := range english {
		kind, rest, _ := strings.Cut(key, ".")
		base := strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".other")
		base = strings.TrimSuffix(strings.TrimSuffix(base, ".ok"), ".lacks")
		_, last, _ := strings.Cut(base, ".")
		built := (kind == "point" || kind == "remark" || kind == "unfit") && (strings.Contains(code, `"`+last+`"`) || strings.Contains(code, `"`+key+`"`))
		if !known[key] && !built && !strings.Contains(code, `"`+base+`"`) && rest != "response" && rest != "restoration" {
			t.Errorf("%q is said nowhere", key)
		}
	}
}

// sources are the code and the templates that say texts.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{"*.go", "pages/*.html", "../evidence*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasPrefix(f, "text_") || strings.HasSuffix(f, "_test.go") {
				continue
			}
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(b)
		}
	}
	return all.String()
}
