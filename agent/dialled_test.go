package agent

import (
	"net/netip"
	"testing"
)

func TestDialled(t *testing.T) {
	nets := func(s ...string) (out []netip.Prefix) {
		out = []netip.Prefix{}
		for _, n := range s {
			out = append(out, netip.MustParsePrefix(n))
		}
		return out
	}
	for _, c := range []struct {
		name        string
		allow, deny []netip.Prefix
		address     string
		want        error
	}{
		{"anything by default", nil, nil, "192.0.2.1", nil},
		{"the metadata service of a cloud", nil, nil, "169.254.169.254", errNetDenied},
		{"the same by IPv6", nil, nil, "fd00:ec2::254", errNetDenied},
		{"a neighbour on the link", nil, nil, "fe80::1", errNetDenied},
		{"the same with a zone", nil, nil, "fe80::1%eth0", errNetDenied},
		{"this machine with a zone", nil, nets("::1/128"), "::1%lo", errNetDenied},
		{"the metadata service through NAT64", nil, nil, "64:ff9b::a9fe:a9fe", errNetDenied},
		{"the metadata service as a mapped address", nil, nil, "::ffff:169.254.169.254", errNetDenied},
		{"the same through a translator of one's own, /48", nil, nil, "64:ff9b:1:a9fe:a9:fe00::", errNetDenied},
		{"the same, /56", nil, nil, "64:ff9b:1:00a9:fe:a9fe::", errNetDenied},
		{"the same, /64", nil, nil, "64:ff9b:1:0:a9:fea9:fe00:0", errNetDenied},
		{"the same, /96", nil, nil, "64:ff9b:1:2:3:4:a9fe:a9fe", errNetDenied},
		{"a translator of one's own to elsewhere", nil, nil, "64:ff9b:1:2:3:4:c000:201", nil},
		{"the metadata service by 6to4", nil, nil, "2002:a9fe:a9fe::1", errNetDenied},
		{"6to4 to elsewhere", nil, nil, "2002:c000:201::a9fe:a9fe", nil},
		{"the metadata service, translated without state", nil, nil, "::ffff:0:169.254.169.254", errNetDenied},
		{"the metadata service as a compatible address", nil, nil, "::169.254.169.254", errNetDenied},
		{"no address, which is this machine", nil, nets("127.0.0.0/8"), "0.0.0.0", errNetDenied},
		{"the same, where it is denied by IPv6", nil, nets("::1/128"), "0.0.0.0", errNetDenied},
		{"no address of IPv6, which may be this machine by IPv4", nil, nets("127.0.0.0/8"), "::", errNetDenied},
		{"no address of IPv6, as a mapped one", nil, nets("127.0.0.0/8"), "::ffff:0.0.0.0", errNetDenied},
		{"no address, and this machine is not allowed", nets("0.0.0.0/8", "192.0.2.0/24"), nil, "0.0.0.0", errNotAllowed},
		{"no address, and this machine is allowed", nets("127.0.0.0/8", "::1/128"), nil, "0.0.0.0", nil},
		{"this machine by IPv6 is no wrapped address", nil, nets("0.0.0.0/8"), "::1", nil},
		{"the metadata service of another cloud", nil, nil, "100.100.100.200", errNetDenied},
		{"of another, by IPv6", nil, nil, "fd20:ce::254", errNetDenied},
		{"NAT64 to elsewhere", nil, nil, "64:ff9b::c000:201", nil},
		{"allowed with a zone", nets("fe80::/10"), nets(), "fe80::1%eth0", nil},
		{"allowed through NAT64 by its own network alone", nets("192.0.2.0/24"), nil, "64:ff9b::c000:201", errNotAllowed},
		{"denied, though allowed", nets("0.0.0.0/0"), nil, "169.254.169.254", errNetDenied},
		{"nothing is denied", nil, nets(), "169.254.169.254", nil},
		{"something else is denied", nil, nets("10.0.0.0/8"), "169.254.169.254", nil},
		{"allowed", nets("192.0.2.0/24"), nil, "192.0.2.1", nil},
		{"not allowed", nets("192.0.2.0/24"), nil, "198.51.100.1", errNotAllowed},
	} {
		config := Config{Allow: Allow{Networks: c.allow}, Deny: Deny{Networks: c.deny}}.withDefaults()
		if got := config.dialled(netip.MustParseAddr(c.address)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
