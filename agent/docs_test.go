package agent

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocExamples loads what the documentation shows of an agent's file: the
// whole one of agent.md, and the parts that kinds of probe want.
func TestDocExamples(t *testing.T) {
	read := func(page string) string {
		b, err := os.ReadFile(filepath.Join("..", "docs", page))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	smallest := regexp.MustCompile("(?s)```yaml\n(collectors:.*?)```").FindStringSubmatch(read("agent.md"))
	if smallest == nil {
		t.Fatal("docs/agent.md shows no file")
	}
	for page, part := range map[string]*regexp.Regexp{
		"agent.md":        regexp.MustCompile(`^`),
		"probes/exec.md":  regexp.MustCompile("(?s)```\n(commands:\n.*?)```"),
		"probes/push.md":  regexp.MustCompile("`(heartbeats: [^`]+)`"),
		"probes/steps.md": regexp.MustCompile("`(secrets: [^`]+)`"),
	} {
		found := part.FindStringSubmatch(read(page))
		if found == nil {
			t.Errorf("docs/%s shows no part of an agent's file", page)
			continue
		}
		file := filepath.Join(t.TempDir(), "agent.yaml")
		if err := os.WriteFile(file, []byte(smallest[1]+strings.Join(found[1:], "")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, problems := LoadConfig(file); len(problems) > 0 {
			t.Errorf("docs/%s:\n%s", page, problems)
		}
	}
}
