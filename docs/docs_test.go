// Package docs tests what the documentation says: links lead somewhere and
// the catalogue of the README loads.
package docs

import (
	"io/fs"
	"net/url"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/assay-sla/assay/agent/inputs"
	"github.com/assay-sla/assay/slo/catalog"
)

// documents returns the text of each Markdown file of the repository by its
// path below the root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || name == "data" || name == "bin" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if path.Ext(name) != ".md" {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		texts[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if texts["README.md"] == "" {
		t.Fatal("README.md is missing")
	}
	return texts
}

var (
	fence = regexp.MustCompile("(?ms)^```.*?^```")
	link  = regexp.MustCompile(`\]\(([^()\s]+)\)`)
)

// TestInputs: each input of the agent is described, and stands in the example
// of its file, if only as a comment.
func TestInputs(t *testing.T) {
	page := documents(t)["docs/agent.md"]
	example, err := os.ReadFile("../configs/agent.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, readings, _ := strings.Cut(page, "\n## Readings\n")
	readings, _, _ = strings.Cut(readings, "\n## ")
	for _, name := range inputs.Names() {
		if !strings.Contains(readings, "`"+name+"`") {
			t.Errorf("docs/agent.md does not say what %s reads", name)
		}
		for _, server := range inputs.Defaults(name) {
			if !strings.Contains(readings, "`"+server+"`") {
				t.Errorf("docs/agent.md does not say that %s reads %s by default", name, server)
			}
		}
		if !regexp.MustCompile(`(?m)^  (# )?` + name + `: \{`).Match(example) {
			t.Errorf("configs/agent.yaml has no %s", name)
		}
	}
}

// links returns the link targets in a Markdown text, without its code.
func links(text string) (targets []string) {
	for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		targets = append(targets, m[1])
	}
	return targets
}

// local returns the path below the root that a link in document leads to, or
// false for a link to elsewhere.
func local(document, target string) (name string, ok bool) {
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "" || u.Path == "" {
		return "", false
	}
	return path.Join(path.Dir(document), u.Path), true
}

func TestLinksLeadSomewhere(t *testing.T) {
	for document, text := range documents(t) {
		for _, target := range links(text) {
			if name, ok := local(document, target); ok {
				if _, err := os.Stat(path.Join("..", name)); err != nil {
					t.Errorf("%s links %s: %v", document, target, err)
				}
			}
		}
	}
}

func TestLinks(t *testing.T) {
	got := links("see [a](b.md#c), ![d](e/f.png) and\n```\n[no](code.md)\n```\n[g](https://h.example/)")
	want := "b.md#c e/f.png https://h.example/"
	if strings.Join(got, " ") != want {
		t.Errorf("links are %q, want %s", got, want)
	}
	for target, want := range map[string]string{"../x.md#y": "x.md", "z/": "docs/z", "https://h.example/": "", "#here": ""} {
		if got, _ := local("docs/a.md", target); got != want {
			t.Errorf("%s leads to %q, want %q", target, got, want)
		}
	}
}

// TestCatalogueOfTheReadme loads the example that newcomers begin with: it
// has no errors, no warnings and no more than 20 lines.
func TestCatalogueOfTheReadme(t *testing.T) {
	_, rest, _ := strings.Cut(documents(t)["README.md"], "```yaml\n")
	example, _, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatal("README.md shows no catalogue")
	}
	cat, problems := catalog.Parse([]catalog.Source{{Name: "README.md", Data: []byte(example)}})
	if len(problems) > 0 {
		t.Fatalf("it has problems:\n%s", problems)
	}
	if len(cat.Probes) != 1 || len(cat.Services) != 1 || len(cat.Agreements) != 1 {
		t.Errorf("it has %d probes, %d services, %d agreements", len(cat.Probes), len(cat.Services), len(cat.Agreements))
	}
	if n := strings.Count(example, "\n"); n > 20 {
		t.Errorf("it has %d lines", n)
	}
}
