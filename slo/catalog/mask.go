package catalog

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// secretful finds what may be a secret in a line of a catalogue: the user part
// of a URL, and the value of a header or field that usually holds one.
var secretful = regexp.MustCompile(`(?i)//([^/\s@"']+)@` +
	`|(?:authorization|cookie|password|passwd|secret|token|api-?key)["']?\s*:\s*([^,}\s][^,}]*)`)

// masked replaces what may be a secret by as many stars as it has characters:
// problems are shown on terminals and pages, and the column must stay.
func masked(line string) string {
	var b strings.Builder
	end := 0
	for _, m := range secretful.FindAllStringSubmatchIndex(line, -1) {
		from, to := m[2], m[3]
		if from < 0 {
			from, to = m[4], m[5]
		}
		b.WriteString(line[end:from])
		b.WriteString(strings.Repeat("*", utf8.RuneCountInString(line[from:to])))
		end = to
	}
	return b.String() + line[end:]
}

// keepable finds the same in sources that are to be kept, with the key whole,
// and a value that is written in one line as YAML or JSON would. maskedValues
// has masked what YAML says is a value; what is left are comments and texts in
// values.
var keepable = regexp.MustCompile(`(?i)//([^/\s?#"']+)@` +
	`|([\w-]*(?:authorization|cookie|password|passwd|secret|token|api-?key))\\?["']?[ \t]*:[ \t]*` +
	`("(?:[^"\\]|\\.)*"|\\"[^"\\]*\\"|'[^']*'|[^,}\s"'{\[&*|>#][^,}"'\r\n]*)`)

// Masked returns sources as they may be kept for good: what may be a secret is
// as many x, so that places stay and the text is still YAML. The name of a
// secret and a ${placeholder} are none.
func Masked(sources []Source) []Source {
	out := make([]Source, len(sources))
	for i, s := range sources {
		var b strings.Builder
		for line := range strings.Lines(maskedValues(s)) {
			b.WriteString(maskedLine(line))
		}
		out[i] = Source{s.Name, []byte(b.String())}
	}
	return out
}

func maskedLine(line string) string {
	var b strings.Builder
	end := 0
	for _, m := range keepable.FindAllStringSubmatchIndex(line, -1) {
		from, to := m[2], m[3]
		if from < 0 {
			if from, to = m[6], m[7]; strings.EqualFold(line[m[4]:m[5]], "secret") || strings.Contains(line[from:to], "${") {
				continue
			}
			if q := line[from]; q == '"' || q == '\'' {
				from, to = from+1, to-1
			}
		}
		b.WriteString(line[end:from])
		b.WriteString(strings.Repeat("x", utf8.RuneCountInString(line[from:to])))
		end = to
	}
	return b.String() + line[end:]
}
