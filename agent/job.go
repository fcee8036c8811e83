package agent

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/assay-sla/assay/agent/probe"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// job is a probe as the scheduler runs it.
type job struct {
	probe    slo.Probe
	revision string // of the catalogue
	seat     push.Seat
	run      func(ctx context.Context, at slo.Instant) slo.Measurement
}

// jobs prepares the probes of an assignment. A job of before is taken over where its probe is the
// same, so that nothing is compiled again.
func (a *Agent) jobs(n push.Assignment, before map[string]job) []job {
	out := make([]job, 0, len(n.Probes))
	for _, p := range n.Probes {
		j := job{probe: *p, revision: n.Catalogue, seat: n.Seats[p.Name]}
		if old, ok := before[p.Name]; ok && reflect.DeepEqual(old.probe, j.probe) {
			j.run = old.run
		} else {
			j.run = a.destinations.paced(*p, a.prepare(*p))
		}
		out = append(out, j)
	}
	return out
}

func (a *Agent) prepare(p slo.Probe) func(context.Context, slo.Instant) slo.Measurement {
	if a.seams.probe != nil {
		return a.seams.probe(p)
	}
	return prepare(p, a.env, a.config.Allow.Kinds, a.uplink)
}

// prepare makes a probe's run. What cannot be run here still speaks at each
// of its slots, and says why not.
func prepare(p slo.Probe, env *probe.Env, kinds []string, up *uplink) func(context.Context, slo.Instant) slo.Measurement {
	kind := p.Spec.Kind()
	if _, foreign := p.Spec.(push.Unsupported); foreign {
		return refusal(p.Name, slo.AgentUnsupported, fmt.Sprintf("this agent has no kind %q", kind))
	}
	if len(kinds) > 0 && !slices.Contains(kinds, kind) {
		return refusal(p.Name, slo.AgentDenied, fmt.Sprintf("this agent's configuration does not allow probes of kind %s", kind))
	}
	ready, err := probe.New(p, env)
	if err != nil {
		return refusal(p.Name, slo.AgentUnsupported, err.Error())
	}
	return func(ctx context.Context, at slo.Instant) slo.Measurement {
		return up.judged(ctx, ready.Run(ctx, at, nil))
	}
}

// refusal is the run of a probe that cannot run here.
func refusal(name string, why slo.Reason, evidence string) func(context.Context, slo.Instant) slo.Measurement {
	evidence = plain(evidence, slo.MaxEvidence)
	return func(_ context.Context, at slo.Instant) slo.Measurement {
		return slo.Measurement{Probe: name, At: at, Outcome: slo.Unknown, Reason: why, Evidence: evidence}
	}
}

// plain is text without control and format characters, at most n bytes long.
func plain(text string, n int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// missed are slots of one probe at which it did not run.
type missed struct {
	probe, kind, revision string
	seat                  string // "" is none
	slots                 slots
	first, last           slo.Instant // slots; by the agent's own clock
	reason                slo.Reason
	offset                time.Duration
}

// measurements yields what is declared for the slots.
func (m missed) measurements() func(yield func(slo.Measurement) bool) {
	return func(yield func(slo.Measurement) bool) {
		for at := range m.slots.between(m.first, m.last) {
			x := slo.Measurement{
				Probe: m.probe, At: at.Add(m.offset), Offset: m.offset,
				Outcome: slo.Unknown, Reason: m.reason, Revision: m.revision,
			}
			seated(&x, m.seat, m.slots, at)
			if !yield(x) {
				return
			}
		}
	}
}
