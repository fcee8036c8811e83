package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// EventType says what happened. The types are stable: receivers choose by
// them.
type EventType string

// The types.
const (
	IncidentOpened       EventType = "incident.opened"       // a service is down, or something else that has an incident
	IncidentAcknowledged EventType = "incident.acknowledged" // somebody has taken it
	IncidentMerged       EventType = "incident.merged"       // it is part of another one, which is told of instead
	IncidentSplit        EventType = "incident.split"        // it is one of its own again
	IncidentRestored     EventType = "incident.restored"     // what it is about is over
	IncidentReopened     EventType = "incident.reopened"     // that was not over after all, or is back while the incident is held
	IncidentFlapping     EventType = "incident.flapping"     // it comes and goes: it is held, and told of again once it is quiet
	IncidentWithdrawn    EventType = "incident.withdrawn"    // closed without being restored: the catalogue has the service no longer
	IncidentVanished     EventType = "incident.vanished"     // late measurements show no outage, or make it part of another
	IncidentRecorded     EventType = "incident.recorded"     // over before the collector knew of it
	IncidentCommented    EventType = "incident.commented"
	IncidentAssigned     EventType = "incident.assigned"    // to somebody, or to nobody
	IncidentMajor        EventType = "incident.major"       // it became a major incident
	IncidentNotMajor     EventType = "incident.not_major"   // and is none after all
	IncidentNearTarget   EventType = "incident.target_near" // 50, 75 or 100 percent of a target are over
	IncidentResolved     EventType = "incident.resolved"    // it needs nobody any more
	IncidentClosed       EventType = "incident.closed"      // and its record is complete
	FreezeBegun          EventType = "freeze.begun"         // the budget policy freezes changes to a service
	FreezeEnded          EventType = "freeze.ended"         // and no longer does
	BudgetReached        EventType = "budget.reached"       // a step of the budget policy that tells people
	ChannelTest          EventType = "channel.test"         // somebody tries the channel
)

// EventTypes lists what a channel can be told, in the order of the
// documentation. ChannelTest is not among them: it goes to the one that is
// tried.
func EventTypes() []EventType {
	return []EventType{
		IncidentOpened, IncidentAcknowledged, IncidentMerged, IncidentSplit, IncidentRestored, IncidentReopened, IncidentFlapping, IncidentWithdrawn,
		IncidentVanished, IncidentRecorded, IncidentCommented, IncidentAssigned, IncidentMajor, IncidentNotMajor, IncidentNearTarget,
		IncidentResolved, IncidentClosed, FreezeBegun, FreezeEnded, BudgetReached,
	}
}

// EventVersion is the version of an Event's JSON: docs/formats/webhook.md.
const EventVersion = 1

// Bounds of what an event carries, so that no receiver refuses it for its
// size.
const (
	maxSummary  = 500     // bytes
	maxCauses   = 20      // of an incident
	maxEvidence = 1 << 10 // bytes of each cause
)

// Event is one thing that happened, as channels tell of it. Its JSON is the
// body of a webhook, and its fields are what an ITSM hook's template sees.
type Event struct {
	Version  int            `json:"version"`
	ID       string         `json:"id"` // 32 hexadecimal digits, from what caused it: what has the same is the same
	Type     EventType      `json:"type"`
	At       slo.Instant    `json:"timestamp"` // when the collector knew
	Severity slo.Severity   `json:"severity"`
	Service  string         `json:"service,omitempty"`
	Summary  string         `json:"summary"`        // one line
	Link     string         `json:"link,omitempty"` // of the page that shows it
	Incident *IncidentFacts `json:"incident,omitempty"`
	Budget   *BudgetFacts   `json:"budget,omitempty"`
}

// IncidentFacts is what an event tells of an incident, as it stands after it.
type IncidentFacts struct {
	ID             string      `json:"id"`
	Trigger        slo.Trigger `json:"trigger"`               // what opened it
	AffectedBy     string      `json:"affected_by,omitempty"` // the service that took this one down, when it went down
	PartOf         string      `json:"part_of,omitempty"`     // ID of the incident that it is part of
	Began          slo.Instant `json:"began_at"`
	Detected       slo.Instant `json:"detected_at"`
	Restored       slo.Instant `json:"restored_at,omitzero"`
	Resolved       slo.Instant `json:"resolved_at,omitzero"`
	DowntimeMS     int64       `json:"downtime_ms"` // 0 while it lasts
	Acknowledged   slo.Instant `json:"acknowledged_at,omitzero"`
	AcknowledgedBy string      `json:"acknowledged_by,omitempty"`
	Agreements     []string    `json:"agreements"` // that the outage counts against
	Causes         []slo.Cause `json:"causes"`
	Closed         slo.Instant `json:"closed_at,omitzero"`
	Priority       int         `json:"priority,omitempty"` // 1 to 5; 0 before it has one
	Assignee       string      `json:"assignee,omitempty"`
	MajorOwner     string      `json:"major_owner,omitempty"`  // who leads it as a major incident; "" where it is none
	ClosureCode    string      `json:"closure_code,omitempty"` // what people said that it was
	Flapping       bool        `json:"flapping,omitempty"`     // it comes and goes, and is told of again once it is quiet
	Actor          string      `json:"actor"`                  // who did it; assay for what happened by itself
	Comment        string      `json:"comment,omitempty"`      // what was said with it
}

// BudgetFacts is what an event tells of a step of a budget policy.
type BudgetFacts struct {
	Agreement string       `json:"agreement"`
	Objective string       `json:"objective"`
	Step      string       `json:"step_percent"` // of the error budget, such as 80
	Action    string       `json:"action"`       // notify, freeze or incident
	Since     slo.Instant  `json:"since"`
	Until     slo.Instant  `json:"until,omitzero"` // of a freeze: when it is lifted if no more of the budget is used
	BudgetMS  int64        `json:"budget_ms"`
	UsedMS    int64        `json:"used_ms"`
	BudgetBad json.Number  `json:"budget_bad,omitempty"` // bad requests, where the objective counts these: then both times are 0
	UsedBad   json.Number  `json:"used_bad,omitempty"`
	Window    slo.Interval `json:"window"`
}

// Subject is what the event is about. Events about one subject reach a channel
// in the order in which they happened.
func (e Event) Subject() string {
	switch {
	case e.Type == ChannelTest:
		return string(e.Type)
	case e.Incident != nil:
		return "incident " + e.Incident.ID
	case e.Budget != nil:
		return "budget " + e.Budget.key()
	}
	return string(e.Type)
}

// key names a step of an objective.
func (b BudgetFacts) key() string {
	return b.Agreement + "/" + b.Objective + "/" + b.Action + "/" + b.Step
}

// newEvent is an event of a type, with an ID that follows from cause.
func newEvent(t EventType, at slo.Instant, severity slo.Severity, cause ...string) Event {
	return Event{Version: EventVersion, ID: causeID(append([]string{string(t), at.String()}, cause...)...), Type: t, At: at, Severity: severity}
}

// TestEvent is what a channel is tried with. Where the channel is told of
// incidents or budgets it carries made-up ones, so that a template has all that
// it may ask for.
func TestEvent(c ChannelConfig, actor string, at slo.Instant) Event {
	e := newEvent(ChannelTest, at, slo.Ticket, c.Name, actor)
	e.Summary = truncate(fmt.Sprintf("%s tries the channel %s of Assay: nothing has happened", actor, c.Name), maxSummary)
	for _, t := range c.Types() {
		e = sampled(e, t, actor)
	}
	return e
}

// sampled is e with what an event of type t tells besides, made up. There are
// quotation marks, apostrophes and line ends where people's words are, and targets.
func sampled(e Event, t EventType, actor string) Event {
	if strings.HasPrefix(string(t), "incident.") {
		e.Incident = &IncidentFacts{
			ID: "example", Trigger: slo.ServiceDown, Flapping: true, AffectedBy: "example", PartOf: "example", Closed: e.At, Priority: 1, Assignee: actor, MajorOwner: "example", ClosureCode: "fixed", Began: e.At, Detected: e.At, Restored: e.At, Resolved: e.At, Acknowledged: e.At, AcknowledgedBy: actor,
			Agreements: []string{"example"}, Causes: []slo.Cause{{Probe: "example", Location: "example", Agent: "example", At: e.At, Reason: "connect_refused", Evidence: "\"an\nexample\"", Target: "\"example\""}},
			Actor: actor, Comment: "\"an example\"\nthat isn't on one line",
		}
	} else if t != ChannelTest {
		e.Budget = &BudgetFacts{Agreement: "example", Objective: "example", Step: "80", Action: ActionFreeze, Since: e.At, Until: e.At, Window: slo.Interval{From: e.At, To: e.At}}
	}
	return e
}

// causeID makes an ID of what caused something. Equal causes give equal IDs.
func causeID(cause ...string) string {
	h := sha256.New()
	for _, c := range cause {
		fmt.Fprintf(h, "%d:%s", len(c), c)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
