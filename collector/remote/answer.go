package remote

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
)

// fail answers an error in the form of Prometheus's API.
func fail(w http.ResponseWriter, status int, kind, text string) {
	b, err := json.Marshal(struct {
		Status    string `json:"status"`
		ErrorType string `json:"errorType"`
		Error     string `json:"error"`
	}{"error", kind, text})
	if err != nil {
		b = []byte(`{"status":"error"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // whoever asked may have gone
}

// quote shows what somebody sent, cut to a line.
func quote(s string) string {
	const most = 200
	if len(s) > most {
		s = s[:most]
	}
	return strconv.QuoteToASCII(s)
}

// Bounds on answers, in bytes.
const (
	maxLogged = 512
	maxError  = 64 << 10 // of a refused write, which may name every series of it
)

// watch keeps the beginning of an answer of status 500 or above, which the
// API gives without telling the log, and cuts errors short.
type watch struct {
	http.ResponseWriter
	status int
	sent   int
	text   strings.Builder
}

func (w *watch) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watch) Write(b []byte) (int, error) {
	if w.status < 400 {
		return w.ResponseWriter.Write(b)
	}
	if w.status >= 500 {
		w.text.Write(b[:min(len(b), maxLogged-w.text.Len())])
	}
	part := b[:min(len(b), maxError-w.sent)]
	w.sent += len(part)
	if _, err := w.ResponseWriter.Write(part); err != nil {
		return 0, err
	}
	return len(b), nil // the rest is dropped, which the API need not know
}

// Unwrap is for http.ResponseController.
func (w *watch) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// report logs a failure that is not the sender's.
func (w *watch) report(l *slog.Logger, r *http.Request) {
	if w.status >= 500 && r.Context().Err() == nil {
		l.Error("Prometheus API failed", "path", r.URL.Path, "status", w.status, "answer", quote(w.text.String()))
	}
}
