package probe

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

const (
	// maxTalk bounds all that one probe reads of a conversation, in bytes.
	maxTalk = 64 << 10
	// maxLine bounds a line of it.
	maxLine = 4 << 10
	// eagerMatches is after how many reads an expectation is held against what
	// came only when that has doubled, so that a slow drip costs little.
	eagerMatches = 64
)

// talk is a conversation on one connection: what was read and not yet
// consumed, and what the last expectation captured. All that is read is
// bounded by maxTalk and the run's deadline.
type talk struct {
	r    *run
	raw  *conn
	conn io.ReadWriter // raw, or TLS over it
	in   meter
	got  []byte // read and not consumed

	asked    time.Time // when something was last sent, or the connection stood
	matched  []byte    // what the last expectation was found in
	captures []int     // where its captures lie in it
	last     *expectation
}

func newTalk(r *run, c *conn) *talk {
	k := &talk{r: r, raw: c, asked: time.Now()}
	k.on(c)
	k.atMost(maxTalk)
	return k
}

// atMost bounds what is read from here on, in bytes.
func (k *talk) atMost(n int64) {
	k.in.left, k.in.over = n+1, fmt.Sprintf("more than %d bytes", n)
}

func (k *talk) on(c io.ReadWriter) {
	k.conn, k.in.r = c, c
}

// done notes the phases of the conversation: up to its first byte, and since.
func (k *talk) done() {
	if !k.in.first.IsZero() {
		k.r.m.Phases.FirstByte = k.in.first.Sub(k.asked)
		k.r.m.Phases.Transfer = time.Since(k.in.first)
	}
}

// close notes the phases and ends the connection.
func (k *talk) close() {
	k.done()
	_ = k.raw.Close()
}

// send writes all of b.
func (k *talk) send(b []byte) error {
	if _, err := k.conn.Write(b); err != nil {
		return k.r.fail(sending, err)
	}
	if k.in.first.IsZero() {
		k.asked = time.Now()
	}
	if k.r.trace != nil {
		k.r.trace.add("sent", "%s", k.r.excerpt(b))
	}
	return nil
}

// expand puts what the last expectation captured into a template.
func (k *talk) expand(template []byte) []byte {
	if k.last == nil || k.last.re == nil {
		return bytes.ReplaceAll(template, []byte("$$"), []byte("$"))
	}
	return k.last.re.Expand(nil, template, k.matched, k.captures)
}

// expect reads until what came matches, ends, or reaches the bound, and
// consumes it to the end of the match.
func (k *talk) expect(e *expectation) error {
	next := 0 // match when so much is there
	for reads := 0; ; reads++ {
		if len(k.got) >= next {
			if at := e.find(k.got); at != nil {
				k.consume(e, at)
				return nil
			}
			if reads > eagerMatches {
				next = 2 * len(k.got)
			}
		}
		if err := k.read(); err != nil {
			if at := e.find(k.got); at != nil {
				k.consume(e, at)
				return nil
			}
			return k.mismatch(e, err)
		}
	}
}

func (k *talk) consume(e *expectation, at []int) {
	if k.r.trace != nil {
		k.r.trace.add("received", "%s", k.r.excerpt(k.got))
	}
	k.last, k.matched, k.captures = e, slices.Clone(k.got), at
	k.got = k.got[at[1]:]
}

// read adds what comes next to what was got.
func (k *talk) read() error {
	if k.in.left <= 1 {
		return fmt.Errorf("%s: %w", k.in.over, errTooLarge)
	}
	k.got = slices.Grow(k.got, 512)
	n, err := k.in.Read(k.got[len(k.got):min(cap(k.got), len(k.got)+int(k.in.left)-1)])
	k.got = k.got[:len(k.got)+n]
	if n > 0 {
		return nil
	}
	return err
}

// mismatch is the failure where what came is not what was expected.
func (k *talk) mismatch(e *expectation, err error) error {
	k.r.trace.add("received", "%s", k.r.excerpt(k.got))
	if k.r.stopped() || len(k.got) == 0 {
		return k.r.fail(awaiting, err)
	}
	return downf(slo.BannerMismatch, "expected %s to send %s, got %s", k.r.peer, e, k.r.excerpt(k.got))
}

// line reads one line without its end. A line that is too long, or that does
// not come, is a failure.
func (k *talk) line() (string, error) {
	for {
		if i := bytes.IndexByte(k.got, '\n'); i >= 0 && i <= maxLine {
			line := string(bytes.TrimSuffix(k.got[:i], []byte("\r")))
			k.got = k.got[i+1:]
			if k.r.trace != nil {
				k.r.trace.add("received", "%s", k.r.clean(line, 240))
			}
			return line, nil
		}
		if len(k.got) > maxLine {
			return "", downf(slo.ProtocolError, "%s sent a line of more than %d bytes, beginning %s", k.r.peer, maxLine, k.r.quote(string(k.got), 80))
		}
		if err := k.read(); err != nil {
			if len(k.got) == 0 || isTimeout(err) || k.r.stopped() {
				return "", k.r.fail(awaiting, err)
			}
			return "", k.r.fail(transferring, err)
		}
	}
}

// full reads exactly n bytes.
func (k *talk) full(n int) ([]byte, error) {
	for len(k.got) < n {
		if err := k.read(); err != nil {
			if len(k.got) == 0 {
				return nil, k.r.fail(awaiting, err)
			}
			return nil, k.r.fail(transferring, err)
		}
	}
	b := k.got[:n]
	k.got = k.got[n:]
	return b, nil
}

// startTLS goes over to TLS and judges the server's certificate. What came in
// the clear and was not asked for would be taken for what came under TLS: it
// is refused.
func (k *talk) startTLS(j *judge) error {
	if len(k.got) > 0 {
		return downf(slo.ProtocolError, "%s sent more in the clear before the TLS handshake: %s", k.r.peer, k.r.excerpt(k.got))
	}
	secure, err := k.r.handshake(k.raw, j)
	if err != nil {
		return err
	}
	k.on(secure)
	return nil
}

// excerpt is the beginning of hostile bytes, for evidence.
func (r *run) excerpt(b []byte) string {
	const most = 240
	if len(b) == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%d bytes beginning %s", len(b), r.quote(string(b[:min(len(b), previewLength)]), most))
}
