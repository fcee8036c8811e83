package day

import (
	"bytes"
	"encoding/json"
	"errors"
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

// agentsAddress is where the collector takes what agents push.
const agentsAddress = "127.0.0.1:8421"

// agent measures what the world is like. It speaks the agents' protocol, and
// keeps what it measures while it is cut off.
type agent struct {
	name, location string
	nth            time.Duration // of the agents; they do not measure at one time
	world          *world
	away           bool
	queue          []slo.Record
	seq            uint64
	assigned       push.Assignment
	ran            map[string]bool // drills
	runs           []slo.Record    // what it runs for drills, each to be told at its end
}

// ask fetches what the agent is to run.
func (a *agent) ask() error {
	q := url.Values{"agent": {a.name}, "location": {a.location}}
	resp, err := a.world.http.Get("http://" + agentsAddress + push.AssignmentPath + "?" + q.Encode())
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("asking for the assignment of %s: %s", a.name, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(&a.assigned)
}

// step does what is due at a whole second. What is measured is told of a second
// later.
func (a *agent) step(at slo.Instant) error {
	if !a.away {
		if err := a.talk(at); err != nil {
			return err
		}
	}
	a.obey(at)
	for n, p := range a.assigned.Probes {
		offset := time.Duration(n)*3*time.Second + a.nth*7*time.Second
		if at.Add(-offset)%slo.Instant(p.Every.Milliseconds()) == 0 {
			a.add(slo.Record{Measurement: a.world.measure(a.location, p.Name, at)})
		}
	}
	if a.location == a.world.disk.location && at%60_000 == 0 {
		a.add(slo.Record{Readings: a.world.disk.read(at)})
	}
	return nil
}

// talk delivers what is queued, and now and then asks what to do and says that
// the agent lives.
func (a *agent) talk(at slo.Instant) error {
	if at%20_000 == 0 {
		if err := errors.Join(a.ask(), a.beat(at)); err != nil {
			return err
		}
	}
	if len(a.queue) == 0 {
		return nil
	}
	return a.push()
}

// beat sends a heartbeat.
func (a *agent) beat(at slo.Instant) error {
	body, err := json.Marshal(push.Heartbeat{Agent: a.name, Location: a.location, Epoch: "e1", Version: "test", Started: int64(slo.At(midnight)), Watermark: int64(at)})
	if err != nil {
		return err
	}
	return a.post(push.HeartbeatPath, "application/json", body)
}

// post sends something to the collector.
func (a *agent) post(path, kind string, body []byte) error {
	resp, err := a.world.http.Post("http://"+agentsAddress+path+"?agent="+url.QueryEscape(a.name), kind, bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s posts to %s: %s: %s %w", a.name, path, resp.Status, answer, err)
	}
	return nil
}

// obey runs what drills order, once, and tells of it at its end.
func (a *agent) obey(at slo.Instant) {
	for _, o := range a.assigned.Orders {
		if !a.ran[o.Drill] {
			a.ran[o.Drill] = true
			m := a.world.measure(a.location, o.Probe.Name, at)
			m.Latency = a.world.restore.takes
			a.runs = append(a.runs, slo.Record{Measurement: m})
		}
	}
	a.runs = slices.DeleteFunc(a.runs, func(r slo.Record) bool {
		over := at >= r.Measurement.At.Add(r.Measurement.Latency)
		if over {
			a.add(r)
			clear(a.world.restore.absent)
		}
		return over
	})
}

func (a *agent) add(r slo.Record) {
	if m := r.Measurement; m != nil {
		m.Revision = a.assigned.Catalogue
	}
	a.seq++
	r.ID = slo.ID{Agent: a.name, Epoch: "e1", Seq: a.seq}
	a.queue = append(a.queue, r)
}

// push delivers the queue.
func (a *agent) push() error {
	for some := range slices.Chunk(a.queue, 2000) {
		b := push.Batch{Agent: a.name, Epoch: "e1"}
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
		if err := a.post(push.PushPath, push.ContentType, body); err != nil {
			return err
		}
	}
	a.queue = nil
	return nil
}

// disk is one that fills: its level moves by so much an hour, up and down a
// little as levels do.
type disk struct {
	location string
	size     float64 // GB
	level    float64 // used at an instant,
	since    slo.Instant
	perHour  float64 // and from then on
}

func (d *disk) at(at slo.Instant) float64 {
	return min(d.size, d.level+d.perHour*at.Sub(d.since).Hours())
}

// turn has the level change by some GB at once, and from then on by so many an
// hour.
func (d *disk) turn(at slo.Instant, by, perHour float64) {
	d.level, d.since, d.perHour = d.at(at)+by, at, perHour
}

func (d *disk) read(at slo.Instant) *slo.Readings {
	used := d.at(at)
	if used < d.size {
		used += math.Sin(at.Time().Sub(time.Unix(0, 0)).Hours())
	}
	return &slo.Readings{Location: d.location, At: at, Samples: []slo.Sample{
		{Name: "disk_used_gigabytes", Labels: map[string]string{"volume": "files"}, Value: used},
	}}
}

// history is what was read every five minutes in the days before an instant.
func (d *disk) history(until slo.Instant) (list []slo.Record) {
	for at := until.Add(-156 * time.Hour); at < until; at = at.Add(5 * time.Minute) {
		list = append(list, slo.Record{Readings: d.read(at)})
	}
	return list
}
