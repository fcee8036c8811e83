package notify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Bounds of PagerDuty's Events API v2
// (https://developer.pagerduty.com/docs/events-api-v2-overview).
const (
	maxPagerDutySummary = 1024      // characters; we count bytes
	maxDedupKey         = 255       // characters
	maxPagerDutyEvent   = 512 << 10 // bytes
)

// pagerDuty sends events to PagerDuty's Events API v2.
type pagerDuty struct{ routingKey Secret }

// pagerDutyAction is the event_action of an event; "" where PagerDuty has none.
// What another incident took along triggers nothing: that one has.
func pagerDutyAction(e Event) string {
	switch e.Type {
	case IncidentOpened, IncidentReopened, IncidentFlapping, IncidentSplit:
		if e.Incident.follows() {
			return ""
		}
		return "trigger"
	case FreezeBegun, ChannelTest:
		return "trigger"
	case IncidentAcknowledged:
		return "acknowledge"
	case IncidentResolved:
		if e.Incident != nil && e.Incident.Actor == self { // it was restored before, and told of
			return ""
		}
		return "resolve"
	case IncidentMerged, IncidentRestored, IncidentWithdrawn, IncidentVanished, FreezeEnded:
		return "resolve"
	}
	return ""
}

// pagerDutyEvent is the body of a request.
type pagerDutyEvent struct {
	RoutingKey string            `json:"routing_key"`
	Action     string            `json:"event_action"`
	DedupKey   string            `json:"dedup_key"`
	Payload    *pagerDutyPayload `json:"payload,omitempty"` // of a trigger
	Client     string            `json:"client,omitempty"`
	ClientURL  string            `json:"client_url,omitempty"`
}

type pagerDutyPayload struct {
	Summary   string      `json:"summary"`
	Source    string      `json:"source"`
	Severity  string      `json:"severity"`
	Timestamp slo.Instant `json:"timestamp"`
	Component string      `json:"component,omitempty"`
	Class     string      `json:"class"`
	Details   Event       `json:"custom_details"`
}

func (p *pagerDuty) compose(e Event, _ time.Time) (composed, error) {
	body := pagerDutyEvent{RoutingKey: string(p.routingKey), Action: pagerDutyAction(e), DedupKey: dedupKey(e)}
	switch body.Action {
	case "":
		return composed{}, fmt.Errorf("PagerDuty has no word for %s", e.Type)
	case "trigger":
		source := e.Service
		if source == "" {
			source = "assay"
		}
		body.Client, body.ClientURL = "Assay", e.Link
		body.Payload = &pagerDutyPayload{
			Summary: truncate(e.Summary, maxPagerDutySummary), Source: source, Severity: pagerDutySeverity(e),
			Timestamp: e.At, Component: e.Service, Class: string(e.Type), Details: e,
		}
	}
	b, err := json.Marshal(body)
	if err == nil && len(b) > maxPagerDutyEvent {
		err = fmt.Errorf("the event has %d bytes, and PagerDuty takes %d", len(b), maxPagerDutyEvent)
	}
	return composed{method: http.MethodPost, contentType: "application/json", body: b}, err
}

// dedupKey joins what is told of one subject into one alert of PagerDuty.
func dedupKey(e Event) string {
	key := "assay " + e.Subject()
	if len(key) > maxDedupKey {
		return "assay " + causeID(key)
	}
	return key
}

// pagerDutySeverity is a severity in PagerDuty's words.
func pagerDutySeverity(e Event) string {
	switch {
	case e.Type == ChannelTest:
		return "info"
	case e.Severity == slo.Page:
		return "critical"
	}
	return "warning"
}
