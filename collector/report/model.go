// Package report makes the monthly service report of an agreement: one value
// that holds everything printed (Report), and its faces (HTML, mail, text,
// JSON), which only put that value into words. It computes no availability of
// its own: every figure comes from package slo.
package report

import (
	"encoding/json"

	"github.com/assay-sla/assay/slo"
)

// Report is everything that a service report says. It holds no words of any
// language and no rounding but that of Figure.Shown; its JSON is stable, and
// reading it back gives the same value.
type Report struct {
	Identity        Identity          `json:"identity"`
	Amends          *Amendment        `json:"amends,omitempty"` // what the edition before had otherwise
	Summary         Summary           `json:"summary"`
	Services        []ServiceResult   `json:"services"`            // one for each agreement, by its name
	Decisions       []Decision        `json:"decisions"`           // that are wanted
	Objectives      []Objective       `json:"objectives"`          // as the agreement lists them
	Outages         []Outage          `json:"outages"`             // in agreed time, oldest first
	Forgiven        []Stretch         `json:"forgiven"`            // shorter than the minimum outage, and so not counted
	Incidents       []Incident        `json:"incidents"`           // oldest first
	Planned         []Planned         `json:"planned"`             // oldest first
	Suppliers       []SupplierResult  `json:"suppliers,omitempty"` // by agreement and as it lists them
	Resources       []Resource        `json:"resources,omitempty"` // of the service, by name and series
	Problems        []Problem         `json:"problems,omitempty"`  // of the service, the newest first
	Days            []Day             `json:"days"`                // of the period; empty of several agreements
	Months          []string          `json:"months"`              // of the trends, oldest first; the last is the period
	KPIs            KPIs              `json:"kpis"`
	ServiceRequests []ServiceRequests `json:"service_requests,omitempty"` // of the agreement, then of the service
	Ledger          *Ledger           `json:"ledger"`                     // null where there is none
	Changes         []Change          `json:"changes,omitempty"`          // of the service, oldest first

	Complaints      []Complaint      `json:"complaints,omitempty"`
	Actions         []Action         `json:"actions,omitempty"`
	SupplierRecords []SupplierRecord `json:"supplier_records,omitempty"` // by name

	Satisfaction *Satisfaction `json:"satisfaction,omitempty"` // nil where nobody was asked
	Release      *Release      `json:"release,omitempty"`      // nil where nobody had to release it

	Continuity []ContinuityPlan `json:"continuity,omitempty"` // of the plans that cover the service, by name
}

// Identity says what the report is about and how it was made.
type Identity struct {
	Title         string       `json:"title"` // for the customer
	Scope         Scope        `json:"scope"`
	Agreement     string       `json:"agreement"` // "" of several, as is what their terms say
	Service       string       `json:"service"`   // likewise
	Period        Period       `json:"period"`
	Zone          string       `json:"zone"` // IANA name: of the period and of every local time
	MadeAt        slo.Instant  `json:"made_at"`
	Revision      string       `json:"catalogue_revision"`
	Formula       string       `json:"formula_version"`
	Edition       int          `json:"edition"` // from 1; more where the month was restated
	Standing      Standing     `json:"standing"`
	Unknown       string       `json:"unknown_counts_as"` // excluded, up or down
	MinCoverage   string       `json:"min_coverage"`      // percent
	MinimumOutage Milliseconds `json:"minimum_outage_ms"`
	Workload      *Workload    `json:"workload,omitempty"`  // up to which the agreement promises anything; absent: however much
	Hours         string       `json:"hours"`               // the calendar's name; empty: all the time
	Explained     string       `json:"explained,omitempty"` // URL of the page that explains the figures
	Sources       []Source     `json:"sources,omitempty"`   // probes that the figures come from, by name
	Letterhead    Letterhead   `json:"letterhead"`
}

// Workload is how many requests an agreement promises anything for. What was
// over it is Times.Exempt.
type Workload struct {
	Probe string       `json:"probe"` // that counts them
	Above int64        `json:"above"` // requests, in so much time
	Per   Milliseconds `json:"per_ms"`
}

// Source is a probe that figures come from.
type Source struct {
	Probe string       `json:"probe"`
	Kind  string       `json:"kind"` // http, tcp and so on
	Every Milliseconds `json:"every_ms"`
}

// Standing says whether figures may still change.
type Standing string

// The standings.
const (
	Provisional Standing = "provisional" // late measurements are still taken
	Final       Standing = "final"
)

// Milliseconds is a length of time.
type Milliseconds int64

// Figure is a percentage. Value has up to six decimals, rounded half up, as
// the API shows it; Shown has the digits that the evidence carries, and more
// where fewer would move it across the target.
type Figure struct {
	Value json.Number `json:"value"`
	Shown string      `json:"shown"`
}

// Verdict says whether a target is met.
type Verdict string

// The verdicts.
const (
	Met          Verdict = "met"
	Missed       Verdict = "missed"
	Insufficient Verdict = "insufficient_data"
)

// Times are the parts of a stretch of agreed time; see slo.Figures.
type Times struct {
	Agreed   Milliseconds `json:"agreed_ms"`
	Up       Milliseconds `json:"up_ms"`
	Down     Milliseconds `json:"down_ms"`
	Unknown  Milliseconds `json:"unknown_ms"`
	Excluded Milliseconds `json:"excluded_ms"`
	Forgiven Milliseconds `json:"forgiven_ms"`
	Exempt   Milliseconds `json:"exempt_ms,omitempty"` // over the workload limit
}

// Summary is what page one answers.
type Summary struct {
	Met          int      `json:"met"`
	Missed       int      `json:"missed"`
	Insufficient int      `json:"insufficient_data"`
	SoFar        bool     `json:"so_far"`      // one of them is of a window that runs on
	Credits      []Credit `json:"credits"`     // those above 0
	Earns        bool     `json:"earns"`       // whether the agreement has credits at all
	Unsettled    bool     `json:"unsettled"`   // a credit that insufficient data leave open
	LeastCredit  bool     `json:"least"`       // a credit is the least that is owed
	Outages      int      `json:"outages"`     //
	Times        Times    `json:"times"`       // of the whole period
	Coverage     *Figure  `json:"coverage"`    // of the whole period; null without agreed time
	Longest      []int    `json:"longest"`     // the longest outages, in Report.Outages: at most 3, longest first
	Incidents    int      `json:"incidents"`   //
	StillDown    bool     `json:"still_down"`  // the last outage had not ended
	Disproved    int      `json:"disproved"`   // incidents without any downtime after all
	Uncounted    int      `json:"not_counted"` // incidents that touch no outage of this agreement
}

// Objective is one promise and what became of it. Where the period holds
// several of its windows, the figures are of the deciding one: one that was
// missed, else one without enough data, else one that was met, and of these
// the one with the lowest availability.
type Objective struct {
	Agreement   string               `json:"agreement,omitempty"` // of the report's own objectives
	Service     string               `json:"service,omitempty"`   // likewise
	Name        string               `json:"name"`
	Method      string               `json:"method"`
	Window      string               `json:"window"` // day, week, month, quarter, year, or a rolling length such as 30d
	Rolling     Milliseconds         `json:"rolling_ms"`
	Slice       *Slice               `json:"slice,omitempty"`
	Target      string               `json:"target"` // percent, exact; "" of outages
	Verdict     Verdict              `json:"verdict"`
	SoFar       bool                 `json:"so_far"`    // the window runs on after the figures
	Of          slo.Interval         `json:"of"`        // the window
	Delivered   *Figure              `json:"delivered"` // null where coverage does not suffice
	Best        *Figure              `json:"best"`
	Worst       *Figure              `json:"worst"`
	Coverage    *Figure              `json:"coverage"`
	Times       Times                `json:"times"`
	Budget      *Milliseconds        `json:"budget_ms"`
	BudgetUsed  *Milliseconds        `json:"budget_used_ms"`
	Slices      *slo.SliceCount      `json:"slices,omitempty"`
	Occurrences *slo.OccurrenceCount `json:"occurrences,omitempty"`
	Latency     *Latency             `json:"latency,omitempty"`
	LongOutages *LongOutages         `json:"long_outages,omitempty"`
	Requests    *Requests            `json:"requests,omitempty"`
	Parts       []Part               `json:"parts,omitempty"`
	Seen        *Seen                `json:"seen,omitempty"`        // of methods that count time
	Attribution *Attribution         `json:"attribution,omitempty"` // where suppliers' services are depended on
	Exclusions  []Exclusion          `json:"exclusions,omitempty"`
	Before      *Before              `json:"before_exclusions,omitempty"`
	EarnsCredit bool                 `json:"earns_credit"`
	Credits     []Credit             `json:"credits"` // one for each window that settles one
	Windows     *Windows             `json:"windows"` // null where the period holds one window
	Trend       []Point              `json:"trend"`   // one for each of Report.Months
}

// Slice is the rule of an objective by slices.
type Slice struct {
	Length Milliseconds `json:"length_ms"`
	Bad    string       `json:"bad"` // percent
}

// Latency is what an objective by latency promised and counted.
type Latency struct {
	Bound Milliseconds `json:"bound_ms"`
	slo.LatencyCount
	Percentile *Milliseconds `json:"percentile_ms"` // that the target's share took at most, rounded up
}

// Requests is what an objective by requests counted. Numbers are decimal.
type Requests struct {
	Probe     string       `json:"probe"`
	Good      string       `json:"good"`
	Bad       string       `json:"bad"`
	BudgetBad string       `json:"budget_bad"` // of the whole window
	Known     Milliseconds `json:"known_ms"`
	Due       Milliseconds `json:"due_ms"`
}

// LongOutages is what an objective by outages promised and counted.
type LongOutages struct {
	AtMost int          `json:"at_most"`
	Over   Milliseconds `json:"over_ms"`
	slo.OutageCount
}

// Attribution is whose the down time of an objective was.
type Attribution struct {
	Own       Milliseconds    `json:"own_ms"`
	Shared    Milliseconds    `json:"shared_ms"`
	Suppliers []SupplierShare `json:"suppliers"`
}

// SupplierShare is what one supplier took down alone.
type SupplierShare struct {
	Supplier string       `json:"supplier"`
	Down     Milliseconds `json:"down_ms"`
}

// SupplierResult is what a supplier promised about a service that this one
// depends on, what became of it, and what can be recovered from him.
type SupplierResult struct {
	Supplier  string `json:"supplier"`
	Agreement string `json:"agreement"`
	Service   string `json:"service"`
	Objective
}

// Seen is the figure before confirmation, quorum and forgiveness.
type Seen struct {
	Availability *Figure      `json:"availability"`
	Down         Milliseconds `json:"down_ms"`
	Flaps        int          `json:"flaps"` // outages in it
	Same         bool         `json:"same"`  // nothing was smoothed
}

// Exclusion is time that was taken out after the fact.
type Exclusion struct {
	Name string `json:"name"`
	slo.Interval
	Cause       string `json:"cause"` // maintenance, force-majeure or customer
	Reason      string `json:"reason"`
	RequestedBy string `json:"requested_by"`
	ApprovedBy  string `json:"approved_by"`
	// When, of one that was asked for and approved at the collector.
	RequestedAt *slo.Instant `json:"requested_at,omitempty"`
	ApprovedAt  *slo.Instant `json:"approved_at,omitempty"`
}

// Before is the figure without exclusions after the fact.
type Before struct {
	Availability *Figure `json:"availability"`
	Verdict      Verdict `json:"verdict"`
}

// Part is a service of a composite objective.
type Part struct {
	Service string `json:"service"`
	Weight  int64  `json:"weight"`
}

// Credit is what a window earned.
type Credit struct {
	Agreement string       `json:"agreement"`
	Objective string       `json:"objective"`
	Of        slo.Interval `json:"of"`
	Percent   string       `json:"percent"`
	Amount    string       `json:"amount,omitempty"` // of the fee, a decimal number; "" where no fee is agreed
	Currency  string       `json:"currency,omitempty"`
	ClaimBy   *slo.Instant `json:"claim_by,omitempty"`
	SoFar     bool         `json:"so_far"`
	Least     bool         `json:"least"` // coverage did not suffice: the least that is owed
}

// Windows are the several windows of one objective in the period.
type Windows struct {
	Met          int      `json:"met"`
	Missed       int      `json:"missed"`
	Insufficient int      `json:"insufficient_data"`
	List         []Window `json:"list"`
}

// Window is one of several.
type Window struct {
	Of        slo.Interval `json:"of"`
	Verdict   Verdict      `json:"verdict"`
	SoFar     bool         `json:"so_far"`
	Delivered *Figure      `json:"delivered"`
	Best      *Figure      `json:"best"`
	Down      Milliseconds `json:"down_ms"`
}

// Point is one month of a trend: the deciding window of an objective.
type Point struct {
	Month     string  `json:"month"`
	Verdict   Verdict `json:"verdict"`
	NoData    bool    `json:"no_data"` // nothing at all is known of it
	SoFar     bool    `json:"so_far"`
	Delivered *Figure `json:"delivered"`
	Best      *Figure `json:"best"`
	Worst     *Figure `json:"worst"`
}

// Stretch is an interval with its own length in agreed time.
type Stretch struct {
	slo.Interval
	Agreed Milliseconds `json:"agreed_ms"`
}

// Outage is an interval of down inside agreed time.
type Outage struct {
	Agreement string `json:"agreement"`
	Service   string `json:"service"`
	slo.Interval
	Length   Milliseconds `json:"length_ms"`
	Lasts    bool         `json:"lasts"`           // it had not ended when the figures end
	Incident string       `json:"incident"`        // empty where none is on record
	Detected *slo.Instant `json:"detected"`        // of the incident; null where none is on record
	Restored *slo.Instant `json:"restored"`        // of the incident; null where it had not come
	Whose    *Attribution `json:"whose,omitempty"` // absent where no supplier's service is depended on
	Causes   []Cause      `json:"causes"`

	Drill string `json:"drill,omitempty"` // of a continuity plan that it falls into, as plan / name
}

// Cause is why something was down: one reason of one probe, and from where it
// was seen.
type Cause struct {
	Probe     string     `json:"probe"`
	Target    string     `json:"target"`
	Reason    slo.Reason `json:"reason"`
	Locations []string   `json:"locations"`
	Evidence  string     `json:"evidence"` // of the first that saw it
}

// Incident is the record of an interruption with its clocks. Instants that
// have not come are null.
type Incident struct {
	ID            string           `json:"id"`
	Service       string           `json:"service"`
	Trigger       slo.Trigger      `json:"trigger"`           // what opened it
	Summary       string           `json:"summary,omitempty"` // one line; none of a service that is down
	PartOf        string           `json:"part_of,omitempty"` // ID of the incident that it is part of, and is worked on as
	Whole         *Whole           `json:"whole,omitempty"`   // how PartOf stands; absent where it is not on record
	Priority      int              `json:"priority"`          // 1 to 5; 0 before it has one
	Major         bool             `json:"major"`
	Began         slo.Instant      `json:"began"`
	Detected      slo.Instant      `json:"detected"`
	Acknowledged  *slo.Instant     `json:"acknowledged"`
	AckedBy       string           `json:"acknowledged_by"`
	Responded     *slo.Instant     `json:"responded"` // when work began
	Restored      *slo.Instant     `json:"restored"`
	Resolved      *slo.Instant     `json:"resolved"`
	ToDetect      Milliseconds     `json:"to_detect_ms"`      // from Began
	ToAcknowledge *Milliseconds    `json:"to_acknowledge_ms"` // from Detected
	ToRespond     *Milliseconds    `json:"to_respond_ms"`     // from Detected
	ToRestore     *Milliseconds    `json:"to_restore_ms"`     // from Began
	Downtime      Milliseconds     `json:"downtime_ms"`       // around the clock, not only in agreed time
	Open          bool             `json:"open"`
	Counted       bool             `json:"counted"`   // an outage of this report is part of it
	Forgiven      bool             `json:"forgiven"`  // it is one of Report.Forgiven
	Disproved     bool             `json:"disproved"` // late measurements show no outage
	Targets       []IncidentTarget `json:"targets"`   // of the agreement, for what is worked on
	Comments      []Comment        `json:"comments"`
}

// Whole is how an incident stands that another one is part of. What people write
// about it may concern other customers, and is not in it.
type Whole struct {
	Service        string       `json:"service"`
	Acknowledged   *slo.Instant `json:"acknowledged"`
	AcknowledgedBy string       `json:"acknowledged_by"`
	Restored       *slo.Instant `json:"restored"`
}

// Comment is what somebody wrote about an incident.
type Comment struct {
	At    slo.Instant `json:"at"`
	Actor string      `json:"actor"`
	Text  string      `json:"text"`
}

// Planned is a maintenance in the period.
type Planned struct {
	Name string `json:"name"`
	slo.Interval
	Excluded Milliseconds `json:"excluded_ms"` // of the period's hours that it took out of agreed time
}

// Day is one day of the period on the agreement's calendar.
type Day struct {
	Date  string `json:"date"` // 2006-01-02
	Times Times  `json:"times"`
	State string `json:"state"` // the worst of the day: down, unknown, up, closed (no agreed time) or ahead
}

// KPIs are the key figures of the period. Those that need a failure are null
// where there was none.
type KPIs struct {
	Availability *Figure       `json:"availability"` // by time, of the whole period; null where too little was observed, and of several agreements
	Coverage     *Figure       `json:"coverage"`     // null without agreed time
	Outages      int           `json:"outages"`
	Failures     int           `json:"failures"` // outages of one incident are one
	Downtime     Milliseconds  `json:"downtime_ms"`
	Longest      *Milliseconds `json:"longest_outage_ms"`
	MTRS         *Milliseconds `json:"mtrs_ms"`
	MTBF         *Milliseconds `json:"mtbf_ms"`
	MTBSI        *Milliseconds `json:"mtbsi_ms"`
	Latency      []LatencyAt   `json:"latency,omitempty"`   // of the service's first probe, where an objective counts it; of one agreement
	Recurring    *Recurring    `json:"recurring,omitempty"` // absent where the service had no problem
	Changes      *ChangeKPI    `json:"changes,omitempty"`   // left out without changes
	CSAT         *Figure       `json:"csat"`                // null where nobody voted

	Lengths     []LengthBand  `json:"outage_lengths"` // all bands, shortest first
	Incidents   IncidentCount `json:"incidents"`
	Response    Compliance    `json:"response"`
	Restoration Compliance    `json:"restoration"`
	RTO         *Attainment   `json:"rto_attainment"` // null where no test measured it
	RPO         *Attainment   `json:"rpo_attainment"` // likewise
}
