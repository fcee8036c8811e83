package catalog_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// FuzzParse parses noise. It never panics and never takes long, what it says
// has a place and is safe to print, and what loads keeps the promises that
// the rest of the program relies on.
func FuzzParse(f *testing.F) {
	f.Add(everything)
	theirs, ours := openSLOExamples(f)
	f.Add(theirs)
	f.Add(ours)
	for _, pattern := range []string{"testdata/golden/*.yaml", "../../configs/quickstart/catalogue/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range files {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(data))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		c, problems := parse(text)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%d bytes took %v", len(text), took)
		}
		checkProblems(t, c, problems)
		if c == nil {
			return
		}
		for _, broken := range invariants(c) {
			t.Error(broken)
		}
		again, _ := parse(text)
		if again == nil || again.Revision != c.Revision {
			t.Error("a second load differs")
		}
	})
}

func checkProblems(t *testing.T, c *slo.Catalog, problems catalog.Problems) {
	if errors, _ := problems.Count(); (errors > 0) != (c == nil) {
		t.Errorf("%d errors and the catalogue %v", errors, c)
	}
	for _, p := range problems {
		if p.Message == "" || p.Line < 0 || p.Line > 0 && (p.Column < 1) || utf8.RuneCountInString(p.Source) > 160 {
			t.Errorf("%+v", p)
		}
	}
	out := problems.String()
	for _, r := range out {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == 0x202e {
			t.Errorf("the rendering holds %U", r)
		}
	}
	if len(out) > 2_000_000 {
		t.Errorf("a rendering of %d bytes", len(out))
	}
}

// invariants returns what of the promises of a loaded catalogue is broken.
func invariants(c *slo.Catalog) (broken []string) {
	must := func(ok bool, format string, args ...any) {
		if !ok {
			broken = append(broken, fmt.Sprintf(format, args...))
		}
	}
	must(len(c.Revision) == 12, "revision %q", c.Revision)
	probes, services, calendars := map[string]bool{}, map[string]*slo.Service{}, map[*slo.Calendar]bool{}
	last := ""
	for _, p := range c.Probes {
		must(p.Name > last, "probe %q after %q", p.Name, last)
		last, probes[p.Name] = p.Name, true
		must(p.Every >= time.Second && p.Timeout > 0 && p.Hold > 0 && p.Confirm >= 1, "probe %+v", p)
		must(p.Locations.Min >= 1 && p.Locations.Quorum >= slo.All, "locations %+v", p.Locations)
		if n := len(p.Locations.From); n > 0 {
			must(p.Locations.Min <= n && int(p.Locations.Quorum) <= n, "locations %+v", p.Locations)
		}
		must(p.Spec != nil && p.Spec.Target() != "" && !strings.ContainsAny(p.Spec.Target(), "\r\n\x00\x1b"), "spec %+v", p.Spec)
	}
	last = ""
	for _, s := range c.Services {
		must(s.Name > last, "service %q after %q", s.Name, last)
		last, services[s.Name] = s.Name, s
		checkExpr(must, s.Up, probes)
	}
	for _, k := range c.Calendars {
		calendars[k] = true
		must(k.Zone != nil && k.Zone.String() != "Local", "zone of %+v", k)
		for _, spans := range k.Week {
			checkSpans(must, spans)
		}
		for _, spans := range k.Exceptions {
			checkSpans(must, spans)
		}
	}
	for _, m := range c.Maintenances {
		checkMaintenance(must, m, services)
	}
	for _, a := range c.Agreements {
		must(a.Hours == nil || calendars[a.Hours], "a calendar outside the catalogue in %+v", a)
		checkAgreement(must, a, services)
	}
	return broken
}

func checkExpr(must func(bool, string, ...any), e slo.Expr, probes map[string]bool) {
	switch e.Op {
	case slo.OpProbe:
		must(probes[e.Probe] && len(e.Args) == 0, "expression %+v", e)
	case slo.OpAll, slo.OpAny, slo.OpAtLeast:
		must(len(e.Args) >= 2 && (e.Op == slo.OpAtLeast) == (e.K >= 1) && e.K <= len(e.Args), "expression %+v", e)
	default:
		must(false, "expression %+v", e)
	}
	for _, a := range e.Args {
		checkExpr(must, a, probes)
	}
}

func checkSpans(must func(bool, string, ...any), spans []slo.DaySpan) {
	const day = 24 * time.Hour
	for i, s := range spans {
		must(0 <= s.From && s.From < day && s.From < s.To && s.To <= 2*day, "span %+v", s)
		must(i == 0 || spans[i-1].To < s.From, "spans %+v", spans)
	}
}

func checkMaintenance(must func(bool, string, ...any), m *slo.Maintenance, services map[string]*slo.Service) {
	must(len(m.Services) > 0, "no services in %+v", m)
	for _, s := range m.Services {
		must(services[s] != nil, "service %s of %+v", s, m)
	}
	must((m.Once == nil) != (m.Schedule == nil), "time of %+v", m)
	must(m.Once == nil || m.Once.From < m.Once.To, "time of %+v", m)
	if s := m.Schedule; s != nil {
		must(s.For > 0 && s.Zone != nil && (s.From == nil || s.To == nil || *s.From < *s.To), "schedule %+v", s)
		must(s.Cron.Minute != 0 && s.Cron.Minute>>60 == 0 && s.Cron.Hour != 0 && s.Cron.Hour>>24 == 0 && s.Cron.Dom != 0 && s.Cron.Dom&1 == 0 &&
			s.Cron.Dom>>32 == 0 && s.Cron.Month != 0 && s.Cron.Month&1 == 0 && s.Cron.Month>>13 == 0 && s.Cron.Dow != 0 && s.Cron.Dow>>7 == 0, "cron %+v", s.Cron)
	}
}

func checkAgreement(must func(bool, string, ...any), a *slo.Agreement, services map[string]*slo.Service) {
	s := services[a.Service]
	must(s != nil && a.Zone != nil && len(a.Objectives) > 0 && a.MinCoverage <= slo.One, "agreement %+v", a)
	names := map[string]bool{}
	for _, o := range a.Objectives {
		must(o.Name != "" && !names[o.Name] && (o.Target > 0) == (o.Method != slo.ByOutages) && o.Target <= slo.One, "objective %+v", o)
		names[o.Name] = true
		must(o.Window.Rolling >= 0 && o.Window.Period <= slo.Year && o.Method <= slo.ByRequests, "objective %+v", o)
		must((o.Method == slo.BySlices) == (o.Slice.Length > 0) && o.Slice.Bad <= slo.One, "slices of %+v", o)
		must((o.Method == slo.ByLatency) == (o.Latency.Within > 0), "latency of %+v", o)
		must(o.Method != slo.ByOccurrences && o.Method != slo.ByLatency || s.Up.Op == slo.OpProbe, "measurements of %+v", s)
		must((o.Method == slo.ByRequests) == (o.Requests.Probe != ""), "requests of %+v", o)
		must(o.Method != slo.ByOutages || o.Alerts == nil, "alerts of %+v", o)
		for _, p := range o.Alerts {
			must(p.Short >= time.Second && p.Short <= p.Long && p.Rate > 0 && p.Rate <= slo.MaxBurn && (p.Severity == slo.Page || p.Severity == slo.Ticket), "alert %+v", p)
		}
	}
	for _, b := range a.BudgetPolicy {
		must(b.At > 0 && b.At <= slo.One && b.Action <= slo.OpenIncident && (b.Severity == slo.Page || b.Severity == slo.Ticket), "step %+v", b)
	}
	must(a.Credits == nil || names[a.Credits.Objective] && (len(a.Credits.Tiers) > 0) == (a.Credits.Multiple == 0), "credits %+v", a.Credits)
}

// TestInvariants makes sure that the invariants can fail.
func TestInvariants(t *testing.T) {
	c := mustParse(t, everything)
	if broken := invariants(c); len(broken) > 0 {
		t.Errorf("%q", broken)
	}
	c.Agreements[0].Service, c.Probes[0].Locations.Min, c.Calendars[0].Week[1][0].To = "none", 0, 0
	if broken := invariants(c); len(broken) < 3 {
		t.Errorf("%q", broken)
	}
}

// TestHostileSizes reads large inputs of the kinds that are slow for careless
// readers.
func TestHostileSizes(t *testing.T) {
	const size = 1 << 17
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for name, text := range map[string]string{
		"brackets": fill("["), "braces": fill("{a: "), "dashes": fill("- "), "documents": fill("---\n"), "markers": fill("--- a\n"),
		"anchors": fill("&a "), "aliases": "a: &a b\nc: [" + fill("*a,") + "]", "quotes": fill("\""), "comments": fill("#\n"),
		"keys": fill("? "), "colons": fill(": "), "fields": fill("a: 1\n"), "long line": "a: " + fill("b"), "tags": fill("!!a "),
		"expression":   fourProbes + "\"" + strings.Repeat("all(", 16_000) + "\"\n",
		"wide exprs":   fourProbes + "\"any(" + strings.Repeat("a, ", 20_000) + "a)\"\n",
		"one line":     "{" + fill("x: 1, ") + "}",
		"short lines":  "{" + fill("x: 1,\n ") + "}",
		"spaces":       fill(" "),
		"tabs":         fill("\t"),
		"carriage":     fill("\r"),
		"half a block": "a: |\n" + fill(" x\n"),
	} {
		t.Run(name, func(t *testing.T) {
			c, problems := parse(text)
			checkProblems(t, c, problems)
		})
	}
}
