package probe

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// What comes into evidence is cut and quoted by clean and quote alone: a
// secret that was cut or escaped before they see it may slip past them. So
// nothing else calls bound, and nothing but an error about a catalogue's values
// is formatted with %q.
func TestEvidenceIsCleanBeforeItIsQuoted(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch called := callee(call); {
			case called == "bound" && name != "clean.go":
				t.Errorf("%s: cut by clean or quote, not by bound", set.Position(call.Pos()))
			case strings.HasPrefix(called, "strconv.Quote"):
				t.Errorf("%s: quoted by quote, not by strconv", set.Position(call.Pos()))
			case called != "fmt.Errorf" && formats(call, "q"):
				t.Errorf("%s: quoted by quote, not by %%q", set.Position(call.Pos()))
			}
			return true
		})
	}
}

// callee is the name of what a call calls, with that of its package.
func callee(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if of, ok := f.X.(*ast.Ident); ok {
			return of.Name + "." + f.Sel.Name
		}
		return f.Sel.Name
	}
	return ""
}

// formats reports whether an argument is a literal with a verb, with or
// without flags.
func formats(call *ast.CallExpr, verb string) bool {
	for _, arg := range call.Args {
		text, ok := arg.(*ast.BasicLit)
		if !ok || text.Kind != token.STRING {
			continue
		}
		for rest := text.Value; ; {
			var found bool
			if _, rest, found = strings.Cut(rest, "%"); !found {
				break
			}
			if strings.HasPrefix(strings.TrimLeft(rest, "+-# 0123456789.[]"), verb) {
				return true
			}
		}
	}
	return false
}
