package probetest

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// NameServer answers on one port by datagram and by TCP, with what reply
// makes of a question; it may send several messages, or none. The network is
// udp or tcp.
func NameServer(t testing.TB, reply func(network string, question *dns.Msg) [][]byte) string {
	t.Helper()
	address := Serve(t, func(c net.Conn) {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		b := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, b); err != nil {
			return
		}
		q := new(dns.Msg)
		if q.Unpack(b) != nil {
			return
		}
		for _, m := range reply("tcp", q) {
			_, _ = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(m))), m...))
		}
		Hold(c)
	})
	pc, err := net.ListenPacket("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		b := make([]byte, 4096)
		for {
			n, from, err := pc.ReadFrom(b)
			if err != nil {
				return
			}
			q := new(dns.Msg)
			if q.Unpack(b[:n]) != nil {
				continue
			}
			for _, m := range reply("udp", q) {
				_, _ = pc.WriteTo(m, from)
			}
		}
	})
	t.Cleanup(func() { _ = pc.Close(); done.Wait() })
	return address
}

// Respond builds an answer, changed as a test wants it; change may be nil.
func Respond(t testing.TB, q *dns.Msg, change func(*dns.Msg), records ...string) []byte {
	m := new(dns.Msg).SetReply(q)
	for _, r := range records {
		rr, err := dns.NewRR(r)
		if err != nil {
			t.Error(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	if change != nil {
		change(m)
	}
	b, err := m.Pack()
	if err != nil {
		t.Error(err)
	}
	return b
}
