package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// event is a line of go test -json; see go doc test2json.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build-output and build-fail
	Test        string
	Elapsed     float64 // seconds
	Output      string
	FailedBuild string // of a package's fail: the ImportPath whose build failed
}

// leftOut begins the message of a skipped test that wants something which is
// not installed here.
const leftOut = "left out: "

// installHint is added to a left-out message that does not say what to do.
const installHint = " (install it with make test-servers)"

// report gathers events into the account of a run. A test with subtests is
// not counted beside them, except where it alone failed.
type report struct {
	out      io.Writer
	race     bool // the packages that follow run under the race detector
	packages map[string]*packageRun
	builds   map[string]*strings.Builder // build output by ImportPath
	shown    map[string]bool             // builds already printed

	passed, failed, skipped int

	absent map[string][]string // what was left out -> the tests that wanted it
	other  []string            // other skips, with their reasons
}

// packageRun is a package whose tests run.
type packageRun struct {
	tests                   map[string]*testRun
	order                   []string // tests as they began
	output                  strings.Builder
	passed, failed, skipped int
}

// testRun is one test or subtest.
type testRun struct {
	output  strings.Builder
	parent  bool   // has subtests
	verdict string // pass, fail, skip; "" while it runs
}

func newReport(out io.Writer) *report {
	return &report{
		out:      out,
		packages: map[string]*packageRun{},
		builds:   map[string]*strings.Builder{},
		shown:    map[string]bool{},
		absent:   map[string][]string{},
	}
}

// add takes the next event.
func (r *report) add(e event) {
	switch {
	case e.Action == "build-output":
		if r.builds[e.ImportPath] == nil {
			r.builds[e.ImportPath] = &strings.Builder{}
		}
		r.builds[e.ImportPath].WriteString(e.Output)
	case e.Package == "":
	case e.Test != "":
		r.addTest(r.packageRun(e.Package), e)
	case e.Action == "output":
		r.packageRun(e.Package).output.WriteString(e.Output)
	case e.Action == "pass", e.Action == "fail", e.Action == "skip":
		r.endPackage(e)
	}
}

func (r *report) packageRun(path string) *packageRun {
	p := r.packages[path]
	if p == nil {
		p = &packageRun{tests: map[string]*testRun{}}
		r.packages[path] = p
	}
	return p
}

// addTest takes an event of one test. Output is forgotten once its test has
// passed.
func (r *report) addTest(p *packageRun, e event) {
	t := p.tests[e.Test]
	if t == nil {
		t = &testRun{}
		p.tests[e.Test] = t
		p.order = append(p.order, e.Test)
		if i := strings.LastIndexByte(e.Test, '/'); i >= 0 && p.tests[e.Test[:i]] != nil {
			p.tests[e.Test[:i]].parent = true
		}
	}
	switch e.Action {
	case "output":
		t.output.WriteString(e.Output)
	case "pass":
		t.verdict = e.Action
		t.output.Reset()
	case "fail", "skip":
		t.verdict = e.Action
	}
}

// endPackage counts the package's tests and prints its line, after what
// failed in it.
func (r *report) endPackage(e event) {
	p := r.packageRun(e.Package)
	delete(r.packages, e.Package)
	if e.Action == "skip" || e.Action == "pass" && len(p.tests) == 0 {
		return // no test files, or none that ran
	}
	for _, name := range p.order {
		r.count(p, e.Package, name)
	}
	if e.Action == "fail" {
		r.explain(p, e)
	}
	r.passed += p.passed
	r.failed += p.failed
	r.skipped += p.skipped
	verdict := "ok  "
	if e.Action == "fail" {
		verdict = "FAIL"
	}
	race := ""
	if r.race {
		race = ", race detector on"
	}
	fmt.Fprintf(r.out, "%s  %-40s %s in %.1f s%s\n",
		verdict, short(e.Package), counts(p.passed, p.failed, p.skipped), e.Elapsed, race)
}

// count adds one ended test to the package's counts.
func (r *report) count(p *packageRun, path, name string) {
	t := p.tests[name]
	if t.parent && (t.verdict == "pass" || t.verdict != "skip" && p.failedBelow(name)) {
		return
	}
	switch t.verdict {
	case "pass":
		p.passed++
	case "skip":
		p.skipped++
		r.skip(short(path)+"."+name, t.output.String())
	default: // failed, or still running when its package ended
		p.failed++
	}
}

// failedBelow reports whether a subtest of name failed or did not end.
func (p *packageRun) failedBelow(name string) bool {
	for n, t := range p.tests {
		if strings.HasPrefix(n, name+"/") && t.verdict != "pass" && t.verdict != "skip" {
			return true
		}
	}
	return false
}

// explain prints all that a failed package said about its failure: a build
// that broke, what its failed tests wrote, and what it wrote outside of tests
// (a panic, a data race, a TestMain that gave up). A package that failed
// without a failed test counts as one failure.
func (r *report) explain(p *packageRun, e event) {
	if e.FailedBuild != "" && !r.shown[e.FailedBuild] {
		r.shown[e.FailedBuild] = true
		if b := r.builds[e.FailedBuild]; b != nil {
			fmt.Fprint(r.out, b.String())
		}
	}
	for _, name := range p.order {
		switch t := p.tests[name]; t.verdict {
		case "fail":
			r.print(t.output.String())
		case "":
			r.print(t.output.String())
			fmt.Fprintf(r.out, "--- FAIL: %s (did not end)\n", name)
		}
	}
	r.print(p.output.String())
	if p.failed == 0 {
		p.failed = 1
	}
}

// print writes what a test or package wrote, without the lines that go test
// adds and this report says in its own way.
func (r *report) print(output string) {
	for line := range strings.Lines(output) {
		if strings.HasPrefix(line, "=== ") || line == "FAIL\n" || strings.HasPrefix(line, "FAIL\t") {
			continue
		}
		fmt.Fprint(r.out, line)
	}
}

// atPlace matches the "    file.go:12: " before a message of the testing
// package.
var atPlace = regexp.MustCompile(`^\s+\S+\.go:\d+: (.*)$`)

// skip notes why a test was skipped.
func (r *report) skip(test, output string) {
	reason := "no reason given"
	for line := range strings.Lines(output) {
		if m := atPlace.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			reason = m[1]
		}
	}
	if what, ok := strings.CutPrefix(reason, leftOut); ok {
		r.leaveOut(what, test)
		return
	}
	r.other = append(r.other, fmt.Sprintf("skipped: %s: %s", test, reason))
}

// leaveOut notes that a test, or "" for the run as a whole, went without what.
func (r *report) leaveOut(what, test string) {
	if !strings.Contains(what, "(") && !strings.Contains(what, "make test-servers") {
		what += installHint
	}
	r.absent[what] = append(r.absent[what], test)
}

// finish prints what was left out and the counts, and reports whether the
// run is good. With ci whatever is left out makes it bad.
func (r *report) finish(ci bool) bool {
	for _, line := range r.other {
		fmt.Fprintln(r.out, line)
	}
	absent := make([]string, 0, len(r.absent))
	for what := range r.absent {
		absent = append(absent, what)
	}
	slices.Sort(absent)
	for _, what := range absent {
		tests := slices.DeleteFunc(r.absent[what], func(t string) bool { return t == "" })
		line := leftOut + what
		if len(tests) > 0 {
			line += ": " + strings.Join(tests, ", ")
		}
		fmt.Fprintln(r.out, line)
	}
	ok := r.failed == 0
	if ci && len(absent) > 0 {
		fmt.Fprintln(r.out, "FAIL  nothing may be left out when CI=true")
		ok = false
	}
	fmt.Fprintln(r.out, counts(r.passed, r.failed, r.skipped))
	return ok
}

// counts is the form of the last line.
func counts(passed, failed, skipped int) string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", passed, failed, skipped)
}

// short is an import path without the host and owner of its module.
func short(path string) string {
	if parts := strings.SplitN(path, "/", 4); len(parts) == 4 && strings.Contains(parts[0], ".") {
		return parts[3]
	}
	return path
}
