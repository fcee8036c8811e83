package day

import (
	"bytes"
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

// step does what is due at a whole second.
func (a *agent) step(at slo.Instant) error {
	if !a.away && at%60_000 == 0 {
		if err := a.ask(); err != nil {
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
	if a.away || len(a.queue) == 0 {
		return nil
	}
	return a.push()
}

// obey runs what drills order, once, and tells of it at its end.
func (a *agent) obey(at slo.Instant) {
	for _, o := range a.assigned.Orders {
		if !a.ran[o.Drill] {
			a.ran[o.Drill] = true
			m := a.world.measure(a.location, o.Probe.Name, at)
			m.Latency, a.world.restore.newest = a.world.restore.takes, at.Add(-a.world.restore.loses)
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
		resp, err := a.world.http.Post("http://"+agentsAddress+push.PushPath+"?agent="+url.QueryEscape(a.name), push.ContentType, bytes.NewReader(body))
		if err != nil {
			return err
		}
		answer, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s pushes: %s: %s %w", a.name, resp.Status, answer, err)
		}
	}
	a.queue = nil
	return nil
}

// disk is one that fills: its level moves by so much an hour, up and down a
// little as levels do.
type disk struct {
	location string
	level    float64 // GB at an instant,
	since    slo.Instant
	perHour  float64 // and from then on
}

func (d *disk) at(at slo.Instant) float64 { return d.level + d.perHour*at.Sub(d.since).Hours() }

// turn has the level change by some GB at once, and from then on by so many an
// hour.
func (d *disk) turn(at slo.Instant, by, perHour float64) {
	d.level, d.since, d.perHour = d.at(at)+by, at, perHour
}

func (d *disk) read(at slo.Instant) *slo.Readings {
	hours := at.Time().Sub(time.Unix(0, 0)).Hours()
	return &slo.Readings{Location: d.location, At: at, Samples: []slo.Sample{
		{Name: "disk_used_gigabytes", Labels: map[string]string{"volume": "files"}, Value: d.at(at) + math.Sin(hours)},
	}}
}

// history is what was read every five minutes in the days before an instant.
func (d *disk) history(until slo.Instant) (list []slo.Record) {
	for at := until.Add(-156 * time.Hour); at < until; at = at.Add(5 * time.Minute) {
		list = append(list, slo.Record{Readings: d.read(at)})
	}
	return list
}
