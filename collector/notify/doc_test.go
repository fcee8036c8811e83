package notify

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// TestGuideNamesEverything holds docs/notify.md against the names in the code.
func TestGuideNamesEverything(t *testing.T) {
	guide, err := os.ReadFile("../../docs/notify.md")
	if err != nil {
		t.Fatal(err)
	}
	names := constants(t, "labels.go")
	names = append(names, HeaderResent, string(Pending), string(Sending), string(Sent), string(Failed))
	descs := make(chan *prometheus.Desc, 100)
	NewCollector(nil, nil, nil).Describe(descs)
	close(descs)
	for d := range descs {
		_, name, _ := strings.Cut(d.String(), `fqName: "`)
		name, _, _ = strings.Cut(name, `"`)
		names = append(names, name)
	}
	if len(names) < 30 {
		t.Fatalf("only %d names were found", len(names))
	}
	for _, n := range names {
		if !strings.Contains(string(guide), "`"+n) {
			t.Errorf("docs/notify.md does not tell of %s", n)
		}
	}
}

// constants are the values of all string constants in a file.
func constants(t *testing.T, file string) (values []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			v, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Error(err)
			}
			values = append(values, v)
		}
		return true
	})
	return values
}
