package probe

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/assay-sla/assay/slo"
)

// zone answers questions about zone.test as its name server would.
func zone(q *dns.Msg) *dns.Msg {
	m := new(dns.Msg).SetReply(q)
	add := func(to *[]dns.RR, s string) {
		rr, err := dns.NewRR(s)
		if err != nil {
			panic(err) // a constant
		}
		*to = append(*to, rr)
	}
	switch name := q.Question[0].Name; {
	case q.Question[0].Qtype == dns.TypeSOA:
		add(&m.Answer, "zone.test. 300 IN SOA ns.zone.test. admin.zone.test. 2026112701 3600 600 86400 300")
	case name == "sub.zone.test." && !q.RecursionDesired: // a referral
		add(&m.Ns, "sub.zone.test. 300 IN NS ns.sub.zone.test.")
		add(&m.Extra, "ns.sub.zone.test. 300 IN A 192.0.2.53")
	case name == "sub.zone.test.":
		add(&m.Answer, "sub.zone.test. 300 IN A 192.0.2.8")
	default:
		add(&m.Answer, "zone.test. 300 IN A 192.0.2.7")
	}
	return m
}

func TestDNSSections(t *testing.T) {
	server := nameServer(t, func(_ string, q *dns.Msg) [][]byte {
		b, err := zone(q).Pack()
		if err != nil {
			t.Error(err)
		}
		return [][]byte{b}
	})
	for _, c := range []struct {
		name    string
		spec    slo.DNS
		outcome slo.State
		reason  slo.Reason
	}{
		{"a referral", slo.DNS{Name: "sub.zone.test", NoRecursion: true, Authority: []string{"ns\\.sub"}, Additional: []string{"^192\\.0\\.2\\.53$"}}, slo.Up, ""},
		{"recursion", slo.DNS{Name: "sub.zone.test", Answers: []string{"192.0.2.8"}}, slo.Up, ""},
		{"no recursion, no answer", slo.DNS{Name: "sub.zone.test", NoRecursion: true}, slo.Down, slo.AnswerMismatch},
		{"another name server", slo.DNS{Name: "sub.zone.test", NoRecursion: true, Authority: []string{"ns\\.other"}}, slo.Down, slo.AnswerMismatch},
		{"no glue", slo.DNS{Name: "zone.test", Additional: []string{"192"}}, slo.Down, slo.AnswerMismatch},
		{"serial", slo.DNS{Name: "zone.test", Type: "SOA", MinSerial: 2026112701}, slo.Up, ""},
		{"an old serial", slo.DNS{Name: "zone.test", Type: "SOA", MinSerial: 2026112702}, slo.Down, slo.AnswerMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.Server = server
			want(t, once(t, &c.spec, 2*time.Second), c.outcome, c.reason)
		})
	}
}

func TestDNSOverTLS(t *testing.T) {
	cert := theAuthority().fresh(t)
	s := &dns.Server{Net: "tcp-tls", Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) { _ = w.WriteMsg(zone(q)) })}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"dot"}})
	if err != nil {
		t.Fatal(err)
	}
	s.Listener = l
	done := make(chan struct{})
	go func() { defer close(done); _ = s.ActivateAndServe() }()
	t.Cleanup(func() { _ = s.Shutdown(); <-done })
	spec := &slo.DNS{Name: "zone.test", Server: l.Addr().String(), Transport: "tls", Answers: []string{"192.0.2.7"}, TLS: slo.TLSOptions{CA: theAuthority().pem()}}
	m := once(t, spec, 5*time.Second)
	want(t, m, slo.Up, "")
	if m.CertExpiry == 0 || m.Phases.TLS <= 0 || m.Phases.FirstByte <= 0 {
		t.Errorf("it saw %+v", m)
	}
	spec.TLS.CA = ""
	want(t, once(t, spec, 5*time.Second), slo.Down, slo.TLSUntrusted)
}

// serveDoH runs a server of RFC 8484 with the protocols that it has.
func serveDoH(t *testing.T, http2 bool) string {
	t.Helper()
	h := http.NewServeMux()
	h.HandleFunc("POST /dns-query", func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(io.LimitReader(r.Body, 4096))
		q := new(dns.Msg)
		if err != nil || r.Header.Get("Content-Type") != dnsMessage || q.Unpack(b) != nil || (r.ProtoMajor == 2) != http2 {
			http.Error(w, "no question", http.StatusBadRequest)
			return
		}
		if b, err = zone(q).Pack(); err == nil {
			_, err = w.Write(b)
		}
		if err != nil {
			t.Error(err)
		}
	})
	h.HandleFunc("POST /page", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) })
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, Protocols: new(http.Protocols)}
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetHTTP2(http2)
	s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{theAuthority().fresh(t)}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.ServeTLS(l, "", "") }()
	t.Cleanup(func() { _ = s.Close(); <-done })
	return l.Addr().String()
}

func TestDNSOverHTTPS(t *testing.T) {
	trusted := slo.TLSOptions{CA: theAuthority().pem()}
	two, one := serveDoH(t, true), serveDoH(t, false)
	silent := serve(t, overTLS(theAuthority().fresh(t), hold))
	for _, c := range []struct {
		name    string
		spec    slo.DNS
		outcome slo.State
		reason  slo.Reason
	}{
		{"HTTP/2", slo.DNS{Server: two, Answers: []string{"192.0.2.7"}, TLS: trusted}, slo.Up, ""},
		{"HTTP/1.1", slo.DNS{Server: one, TLS: trusted}, slo.Up, ""},
		{"another path", slo.DNS{Server: two, Path: "/gone", TLS: trusted}, slo.Down, slo.StatusUnexpected},
		{"a page", slo.DNS{Server: two, Path: "/page", TLS: trusted}, slo.Down, slo.ProtocolError},
		{"untrusted", slo.DNS{Server: two}, slo.Down, slo.TLSUntrusted},
		{"silence", slo.DNS{Server: silent, TLS: trusted}, slo.Down, slo.FirstByteTimeout},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.Name, c.spec.Transport = "zone.test", "https"
			timeout := 5 * time.Second
			if c.reason == slo.FirstByteTimeout {
				timeout = short
			}
			m := once(t, &c.spec, timeout)
			want(t, m, c.outcome, c.reason)
			if c.outcome == slo.Up && (m.CertExpiry == 0 || m.Phases.FirstByte <= 0) {
				t.Errorf("it saw %+v", m)
			}
		})
	}
}

func TestDNSWayRefusals(t *testing.T) {
	for _, spec := range []slo.DNS{
		{Name: "a", Transport: "quic"}, {Name: "a", Transport: "tls"}, {Name: "a", Transport: "https"}, {Name: "a", Server: "b:443", Transport: "https", Path: "x"},
		{Name: "a", MinSerial: 1}, {Name: "a", Authority: []string{"("}},
	} {
		if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: &spec}, newEnv(t, Options{})); err == nil {
			t.Errorf("%+v was accepted", spec)
		}
	}
}
