package ledger

import (
	"encoding/json"
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// Drill is what happened to a drill of a continuity plan. What people wrote, and
// what was measured, stays in its row.
type Drill struct {
	Drill string       `json:"drill"` // its ID
	Plan  string       `json:"plan"`
	Act   slo.DrillAct `json:"act"`
	Row   string       `json:"row"` // SHA-256 of the event: see DrillLine
}

// DrillOf is the body of the entry of an event of a drill.
func DrillOf(d *slo.Drill, e slo.DrillEvent) *Drill {
	return &Drill{d.ID, d.Plan, e.Act, DrillLine(d, e).Digest()}
}

// Kind is drill.
func (*Drill) Kind() Kind { return KindDrill }

// Subject is the drill.
func (b *Drill) Subject() string { return b.Drill }

func (b *Drill) check() error {
	if b.Drill == "" || b.Plan == "" || b.Act == "" {
		return fmt.Errorf("nothing happened to no drill")
	}
	return checkRow(b.Row)
}

// DrillLine is a drill and an event of it.
func DrillLine(d *slo.Drill, e slo.DrillEvent) Line {
	e.Entry = 0
	event, err := json.Marshal(e)
	if err != nil { // it is numbers and texts
		return nil
	}
	terms, err := json.Marshal(d.Terms)
	if err != nil {
		return nil
	}
	return Line{"drill", d.ID, d.Plan, d.Name, d.Declared.String(), d.By, string(terms), string(event)}
}
