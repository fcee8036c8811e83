package influx

import (
	"encoding/json"
	"errors"
	"net/http"

	promtsdb "github.com/prometheus/prometheus/tsdb"
)

// health answers what clients ask before they write: that the collector is
// there, and at HealthPath whether it takes samples.
func (h *handler) health(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		fail(w, http.StatusMethodNotAllowed, refusal{Code: "method not allowed", Message: "this address takes GET"})
	case r.URL.Path == PingPath:
		w.Header().Set("X-Influxdb-Build", "Assay")
		w.WriteHeader(http.StatusNoContent)
	case r.URL.Path == HealthPath:
		h.state(w, r)
	default:
		fail(w, http.StatusNotFound, refusal{Code: "not found", Message: "there is nothing at this address"})
	}
}

// state is the answer of InfluxDB's /health.
func (h *handler) state(w http.ResponseWriter, r *http.Request) {
	answer := struct {
		Name    string `json:"name"`
		Message string `json:"message"`
		Status  string `json:"status"`
	}{"assay", "ready for writes", "pass"}
	status := http.StatusOK
	if err := h.in.Appender(r.Context()).Rollback(); err != nil {
		answer.Message, answer.Status, status = "the time series cannot be written now", "fail", http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // whoever asked may have gone
}

// notReady reports whether the series are still being loaded.
func notReady(err error) bool { return errors.Is(err, promtsdb.ErrNotReady) }
