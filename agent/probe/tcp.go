package probe

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// maxBanner bounds what a tcp probe reads while it waits for its expectation.
const maxBanner = 64 << 10

// tcpTest connects, and optionally talks.
type tcpTest struct {
	host   host
	port   uint16
	send   []byte
	expect *regexp.Regexp
}

func newTCP(spec slo.Spec, _ *Env) (Test, error) {
	s, ok := spec.(*slo.TCP)
	if !ok {
		return nil, fmt.Errorf("tcp: spec is a %T", spec)
	}
	h, port, err := newHostPort(s.Address, s.IP, "")
	if err != nil {
		return nil, fmt.Errorf("tcp: %w", err)
	}
	t := &tcpTest{host: h, port: port, send: []byte(s.Send)}
	if s.Expect != "" {
		if t.expect, err = regexp.Compile(s.Expect); err != nil {
			return nil, fmt.Errorf("tcp: expect: %w", err)
		}
	}
	return t.run, nil
}

func (t *tcpTest) run(r *run) error {
	c, err := r.dial("tcp", t.host, t.port)
	if err != nil {
		return err
	}
	defer c.Close()
	if len(t.send) > 0 {
		if _, err := c.Write(t.send); err != nil {
			return r.fail(sending, err)
		}
	}
	if t.expect == nil {
		return nil
	}
	return t.read(r, c)
}

// eagerMatches is after how many reads the expectation is held against what
// came only when that has doubled, so that a slow drip costs little.
const eagerMatches = 64

// read takes what comes until it matches, ends, or reaches the bound.
func (t *tcpTest) read(r *run, c io.Reader) error {
	m := meter{r: c, left: maxBanner + 1}
	start := time.Now()
	defer func() {
		if !m.first.IsZero() {
			r.m.Phases.FirstByte = m.first.Sub(start)
			r.m.Phases.Transfer = time.Since(m.first)
		}
	}()
	var got []byte
	next := 0 // match when so much is there
	for reads := 1; ; reads++ {
		got = slices.Grow(got, 512)
		n, err := m.Read(got[len(got):min(cap(got), maxBanner)])
		got = got[:len(got)+n]
		end := err != nil || len(got) == maxBanner
		if n > 0 && len(got) >= next || end {
			if t.expect.Match(got) {
				break
			}
			if reads > eagerMatches {
				next = 2 * len(got)
			}
		}
		if end {
			return t.mismatch(r, got, err)
		}
	}
	if r.trace != nil {
		r.trace.add("received", "%s", r.excerpt(got))
	}
	return nil
}

// mismatch is the failure where all that came, got, is not what was expected.
func (t *tcpTest) mismatch(r *run, got []byte, err error) error {
	r.trace.add("received", "%s", r.excerpt(got))
	if r.stopped() || len(got) == 0 {
		return r.fail(awaiting, err)
	}
	return downf(slo.BannerMismatch, "expected %s to send a match of %s, got %s", r.peer, t.expect, r.excerpt(got))
}

// excerpt is the beginning of hostile bytes, for evidence.
func (r *run) excerpt(b []byte) string {
	const most = 240
	if len(b) == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%d bytes beginning \"%s\"", len(b), r.hidden.clean(string(b[:min(len(b), previewLength)]), most))
}
