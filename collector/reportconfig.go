package collector

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/internal/settings"
	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// ReportConfig sends a report on schedule: what about, on which period before
// each start, and to whom.
type ReportConfig struct {
	// One of these says what the report is about.
	Agreement string
	Customer  string // all agreements with him
	Service   string // all agreements about it
	Supplier  string // all agreements with him
	All       bool   // every agreement

	Period   string // month (default), quarter or year
	To       []string
	Schedule string // cron in the agreements' zone; default 07:00 on the first day after the period
	Language string // of report.Languages; default English
	// Attach are the files that go with the mail, of report.Formats.
	Attach []string
	// Approval are the addresses of those who are asked to release a report before
	// anybody gets it; none where nobody has to.
	Approval []string
	Survey   bool // its recipients are asked how satisfied they are
}

// schedules are when a report is due that names no schedule, by its period: those
// that a schedule can have.
func schedules() map[report.PeriodKind]string {
	return map[report.PeriodKind]string{
		report.MonthKind: "0 7 1 * *", report.QuarterKind: "0 7 1 1,4,7,10 *", report.YearKind: "0 7 1 1 *",
	}
}

func (r *ReportConfig) fields() settings.Fields {
	return settings.Fields{
		"agreement": settings.Text(&r.Agreement), "customer": settings.Text(&r.Customer), "service": settings.Text(&r.Service),
		"supplier": settings.Text(&r.Supplier), "all": settings.Flag(&r.All),
		"period": settings.Text(&r.Period), "to": settings.Texts(&r.To), "schedule": settings.Text(&r.Schedule),
		"language": settings.Text(&r.Language), "attach": settings.Texts(&r.Attach),
		"approval": settings.Texts(&r.Approval), "survey": settings.Flag(&r.Survey),
	}
}

func (r *ReportConfig) defaults() {
	set(&r.Period, string(report.MonthKind))
	set(&r.Schedule, schedules()[r.kind()])
}

// kind is that of the periods that it reports on.
func (r *ReportConfig) kind() report.PeriodKind { return report.PeriodKind(r.Period) }

// scope is what the report is about. None, and several, are an error.
func (r *ReportConfig) scope() (report.Scope, error) {
	var list []report.Scope
	for _, s := range []report.Scope{
		{Kind: report.AgreementScope, Name: r.Agreement}, {Kind: report.CustomerScope, Name: r.Customer},
		{Kind: report.ServiceScope, Name: r.Service}, {Kind: report.SupplierScope, Name: r.Supplier},
	} {
		if s.Name != "" {
			list = append(list, s)
		}
	}
	if r.All {
		list = append(list, report.Scope{Kind: report.WholeScope})
	}
	if len(list) != 1 {
		return report.Scope{}, errors.New("give one of agreement, customer, service, supplier and all: true")
	}
	return report.ParseScope(string(list[0].Kind), list[0].Name)
}

// key is that of the setting that keeps when it was served last. What sends the
// months of an agreement has the key that it had before there was anything else.
func (r *ReportConfig) key() string {
	of, _ := r.scope() // it was checked
	key := "report " + of.String() + " " + r.Schedule
	for i, to := range r.To {
		key += map[bool]string{true: " ", false: ","}[i == 0] + to
	}
	if k := r.kind(); k != report.MonthKind {
		key += " " + string(k)
	}
	return key
}

func (c *Config) checkReports(wrong func(field, format string, args ...any)) {
	if len(c.Reports) > 0 && (c.Mail.Host == "" || c.Mail.From == "") {
		wrong("mail", "host and from are needed to send reports")
	}
	for i := range c.Reports {
		r, field := &c.Reports[i], fmt.Sprintf("reports[%d]", i)
		r.check(field, wrong)
		if r.Survey && c.ExternalURL == "" {
			wrong(field+".survey", "needs externalURL: the mail leads to the survey's page")
		}
	}
}

// check finds what is wrong with one report by itself.
func (r *ReportConfig) check(field string, wrong func(field, format string, args ...any)) {
	if _, err := r.scope(); err != nil {
		wrong(field, "%v", err)
	}
	if _, known := schedules()[r.kind()]; !known {
		wrong(field+".period", "%.20q is none: month, quarter or year", r.Period)
	} else if _, err := catalog.ParseCron(r.Schedule); err != nil {
		wrong(field+".schedule", "%v", err)
	}
	if len(r.To) == 0 {
		wrong(field, "to is missing")
	}
	for _, list := range []struct {
		field     string
		addresses []string
	}{{".to", r.To}, {".approval", r.Approval}} {
		for _, who := range list.addresses {
			if _, err := mail.ParseAddress(who); err != nil {
				wrong(field+list.field, "%q is not a mail address", who)
			}
		}
	}
	if len(r.Approval) > notify.MaxRecipients {
		wrong(field+".approval", "%d addresses: there may be %d", len(r.Approval), notify.MaxRecipients)
	}
	if _, err := report.ParseLanguage(r.Language); err != nil {
		wrong(field+".language", "%v", err)
	}
	for n, f := range r.Attach {
		if _, err := report.ParseFormat(f); err != nil {
			wrong(field+".attach", "%v", err)
		} else if slices.Contains(r.Attach[:n], f) {
			wrong(field+".attach", "%s is there twice", f)
		}
	}
}

// reportsIn holds the configured reports against a catalogue: each is about an
// agreement that is there.
func (c Config) reportsIn(cat *slo.Catalog) error {
	var bad []error
	for i := range c.Reports {
		if of, err := c.Reports[i].scope(); err == nil && len(of.Of(cat)) == 0 {
			bad = append(bad, fmt.Errorf("reports[%d]: %w", i, noAgreement(of)))
		}
	}
	return errors.Join(bad...)
}

// noAgreement says that a scope has none.
func noAgreement(of report.Scope) error {
	switch of.Kind {
	case report.AgreementScope:
		return fmt.Errorf("the catalogue has no agreement %q", of.Name)
	case report.WholeScope:
		return errors.New("the catalogue has no agreement")
	}
	return fmt.Errorf("the catalogue has no agreement of the %s %q", of.Kind, of.Name)
}
