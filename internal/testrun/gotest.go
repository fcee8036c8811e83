package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// pkg is a package as go list describes it.
type pkg struct {
	ImportPath   string
	Module       struct{ Path string }
	TestGoFiles  []string
	XTestGoFiles []string
}

// tested reports whether the package has tests.
func (p pkg) tested() bool { return len(p.TestGoFiles)+len(p.XTestGoFiles) > 0 }

// dir is the package's folder relative to the module's root.
func (p pkg) dir() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, p.Module.Path), "/")
}

// list asks go list for the packages that patterns name. A package that does
// not load is among them: go test says what is wrong with it.
func list(ctx context.Context, patterns []string, stderr io.Writer) ([]pkg, error) {
	args := append([]string{"list", "-e", "-json=ImportPath,Module,TestGoFiles,XTestGoFiles", "--"}, patterns...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Stderr = stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing packages: %w", err)
	}
	var packages []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading the list of packages: %w", err)
		}
		packages = append(packages, p)
	}
}

// split parts packages into those to run plainly and those to run under the
// race detector, and returns the folders of raceIn that no tested package
// answers to, lest a misspelt one goes unnoticed.
func split(packages []pkg, raceIn []string) (plain, raced, unmatched []string) {
	used := make(map[string]bool, len(raceIn))
	for _, p := range packages {
		race := false
		for _, pattern := range raceIn {
			if p.tested() && matches(pattern, p.dir()) {
				race, used[pattern] = true, true
			}
		}
		if race {
			raced = append(raced, p.ImportPath)
		} else {
			plain = append(plain, p.ImportPath)
		}
	}
	for _, pattern := range raceIn {
		if !used[pattern] {
			unmatched = append(unmatched, pattern)
		}
	}
	return plain, raced, unmatched
}

// matches reports whether the folder dir is pattern, or below it where
// pattern ends in /... .
func matches(pattern, dir string) bool {
	above, deep := strings.CutSuffix(pattern, "/...")
	return dir == above || deep && strings.HasPrefix(dir, above+"/")
}

// raceBuilds reports whether the race detector can be built here. It needs
// cgo, a C compiler and the C library's headers; building the package that
// needs all three is the one sure way to know.
func raceBuilds(ctx context.Context) bool {
	cmd := exec.CommandContext(ctx, "go", "build", "-race", "runtime/cgo")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	return cmd.Run() == nil
}

// test runs the packages and feeds what go test says to r. Results are never
// taken from the cache: they depend on servers and rights that it does not
// know of, and property tests draw anew each time. Vetting is not done here;
// it has a place of its own and would double the work.
func test(ctx context.Context, o options, packages []string, race bool, r *report, stderr io.Writer) error {
	if len(packages) == 0 {
		return nil
	}
	args := []string{"test", "-json", "-count=1", "-vet=off",
		fmt.Sprintf("-p=%d", o.parallel), fmt.Sprintf("-timeout=%s", o.timeout)}
	if race {
		args = append(args, "-race")
	}
	cmd := exec.CommandContext(ctx, "go", append(args, packages...)...)
	cmd.Env = os.Environ()
	if race {
		cmd.Env = append(cmd.Env, "CGO_ENABLED=1")
	}
	cmd.Stderr = stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("running go test: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("running go test: %w", err)
	}
	r.race = race
	readErr := read(stdout, r)
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("running go test: %w", context.Cause(ctx))
	case readErr != nil:
		return fmt.Errorf("reading what go test says: %w", readErr)
	case err != nil && r.failed == 0:
		return fmt.Errorf("go test failed without naming a test: %w", err)
	}
	return nil
}

// read hands each line of go test -json to r; what is not an event is
// printed as it is.
func read(in io.Reader, r *report) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action != "" {
				r.add(e)
			} else {
				fmt.Fprintf(r.out, "%s\n", bytes.TrimRight(line, "\n"))
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
