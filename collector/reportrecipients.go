package collector

import (
	"slices"
	"strings"

	"github.com/assay-sla/assay/collector/report"
)

// recipient is who gets a report, in which language, and with which files.
type recipient struct {
	address  string
	language report.Language
	attach   []report.Format
	approval []string // who is asked to release it first; none where nobody has to
	survey   bool     // he is asked how satisfied he is
}

// recipients are those of an entry of the configuration, which was checked.
func (r ReportConfig) recipients() []recipient {
	language, _ := report.ParseLanguage(r.Language)
	var attach []report.Format
	for _, f := range r.Attach {
		attach = append(attach, report.Format(f))
	}
	var out []recipient
	for _, to := range r.To {
		out = append(out, recipient{to, language, attach, r.Approval, r.Survey})
	}
	return out
}

// recipients are those who get an agreement's report, each once: as the first
// entry that names him says.
func (c *Collector) recipients(agreement string) []recipient {
	var out []recipient
	for _, r := range c.config.Reports {
		if r.Agreement != agreement {
			continue
		}
		for _, to := range r.recipients() {
			if !slices.ContainsFunc(out, func(x recipient) bool { return strings.EqualFold(x.address, to.address) }) {
				out = append(out, to)
			}
		}
	}
	return out
}

// language is that of an agreement's report where nobody asks for one: of the
// first entry of the configuration that sends it.
func (c *Collector) language(agreement string) report.Language {
	for _, to := range c.recipients(agreement) {
		return to.language
	}
	return report.English
}
