package day

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// part is a block of the page that has a part of the timeline.
var part = regexp.MustCompile("(?s)<!-- day: (\\S+) to (\\S+) -->\n```text\n.*?```")

// TestPage holds the parts of the day that docs/day.md shows against the
// timeline.
func TestPage(t *testing.T) {
	const page = "../../../docs/day.md"
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	day := strings.SplitAfter(read(t, "day.txt"), "\n")
	want := part.ReplaceAllStringFunc(string(b), func(block string) string {
		m := part.FindStringSubmatch(block)
		var lines strings.Builder
		for _, l := range day {
			if m[1] <= l && l < m[2] {
				lines.WriteString(l)
			}
		}
		if lines.Len() == 0 {
			t.Errorf("nothing happens from %s to %s", m[1], m[2])
		}
		return fmt.Sprintf("<!-- day: %s to %s -->\n```text\n%s```", m[1], m[2], lines.String())
	})
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(b), want); diff != "" {
		t.Errorf("docs/day.md shows another day (- page, + timeline); see it with -update:\n%s", diff)
	}
}
