package probe

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// benchServer is the variable that makes the test binary a server.
const benchServer = "ASSAY_PROBE_BENCH_SERVER"

const (
	benchBody     = `{"status":"ok","version":"1.2.3","checks":{"database":"ok","queue":"ok"}}`
	benchResponse = "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: application/json\r\nDate: Thu, 01 Oct 2026 12:00:00 GMT\r\nConnection: close\r\nContent-Length: 73\r\n\r\n" + benchBody
)

// serveBenchmark answers every request with the same bytes. It runs in a
// process of its own, so that the CPU time of the benchmark is the client's.
func serveBenchmark() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	go func() { // ends with the parent
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			buf := make([]byte, 2048)
			if _, err := c.Read(buf); err == nil {
				_, _ = io.WriteString(c, benchResponse)
			}
		}()
	}
}

// benchTarget starts the server.
func benchTarget(b *testing.B) string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), benchServer+"=1", "GOMAXPROCS=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// cpuTime is what this process has used, in user and system time.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measureCPU runs the loop and reports CPU time beside wall time.
func measureCPU(b *testing.B, body func()) {
	b.ReportAllocs()
	before := cpuTime(b)
	for b.Loop() {
		body()
	}
	b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
}

// bareSocket is the least that talks to the target: dial, write, read, close.
func bareSocket(b *testing.B, address string, request []byte) func() {
	buf := make([]byte, 4096)
	return func() {
		c, err := dialer.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Write(request); err != nil {
			b.Fatal(err)
		}
		if n, err := c.Read(buf); err != nil || n != len(benchResponse) {
			b.Fatal(n, err)
		}
		_ = c.Close()
	}
}

// BenchmarkBareSocket is what BenchmarkHTTPProbe is held against.
func BenchmarkBareSocket(b *testing.B) {
	address := benchTarget(b)
	measureCPU(b, bareSocket(b, address, []byte("GET /health HTTP/1.1\r\nHost: "+address+"\r\nUser-Agent: assay-agent\r\nConnection: close\r\nAccept: */*\r\nAccept-Encoding: identity\r\n\r\n")))
}

// httpProbe is a whole probe with phase timings and assertions on status and
// body.
func httpProbe(b *testing.B, address string) func() {
	p := prepare(b, &slo.HTTP{URL: "http://" + address + "/health", Match: `"status":"ok"`}, 10*time.Second, newEnv(b, Options{}))
	ctx := b.Context()
	return func() {
		if m := p.Run(ctx, now, nil); m.Outcome != slo.Up || m.Phases.FirstByte == 0 {
			b.Fatal(m)
		}
	}
}

// BenchmarkHTTPProbe is one probe of the same target over a fresh connection.
func BenchmarkHTTPProbe(b *testing.B) { measureCPU(b, httpProbe(b, benchTarget(b))) }

// BenchmarkRatio alternates short bursts of both, so that what else the
// machine does falls on both alike, and reports the ratio of their CPU times.
func BenchmarkRatio(b *testing.B) {
	address := benchTarget(b)
	bare := bareSocket(b, address, []byte("GET /health HTTP/1.1\r\nHost: "+address+"\r\nUser-Agent: assay-agent\r\nConnection: close\r\nAccept: */*\r\nAccept-Encoding: identity\r\n\r\n"))
	probe := httpProbe(b, address)
	var cpu, wall [2]time.Duration
	for b.Loop() {
		for i, body := range []func(){bare, probe} {
			start, used := time.Now(), cpuTime(b)
			for range 50 {
				body()
			}
			cpu[i] += cpuTime(b) - used
			wall[i] += time.Since(start)
		}
	}
	b.ReportMetric(float64(cpu[1])/float64(cpu[0]), "cpu-ratio")
	b.ReportMetric(float64(wall[1])/float64(wall[0]), "wall-ratio")
}
