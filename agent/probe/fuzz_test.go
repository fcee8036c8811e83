package probe

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

func zipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

// FuzzHTTPResponse sends any bytes as the answer to a request: the probe ends
// in time, within its bounds, with a reason for all that is not up.
func FuzzHTTPResponse(f *testing.F) {
	for _, s := range []string{
		okAnswer, "", "HTTP/1.1 200 OK\r\n\r\nhello", "HTTP/1.1 100 Continue\r\n\r\n" + okAnswer,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + zipped("hello"),
		"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n\x0b\x02\x80hello\x03", "HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\n\r\n(\xb5/\xfd\x04\x00)\x00\x00hello",
		"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n\xcaH\xcd\xc9\xc9\x07\x04\x00\x00\xff\xff", "HTTP/1.1 200 OK\r\n\r\n{\"hello\":1,\"a\":[2]}",
		"HTTP/1.1 302 Found\r\nLocation: //user:pass@other/%zz?token=x\r\n\r\n",
		"HTTP/1.1 500 \x1b[2J\r\nContent-Length: 3\r\n\r\n\xff\xfe\xfd",
	} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, response []byte, follow bool) {
		test, err := newHTTPTest(&slo.HTTP{
			URL: "http://web.test/", Match: "h.llo", Redirects: 3, MaxBody: 4096, Compression: slo.Compressions(), Assert: "json.a == 1 || status == 200",
		}, &Env{})
		if err != nil {
			t.Fatal(err)
		}
		h := test.first
		client, server := net.Pipe()
		defer client.Close()
		go func() {
			defer server.Close()
			_ = server.SetDeadline(time.Now().Add(time.Second))
			_, _ = server.Read(make([]byte, 4096))
			_, _ = server.Write(response)
		}()
		m := new(slo.Measurement)
		r := &run{ctx: t.Context(), m: m, at: now, start: time.Now(), deadline: time.Now().Add(2 * time.Second), trace: new(Trace)}
		_ = client.SetDeadline(r.deadline)
		err = fuzzedExchange(test, r, h, client, follow)
		conclude(m, err, nil)
		if (m.Outcome == slo.Up) != (m.Reason == "" && m.Evidence == "") || len(m.Evidence) > slo.MaxEvidence {
			t.Errorf("%+v", m)
		}
		if m.Reason == slo.AgentInternal || m.Reason == slo.FirstByteTimeout || m.Reason == slo.TransferTimeout {
			t.Errorf("%s: %s", m.Reason, m.Evidence)
		}
	})
}

// fuzzedExchange is a visit on a connection that is there already.
func fuzzedExchange(test *httpTest, r *run, h *hop, c net.Conn, follow bool) error {
	x := newExchange()
	defer x.free()
	x.on(c)
	resp, err := x.ask(r, h)
	if err != nil {
		return err
	}
	r.traceResponse(resp)
	if follow && isRedirect(resp) {
		_, err := test.follow(r, h, resp, 0)
		return err
	}
	_, err = test.decide(r, x, resp)
	return err
}

// FuzzStartTLS has a server say any bytes to each protocol's way of asking for
// TLS: it ends in time, with a reason for all but a yes.
func FuzzStartTLS(f *testing.F) {
	for i, s := range []string{
		"220 ready\r\n234 go\r\n", "* OK\r\na1 OK\r\n", "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00",
		"+OK\r\n+OK\r\n", "S", "220-a\r\n220 b\r\n250-x\r\n250 STARTTLS\r\n220 go\r\n",
		"<stream:features>urn:ietf:params:xml:ns:xmpp-tls</stream:features><proceed/>", "\x30\x84\xff\xff\xff\xff", "\x30\x80",
	} {
		f.Add([]byte(s), uint8(i))
	}
	f.Fuzz(func(t *testing.T, said []byte, protocol uint8) {
		names := slo.StartTLSProtocols()
		ask := startTLSProtocols("mail.test")[names[int(protocol)%len(names)]]
		client, server := net.Pipe()
		defer client.Close()
		go func() { _, _ = io.Copy(io.Discard, server) }()
		go func() {
			defer server.Close()
			_, _ = server.Write(said)
		}()
		m := new(slo.Measurement)
		r := &run{ctx: t.Context(), m: m, at: now, start: time.Now(), deadline: time.Now().Add(2 * time.Second), trace: new(Trace)}
		_ = client.SetDeadline(r.deadline)
		k := newTalk(r, r.guard(client))
		err := ask(k)
		k.done()
		conclude(m, err, nil)
		if (m.Outcome == slo.Up) != (m.Reason == "" && m.Evidence == "") || len(m.Evidence) > slo.MaxEvidence {
			t.Errorf("%+v", m)
		}
		if m.Reason == slo.AgentInternal || m.Reason == slo.FirstByteTimeout || m.Reason == slo.TransferTimeout {
			t.Errorf("%s: %s", m.Reason, m.Evidence)
		}
	})
}
