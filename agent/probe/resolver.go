package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
)

// dialFunc is how a resolver reaches its servers; nil is the usual way.
type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// systemResolver is the system's resolver. What net.Resolver says of a name
// that was not found may hide that a server failed: it asks for two families
// and for the names of the search list, and keeps one of the errors. As
// "not found" is down and a failed resolver is unknown, such an answer is
// asked for again, where any failure is an error of the whole.
type systemResolver struct {
	lenient, strict net.Resolver
}

func newSystemResolver(dial dialFunc) *systemResolver {
	return &systemResolver{
		lenient: net.Resolver{PreferGo: true, Dial: dial},
		strict:  net.Resolver{PreferGo: true, Dial: dial, StrictErrors: true},
	}
}

// LookupNetIP is Resolver's.
func (s *systemResolver) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	addrs, err := s.lenient.LookupNetIP(ctx, network, host)
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return s.strict.LookupNetIP(ctx, network, host)
	}
	return addrs, err
}

// hostsFile is a resolver that knows the hosts file and nothing else: it has
// nobody to ask.
func hostsFile() Resolver {
	return &net.Resolver{
		PreferGo: true,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("only the hosts file is asked")
		},
	}
}
