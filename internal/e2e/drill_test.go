package e2e

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/internal/testservers"
)

// drilled is a database with orders and canaries, and the plan for its loss.
// Its arguments are the address of the database.
const drilled = `
{apiVersion: assay/v1, kind: Probe, metadata: {name: live}, spec: {every: 1s, sql: {driver: postgres, address: '%[1]s', database: postgres, username: probe, security: none}}}
---
{apiVersion: assay/v1, kind: Probe, metadata: {name: restore}, spec: {every: 1d, exec: {command: restore-shop}, locations: {from: [recovery]}}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: restored}
spec:
  every: 1s
  sql: {driver: postgres, address: '%[1]s', database: restored, username: probe, security: none, query: select count(*) as n from orders, assert: 'rows[0].n == 3'}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: canary}
spec:
  every: 1s
  sql: {driver: postgres, address: '%[1]s', database: restored, username: probe, security: none, query: select max(written) as newest from canaries, canary: 'string(rows[0].newest)'}
---
{apiVersion: assay/v1, kind: Service, metadata: {name: shop}, spec: {up: live}}
---
{apiVersion: assay/v1, kind: Agreement, metadata: {name: gold}, spec: {service: shop, objectives: [{name: recent, target: 99, window: 7d}]}}
---
apiVersion: assay/v1
kind: ContinuityPlan
metadata: {name: loss}
spec:
  services: [shop]
  owner: Ada Byron
  rto: 5m
  rpo: 1h
  invoke: Call.
  return: Call back.
  steps: [{do: Restore.}]
  testEvery: 180d
  drills: [{name: restore, kind: restore, run: restore, checks: [restored], canary: canary, good: 2, within: 4m}]
`

// postgresPrograms is the folder of PostgreSQL's programs.
func postgresPrograms(t *testing.T) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
	if len(found) == 0 {
		t.Skip("left out: postgresql")
	}
	return filepath.Dir(found[len(found)-1])
}

// TestRestoreDrill restores a real PostgreSQL from a backup in a drill: the agent
// runs the command that its file allows, probes what came back, and the canary of
// the backup says how much was lost.
func TestRestoreDrill(t *testing.T) {
	programs := postgresPrograms(t)
	written := time.Now().Add(-20 * time.Minute).UTC().Truncate(time.Second)
	pair, cert := certificate(t)
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	address, _ := testservers.PostgreSQL(t, "host all all 127.0.0.1/32 trust\n", "CREATE ROLE keeper LOGIN SUPERUSER\nCREATE ROLE probe LOGIN\n"+
		"CREATE TABLE orders (id int)\nGRANT ALL ON orders TO PUBLIC\nCREATE TABLE canaries (written timestamptz)\nGRANT ALL ON canaries TO PUBLIC\n"+
		"INSERT INTO orders VALUES (1), (2), (3)\nINSERT INTO canaries VALUES ('"+written.Format(time.RFC3339)+"')\n", string(cert), string(key))
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	login := []string{"-h", host, "-p", port, "-U", "keeper"}
	keeper := func(program string, args ...string) error {
		out, err := exec.CommandContext(t.Context(), filepath.Join(programs, program), append(login, args...)...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w: %s", program, err, out)
		}
		return nil
	}
	c := newCollector(t, fmt.Sprintf(drilled, address), "")
	a := newAgent(t, c, "recovery-1", "recovery")
	backup, script := filepath.Join(a.dir, "shop.sql"), filepath.Join(a.dir, "restore.sh")
	eventually(t, "a backup", 30*time.Second, func() error { return keeper("pg_dump", "-d", "postgres", "-f", backup) })
	// What is written after the backup is lost with the site.
	if err := keeper("psql", "-d", "postgres", "-c", "insert into canaries values (now()); insert into orders values (4)"); err != nil {
		t.Fatal(err)
	}
	write(t, script, "#!/bin/sh\nset -e\n"+filepath.Join(programs, "createdb")+" "+strings.Join(login, " ")+" restored\n"+
		filepath.Join(programs, "psql")+" -q -v ON_ERROR_STOP=1 "+strings.Join(login, " ")+" -d restored -f "+backup+" >/dev/null\necho restored\n")
	if err := os.Chmod(script, 0o700); err != nil {
		t.Fatal(err)
	}
	allowed, err := os.ReadFile(filepath.Join(a.dir, "agent.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(a.dir, "agent.yaml"), string(allowed)+"commands:\n  restore-shop: {run: ["+script+"]}\n")
	c.serve(t)
	a.run(t)
	eventually(t, "the agent runs", 30*time.Second, a.running)

	var d drillAnswer
	var declared time.Time
	eventually(t, "a drill", 30*time.Second, func() error {
		declared = time.Now()
		return drillCall(c, "", `{"plan": "loss", "drill": "restore"}`, &d)
	})
	eventually(t, "the end of the drill", 2*time.Minute, func() error {
		b, err := get(c.url("/api/v1/drills/" + d.ID))
		if err != nil {
			return err
		}
		if err := json.Unmarshal(b, &d); err != nil {
			return err
		}
		if d.State == "running" {
			return errors.New("it runs")
		}
		return nil
	})
	took := time.Since(declared)
	lost := time.Duration(d.Result.RPO) * time.Millisecond
	if !d.Result.Passed || d.State != "incomplete" || len(d.Result.Reasons) > 0 {
		t.Errorf("%+v", d)
	}
	if rto := time.Duration(d.Result.RTO) * time.Millisecond; rto <= 0 || rto > took {
		t.Errorf("the actual RTO is %s, and all took %s", rto, took)
	}
	if want := declared.Sub(written); lost < want-2*time.Second || lost > want+2*time.Second {
		t.Errorf("the actual RPO is %s, want %s", lost, want)
	}
	if err := drillCall(c, "/"+d.ID+"/review", `{"participants": "Ada", "passed": true}`, &d); err != nil || d.State != "complete" {
		t.Errorf("%s, %v", d.State, err)
	}
	page, err := os.ReadFile(filepath.Join(c.dir, "data", "continuity", "continuity.html"))
	if err != nil || !bytes.Contains(page, []byte("Ada Byron")) {
		t.Errorf("the copy of the plans: %v\n%s", err, page)
	}
	t.Logf("restored in %s, %s lost", time.Duration(d.Result.RTO)*time.Millisecond, lost)
}

// drillAnswer is what this test reads of a drill.
type drillAnswer struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Result struct {
		Passed  bool     `json:"passed"`
		Reasons []string `json:"reasons"`
		RTO     int64    `json:"rto_ms"`
		RPO     int64    `json:"rpo_ms"`
	} `json:"result"`
}

func drillCall(c *collector, path, body string, into any) error {
	resp, err := http.Post(c.url("/api/v1/drills"+path), "application/json", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}
