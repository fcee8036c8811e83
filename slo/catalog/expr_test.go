package catalog_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// drawExpr draws an expression over the probes a to d and writes it with
// blanks here and there.
func drawExpr(t *rapid.T, depth int) (string, func(up map[string]bool) bool) {
	blank := rapid.SampledFrom([]string{"", " ", "  "}).Draw(t, "blank")
	op := rapid.SampledFrom([]string{"probe", "all", "any", "atleast"}).Draw(t, "op")
	if depth == 0 || op == "probe" {
		name := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "name")
		return blank + name + blank, func(up map[string]bool) bool { return up[name] }
	}
	n := rapid.IntRange(1, 4).Draw(t, "args")
	var texts []string
	var args []func(map[string]bool) bool
	for range n {
		text, eval := drawExpr(t, depth-1)
		texts, args = append(texts, text), append(args, eval)
	}
	need := map[string]int{"all": n, "any": 1, "atleast": rapid.IntRange(1, n).Draw(t, "k")}[op]
	text := blank + op + blank + "("
	if op == "atleast" {
		text += fmt.Sprintf("%s%d%s,", blank, need, blank)
	}
	return text + strings.Join(texts, ",") + ")" + blank, func(up map[string]bool) bool {
		count := 0
		for _, a := range args {
			if a(up) {
				count++
			}
		}
		return count >= need
	}
}

// eval is the meaning of a parsed expression where nothing is unknown.
func eval(e slo.Expr, up map[string]bool) bool {
	count := 0
	for _, a := range e.Args {
		if eval(a, up) {
			count++
		}
	}
	switch e.Op {
	case slo.OpAll:
		return count == len(e.Args)
	case slo.OpAny:
		return count > 0
	case slo.OpAtLeast:
		return count >= e.K
	}
	return up[e.Probe]
}

const fourProbes = `
apiVersion: assay/v1
kind: Probe
metadata: {name: a}
spec: {every: 30s, tcp: {address: "a:1"}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: b}
spec: {every: 30s, tcp: {address: "a:1"}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: c}
spec: {every: 30s, tcp: {address: "a:1"}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: d}
spec: {every: 30s, tcp: {address: "a:1"}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: s}
spec:
  up: `

// TestExpressionsMeanWhatTheySay parses random expressions and compares their
// truth with how they were drawn, for all sixteen states of four probes.
func TestExpressionsMeanWhatTheySay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, want := drawExpr(t, 3)
		c, problems := parse(fourProbes + "'" + text + "'\n")
		if c == nil {
			t.Fatalf("%s", problems)
		}
		for bits := range 16 {
			up := map[string]bool{"a": bits&1 != 0, "b": bits&2 != 0, "c": bits&4 != 0, "d": bits&8 != 0}
			if got := eval(c.Services[0].Up, up); got != want(up) {
				t.Fatalf("%s is %v for %v", text, got, up)
			}
		}
	})
}

// TestCronAgreesWithItsLibrary starts maintenance where robfig/cron would.
func TestCronAgreesWithItsLibrary(t *testing.T) {
	field := func(t *rapid.T, name string, lo, hi int, names ...string) string {
		n := func(label string) int { return rapid.IntRange(lo, hi).Draw(t, name+label) }
		switch rapid.IntRange(0, 7).Draw(t, name) {
		case 0, 1:
			return "*"
		case 2:
			return "?"
		case 3:
			return fmt.Sprintf("*/%d", rapid.IntRange(1, 9).Draw(t, name+"step"))
		case 4:
			a, b := n("from"), n("to")
			return fmt.Sprintf("%d-%d", min(a, b), max(a, b))
		case 5:
			return fmt.Sprintf("%d/%d", n("start"), rapid.IntRange(1, 9).Draw(t, name+"step"))
		case 6:
			if len(names) > 0 {
				return rapid.SampledFrom(names).Draw(t, name+"word")
			}
			return fmt.Sprintf("%d,*", n("value"))
		}
		return fmt.Sprintf("%d,%d", n("one"), n("two"))
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join([]string{field(t, "minute", 0, 59), field(t, "hour", 0, 23), field(t, "dom", 1, 31),
			field(t, "month", 1, 12, "jan", "FEB", "Dec"), field(t, "dow", 0, 6, "sun", "MON", "Fri-Sat")}, " ")
		c, err := catalog.ParseCron(text)
		if err != nil {
			t.Fatal(err)
		}
		want, err := cron.ParseStandard("TZ=UTC " + text)
		if err != nil {
			t.Fatal(err)
		}
		from := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
		to := from.AddDate(1, 3, 0)
		next, count := want.Next(from.Add(-time.Second)), 0
		c.Starts(slo.At(from), slo.At(to), time.UTC, func(i slo.Instant) bool {
			if !i.Time().Equal(next) {
				t.Fatalf("%s starts at %v, want %v", text, i, next)
			}
			next = want.Next(next)
			count++
			return count < 300
		})
		if count < 300 && !next.IsZero() && next.Before(to) {
			t.Fatalf("%s never starts at %v", text, next)
		}
	})
}

func TestCronRefuses(t *testing.T) {
	for _, s := range []string{"", "* * * *", "* * * * * *", "@daily", "@every 1h", "TZ=UTC * * * * *", "CRON_TZ=UTC * * * * *", "TZ=",
		"60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 7", "5-3 * * * *", "*/0 * * * *", "a * * * *", "1-2-3 * * * *", ", * * * *",
		"*\u00a0* * * *", "* * * * *\n"} {
		if c, err := catalog.ParseCron(s); err == nil {
			t.Errorf("%q is %+v, not an error", s, c)
		}
	}
}
