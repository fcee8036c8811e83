package differential

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of the page again")

// page of the documentation, which has the tables between two marks.
const (
	pageFile = "../../docs/probes/differences.md"
	mark     = "<!-- tables -->\n"
)

// TestPage holds the page against the tables here.
func TestPage(t *testing.T) {
	b, err := os.ReadFile(pageFile)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(b), mark)
	if len(parts) != 3 {
		t.Fatalf("%s has %d marks, not 2", pageFile, len(parts)-1)
	}
	if parts[1] == tables() {
		return
	}
	if !*update {
		t.Fatalf("%s does not say what the tests do: run go test ./internal/differential -run TestPage -update", pageFile)
	}
	parts[1] = tables()
	if err := os.WriteFile(pageFile, []byte(strings.Join(parts, mark)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tables are the differences, and the servers that the two agree about.
func tables() string {
	var b strings.Builder
	b.WriteString("\n## Differences\n\n| kind | server | blackbox_exporter | agent | why |\n|---|---|---|---|---|\n")
	differ := map[[2]string]bool{}
	for _, d := range differences() {
		differ[[2]string{d.kind, d.server}] = true
		c := contestOf(d)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", d.kind, d.server, state(c.reason != ""), said(c), d.why)
	}
	b.WriteString("\n## Agreement\n\n| kind | server | both say |\n|---|---|---|\n")
	for _, k := range kinds() {
		for _, c := range k.all {
			if !differ[[2]string{k.name, c.server}] {
				fmt.Fprintf(&b, "| %s | %s | %s |\n", k.name, c.server, said(c))
			}
		}
	}
	b.WriteString("\n")
	return b.String()
}

// said is the agent's verdict in words.
func said(c contest) string {
	if c.reason == "" {
		return "up"
	}
	return fmt.Sprintf("down, `%s`", c.reason)
}

// contestOf is the contest that a difference is about; the zero one where
// there is none.
func contestOf(d difference) contest {
	for _, k := range kinds() {
		for _, c := range k.all {
			if k.name == d.kind && c.server == d.server {
				return c
			}
		}
	}
	return contest{}
}

// TestTables: each server has one name, and each difference is about one and
// says why.
func TestTables(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range kinds() {
		for _, c := range k.all {
			if name := k.name + "/" + c.server; seen[name] {
				t.Errorf("%s is there twice", name)
			} else {
				seen[name] = true
			}
		}
	}
	told := map[string]bool{}
	for _, d := range differences() {
		name := d.kind + "/" + d.server
		if contestOf(d).server == "" || told[name] || d.why == "" {
			t.Errorf("the difference about %s is of no server, there twice, or without a reason", name)
		}
		told[name] = true
	}
}
