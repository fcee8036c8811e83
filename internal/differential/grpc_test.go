package differential

import (
	"crypto/tls"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/assay-sla/assay/agent/probe/probetest"
	"github.com/assay-sla/assay/slo"
)

// healthy is a gRPC server whose health service knows one service that serves
// and one that does not.
func healthy(t *testing.T, options ...grpc.ServerOption) string {
	h := health.NewServer()
	h.SetServingStatus("shop.Cart", healthpb.HealthCheckResponse_SERVING)
	h.SetServingStatus("shop.Search", healthpb.HealthCheckResponse_NOT_SERVING)
	return serveGRPC(t, func(s *grpc.Server) { healthpb.RegisterHealthServer(s, h) }, options...)
}

func serveGRPC(t *testing.T, register func(*grpc.Server), options ...grpc.ServerOption) string {
	t.Helper()
	s := grpc.NewServer(options...)
	register(s)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	t.Cleanup(func() { s.Stop(); <-done })
	return l.Addr().String()
}

// grpcServers are asked by the exporter's grpc prober.
func grpcServers() []contest {
	const open = "tls: false, preferred_ip_protocol: ip4"
	const secure = "tls: true, tls_config: {ca_file: CAFILE}, preferred_ip_protocol: ip4"
	plain := func(t *testing.T) string { return healthy(t) }
	shielded := func(t *testing.T) string {
		return healthy(t, grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{fresh()}})))
	}
	args := func(more ...string) []string { return append([]string{"ADDRESS", "--plain"}, more...) }
	return []contest{
		{server: "serves", serve: plain, module: open, args: args()},
		{server: "serves the service", serve: plain, module: open + ", service: shop.Cart", args: args("--service", "shop.Cart")},
		{server: "does not serve the service", serve: plain, module: open + ", service: shop.Search", args: args("--service", "shop.Search"), reason: slo.NotServing},
		{server: "does not know the service", serve: plain, module: open + ", service: shop.Gone", args: args("--service", "shop.Gone"), reason: slo.StatusUnexpected},
		{server: "has no health service", serve: func(t *testing.T) string { return serveGRPC(t, func(*grpc.Server) {}) }, module: open, args: args(), reason: slo.StatusUnexpected},
		{server: "serves, under TLS", serve: shielded, module: secure, args: []string{"ADDRESS", "--ca", "CAFILE"}},
		{server: "serves, under TLS of nobody known", serve: shielded, module: "tls: true, preferred_ip_protocol: ip4", args: []string{"ADDRESS"}, reason: slo.TLSUntrusted},
		{server: "HTTP/1 where gRPC is expected", serve: greets("HTTP/1.1 400 Bad Request\r\n\r\n"), module: open, args: args(), reason: slo.ProtocolError},
		{server: "accepts, then silence", serve: does(probetest.Hold), module: open, args: args(), reason: slo.FirstByteTimeout, vain: true},
		{server: "nobody listens", serve: closed, module: open, args: args(), reason: slo.ConnectRefused},
	}
}
