package ledger

import (
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// What no collector would have appended is found out: work from before it was
// told of, and work that was withdrawn after it had begun.
func TestPlans(t *testing.T) {
	told := slo.Instant(1_000_000)
	work := func(from, to time.Duration) *ChangeRecord {
		return &ChangeRecord{Change: "c-1", Act: slo.RecordChange, Maintenance: &ChangeMaintenance{[]string{"shop"}, slo.Interval{From: told.Add(from), To: told.Add(to)}}}
	}
	withdraw := &ChangeRecord{Change: "c-1", Act: slo.WithdrawChange}
	for name, c := range map[string]struct {
		first Body
		then  Body
		after time.Duration
		want  string
		left  int
	}{
		"work to come":                {work(time.Hour, 2*time.Hour), nil, 0, "", 1},
		"work at once":                {work(0, time.Hour), nil, 0, "", 1},
		"work of the past":            {work(-time.Minute, time.Hour), nil, 0, "from before it was told of", 0},
		"withdrawn in time":           {work(time.Hour, 2*time.Hour), withdraw, time.Hour - time.Millisecond, "", 0},
		"withdrawn too late":          {work(time.Hour, 2*time.Hour), withdraw, time.Hour, "had begun when it was withdrawn", 1},
		"told twice":                  {work(time.Hour, 2*time.Hour), work(time.Hour, 2*time.Hour), 0, "was told of before", 1},
		"a change without work":       {&ChangeRecord{Change: "c-1", Act: slo.RecordChange}, withdraw, time.Hour, "", 0},
		"an entry of another kind":    {&Audit{}, nil, 0, "", 0},
		"a verdict on one under way":  {work(0, time.Hour), &ChangeRecord{Change: "c-1", Act: slo.FailChange}, time.Minute, "", 1},
		"another one that is no work": {work(time.Hour, 2*time.Hour), &ChangeRecord{Change: "c-2", Act: slo.WithdrawChange}, 2 * time.Hour, "", 1},
	} {
		var p Plans
		err := p.Add(Entry{At: told, Body: c.first})
		if err == nil && c.then != nil {
			err = p.Add(Entry{At: told.Add(c.after), Body: c.then})
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) || len(p.list) != c.left {
			t.Errorf("%s: %v, %d left", name, err, len(p.list))
		}
	}
}
