package agent

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
)

var (
	errNotAllowed = errors.New("not in a network that this agent's configuration allows")
	errNetDenied  = errors.New("in a network that this agent's configuration denies")
)

// dialled says whether an address may be dialled: neither it nor what it wraps
// is in a network that is denied, and it is in one that is allowed where any is
// named. A zone tells the interface alone, and no network contains an address
// with one.
func (c Config) dialled(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	if a.IsUnspecified() { // by which systems reach this machine, by either family
		return cmp.Or(c.dialled(netip.AddrFrom4([4]byte{127, 0, 0, 1})), c.dialled(netip.IPv6Loopback()))
	}
	if slices.ContainsFunc(append(wrapped(a), a), prefixes(c.Deny.Networks).contains) {
		return errNetDenied
	}
	if len(c.Allow.Networks) == 0 || prefixes(c.Allow.Networks).contains(a) {
		return nil
	}
	return errNotAllowed
}

// wrapped are the addresses of IPv4 that a translator or a tunnel makes of one
// of IPv6. A network's own prefix for NAT64 is not known here.
func wrapped(a netip.Addr) []netip.Addr {
	b := a.As16()
	switch {
	case a.Is4() || a.IsLoopback():
		return nil
	case lastFour.contains(a):
		return []netip.Addr{netip.AddrFrom4([4]byte(b[12:]))}
	case sixToFour.Contains(a):
		return []netip.Addr{netip.AddrFrom4([4]byte(b[2:6]))}
	case localNAT64.Contains(a):
		return embedded(b)
	}
	return nil
}

// prefixes are several networks.
type prefixes []netip.Prefix

func (p prefixes) contains(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(a) })
}

var (
	// lastFour wrap an address of IPv4 in their last four bytes: NAT64's
	// well-known prefix (RFC 6052), stateless translation (RFC 2765), and what
	// is compatible with IPv4 (RFC 4291, 2.5.5.1).
	lastFour = prefixes{netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("::ffff:0:0:0/96"), netip.MustParsePrefix("::/96")}
	// sixToFour wraps one behind its first two bytes (RFC 3056).
	sixToFour = netip.MustParsePrefix("2002::/16")
	// localNAT64 is for translators of one's own (RFC 8215).
	localNAT64 = netip.MustParsePrefix("64:ff9b:1::/48")
)

// embedded are the addresses that one of localNAT64 may wrap, whose prefix is
// of 48, 56, 64 or 96 bits; byte 8 is not among the address's (RFC 6052, 2.2).
func embedded(b [16]byte) []netip.Addr {
	return []netip.Addr{
		netip.AddrFrom4([4]byte{b[6], b[7], b[9], b[10]}),
		netip.AddrFrom4([4]byte{b[7], b[9], b[10], b[11]}),
		netip.AddrFrom4([4]byte{b[9], b[10], b[11], b[12]}),
		netip.AddrFrom4([4]byte(b[12:])),
	}
}

// backups are the files that backup probes may name.
func (c Config) backups() map[string]string {
	out := make(map[string]string, len(c.Backups))
	for _, x := range c.Backups {
		out[x.Name] = x.Path
	}
	return out
}

// commands are the argument lists that exec probes may name.
func (c Config) commands() map[string][]string {
	out := make(map[string][]string, len(c.Commands))
	for _, x := range c.Commands {
		out[x.Name] = x.Run
	}
	return out
}
