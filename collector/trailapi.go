package collector

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"syscall"

	"github.com/assay-sla/assay/slo"
)

// auditPath is that of what was done.
const auditPath = "/api/v1/audit"

// Bounds of a list.
const (
	trailDefault = 100
	trailMost    = 1000
)

// trailPages serves the audit trail, newest first.
func (c *Collector) trailPages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+auditPath, c.showAudit)
	return mux
}

// auditLine is a line of the audit trail as tools read it.
type auditLine struct {
	N       int64       `json:"n"`
	At      slo.Instant `json:"at"`
	Actor   string      `json:"actor"`
	Role    string      `json:"role"`
	Means   string      `json:"means"`
	Remote  string      `json:"remote"`
	Action  string      `json:"action"`
	Object  string      `json:"object"`
	Outcome string      `json:"outcome"`
	Reason  string      `json:"reason"`
	Entry   int64       `json:"entry"` // of the ledger; -1 where the line is older than it
}

func (c *Collector) showAudit(w http.ResponseWriter, r *http.Request) {
	before, limit, ok := trailBounds(w, r)
	if !ok {
		return
	}
	events, err := c.store.AuditTrail(r.Context(), before, limit)
	if err != nil {
		c.answerFailure(w, "listing the audit trail", err)
		return
	}
	lines := make([]auditLine, len(events))
	for i, e := range events {
		lines[i] = auditLine(e)
	}
	var next *int64
	if len(lines) == limit {
		next = &lines[limit-1].N
	}
	answer(w, map[string]any{"events": lines, "next_before": next})
}

// trailBounds reads the parameters limit and before of a list. Where one makes
// no sense it has answered, and ok is false.
func trailBounds(w http.ResponseWriter, r *http.Request) (before int64, limit int, ok bool) {
	limit = trailDefault
	q, err := url.ParseQuery(r.URL.RawQuery)
	for name, values := range q {
		n, e := strconv.ParseInt(values[0], 10, 64)
		switch {
		case len(values) > 1 || e != nil:
			err = e
			if err == nil {
				err = strconv.ErrSyntax
			}
		case name == "limit" && n >= 1 && n <= trailMost:
			limit = int(n)
		case name == "before" && n >= 1 && r.URL.Path == auditPath:
			before = n
		default:
			err = strconv.ErrRange
		}
	}
	if err != nil {
		answerError(w, http.StatusBadRequest, "bad_request", "the query takes limit, a number from 1 to 1000, and for the audit before, the number of an event, each once")
		return 0, 0, false
	}
	return before, limit, true
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // nobody is left to tell
}

// answerFailure tells the log what went wrong, and who asked that something did.
func (c *Collector) answerFailure(w http.ResponseWriter, what string, err error) {
	c.failed(what, err)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		answerError(w, http.StatusServiceUnavailable, "disk_full", "the collector's disk is full")
		return
	}
	answerError(w, http.StatusInternalServerError, "internal", "the collector failed; its log says why")
}
