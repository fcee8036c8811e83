package collector

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/assay-sla/assay/collector/report"
)

// Paths of the reports, below which stand agreement and month.
const (
	reportsPath     = "/api/v1/reports/"
	reportMailsPath = "/api/v1/report-mails/"
)

// reportPages serves the monthly reports.
func (c *Collector) reportPages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+reportsPath+"{agreement}/{month}", c.showReport)
	mux.HandleFunc("POST "+reportMailsPath+"{agreement}/{month}", c.mailReport)
	return mux
}

// reportFaces are the formats of a report with their media types.
var reportFaces = map[string]string{"html": "text/html; charset=utf-8", "txt": "text/plain; charset=utf-8", "json": "application/json"}

func (c *Collector) showReport(w http.ResponseWriter, r *http.Request) {
	format := r.URL.Query().Get("format")
	if format == "" {
		format = "html"
	}
	media, ok := reportFaces[format]
	if !ok {
		answerError(w, http.StatusBadRequest, "bad_request", "format is not html, txt or json")
		return
	}
	made, err := c.monthlyReport(r.Context(), r.PathValue("agreement"), r.PathValue("month"), c.now())
	if err != nil {
		c.answerReportError(w, err)
		return
	}
	var b bytes.Buffer
	switch format {
	case "html":
		err = report.HTML(&b, made, report.English)
	case "txt":
		err = report.Text(&b, made, report.English)
	default:
		err = json.NewEncoder(&b).Encode(made)
	}
	if err != nil {
		c.answerReportError(w, err)
		return
	}
	w.Header().Set("Content-Type", media)
	// A report carries its looks and pictures inside, and nothing else.
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'")
	_, _ = w.Write(b.Bytes()) // nobody is left to tell
}

func (c *Collector) mailReport(w http.ResponseWriter, r *http.Request) {
	agreement, at := r.PathValue("agreement"), c.now()
	made, err := c.monthlyReport(r.Context(), agreement, r.PathValue("month"), at)
	var queued, already []string
	if err == nil {
		queued, already, err = c.sendReport(r.Context(), made, c.recipients(agreement), at)
	}
	if err != nil {
		c.answerReportError(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string][]string{"queued": queued, "already": already})
}

func (c *Collector) answerReportError(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, errNoAgreement):
		answerError(w, http.StatusNotFound, "not_found", err.Error())
	case errors.Is(err, errNoMail):
		answerError(w, http.StatusConflict, "no_mail", err.Error())
	default:
		answerError(w, http.StatusBadRequest, "bad_request", err.Error())
	}
}

func answerError(w http.ResponseWriter, code int, name, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]map[string]string{"error": {"code": name, "message": message}})
}
