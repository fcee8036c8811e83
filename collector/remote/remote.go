// Package remote serves the HTTP API of Prometheus over the collector's time
// series, so that Grafana, promtool and whatever else speaks it work, and
// receives samples from foreign senders by remote write and OTLP.
//
// Of Prometheus's API it serves what reads series and what tools ask before
// they do; what administers a Prometheus server (targets, configuration,
// deletion, snapshots) is not there.
package remote

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/common/route"
	"github.com/prometheus/prometheus/model/metadata"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
)

// Store is what the API reads. While Ready is open it answers 503; the same
// where Err is not nil after.
type Store interface {
	storage.SampleAndChunkQueryable
	storage.ExemplarQueryable
	Engine() promql.QueryEngine
	Metadata() map[string]metadata.Metadata // by metric name; not changed
	Ready() <-chan struct{}
	Err() error
}

// Receiver is where samples of foreign senders go. It refuses what they may
// not write with an error that is storage.ErrOutOfBounds, which becomes 400.
type Receiver interface {
	storage.Appendable
	storage.AppendableV2
}

// Paths under the prefix that write; all others only read.
const (
	WritePath = "/api/v1/write"           // remote write 1 and 2
	OTLPPath  = "/api/v1/otlp/v1/metrics" // OpenTelemetry over HTTP
)

// DefaultPrefix of Options.
const DefaultPrefix = "/prometheus"

// Options of the API. The zero value of a field means its default.
type Options struct {
	Prefix string // of every path, with a slash before and none after
	Bounds
	Logger *slog.Logger // nil: silent; told of failures that are not the sender's
}

// maxForm bounds the body of a query.
const maxForm = 256 << 10

// API is what New makes. Reading and writing are handlers of their own, so that
// whoever mounts them gives each the right that it needs.
type API struct {
	Read  http.Handler // all of the API but what writes
	Write http.Handler // WritePath and OTLPPath alone
}

// handler is the API behind its bounds.
type handler struct {
	store   Store
	api     func() http.Handler // made when first asked: it takes a tenth of a second
	options Options
	lists   chan struct{}
	writes  chan struct{}
}

// New returns the API. Its handlers serve Prefix and what is below it, and
// answer 404 elsewhere. Who may call them is the caller's to check before.
func New(store Store, in Receiver, o Options) (API, error) {
	if store == nil || in == nil {
		return API{}, errors.New("making the Prometheus API: the time series are missing")
	}
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	if !strings.HasPrefix(o.Prefix, "/") || strings.HasSuffix(o.Prefix, "/") {
		return API{}, fmt.Errorf("making the Prometheus API: the prefix %q does not begin, or ends, with a slash", o.Prefix)
	}
	var err error
	if o.Bounds, err = o.Bounds.Complete(); err != nil {
		return API{}, fmt.Errorf("making the Prometheus API: %w", err)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	h := &handler{
		store: store, options: o,
		api: sync.OnceValue(func() http.Handler {
			router := route.New().WithPrefix(o.Prefix + "/api/v1")
			newAPI(store, in).Register(router)
			return router
		}),
		lists: make(chan struct{}, o.Parallel), writes: make(chan struct{}, o.Parallel),
	}
	return API{Read: h.part(false), Write: h.part(true)}, nil
}

// part serves the endpoints that write, or those that do not.
func (h *handler) part(writes bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.find(w, r, writes) })
}

func (h *handler) find(w http.ResponseWriter, r *http.Request, writes bool) {
	path, ok := strings.CutPrefix(r.URL.Path, h.options.Prefix)
	e, found := find(path)
	switch {
	case !ok || !found || writes != (e.class == writing):
		fail(w, http.StatusNotFound, "not_found", "there is no "+quote(r.URL.Path)+" here")
		return
	case !e.takes(r.Method):
		w.Header().Set("Allow", e.methods)
		fail(w, http.StatusMethodNotAllowed, "bad_data", quote(r.URL.Path)+" takes "+e.methods+", not "+quote(r.Method))
		return
	}
	if e.class != static && e.class != parsing && !h.ready(w) {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.options.Timeout)
	defer cancel()
	h.serve(w, r.WithContext(ctx), e.class)
}

// ready answers 503 unless there are series to read.
func (h *handler) ready(w http.ResponseWriter) bool {
	select {
	case <-h.store.Ready():
		if h.store.Err() == nil {
			return true
		}
		fail(w, http.StatusServiceUnavailable, "unavailable", "the time series could not be loaded; the collector's log says why")
	default:
		w.Header().Set("Retry-After", "5")
		fail(w, http.StatusServiceUnavailable, "unavailable", "the time series are still being loaded; try again in a few seconds")
	}
	return false
}

// serve lets the API answer within the bounds of the endpoint's class.
func (h *handler) serve(w http.ResponseWriter, r *http.Request, c class) {
	maxBody, slots := int64(maxForm), (chan struct{})(nil)
	switch c {
	case listing, parsing:
		slots = h.lists
	case writing:
		maxBody, slots = h.options.MaxBody, h.writes
	}
	if r.ContentLength > maxBody {
		fail(w, http.StatusRequestEntityTooLarge, "bad_data", fmt.Sprintf("the body has %d bytes, more than %d", r.ContentLength, maxBody))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	// A sender that drips does not hold its slot for ever. A writer that
	// cannot set a deadline is one of a test.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h.options.Timeout))
	if slots != nil {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		case <-r.Context().Done():
			w.Header().Set("Retry-After", "5")
			fail(w, http.StatusServiceUnavailable, "unavailable", "too many requests at a time; try again")
			return
		}
	}
	if err := weigh(r, c); err != nil {
		fail(w, StatusOf(err), "bad_data", err.Error())
		return
	}
	watched := &watch{ResponseWriter: w}
	h.api().ServeHTTP(watched, r)
	watched.report(h.options.Logger, r)
}
