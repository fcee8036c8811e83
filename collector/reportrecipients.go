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
func (r *ReportConfig) recipients() []recipient {
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

// recipients are those who get the report of a scope on a kind of period, each
// once: as the first entry that names him says. Where no entry has that kind, as
// of a range of days, they are those of every entry of the scope.
func (c *Collector) recipients(of report.Scope, kind report.PeriodKind) []recipient {
	var some, all []recipient
	for i := range c.config.Reports {
		r := &c.config.Reports[i]
		if s, err := r.scope(); err != nil || s != of {
			continue
		}
		all = withFirst(all, r.recipients())
		if r.kind() == kind {
			some = withFirst(some, r.recipients())
		}
	}
	if len(some) > 0 {
		return some
	}
	return all
}

// withFirst adds those to a list who are not in it.
func withFirst(list, more []recipient) []recipient {
	for _, to := range more {
		if !slices.ContainsFunc(list, func(x recipient) bool { return strings.EqualFold(x.address, to.address) }) {
			list = append(list, to)
		}
	}
	return list
}

// language is that of the report of a scope where nobody asks for one: of the
// first entry of the configuration that sends it.
func (c *Collector) language(of report.Scope, kind report.PeriodKind) report.Language {
	for _, to := range c.recipients(of, kind) {
		return to.language
	}
	return report.English
}
