package probe

import (
	"bytes"
	"crypto/tls"
	"net"
	"testing"

	"github.com/miekg/dns"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// The bare loops: the least that speaks each protocol with a target, without
// deadline, timing, judgement or evidence.

// dialed connects, does something, and closes.
func dialed(b *testing.B, network, address string, do func(net.Conn) error) func() {
	return func() {
		c, err := dialer.Dial(network, address)
		if err == nil {
			err = do(c)
			_ = c.Close()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// bareTLS shakes hands, and verifies.
func bareTLS(b *testing.B, s benchTargets) func() {
	config := s.secureClient(b)
	return dialed(b, "tcp", s.at["tls"], func(c net.Conn) error { return tls.Client(c, config).Handshake() })
}

// bareTCP reads a banner.
func bareTCP(b *testing.B, s benchTargets) func() {
	buf := make([]byte, 512)
	return dialed(b, "tcp", s.at["tcp"], func(c net.Conn) error {
		_, err := c.Read(buf)
		return err
	})
}

// bareDNS sends a question's bytes and reads an answer's.
func bareDNS(b *testing.B, s benchTargets) func() {
	question, err := new(dns.Msg).SetQuestion("web.test.", dns.TypeA).Pack()
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 512)
	return dialed(b, "udp", s.at["dns"], func(c net.Conn) error {
		if _, err := c.Write(question); err != nil {
			return err
		}
		_, err := c.Read(buf)
		return err
	})
}

// bareICMP sends one request over an open socket and reads to its reply.
func bareICMP(b *testing.B, _ benchTargets) func() {
	s, err := openPingSocket(false)
	if err != nil {
		b.Skipf("left out, as the system gives no ICMP socket: %v", err)
	}
	b.Cleanup(func() { _ = s.link.Close() })
	conn := s.link.(*icmpLink).conn
	to := net.Addr(&net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if s.raw {
		to = &net.IPAddr{IP: net.IPv4(127, 0, 0, 1)}
	}
	request, buf := s.request(1, 1), make([]byte, 512)
	return func() {
		if _, err := conn.WriteTo(request, to); err != nil {
			b.Fatal(err)
		}
		for n := 0; !mine(s, buf[:n]); {
			if n, _, err = conn.ReadFrom(buf); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// bareGRPC sends the frames of one call, and reads to the end of its answer.
func bareGRPC(b *testing.B, s benchTargets) func() {
	var fields, wire bytes.Buffer
	encode := hpack.NewEncoder(&fields)
	for _, f := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", healthCheck}, {":authority", s.at["grpc"]},
		{"content-type", "application/grpc"}, {"te", "trailers"}, {"user-agent", "assay-agent"},
	} {
		_ = encode.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}) // a buffer does not fail
	}
	wire.WriteString(http2.ClientPreface)
	framer := http2.NewFramer(&wire, nil)
	_ = framer.WriteSettings()
	_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: fields.Bytes(), EndHeaders: true})
	_ = framer.WriteData(1, true, grpcMessage(""))
	return dialed(b, "tcp", s.at["grpc"], func(c net.Conn) error {
		if _, err := c.Write(wire.Bytes()); err != nil {
			return err
		}
		for in := http2.NewFramer(c, c); ; {
			frame, err := in.ReadFrame()
			if err != nil {
				return err
			}
			switch f := frame.(type) {
			case *http2.SettingsFrame:
				if !f.IsAck() {
					err = in.WriteSettingsAck()
				}
			case *http2.HeadersFrame:
				if f.StreamEnded() {
					return nil
				}
			}
			if err != nil {
				return err
			}
		}
	})
}

// bareWebSocket opens a WebSocket and closes it.
func bareWebSocket(b *testing.B, s benchTargets) func() {
	open := []byte("GET / HTTP/1.1\r\nHost: " + s.at["websocket"] + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	end := []byte{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8} // a masked close frame of code 1000
	buf := make([]byte, 1024)
	return dialed(b, "tcp", s.at["websocket"], func(c net.Conn) error {
		for _, message := range [][]byte{open, end} {
			if _, err := c.Write(message); err != nil {
				return err
			}
			if _, err := c.Read(buf); err != nil {
				return err
			}
		}
		return nil
	})
}

// bareHTTP is bareSocket on the benchmark's servers.
func bareHTTP(b *testing.B, s benchTargets) func() {
	return bareSocket(b, s.at["http"], benchRequest(s.at["http"]))
}
