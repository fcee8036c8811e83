package catalog_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/assay-sla/assay/slo/catalog"
)

const probeDoc = "apiVersion: assay/v1\nkind: Probe\nmetadata: {name: NAME}\nspec: {every: 30s, tcp: {address: \"a:1\"}}\n"

// write makes a folder of files, "NAME -> TARGET" being a symbolic link.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name, link, isLink := strings.Cut(name, " -> ")
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		err := error(nil)
		if isLink {
			err = os.Symlink(link, path)
		} else {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func named(name string) string { return strings.ReplaceAll(probeDoc, "NAME", name) }

func TestLoadFolder(t *testing.T) {
	dir := write(t, map[string]string{
		"a.yaml": named("a"), "sub/deep/b.yml": named("b"), "sub/c.yaml": named("c") + "---\n" + named("d"),
		"README.md": "no: [yaml", ".hidden.yaml": "no: [yaml", ".git/e.yaml": "no: [yaml", "empty.yaml": "# nothing\n---\n",
		// the way Kubernetes mounts a ConfigMap
		"..2026/f.yaml": named("f"), "..data -> ..2026": "", "f.yaml -> ..data/f.yaml": "",
	})
	c, problems := catalog.Load(dir)
	if err := problems.Err(); err != nil {
		t.Fatal(problems)
	}
	var names []string
	for _, p := range c.Probes {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, ""); got != "abcdf" {
		t.Errorf("probes %s", got)
	}
	if got, want := problems[0].Place(), filepath.Join(dir, "a.yaml")+":3:18"; got != want {
		t.Errorf("the first warning is at %s, want %s", got, want)
	}
}

func TestLoadFile(t *testing.T) {
	dir := write(t, map[string]string{"a.yaml": named("a"), "b.yaml": named("b")})
	c, problems := catalog.Load(filepath.Join(dir, "b.yaml"))
	if problems.Err() != nil || len(c.Probes) != 1 || c.Probes[0].Name != "b" {
		t.Errorf("%v\n%s", c, problems)
	}
}

func TestLoadRefuses(t *testing.T) {
	big := named("a") + "#" + string(bytes.Repeat([]byte("x"), 4<<20)) + "\n"
	outside := write(t, map[string]string{"a.yaml": named("a")})
	tests := map[string]struct {
		files map[string]string
		want  string // of the only problem
	}{
		"large":            {map[string]string{"a.yaml": big}, "a.yaml: error: larger than 4 MiB"},
		"link out":         {map[string]string{"a.yaml -> " + outside + "/a.yaml": ""}, "a.yaml: error: reading: "},
		"link out, dotted": {map[string]string{"a.yaml -> ../../../../../../../../etc/hostname": ""}, "a.yaml: error: reading: "},
		"link to nothing":  {map[string]string{"a.yaml -> b.txt": ""}, "a.yaml: error: reading: "},
		"link to a folder": {map[string]string{"sub -> other": "", "other/README": ""}, "sub: error: reading: a symbolic link to a folder is not followed"},
		"loop":             {map[string]string{"a.yaml -> b.yaml": "", "b.yaml -> a.yaml": ""}, "a.yaml: error: reading: "},
		"nothing":          {map[string]string{"a.txt": ""}, ": warning: no .yaml or .yml file is here"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, problems := catalog.Load(write(t, test.files))
			if len(problems) == 0 || !strings.Contains(problems[0].Error(), test.want) {
				t.Fatalf("want %s, got\n%s", test.want, problems)
			}
			if (problems.Err() == nil) != (c != nil) {
				t.Errorf("catalogue %v with\n%s", c, problems)
			}
		})
	}
}

func TestLoadMissing(t *testing.T) {
	c, problems := catalog.Load(filepath.Join(t.TempDir(), "none"))
	if c != nil || len(problems) != 1 || !strings.HasSuffix(problems[0].Error(), "none: error: reading: stat: no such file or directory") {
		t.Errorf("%v\n%s", c, problems)
	}
}

// TestLoadPipe does not wait for what nobody writes.
func TestLoadPipe(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "a.yaml"), 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	if c, problems := catalog.Load(dir); c != nil || !strings.Contains(problems.String(), "not a regular file") {
		t.Errorf("%v\n%s", c, problems)
	}
}
