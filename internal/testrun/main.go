// Command testrun runs the module's tests once and says in few lines what
// they found: a line for each package, failures in full, a line for each
// real server that a test had to do without, and as its last line exactly
//
//	N passed, N failed, N skipped
//
// The packages of -race-in run under the race detector instead of plainly,
// where a C compiler is there to build it. Under CI=true nothing may be left
// out. It needs nothing but Go.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	race     string        // auto, on or off
	raceIn   []string      // folders under the module's root; "dir/..." takes those below as well
	parallel int           // packages built and tested at a time
	timeout  time.Duration // of one package's tests
	patterns []string      // what to test, as go list takes it
	ci       bool          // whatever is left out is a failure
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, err := parseOptions(os.Args[1:], os.Stderr)
	if err != nil {
		os.Exit(2)
	}
	ok, err := run(ctx, o, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testrun:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// parseOptions reads the command line, and CI from the environment. It has
// told stderr what is wrong when it returns an error.
func parseOptions(args []string, stderr io.Writer) (options, error) {
	o := options{ci: os.Getenv("CI") == "true"}
	f := flag.NewFlagSet("testrun", flag.ContinueOnError)
	f.SetOutput(stderr)
	raceIn := ""
	f.StringVar(&o.race, "race", "auto", "use the race detector: `auto` (where it can be built), on or off")
	f.StringVar(&raceIn, "race-in", "", "`folders` that run under the race detector, such as \"internal/wal agent/...\"")
	f.IntVar(&o.parallel, "p", 2, "`packages` built and tested at a time")
	f.DurationVar(&o.timeout, "timeout", 20*time.Minute, "`time` that one package's tests may take")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.race != "auto" && o.race != "on" && o.race != "off" {
		err := fmt.Errorf("-race is auto, on or off, not %q", o.race)
		fmt.Fprintln(stderr, "testrun:", err)
		return o, err
	}
	o.raceIn = strings.Fields(raceIn)
	o.patterns = f.Args()
	if len(o.patterns) == 0 {
		o.patterns = everything()
	}
	return o, nil
}

// everything is the pattern for all packages of the module.
func everything() []string { return []string{"./..."} }

// run tests what o asks for, writes the account of it to out, and reports
// whether all is well. An error is one of the runner, not of a test.
func run(ctx context.Context, o options, out, stderr io.Writer) (bool, error) {
	packages, err := list(ctx, o.patterns, stderr)
	if err != nil {
		return false, err
	}
	plain, raced, unmatched := split(packages, o.raceIn)
	r := newReport(out)
	if o.race == "auto" && len(raced) > 0 && !raceBuilds(ctx) {
		r.leaveOut("race detector (install gcc and libc6-dev with make test-servers)", "")
		o.race = "off"
	}
	if o.race == "off" {
		plain, raced = append(plain, raced...), nil
	} else if slices.Equal(o.patterns, everything()) {
		for _, pattern := range unmatched {
			r.leaveOut("race detector in "+pattern+" (no package with tests is there)", "")
		}
	}
	if err := test(ctx, o, raced, true, r, stderr); err != nil {
		return false, err
	}
	if err := test(ctx, o, plain, false, r, stderr); err != nil {
		return false, err
	}
	return r.finish(o.ci), nil
}
