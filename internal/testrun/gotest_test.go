package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSplit(t *testing.T) {
	in := func(dir string, tests ...string) pkg {
		p := pkg{ImportPath: "m/" + dir, TestGoFiles: tests}
		p.Module.Path = "m"
		return p
	}
	packages := []pkg{
		in("agent", "a_test.go"), in("agent/probe", "p_test.go"), in("agents", "s_test.go"),
		in("internal/wal", "w_test.go"), in("internal/wal/x", "x_test.go"), in("slo"),
	}
	plain, raced, unmatched := split(packages, []string{"agent/...", "internal/wal", "slo", "internal/wall"})
	for _, c := range []struct {
		what      string
		got, want []string
	}{
		{"plain", plain, []string{"m/agents", "m/internal/wal/x", "m/slo"}},
		{"raced", raced, []string{"m/agent", "m/agent/probe", "m/internal/wal"}},
		{"unmatched", unmatched, []string{"slo", "internal/wall"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
}

// TestRun runs a real module that has one of everything.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":              "module example.org/o/m\n\ngo 1.26\n",
		"good/good.go":        "package good\n",
		"good/good_test.go":   "package good\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) {}\n\nfunc TestB(t *testing.T) { t.Skip(\"left out: promtool\") }\n",
		"bad/bad_test.go":     "package bad\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) { t.Error(\"this is wrong\") }\n\nfunc TestB(t *testing.T) { panic(\"at the disco\") }\n",
		"broken/b_test.go":    "package broken\n\nvar x int = \"text\"\n",
		"untested/nothing.go": "package untested\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	t.Setenv("GOFLAGS", "-mod=mod")

	var out, stderr strings.Builder
	o := options{race: "off", raceIn: []string{"good"}, parallel: 2, timeout: time.Minute, patterns: []string{"./..."}}
	ok, err := run(context.Background(), o, &out, &stderr)
	if err != nil {
		t.Fatalf("run: %v\n%s", err, stderr.String())
	}
	if ok {
		t.Error("a run with failures was called good")
	}
	for _, want := range []string{
		"this is wrong", "panic: at the disco", "cannot use \"text\"",
		"left out: promtool (install it with make test-servers): good.TestB\n",
		"\nok    good ",
		"\nFAIL  broken ",
	} {
		if !strings.Contains("\n"+out.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
	if !strings.HasSuffix(out.String(), "\n1 passed, 3 failed, 1 skipped\n") {
		t.Error("the last line is not 1 passed, 3 failed, 1 skipped")
	}
	if t.Failed() {
		t.Logf("printed:\n%s", out.String())
	}

	out.Reset()
	if _, err := run(context.Background(), options{race: "on", raceIn: []string{"god"}, parallel: 2, timeout: time.Minute, patterns: []string{"./untested"}}, &out, &stderr); err != nil || strings.Contains(out.String(), "god") {
		t.Errorf("part of a module: %v\n%s", err, out.String())
	}
	out.Reset()
	o.patterns = []string{"./good"}
	if ok, err := run(context.Background(), o, &out, &stderr); err != nil || !ok {
		t.Errorf("a good package: %v, %v\n%s", ok, err, out.String())
	}
}

func TestParseOptions(t *testing.T) {
	t.Setenv("CI", "true")
	o, err := parseOptions([]string{"-race-in", "a b/...", "-race=on", "./slo"}, &strings.Builder{})
	if err != nil || !o.ci || o.race != "on" || !slices.Equal(o.raceIn, []string{"a", "b/..."}) || !slices.Equal(o.patterns, []string{"./slo"}) {
		t.Errorf("%+v, %v", o, err)
	}
	var stderr strings.Builder
	if _, err := parseOptions([]string{"-race=maybe"}, &stderr); err == nil || !strings.Contains(stderr.String(), `not "maybe"`) {
		t.Errorf("%v, %q", err, stderr.String())
	}
}
