package collector

import (
	"fmt"
	"maps"

	"github.com/assay-sla/assay/collector/incident"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

// flap is an incident of a service's downtime that comes and goes.
type flap struct {
	id    string
	until slo.Instant // it is held; MaxInstant while the service is down
}

// noteFlap remembers whether an incident flaps, for those who must not wait for
// what is written. One that people opened again is theirs to end.
func (v *evaluator) noteFlap(i *slo.Incident, at slo.Instant) {
	if i.Open() && i.Work.Flapping && !i.Work.Reopened {
		f := flap{i.ID, slo.MaxInstant}
		if !incident.Lasts(i) {
			f.until = i.Restored.Add(v.holds.at(at))
		}
		v.flaps.Store(i.Service, f)
		return
	}
	if f, ok := v.flaps.Load(i.Service); ok && f.(flap).id == i.ID {
		v.flaps.Delete(i.Service)
	}
}

// flapping are the services whose incident comes and goes, and lasts or is held
// at an instant.
func (v *evaluator) flapping(at slo.Instant) map[string]bool {
	out := map[string]bool{}
	v.flaps.Range(func(service, f any) bool {
		if f.(flap).until > at {
			out[service.(string)] = true
		}
		return true
	})
	return out
}

// ofOutage reports whether an alert is on a service that is down.
func ofOutage(labels map[string]string) bool {
	name := labels[notify.LabelAlertname]
	return name == notify.ServiceDown || name == notify.ServiceAffected
}

// heldAlerts are the alerts on outages among the last ones that stand although
// their service is up: its incident flaps, and people are told once that it is
// quiet. Planned work ends them, for it wakes nobody.
func heldAlerts(last, now []notify.Alert, flapping map[string]bool, planned func(service string) bool) []notify.Alert {
	if len(flapping) == 0 {
		return nil
	}
	alerted := map[string]bool{} // services
	for _, a := range now {
		if ofOutage(a.Labels) {
			alerted[a.Labels[notify.LabelService]] = true
		}
	}
	var out []notify.Alert
	for _, a := range last {
		service := a.Labels[notify.LabelService]
		if a.EndsAt != 0 || !ofOutage(a.Labels) || !flapping[service] || alerted[service] || planned(service) {
			continue
		}
		a.Annotations = maps.Clone(a.Annotations)
		a.Annotations[notify.AnnotationDescription] = fmt.Sprintf("%s comes and goes, and is up at present. This stands until it was quiet for a while.", service)
		out = append(out, a)
	}
	return out
}
