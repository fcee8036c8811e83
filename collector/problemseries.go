package collector

import "github.com/assay-sla/assay/slo"

// samples count the problems by service and state. Those about no service are
// always there, so that a sum over all is 0 where there are none.
func (p *problems) samples() []slo.Sample {
	type group struct {
		service string
		state   slo.ProblemState
	}
	counts := map[group]int{}
	for _, state := range slo.ProblemStates() {
		counts[group{"", state}] = 0
	}
	p.mu.Lock()
	for i := range p.known {
		counts[group{p.known[i].Service, p.known[i].State}]++
	}
	p.mu.Unlock()
	out := make([]slo.Sample, 0, len(counts))
	for g, n := range counts {
		out = append(out, slo.Sample{Name: "assay_problems", Value: float64(n), Labels: map[string]string{
			"service": g.service, "state": string(g.state),
		}})
	}
	return out
}
