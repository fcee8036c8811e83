package push

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"syscall"

	"github.com/klauspost/compress/zstd"

	"github.com/assay-sla/assay/slo"
)

// Paths of the agents' listener.
const (
	PushPath       = "/agent/v1/push"
	ReceivedPath   = "/agent/v1/received"
	AssignmentPath = "/agent/v1/assignment"
	HeartbeatPath  = "/agent/v1/heartbeat"
)

// ContentType is that of a batch.
const ContentType = "application/vnd.assay.push+cbor"

// Journal takes entries for good: they are on disk when Append returns. A full
// journal returns an error with a method Full() bool that is true.
type Journal interface {
	Append(entries ...[]byte) (first uint64, err error)
}

// HandlerOptions are what a Handler is made of.
type HandlerOptions struct {
	Journal Journal
	// Authorize says whether a request may speak for an agent, and for which
	// location alone; "" is for any. nil lets everybody, which is for loopback
	// only.
	Authorize func(r *http.Request, agent string) (location string, err error)
	// Assignment returns what an agent is to run, and waits until that is of
	// another revision than the one that the agent has, or ctx ends. Where ctx
	// was cancelled before its deadline, the agent has gone.
	Assignment func(ctx context.Context, who AssignmentRequest) (Assignment, error)
	Heartbeat  func(Heartbeat, slo.Instant) error
	// Enrolment issues agents' certificates, and Certified is who showed one
	// with a request. Without them no agent is enrolled.
	Enrolment Enrolment
	Certified func(r *http.Request) (Identity, error)
	// Pushed is told of each batch after it was journalled. May be nil.
	Pushed func(Pushed)
	// Aside is given what of a batch cannot be journalled as it is. It must
	// keep it.
	Aside func(ctx context.Context, records []Aside) error
	Now   func() slo.Instant
	Log   *slog.Logger
}

// Aside is a record that makes no sense, or contradicts one that is there.
type Aside struct {
	ID     slo.ID
	Reason string
	Record []byte
}

// Conflict is the reason of a record whose identity is there with other bytes.
const Conflict = "conflict"

// Pushed is what a batch brought.
type Pushed struct {
	Agent, Epoch, Location string
	At                     slo.Instant
	Newest                 slo.Instant // of its measurements; 0 where it has none
	Taken, Repeated        int
	Lost                   uint64 // records that it declares lost
	NewEpoch               bool   // the agent's first batch of this epoch
	// Rival is another epoch of the agent that brought records since this one
	// did: two agents use one name. "" where there is none.
	Rival string
}

// Reply answers a push.
type Reply struct {
	Accepted  IntervalSet `json:"accepted"`           // of the batch: need not come again to this collector
	Released  IntervalSet `json:"released"`           // of the epoch: the queue may forget them
	Conflicts []uint64    `json:"conflicts,omitzero"` // the identity is there with other bytes; kept aside
	Rejected  []Rejected  `json:"rejected,omitzero"`  // makes no sense; kept aside
	Time      int64       `json:"time"`               // the collector's clock, in Unix milliseconds
}

// Rejected is a record that the collector cannot read.
type Rejected struct {
	Seq    uint64 `json:"seq"`
	Reason string `json:"reason"`
}

// Handler is the collector's side: it serves push, assignment and heartbeat.
type Handler struct {
	HandlerOptions
	received *received
	inflate  sync.Pool     // of *zstd.Decoder
	turns    chan struct{} // taken while a batch is in memory, inflated
	mux      *http.ServeMux
}

// maxBatches bounds how many batches are taken at the same time; others wait.
// What this holds in memory is bounded by it, and one fsync still serves many.
const maxBatches = 32

// NewHandler checks the options.
func NewHandler(o HandlerOptions) (*Handler, error) {
	for what, have := range map[string]bool{
		"Journal": o.Journal != nil, "Assignment": o.Assignment != nil, "Heartbeat": o.Heartbeat != nil,
		"Aside": o.Aside != nil, "Now": o.Now != nil, "Log": o.Log != nil,
	} {
		if !have {
			return nil, fmt.Errorf("building the agents' handler: %s is missing", what)
		}
	}
	h := &Handler{HandlerOptions: o, received: newReceived(), turns: make(chan struct{}, maxBatches), mux: http.NewServeMux()}
	h.mux.HandleFunc("POST "+PushPath, h.push)
	h.mux.HandleFunc("GET "+ReceivedPath, h.tell)
	h.mux.HandleFunc("GET "+AssignmentPath, h.assignment)
	h.mux.HandleFunc("POST "+HeartbeatPath, h.heartbeat)
	h.mux.HandleFunc("POST "+EnrollPath, h.enroll)
	h.mux.HandleFunc("POST "+RenewPath, h.renew)
	return h, nil
}

// ServeHTTP serves the agents' paths.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// Restore takes the sets of a checkpoint. Call it before the first request.
func (h *Handler) Restore(sets []ReceivedSet) {
	for _, s := range sets {
		if e := h.received.of(s.Agent, s.Epoch); e != nil {
			for from, to := range s.Seqs.Runs() {
				e.add(from, to)
			}
		}
	}
}

// RestoreLocation notes that an agent brought records of a location before.
func (h *Handler) RestoreLocation(agent, location string) { h.received.speaksFor(agent, location) }

// Observe takes one entry of the journal, as it is read at the start.
func (h *Handler) Observe(entry []byte) error {
	w, err := decodeEntry(entry)
	if err != nil {
		return err
	}
	e := h.received.of(w.Agent, w.Epoch)
	if e == nil {
		return nil
	}
	e.mark(w.Seq, w.Record)
	rec, err := DecodeRecord(w.Record)
	if err != nil {
		return nil // it is there all the same
	}
	if rec.Gap != nil {
		e.lose(rec.Gap)
	} else {
		h.received.speaksFor(w.Agent, locationOf(rec))
	}
	return nil
}

// Received returns what the journal has of each epoch.
func (h *Handler) Received() []ReceivedSet { return h.received.snapshot() }

// status is an error with the HTTP status that it is answered with.
type status struct {
	code int
	err  error
}

func (s status) Error() string { return s.err.Error() }
func (s status) Unwrap() error { return s.err }

func bad(code int, format string, args ...any) error {
	return status{code, fmt.Errorf(format, args...)}
}

// refuse answers an error, as JSON. What is not the caller's fault is logged.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	code := http.StatusInternalServerError
	var s status
	if errors.As(err, &s) {
		code = s.code
	}
	switch code {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5")
	case http.StatusInternalServerError:
		h.Log.Error("serving an agent failed", "path", r.URL.Path, "error", err)
		err = errors.New("the collector could not do that; its log says why")
	}
	writeJSON(w, code, map[string]string{"error": err.Error()})
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // nobody is left to tell
}

// authorize says whether the request may speak for the agent, and for which
// location alone; "" is for any.
func (h *Handler) authorize(r *http.Request, agent string) (location string, err error) {
	if err := checkName("agent", agent); err != nil {
		return "", status{http.StatusBadRequest, err}
	}
	if h.Authorize == nil {
		return "", nil
	}
	location, err = h.Authorize(r, agent)
	if err != nil {
		return "", status{http.StatusForbidden, err}
	}
	return location, nil
}

// checkLocation holds what an agent says of its location against the one that
// it is bound to.
func checkLocation(agent, location, bound string) error {
	if bound == "" || location == bound {
		return nil
	}
	return fmt.Errorf("agent %s is bound to location %s and may not speak for location %s", bounded(agent), bounded(bound), bounded(location))
}

func (h *Handler) push(w http.ResponseWriter, r *http.Request) {
	reply, err := h.takeRequest(r)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, reply)
}

// tell answers what the collector has of an epoch.
func (h *Handler) tell(w http.ResponseWriter, r *http.Request) {
	at := h.Now()
	q := r.URL.Query()
	agent, epoch := q.Get("agent"), q.Get("epoch")
	if _, err := h.authorize(r, agent); err != nil {
		h.refuse(w, r, err)
		return
	}
	if err := checkEpoch(epoch); err != nil {
		h.refuse(w, r, status{http.StatusBadRequest, err})
		return
	}
	writeJSON(w, http.StatusOK, receivedReply{Released: h.received.seqs(agent, epoch), Time: int64(at)})
}

// receivedReply answers a question for what was received.
type receivedReply struct {
	Released IntervalSet `json:"released"` // of the epoch: received, or known to be lost
	Time     int64       `json:"time"`     // the collector's clock, in Unix milliseconds
}

// takeRequest knows who speaks before it reads anything that is large.
func (h *Handler) takeRequest(r *http.Request) (Reply, error) {
	agent := r.URL.Query().Get("agent")
	bound, err := h.authorize(r, agent)
	if err != nil {
		return Reply{}, err
	}
	if ct := r.Header.Get("Content-Type"); !strings.EqualFold(ct, ContentType) {
		return Reply{}, bad(http.StatusUnsupportedMediaType, "content type %q; a push is %s", bounded(ct), ContentType)
	}
	raw, err := readBounded(r.Body, MaxBody)
	if err != nil {
		return Reply{}, err
	}
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
	case <-r.Context().Done():
		return Reply{}, bad(http.StatusServiceUnavailable, "the collector is busy; push again later")
	}
	body, err := h.inflated(raw, r.Header.Get("Content-Encoding"))
	if err != nil {
		return Reply{}, err
	}
	b, err := DecodeBatch(body)
	if err != nil {
		return Reply{}, status{http.StatusBadRequest, err}
	}
	if b.Agent != agent {
		return Reply{}, bad(http.StatusBadRequest, "a batch of agent %s in a request of agent %s", bounded(b.Agent), bounded(agent))
	}
	return h.take(r.Context(), b, bound)
}

// readBounded reads a request's body of at most most bytes.
func readBounded(r io.Reader, most int) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	switch {
	case err != nil:
		return nil, bad(http.StatusBadRequest, "reading the body: %w", err)
	case len(b) > most:
		return nil, bad(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", most)
	}
	return b, nil
}

// inflated undoes the content encoding. It reads no further than MaxBatch,
// whatever the body claims.
func (h *Handler) inflated(raw []byte, encoding string) ([]byte, error) {
	switch encoding {
	case "":
		return raw, nil
	case "zstd":
	default:
		return nil, bad(http.StatusUnsupportedMediaType, "content encoding %q; only zstd is known", bounded(encoding))
	}
	d, ok := h.inflate.Get().(*zstd.Decoder)
	if !ok {
		var err error
		if d, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow)); err != nil {
			return nil, fmt.Errorf("inflating a body: %w", err)
		}
	}
	defer h.inflate.Put(d)
	defer d.Reset(nil) // lets go of raw
	var out bytes.Buffer
	out.Grow(min(4*len(raw), MaxBatch) + bytes.MinRead)
	err := d.Reset(bytes.NewReader(raw))
	if err == nil {
		_, err = out.ReadFrom(io.LimitReader(d, MaxBatch+1))
	}
	switch {
	case err != nil:
		return nil, bad(http.StatusBadRequest, "inflating the body: %w", err)
	case out.Len() > MaxBatch:
		return nil, bad(http.StatusRequestEntityTooLarge, "the body inflates to more than %d bytes", MaxBatch)
	}
	return out.Bytes(), nil
}

// maxWindow bounds the window of a zstd frame, which a decoder holds in memory;
// RFC 8878 asks decoders for as much.
const maxWindow = 8 << 20

// take journals what is new in a batch and answers for all of it. bound is the
// one location that it may speak for; "" is any.
func (h *Handler) take(ctx context.Context, b Batch, bound string) (Reply, error) {
	at := h.Now()
	e := h.received.of(b.Agent, b.Epoch)
	if e == nil {
		return Reply{}, bad(http.StatusConflict, "agent %s has %d epochs; no more are taken", b.Agent, maxEpochs)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.full(); err != nil {
		return Reply{}, bad(http.StatusConflict, "epoch %s of agent %s: %w", b.Epoch, b.Agent, err)
	}
	s := sorting{epoch: e, at: at, batch: &b, bound: bound, received: h.received, news: Pushed{Agent: b.Agent, Epoch: b.Epoch, At: at}}
	for _, r := range b.Records {
		if err := s.sort(r); err != nil {
			return Reply{}, err
		}
	}
	if len(s.aside) > 0 {
		if err := h.Aside(ctx, s.aside); err != nil {
			return Reply{}, h.diskFull(&s, fmt.Errorf("keeping records of agent %s aside: %w", b.Agent, err))
		}
		s.markAside()
	}
	if err := h.journal(&s); err != nil {
		return Reply{}, err
	}
	s.mark()
	if s.news.Taken > 0 {
		s.news.Rival = h.received.speak(b.Agent, b.Epoch, s.news.NewEpoch)
	}
	if h.Pushed != nil {
		h.Pushed(s.news)
	}
	s.reply.Released, s.reply.Time = e.seqs.Clone(), int64(at)
	return s.reply, nil
}

func (h *Handler) journal(s *sorting) error {
	if len(s.entries) == 0 {
		return nil
	}
	if _, err := h.Journal.Append(s.entries...); err != nil {
		var full interface{ Full() bool }
		if errors.As(err, &full) && full.Full() {
			return bad(http.StatusServiceUnavailable, "the journal is full; push again later")
		}
		return h.diskFull(s, fmt.Errorf("journalling a batch of agent %s: %w", s.batch.Agent, err))
	}
	return nil
}

// diskFull makes a full disk an answer to wait for; other errors stay.
func (h *Handler) diskFull(s *sorting, err error) error {
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return err
	}
	h.Log.Error("the collector's disk is full", "agent", s.batch.Agent, "error", err)
	return bad(http.StatusServiceUnavailable, "the collector's disk is full; push again later")
}
