package collector

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/report"
)

// recipient is who gets a report, in which language, and with which files.
type recipient struct {
	address  string
	language report.Language
	attach   []report.Format
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
		out = append(out, recipient{to, language, attach})
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

// letters are the mails of one report, without their addresses: made once for
// all who get the same.
type letters struct {
	of   report.Report
	made map[string]notify.Message
}

func newLetters(r report.Report) *letters { return &letters{r, map[string]notify.Message{}} }

// to is what a recipient gets.
func (l *letters) to(who recipient) (notify.Message, error) {
	key := fmt.Sprint(who.language, who.attach)
	if m, ok := l.made[key]; ok {
		return m, nil
	}
	html, pictures, err := report.Mail(l.of, who.language)
	var text bytes.Buffer
	if err = errors.Join(err, report.Text(&text, l.of, who.language)); err != nil {
		return notify.Message{}, err
	}
	m := notify.Message{Subject: report.Subject(l.of, who.language), Text: text.String(), HTML: string(html)}
	for i, p := range pictures {
		m.Attachments = append(m.Attachments, notify.Attachment{
			Name: fmt.Sprintf("picture-%d.png", i+1), Type: "image/png", ContentID: p.ContentID, Data: p.PNG,
		})
	}
	for _, f := range who.attach {
		files, err := report.Files(l.of, f, who.language)
		if err != nil {
			return notify.Message{}, err
		}
		for _, file := range files {
			m.Attachments = append(m.Attachments, notify.Attachment{Name: file.Name, Type: file.MediaType, Data: file.Data})
		}
	}
	l.made[key] = m
	return m, nil
}
