package collector

import (
	"regexp"
	"strings"
)

// surveyLink is the end of a survey's address in the bytes of a mail: the path,
// and the token as its group. Quoted-printable (RFC 2045 6.7) may break a line
// between any two characters.
var surveyLink = regexp.MustCompile(breakable(strings.Split(surveyPath, "")) + softBreak + `((?:` + tokenChar + softBreak + `)*` + tokenChar + `)`)

const (
	softBreak = `(?:=\r?\n)?`
	tokenChar = `[A-Za-z0-9_-]`
)

func breakable(characters []string) string {
	for i, c := range characters {
		characters[i] = regexp.QuoteMeta(c)
	}
	return strings.Join(characters, softBreak)
}

// withoutTokens is a mail as it is shown, in a copy: with ~ for each character
// of the tokens that its readers vote with. Who runs the service reads what was
// sent, and has no vote.
func withoutTokens(raw []byte) []byte {
	out := append([]byte{}, raw...)
	for _, m := range surveyLink.FindAllSubmatchIndex(raw, -1) {
		for i := m[2]; i < m[3]; i++ {
			if c := out[i]; c == '\r' || c == '\n' || c == '=' {
				continue // of a line that was broken
			}
			out[i] = tokenPlace[0]
		}
	}
	return out
}
