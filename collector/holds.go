package collector

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// holdsKey is where the settings have the holds.
const holdsKey = "incident_holds"

// maxHolds bounds how many changes of the hold are remembered.
const maxHolds = 1000

// holds are the holds that incidents were and are under, oldest first. An
// outage flaps by the one that was in force when it began, so that another
// catalogue does not regroup what is on record.
type holds []heldFrom

type heldFrom struct {
	From slo.Instant `json:"from"`
	MS   int64       `json:"hold_ms"`
}

// at is the hold in force at an instant, 0 before the first.
func (h holds) at(i slo.Instant) time.Duration {
	for n := len(h) - 1; n >= 0; n-- {
		if h[n].From <= i {
			return time.Duration(h[n].MS) * time.Millisecond
		}
	}
	return 0
}

// with is the holds with another one from an instant on.
func (h holds) with(hold time.Duration, from slo.Instant) holds {
	if len(h) > 0 && h[len(h)-1].MS == hold.Milliseconds() {
		return h
	}
	return append(h[max(0, len(h)+1-maxHolds):len(h):len(h)], heldFrom{from, hold.Milliseconds()})
}

func loadHolds(ctx context.Context, store *sqlstore.Store) (holds, error) {
	b, err := store.Get(ctx, holdsKey)
	if err != nil || b == nil {
		return nil, err
	}
	var h holds
	if err := json.Unmarshal(b, &h); err != nil {
		return nil, fmt.Errorf("reading the holds of incidents: %w", err)
	}
	return h, nil
}

// hold puts the hold of a catalogue in force.
func (v *evaluator) hold(ctx context.Context, hold time.Duration, from slo.Instant) error {
	next := v.holds.with(hold, from)
	if len(next) == len(v.holds) && len(next) > 0 && next[len(next)-1] == v.holds[len(v.holds)-1] {
		return nil
	}
	b, err := json.Marshal(next)
	if err == nil {
		err = v.store.Set(ctx, holdsKey, b)
	}
	if err != nil {
		return fmt.Errorf("storing the hold of incidents: %w", err)
	}
	v.holds = next
	return nil
}

// down are the outages that last at an instant, those that flap as one.
func (v *evaluator) down(at slo.Instant) []slo.Outage {
	v.mu.Lock()
	h := v.holds
	v.mu.Unlock()
	return v.engine.Load().Down(at, h.at)
}
