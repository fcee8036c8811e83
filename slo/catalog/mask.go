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
