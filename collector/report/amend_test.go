package report

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// amendedReport is the second edition of the month: late measurements made the
// longest outage longer, and one day worse.
func amendedReport(t testing.TB) Report {
	before := Build(goldInput(t))
	in := goldInput(t)
	in.Edition, in.At = 2, in.At.Add(49*time.Hour)
	in.Ledger.Checkpoint.Size = 60
	s := &in.Ledger.Sealed[0]
	s.Restated = append(s.Restated, Restated{Entry: 44, At: instant(t, "2026-11-03T06:00:00Z"), Reason: "late_measurements", Availability: s.Availability})
	after := Build(in)
	o := &after.Objectives[0]
	o.Times.Down += minutes(12)
	o.Delivered = &Figure{"99.746713", "99.75"}
	day := &after.Objectives[2].Windows.List[5]
	day.Down, day.Delivered, day.Verdict = day.Down+minutes(12), &Figure{"95.1", "95.1"}, Missed
	after.Amends = Amend(&before, &after)
	return after
}

func TestAmend(t *testing.T) {
	r := amendedReport(t)
	a := r.Amends
	if a.Replaces != 1 || len(a.Figures) != 2 {
		t.Fatalf("%+v", a)
	}
	c := a.Figures[0]
	if c.Objective != "availability" || c.Before.Delivered.Shown != "99.77" || c.After.Delivered.Shown != "99.75" || c.After.Down-c.Before.Down != minutes(12) || len(c.Why) != 1 || c.Why[0].Entry != 44 {
		t.Errorf("%+v", c)
	}
	if d := a.Figures[1]; d.Objective != "each-day" || d.Of != r.Objectives[2].Windows.List[5].Of || len(d.Why) != 0 {
		t.Errorf("%+v", d)
	}
	for _, l := range Languages() {
		sameFigures(t, r, l)
		sameTables(t, r, l)
		if err := PDF(io.Discard, r, l); err != nil {
			t.Error(err)
		}
	}
	var text bytes.Buffer
	if err := Text(&text, r, English); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"This edition replaces edition 1 of Sun 1 Nov, 07:00:00 +01:00.", "availability Thu 1 Oct – Sat 31 Oct", "before 99.77 %, missed, down 1 h 41 min, credit 10 %",
		"now 99.75 %, missed, down 1 h 53 min, credit 10 %", "Measurements arrived late; entry 44 of the ledger, Tue 3 Nov, 07:00:00 +01:00.", "each-day Tue 6 Oct",
	} {
		if !contains(text.String(), want) {
			t.Errorf("the text does not say %q:\n%s", want, text.String()[:2500])
		}
	}
}

// What a catalogue brought or took is no change, and a report without changes
// says that it has none.
func TestAmendNothing(t *testing.T) {
	before := Build(goldInput(t))
	after := before
	after.Objectives = append([]Objective{{Name: "new", Of: slo.Interval{From: 1, To: 2}}}, before.Objectives[1:]...)
	after.Amends = Amend(&before, &after)
	if len(after.Amends.Figures) != 0 {
		t.Errorf("%+v", after.Amends)
	}
	b, err := json.Marshal(after)
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(b, &back); err != nil || back.Amends == nil || back.Amends.Figures == nil {
		t.Errorf("%+v, %v", back.Amends, err)
	}
	var text bytes.Buffer
	if err := Text(&text, after, English); err != nil {
		t.Fatal(err)
	}
	if !contains(text.String(), "No figure is another.") {
		t.Errorf("%s", text.String()[:1000])
	}
}

func minutes(n int64) Milliseconds { return Milliseconds(n * 60_000) }
