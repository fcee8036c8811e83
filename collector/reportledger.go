package collector

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/slo"
)

// reportLedger is what the ledger has of a report's windows, and which edition
// of the month that makes it: one more for each time that figures of it were
// restated.
func (c *Collector) reportLedger(ctx context.Context, in *report.Input, f ledger.Finality) error {
	cp, note, err := c.ledger.Checkpoint(ctx)
	if err != nil {
		return fmt.Errorf("reading the ledger: %w", err)
	}
	out := &report.Ledger{
		Checkpoint: report.Checkpoint{Size: cp.Size, Root: cp.Hash(), At: cp.At, Epoch: cp.Epoch, Key: c.ledger.Key(), Note: string(note)},
		Standing:   string(f.Reason), Waiting: append([]string{}, f.Agents...), Sealed: []report.Sealed{}, Unsealed: []string{},
	}
	restated := map[slo.Instant]bool{}
	for i := range in.Objectives {
		if in.Objectives[i].Window.To > in.Period.To { // sealed later, as another report has it
			continue
		}
		s, err := c.sealedAs(ctx, &in.Objectives[i])
		if err != nil {
			return err
		}
		if s == nil {
			if st := &in.Objectives[i]; f.Final && c.owed(st) && !slices.Contains(out.Unsealed, st.Objective.Name) {
				out.Unsealed = append(out.Unsealed, st.Objective.Name)
			}
			continue
		}
		for _, r := range s.Restated {
			restated[r.At] = true
		}
		out.Sealed = append(out.Sealed, *s)
	}
	in.Ledger, in.Edition = out, 1+len(restated)
	return nil
}

// owed reports whether the ledger is to have the window of a status once it is
// final.
func (c *Collector) owed(st *slo.ObjectiveStatus) bool {
	p := ledger.Promise{Agreement: st.Agreement.Name, Objective: st.Objective.Name, Window: st.Window}
	return st.Objective.Window.Rolling == 0 && c.ledger.owes(p)
}

// sealedAs is what the ledger has of a status's window, nil where that is not
// sealed.
func (c *Collector) sealedAs(ctx context.Context, st *slo.ObjectiveStatus) (*report.Sealed, error) {
	if st.Objective.Window.Rolling > 0 {
		return nil, nil
	}
	p := ledger.Promise{Agreement: st.Agreement.Name, Objective: st.Objective.Name, Window: st.Window}
	list, err := c.ledger.history(ctx, p)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var out *report.Sealed
	for _, f := range list {
		figure, err := availabilityOf(f.Figure)
		if err != nil {
			return nil, err
		}
		if f.Seal != nil {
			out = &report.Sealed{Objective: p.Objective, Of: f.Window, Entry: f.Index, At: f.At, Availability: figure, Restated: []report.Restated{}}
		} else if out != nil {
			out.Restated = append(out.Restated, restatedAs(f, figure))
		}
	}
	if out != nil {
		out.Differs, err = differs(list[len(list)-1].Figure, st)
	}
	return out, err
}

// restatedAs is a restatement as a report has it.
func restatedAs(f figureEntry, figure *json.Number) report.Restated {
	exclusion, _ := ledger.ExclusionOf(f.Later.Reason)
	return report.Restated{Entry: f.Index, At: f.At, Reason: f.Later.Reason, Exclusion: exclusion, Availability: figure}
}

// availabilityOf reads the availability of a figure, nil where it is null.
func availabilityOf(figure []byte) (*json.Number, error) {
	var f struct {
		Availability *json.Number `json:"availability"`
	}
	if err := json.Unmarshal(figure, &f); err != nil {
		return nil, fmt.Errorf("reading a sealed figure: %w", err)
	}
	return f.Availability, nil
}

// differs reports whether a status is another than a sealed figure. When it was
// made does not count.
func differs(sealed []byte, st *slo.ObjectiveStatus) (bool, error) {
	now, err := json.Marshal(st)
	if err != nil {
		return false, err
	}
	changes, err := ledger.Differences(sealed, now)
	for _, c := range changes {
		if c.Field != "at" {
			return true, err
		}
	}
	return false, err
}
