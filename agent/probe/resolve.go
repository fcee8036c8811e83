package probe

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/assay-sla/assay/slo"
)

// maxAddresses bounds how many of a name's addresses one run looks at.
const maxAddresses = 16

// host is what a probe dials: a name, or an address as it was written.
type host struct {
	name    string       // in ASCII; of a literal address its text
	literal netip.Addr   // valid where the host is an address
	addrs   []netip.Addr // the literal alone
	network string       // ip, ip4 or ip6
	prefer  string       // 4 or 6: the family that is tried first
}

// newHost prepares a host for a family: 4, 6, prefer4, prefer6, or "" for both
// in the resolver's order. International names become their ASCII form.
func newHost(name, family string) (host, error) {
	prefer, preferred := strings.CutPrefix(family, "prefer")
	if preferred && prefer != "" {
		family = ""
	} else {
		prefer = ""
	}
	h := host{name: name, network: "ip" + family, prefer: prefer}
	if family != "" && family != "4" && family != "6" || prefer != "" && prefer != "4" && prefer != "6" {
		return h, fmt.Errorf("ip %q is not 4, 6, prefer4, prefer6 or empty", family)
	}
	if name == "" {
		return h, fmt.Errorf("no host")
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		h.literal = addr.Unmap()
		h.addrs = []netip.Addr{h.literal}
		if !h.wants(h.literal) {
			return h, fmt.Errorf("%s is not an IPv%s address", name, family)
		}
		return h, nil
	}
	var err error
	if h.name, err = asciiName(name); err != nil {
		return h, err
	}
	for i := range len(h.name) {
		if c := h.name[i]; c <= ' ' || c == 0x7f || strings.IndexByte("/\\@?#:[]%", c) >= 0 {
			return h, fmt.Errorf("host %q has the character %q", name, c)
		}
	}
	if len(h.name) > 254 {
		return h, fmt.Errorf("host of %d bytes is longer than a name can be", len(h.name))
	}
	return h, nil
}

// asciiName is a name as DNS has it: international ones are encoded.
func asciiName(name string) (string, error) {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			ascii, err := idna.Lookup.ToASCII(name)
			if err != nil {
				return "", fmt.Errorf("name %q: %w", name, err)
			}
			return ascii, nil
		}
	}
	return name, nil
}

// newHostPort splits host:port, with a default port where that is not "".
func newHostPort(address, family, defaultPort string) (host, uint16, error) {
	name, port, err := net.SplitHostPort(address)
	if err != nil && defaultPort != "" {
		name, port = strings.Trim(address, "[]"), defaultPort
	} else if err != nil {
		return host{}, 0, fmt.Errorf("address %q is not host:port", address)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return host{}, 0, fmt.Errorf("address %q has no port of 1 to 65535", address)
	}
	h, err := newHost(name, family)
	return h, uint16(n), err
}

// wants reports whether an address is of the host's family.
func (h host) wants(a netip.Addr) bool {
	return h.network == "ip" || (h.network == "ip4") == a.Is4()
}

// rank is 0 for an address of the preferred family, else 1.
func (h host) rank(a netip.Addr) int {
	if (h.prefer == "4") == a.Is4() {
		return 0
	}
	return 1
}

// resolve returns the host's addresses in the resolver's order, at least one.
func (r *run) resolve(h host) ([]netip.Addr, error) {
	if h.literal.IsValid() {
		return h.addrs, nil
	}
	ctx, cancel := r.timed()
	defer cancel()
	start := time.Now()
	found, err := r.env.resolver.LookupNetIP(ctx, h.network, h.name)
	r.m.Phases.Resolve += time.Since(start)
	if err != nil {
		f := r.fail(resolving, err)
		f.text = fmt.Sprintf("resolving %s: %s", h.name, plainError(err))
		return nil, f
	}
	addrs := make([]netip.Addr, 0, min(len(found), maxAddresses))
	for _, a := range found {
		if a = a.Unmap(); h.wants(a) && len(addrs) < maxAddresses {
			addrs = append(addrs, a)
		}
	}
	if len(addrs) == 0 {
		return nil, downf(slo.ResolveNotFound, "resolving %s: no address of the wanted family", h.name)
	}
	if h.prefer != "" {
		slices.SortStableFunc(addrs, func(a, b netip.Addr) int { return h.rank(a) - h.rank(b) })
	}
	if r.trace != nil {
		r.trace.add("resolved", "%s: %s", h.name, joinAddrs(addrs))
	}
	return addrs, nil
}

func joinAddrs(addrs []netip.Addr) string {
	var b strings.Builder
	for i, a := range addrs {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(a.String())
	}
	return b.String()
}
