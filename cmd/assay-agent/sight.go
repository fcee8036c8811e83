package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/assay-sla/assay/agent/probe"
	"github.com/assay-sla/assay/slo"
)

// sight is what one run of a probe saw.
type sight struct {
	spec  slo.Spec
	m     slo.Measurement
	trace probe.Trace
}

// phase is one part of the latency.
type phase struct {
	name string
	took time.Duration
}

func (s *sight) phases() []phase {
	p := s.m.Phases
	return []phase{{"resolve", p.Resolve}, {"connect", p.Connect}, {"tls", p.TLS}, {"first byte", p.FirstByte}, {"transfer", p.Transfer}}
}

// writeText writes what was seen, the phases as bars one after the other, and
// the outcome.
func (s *sight) writeText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s at %s\n\n", s.spec.Kind(), target(s.spec), s.m.At)
	_, _ = s.trace.WriteTo(&b) // a strings.Builder does not fail
	b.WriteString("\n")
	s.writePhases(&b)
	b.WriteString("\n")
	s.writeOutcome(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// barWidth is the whole latency as a bar, in characters.
const barWidth = 50

func (s *sight) writePhases(b *strings.Builder) {
	var before time.Duration
	for _, p := range s.phases() {
		if p.took > 0 {
			fmt.Fprintf(b, "  %-10s %10.3f ms  %s\n", p.name, milliseconds(p.took), bar(before, p.took, s.m.Latency))
		}
		before += p.took
	}
	fmt.Fprintf(b, "  %-10s %10.3f ms\n", "total", milliseconds(s.m.Latency))
}

// bar draws a phase as # where it lies in the whole; the shortest is one.
func bar(before, took, whole time.Duration) string {
	if whole <= 0 {
		return ""
	}
	from := min(barWidth-1, int(before*barWidth/whole))
	to := min(barWidth, max(from+1, int((before+took)*barWidth/whole)))
	return strings.Repeat(" ", from) + strings.Repeat("#", to-from)
}

func (s *sight) writeOutcome(b *strings.Builder) {
	m := s.m
	b.WriteString(m.Outcome.String())
	if m.Reason != "" {
		fmt.Fprintf(b, ": %s (%s)", m.Reason, m.Reason.Fault())
	}
	b.WriteString("\n")
	if m.Status != 0 || s.spec.Kind() == "http" && m.Outcome == slo.Up {
		fmt.Fprintf(b, "  status      %d\n", m.Status)
	}
	if r := m.Requests; r != nil {
		fmt.Fprintf(b, "  requests    %s good of %s, %s to %s\n", slo.Thousandths(r.Good), slo.Thousandths(r.Total), r.From, r.To)
	}
	if m.CertExpiry != 0 {
		left := m.CertExpiry.Sub(m.At).Hours() / 24
		fmt.Fprintf(b, "  certificate expires %s (%.1f days left)\n", m.CertExpiry, left)
	}
	if m.Evidence != "" {
		fmt.Fprintf(b, "  evidence    %s\n", strings.ReplaceAll(m.Evidence, "\n", "\n              "))
	}
}

// target is the spec's target without credentials.
func target(s slo.Spec) string {
	scheme, rest, ok := strings.Cut(s.Target(), "://")
	if !ok {
		return s.Target()
	}
	authority, path, slash := strings.Cut(rest, "/")
	if i := strings.LastIndex(authority, "@"); i >= 0 {
		authority = "***" + authority[i:]
	}
	path, _, query := strings.Cut(path, "?")
	out := scheme + "://" + authority
	if slash {
		out += "/" + path
	}
	if query {
		out += "?***"
	}
	return out
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// jsonSight has the names of the API's measurements.
type jsonSight struct {
	Kind       string             `json:"kind"`
	Target     string             `json:"target"`
	At         slo.Instant        `json:"at"`
	Outcome    slo.State          `json:"outcome"`
	Reason     slo.Reason         `json:"reason,omitempty"`
	Fault      slo.Fault          `json:"fault,omitempty"`
	Latency    float64            `json:"latency_ms"`
	Phases     map[string]float64 `json:"phases_ms"`
	Status     int                `json:"status,omitempty"`
	CertExpiry *slo.Instant       `json:"cert_expiry,omitempty"`
	Requests   *jsonRequests      `json:"requests,omitempty"`
	Evidence   string             `json:"evidence,omitempty"`
	Steps      []jsonStep         `json:"steps"`
}

// jsonRequests are the requests that were counted in an increment.
type jsonRequests struct {
	From  slo.Instant `json:"from"`
	To    slo.Instant `json:"to"`
	Good  json.Number `json:"good"`
	Total json.Number `json:"total"`
}

type jsonStep struct {
	At   float64 `json:"at_ms"`
	Name string  `json:"name"`
	Text string  `json:"text"`
}

// writeJSON writes what was seen as one JSON object.
func (s *sight) writeJSON(w io.Writer) error {
	m := s.m
	out := jsonSight{
		Kind: s.spec.Kind(), Target: target(s.spec), At: m.At, Outcome: m.Outcome, Reason: m.Reason, Fault: m.Reason.Fault(),
		Latency: milliseconds(m.Latency), Phases: map[string]float64{}, Status: m.Status, Evidence: m.Evidence,
		Steps: make([]jsonStep, len(s.trace.Steps)),
	}
	for _, p := range s.phases() {
		out.Phases[strings.ReplaceAll(p.name, " ", "_")] = milliseconds(p.took)
	}
	if r := m.Requests; r != nil {
		out.Requests = &jsonRequests{r.From, r.To, json.Number(slo.Thousandths(r.Good)), json.Number(slo.Thousandths(r.Total))}
	}
	if m.CertExpiry != 0 {
		out.CertExpiry = &m.CertExpiry
	}
	for i, step := range s.trace.Steps {
		out.Steps[i] = jsonStep{milliseconds(step.At), step.Name, step.Text}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(out)
}
