package push

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// MaxAssignment bounds an assignment, in bytes.
const MaxAssignment = 64 << 20

// longPoll is how long an unchanged assignment is waited for.
const longPoll = 50 * time.Second

// Assignment is what an agent is to run. Equal assignments have equal
// revisions; the revision of the catalogue goes into each measurement.
type Assignment struct {
	Revision  string
	Catalogue string // its revision
	Probes    []*slo.Probe
	Seats     map[string]Seat // by probe; of those whose work is divided in seats
	Orders    []Order
}

// Order has the agent run a probe once, at once, for a drill of a continuity
// plan. An order that it has run before is not run again, however often it is
// given.
type Order struct {
	Drill string
	Probe *slo.Probe // its timeout is how long the run may take
}

// Seat is the seat of a probe that an agent holds, and for how long: it
// measures the slots from From on and before Until, by the collector's clock.
type Seat struct {
	Name  string
	From  slo.Instant // 0: from now on
	Until slo.Instant // 0: until another assignment
}

type wireAssignment struct {
	Revision  string      `json:"revision"`
	Catalogue string      `json:"catalogue"`
	Probes    []wireProbe `json:"probes"`
	// An agent of before does not know of orders: it runs none.
	Orders []wireOrder `json:"orders,omitempty"`
}

type wireOrder struct {
	Drill string    `json:"drill"`
	Probe wireProbe `json:"probe"`
}

type wireProbe struct {
	Name    string          `json:"name"`
	Every   time.Duration   `json:"every"` // nanoseconds, as all durations here
	Timeout time.Duration   `json:"timeout"`
	Hold    time.Duration   `json:"hold"`
	Kind    string          `json:"kind"`
	Spec    json.RawMessage `json:"spec"`
	Seat    string          `json:"seat,omitempty"`
	From    int64           `json:"from,omitempty"` // Unix milliseconds, as is until
	Until   int64           `json:"until,omitempty"`
}

// MarshalJSON writes the assignment as agents get it and keep it on disk.
func (a Assignment) MarshalJSON() ([]byte, error) {
	w := wireAssignment{Revision: a.Revision, Catalogue: a.Catalogue, Probes: make([]wireProbe, len(a.Probes))}
	for i, p := range a.Probes {
		var err error
		if w.Probes[i], err = wired(p); err != nil {
			return nil, err
		}
		seat := a.Seats[p.Name]
		w.Probes[i].Seat, w.Probes[i].From, w.Probes[i].Until = seat.Name, int64(seat.From), int64(seat.Until)
	}
	for _, o := range a.Orders {
		p, err := wired(o.Probe)
		if err != nil {
			return nil, err
		}
		w.Orders = append(w.Orders, wireOrder{o.Drill, p})
	}
	return json.Marshal(w)
}

// wired is a probe as it is sent.
func wired(p *slo.Probe) (wireProbe, error) {
	spec, err := json.Marshal(p.Spec)
	if err != nil {
		return wireProbe{}, fmt.Errorf("encoding probe %s: %w", p.Name, err)
	}
	return wireProbe{Name: p.Name, Every: p.Every, Timeout: p.Timeout, Hold: p.Hold, Kind: p.Spec.Kind(), Spec: spec}, nil
}

// UnmarshalJSON reads what MarshalJSON wrote. Fields that it does not know are
// passed over; a kind that it does not know, or one with a field that it does
// not know, becomes an Unsupported spec, so that one new probe does not stop
// an old agent.
func (a *Assignment) UnmarshalJSON(b []byte) error {
	var w wireAssignment
	if err := json.Unmarshal(b, &w); err != nil {
		return fmt.Errorf("decoding an assignment: %w", err)
	}
	out := Assignment{Revision: w.Revision, Catalogue: w.Catalogue}
	if err := errors.Join(checkWord("revision", w.Revision), checkWord("catalogue revision", w.Catalogue)); err != nil {
		return fmt.Errorf("decoding an assignment: %w", err)
	}
	for i := range w.Probes {
		p, err := w.Probes[i].probe()
		if err != nil {
			return fmt.Errorf("decoding an assignment: probe %q: %w", bounded(w.Probes[i].Name), err)
		}
		out.Probes = append(out.Probes, p)
		if seat := w.Probes[i].seat(); seat.Name != "" {
			if out.Seats == nil {
				out.Seats = map[string]Seat{}
			}
			out.Seats[p.Name] = seat
		}
	}
	for i := range w.Orders {
		o := &w.Orders[i]
		p, err := o.Probe.probe()
		if err = errors.Join(err, checkName("drill", o.Drill)); err != nil {
			return fmt.Errorf("decoding an assignment: the order of the drill %q: %w", bounded(o.Drill), err)
		}
		out.Orders = append(out.Orders, Order{o.Drill, p})
	}
	*a = out
	return nil
}

func (w *wireProbe) probe() (*slo.Probe, error) {
	if err := checkName("probe", w.Name); err != nil {
		return nil, err
	}
	const most = 31 * 24 * time.Hour
	if w.Every < time.Second || w.Every > most || w.Timeout <= 0 || w.Timeout > most || w.Hold <= 0 {
		return nil, fmt.Errorf("every %s, timeout %s, hold %s: out of range", w.Every, w.Timeout, w.Hold)
	}
	if err := errors.Join(checkSeat(w.Seat), checkInstant(w.From), checkInstant(w.Until)); err != nil {
		return nil, err
	}
	p := &slo.Probe{Name: w.Name, Every: w.Every, Timeout: w.Timeout, Hold: w.Hold, Confirm: 1}
	spec, err := readSpec(w.Kind, w.Spec)
	p.Spec = spec
	return p, err
}

func (w *wireProbe) seat() Seat {
	return Seat{Name: w.Seat, From: slo.Instant(w.From), Until: slo.Instant(w.Until)}
}

// readSpec reads a kind block. One with a field that this agent does not know
// is not supported: to pass over it could call a target up that is not.
func readSpec(kind string, b []byte) (slo.Spec, error) {
	spec, ok := slo.NewSpec(kind)
	if !ok {
		return Unsupported(bounded(kind)), nil
	}
	if err := json.Unmarshal(b, spec); err != nil {
		return nil, fmt.Errorf("its %s block: %w", kind, err)
	}
	if spec.Target() == "" {
		return nil, fmt.Errorf("its %s block has no target", kind)
	}
	known, _ := slo.NewSpec(kind)
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if d.Decode(known) != nil {
		return Unsupported(kind), nil
	}
	return spec, nil
}

// Unsupported is the spec of a kind that this agent does not have, or does not
// know in full.
type Unsupported string

// Kind is the kind's name.
func (u Unsupported) Kind() string { return string(u) }

// Target is not known.
func (u Unsupported) Target() string { return "" }

// AssignmentRequest is who asks for an assignment, and the revision of the one
// that it has.
type AssignmentRequest struct {
	Agent, Location string
	Labels          map[string]string
	Revision        string
}

// query is the request as a URL has it: a label parameter for each label, as
// name=value.
func (q AssignmentRequest) query() string {
	v := url.Values{"agent": {q.Agent}, "location": {q.Location}, "revision": {q.Revision}}
	for name, value := range q.Labels {
		v.Add("label", name+"="+value)
	}
	return v.Encode()
}

// readRequest reads what query wrote. The agent's name is checked where it is
// authorized.
func readRequest(v url.Values) (AssignmentRequest, error) {
	q := AssignmentRequest{Agent: v.Get("agent"), Location: v.Get("location"), Revision: v.Get("revision")}
	if len(v["label"]) > slo.MaxLabels {
		return q, fmt.Errorf("%d labels; at most %d are taken", len(v["label"]), slo.MaxLabels)
	}
	for _, l := range v["label"] {
		name, value, _ := strings.Cut(l, "=")
		if q.Labels == nil {
			q.Labels = map[string]string{}
		}
		q.Labels[name] = value
	}
	return q, errors.Join(checkName("location", q.Location), checkWord("revision", q.Revision), checkLabels(q.Labels))
}

// checkLabels says what is wrong with labels that came from outside.
func checkLabels(labels map[string]string) error {
	if err := slo.CheckLabels(labels); err != nil {
		return errors.New(plain(err.Error()))
	}
	return nil
}

func (h *Handler) assignment(w http.ResponseWriter, r *http.Request) {
	q, bad := readRequest(r.URL.Query())
	bound, err := h.authorize(r, q.Agent)
	if err == nil {
		if bad != nil {
			err = status{http.StatusBadRequest, bad}
		} else if e := checkLocation(q.Agent, q.Location, bound); e != nil {
			err = status{http.StatusForbidden, e}
		}
	}
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), longPoll)
	defer cancel()
	a, err := h.Assignment(ctx, q)
	switch {
	case err != nil && r.Context().Err() != nil:
	case err != nil:
		h.refuse(w, r, err)
	case a.Revision == q.Revision:
		w.WriteHeader(http.StatusNotModified)
	default:
		writeJSON(w, http.StatusOK, a)
	}
}
