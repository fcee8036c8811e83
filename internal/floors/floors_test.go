package floors

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// goList describes the packages that args name, as go list does. Packages
// that do not compile are among them: what they import is known all the same.
func goList(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-e"}, args...)...)
	cmd.Dir = "../.."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var pkgs []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func TestImportsGoDown(t *testing.T) {
	pkgs := goList(t, "-deps", "-json=ImportPath,Name,Standard,Imports", "./...")
	for _, v := range violations(pkgs) {
		t.Error(v)
	}
	if !strings.Contains(strings.Join(paths(pkgs), " "), module+"/slo ") {
		t.Error("go list did not show slo: the test looked at nothing")
	}
}

func paths(pkgs []pkg) (all []string) {
	for _, p := range pkgs {
		all = append(all, p.ImportPath)
	}
	return append(all, "")
}

func TestAgentIsLight(t *testing.T) {
	for _, p := range goList(t, "-json=ImportPath,Deps", "./agent/...", "./cmd/...") {
		if strings.HasPrefix(p.ImportPath, module+"/cmd/") && p.ImportPath != module+"/cmd/assay-agent" {
			continue
		}
		for _, v := range weight(p) {
			t.Error(v)
		}
	}
}

// TestViolations shows that the rules can be broken.
func TestViolations(t *testing.T) {
	us := func(path string, imports ...string) pkg {
		p := pkg{ImportPath: module + "/" + path, Name: path[strings.LastIndexByte(path, '/')+1:]}
		for _, i := range imports {
			if strings.Contains(i, ".") || i == "fmt" {
				p.Imports = append(p.Imports, i)
			} else {
				p.Imports = append(p.Imports, module+"/"+i)
			}
		}
		return p
	}
	for _, c := range []struct {
		name string
		pkg  pkg
		want string // "" where nothing is wrong
	}{
		{"down", us("collector/evaluate", "fmt", "slo", "slo/catalog", "gopkg.in/yaml.v3"), ""},
		{"two floors down", us("collector", "agent/probe", "slo"), ""},
		{"a folder of its own", us("collector/notify", "collector/notify/outboxtest"), ""},
		{"back from a folder of its own", us("collector/notify/outboxtest", "collector/notify"), ""},
		{"the command imports anything", us("cmd/assay", "agent", "collector", "rules"), ""},
		{"slo and the standard library", us("slo", "fmt"), ""},
		{"slo and a module", us("slo", "gopkg.in/yaml.v3"), "it may import the standard library only"},
		{"slo and us", us("slo", "slo/catalog"), "it may import the standard library only"},
		{"neighbour on floor 1", us("internal/push", "internal/wal"), "internal/push imports its neighbour internal/wal on floor 1"},
		{"neighbour on floor 2", us("collector/web/page", "collector/report"), "its neighbour collector/report on floor 2"},
		{"neighbour on floor 3", us("collector", "agent"), "its neighbour agent on floor 3"},
		{"up", us("agent/probe", "agent"), "agent/probe on floor 2 imports agent on floor 3"},
		{"nobody imports the workshop", us("cmd/assay", "internal/testrun"), "imports internal/testrun on floor 5"},
		{"no floor", us("internal/misc"), "internal/misc has no floor"},
		{"no floor below floor 3", us("collector/misc"), "collector/misc has no floor"},
		{"a name that says nothing", us("internal/wal/util"), `"util" says nothing`},
		{"a package called otherwise than its folder", pkg{ImportPath: module + "/rules", Name: "helpers"}, `"helpers" says nothing`},
		{"foreign packages are free", pkg{ImportPath: "example.org/util", Imports: []string{module + "/cmd/assay"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := violations([]pkg{{ImportPath: "fmt", Standard: true}, c.pkg})
			switch {
			case c.want == "" && len(got) > 0:
				t.Errorf("found %q", got)
			case c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)):
				t.Errorf("found %q, want one that says %q", got, c.want)
			}
		})
	}
}

func TestWeight(t *testing.T) {
	p := pkg{ImportPath: module + "/cmd/assay-agent", Deps: []string{
		"fmt", module + "/agent", module + "/collector/tsdb", "modernc.org/sqlite", "modernc.org/sqlites",
		"github.com/prometheus/prometheus/model/labels", "github.com/prometheus/prometheus/tsdb/chunks",
	}}
	if got := weight(p); len(got) != 3 {
		t.Errorf("found %q, want three", got)
	}
	p.Deps = []string{"github.com/jackc/pgx/v5/pgproto3", "github.com/jackc/pgx/v5/internal/pgio"}
	if got := weight(p); len(got) != 0 {
		t.Errorf("the codec of an sql probe is heavy: %q", got)
	}
	if p.Deps = append(p.Deps, "github.com/jackc/pgx/v5", "github.com/jackc/pgx/v5/pgconn"); len(weight(p)) != 1 {
		t.Error("a driver of a database is light")
	}
}
