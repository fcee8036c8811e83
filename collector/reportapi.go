package collector

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/web"
)

// Paths of the reports, below which stand agreement and period; below that of
// the mails also a scope, as slo.ScopeText has it.
const (
	reportsPath     = "/api/v1/reports/"
	reportMailsPath = "/api/v1/report-mails/"
)

// reportPages serves the reports.
func (c *Collector) reportPages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+reportsPath+"{agreement}/{period}", c.showReport)
	mux.HandleFunc("GET "+scopedReportsPath+"{scope}/{period}", c.showScopedReport)
	mux.HandleFunc("POST "+reportMailsPath+"{scope}/{period}", c.mailReport)
	return mux
}

// wanted is what somebody asks for: the query fields format, lang and table.
type wanted struct {
	format   report.Format
	language report.Language
	table    string
}

// wantedOf reads a query. Without a format it is HTML, without a language that
// of the first entry of the configuration that sends it.
func (c *Collector) wantedOf(of report.Scope, period string, q url.Values) (wanted, error) {
	w := wanted{format: report.FormatHTML, table: q.Get("table")}
	p, err := report.ParsePeriod(period, c.zoneOf(of))
	if err != nil {
		return w, err
	}
	w.language = c.language(of, p.Kind)
	if f := q.Get("format"); f != "" {
		if w.format, err = report.ParseFormat(f); err != nil {
			return wanted{}, err
		}
	}
	if l := q.Get("lang"); l != "" {
		if w.language, err = report.ParseLanguage(l); err != nil {
			return wanted{}, err
		}
	}
	return w, report.CheckTable(w.format, w.table)
}

func (c *Collector) showReport(w http.ResponseWriter, r *http.Request) {
	c.answerReport(w, r, report.Scope{Kind: report.AgreementScope, Name: r.PathValue("agreement")})
}

// answerReport answers the report of a scope as the query asks for it.
func (c *Collector) answerReport(w http.ResponseWriter, r *http.Request, of report.Scope) {
	want, err := c.wantedOf(of, r.PathValue("period"), r.URL.Query())
	if err != nil {
		c.answerReportError(w, &web.ReportError{Err: err})
		return
	}
	var b bytes.Buffer
	made, err := c.writtenReport(r.Context(), &b, of, r.PathValue("period"), want)
	if err != nil {
		c.answerReportError(w, err)
		return
	}
	media := want.format.MediaType()
	if strings.HasPrefix(media, "text/") {
		media += "; charset=utf-8"
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Disposition", mime.FormatMediaType(disposition(want.format), map[string]string{"filename": report.TableFileName(made, want.format, want.table)}))
	// A report carries its looks and pictures inside, and nothing else.
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'")
	_, _ = w.Write(b.Bytes()) // nobody is left to tell
}

// writtenReport makes a report and writes the face of it that is wanted.
func (c *Collector) writtenReport(ctx context.Context, w io.Writer, of report.Scope, period string, want wanted) (report.Report, error) {
	leave, err := c.making.enter(ctx, of)
	if err != nil {
		return report.Report{}, err
	}
	defer leave()
	made, err := c.scopedReport(ctx, of, period, c.now())
	if err != nil {
		return made, err
	}
	return made, report.Write(w, made, want.format, want.language, want.table)
}

// disposition says that a browser shows what it can under the policy above, and
// saves the rest.
func disposition(f report.Format) string {
	switch f {
	case report.FormatHTML, report.FormatJSON, report.FormatText:
		return "inline"
	}
	return "attachment"
}

func (c *Collector) mailReport(w http.ResponseWriter, r *http.Request) {
	at := c.now()
	of, err := report.ReadScope(r.PathValue("scope") + r.URL.Query().Get("name"))
	if err != nil {
		c.answerReportError(w, &web.ReportError{Err: err})
		return
	}
	leave, err := c.making.enter(r.Context(), of)
	if err != nil {
		c.answerReportError(w, err)
		return
	}
	defer leave()
	made, err := c.scopedReport(r.Context(), of, r.PathValue("period"), at)
	var out sent
	if err == nil {
		to := c.recipients(of, made.Identity.Period.Kind)
		out, err = c.sendings.send(context.WithoutCancel(r.Context()), made, to, cmp.Or(web.ActorOf(r), ledger.Self), at)
	}
	if err != nil {
		c.answerReportError(w, err)
		return
	}
	answer(w, out)
}

// answerReportError tells whoever asked what he cannot have. What failed here is
// logged, and no more of it is told than that.
func (c *Collector) answerReportError(w http.ResponseWriter, err error) {
	var asked *web.ReportError
	switch {
	case errors.Is(err, errNoAgreement):
		answerError(w, http.StatusNotFound, "not_found", err.Error())
	case errors.Is(err, errNoMail):
		answerError(w, http.StatusConflict, "no_mail", err.Error())
	case errors.Is(err, web.ErrReportsBusy):
		w.Header().Set("Retry-After", "10")
		answerError(w, http.StatusServiceUnavailable, "too_many", err.Error())
	case errors.Is(err, context.Canceled): // nobody is left to tell
	case errors.As(err, &asked):
		answerError(w, http.StatusBadRequest, "bad_request", err.Error())
	default:
		c.answerFailure(w, "making a report", err)
	}
}

func answerError(w http.ResponseWriter, code int, name, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]map[string]string{"error": {"code": name, "message": message}})
}
