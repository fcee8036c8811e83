package register

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// TestDocumented finds every field and state of every register, and why anything
// is proposed, in docs/registers.md.
func TestDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/registers.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	_, fields, _ := strings.Cut(text, "\n## Fields\n")
	for _, g := range All() {
		row := regexp.MustCompile("(?m)^\\| `" + g.Name + "` \\|.*$").FindString(fields)
		if row == "" {
			t.Errorf("the fields of %s are not documented", g.Name)
		}
		for _, f := range g.Fields {
			if !strings.Contains(row, "`"+f.Name+"`") {
				t.Errorf("the field %s of %s is not documented", f.Name, g.Name)
			}
			for _, c := range f.Choices {
				if !strings.Contains(row, c) {
					t.Errorf("the choice %s of %s is not documented", c, f.Name)
				}
			}
		}
		row = regexp.MustCompile("(?m)^\\| `" + g.Name + "` \\|.*$").FindString(text)
		for _, s := range g.States {
			if !strings.Contains(row, s.Name) {
				t.Errorf("the state %s of %s is not documented", s.Name, g.Name)
			}
		}
	}
	for _, r := range slo.CandidateReasons() {
		if !strings.Contains(text, "`"+string(r)+"`") {
			t.Errorf("%s is not documented", r)
		}
	}
}
