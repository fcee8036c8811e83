// Package influx receives samples by InfluxDB's line protocol, as Telegraf's
// outputs influxdb_v2 and influxdb send it. docs/formats/line-protocol.md says
// what becomes of a line.
//
// Of InfluxDB's API it serves what writes, and what clients ask before they
// do. There are no databases, organizations and buckets: their names are taken
// and mean nothing.
package influx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/prometheus/storage"

	"github.com/assay-sla/assay/collector/remote"
	"github.com/assay-sla/assay/slo"
)

// Paths that the handlers serve. What Telegraf has as url is Prefix on the
// collector's address.
const (
	Prefix     = "/influx"
	V1Path     = Prefix + "/write"        // InfluxDB 1
	V2Path     = Prefix + "/api/v2/write" // InfluxDB 2 and 3
	PingPath   = Prefix + "/ping"
	HealthPath = Prefix + "/health"
)

// Options of the receiver. The zero value of a bound means its default.
type Options struct {
	Now func() slo.Instant // required; of lines without a timestamp, and to tell what lies ahead
	remote.Bounds
	Logger *slog.Logger // nil: silent; told of failures that are not the sender's
}

// API is what New makes. Who may call each handler is the caller's to check.
type API struct {
	Write  http.Handler // V1Path and V2Path
	Health http.Handler // PingPath and HealthPath; they tell nothing but that the collector is there
}

// handler is the receiver behind its bounds.
type handler struct {
	in      storage.Appendable
	options Options
	writes  chan struct{}
}

// New returns the receiver. in refuses what a sender may not write with an
// error that is storage.ErrOutOfBounds; any other error is the collector's own.
func New(in storage.Appendable, o Options) (API, error) {
	if in == nil || o.Now == nil {
		return API{}, errors.New("making the receiver of line protocol: the time series or the clock is missing")
	}
	var err error
	if o.Bounds, err = o.Bounds.Complete(); err != nil {
		return API{}, fmt.Errorf("making the receiver of line protocol: %w", err)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	h := &handler{in: in, options: o, writes: make(chan struct{}, o.Parallel)}
	return API{Write: http.HandlerFunc(h.write), Health: http.HandlerFunc(h.health)}, nil
}

// write serves both paths that write. They differ in the names of precisions
// alone, and each takes the other's.
func (h *handler) write(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != V1Path && r.URL.Path != V2Path:
		fail(w, http.StatusNotFound, refusal{Code: "not found", Message: "there is nothing at this address"})
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		fail(w, http.StatusMethodNotAllowed, refusal{Code: "method not allowed", Message: "this address takes POST"})
		return
	}
	unit, err := parseUnit(r.URL.Query().Get("precision"))
	if err != nil {
		fail(w, http.StatusBadRequest, refusal{Code: "invalid", Message: err.Error()})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.options.Timeout)
	defer cancel()
	select {
	case h.writes <- struct{}{}:
		defer func() { <-h.writes }()
	case <-ctx.Done():
		later(w, "too many writes at a time; try again")
		return
	}
	body, err := h.body(w, r)
	if err != nil {
		fail(w, remote.StatusOf(err), refusal{Code: codeOf(err), Message: err.Error()})
		return
	}
	h.take(ctx, w, body, unit)
}

// take writes what a body holds and answers.
func (h *handler) take(ctx context.Context, w http.ResponseWriter, body []byte, unit time.Duration) {
	b := batch{app: h.in.Appender(ctx), unit: unit, now: h.options.Now()}
	err := b.add(body)
	if err == nil {
		err = b.app.Commit()
	} else if undo := b.app.Rollback(); undo != nil {
		err = fmt.Errorf("%w, and then: %v", err, undo)
	}
	switch {
	case errors.Is(err, remote.ErrTooMuch):
		fail(w, remote.StatusOf(err), refusal{Code: codeOf(err), Message: err.Error()})
	case err != nil:
		if !notReady(err) && ctx.Err() == nil {
			h.options.Logger.Error("writing line protocol failed", "error", err)
		}
		later(w, "the time series cannot be written now; try again")
	case b.faults.lines > 0:
		fail(w, http.StatusBadRequest, b.faults.refusal(b.lines))
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
