package catalog_test

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

const (
	docPath        = "../../docs/formats/catalogue.md"
	openSLODocPath = "../../docs/formats/openslo.md"
)

var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// TestDocExamples loads the examples of the documentation as one catalogue.
func TestDocExamples(t *testing.T) {
	doc, err := os.ReadFile(docPath)
	if err != nil {
		t.Fatal(err)
	}
	var sources []catalog.Source
	for i, m := range yamlBlock.FindAllStringSubmatch(string(doc), -1) {
		sources = append(sources, catalog.Source{Name: "example " + string(rune('a'+i)), Data: []byte(m[1])})
	}
	c, problems := catalog.Parse(sources)
	if len(problems) > 0 {
		t.Fatalf("%s", problems)
	}
	if len(c.Probes) < 5 || len(c.Services) < 2 || len(c.Calendars) < 1 || len(c.Maintenances) < 2 || len(c.Agreements) < 2 || len(c.Resources) < 3 {
		t.Errorf("the examples lack a kind: %+v", c)
	}
}

// TestDocFields finds every field in the documentation.
func TestDocFields(t *testing.T) {
	fields := fieldsOf(t, func(file string) bool { return !strings.HasPrefix(file, "openslo") })
	for _, k := range slo.Kinds() {
		s, _ := slo.NewSpec(k)
		jsonNames(reflect.TypeOf(s).Elem(), fields)
		fields[k] = true
	}
	documented(t, docPath, fields, 50)
	documented(t, openSLODocPath, fieldsOf(t, func(file string) bool { return strings.HasPrefix(file, "openslo") }), 30)
}

// fieldsOf returns the names of fields that some files of this package read.
func fieldsOf(t *testing.T, of func(file string) bool) map[string]bool {
	source, err := filesOf(".", of)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?s)r\.fields\(\w+, "[^"]*",? ?(.*?)\)`).FindAllStringSubmatch(source, -1) {
		for _, f := range regexp.MustCompile(`"(\w+)"`).FindAllStringSubmatch(m[1], -1) {
			fields[f[1]] = true
		}
	}
	return fields
}

// documented finds each of at least so many fields in a page.
func documented(t *testing.T, path string, fields map[string]bool, least int) {
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(fields) < least {
		t.Fatalf("only %d fields found", len(fields))
	}
	for f := range fields {
		if !strings.Contains(string(doc), "`"+f+"`") && !strings.Contains(string(doc), f+":") {
			t.Errorf("the field %s is not documented in %s", f, path)
		}
	}
}

func jsonNames(t reflect.Type, into map[string]bool) {
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		into[name] = true
		if f := t.Field(i).Type; f.Kind() == reflect.Struct {
			jsonNames(f, into)
		}
	}
}

// filesOf returns some Go files of a folder, tests left out, as one text.
func filesOf(dir string, of func(file string) bool) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") && of(e.Name()) {
			text, err := os.ReadFile(e.Name())
			if err != nil {
				return "", err
			}
			b.Write(text)
		}
	}
	return b.String(), nil
}

// TestQuickstart loads the catalogue that a newcomer starts from.
func TestQuickstart(t *testing.T) {
	c, problems := catalog.Load("../../configs/quickstart/catalogue")
	if len(problems) > 0 {
		t.Fatalf("%s", problems)
	}
	if len(c.Probes) != 5 || len(c.Services) != 3 || len(c.Calendars) != 1 || len(c.Maintenances) != 1 || len(c.Agreements) != 3 {
		t.Errorf("%+v", c)
	}
}
