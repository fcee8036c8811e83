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

// Line is the texts that a row is digested as. The log has their digest; the
// texts stay with the row.
type Line []string

// Digest is the SHA-256 of the texts in hexadecimal, each behind its length, so
// that no two lines are the same bytes. That of no line is "".
func (l Line) Digest() string {
	if l == nil {
		return ""
	}
	h := sha256.New()
	for _, f := range l {
		h.Write([]byte(strconv.Itoa(len(f)) + ":" + f))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func isDigest(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && hex.EncodeToString(b) == s
}

// AuditLine is a line of the audit trail.
func AuditLine(at slo.Instant, actor, role, means, remote, action, object, outcome, reason string) Line {
	return Line{"audit", at.String(), actor, role, means, remote, action, object, outcome, reason}
}

// IncidentLine is an event of an incident's timeline. One that sets nothing and
// undoes nothing has the digest that it had before events could.
func IncidentLine(incident string, e slo.IncidentEvent) Line {
	parts := Line{"incident", incident, e.At.String(), string(e.Kind), e.Actor, e.Text}
	if e.Value != "" || e.Undoes != 0 {
		parts = append(parts, e.Value, strconv.Itoa(e.Undoes))
	}
	return parts
}

// ReportLine is a report as it was issued.
func ReportLine(agreement, period string, made slo.Instant, model, html, text []byte) Line {
	return Line{"report", agreement, period, made.String(), string(model), string(html), string(text)}
}
