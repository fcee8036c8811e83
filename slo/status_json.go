package slo

import (
	"encoding/json"
	"math/bits"
	"strconv"
)

// statusJSON is an objective's figures as replay and the API write them:
// milliseconds, instants in UTC, percentages to six decimals, null where there
// is nothing to divide by or nothing is settled.
type statusJSON struct {
	Agreement     string           `json:"agreement"`
	Objective     string           `json:"objective"`
	Service       string           `json:"service"`
	Method        string           `json:"method"`
	Window        Interval         `json:"window"`
	At            Instant          `json:"at"`
	AgreedMS      int64            `json:"agreed_ms"`
	UpMS          int64            `json:"up_ms"`
	DownMS        int64            `json:"down_ms"`
	UnknownMS     int64            `json:"unknown_ms"`
	ExcludedMS    int64            `json:"excluded_ms"`
	ForgivenMS    int64            `json:"forgiven_ms"`
	ExemptMS      *int64           `json:"exempt_ms,omitempty"`
	Coverage      percent          `json:"coverage"`
	Slices        *SliceCount      `json:"slices,omitempty"`
	Occurrences   *OccurrenceCount `json:"occurrences,omitempty"`
	Latency       *latencyJSON     `json:"latency,omitempty"`
	LongOutages   *outagesJSON     `json:"long_outages,omitempty"`
	Requests      *requestsJSON    `json:"requests,omitempty"`
	Parts         []partJSON       `json:"parts,omitempty"`
	Availability  percent          `json:"availability"`
	Best          percent          `json:"best"`
	Worst         percent          `json:"worst"`
	Target        *json.Number     `json:"target"`
	Met           *bool            `json:"met"`
	BudgetMS      *int64           `json:"budget_ms"`
	BudgetUsedMS  *int64           `json:"budget_used_ms"`
	CreditPercent *json.Number     `json:"credit_percent"`
	Credit        *moneyJSON       `json:"credit,omitempty"`
	ClaimBy       *Instant         `json:"claim_by,omitempty"`
	NextTier      *nextTierJSON    `json:"next_tier,omitempty"`
	Outages       []Interval       `json:"outages"`
	Seen          *seenJSON        `json:"seen,omitempty"`
	Attribution   *attributionJSON `json:"attribution,omitempty"`
	Exclusions    []exclusionJSON  `json:"exclusions,omitempty"`
	Before        *beforeJSON      `json:"before_exclusions,omitempty"`
	BurnRates     []burnJSON       `json:"burn_rates,omitempty"`
}

// burnJSON is a burn rate; null where nothing is known of its window.
type burnJSON struct {
	WindowMS int64    `json:"window_ms"`
	Rate     *float64 `json:"rate"`
}

// latencyJSON is a latency objective's count, and the percentile of its target.
type latencyJSON struct {
	WithinUS int64 `json:"within_us"`
	LatencyCount
	PercentileUS *int64 `json:"percentile_us"`
}

// outagesJSON is a count of outages with what was promised of it.
type outagesJSON struct {
	AtMost int   `json:"at_most"`
	OverMS int64 `json:"over_ms"`
	OutageCount
}

// requestsJSON is a count of requests, with the budget of the whole window.
type requestsJSON struct {
	Probe      string      `json:"probe"`
	Good       json.Number `json:"good"`
	Bad        json.Number `json:"bad"`
	BudgetBad  json.Number `json:"budget_bad"`
	Increments int64       `json:"increments"`
	KnownMS    int64       `json:"known_ms"`
	DueMS      int64       `json:"due_ms"`
}

// attributionJSON is whose the down time was.
type attributionJSON struct {
	OwnMS     int64          `json:"own_ms"`
	SharedMS  int64          `json:"shared_ms"`
	Suppliers []supplierJSON `json:"suppliers"`
}

type supplierJSON struct {
	Supplier string `json:"supplier"`
	DownMS   int64  `json:"down_ms"`
}

// exclusionJSON is an exclusion after the fact.
type exclusionJSON struct {
	Name string `json:"name"`
	Interval
	Cause       string   `json:"cause"`
	Reason      string   `json:"reason"`
	RequestedBy string   `json:"requested_by"`
	ApprovedBy  string   `json:"approved_by"`
	RequestedAt *Instant `json:"requested_at,omitempty"`
	ApprovedAt  *Instant `json:"approved_at,omitempty"`
}

// beforeJSON is the figure without exclusions after the fact.
type beforeJSON struct {
	AgreedMS      int64        `json:"agreed_ms"`
	UpMS          int64        `json:"up_ms"`
	DownMS        int64        `json:"down_ms"`
	UnknownMS     int64        `json:"unknown_ms"`
	Availability  percent      `json:"availability"`
	Met           *bool        `json:"met"`
	CreditPercent *json.Number `json:"credit_percent"`
}

// moneyJSON is an amount as a decimal number.
type moneyJSON struct {
	Amount   json.Number `json:"amount"`
	Currency string      `json:"currency"`
}

// nextTierJSON is how far more credit is.
type nextTierJSON struct {
	EndPercent  json.Number `json:"end_percent"`
	Percent     json.Number `json:"percent"`
	LeftMS      int64       `json:"left_ms"`
	Probability float64     `json:"probability"`
	Outages     int         `json:"outages"`
	ObservedMS  int64       `json:"observed_ms"`
}

// seenJSON is the figure before confirmation, quorum and forgiveness.
type seenJSON struct {
	UpMS         int64   `json:"up_ms"`
	DownMS       int64   `json:"down_ms"`
	UnknownMS    int64   `json:"unknown_ms"`
	Availability percent `json:"availability"`
	Flaps        int     `json:"flaps"`
}

// partJSON is a part of a composite.
type partJSON struct {
	Service string `json:"service"`
	Weight  int64  `json:"weight"`
}

// MarshalJSON writes the figures under stable names; see docs/formats/availability.md.
func (st ObjectiveStatus) MarshalJSON() ([]byte, error) {
	j := statusJSON{
		Agreement: st.Agreement.Name, Objective: st.Objective.Name, Service: st.Agreement.Service,
		Method: st.Objective.Method.String(), Window: st.Window, At: st.At,
		AgreedMS: ms(st.Agreed), UpMS: ms(st.Up), DownMS: ms(st.Down), UnknownMS: ms(st.Unknown),
		ExcludedMS: ms(st.Excluded), ForgivenMS: ms(st.Forgiven),
		Coverage: percent(st.Coverage), Slices: st.Slices, Occurrences: st.Occurrences,
		Availability: percent(st.Availability), Best: percent(st.Best), Worst: percent(st.Worst),
		Outages: st.Outages,
	}
	if st.Agreement.Workload != nil {
		exempt := ms(st.Exempt)
		j.ExemptMS = &exempt
	}
	j.promise(&st)
	j.excluded(&st)
	j.attribute(st.Attribution)
	if x := st.Seen; x != nil {
		j.Seen = &seenJSON{ms(x.Up), ms(x.Down), ms(x.Unknown), percent(x.Availability), x.Flaps}
	}
	j.Met = st.met()
	if st.Budget != nil {
		budget, used := ms(*st.Budget), ms(*st.BudgetUsed)
		j.BudgetMS, j.BudgetUsedMS = &budget, &used
	}
	j.credit(&st)
	for _, b := range st.Burn {
		n := burnJSON{WindowMS: ms(b.Window)}
		if b.Known {
			n.Rate = &b.Rate
		}
		j.BurnRates = append(j.BurnRates, n)
	}
	return json.Marshal(j)
}

// attribute writes whose the down time was.
func (j *statusJSON) attribute(t *Attribution) {
	if t == nil {
		return
	}
	j.Attribution = &attributionJSON{ms(t.Own), ms(t.Shared), []supplierJSON{}}
	for _, s := range t.Suppliers {
		j.Attribution.Suppliers = append(j.Attribution.Suppliers, supplierJSON{s.Supplier, ms(s.Down)})
	}
}

// met is null where nothing is settled.
func (st *ObjectiveStatus) met() *bool {
	if st.Verdict == Insufficient {
		return nil
	}
	met := st.Verdict == Met
	return &met
}

// excluded writes what was excluded after the fact, and the figure without it.
func (j *statusJSON) excluded(st *ObjectiveStatus) {
	for _, x := range st.Exclusions {
		j.Exclusions = append(j.Exclusions, exclusionJSON{x.Name, x.Interval, x.Cause.String(), x.Reason, x.RequestedBy, x.ApprovedBy, x.RequestedAt, x.ApprovedAt})
	}
	if b := st.Before; b != nil {
		j.Before = &beforeJSON{ms(b.Agreed), ms(b.Up), ms(b.Down), ms(b.Unknown), percent(b.Availability), b.met(), nil}
		if b.Credit != nil {
			n := json.Number(b.Credit.Percent())
			j.Before.CreditPercent = &n
		}
	}
}

// credit writes what is owed, and how far more is.
func (j *statusJSON) credit(st *ObjectiveStatus) {
	if st.Credit != nil {
		n := json.Number(st.Credit.Percent())
		j.CreditPercent = &n
	}
	if m := st.Owed; m != nil {
		j.Credit = &moneyJSON{json.Number(m.Number()), m.Currency}
	}
	j.ClaimBy = st.ClaimBy
	if n := st.Next; n != nil {
		j.NextTier = &nextTierJSON{json.Number(n.End.Percent()), json.Number(n.Percent.Percent()), ms(n.Left), n.Probability, n.Outages, ms(n.Observed)}
	}
}

// promise writes what the objective's method promises and counts.
func (j *statusJSON) promise(st *ObjectiveStatus) {
	o := st.Objective
	if o.Method != ByOutages {
		n := json.Number(o.Target.Percent())
		j.Target = &n
	}
	if c := st.Latency; c != nil {
		j.Latency = &latencyJSON{WithinUS: o.Latency.Within.Microseconds(), LatencyCount: *c}
		if us := st.Percentile.Microseconds(); us > 0 {
			j.Latency.PercentileUS = &us
		}
	}
	if c := st.Long; c != nil {
		j.LongOutages = &outagesJSON{o.Outages.Most, ms(o.Outages.Longer), *c}
	}
	if c := st.Requests; c != nil {
		number := func(n int64) json.Number { return json.Number(Thousandths(n)) }
		j.Requests = &requestsJSON{o.Requests.Probe, number(c.Good), number(c.Bad), number(c.Budget), c.Increments, ms(c.Known), ms(c.Due)}
	}
	for _, p := range o.Parts {
		j.Parts = append(j.Parts, partJSON(p))
	}
}

// percent writes a fraction in percent, rounded half up to six decimals.
type percent Fraction

func (p percent) MarshalJSON() ([]byte, error) {
	f := Fraction(p)
	if !f.Valid() {
		return []byte("null"), nil
	}
	return []byte(f.Percent(6)), nil
}

// Percent is f in percent with at most the decimals given (0 to 6), rounded
// half up, without trailing zeros; "" where f is not Valid.
func (f Fraction) Percent(decimals int) string {
	if !f.Valid() {
		return ""
	}
	scale := uint64(1)
	for range decimals {
		scale *= 10
	}
	hi, lo := bits.Mul64(uint64(f.Part), 100*scale)
	lo, carry := bits.Add64(lo, uint64(f.Whole)/2, 0)
	q, _ := bits.Div64(hi+carry, lo, uint64(f.Whole)) // Part ≤ Whole, so the quotient fits
	s := strconv.FormatUint(q/scale, 10)
	if rest := q % scale; rest != 0 {
		d := strconv.FormatUint(scale+rest, 10)[1:]
		for d[len(d)-1] == '0' {
			d = d[:len(d)-1]
		}
		s += "." + d
	}
	return s
}

// String is time, slices, occurrences, latency, outages, composite or requests.
func (m Method) String() string {
	return [...]string{"time", "slices", "occurrences", "latency", "outages", "composite", "requests"}[m]
}

// Timed reports whether the method counts time, rather than things one by one.
func (m Method) Timed() bool { return m == ByTime || m == ByOutages || m == Composite }
