package inputs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path"

	"github.com/assay-sla/assay/slo"
)

// MaxServers bounds the servers that one input reads.
const MaxServers = 16

// Settings say where the servers are that an input reads. The inputs that read
// the machine itself have none.
type Settings struct {
	// Servers are redis://host:port, rediss://host:port and unix:///path for
	// redis, URLs of stub_status for nginx, one unix:///path for docker, and for
	// databases what parseDatabase takes. Empty is what Defaults has.
	Servers  []string
	User     string                 // of those that sign in; "" is none
	Password func() (string, error) // asked at each reading; nil is none
	CA       string                 // PEM file of the roots that verify servers over TLS; "" is the system's
}

// Serves reports whether an input reads servers, and so has settings.
func Serves(name string) bool { return len(Defaults(name)) > 0 }

// SignsIn reports whether an input takes a user, a password and roots for its
// servers.
func SignsIn(name string) bool { return Serves(name) && name != "docker" }

// NeedsUser reports whether an input cannot do without a user, who may be let
// in without a password.
func NeedsUser(name string) bool { return databaseDrivers()[name] != "" }

// Defaults are the servers that an input reads where none are named.
func Defaults(name string) []string {
	switch name {
	case "redis":
		return []string{"redis://127.0.0.1:6379"}
	case "nginx":
		return []string{"http://127.0.0.1/stub_status"}
	case "docker":
		return []string{"unix:///var/run/docker.sock"}
	case "postgresql":
		return []string{"postgres://127.0.0.1:5432/postgres?security=none"}
	case "mysql":
		return []string{"mysql://127.0.0.1:3306?security=none"}
	}
	return nil
}

// CheckServer says what is wrong with a server of an input. secret is whether
// a password is sent to it, which is not sent in the clear beyond this machine.
func CheckServer(name, server string, secret bool) error {
	u, err := url.Parse(server)
	if err != nil || u.Opaque != "" || u.Fragment != "" {
		return errors.New("it is not an address such as " + Defaults(name)[0])
	}
	if u.User != nil {
		return errors.New("it holds a user; that goes into user and password")
	}
	var clear bool
	switch name + " " + u.Scheme {
	case "redis unix", "docker unix", "postgresql unix", "mysql unix":
		if u.Host != "" || !path.IsAbs(u.Path) || u.RawQuery != "" {
			return errors.New("it is not unix:// with the absolute path of a socket")
		}
		return nil
	case "redis redis", "redis rediss":
		if _, _, err := net.SplitHostPort(u.Host); err != nil || u.Path != "" || u.RawQuery != "" {
			return fmt.Errorf("it is not %s://host:port", u.Scheme)
		}
		clear = u.Scheme == "redis"
	case "nginx http", "nginx https":
		if u.Hostname() == "" {
			return errors.New("it names no host")
		}
		clear = u.Scheme == "http"
	case "postgresql postgres", "mysql mysql":
		d, err := parseDatabase(name, u)
		if err != nil {
			return err
		}
		clear = d.security == slo.SecurityNone
	default:
		return errors.New("it is not an address such as " + Defaults(name)[0])
	}
	if secret && clear && !loopback(u.Hostname()) {
		return errors.New("the password would be sent in the clear beyond this machine; use TLS")
	}
	return nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.Unmap().IsLoopback()
}

// password is the password to send, "" where none is set.
func (s Settings) password() (string, error) {
	if s.Password == nil {
		return "", nil
	}
	p, err := s.Password()
	if err != nil {
		return "", fmt.Errorf("the password: %w", err)
	}
	return p, nil
}

// tlsFor is how the server of that name is verified.
func (s Settings) tlsFor(host string) (*tls.Config, error) {
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if s.CA == "" {
		return c, nil
	}
	pem, err := readBounded(s.CA)
	if err != nil {
		return nil, fmt.Errorf("the roots: %w", err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("the roots: there is no certificate in %s", s.CA)
	}
	return c, nil
}

// readBounded reads a file of PEM, at most 1 MiB of it.
func readBounded(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 1<<20))
}

// hostAndPort are Telegraf's tags of a server.
func hostAndPort(u *url.URL) map[string]string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	case u.Scheme == "http":
		port = "80"
	}
	return map[string]string{"server": u.Hostname(), "port": port}
}
