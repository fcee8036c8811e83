package ledger

import (
	"encoding/json"
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// ChangeRecord is a change of services that somebody told of, or what he said
// of one. What people wrote stays in its row.
type ChangeRecord struct {
	Change string        `json:"change"` // its ID
	Act    slo.ChangeAct `json:"act"`
	// Maintenance is planned work that the change carries; nil where it carries
	// none. It was announced with this entry.
	Maintenance *ChangeMaintenance `json:"maintenance,omitempty"`
	Row         string             `json:"row"` // SHA-256 of the record or the event: see ChangeLine
}

// ChangeMaintenance is planned work that a change carries.
type ChangeMaintenance struct {
	Services []string `json:"services"`
	slo.Interval
}

// ChangeOf is the body of the entry of an event of a change; of its record the
// event is the zero one.
func ChangeOf(c *slo.ChangeRecord, e slo.ChangeEvent) *ChangeRecord {
	b := &ChangeRecord{Change: c.ID, Act: e.Act, Row: ChangeLine(c, e).Digest()}
	if e.Act == "" {
		b.Act = slo.RecordChange
		if v := c.Planned(); !v.Empty() {
			b.Maintenance = &ChangeMaintenance{c.Services, v}
		}
	}
	return b
}

// Kind is change.
func (*ChangeRecord) Kind() Kind { return KindChange }

// Subject is the change.
func (b *ChangeRecord) Subject() string { return b.Change }

func (b *ChangeRecord) check() error {
	if b.Change == "" || b.Act == "" || b.Maintenance != nil && (b.Act != slo.RecordChange || len(b.Maintenance.Services) == 0 || b.Maintenance.Empty()) {
		return fmt.Errorf("nothing was said of no change")
	}
	return checkRow(b.Row)
}

// ChangeLine is a change and an event of it; of its record the
// event is the zero one.
func ChangeLine(c *slo.ChangeRecord, e slo.ChangeEvent) Line {
	e.Entry = 0
	event, err := json.Marshal(e)
	if err != nil { // it is texts and numbers
		return nil
	}
	record := *c
	record.Entry, record.Events = 0, nil
	terms, err := json.Marshal(record)
	if err != nil {
		return nil
	}
	return Line{"change", string(terms), string(event)}
}
