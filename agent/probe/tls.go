package probe

import (
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// tlsTest shakes hands and judges the certificate chain.
type tlsTest struct {
	host  host
	port  uint16
	judge *judge
	ask   func(*talk) error // goes over to TLS in the protocol's way; nil begins with the handshake
}

func newTLS(spec slo.Spec, env *Env) (Test, error) {
	s, ok := spec.(*slo.TLS)
	if !ok {
		return nil, fmt.Errorf("tls: spec is a %T", spec)
	}
	h, port, err := newHostPort(s.Address, s.IP, "")
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	t := &tlsTest{host: h, port: port}
	if t.judge, err = newJudge(s.TLS, h, env); err != nil {
		return nil, err
	}
	if s.StartTLS != "" {
		if t.ask, ok = startTLSProtocols(t.judge.config.ServerName)[s.StartTLS]; !ok {
			return nil, fmt.Errorf("tls: startTLS %q is not a protocol that is known", s.StartTLS)
		}
	}
	return t.run, nil
}

func (t *tlsTest) run(r *run) error {
	c, err := r.dial("tcp", t.host, t.port)
	if err != nil {
		return err
	}
	defer c.Close()
	if t.ask == nil {
		_, err = r.handshake(c, t.judge)
		return err
	}
	k := newTalk(r, c)
	defer k.done()
	if err := t.ask(k); err != nil {
		return err
	}
	return k.startTLS(t.judge)
}
