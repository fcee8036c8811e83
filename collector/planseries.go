package collector

import (
	"context"

	"github.com/assay-sla/assay/collector/continuity"
	"github.com/assay-sla/assay/slo"
)

// planSamples are how ready the continuity plans are at an instant.
func (d *drills) planSamples(ctx context.Context, at slo.Instant) ([]slo.Sample, error) {
	c := d.catalog()
	if len(c.Plans) == 0 {
		return nil, nil
	}
	list, err := d.standings(ctx, c, at)
	var out []slo.Sample
	for i := range list {
		out = append(out, planSamples(&list[i], at)...)
	}
	return out, err
}

// planSamples are the series of one plan. Looks at backups alone test no plan,
// so they are no drills here.
func planSamples(s *continuity.Standing, at slo.Instant) []slo.Sample {
	var out []slo.Sample
	labels := map[string]string{"plan": s.Name}
	add := func(name string, value float64) {
		out = append(out, slo.Sample{Name: name, Value: value, Labels: labels})
	}
	add("assay_plan_rto_target_seconds", s.RTO.Seconds())
	add("assay_plan_rpo_target_seconds", s.RPO.Seconds())
	if len(s.Due) > 0 { // the soonest first
		add("assay_plan_test_due_seconds", s.Due[0].By.Sub(at).Seconds())
		add("assay_plan_test_late", truth(s.Due[0].Late(at)))
	}
	if last := newestTest(s.Past, func(*slo.Drill) bool { return true }); last != nil {
		add("assay_plan_drill_passed", truth(last.Passed()))
	}
	if last := newestTest(s.Past, (*slo.Drill).Passed); last != nil {
		add("assay_plan_passed_age_seconds", max(0, at.Sub(last.Declared)).Seconds())
	}
	if last := newestTest(s.Past, func(d *slo.Drill) bool { r := d.Result(); return r != nil && r.RTO != nil }); last != nil {
		add("assay_plan_rto_seconds", seconds(*last.Result().RTO))
	}
	if last := newestTest(s.Past, func(d *slo.Drill) bool { r := d.Result(); return r != nil && r.RPO != nil }); last != nil {
		add("assay_plan_rpo_seconds", seconds(*last.Result().RPO))
	}
	return out
}

// newestTest is the drill that was declared last of those that are over, test
// a plan, and are as is says; nil where none is.
func newestTest(past []slo.Drill, is func(*slo.Drill) bool) *slo.Drill {
	var last *slo.Drill
	for i := range past {
		d := &past[i]
		if d.Ended() == 0 || d.State() == slo.DrillAborted || d.Terms.Kind == slo.DrillBackup || !is(d) {
			continue
		}
		if last == nil || d.Declared > last.Declared {
			last = d
		}
	}
	return last
}

func seconds(ms int64) float64 { return float64(ms) / 1000 }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
