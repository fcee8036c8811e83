package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// soon is how long after trouble began, or ended, an agent sees it, and how
// often it looks meanwhile.
const (
	soon  = 20 * time.Second
	often = 5 * time.Minute
)

// agent measures from one location what the year is like, and speaks the
// agents' protocol.
type agent struct {
	name, location string
	year           *year
	probes         []string // in the order of the catalogue
	offsets        []time.Duration
	until          slo.Instant // what is measured so far
	queue          []slo.Record
	seq            uint64
	base           string // URL of the collector's listener for agents
	http           *http.Client
}

// newAgents are one for each location.
func newAgents(y *year, base string, client *http.Client) []*agent {
	list := services()
	var out []*agent
	for _, location := range locations {
		a := &agent{name: location + "-1", location: location, year: y, until: y.From, base: base, http: client}
		for n := range list {
			if probe, from := probeOf(list, n); from == location {
				a.probes = append(a.probes, probe)
				a.offsets = append(a.offsets, time.Duration(n)*(every/time.Duration(len(list))))
			}
		}
		out = append(out, a)
	}
	return out
}

// measure measures up to an instant, which is not measured yet.
func (a *agent) measure(until slo.Instant) {
	begin := len(a.queue)
	for n, probe := range a.probes {
		first := a.until.Add(-a.offsets[n] - 1)
		slot := first - first%slo.Instant(every.Milliseconds()) + slo.Instant(every.Milliseconds())
		for at := slot.Add(a.offsets[n]); at < until; at = at.Add(every) {
			a.look(probe, at)
		}
	}
	for i := range a.year.troubles {
		t := &a.year.troubles[i]
		if t.To.Add(soon) < a.until || t.From > until {
			continue
		}
		for _, probe := range a.probes {
			if slices.Contains(t.services, probe) {
				a.watch(probe, t, until)
			}
		}
	}
	if a.location == locations[0] {
		a.read(until)
	}
	a.measureDrills(until)
	slices.SortStableFunc(a.queue[begin:], func(x, y slo.Record) int { return int(instantOf(&x) - instantOf(&y)) })
	for i := begin; i < len(a.queue); i++ {
		a.seq++
		a.queue[i].ID = slo.ID{Agent: a.name, Epoch: "demo", Seq: a.seq}
	}
	a.until = until
}

// watch measures often while there is trouble, and once right after it.
func (a *agent) watch(probe string, t *trouble, until slo.Instant) {
	for at := t.From.Add(soon); at < t.To; at = at.Add(often) {
		if at >= a.until && at < until {
			a.look(probe, at)
		}
	}
	if at := t.To.Add(soon); at >= a.until && at < until {
		a.look(probe, at)
	}
}

func instantOf(r *slo.Record) slo.Instant {
	if r.Measurement != nil {
		return r.Measurement.At
	}
	return r.Readings.At
}

// look makes one measurement.
func (a *agent) look(probe string, at slo.Instant) {
	m := &slo.Measurement{Probe: probe, Location: a.location, At: at, Outcome: slo.Up, Latency: latency(probe, at)}
	if t := a.year.down(probe, at); t != nil {
		m.Outcome, m.Reason, m.Evidence = slo.Down, t.reason, evidenceOf(t.reason)
		if probe != t.root {
			m.Reason, m.Evidence = slo.StatusUnexpected, evidenceOf(slo.StatusUnexpected)
		}
	}
	a.queue = append(a.queue, slo.Record{Measurement: m})
}

// latency is slower by day, and another for each probe.
func latency(probe string, at slo.Instant) time.Duration {
	sum := 0
	for _, c := range probe {
		sum += int(c)
	}
	day := math.Sin(at.Time().Sub(time.Unix(0, 0)).Hours() / 24 * 2 * math.Pi)
	return time.Duration(20+sum%60)*time.Millisecond + time.Duration(10*(1+day))*time.Millisecond + time.Duration(at/1000%7)*time.Millisecond
}

func evidenceOf(r slo.Reason) string {
	switch r {
	case slo.StatusUnexpected:
		return "status 503, want 200 to 299"
	case slo.ConnectRefused:
		return "connection refused"
	case slo.ConnectTimeout:
		return "no connection within 10 s"
	case slo.FirstByteTimeout:
		return "no first byte within 10 s"
	case slo.TLSExpired:
		return "the certificate expired"
	case slo.BodyMismatch:
		return "the body lacks the text it is to have"
	}
	return ""
}

// deliver pushes what is queued and says what is complete, unless the agent is
// cut off.
func (a *agent) deliver(ctx context.Context, at slo.Instant) error {
	if a.year.cutOff(a.location, at) {
		return nil
	}
	for some := range slices.Chunk(a.queue, 5000) {
		b := push.Batch{Agent: a.name, Epoch: "demo"}
		for _, r := range some {
			payload, err := push.EncodeRecord(r)
			if err != nil {
				return err
			}
			b.Records = append(b.Records, push.BatchRecord{Seq: r.Seq, Record: payload})
		}
		body, err := push.EncodeBatch(b)
		if err != nil {
			return err
		}
		if err := a.post(ctx, push.PushPath, push.ContentType, body); err != nil {
			return err
		}
	}
	a.queue = a.queue[:0]
	body, err := json.Marshal(push.Heartbeat{Agent: a.name, Location: a.location, Epoch: "demo", Version: "demo", Started: int64(a.year.From), Watermark: int64(a.until)})
	if err != nil {
		return err
	}
	return a.post(ctx, push.HeartbeatPath, "application/json", body)
}

func (a *agent) post(ctx context.Context, path, kind string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base+path+"?agent="+url.QueryEscape(a.name), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", kind)
	resp, err := a.http.Do(req)
	if err != nil {
		return fmt.Errorf("the agent %s: %w", a.name, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the agent %s posts to %s: %s: %.200s", a.name, path, resp.Status, answer)
	}
	return nil
}
