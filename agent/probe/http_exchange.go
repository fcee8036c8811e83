package probe

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Bounds of an answer.
const (
	maxHeader     = 64 << 10 // all header bytes, interim answers included
	maxInterim    = 8        // answers of 1xx before the real one
	maxOverhead   = 128 << 10
	previewLength = 2048     // of a body that no expression wants
	pooledBuffer  = 64 << 10 // a larger one is left to the collector of garbage
	wholeMatch    = 64 << 10 // a larger body is matched under the deadline
	matchStride   = 4096     // characters between two looks at the clock
	overHeader    = "a header of more than 65536 bytes"
)

// exchange is one request and its answer on one connection. Exchanges are
// pooled: their buffers are most of what a probe would allocate.
type exchange struct {
	stream io.ReadWriter
	in     meter
	br     *bufio.Reader
	buf    []byte
	total  int // body bytes read

	lines   []headerLine // of the request's header that are not in its wire
	token   string       // the access token in them that was kept from an earlier run
	link    *conn        // the connection under the stream, where that is one
	secure  *tls.Conn    // the stream, where it is one
	watched *watched     // the connection of a call over HTTP/2
	calls   bool         // the answer came through a transport that frames it
	closer  func() error
	cancel  func() // of the call's context
}

// headerLine is one line of a request's header.
type headerLine struct{ name, value string }

var exchanges = sync.Pool{New: func() any {
	return &exchange{br: bufio.NewReader(nil), buf: make([]byte, 0, 8<<10)}
}}

func newExchange() *exchange { return exchanges.Get().(*exchange) }

// on begins an exchange on a connection.
func (x *exchange) on(stream io.ReadWriter) {
	x.stream, x.total, x.buf = stream, 0, x.buf[:0]
	x.in = meter{r: stream, left: maxHeader, over: overHeader}
	x.br.Reset(&x.in)
}

// end closes the connection, if it was not kept.
func (x *exchange) end() {
	if x.cancel != nil {
		x.cancel()
	}
	if x.closer != nil {
		_ = x.closer() // nothing is left to be lost
	}
	x.cancel, x.closer, x.link, x.secure, x.watched, x.calls = nil, nil, nil, nil, nil, false
}

// free ends the exchange and gives the buffers back. Nothing that was read may
// be used after it.
func (x *exchange) free() {
	x.end()
	x.stream, x.in, x.token = nil, meter{}, ""
	clear(x.lines)
	x.lines = x.lines[:0]
	x.total, x.buf = 0, x.buf[:0]
	if cap(x.buf) <= pooledBuffer {
		exchanges.Put(x)
	}
}

// ask sends the request and reads the answer up to its body.
func (x *exchange) ask(r *run, h *hop) (*http.Response, error) {
	_, sendErr := x.stream.Write(x.request(h))
	sent := time.Now()
	resp, err := x.answer(h.asked)
	if first := x.in.first; !first.IsZero() {
		r.m.Phases.FirstByte += first.Sub(sent)
		defer func() { r.m.Phases.Transfer += time.Since(first) }() // of the header; read adds the body's
	}
	switch {
	case err == nil:
		return resp, nil
	case sendErr != nil && x.in.first.IsZero():
		return nil, r.fail(sending, sendErr)
	}
	return nil, x.broken(r, err)
}

// request is what is sent: the hop's bytes, with the exchange's own lines
// behind the first.
func (x *exchange) request(h *hop) []byte {
	if len(x.lines) == 0 {
		return h.wire
	}
	first := bytes.IndexByte(h.wire, '\n') + 1
	wire := append(make([]byte, 0, len(h.wire)+256), h.wire[:first]...)
	for _, line := range x.lines {
		wire = fmt.Appendf(wire, "%s: %s\r\n", line.name, line.value)
	}
	return append(wire, h.wire[first:]...)
}

// answer reads the header of the final answer, past interim ones.
func (x *exchange) answer(asked *http.Request) (*http.Response, error) {
	for range maxInterim {
		resp, err := http.ReadResponse(x.br, asked)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, nil
		}
	}
	return nil, fmt.Errorf("more than %d interim answers", maxInterim)
}

// broken is the failure that an error while reading means.
func (x *exchange) broken(r *run, err error) *failure {
	if x.calls && !errors.Is(err, errTooLarge) {
		return x.brokenCall(r, transferring, err)
	}
	p := transferring
	if x.in.first.IsZero() && !x.calls {
		p = awaiting
	}
	switch {
	case x.in.err == nil:
	case !errors.Is(x.in.err, io.EOF):
		err = x.in.err // what the connection said, not what was made of it
	case bytes.HasPrefix(x.in.head[:x.in.headLen], []byte("HTTP/")):
		err = io.ErrUnexpectedEOF // an answer, cut off where more was wanted
	}
	f := r.fail(p, err)
	switch f.reason {
	case slo.ProtocolError:
		f.text = fmt.Sprintf("%s sent what is not an HTTP answer (%s), beginning %s",
			r.peer, r.clean(err.Error(), 160), r.quote(string(x.in.head[:x.in.headLen]), 80))
	case slo.ResponseTooLarge:
		f.text = fmt.Sprintf("%s sent %s", r.peer, strings.TrimSuffix(err.Error(), ": "+errTooLarge.Error()))
	}
	return f
}

// read reads the body: as a whole where an expression wants it, otherwise only
// its beginning is kept. The bytes are valid until free.
func (x *exchange) read(r *run, resp *http.Response, t *httpTest) ([]byte, error) {
	start := time.Now()
	defer func() { r.m.Phases.Transfer += time.Since(start) }()
	x.in.left, x.in.over = int64(t.answer.maxBody)*4+maxOverhead, "a body of more framing than content"
	body, done, err := t.unpacked(resp)
	if err != nil {
		return nil, x.broken(r, fmt.Errorf("unpacking %s: %w", r.clean(resp.Header.Get("Content-Encoding"), 20), err))
	}
	if done != nil {
		defer done()
	}
	if err := x.drain(body, t.answer.maxBody, t.answer.whole()); err != nil {
		return x.buf, x.broken(r, err)
	}
	return x.buf, nil
}

// drain reads body to its end, at most limit bytes of it.
func (x *exchange) drain(body io.Reader, limit int, keep bool) error {
	for {
		if len(x.buf) == cap(x.buf) {
			if keep {
				x.buf = slices.Grow(x.buf, len(x.buf))
			} else {
				x.buf = x.buf[:previewLength]
			}
		}
		n, err := body.Read(x.buf[len(x.buf):cap(x.buf)])
		x.buf = x.buf[:len(x.buf)+n]
		x.total += n
		switch {
		case x.total > limit:
			return fmt.Errorf("more than the %d bytes of maxBody: %w", limit, errTooLarge)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// excerpt is the beginning of the body, for evidence.
func (x *exchange) excerpt(r *run, body []byte) string {
	if x.total == 0 {
		return "no body"
	}
	return fmt.Sprintf("body of %d bytes begins %s", x.total, r.quote(string(body[:min(len(body), previewLength)]), 240))
}

// meter counts what a connection brings: how much more it may, when the first
// byte came, what the first bytes were, and how it ended.
type meter struct {
	r       io.Reader
	left    int64
	over    string // what more than that is called
	first   time.Time
	err     error
	head    [64]byte
	headLen int
}

// Read reads at most what is left.
func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		m.err = fmt.Errorf("%s: %w", m.over, errTooLarge)
		return 0, m.err
	}
	if int64(len(p)) > m.left {
		p = p[:m.left]
	}
	n, err := m.r.Read(p)
	if n > 0 && m.first.IsZero() {
		m.first = time.Now()
		m.headLen = copy(m.head[:], p[:n])
	}
	m.left -= int64(n)
	if err != nil {
		m.err = err
	}
	return n, err
}

// matches matches a body, under the run's deadline where it is long.
func (r *run) matches(re *regexp.Regexp, body []byte) (bool, error) {
	if len(body) <= wholeMatch {
		return re.Match(body), nil
	}
	in := &timedRunes{in: bytes.NewReader(body), until: r.deadline}
	found := re.MatchReader(in)
	if in.late {
		return false, unknownf(slo.AgentOverloaded, "matching a body of %d bytes took longer than the probe's timeout", len(body))
	}
	return found, nil
}

// timedRunes ends its input when the time is up.
type timedRunes struct {
	in    io.RuneReader
	until time.Time
	read  int
	late  bool
}

// ReadRune is io.RuneReader's.
func (t *timedRunes) ReadRune() (rune, int, error) {
	if t.read++; t.read%matchStride == 0 && time.Now().After(t.until) {
		t.late = true
	}
	if t.late {
		return 0, 0, io.EOF
	}
	return t.in.ReadRune()
}

func sortedKeys(h http.Header) []string { return slices.Sorted(maps.Keys(h)) }
