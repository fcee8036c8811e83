package agent

import (
	"errors"
	"net/netip"
)

var (
	errNotAllowed = errors.New("not in a network that this agent's configuration allows")
	errNetDenied  = errors.New("in a network that this agent's configuration denies")
)

// nat64 is the well-known prefix under which a translator reaches an IPv4
// address (RFC 6052).
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// dialled says whether an address may be dialled: it is in no network that is
// denied, and in one that is allowed where any is named. A zone tells the
// interface alone, and no network contains an address with one.
func (c Config) dialled(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	for _, n := range c.Deny.Networks {
		if n.Contains(a) || nat64.Contains(a) && n.Contains(embedded(a)) {
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

// embedded is the IPv4 address in the last four bytes of one of IPv6.
func embedded(a netip.Addr) netip.Addr {
	b := a.As16()
	return netip.AddrFrom4([4]byte(b[12:]))
}

// commands are the argument lists that exec probes may name.
func (c Config) commands() map[string][]string {
	out := make(map[string][]string, len(c.Commands))
	for _, x := range c.Commands {
		out[x.Name] = x.Run
	}
	return out
}
