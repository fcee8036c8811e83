package probe

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/assay-sla/assay/slo"
)

// serveGRPC runs a gRPC server with a health service, unless it is to have
// none, that lets calls with a token through.
func serveGRPC(t *testing.T, secure, healthy bool) string {
	t.Helper()
	options := []grpc.ServerOption{grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if md, _ := metadata.FromIncomingContext(ctx); strings.Join(md["x-token"], "") == "wrong" {
			return nil, status.Error(codes.PermissionDenied, "no: \x1b[2J 100%")
		}
		return next(ctx, req)
	})}
	if secure {
		options = append(options, grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{theAuthority().fresh(t)}})))
	}
	s := grpc.NewServer(options...)
	if healthy {
		h := health.NewServer()
		h.SetServingStatus("shop.Cart", healthpb.HealthCheckResponse_SERVING)
		h.SetServingStatus("shop.Search", healthpb.HealthCheckResponse_NOT_SERVING)
		h.SetServingStatus("shop.Mail", healthpb.HealthCheckResponse_UNKNOWN)
		h.SetServingStatus("shop.Old", healthpb.HealthCheckResponse_SERVICE_UNKNOWN)
		healthpb.RegisterHealthServer(s, h)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	t.Cleanup(func() { s.Stop(); <-done })
	return l.Addr().String()
}

func TestGRPC(t *testing.T) {
	trusted := slo.TLSOptions{CA: theAuthority().pem()}
	secure, open, none := serveGRPC(t, true, true), serveGRPC(t, false, true), serveGRPC(t, false, false)
	page := serve(t, overTLS(theAuthority().fresh(t), answer(okAnswer)))
	var evidence told
	for _, c := range []struct {
		name    string
		spec    slo.GRPC
		outcome slo.State
		reason  slo.Reason
		status  int
	}{
		{"the server", slo.GRPC{Address: secure, TLS: trusted}, slo.Up, "", 0},
		{"a service", slo.GRPC{Address: secure, Service: "shop.Cart", TLS: trusted}, slo.Up, "", 0},
		{"without TLS", slo.GRPC{Address: open, Service: "shop.Cart", Security: slo.SecurityNone}, slo.Up, "", 0},
		{"metadata", slo.GRPC{Address: secure, Metadata: map[string]string{"x-token": "right"}, TLS: trusted}, slo.Up, "", 0},
		{"a service that does not serve", slo.GRPC{Address: secure, Service: "shop.Search", TLS: trusted}, slo.Down, slo.NotServing, 0},
		{"a service that does not know yet", slo.GRPC{Address: secure, Service: "shop.Mail", TLS: trusted}, slo.Down, slo.NotServing, 0},
		{"a service that is known no longer", slo.GRPC{Address: secure, Service: "shop.Old", TLS: trusted}, slo.Down, slo.NotServing, 0},
		{"an unknown service", slo.GRPC{Address: secure, Service: "shop.Gone", TLS: trusted}, slo.Down, slo.StatusUnexpected, int(codes.NotFound)},
		{"no health service", slo.GRPC{Address: none, Security: slo.SecurityNone}, slo.Down, slo.StatusUnexpected, int(codes.Unimplemented)},
		{"not allowed", slo.GRPC{Address: secure, Metadata: map[string]string{"x-token": "wrong"}, TLS: trusted}, slo.Down, slo.StatusUnexpected, int(codes.PermissionDenied)},
		{"untrusted", slo.GRPC{Address: secure}, slo.Down, slo.TLSUntrusted, 0},
		{"HTTP/1 only", slo.GRPC{Address: page, TLS: trusted}, slo.Down, slo.ProtocolError, 0},
		{"no HTTP/2", slo.GRPC{Address: serve(t, answerNow("HTTP/1.1 400 Bad Request\r\n\r\n")), Security: slo.SecurityNone}, slo.Down, slo.ProtocolError, 0},
		{"silence", slo.GRPC{Address: serve(t, hold), Security: slo.SecurityNone}, slo.Down, slo.FirstByteTimeout, 0},
		{"closed", slo.GRPC{Address: serve(t, func(net.Conn) {}), Security: slo.SecurityNone}, slo.Down, slo.TransferBroken, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			timeout := 5 * time.Second
			if c.reason == slo.FirstByteTimeout {
				timeout = short
			}
			m := once(t, &c.spec, timeout)
			want(t, m, c.outcome, c.reason)
			if c.name != "no HTTP/2" { // the transport has one word or another for it
				evidence.add(c.name, m)
			}
			if m.Status != c.status {
				t.Errorf("status %d, want %d", m.Status, c.status)
			}
			if strings.ContainsRune(m.Evidence, 0x1b) {
				t.Errorf("evidence %q", m.Evidence)
			}
			if c.outcome == slo.Up && m.Phases.FirstByte <= 0 {
				t.Errorf("phases %+v", m.Phases)
			}
		})
	}
	evidence.golden(t, "testdata/grpc_evidence.golden")
}

// TestGRPCOddAnswers: HTTP/2 servers whose answers are no gRPC.
func TestGRPCOddAnswers(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		reason slo.Reason
	}{
		{"a page", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }, slo.ProtocolError},
		{"an error page", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusBadGateway) }, slo.StatusUnexpected},
		{"no message", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Grpc-Status", "0") }, slo.ProtocolError},
		{"garbage", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Grpc-Status", "0")
			_, _ = w.Write([]byte{0, 0, 0, 0, 2, 0xff, 0xff})
		}, slo.ProtocolError},
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Grpc-Status", "0")
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 4096)); err != nil {
					return
				}
			}
		}, slo.ProtocolError},
		{"a status beyond", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Grpc-Status", "999999") }, slo.ProtocolError},
		{"a huge header", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 100<<10)) }, slo.ProtocolError},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &http.Server{Handler: c.answer, ReadHeaderTimeout: time.Minute, Protocols: new(http.Protocols)}
			s.Protocols.SetUnencryptedHTTP2(true)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			go func() { _ = s.Serve(l) }()
			t.Cleanup(func() { _ = s.Close() })
			want(t, once(t, &slo.GRPC{Address: l.Addr().String(), Security: slo.SecurityNone}, 5*time.Second), slo.Down, c.reason)
		})
	}
}

func TestGRPCRefusals(t *testing.T) {
	for _, spec := range []slo.GRPC{{}, {Address: "a:1", Security: "starttls"}, {Address: "a:1", Metadata: map[string]string{"a b": "c"}}} {
		if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: &spec}, newEnv(t, Options{})); err == nil {
			t.Errorf("%+v was accepted", spec)
		}
	}
}

// FuzzHealthAnswer: any bytes are an answer or an error.
func FuzzHealthAnswer(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 2, 8, 1})
	f.Add([]byte{0, 0, 0, 0, 0})
	f.Add([]byte{0, 0, 0, 0, 3, 0x12, 1, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if name, err := healthAnswer(b); (name == "") != (err != nil) {
			t.Errorf("%q, %v", name, err)
		}
	})
}
