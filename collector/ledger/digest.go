package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/assay-sla/assay/slo"
)

// Digest is the SHA-256 of bytes, in hexadecimal.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// digestOf is the SHA-256 of texts, each behind its length, so that no two
// lists of texts are the same bytes.
func digestOf(fields ...string) string {
	h := sha256.New()
	for _, f := range fields {
		h.Write([]byte(strconv.Itoa(len(f)) + ":" + f))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func isDigest(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && hex.EncodeToString(b) == s
}

// AuditLine is the digest of a line of the audit trail.
func AuditLine(at slo.Instant, actor, role, means, remote, action, object, outcome, reason string) string {
	return digestOf("audit", at.String(), actor, role, means, remote, action, object, outcome, reason)
}

// IncidentLine is the digest of an event of an incident's timeline. One that
// sets nothing and undoes nothing has the digest that it had before events
// could.
func IncidentLine(incident string, e slo.IncidentEvent) string {
	parts := []string{"incident", incident, e.At.String(), string(e.Kind), e.Actor, e.Text}
	if e.Value != "" || e.Undoes != 0 {
		parts = append(parts, e.Value, strconv.Itoa(e.Undoes))
	}
	return digestOf(parts...)
}

// ReportLine is the digest of a report as it was issued.
func ReportLine(agreement, period string, made slo.Instant, model, html, text []byte) string {
	return digestOf("report", agreement, period, made.String(), string(model), string(html), string(text))
}
