package report

import (
	"os"
	"path/filepath"
	"regexp"
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
		if strings.HasSuffix(f, "_test.go") || f == "text_en.go" {
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
		if english().reason(r) == string(r) {
			t.Errorf("the reason %s has no words", r)
		}
	}
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
