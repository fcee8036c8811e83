package slo

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RequestRule promises a share of good requests, as a probe counts them.
type RequestRule struct{ Probe string }

// RequestCount counts the requests of a window, in thousandths of a request.
// What increments that are missing held is unknown; where a figure has to speak
// of them, they are taken to have held as many in their time as the known ones
// on average.
type RequestCount struct {
	Good       int64
	Bad        int64
	Increments int64         // that are known
	Known      time.Duration // agreed time that they tell of
	Due        time.Duration // agreed time that is to be known by now
	// Budget is how many bad requests the whole window may hold, if all of its
	// agreed time holds as many requests as the known.
	Budget int64
}

// counters are the probes that count the requests that an agreement speaks of.
func (h *History) counters(a *Agreement) map[string]*ProbeHistory {
	var out map[string]*ProbeHistory
	for _, name := range a.Counters() {
		if p := h.probes[name]; p != nil {
			if out == nil {
				out = map[string]*ProbeHistory{}
			}
			out[name] = p
		}
	}
	return out
}

// Counters lists the probes that count the requests that the agreement speaks
// of: of its objectives, and of its workload limit. They stand in no service.
func (a *Agreement) Counters() []string {
	var names []string
	for _, o := range a.Objectives {
		if o.Method == ByRequests && !slices.Contains(names, o.Requests.Probe) {
			names = append(names, o.Requests.Probe)
		}
	}
	if a.Workload != nil && !slices.Contains(names, a.Workload.Probe) {
		names = append(names, a.Workload.Probe)
	}
	return names
}

// requestUntil is up to when the increments of a probe are due at t: the last
// one that is known, or those that must have been asked for.
func (p *ProbeHistory) requestUntil(t Instant) Instant {
	return max(p.increments.newest(t), t.Add(-p.Probe.Delay()-p.Probe.Every-p.Probe.Timeout))
}

// byRequests counts the requests in the agreed time of v. An increment lies
// where its last millisecond does.
func (w view) byRequests(rule RequestRule, v Interval) tally {
	p := w.a.counters[rule.Probe]
	v.To = min(v.To, p.requestUntil(w.t))
	var s requestSums
	for _, agreed := range w.a.agreed.Intervals(v) {
		s = s.plus(p.increments.in(agreed, w.t))
	}
	c := RequestCount{Good: s.good, Bad: s.total - s.good, Increments: s.n}
	c.Due = w.a.weight(v)
	c.Known = min(time.Duration(s.time)*time.Millisecond, c.Due)
	return tally{availability: shares(c.Good, c.Bad, c.in(c.Due-c.Known)), requests: &c}
}

// in is how many requests so much time holds, at the rate of what is known; at
// most maxRequestSum.
func (c *RequestCount) in(d time.Duration) int64 {
	hi, lo := bits.Mul64(uint64(c.Good+c.Bad), uint64(max(0, ms(d))))
	if c.Known <= 0 || hi >= uint64(ms(c.Known)) {
		return 0
	}
	q, _ := bits.Div64(hi, lo, uint64(ms(c.Known)))
	return int64(min(q, maxRequestSum))
}

// coverage is how much is known of what is counted: of time, or of the increments
// that are due.
func (t *tally) coverage(f Figures) Fraction {
	if c := t.requests; c != nil {
		return Fraction{ms(c.Known), ms(c.Due)}
	}
	return f.Coverage()
}

// requestBudget fills in what may be bad of the whole window.
func (st *ObjectiveStatus) requestBudget(whole time.Duration) {
	c := st.Requests
	hi, lo := bits.Mul64(uint64(c.in(whole)), uint64(One-min(One, st.Objective.Target)))
	q, _ := bits.Div64(hi, lo, uint64(One)) // a share of at most One
	c.Budget = int64(q)
}

// Thousandths writes a number of thousandths as a decimal number.
func Thousandths(n int64) string {
	s := strconv.FormatInt(n/PerRequest, 10)
	if rest := n % PerRequest; rest != 0 {
		s += "." + strings.TrimRight(strconv.FormatInt(PerRequest+rest, 10)[1:], "0")
	}
	return s
}
