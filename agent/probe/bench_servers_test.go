package probe

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/miekg/dns"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/assay-sla/assay/agent/probe/probetest"
)

// benchServer is the variable that makes the test binary a server.
const benchServer = "ASSAY_PROBE_BENCH_SERVER"

const (
	benchBanner   = "220 mail.example ready\r\n"
	benchBody     = `{"status":"ok","version":"1.2.3","checks":{"database":"ok","queue":"ok"}}`
	benchResponse = "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: application/json\r\nDate: Thu, 01 Oct 2026 12:00:00 GMT\r\nConnection: close\r\nContent-Length: 73\r\n\r\n" + benchBody
)

// serveBenchmark serves every kind that is measured. It runs in a process of
// its own, so that the CPU time of a benchmark is the client's. It prints the
// address of each kind, the fingerprint of its host key, and the authority that
// signed its certificate.
func serveBenchmark() {
	ca := probetest.NewAuthority("Benchmark Authority", time.Now().AddDate(-1, 0, 0), time.Now().AddDate(1, 0, 0))
	cert := ca.Issue(time.Now().AddDate(0, 0, -1), time.Now().AddDate(0, 0, 90), "127.0.0.1")
	printAddress("http", serveConns(func(c net.Conn) {
		if _, err := c.Read(make([]byte, 2048)); err == nil {
			_, _ = io.WriteString(c, benchResponse)
		}
	}))
	printAddress("tls", serveConns(overTLS(cert, hold)))
	printAddress("tcp", serveConns(func(c net.Conn) { _, _ = io.WriteString(c, benchBanner); hold(c) }))
	printAddress("dns", benchDNS())
	printAddress("grpc", benchGRPC())
	printAddress("websocket", benchWebSocket())
	printAddress("browser", benchPage())
	printAddress("smtp", benchSMTP(cert))
	printAddress("imap", benchIMAP(cert))
	printAddress("sql", benchPostgres())
	printAddress("udp", benchUDP())
	address, fingerprint := benchSSH()
	printAddress("ssh", address)
	fmt.Println("fingerprint", fingerprint)
	fmt.Println("ca", base64.StdEncoding.EncodeToString([]byte(ca.PEM())))
	fmt.Println()
	_, _ = io.Copy(io.Discard, os.Stdin) // ends with the parent
}

func printAddress(kind string, address net.Addr) { fmt.Println(kind, address) }

// listen opens a port of this process, which has nobody to report to.
func listen() net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	return l
}

func serveConns(handle func(net.Conn)) net.Addr {
	l := listen()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); handle(c) }()
		}
	}()
	return l.Addr()
}

func benchDNS() net.Addr {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	record, err := dns.NewRR("web.test. 300 IN A 192.0.2.1")
	if err != nil {
		panic(err)
	}
	server := &dns.Server{PacketConn: pc, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		m.Answer = []dns.RR{record}
		_ = w.WriteMsg(m)
	})}
	go func() { _ = server.ActivateAndServe() }()
	return pc.LocalAddr()
}

func benchGRPC() net.Addr {
	l, s := listen(), grpc.NewServer()
	healthpb.RegisterHealthServer(s, health.NewServer())
	go func() { _ = s.Serve(l) }()
	return l.Addr()
}

func benchWebSocket() net.Addr {
	l := listen()
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := websocket.Accept(w, r, nil); err == nil {
			_, _, _ = c.Read(r.Context()) // up to the close
			_ = c.CloseNow()
		}
	})}
	go func() { _ = s.Serve(l) }()
	return l.Addr()
}

// benchPage is what a browser loads: a page, and its style and script.
func benchPage() net.Addr {
	mux := http.NewServeMux()
	for path, text := range map[string]string{
		"/":          "<!doctype html><title>Shop</title><link rel=stylesheet href=style.css><h1>Welcome</h1><script src=script.js></script>",
		"/style.css": "h1 { color: green }", "/script.js": "document.title += '!'",
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", map[string]string{"/": "text/html", "/style.css": "text/css", "/script.js": "text/javascript"}[path])
			_, _ = io.WriteString(w, text)
		})
	}
	l, s := listen(), &http.Server{ReadHeaderTimeout: time.Minute, Handler: mux}
	go func() { _ = s.Serve(l) }()
	return l.Addr()
}

// benchTargets are the servers of a benchmark.
type benchTargets struct {
	at map[string]string // address by kind, and fingerprint
	ca string            // PEM
}

// benchServers starts the servers in a process of their own, until the
// benchmark ends.
func benchServers(b *testing.B) benchTargets {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), benchServer+"=1", "GOMAXPROCS=1")
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	servers := benchTargets{at: map[string]string{}}
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != ""; {
		name, value, _ := strings.Cut(lines.Text(), " ")
		servers.at[name] = value
	}
	pem, err := base64.StdEncoding.DecodeString(servers.at["ca"])
	if err != nil || len(pem) == 0 {
		b.Fatalf("the servers did not start: %v, %v", servers.at, err)
	}
	servers.ca = string(pem)
	return servers
}

// secureClient is a client's side that trusts the servers' certificate.
func (s benchTargets) secureClient(b *testing.B) *tls.Config {
	b.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(s.ca)) {
		b.Fatal("the servers' authority is no PEM")
	}
	return &tls.Config{ServerName: "127.0.0.1", RootCAs: roots}
}
