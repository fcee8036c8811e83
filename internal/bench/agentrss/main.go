// Command agentrss measures the memory and CPU time of an agent that runs
// many HTTP probes: it starts a target and a collector in this process, the
// agent as a process of its own, and prints what /proc says of the agent when
// the measured time is over.
//
//	go build -o bin/ ./cmd/assay-agent
//	go run ./internal/bench/agentrss -agent bin/assay-agent
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

func main() {
	program := flag.String("agent", "bin/assay-agent", "the agent's program")
	probes := flag.Int("probes", 1000, "how many HTTP probes")
	every := flag.Duration("every", 10*time.Second, "the interval of each")
	during := flag.Duration("for", 40*time.Second, "how long, at most 10 minutes")
	flag.Parse()
	if err := measure(*program, *probes, *every, min(*during, 10*time.Minute)); err != nil {
		fmt.Fprintln(os.Stderr, "agentrss:", err)
		os.Exit(1)
	}
}

func measure(program string, probes int, every, during time.Duration) (err error) {
	target, stop, err := serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }))
	if err != nil {
		return err
	}
	defer stop()
	journal := &tally{}
	h, err := handler(journal, probesOf(target, probes, every))
	if err != nil {
		return err
	}
	collector, stopCollector, err := serve(h)
	if err != nil {
		return err
	}
	defer stopCollector()

	dir, err := os.MkdirTemp("", "agentrss")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	config := filepath.Join(dir, "agent.yaml")
	text := fmt.Sprintf("collectors: %s\nname: bench\nlocation: here\ndata: data\n", collector)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	cmd := exec.Command(program, "run", "--config", config, "--log", "warn")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	peak, cpu, sampled := watch(cmd.Process.Pid, during)
	err = errors.Join(sampled, cmd.Process.Signal(syscall.SIGTERM), cmd.Wait())
	info, statErr := os.Stat(program)
	if err = errors.Join(err, statErr); err != nil {
		return err
	}
	n := journal.records.Load()
	fmt.Printf("%d probes every %s for %s: %d records arrived\n", probes, every, during, n)
	fmt.Printf("resident: %.1f MB at the end, %.1f MB at most\n", peak.last, peak.high)
	fmt.Printf("CPU: %.2f %% of one core, %.0f µs a record, its push included\n", 100*cpu.Seconds()/during.Seconds(), cpu.Seconds()*1e6/float64(max(n, 1)))
	fmt.Printf("program: %.1f MB\n", float64(info.Size())/1e6)
	return nil
}

func probesOf(target string, n int, every time.Duration) []*slo.Probe {
	var out []*slo.Probe
	for i := range n {
		out = append(out, &slo.Probe{
			Name: fmt.Sprintf("web-%d", i), Every: every, Timeout: min(every, 10*time.Second), Hold: 3 * every, Confirm: 1,
			Spec: &slo.HTTP{URL: fmt.Sprintf("%s/%d", target, i)},
		})
	}
	return out
}

// serve serves h at an address of this machine.
func serve(h http.Handler) (url string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.Serve(l) }()
	return "http://" + l.Addr().String(), func() { _ = s.Close() }, nil
}

// tally is a journal that counts.
type tally struct{ records atomic.Int64 }

func (t *tally) Append(entries ...[]byte) (uint64, error) {
	return uint64(t.records.Add(int64(len(entries)))), nil
}

// handler is a collector that assigns the probes.
func handler(j push.Journal, probes []*slo.Probe) (http.Handler, error) {
	return push.NewHandler(push.HandlerOptions{
		Journal: j,
		Assignment: func(ctx context.Context, who push.AssignmentRequest) (push.Assignment, error) {
			a := push.Assignment{Revision: "1", Catalogue: "1", Probes: probes}
			if who.Revision == a.Revision {
				<-ctx.Done()
			}
			return a, nil
		},
		Heartbeat: func(push.Heartbeat, slo.Instant) error { return nil },
		Aside: func(_ context.Context, records []push.Aside) error {
			return fmt.Errorf("records were set aside: %+v", records)
		},
		Now: func() slo.Instant { return slo.At(time.Now()) },
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
}

// memory is resident megabytes (10^6 bytes).
type memory struct{ last, high float64 }

// watch reads a process's memory each second for a while, and the CPU time
// that it used in all.
func watch(pid int, during time.Duration) (m memory, cpu time.Duration, err error) {
	end := time.After(during)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-end:
			cpu, err = cpuTime(pid)
			return m, cpu, err
		case <-tick.C:
			if m.last, err = resident(pid); err != nil {
				return m, 0, err
			}
			m.high = max(m.high, m.last)
		}
	}
}

func resident(pid int) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb * 1024 / 1e6, err
		}
	}
	return 0, errors.New("/proc does not tell the resident size")
}

// cpuTime is user and system time, which /proc counts in ticks of 10 ms.
func cpuTime(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("/proc does not tell the CPU time")
	}
	user, errU := strconv.Atoi(fields[11])
	system, errS := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(errU, errS)
}
