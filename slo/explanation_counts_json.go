package slo

import (
	"encoding/json"
	"time"
)

type badSlicesJSON struct {
	Listed  []badSliceJSON `json:"listed"`
	Omitted omittedJSON    `json:"omitted"`
}

type badSliceJSON struct {
	stretchJSON
	CountedUpMS      int64           `json:"counted_up_ms"`
	CountedDownMS    int64           `json:"counted_down_ms"`
	CountedUnknownMS int64           `json:"counted_unknown_ms"`
	Measurements     OccurrenceCount `json:"measurements"`
}

type longOutagesJSON struct {
	Listed  []Interval  `json:"listed"`
	Omitted omittedJSON `json:"omitted"`
}

type latencyBandsJSON struct {
	Slow  *singlesJSON     `json:"slow"`
	Bands []bandJSON       `json:"bands"`
	Rank  *latencyRankJSON `json:"rank"`
}

type bandJSON struct {
	OverUS int64 `json:"over_us"`
	ToUS   int64 `json:"to_us"`
	Count  int64 `json:"count"`
}

type latencyRankJSON struct {
	Rank int64 `json:"rank"`
	Of   int64 `json:"of"`
	bandJSON
	Latest singleJSON `json:"latest"`
}

type incrementsJSON struct {
	Listed     []incrementJSON `json:"listed"`
	Omitted    int             `json:"omitted"`
	OmittedBad json.Number     `json:"omitted_bad"`
}

type incrementJSON struct {
	From  Instant     `json:"requests_from"`
	To    Instant     `json:"requests_to"`
	Good  json.Number `json:"good"`
	Bad   json.Number `json:"bad"`
	Count singleJSON  `json:"counted"`
}

type exemptJSON struct {
	Listed  []exemptStretchJSON `json:"listed"`
	Omitted omittedJSON         `json:"omitted"`
}

type exemptStretchJSON struct {
	Interval
	Requests json.Number `json:"requests"`
}

type singlesJSON struct {
	Listed  []singleJSON `json:"listed"`
	Omitted int          `json:"omitted"`
}

// singleJSON is a measurement with who made it, and only its instant where it
// was not found.
type singleJSON struct {
	At       Instant `json:"at"`
	UpToUS   *int64  `json:"up_to_us,omitempty"`
	Unread   bool    `json:"unread,omitempty"`
	Location string  `json:"location,omitempty"`
	Agent    string  `json:"agent,omitempty"`
	*saidJSON
}

func (s *ExplainedSlices) json() *badSlicesJSON {
	if s == nil {
		return nil
	}
	j := &badSlicesJSON{Listed: []badSliceJSON{}, Omitted: s.Omitted.json()}
	for i := range s.Listed {
		v := &s.Listed[i]
		j.Listed = append(j.Listed, badSliceJSON{v.ExplainedStretch.json(), ms(v.Counted.Up), ms(v.Counted.Down), ms(v.Counted.Unknown), v.Measured()})
	}
	return j
}

func (o *ExplainedOutages) json() *longOutagesJSON {
	if o == nil {
		return nil
	}
	return &longOutagesJSON{append([]Interval{}, o.Listed...), o.Omitted.json()}
}

func (l *ExplainedLatency) json() *latencyBandsJSON {
	if l == nil {
		return nil
	}
	j := &latencyBandsJSON{Slow: l.Slow.json(true), Bands: []bandJSON{}}
	for _, b := range l.Bands {
		j.Bands = append(j.Bands, b.json())
	}
	if r := l.Rank; r != nil {
		j.Rank = &latencyRankJSON{r.Rank, r.Of, r.LatencyBand.json(), r.Latest.json(true)}
	}
	return j
}

func (b LatencyBand) json() bandJSON { return bandJSON{us(b.Over), us(b.To), b.Count} }

func us(d time.Duration) int64 { return int64(d / time.Microsecond) }

func (m *ExplainedMeasurements) json(byLatency bool) *singlesJSON {
	if m == nil {
		return nil
	}
	j := &singlesJSON{Listed: []singleJSON{}, Omitted: m.Omitted}
	for i := range m.Listed {
		j.Listed = append(j.Listed, m.Listed[i].json(byLatency))
	}
	return j
}

// json writes what is known of the measurement; of one that is counted by its
// latency also the bound of that.
func (m *ExplainedMeasurement) json(byLatency bool) singleJSON {
	j := singleJSON{At: m.At, Unread: m.Unread, saidJSON: m.Said.json()}
	if byLatency {
		bound := us(m.Latency)
		j.UpToUS = &bound
	}
	if m.Said != nil {
		j.Location, j.Agent = m.Said.Location, m.Said.Agent
	}
	return j
}

func (x *ExplainedIncrements) json() *incrementsJSON {
	if x == nil {
		return nil
	}
	j := &incrementsJSON{Listed: []incrementJSON{}, Omitted: x.Omitted, OmittedBad: requestNumber(x.OmittedBad)}
	for i := range x.Listed {
		v := &x.Listed[i]
		j.Listed = append(j.Listed, incrementJSON{v.Requests.From, v.Requests.To, requestNumber(v.Requests.Good), requestNumber(v.Requests.Bad()), v.json(false)})
	}
	return j
}

// requestNumber writes thousandths of a request as a number of requests.
func requestNumber(n int64) json.Number { return json.Number(Thousandths(n)) }

// json is nil where nothing was over the limit.
func (x *ExplainedExempt) json() *exemptJSON {
	if len(x.Listed) == 0 {
		return nil
	}
	j := &exemptJSON{Omitted: x.Omitted.json()}
	for _, s := range x.Listed {
		j.Listed = append(j.Listed, exemptStretchJSON{s.Interval, requestNumber(s.Total)})
	}
	return j
}
