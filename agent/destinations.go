package agent

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"

	"github.com/assay-sla/assay/slo"
)

// destinations bounds how many probes are in flight to one host, so that a
// fleet's probes of one server never are a flood. Its zero value bounds
// nothing.
type destinations struct {
	limit int

	mu    sync.Mutex
	hosts map[string]*destination
}

// destination is one host that probes are in flight to, or wait for.
type destination struct {
	slots chan struct{}
	users int
}

// enter waits for a place at a host and returns what gives it back. Its error
// is ctx's, where none came free in time.
func (d *destinations) enter(ctx context.Context, host string) (leave func(), err error) {
	if d.limit == 0 || host == "" {
		return func() {}, nil
	}
	at := d.join(host)
	select {
	case at.slots <- struct{}{}:
		return func() { <-at.slots; d.part(host) }, nil
	case <-ctx.Done():
		d.part(host)
		return nil, ctx.Err()
	}
}

func (d *destinations) join(host string) *destination {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.hosts[host]
	if at == nil {
		if d.hosts == nil {
			d.hosts = map[string]*destination{}
		}
		at = &destination{slots: make(chan struct{}, d.limit)}
		d.hosts[host] = at
	}
	at.users++
	return at
}

func (d *destinations) part(host string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if at := d.hosts[host]; at != nil {
		if at.users--; at.users == 0 {
			delete(d.hosts, host)
		}
	}
}

// paced is a probe's run that waits for its place at the target's host, for as
// long as the probe's timeout. Without one the agent could not measure.
func (d *destinations) paced(p slo.Probe, run func(context.Context, slo.Instant) slo.Measurement) func(context.Context, slo.Instant) slo.Measurement {
	host := hostOf(p.Spec.Target())
	if d.limit == 0 || host == "" {
		return run
	}
	full := refusal(p.Name, slo.AgentOverloaded, fmt.Sprintf("as many probes of %s as this agent's file allows, %d, were under way all the time", host, d.limit))
	return func(ctx context.Context, at slo.Instant) slo.Measurement {
		wait, cancel := context.WithTimeout(ctx, p.Timeout)
		leave, err := d.enter(wait, host)
		cancel()
		if err != nil && ctx.Err() == nil {
			return full(ctx, at)
		}
		if err == nil {
			defer leave()
		}
		return run(ctx, at) // which says so where the agent stops
	}
}

// hostOf is the host of a target, a URL or host:port or a name.
func hostOf(target string) string {
	if u, err := url.Parse(target); err == nil && u.Host != "" {
		return strings.ToLower(u.Hostname())
	}
	if host, _, err := net.SplitHostPort(target); err == nil {
		return strings.ToLower(host)
	}
	return strings.ToLower(strings.Trim(target, "[]"))
}
