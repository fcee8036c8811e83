package web

import (
	"time"

	"github.com/assay-sla/assay/slo"
)

// The shapes of the API's answers; docs/formats/api.md is their specification.
// Instants are RFC 3339 in UTC, durations milliseconds, and what is not known
// is null.

type statusJSON struct {
	At        slo.Instant   `json:"at"`
	Version   string        `json:"version"`
	StartedAt *slo.Instant  `json:"started_at"`
	Ready     bool          `json:"ready"`
	NotReady  *string       `json:"not_ready"`
	Catalogue catalogueJSON `json:"catalogue"`
}

type catalogueJSON struct {
	Revision  string       `json:"revision"`
	LoadedAt  *slo.Instant `json:"loaded_at"`
	RefusedAt *slo.Instant `json:"refused_at"`
	Problems  []string     `json:"problems"`
}

func statusOf(st Status, at slo.Instant) statusJSON {
	out := statusJSON{
		At: at, Version: st.Version, StartedAt: known(st.Started), Ready: st.NotReady == "",
		Catalogue: catalogueJSON{
			Revision: st.Revision, LoadedAt: known(st.Loaded), RefusedAt: known(st.Refused),
			Problems: append([]string{}, st.Problems...),
		},
	}
	if st.NotReady != "" {
		out.NotReady = &st.NotReady
	}
	return out
}

// known is an instant, nil where there is none.
func known(i slo.Instant) *slo.Instant {
	if i == 0 || i <= slo.MinInstant {
		return nil
	}
	return &i
}

type servicesJSON struct {
	At       slo.Instant   `json:"at"`
	Services []serviceJSON `json:"services"`
	Next     *int          `json:"next_offset"`
}

type serviceJSON struct {
	Name        string                `json:"name"`
	Up          string                `json:"up"`
	State       slo.State             `json:"state"`
	Since       *slo.Instant          `json:"since"`
	Maintenance *maintenanceJSON      `json:"maintenance"`
	Causes      []causeJSON           `json:"causes"`
	Objectives  []slo.ObjectiveStatus `json:"objectives"`
}

type maintenanceJSON struct {
	Name string `json:"name"`
	slo.Interval
}

// causeJSON is slo.Cause with a target fit to be shown, and whose fault it is.
type causeJSON struct {
	slo.Cause
	Fault slo.Fault `json:"fault"`
}

func causesOf(cs []slo.Cause) []causeJSON {
	out := []causeJSON{}
	for _, c := range cs {
		c.Target = shownTarget(c.Target)
		out = append(out, causeJSON{c, c.Reason.Fault()})
	}
	return out
}

func serviceOf(s *slo.ServiceStatus) serviceJSON {
	out := serviceJSON{
		Name: s.Service.Name, Up: s.Service.Up.String(), State: s.State, Since: known(s.Since),
		Causes: causesOf(s.Causes), Objectives: append([]slo.ObjectiveStatus{}, s.Objectives...),
	}
	if p := s.Planned; p != nil {
		out.Maintenance = &maintenanceJSON{p.Name, p.Interval}
	}
	return out
}

type serviceDetailJSON struct {
	At slo.Instant `json:"at"`
	serviceJSON
	Probes []probeJSON `json:"probes"`
	Recent []spanJSON  `json:"recent"`
}

type spanJSON struct {
	slo.Interval
	State slo.State `json:"state"`
}

type probeJSON struct {
	Name      string         `json:"name"`
	Kind      string         `json:"kind"`
	Target    string         `json:"target"`
	EveryMS   int64          `json:"every_ms"`
	State     slo.State      `json:"state"`
	Since     *slo.Instant   `json:"since"`
	Locations []locationJSON `json:"locations"`
}

type locationJSON struct {
	Location string       `json:"location"`
	Counts   bool         `json:"counts"`
	State    slo.State    `json:"state"`
	Since    *slo.Instant `json:"since"`
	Agents   []reportJSON `json:"agents"`
}

// reportJSON is an agent's last measurement.
type reportJSON struct {
	Agent        string       `json:"agent"`
	At           slo.Instant  `json:"at"`
	Outcome      slo.State    `json:"outcome"`
	Reason       *slo.Reason  `json:"reason"`
	Fault        *slo.Fault   `json:"fault"`
	LatencyMS    float64      `json:"latency_ms"`
	Phases       phasesJSON   `json:"phases"`
	Status       int          `json:"status"`
	CertExpiryAt *slo.Instant `json:"cert_expiry_at"`
	Evidence     string       `json:"evidence"`
	OffsetMS     float64      `json:"clock_offset_ms"`
	ClockOff     bool         `json:"clock_off"`
}

type phasesJSON struct {
	ResolveMS   float64 `json:"resolve_ms"`
	ConnectMS   float64 `json:"connect_ms"`
	TLSMS       float64 `json:"tls_ms"`
	FirstByteMS float64 `json:"first_byte_ms"`
	TransferMS  float64 `json:"transfer_ms"`
}

// fineMS is a duration in milliseconds with its microseconds.
func fineMS(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func serviceDetailOf(s *slo.ServiceStatus, at slo.Instant) serviceDetailJSON {
	out := serviceDetailJSON{At: at, serviceJSON: serviceOf(s), Probes: []probeJSON{}, Recent: []spanJSON{}}
	for i := range s.Probes {
		out.Probes = append(out.Probes, probeOf(&s.Probes[i]))
	}
	for _, x := range s.Recent {
		out.Recent = append(out.Recent, spanJSON{x.Interval, x.State})
	}
	return out
}

func probeOf(p *slo.ProbeStatus) probeJSON {
	out := probeJSON{
		Name: p.Probe.Name, EveryMS: p.Probe.Every.Milliseconds(), State: p.State, Since: known(p.Since), Locations: []locationJSON{},
	}
	if p.Probe.Spec != nil {
		out.Kind, out.Target = p.Probe.Spec.Kind(), shownTarget(p.Probe.Spec.Target())
	}
	for _, l := range p.Locations {
		loc := locationJSON{Location: l.Location, Counts: l.Counts, State: l.State, Since: known(l.Since), Agents: []reportJSON{}}
		for _, a := range l.Agents {
			loc.Agents = append(loc.Agents, reportOf(a))
		}
		out.Locations = append(out.Locations, loc)
	}
	return out
}

func reportOf(a slo.AgentReport) reportJSON {
	m, ph := a.Last, a.Last.Phases
	out := reportJSON{
		Agent: a.Agent, At: m.At, Outcome: m.Outcome, LatencyMS: fineMS(m.Latency), Status: m.Status,
		CertExpiryAt: known(m.CertExpiry), Evidence: m.Evidence, OffsetMS: fineMS(m.Offset), ClockOff: slo.ClockOff(m.Offset),
		Phases: phasesJSON{fineMS(ph.Resolve), fineMS(ph.Connect), fineMS(ph.TLS), fineMS(ph.FirstByte), fineMS(ph.Transfer)},
	}
	if m.Reason != "" {
		fault := m.Reason.Fault()
		out.Reason, out.Fault = &m.Reason, &fault
	}
	return out
}

type objectivesJSON struct {
	At         slo.Instant           `json:"at"`
	Objectives []slo.ObjectiveStatus `json:"objectives"`
	Next       *int                  `json:"next_offset"`
}

type incidentsJSON struct {
	At        slo.Instant    `json:"at"`
	Incidents []incidentJSON `json:"incidents"`
	Next      *int           `json:"next_offset"`
}

type incidentJSON struct {
	ID             string              `json:"id"`
	Service        string              `json:"service"`
	Trigger        slo.Trigger         `json:"trigger"`
	Summary        string              `json:"summary"`
	State          IncidentState       `json:"state"`
	Stage          slo.Stage           `json:"stage"`
	BeganAt        slo.Instant         `json:"began_at"`
	DetectedAt     slo.Instant         `json:"detected_at"`
	RestoredAt     *slo.Instant        `json:"restored_at"`
	ResolvedAt     *slo.Instant        `json:"resolved_at"`
	DowntimeMS     int64               `json:"downtime_ms"`
	AcknowledgedAt *slo.Instant        `json:"acknowledged_at"`
	AcknowledgedBy *string             `json:"acknowledged_by"`
	RespondedAt    *slo.Instant        `json:"responded_at"`
	ClosedAt       *slo.Instant        `json:"closed_at"`
	Priority       *int                `json:"priority"`
	Major          *slo.Major          `json:"major"`
	Assignee       string              `json:"assignee"`
	Resolution     *slo.Resolution     `json:"resolution"`
	Parent         string              `json:"parent"`
	Links          []slo.IncidentLink  `json:"links"`
	Causes         []causeJSON         `json:"causes"`
	Agreements     []string            `json:"agreements"`
	Events         []slo.IncidentEvent `json:"events"`
}

// incidentDetailJSON is one incident with what is looked up for it.
type incidentDetailJSON struct {
	incidentJSON
	Parts      []string        `json:"parts"`
	Clocks     []clockJSON     `json:"clocks"`
	Candidates []candidateJSON `json:"change_candidates"` // see docs/changes.md
}

type clockJSON struct {
	Agreement string        `json:"agreement"`
	Kind      slo.ClockKind `json:"kind"`
	TargetMS  int64         `json:"target_ms"`
	ElapsedMS int64         `json:"elapsed_ms"`
	StoppedAt *slo.Instant  `json:"stopped_at"`
	Paused    bool          `json:"paused"`
	BreachAt  *slo.Instant  `json:"breach_at"`
	Missed    bool          `json:"missed"`
}

func clocksJSON(list []slo.IncidentClock) []clockJSON {
	out := []clockJSON{}
	for _, c := range list {
		out = append(out, clockJSON{
			Agreement: c.Agreement, Kind: c.Kind, TargetMS: c.Target.Milliseconds(), ElapsedMS: c.Elapsed.Milliseconds(),
			StoppedAt: known(c.Stopped), Paused: c.Paused, BreachAt: known(c.BreachAt), Missed: c.Missed(),
		})
	}
	return out
}

func incidentOf(i *slo.Incident) incidentJSON {
	out := incidentJSON{
		ID: i.ID, Service: i.Service, Trigger: i.Trigger, Summary: i.Summary, State: ResolvedIncident, Stage: i.Stage(), BeganAt: i.Began, DetectedAt: i.Detected,
		RestoredAt: known(i.Restored), ResolvedAt: known(i.Resolved), DowntimeMS: i.Downtime.Milliseconds(),
		AcknowledgedAt: known(i.Acknowledged), Causes: causesOf(i.Causes),
		Agreements: append([]string{}, i.Agreements...), Events: append([]slo.IncidentEvent{}, i.Events...),
		RespondedAt: known(i.Work.Responded), ClosedAt: known(i.Work.Closed), Major: i.Work.Major, Assignee: i.Work.Assignee, Resolution: i.Work.Resolution,
		Parent: i.Work.Parent, Links: append([]slo.IncidentLink{}, i.Work.Links...),
	}
	if i.Open() {
		out.State = OpenIncident
	}
	if i.Work.Priority != 0 {
		out.Priority = &i.Work.Priority
	}
	if i.Acknowledged != 0 {
		out.AcknowledgedBy = &i.AckedBy
	}
	return out
}

type agentsJSON struct {
	At     slo.Instant `json:"at"`
	Agents []agentJSON `json:"agents"`
	Next   *int        `json:"next_offset"`
}

type agentJSON struct {
	Agent         string       `json:"agent"`
	Location      string       `json:"location"`
	Epoch         string       `json:"epoch"`
	Version       string       `json:"version"`
	StartedAt     *slo.Instant `json:"started_at"`
	SeenAt        *slo.Instant `json:"seen_at"`
	Silent        bool         `json:"silent"`
	NewestAt      *slo.Instant `json:"newest_at"`
	Queued        int64        `json:"queued"`
	OldestAt      *slo.Instant `json:"oldest_at"`
	ClockOffsetMS float64      `json:"clock_offset_ms"`
	ClockOff      bool         `json:"clock_off"`
	Lost          uint64       `json:"lost"`
	Room          *slo.Room    `json:"room"`
	SaturatedAt   *slo.Instant `json:"saturated_at"`

	Labels map[string]string `json:"labels"`
	Seats  int               `json:"seats"`
}

func agentOf(a slo.AgentStatus) agentJSON {
	return agentJSON{
		Agent: a.Agent, Location: a.Location, Epoch: a.Epoch, Version: a.Version, StartedAt: known(a.Started),
		SeenAt: known(a.Seen), Silent: a.Silent, NewestAt: known(a.Newest), Queued: a.Queued, OldestAt: known(a.Oldest),
		ClockOffsetMS: fineMS(a.Offset), ClockOff: slo.ClockOff(a.Offset), Lost: a.Lost,
		Room: a.Room, SaturatedAt: known(a.Saturated), Labels: labels(a.Labels), Seats: a.Seats,
	}
}

// labels are an object also where there are none.
func labels(l map[string]string) map[string]string {
	if l == nil {
		return map[string]string{}
	}
	return l
}
