package probe

import (
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// mailServer is what the probes of mail servers share: how to reach one, and
// as whom to log in.
type mailServer struct {
	host     host
	port     uint16
	security slo.Security
	judge    *judge // nil without TLS
	username string
	password slo.Secret
}

func newMailServer(address, ip string, security slo.Security, o slo.TLSOptions, username string, password slo.Secret, env *Env) (s mailServer, err error) {
	if s.host, s.port, err = newHostPort(address, ip, ""); err != nil {
		return s, err
	}
	s.username, s.password, s.security = username, password, security
	switch security {
	case "":
		s.security = slo.SecurityStartTLS
	case slo.SecurityStartTLS, slo.SecurityTLS, slo.SecurityNone:
	default:
		return s, fmt.Errorf("security %q is not starttls, tls or none", security)
	}
	if (username != "") != (password.Name != "") {
		return s, fmt.Errorf("username and password go together")
	}
	if username != "" && s.security == slo.SecurityNone {
		return s, fmt.Errorf("a login needs TLS")
	}
	if s.security != slo.SecurityNone {
		s.judge, err = newJudge(o, s.host, env)
	}
	return s, err
}

// connect dials, and shakes hands where TLS comes first.
func (s *mailServer) connect(r *run) (*talk, error) {
	c, err := r.dial("tcp", s.host, s.port)
	if err != nil {
		return nil, err
	}
	k := newTalk(r, c)
	if s.security == slo.SecurityTLS {
		if err := k.startTLS(s.judge); err != nil {
			k.close()
			return nil, err
		}
	}
	return k, nil
}
