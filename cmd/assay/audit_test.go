package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/slo"
)

// What a folder says of itself cannot draw on the auditor's terminal.
func TestReadinessIsPlain(t *testing.T) {
	const hostile = "x\x1b[2J\x1b[Hcovered\r\n\u009b2J\u202e"
	var b bytes.Buffer
	err := printReadiness(&b, &evidence.Readiness{
		Findings: []evidence.Finding{{Lacks: []string{hostile}}},
		Sample: evidence.Sample{Drawn: []evidence.Sampled{{
			Case: evidence.Case{Incident: slo.Incident{ID: hostile, Service: hostile}}, Points: []evidence.Point{{What: "closed", Says: hostile}},
		}}},
		Unfit: []string{hostile},
	})
	if err != nil || strings.ContainsAny(b.String(), "\x1b\r\u009b\u202e") {
		t.Errorf("%q, %v", b.String(), err)
	}
}
