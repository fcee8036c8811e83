package collector

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The channels that the documentation and the example show are fine.
func TestDocumentedChannels(t *testing.T) {
	for file, channels := range map[string]int{"../docs/notify.md": 3, "../docs/alerting.md": 1, "../configs/collector.yaml": 3} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		if strings.HasSuffix(file, ".yaml") { // there they are comments
			text = regexp.MustCompile(`(?m)^# ?`).ReplaceAllString(text, "")
		}
		_, text, found := strings.Cut(text, "\nchannels:\n")
		if !found {
			t.Errorf("%s shows no channels", file)
			continue
		}
		text, _, _ = strings.Cut(text, "```")
		text, _, _ = strings.Cut(text, "\n\n")
		c, problems := ParseConfig(file, []byte("catalogue: c\ndata: d\nchannels:\n"+text))
		if problems.Err() != nil || len(c.Channels) != channels {
			t.Errorf("%s: %d channels: %v", file, len(c.Channels), problems)
		}
	}
}

// A template may use every field that the documentation names.
func TestDocumentedTemplateFields(t *testing.T) {
	b, err := os.ReadFile("../docs/notify.md")
	if err != nil {
		t.Fatal(err)
	}
	_, row, _ := strings.Cut(string(b), "| `body` |")
	row, _, _ = strings.Cut(row, "\n")
	event, rest, _ := strings.Cut(row, "`.Incident` with ")
	incident, rest, _ := strings.Cut(rest, "`.Budget` with ")
	budget, _, _ := strings.Cut(rest, ". Where only")
	fields := regexp.MustCompile("`(\\.[A-Za-z.]+)`")
	var template strings.Builder
	names := 0
	write := func(part string) {
		for _, m := range fields.FindAllStringSubmatch(part, -1) {
			template.WriteString("{{json " + m[1] + "}}")
			names++
		}
	}
	write(event)
	template.WriteString("{{with .Incident}}")
	write(incident)
	template.WriteString("{{end}}{{with .Budget}}")
	write(budget)
	template.WriteString("{{end}}")
	_, problems := ParseConfig("collector.yaml", []byte("catalogue: c\ndata: d\nchannels:\n"+
		"  - {name: a, kind: itsm, url: 'https://a.example', contentType: text/plain, body: '"+template.String()+"'}\n"))
	if problems.Err() != nil || names != 7+21+12 {
		t.Errorf("%d fields: %v", names, problems)
	}
}
