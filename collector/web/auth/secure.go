package auth

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// RequireSecure says whether the collector may listen at an address: beyond
// loopback only with TLS and with credentials, which are called kinds. An
// address without a host listens everywhere; a name other than localhost may
// lead anywhere.
func RequireSecure(listen string, tls, credentials bool, kinds string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("listening at %q: not host:port", listen)
	}
	if LoopbackHost(host) {
		return nil
	}
	var missing []string
	if !tls {
		missing = append(missing, "TLS")
	}
	if !credentials {
		missing = append(missing, kinds)
	}
	if len(missing) > 0 {
		return fmt.Errorf("listening at %s: an address beyond loopback needs %s; configure that, or listen at 127.0.0.1",
			listen, strings.Join(missing, " and "))
	}
	return nil
}

// LoopbackHost reports whether a host, without port, is this machine and no
// other: localhost or an address of loopback.
func LoopbackHost(host string) bool {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	return err == nil && a.Unmap().IsLoopback()
}

// ErrRebound is what CheckHost returns.
var ErrRebound = errors.New("the Host header does not name this machine")

// CheckHost refuses a request to a collector without users whose Host header
// names anything but loopback: a page elsewhere whose name was rebound to
// 127.0.0.1 would send its own name.
func CheckHost(header string) error {
	host := header
	if h, _, err := net.SplitHostPort(header); err == nil {
		host = h
	}
	if !LoopbackHost(host) {
		return ErrRebound
	}
	return nil
}
