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

type intervalsJSON struct {
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

type singlesJSON struct {
	Listed  []singleJSON `json:"listed"`
	Omitted int          `json:"omitted"`
}

type incrementsJSON struct {
	Bad            []incrementJSON       `json:"bad"`
	Omitted        omittedIncrementsJSON `json:"omitted"`
	Missing        []Interval            `json:"missing"`
	MissingOmitted omittedJSON           `json:"missing_omitted"`
}

type omittedIncrementsJSON struct {
	Count int         `json:"count"`
	Bad   json.Number `json:"bad"`
}

// incrementJSON is an increment with the measurement that counted it.
type incrementJSON struct {
	Interval
	GoodCount json.Number `json:"requests_good"`
	BadCount  json.Number `json:"requests_bad"`
	singleJSON
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

func (o *ExplainedOutages) json() *intervalsJSON {
	if o == nil {
		return nil
	}
	return &intervalsJSON{append([]Interval{}, o.Listed...), o.Omitted.json()}
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

func (x *ExplainedRequests) json() *incrementsJSON {
	if x == nil {
		return nil
	}
	number := func(n int64) json.Number { return json.Number(Thousandths(n)) }
	j := &incrementsJSON{
		Bad: []incrementJSON{}, Omitted: omittedIncrementsJSON{x.Omitted.Count, number(x.Omitted.Bad)},
		Missing: append([]Interval{}, x.Missing...), MissingOmitted: x.MissingOmitted.json(),
	}
	for i := range x.Bad {
		v := &x.Bad[i]
		j.Bad = append(j.Bad, incrementJSON{v.Interval, number(v.Good), number(v.Bad), v.ExplainedMeasurement.json(false)})
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
