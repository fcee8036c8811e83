package probe

import (
	"bytes"
	"compress/gzip"
	"net"
	"net/url"
	"regexp"
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
		"HTTP/1.1 302 Found\r\nLocation: //user:pass@other/%zz?token=x\r\n\r\n",
		"HTTP/1.1 500 \x1b[2J\r\nContent-Length: 3\r\n\r\n\xff\xfe\xfd",
	} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, response []byte, follow bool) {
		test := &httpTest{
			status: []slo.StatusRange{{From: 200, To: 299}}, maxBody: 4096, gzip: true,
			match: regexp.MustCompile("h.llo"), redirects: 3,
		}
		u, _ := url.Parse("http://web.test/")
		h := &hop{url: u, header: map[string][]string{}}
		if err := h.prepare("GET", ""); err != nil {
			t.Fatal(err)
		}
		test.first = h
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
		err := fuzzedExchange(test, r, h, client, follow)
		p := &Prober{}
		p.conclude(m, err)
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
	return test.decide(r, x, resp)
}
