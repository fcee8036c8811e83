package slo

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestReasonsAreAll holds the list against the constants in the source.
func TestReasonsAreAll(t *testing.T) {
	b, err := os.ReadFile("reason.go")
	if err != nil {
		t.Fatal(err)
	}
	constants := regexp.MustCompile(`(?m)^\t(\w+) +Reason = "(\w+)"`).FindAllSubmatch(b, -1)
	for _, c := range constants {
		r := Reason(c[2])
		gap := slices.Contains([]Reason{GapQueueFull, GapDiskFull, GapCorrupt}, r)
		if slices.Contains(Reasons(), r) == gap {
			t.Errorf("%s: in the list is %t", r, !gap)
		}
		if r.Fault() == FaultNone {
			t.Errorf("%s is nobody's fault", r)
		}
	}
	if len(constants) != len(Reasons())+3 {
		t.Errorf("%d constants and %d reasons", len(constants), len(Reasons()))
	}
}

// TestDocFaults holds docs/probes/reasons.md against the code: each reason
// stands in the row of its fault.
func TestDocFaults(t *testing.T) {
	b, err := os.ReadFile("../docs/probes/reasons.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []Fault{FaultTarget, FaultPath, FaultResolver, FaultAgent} {
		row := "| " + string(f) + " | "
		for _, r := range Reasons() {
			if r.Fault() == f {
				row += "`" + string(r) + "`, "
			}
		}
		row = strings.TrimSuffix(row, ", ") + " |\n"
		if !strings.Contains(string(b), row) {
			t.Errorf("docs/probes/reasons.md lacks the line\n%s", row)
		}
	}
}
