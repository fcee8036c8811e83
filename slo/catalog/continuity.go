package catalog

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// Bounds and defaults of a continuity plan.
const (
	maxPlanSteps  = 200
	maxDrills     = 50
	maxChecks     = 50
	maxGood       = 100
	maxProse      = 4000 // bytes of a text
	maxRecovery   = 366 * 24 * time.Hour
	maxDrill      = 31 * 24 * time.Hour // as long as an agent's run may take
	minTestEvery  = 24 * time.Hour
	defaultGood   = 3
	withinTargets = 2 // times the RTO a drill goes on by default
)

// plan reads the spec of a ContinuityPlan.
func (r reader) plan(name string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of a ContinuityPlan", "services", "owner", "rto", "rpo", "invoke", "return", "steps", "testEvery", "changed", "drills")
	if !ok {
		return
	}
	p := &slo.ContinuityPlan{Name: name, Changed: r.optionalInstant(f, "changed")}
	if s := f.need("services"); s != nil {
		p.Services = r.serviceNames(s)
	}
	set(&p.Owner, f.need("owner"), r.line)
	set(&p.RTO, f.need("rto"), r.duration(time.Second, maxRecovery))
	set(&p.RPO, f.need("rpo"), r.duration(0, maxRecovery))
	set(&p.Invoke, f.need("invoke"), r.prose)
	set(&p.Return, f.need("return"), r.prose)
	set(&p.TestEvery, f.need("testEvery"), r.duration(minTestEvery, maxDuration))
	if s := f.need("steps"); s != nil {
		steps, ok := list(r, s, "steps", maxPlanSteps, r.planStep)
		if ok && len(steps) == 0 {
			r.errorf(deref(s), "", "a plan of no steps")
		}
		p.Steps = steps
	}
	if d := f.get("drills"); d != nil {
		r.drills(p, d)
	}
	r.catalog.Plans = append(r.catalog.Plans, p)
}

func (r reader) planStep(n *yaml.Node) (slo.PlanStep, bool) {
	var s slo.PlanStep
	f, ok := r.fields(n, "a step of the plan", "do", "by", "within")
	if !ok {
		return s, false
	}
	fine := set(&s.Do, f.need("do"), r.prose)
	if f.has("by") {
		fine = set(&s.By, f.get("by"), r.line) && fine
	}
	if f.has("within") {
		fine = set(&s.Within, f.get("within"), r.duration(time.Second, maxRecovery)) && fine
	}
	return s, fine
}

// drills reads the drills of a plan.
func (r reader) drills(p *slo.ContinuityPlan, n *yaml.Node) {
	unique := r.distinct("the drill", r.name)
	p.Drills, _ = list(r, n, "drills", maxDrills, func(n *yaml.Node) (slo.PlannedDrill, bool) {
		d, kind := slo.PlannedDrill{}, 0
		f, ok := r.fields(n, "a drill", "name", "kind", "every", "timezone", "run", "checks", "canary", "good", "within")
		if !ok {
			return d, false
		}
		set(&d.Name, f.need("name"), unique)
		if !set(&kind, f.need("kind"), r.choice(drillKindNames()...)) {
			return d, false
		}
		d.Kind, d.RTO, d.RPO = slo.DrillKinds()[kind], p.RTO, p.RPO
		r.drillSchedule(&d, f)
		r.drillTerms(&d, f)
		return d, true
	})
}

func drillKindNames() []string {
	var out []string
	for _, k := range slo.DrillKinds() {
		out = append(out, string(k))
	}
	return out
}

// drillSchedule reads when a drill begins by itself.
func (r reader) drillSchedule(d *slo.PlannedDrill, f fields) {
	if !f.has("every") {
		if f.has("timezone") {
			r.warnf(f.keys["timezone"], "", "timezone has no effect without every")
		}
		return
	}
	d.Schedule = &slo.DrillSchedule{Zone: time.UTC}
	if set(&d.Schedule.Cron, f.get("every"), r.cron) && never(d.Schedule.Cron) {
		r.warnf(f.get("every"), "", "no date ever matches this")
	}
	set(&d.Schedule.Zone, f.get("timezone"), r.timezone)
}

// drillTerms reads what a drill does, as its kind has it.
func (r reader) drillTerms(d *slo.PlannedDrill, f fields) {
	of := fmt.Sprintf("has no place in a drill of kind %s", d.Kind)
	switch d.Kind {
	case slo.DrillTabletop:
		f.refuse(of, "run", "checks", "canary", "good", "within")
		return
	case slo.DrillBackup:
		f.refuse(of, "checks", "canary", "good")
	case slo.DrillFailover:
		f.refuse(of, "run")
	}
	d.Within = min(withinTargets*d.RTO, maxDrill)
	set(&d.Within, f.get("within"), r.duration(time.Second, maxDrill))
	if d.Kind == slo.DrillRestore || d.Kind == slo.DrillBackup {
		r.drillRun(d, f.need("run"))
	}
	if d.Kind == slo.DrillBackup {
		return
	}
	d.Good = defaultGood
	set(&d.Good, f.get("good"), r.integer(1, maxGood))
	if n := f.need("checks"); n != nil {
		for _, ref := range r.mentions(n, "checks", "probe") {
			d.Checks = append(d.Checks, ref.Value)
			r.later(func() { r.drillProbe(ref, ref.Value) })
		}
		slices.Sort(d.Checks)
		if len(d.Checks) > maxChecks {
			r.errorf(deref(n), "", "checks has %d items, more than %d", len(d.Checks), maxChecks)
		}
	}
	if n := f.get("canary"); n != nil && set(&d.Canary, n, r.name) {
		r.later(func() { r.drillProbe(n, d.Canary) })
	}
}

// drillRun reads the probe that an agent runs once. It is one drill's alone, so
// that its measurement is of that drill, and no service's, for it restores.
func (r reader) drillRun(d *slo.PlannedDrill, n *yaml.Node) {
	if !set(&d.Run, n, r.name) {
		return
	}
	name, wanted := d.Run, map[slo.DrillKind]string{slo.DrillRestore: "exec", slo.DrillBackup: "backup"}[d.Kind]
	r.later(func() {
		if !r.drillProbe(n, name) {
			return
		}
		if r.ran[name] {
			r.errorf(n, "give each drill a probe of its own", "the probe %s is run by another drill", name)
		}
		r.ran[name] = true
		for _, p := range r.catalog.Probes {
			if p.Name == name && p.Spec != nil && p.Spec.Kind() != wanted {
				r.errorf(n, "", "a drill of kind %s runs a probe of kind %s, and %s is of kind %s", d.Kind, wanted, name, p.Spec.Kind())
			}
		}
		for _, s := range r.catalog.Services {
			if s.Up.Has(name) {
				r.errorf(n, "give the drill a probe of its own", "the probe %s is of the service %s, and runs at all times", name, s.Name)
			}
		}
	})
}

// drillProbe checks the mention of a probe in a drill.
func (r reader) drillProbe(n *yaml.Node, name string) bool {
	ok := r.refer(n, 0, kindProbe, name)
	if ok && r.counting[name] {
		r.errorf(n, "", "the probe %s counts requests: it is never down", name)
	}
	return ok
}

// prose parses a text of one or more lines.
func (r reader) prose(n *yaml.Node) (string, bool) {
	return parsed(r, func(s string) (string, error) {
		s = strings.TrimSpace(s)
		switch {
		case s == "":
			return "", fmt.Errorf("%s is empty", quote(s))
		case len(s) > maxProse:
			return "", fmt.Errorf("%s is longer than %d bytes", quote(s), maxProse)
		}
		return s, noHostile(strings.NewReplacer("\n", "", "\t", "").Replace(s))
	})(n)
}
