package collector

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

const drilledCatalogue = `
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 1m, tcp: {address: "127.0.0.1:9"}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: restore}
spec: {every: 1d, exec: {command: restore}, locations: {from: [eu]}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: restored}
spec: {every: 1s, tcp: {address: "127.0.0.1:9"}, locations: {from: [eu]}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: canary}
spec: {every: 1s, exec: {command: canary}, locations: {from: [eu]}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: shop}
spec: {up: web}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: gold}
spec: {service: shop, drills: exclude, objectives: [{name: month, target: 99, window: month}]}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: tin}
spec: {service: shop, objectives: [{name: month, target: 99, window: month}]}
---
apiVersion: assay/v1
kind: ContinuityPlan
metadata: {name: loss}
spec:
  services: [shop]
  owner: Ada Byron
  rto: 10m
  rpo: 5m
  invoke: Call.
  return: Call back.
  steps: [{do: Restore.}]
  testEvery: 180d
  drills:
    - {name: restore, kind: restore, run: restore, checks: [restored], canary: canary, good: 2, within: 30m, every: 0 13 15 10 *}
    - {name: table, kind: tabletop}
`

// assignmentOf is what an agent in eu is to run now.
func (w *world) assignmentOf() (probes, orders []string) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	cancel() // the answer is wanted at once
	as, err := w.c.agents.assignment(ctx, push.AssignmentRequest{Agent: "eu-1", Location: "eu"})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range as.Probes {
		probes = append(probes, p.Name)
	}
	for _, o := range as.Orders {
		orders = append(orders, o.Drill+" "+o.Probe.Name+" "+o.Probe.Timeout.String())
	}
	return probes, orders
}

// restoredBy pushes what is measured when a restore ends so long after an
// instant, with the canary of so long before it.
func (w *world) restoredBy(from slo.Instant, after, lost time.Duration) {
	w.t.Helper()
	var list []slo.Record
	add := func(probe string, at time.Duration, evidence string) {
		r := w.measure("eu-1", "eu", probe, from.Add(at), slo.Up)
		r.Measurement.Evidence = evidence
		list = append(list, r)
	}
	add("restore", after-time.Second, "")
	add("restored", after, "")
	add("restored", after+time.Second, "")
	add("canary", after+2*time.Second, slo.CanaryEvidence(from.Add(-lost)))
	w.clock.set(from.Add(after + 3*time.Second))
	w.push(list...)
}

func (w *world) drill(id string) slo.Drill {
	w.t.Helper()
	d, err := w.c.store.Drill(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// ended waits for the end of a drill.
func (w *world) ended(id string) slo.Drill {
	w.t.Helper()
	w.until("the drill is over", func() bool { d := w.drill(id); return d.Ended() != 0 })
	return w.drill(id)
}

// TestDrill follows a restore drill from the API's declaration to the ledger.
func TestDrill(t *testing.T) {
	w := newWorld(t, drilledCatalogue)
	w.run()
	idle, none := w.assignmentOf()
	if !slices.Equal(idle, []string{"web"}) || none != nil {
		t.Errorf("without a drill: %v, %v", idle, none)
	}
	begun := w.clock.now()
	var d drillLine
	w.asks(http.MethodPost, drillsPath, `{"plan": "loss", "drill": "restore", "reason": "the yearly test"}`, http.StatusOK, &d)
	probes, orders := w.assignmentOf()
	if !slices.Equal(probes, []string{"canary", "restored", "web"}) || !slices.Equal(orders, []string{d.ID + " restore 30m0s"}) {
		t.Errorf("with it: %v, %v", probes, orders)
	}
	if s := w.c.drills.underWay(); len(s) != 1 || s[0].Labels["service"] != "shop" || s[0].Labels["drill"] != "restore" {
		t.Errorf("marked: %+v", s)
	}
	w.clock.advance(time.Second)
	w.asks(http.MethodPost, drillsPath, `{"plan": "loss", "drill": "restore"}`, http.StatusConflict, nil)
	w.asks(http.MethodPost, drillsPath, `{"plan": "loss", "drill": "other"}`, http.StatusNotFound, nil)
	w.asks(http.MethodPost, drillsPath, `{"plan": "loss", "drill": "table", "disruption": "2026-10-15T10:59:00Z"}`, http.StatusBadRequest, nil)

	// In the middle of it the collector is started again: what came before counts.
	first := w.measure("eu-1", "eu", "restored", begun.Add(time.Second), slo.Down)
	w.push(first)
	w.followed()
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.restoredBy(begun, 4*time.Minute, 90*time.Second)
	got := w.ended(d.ID)
	r := got.Result()
	if got.State() != slo.DrillIncomplete || !got.Passed() || *r.RTO != 240_000 || *r.RPO != 90_000 {
		t.Errorf("%s %+v", got.State(), r)
	}
	if probes, orders := w.assignmentOf(); !slices.Equal(probes, idle) || orders != nil {
		t.Errorf("after it: %v, %v", probes, orders)
	}
	if s := w.c.drills.underWay(); s != nil {
		t.Errorf("marked after it: %+v", s)
	}
	w.until("its exclusion is asked for", func() bool {
		list, err := w.c.store.Exclusions(t.Context(), sqlstore.ExclusionFilter{})
		return err == nil && len(list) == 1 && slices.Equal(list[0].Agreements, []string{"gold"}) && list[0].State() == slo.ExclusionPending && list[0].From == begun
	})
	w.asks(http.MethodPost, drillsPath+"/"+d.ID+"/review", `{"passed": true}`, http.StatusBadRequest, nil)
	w.asks(http.MethodPost, drillsPath+"/"+d.ID+"/review", `{"passed": false, "participants": "Ada, Charles", "actions": "write it down"}`, http.StatusOK, &d)
	if d.State != slo.DrillComplete || *d.Passed || len(d.Events) != 3 {
		t.Errorf("%+v", d)
	}
	w.until("the copy tells of it", func() bool {
		b, err := os.ReadFile(filepath.Join(w.config.Data, "continuity", plansFile))
		return err == nil && strings.Contains(string(b), "complete") && strings.Contains(string(b), "the last drill did not pass")
	})
	alerts, err := w.c.drills.alerts(t.Context(), w.clock.now())
	if err != nil || len(alerts) != 1 || alerts[0].Name != "DrillFailed" {
		t.Errorf("%v %+v", err, alerts)
	}
	alerts, err = w.c.drills.alerts(t.Context(), w.clock.now().Add(31*24*time.Hour))
	if err != nil || len(alerts) != 2 || alerts[1].Labels["reason"] != "failed" {
		t.Errorf("%v %+v", err, alerts)
	}
	if v := w.verify(VerifyOptions{}); !v.OK() {
		t.Errorf("%+v", v.Problems)
	}
}

// asks asks the API as the person on this machine.
func (w *world) asks(method, path, body string, status int, into any) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, "http://"+w.c.Addr()+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var got json.RawMessage
	err = json.NewDecoder(resp.Body).Decode(&got)
	if resp.StatusCode != status {
		w.t.Fatalf("%s %s: %d, want %d: %s %v", method, path, resp.StatusCode, status, got, err)
	}
	if into != nil {
		if err := json.Unmarshal(got, into); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestDrillScheduled has a drill begin by its schedule and fail when nobody runs
// it; a tabletop ends with people's verdict.
func TestDrillScheduled(t *testing.T) {
	w := newWorld(t, drilledCatalogue)
	w.run()
	w.clock.set(noon.Add(time.Hour)) // 13:00, its time
	var list struct{ Drills []drillLine }
	w.until("it begins", func() bool {
		w.asks(http.MethodGet, drillsPath, "", http.StatusOK, &list)
		return len(list.Drills) == 1
	})
	d := list.Drills[0]
	if d.Declared != noon.Add(time.Hour) || d.By != "assay" {
		t.Errorf("%+v", d)
	}
	w.clock.advance(30 * time.Minute)
	if got := w.ended(d.ID); got.Passed() || fmt.Sprint(got.Result().Reasons) != "[run_missing]" {
		t.Errorf("%+v", got.Result())
	}
	var table drillLine
	w.asks(http.MethodPost, drillsPath, `{"plan": "loss", "drill": "table"}`, http.StatusOK, &table)
	w.asks(http.MethodPost, drillsPath+"/"+table.ID+"/review", `{"passed": true, "participants": "Ada"}`, http.StatusOK, &table)
	if table.State != slo.DrillComplete || !*table.Passed {
		t.Errorf("%+v", table)
	}
	var plans struct{ Plans []planLine }
	w.asks(http.MethodGet, plansPath, "", http.StatusOK, &plans)
	if len(plans.Plans) != 1 || len(plans.Plans[0].Due) != 2 || plans.Plans[0].Due[0].Reason != "failed" {
		t.Errorf("%+v", plans)
	}
	w.asks(http.MethodPost, drillsPath, `{"plan": "loss", "drill": "restore"}`, http.StatusOK, &d)
	w.asks(http.MethodPost, drillsPath+"/"+d.ID+"/abort", `{"reason": "a real outage"}`, http.StatusOK, &d)
	if d.State != slo.DrillAborted || d.Passed != nil {
		t.Errorf("%+v", d)
	}
}
