package probe

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// TestDocExamples loads the example of each kind's page and prepares it.
func TestDocExamples(t *testing.T) {
	env := newEnv(t, Options{
		Commands:   map[string][]string{"check-raid": {"/bin/true"}},
		Backups:    map[string]string{"shop": "/var/backups/shop-*.dump"},
		Heartbeats: func(string) (Heartbeat, bool) { return Heartbeat{}, false },
	})
	for _, kind := range slo.Kinds() {
		page := "../../docs/probes/" + kind + ".md"
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		blocks := yamlBlock.FindAllSubmatch(text, -1)
		if len(blocks) == 0 {
			t.Errorf("%s has no example", page)
		}
		for _, b := range blocks {
			c, problems := catalog.Parse([]catalog.Source{{Name: page, Data: b[1]}})
			if c == nil {
				t.Fatalf("%s:\n%s", page, problems)
			}
			for _, p := range c.Probes {
				if p.Spec.Kind() != kind {
					t.Errorf("%s has an example of %s", page, p.Spec.Kind())
				}
				if _, err := New(*p, env); err != nil {
					t.Errorf("%s: %v", page, err)
				}
			}
		}
	}
}

// TestDocReasons finds every reason that a probe can give in the pages.
func TestDocReasons(t *testing.T) {
	var pages strings.Builder
	for _, kind := range slo.Kinds() {
		text, err := os.ReadFile("../../docs/probes/" + kind + ".md")
		if err != nil {
			t.Fatal(err)
		}
		pages.Write(text)
	}
	for _, r := range slo.Reasons() {
		if r == slo.AgentPaused { // the scheduler's, not a probe's
			continue
		}
		if !strings.Contains(pages.String(), "`"+string(r)+"`") {
			t.Errorf("no page tells of %s", r)
		}
	}
}
