package probe

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// ParseTarget makes a spec from what a person types after "assay-agent probe
// KIND", with every option at its default: a URL for http, browser and promql (https://
// is assumed where it has no scheme), one for websocket (wss://), host:port for grpc, tcp, udp, ssh, smtp and imap, host[:443] for tls,
// name[@server[:53]] for dns, a host for icmp, and postgres:// or mysql:// with
// user@host[:port][/database] for sql.
func ParseTarget(kind, target string) (slo.Spec, error) {
	if target == "" {
		return nil, fmt.Errorf("%s: no target", kind)
	}
	switch kind {
	case "http":
		if !strings.Contains(target, "://") {
			target = "https://" + target
		}
		return &slo.HTTP{URL: target}, nil
	case "browser":
		if !strings.Contains(target, "://") {
			target = "https://" + target
		}
		return &slo.Browser{URL: target}, nil
	case "websocket":
		if !strings.Contains(target, "://") {
			target = "wss://" + target
		}
		return &slo.WebSocket{URL: target}, nil
	case "promql":
		if !strings.Contains(target, "://") {
			target = "https://" + target
		}
		return &slo.PromQL{URL: target}, nil
	case "grpc":
		return &slo.GRPC{Address: target}, nil
	case "tcp":
		return &slo.TCP{Address: target}, nil
	case "udp":
		return &slo.UDP{Address: target}, nil
	case "tls":
		if _, _, err := net.SplitHostPort(target); err != nil {
			target = net.JoinHostPort(strings.Trim(target, "[]"), "443")
		}
		return &slo.TLS{Address: target}, nil
	case "dns":
		name, server, _ := strings.Cut(target, "@")
		return &slo.DNS{Name: name, Server: server}, nil
	case "ssh":
		return &slo.SSH{Address: target}, nil
	case "smtp":
		return &slo.SMTP{Address: target}, nil
	case "imap":
		return &slo.IMAP{Address: target}, nil
	case "sql":
		return parseSQL(target)
	case "icmp":
		return &slo.ICMP{Host: target}, nil
	}
	return nil, fmt.Errorf("no kind %q: one of %s", kind, strings.Join(slo.Kinds(), ", "))
}

// parseSQL reads DRIVER://user@host[:port][/database]. A password is no part
// of it: a command line is seen by others.
func parseSQL(target string) (*slo.SQL, error) {
	const form = "postgres://user@host[:5432][/database] or mysql://user@host[:3306][/database]"
	u, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("sql: the target is not %s", form) // err repeats it
	}
	if _, given := u.User.Password(); given {
		return nil, errors.New("sql: a password is not part of the target, and has a file of its own")
	}
	s := &slo.SQL{Driver: u.Scheme, Username: u.User.Username(), Database: strings.TrimPrefix(u.Path, "/")}
	port := map[string]string{slo.SQLPostgres: "5432", "postgresql": "5432", slo.SQLMySQL: "3306", "mariadb": "3306"}[u.Scheme]
	if port == "" || u.Hostname() == "" || s.Username == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("sql: the target is not %s", form)
	}
	switch u.Scheme {
	case "postgresql":
		s.Driver = slo.SQLPostgres
	case "mariadb":
		s.Driver = slo.SQLMySQL
	}
	if u.Port() != "" {
		port = u.Port()
	}
	s.Address = net.JoinHostPort(u.Hostname(), port)
	return s, nil
}
