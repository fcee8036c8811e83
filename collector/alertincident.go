package collector

import (
	"sync"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/notify"
)

// incidentOf is the ID of the incident that an alert is about, "" where it has
// none or that is not on record yet. It waits for nothing that is written.
func (c *Collector) incidentOf(a *evaluate.Alert) string {
	switch a.Name {
	case notify.ServiceDown, notify.ServiceAffected:
		return idIn(&c.evaluator.ids, a.Labels[notify.LabelService])
	case notify.IncidentTargetNear, notify.IncidentReviewLate:
		return a.Labels[notify.LabelIncident]
	}
	if condition, opens := alertCondition(a); opens {
		return idIn(&c.conditions.ids, condition.Key)
	}
	return ""
}

// idIn is the ID that a map of IDs has under a key, "" for none.
func idIn(ids *sync.Map, key string) string {
	id, _ := ids.Load(key)
	text, _ := id.(string)
	return text
}
