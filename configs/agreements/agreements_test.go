// Package agreements tests the sample agreements: each file loads, and an outage
// of known length gives the figure, the verdict and the credit that the
// published terms give it, computed by hand.
package agreements

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// outage is when a probe's measurements were down, from ≤ at < to. Probes are up
// outside of their outages.
type outage struct{ probe, from, to string }

// want is what an objective comes to, by hand.
type want struct {
	objective   string // agreement/objective
	part, whole int64  // the availability as a fraction, in the units of its arithmetic
	percent     string // the same, rounded to six decimals
	verdict     slo.Verdict
	credit      string // in percent; "" where the objective earns none
	owed        string // of the file's fee; "" where it has none
	claimBy     string // the last instant, as a date in UTC; "" where nothing is owed or no deadline is known
}

// TestKnownOutages replays each outage with the terms of its file.
func TestKnownOutages(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range knownOutages() {
		tested[c.file] = true
		t.Run(c.file, func(t *testing.T) {
			cat, problems := catalog.Load(c.file + ".yaml")
			if problems.Err() != nil {
				t.Fatalf("%s", problems)
			}
			got := map[string]slo.ObjectiveStatus{}
			for _, st := range replay(t, cat, c.from, c.to, c.outages) {
				got[st.Agreement.Name+"/"+st.Objective.Name] = st
			}
			if len(got) != len(c.want) {
				t.Errorf("%d objectives, want %d", len(got), len(c.want))
			}
			for _, w := range c.want {
				check(t, w, got[w.objective])
			}
		})
	}
	for _, name := range files(t) {
		if !tested[strings.TrimSuffix(name, ".yaml")] {
			t.Errorf("%s has no known outage", name)
		}
	}
}

// replay gives every probe of a catalogue its measurements from one instant up
// to another, and computes the figures of the windows that end there.
func replay(t *testing.T, cat *slo.Catalog, from, to string, outages []outage) []slo.ObjectiveStatus {
	t.Helper()
	begin, end := instant(t, from), instant(t, to)
	r := slo.NewReplay(cat, end)
	seq := uint64(0)
	for _, p := range cat.Probes {
		var down []slo.Interval
		for _, o := range outages {
			if o.probe == p.Name {
				down = append(down, slo.Interval{From: instant(t, o.from), To: instant(t, o.to)})
			}
		}
		for at := begin; at < end; at = at.Add(p.Every) {
			state := slo.Up
			for _, v := range down {
				if v.From <= at && at < v.To {
					state = slo.Down
				}
			}
			seq++
			r.Add(slo.Record{ID: slo.ID{Agent: "one", Seq: seq}, Measurement: &slo.Measurement{Probe: p.Name, Location: "here", At: at, Outcome: state}})
		}
	}
	return r.Status(end)
}

// check holds a status against what was computed by hand.
func check(t *testing.T, w want, st slo.ObjectiveStatus) {
	t.Helper()
	if st.Agreement == nil {
		t.Errorf("there is no objective %s", w.objective)
		return
	}
	a := st.Availability
	if a.Part*w.whole != w.part*a.Whole {
		t.Errorf("%s: %d of %d, want %d of %d", w.objective, a.Part, a.Whole, w.part, w.whole)
	}
	if percent := fmt.Sprintf("%.6f", 100*a.Float()); percent != w.percent {
		t.Errorf("%s: %s %%, want %s %%", w.objective, percent, w.percent)
	}
	if st.Verdict != w.verdict {
		t.Errorf("%s is %s, want %s", w.objective, st.Verdict, w.verdict)
	}
	credit, owed, claimBy := "", "", ""
	if st.Credit != nil {
		credit = st.Credit.Percent()
	}
	if st.Owed != nil {
		owed = st.Owed.String()
	}
	if st.ClaimBy != nil {
		claimBy = st.ClaimBy.Time().UTC().Format(time.DateOnly)
	}
	if credit != w.credit || owed != w.owed || claimBy != w.claimBy {
		t.Errorf("%s: a credit of %q %%, %q by %q; want %q %%, %q by %q", w.objective, credit, owed, claimBy, w.credit, w.owed, w.claimBy)
	}
}

// TestWarnings loads each file: none has an error, and only those flaws of
// published terms that the file speaks of give warnings.
func TestWarnings(t *testing.T) {
	flaws := map[string][]string{
		"github-enterprise-cloud.yaml": {"a gap", "an overlap with the target", "a gap", "an overlap with the target"},
		"slack.yaml":                   {"will not count there"},
	}
	for _, name := range files(t) {
		cat, problems := catalog.Load(name)
		if cat == nil || len(problems) != len(flaws[name]) {
			t.Errorf("%s has %d problems, want %d:\n%s", name, len(problems), len(flaws[name]), problems)
			continue
		}
		for i, flaw := range flaws[name] {
			if !strings.Contains(problems[i].Message, flaw) {
				t.Errorf("%s: %s, want a warning of %s", name, problems[i].Message, flaw)
			}
		}
		for _, a := range cat.Agreements {
			if a.Type != slo.UC || a.Party == "" {
				t.Errorf("%s: %s is no agreement with a supplier", name, a.Name)
			}
		}
	}
}

// TestTogether loads all files as one catalogue: no name is taken twice.
func TestTogether(t *testing.T) {
	cat, problems := catalog.Load(".")
	if cat == nil {
		t.Fatalf("%s", problems)
	}
	suppliers := map[string]bool{}
	for _, a := range cat.Agreements {
		suppliers[a.Party] = true
	}
	if len(suppliers) < 8 {
		t.Errorf("%d suppliers", len(suppliers))
	}
}

// TestTable finds each file and each of its agreements in the README.
func TestTable(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files(t) {
		if !strings.Contains(string(text), "]("+name+")") {
			t.Errorf("README.md does not link %s", name)
		}
		cat, _ := catalog.Load(name)
		for _, a := range cat.Agreements {
			if !strings.Contains(string(text), "`"+a.Name+"`") {
				t.Errorf("README.md lacks %s of %s", a.Name, name)
			}
		}
	}
}

func files(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.yaml")
	if err != nil || len(names) < 8 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	return names
}

func instant(t *testing.T, s string) slo.Instant {
	t.Helper()
	i, err := slo.ParseInstant(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}
