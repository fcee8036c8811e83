package web

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedExamples holds docs/formats/api.md and the golden files
// together.
func TestDocumentedExamples(t *testing.T) {
	b, err := os.ReadFile("../../docs/formats/api.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(b)
	examples := regexp.MustCompile("(?s)<!-- golden: (\\S+) -->\n```json\n(.*?)```\n").FindAllStringSubmatch(doc, -1)
	if len(examples) == 0 {
		t.Error("the document has no examples")
	}
	for _, e := range examples {
		want, err := os.ReadFile(filepath.Join("testdata", e[1]))
		if err != nil {
			t.Error(err)
		} else if string(want) != e[2] {
			t.Errorf("the example of %s in docs/formats/api.md is out of date", e[1])
		}
	}
	o, _, _ := withOffice(t)
	for _, r := range (&site{Options: o}).table() {
		if r.face == forMachines && !strings.Contains(doc, r.method+" "+r.path) {
			t.Errorf("%s %s is not documented", r.method, r.path)
		}
	}
}

// TestEveryFieldIsDocumented looks for each name of the golden answers.
func TestEveryFieldIsDocumented(t *testing.T) {
	var doc strings.Builder
	for _, f := range []string{"api.md", "availability.md", "../registers.md"} {
		b, err := os.ReadFile("../../docs/formats/" + f)
		if err != nil && f == "api.md" {
			t.Fatal(err)
		}
		doc.Write(b)
	}
	files, err := filepath.Glob("testdata/api-*.json")
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string]bool{}
	for _, f := range files {
		if strings.Contains(f, "objectives") {
			continue // of the availability contract
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		body := regexp.MustCompile(`(?s)"objectives": \[.*?\n  {0,4}  \]`).ReplaceAllString(string(b), "")
		for _, m := range regexp.MustCompile(`"([a-z_0-9]+)":`).FindAllStringSubmatch(body, -1) {
			ours[m[1]] = true
		}
	}
	for name := range ours {
		if !regexp.MustCompile(`\b` + name + `\b`).MatchString(doc.String()) {
			t.Errorf("the field %s is not documented", name)
		}
	}
}
