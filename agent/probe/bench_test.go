package probe

import (
	"syscall"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

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

// benchRequest is what a probe of this target sends.
func benchRequest(address string) []byte {
	return []byte("GET /health HTTP/1.1\r\nHost: " + address + "\r\nUser-Agent: assay-agent\r\nConnection: close\r\nAccept: */*\r\nAccept-Encoding: identity\r\n\r\n")
}

// BenchmarkBareSocket is what BenchmarkHTTPProbe is held against.
func BenchmarkBareSocket(b *testing.B) {
	address := benchServers(b).at["http"]
	measureCPU(b, bareSocket(b, address, benchRequest(address)))
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
func BenchmarkHTTPProbe(b *testing.B) { measureCPU(b, httpProbe(b, benchServers(b).at["http"])) }

// BenchmarkRatio alternates short bursts of both, so that what else the
// machine does falls on both alike, and reports the ratio of their CPU times.
func BenchmarkRatio(b *testing.B) {
	address := benchServers(b).at["http"]
	bare := bareSocket(b, address, benchRequest(address))
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
