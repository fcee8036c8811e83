package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// agent is the running agent.
type agent struct {
	cmd     *exec.Cmd
	metrics string // URL
}

// startAgent runs the agent, which trusts what roots has; "" is the system's.
func startAgent(program, dir, collector, roots string) (*agent, error) {
	listen, err := freeAddress()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "agent.yaml")
	text := fmt.Sprintf("collectors: %s\nname: bench\nlocation: here\ndata: data\nmetrics: {listen: %q}\n", collector, listen)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(program, "run", "--config", config, "--log", "warn")
	cmd.Stderr = os.Stderr
	if roots != "" {
		cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+roots)
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &agent{cmd: cmd, metrics: "http://" + listen + "/metrics"}, nil
}

func (a *agent) stop() error {
	return errors.Join(a.cmd.Process.Signal(syscall.SIGTERM), a.cmd.Wait())
}

// series are the agent's metrics, by name with labels as they are written.
type series map[string]float64

// sum adds up the series of a name.
func (s series) sum(name string) (sum float64) {
	for k, v := range s {
		if rest, ok := strings.CutPrefix(k, name); ok && (rest == "" || rest[0] == '{') {
			sum += v
		}
	}
	return sum
}

// late is a quantile of how late slots were started, in seconds.
func (s series) late(quantile string) float64 {
	return s[`assay_agent_scheduling_delay_seconds{quantile="`+quantile+`"}`]
}

func (a *agent) scrape(ctx context.Context) (series, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.metrics, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	s := series{}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), " "); ok {
			if v, err := strconv.ParseFloat(value, 64); err == nil {
				s[name] = v
			}
		}
	}
	return s, lines.Err()
}

// await scrapes until its metrics are as wanted.
func (a *agent) await(ctx context.Context, wanted func(series) bool) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if s, err := a.scrape(ctx); err == nil && wanted(s) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the agent: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// sight is what was seen of the agent over a time.
type sight struct {
	last       series
	goroutines []int         // once a second
	cpu        time.Duration // user and system
	resident   float64       // megabytes (10^6 bytes) at the end
	peak       float64       // at most, as seen once a second
}

// look watches the agent for a time.
func (a *agent) look(ctx context.Context, during time.Duration) (s sight, err error) {
	pid := a.cmd.Process.Pid
	before, err := cpuTime(pid)
	if err != nil {
		return s, err
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for end := time.Now().Add(during); time.Now().Before(end); {
		<-tick.C
		if s.last, err = a.scrape(ctx); err != nil {
			return s, err
		}
		s.goroutines = append(s.goroutines, int(s.last["go_goroutines"]))
		if s.resident, err = resident(pid); err != nil {
			return s, err
		}
		s.peak = max(s.peak, s.resident)
	}
	after, err := cpuTime(pid)
	s.cpu = after - before
	return s, err
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
