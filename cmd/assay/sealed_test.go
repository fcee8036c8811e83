package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// sealed CATALOGUE DATA leaves a data folder whose collector, of another time,
// has sealed the day that an agent measured.
func sealed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sealed CATALOGUE DATA")
	}
	cfg, err := collector.Config{
		Catalogue: ts.MkAbs(args[0]), Data: ts.MkAbs(args[1]), Listen: "127.0.0.1:0",
		Agents: collector.AgentsConfig{Listen: "127.0.0.1:0"},
	}.Complete()
	ts.Check(err)
	day := slo.At(time.Date(2026, 10, 31, 0, 0, 0, 0, time.UTC))
	ts.Check(during(cfg, day, func(*collector.Collector) error { return nil })) // the promise is made
	ts.Check(during(cfg, day.Add(24*time.Hour), func(c *collector.Collector) error { return measureDay(c, day) }))
	ts.Check(during(cfg, day.Add(36*time.Hour), awaitSeal))
}

// during runs a collector whose clock stands still while f does something.
func during(cfg collector.Config, at slo.Instant, f func(*collector.Collector) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := collector.New(ctx, cfg, collector.Options{
		Version: "test", Log: slog.New(slog.DiscardHandler), Now: func() slo.Instant { return at },
	})
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	err = f(c)
	cancel()
	if stopped := <-ended; err == nil {
		err = stopped
	}
	return err
}

// measureDay pushes a measurement a minute, of which ten are down.
func measureDay(c *collector.Collector, day slo.Instant) error {
	b := push.Batch{Agent: "eu-1", Epoch: "e1"}
	for n := range 24 * 60 {
		m := &slo.Measurement{Probe: "web", Location: "eu", At: day.Add(time.Duration(n) * time.Minute), Outcome: slo.Up}
		if n >= 600 && n < 610 {
			m.Outcome, m.Reason = slo.Down, slo.ConnectRefused
		}
		rec, err := push.EncodeRecord(slo.Record{ID: slo.ID{Agent: b.Agent, Epoch: b.Epoch, Seq: uint64(n + 1)}, Measurement: m})
		if err != nil {
			return err
		}
		b.Records = append(b.Records, push.BatchRecord{Seq: uint64(n + 1), Record: rec})
	}
	body, err := push.EncodeBatch(b)
	if err != nil {
		return err
	}
	resp, err := http.Post("http://"+c.AgentsAddr()+push.PushPath+"?agent=eu-1", push.ContentType, bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("push: %s", resp.Status)
	}
	return nil
}

// awaitSeal waits until a figure is sealed.
func awaitSeal(c *collector.Collector) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 1500 {
		resp, err := http.Get("http://" + c.Addr() + "/api/v1/ledger/entries?kind=seal")
		if err != nil {
			return err
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		var got struct{ Entries []json.RawMessage }
		if err == nil {
			err = json.Unmarshal(b, &got)
		}
		if err != nil || len(got.Entries) > 0 {
			return err
		}
		<-tick.C
	}
	return fmt.Errorf("nothing was sealed")
}
