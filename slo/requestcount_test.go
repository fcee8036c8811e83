package slo

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// requestWorld is a service of which 1000 requests a minute are counted for a
// day from worldStart, as said.
func requestWorld(o Objective, unknown Policy, said func(minute int) (good int64, counted bool)) *Replay {
	r, _ := requestRecords(o, unknown, said)
	return r
}

// requestRecords is a requestWorld with the records that it was given.
func requestRecords(o Objective, unknown Policy, said func(minute int) (good int64, counted bool)) (*Replay, []Record) {
	o.Method, o.Requests = ByRequests, RequestRule{"shop"}
	a := &Agreement{Name: "g", Service: "s", Zone: time.UTC, Unknown: unknown, MinCoverage: One / 10 * 9, Objectives: []Objective{o}}
	c := &Catalog{
		Probes: []*Probe{
			{Name: "shop", Every: time.Minute, Timeout: 10 * time.Second, Hold: time.Minute, Confirm: 1, Locations: Locations{Min: 1}, Spec: &PromQL{}},
			{Name: "web", Hold: 24 * time.Hour, Confirm: 1, Locations: Locations{Min: 1}},
		},
		Services: []*Service{{Name: "s", Up: Expr{Probe: "web"}}}, Agreements: []*Agreement{a},
		Maintenances: []*Maintenance{{Name: "m", Services: []string{"s"}, Once: &Interval{second(12 * 3600), second(13 * 3600)}}},
	}
	r := NewReplay(c, second(48*3600))
	var records []Record
	add := func(agent string, m *Measurement) {
		records = append(records, Record{ID: ID{agent, "", uint64(len(records) + 1)}, Measurement: m})
		r.AddOnce(agent, m)
	}
	add("1", &Measurement{Probe: "web", Location: "eu", At: second(0), Outcome: Up})
	for minute := range 24 * 60 {
		good, counted := said(minute)
		if !counted {
			continue
		}
		end := second(60 * (minute + 1))
		for i, location := range []string{"eu", "us"} { // which count the same
			add(location, &Measurement{Probe: "shop", Location: location, At: end.Add(time.Duration(70+i) * time.Second), Outcome: Up,
				Requests: &Requests{Interval{end.Add(-time.Minute), end}, good * PerRequest, 1000 * PerRequest}})
		}
	}
	return r, records
}

func TestRequestsObjective(t *testing.T) {
	day := Objective{Name: "o", Target: One / 1000 * 999, Window: Window{Period: Day}}
	at := second(24 * 3600)
	const minutes = 23 * 60 // of agreed time
	for _, c := range []struct {
		name    string
		unknown Policy
		said    func(minute int) (int64, bool)
		want    RequestCount
		avail   Fraction
		verdict Verdict
		best    Fraction
	}{
		{"all good", UnknownExcluded, func(int) (int64, bool) { return 1000, true },
			RequestCount{minutes * 1e6, 0, minutes, 23 * time.Hour, 23 * time.Hour, minutes * 1e3}, Fraction{minutes * 1e6, minutes * 1e6}, Met, Fraction{minutes * 1e6, minutes * 1e6}},
		{"bad in maintenance", UnknownExcluded, func(m int) (int64, bool) { return map[bool]int64{true: 0, false: 1000}[m >= 720 && m < 780], true },
			RequestCount{minutes * 1e6, 0, minutes, 23 * time.Hour, 23 * time.Hour, minutes * 1e3}, Fraction{minutes * 1e6, minutes * 1e6}, Met, Fraction{minutes * 1e6, minutes * 1e6}},
		{"the minute after maintenance", UnknownExcluded, func(m int) (int64, bool) { return map[bool]int64{true: 0, false: 1000}[m == 780], true },
			RequestCount{(minutes - 1) * 1e6, 1e6, minutes, 23 * time.Hour, 23 * time.Hour, minutes * 1e3}, Fraction{(minutes - 1) * 1e6, minutes * 1e6}, Met, Fraction{(minutes - 1) * 1e6, minutes * 1e6}},
		{"two bad minutes", UnknownExcluded, func(m int) (int64, bool) { return map[bool]int64{true: 0, false: 1000}[m < 2], true },
			RequestCount{(minutes - 2) * 1e6, 2e6, minutes, 23 * time.Hour, 23 * time.Hour, minutes * 1e3}, Fraction{(minutes - 2) * 1e6, minutes * 1e6}, Missed, Fraction{(minutes - 2) * 1e6, minutes * 1e6}},
		{"half is missing", UnknownExcluded, func(m int) (int64, bool) { return 1000, m%2 == 0 },
			RequestCount{minutes / 2 * 1e6, 0, minutes / 2, 23 * time.Hour / 2, 23 * time.Hour, minutes * 1e3}, Fraction{minutes / 2 * 1e6, minutes / 2 * 1e6}, Insufficient, Fraction{minutes * 1e6, minutes * 1e6}},
		{"half is missing, and down", UnknownDown, func(m int) (int64, bool) { return 1000, m%2 == 0 },
			RequestCount{minutes / 2 * 1e6, 0, minutes / 2, 23 * time.Hour / 2, 23 * time.Hour, minutes * 1e3}, Fraction{minutes / 2 * 1e6, minutes * 1e6}, Insufficient, Fraction{minutes * 1e6, minutes * 1e6}},
		{"half is missing, the rest is bad", UnknownExcluded, func(m int) (int64, bool) { return 900, m%2 == 0 },
			RequestCount{minutes / 2 * 9e5, minutes / 2 * 1e5, minutes / 2, 23 * time.Hour / 2, 23 * time.Hour, minutes * 1e3}, Fraction{minutes / 2 * 9e5, minutes / 2 * 1e6}, Missed, Fraction{minutes / 2 * 19e5, minutes * 1e6}},
		{"nothing is counted", UnknownExcluded, func(int) (int64, bool) { return 0, false },
			RequestCount{Due: 23 * time.Hour}, Fraction{}, Insufficient, Fraction{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := requestWorld(day, c.unknown, c.said).Status(at)[0]
			if d := cmp.Diff(c.want, *st.Requests); d != "" {
				t.Errorf("want -, got +:\n%s", d)
			}
			if st.Availability != c.avail || st.Verdict != c.verdict || st.Best != c.best {
				t.Errorf("availability %v, %v, best %v", st.Availability, st.Verdict, st.Best)
			}
			if st.Coverage != (Fraction{ms(c.want.Known), ms(c.want.Due)}) || st.Seen != nil {
				t.Errorf("coverage %v, seen %v", st.Coverage, st.Seen)
			}
		})
	}
}

// What is not due yet is not missing, and what was not counted by then is not
// known.
func TestRequestsNotDue(t *testing.T) {
	r := requestWorld(Objective{Name: "o", Target: One / 100 * 99, Window: Window{Period: Day}}, UnknownDown, func(m int) (int64, bool) { return 990, m != 5 })
	acc := r.Account(r.catalog.Agreements[0], second(3600))
	o := &r.catalog.Agreements[0].Objectives[0]
	r.settle()
	for at, known := range map[int]time.Duration{
		60 + 70:     0,               // the first is counted at this instant
		60 + 70 + 1: time.Minute,     // and now it was
		6*60 + 70:   5 * time.Minute, // the sixth never comes
		6*60 + 60:   5 * time.Minute,
	} {
		st := acc.Status(o, second(at), second(at))
		if c := st.Requests; c.Known != known || c.Due != known {
			t.Errorf("%d s in: %v known of %v", at, c.Known, c.Due)
		}
	}
	st := acc.Status(o, second(7*60+69), second(7*60+69)) // and is missing when it must have been asked for
	if c := st.Requests; c.Known != 5*time.Minute || c.Due != 5*time.Minute+59*time.Second {
		t.Errorf("%v known of %v", c.Known, c.Due)
	}
	// The budget is that of the whole day, at the rate so far: one of the
	// increments that are missing burns nothing.
	st = acc.Status(o, second(3600), second(3600))
	if c := st.Requests; c.Budget != 23*60*10*PerRequest {
		t.Errorf("a budget of %d", c.Budget)
	}
	for _, b := range acc.BurnRates(o, second(3600), []time.Duration{5 * time.Minute, 30 * time.Minute}) {
		if !b.Known || b.Rate < 0.999 || b.Rate > 1.001 {
			t.Errorf("%+v", b)
		}
	}
	if v := acc.Outlook(o, second(3600)); v != Met {
		t.Errorf("the outlook is %v", v)
	}
}

// Missing increments are missing data, though the service was seen all the time.
func TestRequestsRecentCoverage(t *testing.T) {
	r := requestWorld(Objective{Name: "o", Target: One / 100 * 99, Window: Window{Period: Day}}, UnknownExcluded, func(m int) (int64, bool) { return 1000, m < 60 || m >= 90 })
	acc := r.Account(r.catalog.Agreements[0], second(7200))
	r.settle()
	o := &r.catalog.Agreements[0].Objectives[0]
	if c := acc.RecentCoverage(o, second(7200), time.Hour, MinInstant); c.Compare(One/10*5) > 0 || c.Compare(One/10*4) < 0 {
		t.Errorf("of the last hour %v are known", c)
	}
	if c := acc.RecentCoverage(o, second(3600), time.Hour, MinInstant); c != (Fraction{3_600_000, 3_600_000}) {
		t.Errorf("of the hour before %v are known", c)
	}
	if c := acc.RecentCoverage(o, second(7200), time.Hour, second(6000)); c != (Fraction{3_600_000, 3_600_000}) {
		t.Errorf("since it is asked for %v are known", c)
	}
}

// A budget policy goes by bad requests.
func TestRequestsBudgetSteps(t *testing.T) {
	r := requestWorld(Objective{Name: "o", Target: One / 100 * 99, Window: Window{Period: Day}}, UnknownExcluded, func(m int) (int64, bool) { return 995, true })
	st := r.Status(second(24 * 3600))[0]
	for share, want := range map[Ratio]StepVerdict{One / 2: StepReached, One / 100 * 51: StepAhead} {
		if got := st.Step(BudgetStep{At: share}); got != want {
			t.Errorf("%s %%: %s", share.Percent(), got)
		}
	}
	st = requestWorld(Objective{Name: "o", Target: One, Window: Window{Period: Day}}, UnknownExcluded, func(m int) (int64, bool) { return 995, true }).Status(second(24 * 3600))[0]
	if got := st.Step(BudgetStep{At: One}); got != StepReached {
		t.Errorf("of no budget: %s", got)
	}
}

func TestThousandths(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 1: "0.001", 1500: "1.5", 1_000_000: "1000", 998_500: "998.5", 1e15: "1000000000000"} {
		if got := Thousandths(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
