package ledger

import (
	"encoding/json"
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// ProblemWork is what happened to a problem. What people wrote stays in its row.
type ProblemWork struct {
	Problem string         `json:"problem"` // its ID
	Act     slo.ProblemAct `json:"act"`
	Row     string         `json:"row"` // SHA-256 of the event: see ProblemLine
}

// ProblemOf is the body of the entry of an event of a problem.
func ProblemOf(p *slo.Problem, e slo.ProblemEvent) *ProblemWork {
	return &ProblemWork{p.ID, e.Act, ProblemLine(p, e).Digest()}
}

// Kind is problem.
func (*ProblemWork) Kind() Kind { return KindProblem }

// Subject is the problem.
func (b *ProblemWork) Subject() string { return b.Problem }

func (b *ProblemWork) check() error {
	if b.Problem == "" || b.Act == "" {
		return fmt.Errorf("nothing happened to no problem")
	}
	return checkRow(b.Row)
}

// ProblemLine is a problem and an event of it.
func ProblemLine(p *slo.Problem, e slo.ProblemEvent) Line {
	e.Entry = 0
	event, err := json.Marshal(e)
	if err != nil { // it is numbers and texts
		return nil
	}
	return Line{"problem", p.ID, p.Service, string(p.Mode), string(event)}
}
