package catalog_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	_ "time/tzdata" // the machine may have no zones

	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a golden file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs.\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

// parse reads one text as a catalogue.
func parse(text string) (*slo.Catalog, catalog.Problems) {
	return catalog.Parse([]catalog.Source{{Name: "c.yaml", Data: []byte(text)}})
}

// mustParse reads one text that has no errors.
func mustParse(t *testing.T, text string) *slo.Catalog {
	t.Helper()
	c, problems := parse(text)
	if err := problems.Err(); err != nil {
		t.Fatalf("%s", problems)
	}
	return c
}

// TestGolden holds, for each file of testdata/golden, what a person sees.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			c, problems := catalog.Parse([]catalog.Source{{Name: filepath.Base(path), Data: data}})
			errors, _ := problems.Count()
			if (c == nil) != (errors > 0) {
				t.Errorf("catalogue %v with %d errors", c, errors)
			}
			if warns := strings.HasPrefix(filepath.Base(path), "warn-"); warns != (errors == 0) || len(problems) == 0 {
				t.Errorf("files named warn- have warnings alone, all others errors:\n%s", problems)
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".txt", problems.String())
		})
	}
}

// TestContractCases loads the catalogues of the worked cases.
func TestContractCases(t *testing.T) {
	dirs, err := filepath.Glob("../testdata/contract/*/config")
	if err != nil || len(dirs) < 20 {
		t.Fatalf("%d cases, %v", len(dirs), err)
	}
	for _, dir := range dirs {
		c, problems := catalog.Load(dir)
		if err := problems.Err(); err != nil {
			t.Errorf("%s:\n%s", dir, problems)
		} else if len(c.Agreements) == 0 || c.Revision == "" {
			t.Errorf("%s: %d agreements, revision %q", dir, len(c.Agreements), c.Revision)
		}
	}
}
