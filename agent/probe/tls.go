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
	j, err := newJudge(s.TLS, h, env)
	if err != nil {
		return nil, err
	}
	t := &tlsTest{host: h, port: port, judge: j}
	return t.run, nil
}

func (t *tlsTest) run(r *run) error {
	c, err := r.dial("tcp", t.host, t.port)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = r.handshake(c, t.judge)
	return err
}
