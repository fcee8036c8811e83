package collector

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// Paths for people that mails lead to.
const (
	livePath    = "/reports/"  // behind it scope and period
	sendingPath = "/sendings/" // behind it an ID
	surveyPath  = "/survey/"   // behind it a token
)

// letterWriter writes the mails of reports.
type letterWriter struct {
	from, domain string
	base         func() string // of the pages, without a slash at its end
	linked       bool          // people reach the pages there
}

// letters are the mails of a report in their rows of the outbox, with the surveys
// that they ask for.
type letters struct {
	rows    []sqlstore.OutboxRow
	surveys []slo.Survey
}

// messageID is that of the mail of a report to a recipient. A final report goes
// to each of them once, a provisional one once a day.
func (l *letterWriter) messageID(r *report.Report, to recipient) string {
	id := report.MessageID(l.domain, *r, to.address)
	if r.Identity.Standing == report.Provisional {
		id = notify.MessageID(l.domain, id, "provisional", r.Identity.MadeAt.Time().Format(time.DateOnly))
	}
	return id
}

// write makes the mails of a report, which leave after a while. What is the same
// for several recipients is made once.
func (l *letterWriter) write(r report.Report, to []recipient, at slo.Instant, after time.Duration) (letters, error) {
	var out letters
	made := map[string]notify.Message{}
	for _, who := range to {
		key := fmt.Sprint(who.language, who.attach, who.survey)
		m, ok := made[key]
		if !ok {
			var err error
			if m, err = l.message(r, who); err != nil {
				return letters{}, fmt.Errorf("mailing the report: %w", err)
			}
			made[key] = m
		}
		m.ID, m.Date, m.From, m.To = l.messageID(&r, who), at, l.from, []string{who.address}
		if who.survey && l.linked {
			var token string
			token, m = withToken(m)
			out.surveys = append(out.surveys, slo.Survey{
				Digest: ledger.Digest([]byte(token)), Mail: m.ID, Agreement: r.Identity.Scope.String(), Service: r.Identity.Service, Period: r.Identity.Period.Label,
				Recipient: who.address, Language: string(who.language), Asked: at, Expires: at.Add(slo.SurveyLife),
			})
		}
		item, err := notify.NewItem(at, m)
		if err != nil {
			return letters{}, fmt.Errorf("mailing the report: %w", err)
		}
		item.Delivery.Next = at.Add(after)
		row, err := mailRow(item)
		if err != nil {
			return letters{}, err
		}
		out.rows = append(out.rows, row)
	}
	return out, nil
}

// tokenPlace stands where the token of a recipient goes. It has the length of
// one, and no text of a report has it.
var tokenPlace = strings.Repeat("~", base64.RawURLEncoding.EncodedLen(tokenBytes))

// tokenBytes is how much of a token cannot be guessed: 192 bits.
const tokenBytes = 24

// withToken puts a token of its own into a mail. Only the digest of it is kept
// beside the mail.
func withToken(m notify.Message) (string, notify.Message) {
	b := make([]byte, tokenBytes)
	_, _ = rand.Read(b) // it never fails
	token := base64.RawURLEncoding.EncodeToString(b)
	m.Text, m.HTML = strings.ReplaceAll(m.Text, tokenPlace, token), strings.ReplaceAll(m.HTML, tokenPlace, token)
	return token, m
}

// message is what recipients get who get the same, without address.
func (l *letterWriter) message(r report.Report, who recipient) (notify.Message, error) {
	var links report.Links
	if l.linked {
		links.Live = l.base() + livePath + r.Identity.Scope.Address(r.Identity.Period.Label)
		if who.survey {
			links.Survey = l.base() + surveyPath + tokenPlace
		}
	}
	letter, err := report.NewLetter(r, who.language, links)
	if err != nil {
		return notify.Message{}, err
	}
	m := notify.Message{Subject: letter.Subject, Text: letter.Text, HTML: letter.HTML}
	for i, p := range letter.Pictures {
		m.Attachments = append(m.Attachments, notify.Attachment{
			Name: fmt.Sprintf("picture-%d.png", i+1), Type: "image/png", ContentID: p.ContentID, Data: p.PNG,
		})
	}
	for _, f := range who.attach {
		files, err := report.Files(r, f, who.language)
		if err != nil {
			return notify.Message{}, err
		}
		for _, file := range files {
			m.Attachments = append(m.Attachments, notify.Attachment{Name: file.Name, Type: file.MediaType, Data: file.Data})
		}
	}
	return m, nil
}

// ask is the mail to those who are to release a sending: one for each report
// that is prepared.
func (l *letterWriter) ask(x *slo.Sending, r report.Report, lang report.Language, at slo.Instant) (sqlstore.OutboxRow, error) {
	subject, text := report.Ask(r, lang, l.base()+sendingPath+x.ID)
	item, err := notify.NewItem(at, notify.Message{
		ID: notify.MessageID(l.domain, "release", x.ID, fmt.Sprint(len(x.Events))), Date: at, From: l.from, To: slices.Clone(x.Asked), Subject: subject, Text: text,
	})
	if err != nil {
		return sqlstore.OutboxRow{}, fmt.Errorf("asking for the release of a report: %w", err)
	}
	return mailRow(item)
}
