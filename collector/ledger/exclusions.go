package ledger

import (
	"encoding/json"
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// ExclusionRequest is what somebody, the entry's actor, asked to take out of
// agreements after the fact. All that a figure says of an exclusion is here,
// so that sealed ones can be computed again from the ledger and the archive.
type ExclusionRequest struct {
	Exclusion  string   `json:"exclusion"` // its ID
	Agreements []string `json:"agreements"`
	slo.Interval
	Cause  string `json:"cause"`
	Reason string `json:"reason"`
}

// Decision is what the entry's actor did about a request, and what that did to
// figures. The comment stays in its row.
type Decision struct {
	Exclusion string                `json:"exclusion"` // its ID
	Act       slo.ExclusionAct      `json:"act"`
	Effects   []slo.ExclusionEffect `json:"effects"`
	Omitted   int                   `json:"effects_omitted"`
	Row       string                `json:"row"` // SHA-256 of the decision: see DecisionLine
}

// RequestOf is the body of a request's entry.
func RequestOf(r *slo.ExclusionRequest) *ExclusionRequest {
	return &ExclusionRequest{r.ID, r.Agreements, r.Interval, r.Cause.String(), r.Reason}
}

// DecisionOf is the body of the entry of a decision on a request.
func DecisionOf(id string, d slo.ExclusionDecision) *Decision {
	return &Decision{id, d.Act, append([]slo.ExclusionEffect{}, d.Effects...), d.Omitted, DecisionLine(id, d).Digest()}
}

// Kind is exclusion.
func (*ExclusionRequest) Kind() Kind { return KindExclusion }

// Kind is decision.
func (*Decision) Kind() Kind { return KindDecision }

// Subject is the request.
func (b *ExclusionRequest) Subject() string { return b.Exclusion }

// Subject is the request.
func (b *Decision) Subject() string { return b.Exclusion }

func (b *ExclusionRequest) check() error {
	if b.Exclusion == "" || len(b.Agreements) == 0 || b.Empty() {
		return fmt.Errorf("a request for an exclusion of nothing")
	}
	_, err := slo.ParseExclusionCause(b.Cause)
	return err
}

func (b *Decision) check() error {
	if b.Exclusion == "" || b.Act == "" || b.Effects == nil {
		return fmt.Errorf("a decision on nothing")
	}
	return checkRow(b.Row)
}

// RequestLine is a request for an exclusion.
func RequestLine(r *slo.ExclusionRequest) Line {
	fields := Line{"exclusion", r.ID, r.RequestedAt.String(), r.RequestedBy, r.From.String(), r.To.String(), r.Cause.String(), r.Reason}
	return append(fields, r.Agreements...)
}

// DecisionLine is a decision on a request.
func DecisionLine(id string, d slo.ExclusionDecision) Line {
	effects, err := json.Marshal(append([]slo.ExclusionEffect{}, d.Effects...))
	if err != nil { // they are numbers and texts
		return nil
	}
	return Line{"decision", id, d.At.String(), string(d.Act), d.Actor, d.Comment, string(effects), fmt.Sprint(d.Omitted)}
}

// Exclusions are the requests that entries of the ledger tell of.
type Exclusions struct {
	list []slo.ExclusionRequest // in order of the entries
	at   map[string]int         // by ID
}

// Add takes an entry of a request or a decision; its error is what no collector
// would have appended. Entries of other kinds are none of its business.
func (x *Exclusions) Add(e Entry) error {
	switch b := e.Body.(type) {
	case *ExclusionRequest:
		return x.request(e, b)
	case *Decision:
		i, known := x.at[b.Exclusion]
		if !known {
			return fmt.Errorf("the ledger has no request for the exclusion %s", b.Exclusion)
		}
		// The comment, which must be there, is in the row.
		r, err := x.list[i].Decide(slo.ExclusionDecision{Act: b.Act, At: e.At, Actor: e.Actor, Comment: "in the row", Entry: e.Index})
		if err != nil {
			return fmt.Errorf("%s may not do so: %w", e.Actor, err)
		}
		x.list[i] = r
	}
	return nil
}

func (x *Exclusions) request(e Entry, b *ExclusionRequest) error {
	cause, err := slo.ParseExclusionCause(b.Cause)
	if err != nil {
		return err
	}
	r := slo.ExclusionRequest{
		ID: b.Exclusion, Agreements: b.Agreements, Interval: b.Interval, Cause: cause, Reason: b.Reason,
		RequestedBy: e.Actor, RequestedAt: e.At, Entry: e.Index,
	}
	if _, twice := x.at[r.ID]; twice {
		return fmt.Errorf("the exclusion %s was asked for before", r.ID)
	}
	if r.ID != r.ExclusionID() {
		return fmt.Errorf("the exclusion %s does not follow from what was asked, %s does", r.ID, r.ExclusionID())
	}
	if x.at == nil {
		x.at = map[string]int{}
	}
	x.at[r.ID] = len(x.list)
	x.list = append(x.list, r)
	return nil
}

// Over is a catalogue with what the decisions up to an entry take out of it.
// An entry that decided nothing is an error.
func (x *Exclusions) Over(c *slo.Catalog, until int64) (*slo.Catalog, error) {
	for _, r := range x.list {
		for _, d := range r.Decisions {
			if d.Entry == until {
				return c.Excluding(x.list, until), nil
			}
		}
	}
	if until == 0 {
		return c, nil
	}
	return nil, fmt.Errorf("entry %d decided on no exclusion", until)
}

// line is the digest that the row of a request or a decision must have.
func (x *Exclusions) line(b *ExclusionRequest) string {
	if i, known := x.at[b.Exclusion]; known {
		return RequestLine(&x.list[i]).Digest()
	}
	return ""
}
