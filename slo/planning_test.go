package slo

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The maintenance of changes counts as the same maintenance of a catalogue
// does that was announced when the change was received, from then on.
func TestPlanningModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		a := w.catalog.Agreements[0]
		var list []ChangeRecord
		written := *w.catalog
		written.Maintenances = slices.Clone(w.catalog.Maintenances)
		for n := range rapid.IntRange(0, 4).Draw(t, "changes") {
			from := rapid.IntRange(-50, worldSeconds).Draw(t, "from")
			x := ChangeRecord{ID: "c-" + string(rune('a'+n)), RecordedAt: second(rapid.IntRange(-100, worldSeconds).Draw(t, "told")), ChangeTerms: ChangeTerms{
				Services: []string{"s", "elsewhere"}, Interval: Interval{second(from), second(from + rapid.IntRange(1, 60).Draw(t, "took"))}, Maintenance: rapid.Bool().Draw(t, "work"),
			}}
			if rapid.Bool().Draw(t, "withdrawn") {
				x.Events = []ChangeEvent{{Act: WithdrawChange}}
			}
			list = append(list, x)
			if v := (Interval{max(x.From, x.RecordedAt), x.To}); x.Maintenance && len(x.Events) == 0 && !v.Empty() {
				announced := x.RecordedAt
				written.Maintenances = append(written.Maintenances, &Maintenance{Name: x.ID, Services: []string{"s"}, Announced: &announced, Once: &v})
			}
		}
		planned := w.catalog.Planning(list)
		day := Interval{second(-500), second(1000)}
		got, want := NewAgreed(a, planned.Maintenances, day), NewAgreed(a, written.Maintenances, day)
		if !slices.Equal(got.Intervals(day), want.Intervals(day)) {
			t.Fatalf("%v, written into the catalogue %v", got.Intervals(day), want.Intervals(day))
		}
		if len(planned.Maintenances) != len(written.Maintenances) || planned.Revision != w.catalog.Revision {
			t.Fatalf("%d works, want %d", len(planned.Maintenances), len(written.Maintenances))
		}
		// Planning again replaces, and nothing leaves the catalogue's own.
		if again := planned.Planning(list); len(again.Maintenances) != len(planned.Maintenances) {
			t.Fatalf("planned twice there are %d works, once %d", len(again.Maintenances), len(planned.Maintenances))
		}
		if none := planned.Planning(nil); len(none.Maintenances) != len(w.catalog.Maintenances) {
			t.Fatalf("%d works are left, the catalogue has %d", len(none.Maintenances), len(w.catalog.Maintenances))
		}
	})
}

// What is told of too late for an agreement's notice takes nothing out of it.
func TestPlanningAndNotice(t *testing.T) {
	day := Interval{second(0), second(86400)}
	notice := 2 * time.Hour
	a := &Agreement{Service: "s", Zone: time.UTC, MaintenanceNotice: &notice}
	c := &Catalog{Services: []*Service{{Name: "s"}}, Agreements: []*Agreement{a}}
	for told, want := range map[int]time.Duration{0: time.Hour, 2*3600 + 1: 0, 3 * 3600: 0} {
		x := ChangeRecord{ID: "c-1", RecordedAt: second(told), ChangeTerms: ChangeTerms{Services: []string{"s"}, Interval: Interval{second(4 * 3600), second(5 * 3600)}, Maintenance: true}}
		if _, excluded := NewAgreed(a, c.Planning([]ChangeRecord{x}).Maintenances, day).In(day); excluded != want {
			t.Errorf("told at %d s: %v excluded, want %v", told, excluded, want)
		}
	}
}
