package push

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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
}

type wireAssignment struct {
	Revision  string      `json:"revision"`
	Catalogue string      `json:"catalogue"`
	Probes    []wireProbe `json:"probes"`
}

type wireProbe struct {
	Name    string          `json:"name"`
	Every   time.Duration   `json:"every"` // nanoseconds, as all durations here
	Timeout time.Duration   `json:"timeout"`
	Hold    time.Duration   `json:"hold"`
	Kind    string          `json:"kind"`
	Spec    json.RawMessage `json:"spec"`
}

// MarshalJSON writes the assignment as agents get it and keep it on disk.
func (a Assignment) MarshalJSON() ([]byte, error) {
	w := wireAssignment{Revision: a.Revision, Catalogue: a.Catalogue, Probes: make([]wireProbe, len(a.Probes))}
	for i, p := range a.Probes {
		spec, err := json.Marshal(p.Spec)
		if err != nil {
			return nil, fmt.Errorf("encoding probe %s: %w", p.Name, err)
		}
		w.Probes[i] = wireProbe{Name: p.Name, Every: p.Every, Timeout: p.Timeout, Hold: p.Hold, Kind: p.Spec.Kind(), Spec: spec}
	}
	return json.Marshal(w)
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
	p := &slo.Probe{Name: w.Name, Every: w.Every, Timeout: w.Timeout, Hold: w.Hold, Confirm: 1}
	spec, err := readSpec(w.Kind, w.Spec)
	p.Spec = spec
	return p, err
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

func (h *Handler) assignment(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	agent, location, revision := q.Get("agent"), q.Get("location"), q.Get("revision")
	bound, err := h.authorize(r, agent)
	if err == nil {
		if e := errors.Join(checkName("location", location), checkWord("revision", revision)); e != nil {
			err = status{http.StatusBadRequest, e}
		} else if e := checkLocation(agent, location, bound); e != nil {
			err = status{http.StatusForbidden, e}
		}
	}
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), longPoll)
	defer cancel()
	a, err := h.Assignment(ctx, agent, location, revision)
	switch {
	case err != nil && r.Context().Err() != nil:
	case err != nil:
		h.refuse(w, r, err)
	case a.Revision == revision:
		w.WriteHeader(http.StatusNotModified)
	default:
		writeJSON(w, http.StatusOK, a)
	}
}
