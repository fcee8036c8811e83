package evaluate

import (
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// policyOfAnHour is an SLO of OpenSLO whose policy alerts where its budget burns
// at twice the rate over an hour, for five minutes.
const policyOfAnHour = `
apiVersion: openslo/v1
kind: SLO
metadata: {name: gold}
spec:
  service: shop
  indicatorRef: answers
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Timeslices
  objectives: [{target: 0.9, timeSliceTarget: 1, timeSliceWindow: 1m}]
  alertPolicies: [{alertPolicyRef: burning}]
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: burning}
spec:
  alertWhenBreaching: true
  conditions: [{conditionRef: twice}]
  notificationTargets: [{targetRef: desk}, {metadata: {name: chat}, spec: {target: slack}}]
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: {name: twice}
spec: {severity: page, condition: {kind: burnrate, threshold: 2, lookbackWindow: 1h, alertAfter: 5m}}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: desk}
spec: {target: email}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: answers}
spec:
  ratioMetric:
    good: {metricSource: {type: assay, spec: {probe: web}}}
    total: {metricSource: {type: assay, spec: {probe: web}}}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec: {every: 1m, hold: 1m, confirm: 1, tcp: {address: "web.example:443"}}
`

// A condition that must hold for a while fires when it has, and is reset by each
// instant at which it does not. An hour at twice the rate of 10 % has 12 bad
// slices.
func TestBurnWaits(t *testing.T) {
	cat, problems := catalog.Parse([]catalog.Source{{Name: "c.yaml", Data: []byte(policyOfAnHour)}})
	if cat == nil {
		t.Fatal(problems)
	}
	const minute = time.Minute
	for _, c := range []struct {
		name  string
		downs []slo.Interval // minutes
		after time.Duration
		want  bool
	}{
		{"before it holds", []slo.Interval{{From: 0, To: 60}}, 11 * minute, false},
		{"it has held for too short", []slo.Interval{{From: 0, To: 60}}, 16 * minute, false},
		{"it has held for five minutes", []slo.Interval{{From: 0, To: 60}}, 17*minute + time.Second, true},
		{"while it lasts", []slo.Interval{{From: 0, To: 60}}, 90 * minute, true},
		{"it is over", []slo.Interval{{From: 0, To: 60}}, 109 * minute, false},
		{"it came and went within the five minutes", []slo.Interval{{From: 0, To: 11}, {From: 58, To: 59}, {From: 62, To: 64}}, 65 * minute, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := New(cat, start)
			for n := slo.Instant(-120); start.Add(time.Duration(n)*minute) <= start.Add(c.after); n++ {
				m := &slo.Measurement{Probe: "web", Location: "eu", At: start.Add(time.Duration(n) * minute), Outcome: slo.Up}
				for _, v := range c.downs {
					if v.Contains(n) {
						m.Outcome = slo.Down
					}
				}
				e.Apply([]slo.Entry{{Received: m.At, Record: slo.Record{ID: slo.ID{Agent: "eu-1"}, Measurement: m}}})
			}
			got := named(e.Alerts(start.Add(c.after)), "ErrorBudgetBurn")
			if len(got) > 0 != c.want {
				t.Fatalf("%d alerts", len(got))
			}
			for _, a := range got {
				if a.Labels["notify"] != "chat,desk" || a.Labels["window"] != "1h" || a.Severity != slo.Page {
					t.Errorf("%+v", a)
				}
				if since := a.Since.Sub(start); c.after < 60*minute && (since < 11*minute || since > 13*minute) {
					t.Errorf("it holds since %v", since)
				}
			}
		})
	}
}
