package slo

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var changeBlock = regexp.MustCompile("(?ms)^```change\n(.*?)^```$")

// TestDocumentedChanges works the cases of docs/formats/catalogue.md.
func TestDocumentedChanges(t *testing.T) {
	doc, err := os.ReadFile("../docs/formats/catalogue.md")
	if err != nil {
		t.Fatal(err)
	}
	block := changeBlock.FindSubmatch(doc)
	if block == nil {
		t.Fatal("there are no cases")
	}
	cases := strings.Split(strings.TrimSpace(string(block[1])), "\n\n")
	if len(cases) < 7 {
		t.Errorf("only %d cases", len(cases))
	}
	for _, c := range cases {
		lines := strings.Split(c, "\n")
		t.Run(strings.Split(lines[0], ":")[0], func(t *testing.T) { workChange(t, lines[1:]) })
	}
}

// workChange works one case: revisions, measurements, and what the probe was.
func workChange(t *testing.T, lines []string) {
	clock := func(s string) Instant { return instant(t, "2026-10-15T"+s+"Z") }
	var revs Revisions
	var catalog *Catalog
	n := len(lines)
	for _, line := range lines[:n-2] {
		f := strings.Fields(line)
		p := &Probe{Name: "web", Confirm: 1, Locations: Locations{Min: 1}}
		for i := 2; i < len(f); i += 2 {
			set(t, p, f[i], f[i+1])
		}
		catalog = &Catalog{Probes: []*Probe{p}, Services: []*Service{{Name: "s", Up: Expr{Probe: "web"}}}}
		revs.Add(InForce{f[0], clock(f[1])}, revs.Changed(catalog))
	}
	h := NewHistoryUnder(catalog, &revs)
	for _, said := range strings.Split(lines[n-2], ", ") {
		f := append(strings.Fields(said), "eu")
		s, err := ParseState(f[1])
		if err != nil {
			t.Fatal(err)
		}
		h.Add("agent", &Measurement{Probe: "web", Location: f[3], At: clock(f[0]), Outcome: s, Revision: f[2]})
		h.Settle()
	}
	var got []string
	for _, c := range h.Service("s").Timeline().Changes() {
		got = append(got, fmt.Sprint(c.At().Time().UTC().Format(time.TimeOnly), " ", c.State()))
	}
	if diff := cmp.Diff(strings.TrimPrefix(lines[n-1], "= "), strings.Join(got, ", ")); diff != "" {
		t.Error(diff)
	}
}

// set sets a parameter of a probe by its name in the catalogue.
func set(t *testing.T, p *Probe, name, value string) {
	d, err := time.ParseDuration(value)
	switch {
	case name == "every" && err == nil:
		p.Every = d
	case name == "hold" && err == nil:
		p.Hold = d
	case name == "confirm":
		_, err = fmt.Sscan(value, &p.Confirm)
	case name == "quorum":
		var known bool
		if p.Locations.Quorum, known = map[string]Quorum{"any": Any, "majority": Majority, "all": All}[value]; !known {
			t.Fatalf("quorum %s", value)
		}
		err = nil
	}
	if err != nil {
		t.Fatalf("%s %s: %v", name, value, err)
	}
}
