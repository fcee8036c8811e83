package ledger

import (
	"fmt"
	"slices"

	"github.com/assay-sla/assay/slo"
)

// Plans are the changes that carry planned work, as entries of the ledger tell.
// Their work begins when it was told of at the earliest, and is withdrawn before
// it begins or never: so of a window that is over nothing that comes later
// counts, and the entries before a sealed figure say all that it rests on.
type Plans struct {
	list []slo.ChangeRecord // that were not withdrawn, in order of the entries
}

// Add takes an entry of a change; its error is what no collector would have
// appended. Entries of other kinds are none of its business.
func (p *Plans) Add(e Entry) error {
	b, ok := e.Body.(*ChangeRecord)
	if !ok {
		return nil
	}
	i := slices.IndexFunc(p.list, func(c slo.ChangeRecord) bool { return c.ID == b.Change })
	switch {
	case b.Maintenance != nil && i >= 0:
		return fmt.Errorf("the change %s was told of before", b.Change)
	case b.Maintenance != nil && b.Maintenance.From < e.At:
		return fmt.Errorf("the change %s carries planned work from before it was told of", b.Change)
	case b.Maintenance != nil:
		p.list = append(p.list, slo.ChangeRecord{ID: b.Change, RecordedAt: e.At, ChangeTerms: slo.ChangeTerms{
			Services: b.Maintenance.Services, Interval: b.Maintenance.Interval, Maintenance: true}})
	case b.Act == slo.WithdrawChange && i >= 0:
		if e.At >= p.list[i].From {
			return fmt.Errorf("the planned work of the change %s had begun when it was withdrawn", b.Change)
		}
		p.list = slices.Delete(p.list, i, i+1)
	}
	return nil
}
