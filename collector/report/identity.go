package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
)

// maxFileName bounds the part of a file name that is the agreement's.
const maxFileName = 100

// maxSubject bounds a subject, in characters.
const maxSubject = 150

// Subject is the subject of the mail that carries the report in a language:
// one line of printable characters.
func Subject(r Report, l Language) string {
	w := l.words()
	key := "subject"
	if r.Identity.Standing == Provisional {
		key = "subject.provisional"
	}
	if r.Amends != nil {
		key = "subject.amended"
	}
	return clean(w.t(key, w.period(r.Identity.Period), w.about(&r.Identity), w.outcome(&r.Summary)), maxSubject)
}

// MessageID is the ID, without angle brackets, of the message that carries the
// report to a recipient (an address, in which case does not matter): the same
// for the same scope, period, recipient and edition, so that a report that
// is sent again after a crash is known as the same. domain is the sender's.
func MessageID(domain string, r Report, recipient string) string {
	h := sha256.New()
	for _, s := range []string{
		"report", r.Identity.Scope.String(), r.Identity.Period.Label,
		strings.ToLower(strings.TrimSpace(recipient)), fmt.Sprint(r.Identity.Edition),
	} {
		fmt.Fprintf(h, "%d:%s", len(s), s) // lengths, so that no two lists run together
	}
	return "report-" + hex.EncodeToString(h.Sum(nil)[:16]) + "@" + domain
}

// FileName is the name of the report's files, without an ending:
// gold-2026-10, or gold-2026-10-edition-2.
func FileName(r Report) string {
	name := r.Identity.Scope.FileName(r.Identity.Period.Label)
	if r.Identity.Edition > 1 {
		name += fmt.Sprintf("-edition-%d", r.Identity.Edition)
	}
	return name
}

// FileName is the name of a report's files, without an ending and without its
// edition: gold-2026-10, customer-Contoso-2026-Q4 or all-2026. It is ASCII; names
// of other letters, of which nothing is left so, are told apart by a digest.
func (s Scope) FileName(period string) string {
	digest := ""
	if strings.ContainsFunc(s.Name, func(c rune) bool { return c > unicode.MaxASCII }) {
		sum := sha256.Sum256([]byte(s.Name))
		digest = "-" + hex.EncodeToString(sum[:4])
	}
	name := strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.ContainsRune("._-", c) {
			return c
		}
		return '_'
	}, s.key())
	name = name[:min(len(name), maxFileName)] + digest + "-" + period // ASCII by now
	return strings.TrimLeft(name, ".-")
}
