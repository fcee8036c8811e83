package slo

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// explanationJSON is an explanation as `assay explain --output json` writes it;
// docs/formats/explanation.md says what its fields mean.
type explanationJSON struct {
	Figure          ObjectiveStatus        `json:"figure"`
	Until           Instant                `json:"until"`
	Up              string                 `json:"up"`
	Sufficient      bool                   `json:"sufficient"`
	CreditBeforeCap *json.Number           `json:"credit_before_cap"`
	Services        []explainedServiceJSON `json:"services"`

	BadSlices    *badSlicesJSON    `json:"bad_slices,omitempty"`
	LongOutages  *longOutagesJSON  `json:"long_outages,omitempty"`
	Latency      *latencyBandsJSON `json:"latency,omitempty"`
	WereDown     *singlesJSON      `json:"were_down,omitempty"`
	BadRequests  *incrementsJSON   `json:"bad_requests,omitempty"`
	UnreadBefore *Instant          `json:"unread_before,omitempty"`
}

type explainedServiceJSON struct {
	Service         string               `json:"service"`
	Weight          int64                `json:"weight"`
	Availability    percent              `json:"availability"`
	BeyondTermsMS   int64                `json:"beyond_terms_ms"`
	OutsideHoursMS  int64                `json:"outside_hours_ms"`
	ExcludedMS      int64                `json:"excluded_ms"`
	ExemptMS        int64                `json:"exempt_ms,omitempty"`
	AgreedMS        int64                `json:"agreed_ms"`
	UpMS            int64                `json:"up_ms"`
	DownMS          int64                `json:"down_ms"`
	UnknownMS       int64                `json:"unknown_ms"`
	ForgivenMS      int64                `json:"forgiven_ms"`
	TakenOut        []takenOutJSON       `json:"taken_out"`
	TakenOutOmitted omittedJSON          `json:"taken_out_omitted"`
	Down            explainedStretchJSON `json:"down"`
	Unknown         explainedStretchJSON `json:"unknown"`
	Forgiven        explainedStretchJSON `json:"forgiven"`
	Exempt          *exemptJSON          `json:"exempt,omitempty"`
}

type takenOutJSON struct {
	Name string `json:"name"`
	Interval
	Cause       string   `json:"cause"` // planned, or that of an exclusion
	Reason      string   `json:"reason,omitempty"`
	RequestedBy string   `json:"requested_by,omitempty"`
	ApprovedBy  string   `json:"approved_by,omitempty"`
	RequestedAt *Instant `json:"requested_at,omitempty"`
	ApprovedAt  *Instant `json:"approved_at,omitempty"`
	Announced   *Instant `json:"announced,omitempty"`
	Noticed     bool     `json:"noticed"`
	HoursMS     int64    `json:"hours_ms"`
	ExcludedMS  int64    `json:"excluded_ms"`
	OverCapMS   int64    `json:"over_cap_ms"`
	CoveredMS   int64    `json:"covered_ms"`
	RefusedMS   int64    `json:"refused_ms"`
}

type omittedJSON struct {
	Count    int   `json:"count"`
	LengthMS int64 `json:"length_ms"`
}

type explainedStretchJSON struct {
	Listed  []stretchJSON `json:"listed"`
	Omitted omittedJSON   `json:"omitted"`
}

type stretchJSON struct {
	Interval
	Unsettled bool        `json:"unsettled,omitempty"`
	Unread    bool        `json:"unread,omitempty"`
	Probes    []probeJSON `json:"probes"`
}

type timesJSON struct {
	UpMS      int64 `json:"up_ms"`
	DownMS    int64 `json:"down_ms"`
	UnknownMS int64 `json:"unknown_ms"`
}

type probeJSON struct {
	Probe string `json:"probe"`
	timesJSON
	Locations []locationJSON `json:"locations"`
}

type locationJSON struct {
	Location string `json:"location"`
	timesJSON
	Agents []wordJSON `json:"agents"`
}

type wordJSON struct {
	Agent string `json:"agent"`
	timesJSON
	*edgesJSON
}

type edgesJSON struct {
	Before       *saidJSON       `json:"before"`
	First        *saidJSON       `json:"first"`
	Worst        *saidJSON       `json:"worst"`
	Last         *saidJSON       `json:"last"`
	After        *saidJSON       `json:"after"`
	Measurements OccurrenceCount `json:"measurements"`
	Gaps         []gapJSON       `json:"gaps,omitempty"`
}

type saidJSON struct {
	Epoch     string  `json:"epoch"`
	Seq       uint64  `json:"seq"`
	At        Instant `json:"at"`
	Outcome   State   `json:"outcome"`
	LatencyUS int64   `json:"latency_us"`
	Reason    Reason  `json:"reason,omitempty"`
	Evidence  string  `json:"evidence,omitempty"`
	ClockOff  bool    `json:"clock_off,omitempty"`
}

type gapJSON struct {
	From   uint64  `json:"from"`
	To     uint64  `json:"to"`
	At     Instant `json:"at"`
	Reason Reason  `json:"reason"`
}

// WriteJSON writes the explanation as a document for programs, which is the
// same wherever it is asked for.
func (x *Explanation) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	if err := e.Encode(x); err != nil {
		return fmt.Errorf("writing the explanation: %w", err)
	}
	return nil
}

// MarshalJSON writes the explanation under stable names.
func (x *Explanation) MarshalJSON() ([]byte, error) {
	j := explanationJSON{Figure: x.Status, Until: x.So.To, Up: x.Expr.String(), Sufficient: x.Sufficient, UnreadBefore: x.Unread,
		BadSlices: x.Slices.json(), LongOutages: x.Long.json(), Latency: x.Latency.json(), WereDown: x.WereDown.json(false), BadRequests: x.Bad.json()}
	if x.Due != nil {
		n := json.Number(x.Due.Percent())
		j.CreditBeforeCap = &n
	}
	for i := range x.Services {
		j.Services = append(j.Services, x.Services[i].json())
	}
	return json.Marshal(j)
}

func (s *ExplainedService) json() explainedServiceJSON {
	j := explainedServiceJSON{
		Service: s.Service, Weight: s.Weight, Availability: percent(s.Availability),
		BeyondTermsMS: ms(s.Time.BeyondTerms), OutsideHoursMS: ms(s.Time.OutsideHours), ExcludedMS: ms(s.Excluded), ExemptMS: ms(s.Exempt), AgreedMS: ms(s.Agreed),
		UpMS: ms(s.Up), DownMS: ms(s.Figures.Down), UnknownMS: ms(s.Figures.Unknown), ForgivenMS: ms(s.Figures.Forgiven),
		TakenOut: []takenOutJSON{}, TakenOutOmitted: s.TakenOutOmitted.json(),
		Down: s.Down.json(), Unknown: s.Unknown.json(), Forgiven: s.Forgiven.json(), Exempt: s.OverLimit.json(),
	}
	for _, o := range s.TakenOut {
		j.TakenOut = append(j.TakenOut, o.json())
	}
	return j
}

func (o Omitted) json() omittedJSON { return omittedJSON{o.Count, ms(o.Length)} }

func (o *TakenOut) json() takenOutJSON {
	j := takenOutJSON{Name: o.Name, Interval: o.Interval, Cause: "planned", Announced: o.Announced, Noticed: o.Noticed,
		HoursMS: ms(o.Hours), ExcludedMS: ms(o.Excluded), OverCapMS: ms(o.OverCap), CoveredMS: ms(o.Covered), RefusedMS: ms(o.Refused)}
	if x := o.Exclusion; x != nil {
		j.Cause, j.Reason, j.RequestedBy, j.ApprovedBy = x.Cause.String(), x.Reason, x.RequestedBy, x.ApprovedBy
		j.RequestedAt, j.ApprovedAt = x.RequestedAt, x.ApprovedAt
	}
	return j
}

func (s *ExplainedStretches) json() explainedStretchJSON {
	j := explainedStretchJSON{Listed: []stretchJSON{}, Omitted: s.Omitted.json()}
	for i := range s.Listed {
		j.Listed = append(j.Listed, s.Listed[i].json())
	}
	return j
}

func (s *ExplainedStretch) json() stretchJSON {
	j := stretchJSON{Interval: s.Interval, Unsettled: s.Unsettled, Unread: s.Unread, Probes: []probeJSON{}}
	for i := range s.Probes {
		j.Probes = append(j.Probes, s.Probes[i].json())
	}
	return j
}

func (s StateTimes) json() timesJSON { return timesJSON{ms(s.Up), ms(s.Down), ms(s.Unknown)} }

func (p *ExplainedProbe) json() probeJSON {
	j := probeJSON{Probe: p.Probe.Name, timesJSON: p.StateTimes.json(), Locations: []locationJSON{}}
	for _, l := range p.Locations {
		x := locationJSON{l.Location, l.StateTimes.json(), []wordJSON{}}
		for _, w := range l.Words {
			x.Agents = append(x.Agents, wordJSON{w.Agent, w.StateTimes.json(), w.Edges.json()})
		}
		j.Locations = append(j.Locations, x)
	}
	return j
}

func (e *Edges) json() *edgesJSON {
	if e == nil {
		return nil
	}
	j := &edgesJSON{e.Before.json(), e.First.json(), e.Worst.json(), e.Last.json(), e.After.json(), e.OccurrenceCount, nil}
	for _, g := range e.Gaps {
		j.Gaps = append(j.Gaps, gapJSON(g))
	}
	return j
}

func (s *Said) json() *saidJSON {
	if s == nil {
		return nil
	}
	return &saidJSON{s.Epoch, s.Seq, s.At, s.Outcome, int64(s.Latency / time.Microsecond), s.Reason, s.Evidence, ClockOff(s.Offset)}
}
