package incident

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

var start = slo.At(time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC))

func at(second int) slo.Instant { return start.Add(time.Duration(second) * time.Second) }

// outages are the stretches of a timeline of u, d and ?, one a second, that
// touch the seconds from to.
func outages(said string, from, to int, causes ...slo.Cause) []slo.Outage {
	var tl slo.Timeline
	for i, c := range said {
		tl.Set(slo.Interval{From: at(i), To: at(i + 1)}, map[rune]slo.State{'u': slo.Up, 'd': slo.Down}[c])
	}
	var out []slo.Outage
	for _, s := range tl.Stretches(slo.Interval{From: at(from), To: at(to)}, at(len(said))) {
		out = append(out, slo.Outage{Service: "shop", Stretch: s, Causes: causes, Agreements: []string{"gold"}})
	}
	return out
}

// records are incidents as a store keeps them.
type records struct {
	hold  time.Duration
	list  []slo.Incident
	calls int
}

// tell reconciles with the timeline as it is now, which changed between two
// seconds, and fails where doing it again would change something.
func (r *records) tell(t interface {
	Helper()
	Fatalf(string, ...any)
}, said string, from, to int, causes ...slo.Cause) []slo.Incident {
	t.Helper()
	r.calls++
	now := at(1000 + r.calls)
	changed := slo.Interval{From: at(from), To: at(to)}
	os := outages(said, from, to, causes...)
	saved := Reconcile("shop", r.list, os, changed, r.hold, now)
	for _, i := range saved {
		fresh := true
		for k := range r.list {
			if r.list[k].ID == i.ID {
				r.list[k], fresh = i, false
			}
		}
		if fresh {
			r.list = append(r.list, i)
		}
	}
	if again := Reconcile("shop", r.list, os, changed, r.hold, now+1); len(again) != 0 {
		t.Fatalf("told the same again, it changes\n%+v", again)
	}
	return saved
}

func (r *records) String() string {
	var b strings.Builder
	for _, i := range r.list {
		if vanished(i) {
			continue
		}
		fmt.Fprintf(&b, "%d-", i.Began.Sub(start)/time.Second)
		if i.Open() {
			fmt.Fprint(&b, "open ")
		} else {
			fmt.Fprintf(&b, "%d(%v) ", i.Restored.Sub(start)/time.Second, i.Downtime)
		}
	}
	return strings.TrimSpace(b.String())
}

func TestReconcile(t *testing.T) {
	type step struct {
		said     string
		from, to int
		want     string // what is on record then, without what vanished
		saved    int    // how many incidents that wrote
	}
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"nothing", []step{{"uuuu", 0, 4, "", 0}}},
		{"opens once", []step{{"uud", 2, 3, "2-open", 1}, {"uudd", 3, 4, "2-open", 0}, {"uuddd", 4, 5, "2-open", 0}}},
		{"restored", []step{{"uudd", 2, 4, "2-open", 1}, {"uuddu", 4, 5, "2-4(2s)", 1}, {"uudduu", 5, 6, "2-4(2s)", 0}}},
		{"unknown after down keeps it open", []step{{"ud", 1, 2, "1-open", 1}, {"ud??", 2, 4, "1-open", 0}, {"ud??u", 4, 5, "1-4(1s)", 1}}},
		{"down again after unknown is the same", []step{{"ud??", 1, 2, "1-open", 1}, {"ud??d", 4, 5, "1-open", 0}, {"ud??du", 5, 6, "1-5(2s)", 1}}},
		{"two outages", []step{{"udu", 1, 3, "1-2(1s)", 1}, {"uduud", 4, 5, "1-2(1s) 4-open", 1}, {"uduudu", 5, 6, "1-2(1s) 4-5(1s)", 1}}},
		{"both at once", []step{{"uduudd", 0, 6, "1-2(1s) 4-open", 2}}},
		{"late data moves the beginning back", []step{{"uuudd", 3, 5, "3-open", 1}, {"uuddd", 2, 3, "2-open", 1}}},
		{"late data moves the beginning on", []step{{"uuddd", 2, 5, "2-open", 1}, {"uuudd", 2, 3, "3-open", 1}}},
		{"late data moves the end", []step{{"udduu", 1, 5, "1-3(2s)", 1}, {"ud?uu", 2, 3, "1-3(1s)", 1}, {"uduuu", 2, 3, "1-2(1s)", 1}, {"udddu", 2, 4, "1-4(3s)", 1}}},
		{"late data bridges two", []step{{"uduudu", 0, 6, "1-2(1s) 4-5(1s)", 2}, {"ud??du", 2, 4, "1-5(2s)", 2}}},
		{"and parts them again", []step{{"uduudu", 0, 6, "1-2(1s) 4-5(1s)", 2}, {"ud??du", 2, 4, "1-5(2s)", 2}, {"uduudu", 2, 4, "1-2(1s) 4-5(1s)", 2}}},
		{"an open one joins the one before", []step{{"uduud", 0, 5, "1-2(1s) 4-open", 2}, {"udddd", 2, 4, "1-open", 2}}},
		{"late data parts one", []step{{"uddddd", 0, 6, "1-open", 1}, {"uduudd", 2, 4, "1-2(1s) 4-open", 2}}},
		{"late data disproves one", []step{{"uudu", 2, 4, "2-3(1s)", 1}, {"uuuu", 2, 3, "", 1}, {"uuuuu", 4, 5, "", 0}}},
		{"late data disproves an open one", []step{{"uud", 2, 3, "2-open", 1}, {"uu?", 2, 3, "", 1}}},
		{"and proves it again", []step{{"uudu", 2, 4, "2-3(1s)", 1}, {"uuuu", 2, 3, "", 1}, {"uudu", 2, 3, "2-3(1s)", 1}}},
		{"down after all", []step{{"uduu", 0, 4, "1-2(1s)", 1}, {"uddd", 2, 4, "1-open", 1}, {"udddu", 4, 5, "1-4(3s)", 1}}},
		{"one that begins where the change ends is left alone", []step{{"??d", 2, 3, "2-open", 1}, {"uud", 0, 2, "2-open", 0}}},
		{"one that is restored where the change begins is left alone", []step{{"udu?", 0, 3, "1-2(1s)", 1}, {"uduu", 3, 4, "1-2(1s)", 0}}},
		{"one that begins anew where another did before", []step{
			{"uuudd", 3, 5, "3-open", 1}, {"uddddu", 1, 6, "1-5(4s)", 1}, {"uduuuu", 2, 5, "1-2(1s)", 1}, {"uduudu", 4, 5, "1-2(1s) 4-5(1s)", 1},
			{"ududu", 3, 5, "1-2(1s) 3-4(1s)", 2}}},
		{"it began later, after what is unknown", []step{{"ud?d?", 1, 5, "1-open", 1}, {"u??d?", 1, 2, "3-open", 1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r records
			for n, s := range c.steps {
				saved := r.tell(t, s.said, s.from, s.to)
				if got := r.String(); got != s.want || len(saved) != s.saved {
					t.Fatalf("step %d, %s: %q by %d writes; want %q by %d", n, s.said, got, len(saved), s.want, s.saved)
				}
			}
		})
	}
}

// The ID of an incident stays, and no two have the same.
func TestIDs(t *testing.T) {
	var r records
	r.tell(t, "uuuddd", 3, 6)
	if want := "shop-20261001T120003.000Z"; r.list[0].ID != want {
		t.Fatalf("%s, want %s", r.list[0].ID, want)
	}
	r.tell(t, "udddddu", 1, 7) // begins earlier: the same incident
	r.tell(t, "uduuuuu", 2, 6)
	r.tell(t, "uduuddu", 3, 6)
	r.tell(t, "ududddu", 3, 4)
	if len(r.list) != 2 || r.list[0].ID != "shop-20261001T120003.000Z" || r.list[1].ID != "shop-20261001T120004.000Z" {
		t.Fatalf("%v", r.list)
	}
	var s records
	s.tell(t, "uuuddd", 3, 6)
	s.tell(t, "udddddu", 1, 7)
	s.tell(t, "ududddu", 2, 3) // the second begins where the first did
	if len(s.list) != 2 || s.list[1].ID != "shop-20261001T120003.000Z-2" {
		t.Fatalf("%v", s.list)
	}
}

func cause(probe, location string) slo.Cause {
	return slo.Cause{Probe: probe, Location: location, Agent: location + "-1", At: at(1), Reason: slo.ConnectRefused, Evidence: "refused"}
}

func kinds(i slo.Incident) (out []slo.EventKind) {
	for _, e := range i.Events {
		out = append(out, e.Kind)
	}
	return out
}

func TestTimelineOfAnIncident(t *testing.T) {
	var r records
	r.tell(t, "ud", 1, 2, cause("web", "eu"))
	r.tell(t, "udd", 2, 3, cause("web", "eu"), cause("web", "us"))
	r.tell(t, "uddd", 3, 4, cause("web", "us"), cause("web", "eu"))
	r.tell(t, "dddd", 0, 1, cause("web", "eu"))
	r.tell(t, "ddddu", 4, 5)
	r.tell(t, "dddddd", 4, 6)
	i := r.list[0]
	want := []slo.EventKind{slo.EventDetected, slo.EventSeenFrom, slo.EventRevised, slo.EventRestored, slo.EventResolved, slo.EventReopened}
	if diff := cmp.Diff(want, kinds(i)); diff != "" {
		t.Error(diff)
	}
	texts := []string{
		"down since 2026-10-01T12:00:01Z; web from eu (eu-1): connect_refused", "web from us (us-1): connect_refused",
		"began 2026-10-01T12:00:00Z, not 2026-10-01T12:00:01Z", "up since 2026-10-01T12:00:04Z, down for 4s", "", "still down",
	}
	for n, e := range i.Events {
		if e.N != n+1 || e.Text != texts[n] || e.Actor != Self || n > 0 && e.At < i.Events[n-1].At {
			t.Errorf("event %d: %+v, want %q", n, e, texts[n])
		}
	}
	if len(i.Causes) != 2 || i.Detected != at(1001) || !i.Open() || i.Restored != 0 || i.Downtime != 0 {
		t.Errorf("%+v", i)
	}
	if diff := cmp.Diff([]string{"gold"}, i.Agreements); diff != "" {
		t.Error(diff)
	}
}

func TestAgreementsFollowTheOutage(t *testing.T) {
	os := outages("ud", 1, 2)
	known := Reconcile("shop", nil, os, slo.Interval{From: at(1), To: at(2)}, 0, at(9))
	os[0].Agreements = []string{"gold", "silver"}
	next := Reconcile("shop", known, os, slo.Interval{From: at(1), To: at(2)}, 0, at(10))
	if len(next) != 1 || len(next[0].Agreements) != 2 || len(next[0].Events) != len(known[0].Events) {
		t.Errorf("%+v", next)
	}
	if len(known[0].Agreements) != 1 {
		t.Error("what was given was changed")
	}
}

func TestAnotherServicesIncidentIsLeftAlone(t *testing.T) {
	other := slo.Incident{ID: "x", Service: "mail", Trigger: slo.ServiceDown, Began: at(1), Detected: at(1)}
	got := Reconcile("shop", []slo.Incident{other}, outages("ud", 1, 2), slo.Interval{From: at(0), To: at(5)}, 0, at(9))
	if len(got) != 1 || got[0].Service != "shop" {
		t.Errorf("%+v", got)
	}
}

// A month of flapping stays readable, and loses nothing that people said.
func TestBounds(t *testing.T) {
	var causes []slo.Cause
	for n := range 2 * MaxCauses {
		causes = append(causes, cause("web", fmt.Sprint(n)))
	}
	var r records
	r.tell(t, "ud", 1, 2, causes...)
	r.tell(t, "udd", 2, 3, append(causes, cause("dns", "eu"))...)
	if n := len(r.list[0].Causes); n != MaxCauses {
		t.Errorf("%d causes", n)
	}
	for n := range MaxEvents {
		if n%100 == 0 {
			var err error
			if r.list[0], err = Act(r.list[0], slo.IncidentEvent{Kind: slo.EventCommented, Actor: "ada", Text: fmt.Sprint("comment ", n), At: at(n)}); err != nil {
				t.Fatal(err)
			}
		}
		r.tell(t, []string{"uddu", "uduu"}[n%2], 2, 3)
	}
	i := r.list[0]
	comments := 0
	for _, e := range i.Events {
		if e.Kind == slo.EventCommented {
			comments++
		}
	}
	if len(i.Events) != MaxEvents || comments != MaxEvents/100 || i.Events[0].Kind != slo.EventDetected || i.Events[MaxEvents-1].At != at(1000+r.calls) {
		t.Errorf("%d events, %d comments, from %v to %v", len(i.Events), comments, i.Events[0], i.Events[len(i.Events)-1])
	}
}

// Whatever is told in whatever order, each stretch of the timeline has exactly
// one incident in the end, which is open where it is not restored.
func TestEachStretchHasOneIncident(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r records
		said := []rune("u")
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			from := len(said)
			if rapid.Bool().Draw(t, "late") {
				from = rapid.IntRange(0, len(said)-1).Draw(t, "from")
			}
			news := []rune(rapid.StringMatching(`u{0,3}d{0,3}[ud?]{1,3}`).Draw(t, "news"))
			said = append(said[:min(from, len(said))], append(news, said[min(len(said), from+len(news)):]...)...)
			r.tell(t, string(said), from, from+len(news))
			agrees(t, r, outages(string(said), 0, len(said)))
		}
	})
}

func agrees(t *rapid.T, r records, want []slo.Outage) {
	byID := map[string]bool{}
	for _, i := range r.list {
		if byID[i.ID] {
			t.Fatalf("two incidents %s", i.ID)
		}
		byID[i.ID] = true
	}
	for _, o := range want {
		n := 0
		for _, i := range r.list {
			if vanished(i) || i.Began != o.From {
				continue
			}
			n++
			if i.Open() == o.Restored || o.Restored && (i.Restored != o.UpFrom || i.Downtime != o.Down) {
				t.Fatalf("%+v of outage %+v", i, o)
			}
		}
		if n != 1 {
			t.Fatalf("%d incidents of outage %+v: %v", n, o, &r)
		}
	}
	live := 0
	for _, i := range r.list {
		if !vanished(i) {
			live++
		}
	}
	if live != len(want) {
		t.Fatalf("%d incidents of %d outages: %v", live, len(want), &r)
	}
}
