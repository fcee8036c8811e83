package demo

import (
	"context"
	"net/http"
	"time"

	"github.com/assay-sla/assay/slo"
)

// plans are the continuity plans, with the probes that their drills alone use.
const plans = `apiVersion: assay/v1
kind: Probe
metadata: {name: standby-databases}
spec: {every: 5m, timeout: 10s, locations: {from: [dublin]}, tcp: {address: 'standby.harbour.example:5432'}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: newest-order}
spec:
  every: 5m
  timeout: 10s
  locations: {from: [dublin]}
  sql:
    driver: postgres
    address: standby.harbour.example:5432
    username: probe
    password: {secret: standby}
    query: select max(at) as newest from orders
    canary: string(rows[0].newest)
---
apiVersion: assay/v1
kind: Probe
metadata: {name: newest-backup}
spec: {every: 1d, timeout: 10s, locations: {from: [hamburg]}, backup: {set: files, within: 26h, minSize: 500}}
---
apiVersion: assay/v1
kind: ContinuityPlan
metadata: {name: loss-of-the-datacentre}
spec:
  services: [database-one, database-two, identity]
  owner: Grace Hopper
  rto: 4h
  rpo: 1h
  invoke: The duty manager decides, and calls everybody on the list.
  return: The databases are copied back in a night, and the standby is made one again.
  testEvery: 180d
  steps:
    - {do: Declare the loss and tell the customers, by: duty manager, within: 30m}
    - {do: Bring up the standby databases in Dublin, within: 2h}
    - {do: Point the names at Dublin, within: 3h}
  drills:
    - {name: phone-list, kind: tabletop}
    - {name: standby, kind: failover, checks: [standby-databases], canary: newest-order}
---
apiVersion: assay/v1
kind: ContinuityPlan
metadata: {name: loss-of-files}
spec:
  services: [storage, backup]
  owner: Bob Kahn
  rto: 12h
  rpo: 26h
  invoke: Whoever is on duty, when a shelf is lost.
  return: The files are copied back by night, customer by customer.
  testEvery: 365d
  steps:
    - {do: Mount the newest backup read-only, by: second line, within: 4h}
    - {do: Copy back what is asked for first, within: 12h}
  drills:
    - {name: newest, kind: backup, run: newest-backup}
    - {name: by-hand, kind: tabletop}
---
apiVersion: assay/v1
kind: ContinuityPlan
metadata: {name: loss-of-paygate}
spec:
  services: [payments]
  owner: Ada Lovelace
  rto: 24h
  rpo: 1h
  invoke: The service manager, when Paygate is away for longer than two hours.
  return: Invoices that were paid meanwhile are told of to Paygate's desk.
  testEvery: 270d
  steps:
    - {do: Offer invoices in the shops, by: service desk, within: 4h}
  drills:
    - {name: invoices, kind: tabletop}
---
`

// drill is one that was done: when, how long it took until the standby was good
// or what the backup was like, and what people wrote.
type drill struct {
	at            slo.Instant
	plan, name    string
	reason        string
	takes         time.Duration // of a failover, until it is good
	lost          time.Duration // of a failover, before the disruption
	stale         bool          // of a backup
	reviewed      time.Duration // after its beginning; 0 leaves it incomplete
	failed        bool          // people say so
	said, actions string
}

// drilled are the drills of the year: a failover that missed its time and passed
// when it was done again, a backup that was too old, and a plan that was never
// tested.
func (y *year) drilled() []drill {
	const centre, files = "loss-of-the-datacentre", "loss-of-files"
	list := []drill{
		{at: y.on(1, 15, 9, 0), plan: centre, name: "phone-list", reason: "Half-yearly test", reviewed: 2 * time.Hour, said: "Everybody was reached within twenty minutes.", actions: "Two numbers of the list were old, and are mended."},
		{at: y.on(4, 11, 8, 0), plan: centre, name: "standby", reason: "Yearly test", takes: 4*time.Hour + 35*time.Minute, lost: 12 * time.Minute, reviewed: 30 * time.Hour, failed: true,
			said: "The standby came up late: nobody had the right to promote it.", actions: "The duty manager has the right; again within a month."},
		{at: y.on(5, 6, 8, 0), plan: centre, name: "standby", reason: "Again, after the one that failed", takes: 105 * time.Minute, lost: 7 * time.Minute, reviewed: 28 * time.Hour, said: "As planned."},
		{at: y.on(7, 17, 9, 0), plan: files, name: "by-hand", reason: "Yearly test", reviewed: 3 * time.Hour, said: "The runbook was followed on a spare shelf."},
		{at: y.on(-1, 14, 8, 0), plan: centre, name: "standby", reason: "Half-yearly test", takes: 130 * time.Minute, lost: 9 * time.Minute, reviewed: 26 * time.Hour, said: "As planned, and by people who had not done it before."},
	}
	for month := range y.months() + 1 {
		d := drill{at: y.on(month, 3, 8, 30), plan: files, name: "newest", reason: "Monthly look", stale: month == 6}
		if month%4 != 3 { // some are left incomplete
			d.reviewed, d.said = 50*time.Hour, "Looked at."
		}
		if d.stale {
			d.failed, d.said, d.actions = true, "The job stood still since the disks were full.", "More disks; see the resource."
		}
		list = append(list, d)
	}
	return list
}

// drills are the acts of the drills.
func (y *year) drills() []act {
	var out []act
	for _, d := range y.drilled() {
		if !y.has(d.at) {
			continue
		}
		var declared struct {
			ID string `json:"id"`
		}
		out = append(out, act{d.at, "grace", func(ctx context.Context, o *office) error {
			return o.call(ctx, http.MethodPost, "/api/v1/drills", map[string]any{"plan": d.plan, "drill": d.name, "reason": d.reason}, &declared)
		}})
		// What was measured of it is looked at when the last of it has come.
		out = append(out, act{d.at.Add(d.takes + 30*time.Minute), "grace", goRound})
		if d.reviewed > 0 {
			out = append(out, act{d.at.Add(d.reviewed), "grace", func(ctx context.Context, o *office) error {
				return o.call(ctx, http.MethodPost, "/api/v1/drills/"+declared.ID+"/review", map[string]any{
					"participants": ada + ", " + bob + ", " + grace, "passed": !d.failed, "comment": d.said, "actions": d.actions,
				}, nil)
			}})
		}
	}
	return out
}

// measureDrills measures what drills alone look at, from one location and up to
// an instant.
func (a *agent) measureDrills(until slo.Instant) {
	for _, d := range a.year.drilled() {
		end := d.at.Add(d.takes + 25*time.Minute)
		if end < a.until || d.at > until || !a.year.has(d.at) {
			continue
		}
		for at := d.at.Add(time.Minute); at < end; at = at.Add(often) {
			if at < a.until || at >= until {
				continue
			}
			switch {
			case d.name == "standby" && a.location == "dublin":
				a.lookAtStandby(&d, at)
			case d.name == "newest" && a.location == "hamburg" && at == d.at.Add(time.Minute):
				a.lookAtBackup(&d, at)
			}
		}
	}
}

func (a *agent) lookAtStandby(d *drill, at slo.Instant) {
	standby := &slo.Measurement{Probe: "standby-databases", Location: a.location, At: at, Outcome: slo.Up, Latency: 3 * time.Millisecond}
	order := &slo.Measurement{Probe: "newest-order", Location: a.location, At: at, Outcome: slo.Up, Latency: 9 * time.Millisecond, Evidence: slo.CanaryEvidence(d.at.Add(-d.lost))}
	if at < d.at.Add(d.takes) {
		for _, m := range []*slo.Measurement{standby, order} {
			m.Outcome, m.Reason, m.Evidence = slo.Down, slo.ConnectRefused, evidenceOf(slo.ConnectRefused)
		}
	}
	a.queue = append(a.queue, slo.Record{Measurement: standby}, slo.Record{Measurement: order})
}

func (a *agent) lookAtBackup(d *drill, at slo.Instant) {
	m := &slo.Measurement{Probe: "newest-backup", Location: a.location, At: at, Outcome: slo.Up, Latency: 40 * time.Millisecond, Evidence: "files-" + d.at.Time().Format(time.DateOnly) + ".tar, 41 GiB, 6 h old"}
	if d.stale {
		m.Outcome, m.Reason, m.Evidence = slo.Down, slo.BackupStale, "the newest is 79 h old, wanted within 26 h"
	}
	a.queue = append(a.queue, slo.Record{Measurement: m})
}
