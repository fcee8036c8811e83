package ledger

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

const compositeCatalogue = `
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 1h, tcp: {address: 'web.example:1'}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: link}
spec: {every: 1h, tcp: {address: 'link.example:1'}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: shop}
spec: {up: web}
---
apiVersion: assay/v1
kind: Service
metadata: {name: network}
spec: {up: link}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: gold}
spec:
  service: shop
  objectives:
  - {name: both, target: 99.9, window: month, method: composite, parts: [{service: shop, weight: 3}, {service: network}]}
  - {name: month, target: 99.9, window: month}
  credits: {objective: month, tiers: [{below: 99.9, percent: 10}], cap: {percent: 2, per: quarter}}
`

// A figure that is sealed is the one that a replay of everything gives, also of
// an objective over several services, and of a credit that earlier windows of
// its cap's period bear upon.
func TestComputeAgainstReplay(t *testing.T) {
	c, problems := catalog.Parse([]catalog.Source{{Name: "all.yaml", Data: []byte(compositeCatalogue)}})
	must(t, problems.Err())
	a, err := archive.Open(t.TempDir(), archive.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, a.Close()) })
	from, to := slo.At(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)), slo.At(time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC))
	var batch []slo.Entry
	n := uint64(0)
	for at := from; at < to; at = at.Add(time.Hour) {
		for i, probe := range []string{"web", "link"} {
			n++
			m := &slo.Measurement{Probe: probe, Location: "eu", At: at, Outcome: slo.Up}
			if hour := at.Sub(from) / time.Hour; hour%(97+40*time.Duration(i)) < 5 {
				m.Outcome, m.Reason = slo.Down, slo.ConnectRefused
			}
			batch = append(batch, slo.Entry{Pos: n, Received: at, Record: slo.Record{ID: slo.ID{Agent: "eu-1", Epoch: "e", Seq: n}, Measurement: m}})
		}
	}
	must(t, a.Append(batch))
	must(t, a.Flush())
	for month := time.July; month <= time.September; month++ {
		window := slo.Month.Holding(slo.At(time.Date(2026, month, 15, 0, 0, 0, 0, time.UTC)), time.UTC)
		done, err := ComputeFor(t.Context(), a.Reader(), c, nil, "gold", window, a.Next(), from)
		must(t, err)
		r := slo.NewReplay(c, done.evidence.To)
		for _, e := range batch {
			r.Add(e.Record)
		}
		account := r.Account(c.Agreements[0], window.To)
		for i := range c.Agreements[0].Objectives {
			o := &c.Agreements[0].Objectives[i]
			want, err := json.Marshal(account.Status(o, done.evidence.To, window.To))
			must(t, err)
			got, err := done.Result(o.Name)
			must(t, err)
			if diff := cmp.Diff(string(want), string(got.Figure)); diff != "" {
				t.Errorf("%s of %s: %s", o.Name, month, diff)
			}
		}
	}
}
