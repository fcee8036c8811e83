package agent

import (
	"errors"
	"net/netip"
)

var (
	errNotAllowed = errors.New("not in a network that this agent's configuration allows")
	errNetDenied  = errors.New("in a network that this agent's configuration denies")
)

// dialled says whether an address may be dialled: it is in no network that is
// denied, and in one that is allowed where any is named.
func (c Config) dialled(a netip.Addr) error {
	for _, n := range c.Deny.Networks {
		if n.Contains(a) {
			return errNetDenied
		}
	}
	if len(c.Allow.Networks) == 0 {
		return nil
	}
	for _, n := range c.Allow.Networks {
		if n.Contains(a) {
			return nil
		}
	}
	return errNotAllowed
}

// commands are the argument lists that exec probes may name.
func (c Config) commands() map[string][]string {
	out := make(map[string][]string, len(c.Commands))
	for _, x := range c.Commands {
		out[x.Name] = x.Run
	}
	return out
}
