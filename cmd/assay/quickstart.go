package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/configs"
)

// quickstartAddress is the collector's address in the quickstart catalogue.
const quickstartAddress = "127.0.0.1:8420"

// seed copies the quickstart catalogue into a folder that does not exist yet.
// One that does is its owner's, and stays as it is.
func seed(dir, listen string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	const from = "quickstart/catalogue"
	files, err := fs.ReadDir(configs.Quickstart, from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("making the catalogue: %w", err)
	}
	for _, f := range files {
		b, err := fs.ReadFile(configs.Quickstart, path.Join(from, f.Name()))
		if err != nil {
			return err
		}
		text := strings.ReplaceAll(string(b), quickstartAddress, listen)
		if err := os.WriteFile(filepath.Join(dir, f.Name()), []byte(text), 0o640); err != nil {
			return fmt.Errorf("making the catalogue: %w", err)
		}
	}
	return nil
}

// targetsFile is the catalogue's file of the URLs on the command line, written
// anew at each start.
const targetsFile = "targets.yaml"

// writeTargets puts the URLs into the catalogue: each a probe, a service and
// an agreement of 99.9 % a month.
func writeTargets(dir string, targets []string) error {
	file := filepath.Join(dir, targetsFile)
	if len(targets) == 0 {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing the targets of the last start: %w", err)
		}
		return nil
	}
	text, err := targetCatalogue(targets)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, text, 0o640); err != nil {
		return fmt.Errorf("writing the targets: %w", err)
	}
	return nil
}

type document struct {
	APIVersion string         `yaml:"apiVersion"`
	Kind       string         `yaml:"kind"`
	Metadata   map[string]any `yaml:"metadata"`
	Spec       map[string]any `yaml:"spec"`
}

func targetCatalogue(targets []string) ([]byte, error) {
	b := &strings.Builder{}
	b.WriteString("# The URLs given to assay up. This file is written anew at each start.\n")
	e := yaml.NewEncoder(b)
	e.SetIndent(2)
	used := map[string]bool{}
	for _, t := range targets {
		u, err := url.Parse(t)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, usageError{fmt.Errorf("%q is not an http or https URL such as https://example.org", t)}
		}
		if u.User != nil {
			return nil, usageError{fmt.Errorf("%s holds a user; credentials do not belong in a URL, see docs/probes/http.md", u.Redacted())}
		}
		name := targetName(u, used)
		for _, d := range []document{
			{Kind: "Probe", Spec: map[string]any{"every": "10s", "timeout": "5s", "http": map[string]any{"url": t, "redirects": 3}}},
			{Kind: "Service", Spec: map[string]any{"up": name}},
			{Kind: "Agreement", Spec: map[string]any{"service": name, "minCoverage": 0, "objectives": []map[string]any{
				{"name": "month", "target": 99.9, "window": "month"}, {"name": "day", "target": 99.5, "window": "day"},
			}}},
		} {
			d.APIVersion, d.Metadata = "assay/v1", map[string]any{"name": name}
			if err := e.Encode(d); err != nil {
				return nil, fmt.Errorf("writing the targets: %w", err)
			}
		}
	}
	if err := e.Close(); err != nil {
		return nil, fmt.Errorf("writing the targets: %w", err)
	}
	return []byte(b.String()), nil
}

var notName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// targetName is a name for a URL that no other has.
func targetName(u *url.URL, used map[string]bool) string {
	base := strings.Trim(notName.ReplaceAllString(u.Host+u.Path, "-"), "-")
	base = base[:min(len(base), 100)]
	name := base
	for i := 2; used[name]; i++ {
		name = fmt.Sprintf("%s-%d", base, i)
	}
	used[name] = true
	return name
}
