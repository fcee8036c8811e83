package report

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// Every text that the code names is there, and every text that is there is
// named by the code.
func TestTexts(t *testing.T) {
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, f := range append(sources, "templates/report.html") {
		if strings.HasSuffix(f, "_test.go") || strings.HasPrefix(f, "text_") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(b)
	}
	texts := englishTexts()
	literal := regexp.MustCompile(`(?:\.t\(|\.T\(|\.T |heading\(|pairs\()"([a-z_.]+[a-z_])"`)
	counted := regexp.MustCompile(`\.n\("([a-z_.]+)"`)
	for _, m := range literal.FindAllStringSubmatch(code.String(), -1) {
		if _, ok := texts[m[1]]; !ok {
			t.Errorf("text %q is missing", m[1])
		}
	}
	for _, m := range counted.FindAllStringSubmatch(code.String(), -1) {
		for _, form := range []string{".one", ".other"} {
			if _, ok := texts[m[1]+form]; !ok {
				t.Errorf("text %q is missing", m[1]+form)
			}
		}
	}
	for key := range texts {
		if !named(code.String(), key) {
			t.Errorf("text %q is named nowhere", key)
		}
	}
	for _, r := range []slo.Reason{slo.ResolveTimeout, slo.ConnectRefused, slo.TLSExpired, slo.StatusUnexpected, slo.NoReply, slo.PacketLoss} {
		if English.words().reason(r) == string(r) {
			t.Errorf("the reason %s has no words", r)
		}
	}
}

// Every language says everything that English does, of the same values; one
// without a singular has only the forms for many.
func TestLanguages(t *testing.T) {
	english := englishTexts()
	files, err := filepath.Glob("text_*.go")
	if err != nil || len(files)%len(Languages()) != 0 || len(Languages()) != len(languages()) {
		t.Fatalf("files %v, languages %v of %d: %v", files, Languages(), len(languages()), err)
	}
	for _, l := range Languages() {
		theirs := l.words().texts
		for key, en := range english {
			text, ok := theirs[key]
			switch one, counted := strings.CutSuffix(key, ".one"); {
			case !ok && counted && theirs[one+".other"] != "":
			case !ok || text == "" && key != "unit.join":
				t.Errorf("%s: text %q is missing", l, key)
			case !slices.Equal(arguments(text), arguments(en)) && !strings.HasPrefix(key, "axis."):
				t.Errorf("%s: text %q puts in %v, the English one %v", l, key, arguments(text), arguments(en))
			}
		}
		for key := range theirs {
			if _, ok := english[key]; !ok {
				t.Errorf("%s: text %q is not in English", l, key)
			}
		}
		if got, err := ParseLanguage(string(l)); got != l || err != nil {
			t.Errorf("language %q reads as %q, %v", l, got, err)
		}
	}
	if _, err := ParseLanguage("tlh"); err == nil {
		t.Error("a language without texts was read")
	}
}

var argument = regexp.MustCompile(`%(?:\[(\d)\])?([sd%])`)

// arguments are the kinds of values that a text puts in, by their numbers.
func arguments(text string) []string {
	var out []string
	next := 1
	for _, m := range argument.FindAllStringSubmatch(text, -1) {
		if m[2] == "%" {
			continue
		}
		if m[1] != "" {
			next, _ = strconv.Atoi(m[1])
		}
		out = append(out, fmt.Sprint(next, m[2]))
		next++
	}
	slices.Sort(out)
	return out
}

// named reports whether code has a key, or the beginning of it that some code
// completes.
func named(code, key string) bool {
	whole := strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".other")
	if strings.Contains(code, `"`+whole+`"`) {
		return true
	}
	for i := strings.LastIndexByte(key, '.'); i > 0; i = strings.LastIndexByte(key[:i], '.') {
		if strings.Contains(code, `"`+key[:i+1]+`"`) || strings.Contains(code, `"`+key[:i+1]+`%`) {
			return true
		}
	}
	return strings.Contains(code, `+ ".short"`) && strings.HasSuffix(key, ".short") || strings.HasPrefix(key, "subject")
}
