package slo

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What an explanation lists of requests, and of time over a workload limit, sums
// up with what it leaves out to the figure, and holds the worst of all.
func TestExplainRequests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := &Agreement{Name: "a", Service: "s", Zone: time.UTC, Workload: &WorkloadLimit{Probe: "z", Above: 90, Per: time.Minute},
			Objectives: []Objective{{Name: "o", Target: One / 2, Window: Window{Rolling: time.Hour}, Method: ByRequests, Requests: RequestRule{Probe: "z"}}}}
		counter := &Probe{Name: "z", Every: time.Minute, Locations: Locations{Min: 1}, Spec: &PromQL{}}
		c := &Catalog{
			Probes:     []*Probe{{Name: "p", Every: time.Minute, Hold: time.Hour, Confirm: 1, Locations: Locations{Min: 1}, Spec: &TCP{}}, counter},
			Services:   []*Service{{Name: "s", Up: Expr{Op: OpProbe, Probe: "p"}}},
			Agreements: []*Agreement{a},
		}
		end := second(0).Add(time.Hour)
		r := NewReplay(c, end)
		var records []Record
		worst, bad, over := int64(0), int64(0), time.Duration(0)
		for i := range 60 {
			from := second(60 * i)
			total := rapid.Int64Range(0, 100).Draw(t, "total") * PerRequest
			q := &Requests{Interval{from, from.Add(time.Minute)}, rapid.Int64Range(0, total/PerRequest).Draw(t, "good") * PerRequest, total}
			at := q.To.Add(time.Duration(rapid.IntRange(0, 50).Draw(t, "lag")) * time.Second)
			records = append(records, Record{ID: ID{Agent: "g", Seq: uint64(i)}, Measurement: &Measurement{Probe: "z", Location: "l", At: at, Outcome: Up, Requests: q}})
			switch {
			case a.Workload.exceeded(total, Instant(60_000)):
				over += time.Minute
			case at < end:
				worst, bad = max(worst, q.Bad()), bad+q.Bad()
			}
		}
		for _, rec := range records {
			r.Add(rec)
		}
		limit := rapid.IntRange(1, 70).Draw(t, "limit")
		x := r.Explain(a, &a.Objectives[0], end, limit)
		w := NewWitness(x)
		for _, rec := range records {
			w.Add(rec)
		}
		w.Finish(MinInstant)
		checkIncrements(t, x, worst, bad, limit)
		exempt := x.Services[0].OverLimit.Omitted.Length
		for _, e := range x.Services[0].OverLimit.Listed {
			exempt += e.Length()
			if e.Total*a.Workload.Per.Milliseconds() <= a.Workload.Above*PerRequest*ms(e.Length()) {
				t.Fatalf("%+v is not over the limit", e)
			}
		}
		if exempt != x.Status.Exempt || exempt > over {
			t.Fatalf("%v over the limit is listed of %v, at most %v", exempt, x.Status.Exempt, over)
		}
	})
}

func checkIncrements(t *rapid.T, x *Explanation, worst, bad int64, limit int) {
	listed, top := x.Bad.OmittedBad, int64(0)
	for i, v := range x.Bad.Listed {
		listed += v.Requests.Bad()
		top = max(top, v.Requests.Bad())
		if v.Said == nil || *v.Said.Requests != v.Requests || v.Said.At != v.At {
			t.Fatalf("%+v was counted by %+v", v, v.Said)
		}
		if i > 0 && v.Requests.To <= x.Bad.Listed[i-1].Requests.To {
			t.Fatalf("%+v is listed behind %+v", v, x.Bad.Listed[i-1])
		}
	}
	if listed != x.Status.Requests.Bad || listed != bad || top != worst || len(x.Bad.Listed) > limit || x.Bad.Omitted > 0 && len(x.Bad.Listed) < limit {
		t.Fatalf("%d bad in increments of %d at most are listed with %d left out, and not %d of %d, of which the figure has %d", listed, top, x.Bad.Omitted, bad, worst, x.Status.Requests.Bad)
	}
}
