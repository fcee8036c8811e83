package probe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/assay-sla/assay/slo"
)

const (
	dnsPayload   = 1232 // announced by EDNS: what passes any path in one piece
	dnsDatagram  = 4096 // taken at most
	dnsTries     = 3    // datagrams sent, as any of them may be lost
	dnsStrangers = 128  // datagrams that are no answer to the question
)

// exchange asks by the probe's transport: by datagram, and again by TCP where
// the answer was truncated; by TCP; under TLS; or by HTTPS.
func (t *dnsTest) exchange(r *run, server host, port uint16) (*dns.Msg, error) {
	switch t.how {
	case "https":
		return t.byHTTPS(r, server, port)
	case "udp":
		answer, err := t.byUDP(r, server, port)
		if err != nil || !answer.Truncated {
			return answer, err
		}
		r.trace.add("truncated", "asking again by tcp")
	}
	return t.byTCP(r, server, port)
}

// message packs the question under a random identifier.
func (t *dnsTest) message() (*dns.Msg, []byte, error) {
	m := new(dns.Msg)
	m.SetQuestion(t.name, t.qtype)
	m.RecursionDesired = !t.local
	m.SetEdns0(dnsPayload, false)
	wire, err := m.Pack()
	if err != nil {
		return nil, nil, unknownf(slo.AgentInternal, "packing the question: %v", err)
	}
	return m, wire, nil
}

func (t *dnsTest) byUDP(r *run, server host, port uint16) (*dns.Msg, error) {
	asked, wire, err := t.message()
	if err != nil {
		return nil, err
	}
	c, err := r.dial("udp", server, port)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	start := time.Now()
	wait := time.Until(r.deadline) / dnsTries
	var last error // why a datagram was no answer
	strangers := 0
	buf := make([]byte, dnsDatagram)
	for try := 1; ; try++ {
		if _, err := c.Write(wire); err != nil {
			return nil, r.fail(awaiting, err) // a write reports what the one before met
		}
		until := start.Add(time.Duration(try) * wait)
		if try >= dnsTries {
			until = r.deadline
		}
		_ = c.SetReadDeadline(until)
		for strangers < dnsStrangers && !r.stopped() {
			n, err := c.Read(buf)
			if err != nil {
				if isTimeout(err) && try < dnsTries {
					break
				}
				return nil, t.silent(r, err, last)
			}
			answer, err := parseAnswer(asked, buf[:n])
			if err == nil {
				r.m.Phases.FirstByte = time.Since(start)
				return answer, nil
			}
			last = err
			strangers++
		}
		if strangers >= dnsStrangers || r.stopped() {
			return nil, t.silent(r, errors.New("too many"), last)
		}
	}
}

// silent is the failure where no answer came: of the protocol if something
// else did.
func (t *dnsTest) silent(r *run, err, last error) error {
	if last == nil || r.stopped() {
		return r.fail(awaiting, err)
	}
	return downf(slo.ProtocolError, "%s sent no answer to %s but %v", r.peer, t.question, last)
}

func (t *dnsTest) byTCP(r *run, server host, port uint16) (*dns.Msg, error) {
	asked, wire, err := t.message()
	if err != nil {
		return nil, err
	}
	c, err := r.dial("tcp", server, port)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	conn := net.Conn(c)
	if t.judge != nil { // RFC 7858
		if conn, err = r.handshake(c, t.judge); err != nil {
			return nil, err
		}
	}
	framed := binary.BigEndian.AppendUint16(make([]byte, 0, len(wire)+2), uint16(len(wire)))
	if _, err := conn.Write(append(framed, wire...)); err != nil {
		return nil, r.fail(sending, err)
	}
	start := time.Now()
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, r.fail(awaiting, err)
	}
	first := time.Now()
	r.m.Phases.FirstByte = first.Sub(start)
	buf := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err = io.ReadFull(conn, buf)
	r.m.Phases.Transfer = time.Since(first)
	if err != nil {
		return nil, r.fail(transferring, err)
	}
	answer, err := parseAnswer(asked, buf)
	if err != nil {
		return nil, t.silent(r, nil, err)
	}
	return answer, nil
}

const dnsMessage = "application/dns-message"

// byHTTPS is RFC 8484, by POST.
func (t *dnsTest) byHTTPS(r *run, server host, port uint16) (*dns.Msg, error) {
	asked, wire, err := t.message()
	if err != nil {
		return nil, err
	}
	c, err := r.dial("tcp", server, port)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	w := watch(c)
	secure, err := r.handshake(c, t.judge)
	if err != nil {
		return nil, err
	}
	w.again()
	transport := overConn(secure)
	defer transport.CloseIdleConnections()
	ctx, cancel := r.timed()
	defer cancel()
	where := "https://" + net.JoinHostPort(server.name, strconv.Itoa(int(port))) + t.path
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, where, bytes.NewReader(wire))
	if err != nil {
		return nil, unknownf(slo.AgentInternal, "making the request: %v", err)
	}
	req.Header = http.Header{"Content-Type": {dnsMessage}, "Accept": {dnsMessage}, "User-Agent": {r.env.userAgent}}
	start := time.Now()
	resp, err := transport.RoundTrip(req)
	r.m.Phases.FirstByte = time.Since(start)
	if err != nil {
		return nil, r.brokenCall(awaiting, w, err)
	}
	defer resp.Body.Close()
	if r.trace != nil {
		r.traceResponse(resp)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, downf(slo.StatusUnexpected, "expected %s to answer with HTTP status 200, got %s", r.peer, r.statusLine(resp))
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, dns.MaxMsgSize+1))
	r.m.Phases.Transfer = time.Since(start) - r.m.Phases.FirstByte
	if err != nil {
		return nil, r.brokenCall(transferring, w, err)
	}
	answer, err := parseAnswer(asked, body)
	if err != nil {
		return nil, t.silent(r, nil, err)
	}
	return answer, nil
}

// parseAnswer decodes a message and says why it is not the answer to what was
// asked. An error's answer may leave the question out.
func parseAnswer(asked *dns.Msg, wire []byte) (*dns.Msg, error) {
	answer := new(dns.Msg)
	if err := answer.Unpack(wire); err != nil {
		if answer.Id == asked.Id && answer.Response && answer.Truncated {
			return answer, nil // cut inside a record: TCP has the whole
		}
		return nil, fmt.Errorf("%d bytes that are not a DNS message (%w)", len(wire), err)
	}
	switch q := asked.Question[0]; {
	case answer.Id != asked.Id:
		return nil, errors.New("a message with another identifier")
	case !answer.Response || answer.Opcode != dns.OpcodeQuery:
		return nil, errors.New("a message that is not an answer")
	case len(answer.Question) == 0 && answer.Rcode != dns.RcodeSuccess:
	case len(answer.Question) != 1, !strings.EqualFold(answer.Question[0].Name, q.Name),
		answer.Question[0].Qtype != q.Qtype, answer.Question[0].Qclass != q.Qclass:
		return nil, errors.New("an answer to another question")
	}
	return answer, nil
}
