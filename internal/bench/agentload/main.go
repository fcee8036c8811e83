// Command agentload measures an agent that runs many probes: whether each of
// their slots was measured, what memory and CPU time it took, and how many
// goroutines there were. It starts a target and the agent as processes of
// their own and a collector in this one, which keeps count of what arrives.
//
//	go build -o bin/ ./cmd/assay-agent
//	go run ./internal/bench/agentload -agent bin/assay-agent
//	go run ./internal/bench/agentload -agent bin/assay-agent -kind https -probes 10000 -every 60s -for 5m
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// load is what is asked of the agent.
type load struct {
	program string
	kind    string // http, https or tls
	probes  int
	every   time.Duration
	during  time.Duration
}

func main() {
	if kind := os.Getenv(targetKind); kind != "" {
		serveTarget(kind)
		return
	}
	var l load
	flag.StringVar(&l.program, "agent", "bin/assay-agent", "the agent's program")
	flag.StringVar(&l.kind, "kind", "http", "what the probes ask for: http or https, each over a fresh connection, or tls")
	flag.IntVar(&l.probes, "probes", 1000, "how many probes")
	flag.DurationVar(&l.every, "every", 10*time.Second, "the interval of each")
	flag.DurationVar(&l.during, "for", 40*time.Second, "how long, at most 10 minutes")
	flag.Parse()
	l.during = min(l.during, 10*time.Minute)
	if err := l.measure(); err != nil {
		fmt.Fprintln(os.Stderr, "agentload:", err)
		os.Exit(1)
	}
}

// measure runs the agent without a probe, then with all of them, and prints
// what it saw.
func (l load) measure() (err error) {
	dir, err := os.MkdirTemp("", "agentload")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	target, err := startTarget(l.kind, dir)
	if err != nil {
		return err
	}
	defer target.stop()
	c := newCollector(l.probesOf(target.address))
	url, stop, err := c.serve()
	if err != nil {
		return err
	}
	defer stop()
	a, err := startAgent(l.program, dir, url, target.roots)
	if err != nil {
		return err
	}
	idle, seen, err := l.watch(a, c)
	used := target.cpu()
	if err = errors.Join(err, a.stop()); err != nil {
		return err
	}
	return l.report(c.count(l.every), idle, seen, used)
}

// watch looks at the agent before it has a probe, and for the measured time
// after it has all of them.
func (l load) watch(a *agent, c *collector) (idle, seen sight, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), l.during+time.Minute)
	defer cancel()
	if err = a.await(ctx, func(series) bool { return true }); err != nil {
		return idle, seen, err
	}
	if idle, err = a.look(ctx, 5*time.Second); err != nil {
		return idle, seen, err
	}
	close(c.assigned)
	err = a.await(ctx, func(m series) bool { return int(m["assay_agent_probes"]) == l.probes })
	if err == nil {
		seen, err = a.look(ctx, l.during)
	}
	return idle, seen, err
}

// report prints what was seen.
func (l load) report(n tally, idle, seen sight, target time.Duration) error {
	info, err := os.Stat(l.program)
	if err != nil {
		return err
	}
	fmt.Printf("%d %s probes every %s for %s\n", l.probes, l.kind, l.every, l.during)
	fmt.Printf("slots: %d due, %d measured (%d up, %d down, %d unknown), %d declared missed, %d without a record\n",
		n.due, n.measured(), n.up, n.down, n.unknown, n.missed, n.due-n.measured()-n.missed)
	fmt.Printf("the agent's own count: %.0f slots missed; started late by %.1f ms at the median, %.1f ms at the 99th percentile, %.1f ms at most\n",
		seen.last.sum("assay_agent_missed_slots_total"), 1000*seen.last.late("0.5"), 1000*seen.last.late("0.99"), 1000*seen.last.late("1"))
	fmt.Printf("CPU: %.1f %% of one core, %.0f µs a slot, its push included; the target took %.1f %%\n",
		100*seen.cpu.Seconds()/l.during.Seconds(), seen.cpu.Seconds()*1e6/(float64(l.probes)*l.during.Seconds()/l.every.Seconds()), 100*target.Seconds()/l.during.Seconds())
	fmt.Printf("resident: %.1f MB at the end, %.1f MB at most\n", seen.resident, seen.peak)
	fmt.Printf("goroutines: %d before the first probe; with all of them %d at least, %d at the median, %d at most\n",
		slices.Min(idle.goroutines), slices.Min(seen.goroutines), median(seen.goroutines), slices.Max(seen.goroutines))
	fmt.Printf("program: %.1f MB\n", float64(info.Size())/1e6)
	return nil
}

func median(of []int) int {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

// probesOf are the probes of a target.
func (l load) probesOf(address string) []*slo.Probe {
	out := make([]*slo.Probe, l.probes)
	for i := range out {
		out[i] = &slo.Probe{
			Name: fmt.Sprintf("target-%d", i), Every: l.every, Timeout: min(l.every, 10*time.Second), Hold: 3 * l.every, Confirm: 1,
		}
		if l.kind == "tls" {
			out[i].Spec = &slo.TLS{Address: address}
		} else {
			out[i].Spec = &slo.HTTP{URL: fmt.Sprintf("%s://%s/%d", l.kind, address, i)}
		}
	}
	return out
}
