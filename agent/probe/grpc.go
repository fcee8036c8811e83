package probe

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/assay-sla/assay/slo"
)

const (
	healthCheck = "/grpc.health.v1.Health/Check"
	maxHealth   = 4 << 10 // bytes of an answer, which has one small number
)

// serving are the answers of a health service (grpc.health.v1).
var serving = map[uint64]string{0: "UNKNOWN", 1: "SERVING", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"}

// grpcTest asks a server's health service. The one call of one message is
// made by hand over net/http's HTTP/2, on a connection that the run has
// dialled and judged.
type grpcTest struct {
	host    host
	port    uint16
	judge   *judge // nil: without TLS
	service string
	url     url.URL
	header  http.Header
	message []byte
}

func newGRPC(spec slo.Spec, env *Env) (Test, error) {
	s, ok := spec.(*slo.GRPC)
	if !ok {
		return nil, fmt.Errorf("grpc: spec is a %T", spec)
	}
	t := &grpcTest{service: s.Service, message: grpcMessage(s.Service)}
	var err error
	if t.host, t.port, err = newHostPort(s.Address, s.IP, ""); err != nil {
		return nil, fmt.Errorf("grpc: %w", err)
	}
	t.header = http.Header{}
	if _, err := putHeaders(t.header, s.Metadata); err != nil {
		return nil, fmt.Errorf("grpc: metadata: %w", err)
	}
	t.header.Set("Content-Type", "application/grpc")
	t.header.Set("TE", "trailers")
	t.header.Set("User-Agent", env.userAgent)
	t.url = url.URL{Scheme: "http", Host: net.JoinHostPort(t.host.name, strconv.Itoa(int(t.port))), Path: healthCheck}
	switch s.Security {
	case "", slo.SecurityTLS:
		if t.judge, err = newJudge(s.TLS, t.host, env); err != nil {
			return nil, fmt.Errorf("grpc: %w", err)
		}
		t.judge.config.NextProtos = []string{"h2"}
		t.url.Scheme = "https"
	case slo.SecurityNone:
	default:
		return nil, fmt.Errorf("grpc: security %q is not tls or none", s.Security)
	}
	return t.run, nil
}

// grpcMessage is a HealthCheckRequest with gRPC's prefix: not compressed, and
// its length.
func grpcMessage(service string) []byte {
	var m []byte
	if service != "" {
		m = protowire.AppendTag(m, 1, protowire.BytesType)
		m = protowire.AppendString(m, service)
	}
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(m))), m...)
}

func (t *grpcTest) run(r *run) error {
	c, err := r.dial("tcp", t.host, t.port)
	if err != nil {
		return err
	}
	defer c.Close()
	w := watch(c)
	conn := net.Conn(c)
	if t.judge != nil {
		secure, err := r.handshake(c, t.judge)
		if err != nil {
			return err
		}
		if p := secure.ConnectionState().NegotiatedProtocol; p != "h2" {
			return downf(slo.ProtocolError, "%s speaks no HTTP/2 (it chose %s)", r.peer, r.quote(p, 40))
		}
		conn = secure
		w.again()
	}
	return t.call(r, conn, w)
}

// call makes the call on a connection.
func (t *grpcTest) call(r *run, conn net.Conn, w *watched) error {
	ctx, cancel := r.timed()
	defer cancel()
	transport := overConn(conn)
	transport.Protocols.SetHTTP1(false)
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	req := &http.Request{
		Method: http.MethodPost, URL: &t.url, Header: t.header.Clone(), Body: io.NopCloser(bytes.NewReader(t.message)),
		ContentLength: int64(len(t.message)), Host: t.url.Host,
	}
	if r.trace != nil {
		r.trace.add("request", "%s \"%s\"", healthCheck, t.service)
	}
	start := time.Now()
	resp, err := transport.RoundTrip(req.WithContext(ctx))
	r.m.Phases.FirstByte = time.Since(start)
	if err != nil {
		return r.brokenCall(awaiting, w, err)
	}
	defer resp.Body.Close()
	if r.trace != nil {
		r.traceResponse(resp)
	}
	if resp.StatusCode != http.StatusOK {
		return downf(slo.StatusUnexpected, "expected %s to answer a gRPC call with HTTP status 200, got %s", r.peer, r.statusLine(resp))
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxHealth+1))
	r.m.Phases.Transfer = time.Since(start) - r.m.Phases.FirstByte
	if err != nil {
		return r.brokenCall(transferring, w, err)
	}
	return t.judgeAnswer(r, resp, body)
}

// judgeAnswer judges the status of the call and what the health service said.
func (t *grpcTest) judgeAnswer(r *run, resp *http.Response, body []byte) error {
	status, words := resp.Trailer.Get("Grpc-Status"), resp.Trailer.Get("Grpc-Message")
	if status == "" { // an answer of trailers alone has them in its header
		status, words = resp.Header.Get("Grpc-Status"), resp.Header.Get("Grpc-Message")
	}
	code, err := strconv.ParseUint(status, 10, 16)
	if err != nil {
		return downf(slo.ProtocolError, "%s sent no gRPC status (content type %s)", r.peer, r.quote(resp.Header.Get("Content-Type"), 80))
	}
	r.m.Status = int(code)
	if code != uint64(codes.OK) {
		plain, err := url.PathUnescape(words) // the protocol's percent encoding
		if err != nil {
			plain = words
		}
		return downf(slo.StatusUnexpected, "%s answered about %s with status %s: %s", r.peer, t.about(), codes.Code(code), r.clean(plain, 240))
	}
	answer, err := healthAnswer(body)
	if err != nil {
		return downf(slo.ProtocolError, "%s sent what is no answer of a health service: %v", r.peer, err)
	}
	if r.trace != nil {
		r.trace.add("health", "%s", answer)
	}
	if answer != serving[1] {
		return downf(slo.NotServing, "the health service of %s says of %s: %s", r.peer, t.about(), answer)
	}
	return nil
}

func (t *grpcTest) about() string {
	if t.service == "" {
		return "the server"
	}
	return `"` + t.service + `"`
}

// healthAnswer reads the one field of a HealthCheckResponse behind gRPC's
// prefix.
func healthAnswer(b []byte) (string, error) {
	if len(b) < 5 || len(b) > maxHealth || b[0] != 0 || uint32(len(b)-5) != binary.BigEndian.Uint32(b[1:5]) {
		return "", fmt.Errorf("%d bytes are not one message", len(b))
	}
	var status uint64
	for m := b[5:]; len(m) > 0; {
		number, kind, n := protowire.ConsumeTag(m)
		if n < 0 {
			return "", protowire.ParseError(n)
		}
		m = m[n:]
		if number == 1 && kind == protowire.VarintType {
			status, n = protowire.ConsumeVarint(m)
		} else {
			n = protowire.ConsumeFieldValue(number, kind, m)
		}
		if n < 0 {
			return "", protowire.ParseError(n)
		}
		m = m[n:]
	}
	if name, ok := serving[status]; ok {
		return name, nil
	}
	return fmt.Sprintf("status %d", status), nil
}
