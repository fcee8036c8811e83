package notify

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

const t0 slo.Instant = 1_790_000_000_000

// named is a firing alert about one service.
func named(service string) Alert {
	return Alert{Labels: map[string]string{LabelAlertname: ServiceDown, LabelService: service}}
}

func (a Alert) from(at slo.Instant) Alert  { a.StartsAt = at; return a }
func (a Alert) until(at slo.Instant) Alert { a.EndsAt = at; return a }

func TestPlan(t *testing.T) {
	minute := func(n int) slo.Instant { return t0.Add(time.Duration(n) * time.Minute) }
	cases := []struct {
		name              string
		current, previous []Alert
		want              []Alert
	}{
		{"nothing", nil, nil, []Alert{}},
		{"new starts now", []Alert{named("a")}, nil, []Alert{named("a").from(t0)}},
		{"new keeps its start", []Alert{named("a").from(minute(-5))}, nil, []Alert{named("a").from(minute(-5))}},
		{"an end in current is ignored", []Alert{named("a").until(minute(-1))}, nil, []Alert{named("a").from(t0)}},
		{"lasting keeps its start", []Alert{named("a")}, []Alert{named("a").from(minute(-9))}, []Alert{named("a").from(minute(-9))}},
		{"a corrected start counts", []Alert{named("a").from(minute(-3))}, []Alert{named("a").from(minute(-9))}, []Alert{named("a").from(minute(-3))}},
		{"left is resolved", nil, []Alert{named("a").from(minute(-9))}, []Alert{named("a").from(minute(-9)).until(t0)}},
		{"left before it began", nil, []Alert{named("a").from(minute(1))}, []Alert{named("a").from(minute(1)).until(minute(1))}},
		{"resolved stays", nil, []Alert{named("a").from(minute(-30)).until(minute(-14))}, []Alert{named("a").from(minute(-30)).until(minute(-14))}},
		{"resolved goes", nil, []Alert{named("a").from(minute(-30)).until(minute(-15))}, []Alert{}},
		{"back after resolved starts anew", []Alert{named("a")}, []Alert{named("a").from(minute(-30)).until(minute(-5))}, []Alert{named("a").from(t0)}},
		{"the first of doubles counts", []Alert{named("a").from(minute(-1)), named("a").from(minute(-2))}, nil, []Alert{named("a").from(minute(-1))}},
		{"firing comes first, in order", []Alert{named("c"), named("b")}, []Alert{named("a").from(t0)},
			[]Alert{named("b").from(t0), named("c").from(t0), named("a").from(t0).until(t0)}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, plan(c.current, c.previous, t0)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPlanBoundsResolved(t *testing.T) {
	var previous []Alert
	for i := range maxResolved + 50 {
		previous = append(previous, named(fmt.Sprint(i)).from(t0-1_000_000).until(t0-slo.Instant(i)))
	}
	got := plan(nil, previous, t0)
	if len(got) != maxResolved {
		t.Fatalf("%d resolved alerts are kept, want %d", len(got), maxResolved)
	}
	for _, a := range got {
		if a.EndsAt <= t0-maxResolved {
			t.Fatalf("an alert that ended at %d is kept, newer ones are not", a.EndsAt)
		}
	}
}

// TestPlanAgainstHistory holds plan against a history of what was firing when.
func TestPlanAgainstHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type step struct {
			at     slo.Instant
			firing map[string]bool
		}
		var history []step
		var set []Alert
		at := t0
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "gap")) * time.Second)
			names := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.ID).Draw(t, "firing")
			s := step{at, map[string]bool{}}
			var current []Alert
			for _, n := range names {
				s.firing[n] = true
				current = append(current, named(n))
			}
			history = append(history, s)
			set = plan(current, set, at)
		}
		want := map[string]Alert{}
		for _, n := range []string{"a", "b", "c"} {
			i := len(history) - 1
			var end slo.Instant
			for ; i >= 0 && !history[i].firing[n]; i-- {
				end = history[i].at
			}
			if i < 0 {
				continue // it never fired
			}
			var start slo.Instant
			for ; i >= 0 && history[i].firing[n]; i-- {
				start = history[i].at
			}
			if end == 0 || at.Sub(end) < keepResolved {
				want[n] = named(n).from(start).until(end)
			}
		}
		got := map[string]Alert{}
		for _, a := range set {
			got[a.Labels[LabelService]] = a
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestMessagesPutNewsFirst(t *testing.T) {
	set := []Alert{
		named("new").from(t0), named("old").from(t0), named("restarted").from(t0),
		named("ended").from(t0).until(t0 + 5), named("known end").from(t0).until(t0 + 4), named("past").from(t0).until(t0 - 900_000),
	}
	told := map[string]slo.Instant{
		named("old").key(): 0, named("restarted").key(): t0 - 3, named("ended").key(): 0, named("known end").key(): t0 + 4,
	}
	var got []string
	for _, m := range messages(set, t0+10, told) {
		got = append(got, m.Labels[LabelService])
	}
	want := []string{"ended", "new", "restarted", "known end", "old"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWireEnds(t *testing.T) {
	resend := 30 * time.Second
	if got := (message{Alert: named("a").from(t0)}).wire(t0+1000, resend).EndsAt; got != t0+1000+120_000 {
		t.Errorf("a firing alert is good until %s", got)
	}
	if got := (message{Alert: named("a").from(t0 + 5000)}).wire(t0, resend).EndsAt; got <= t0+5000 {
		t.Errorf("an alert that starts ahead ends at %s, before it starts", got)
	}
	if got := (message{Alert: named("a").from(t0).until(t0 + 7)}).wire(t0+1000, resend).EndsAt; got != t0+7 {
		t.Errorf("a resolved alert ends at %s", got)
	}
}

func TestChanged(t *testing.T) {
	a := []Alert{named("a").from(t0)}
	words := []Alert{named("a").from(t0)}
	words[0].Annotations = map[string]string{AnnotationSummary: "down for 3m"}
	cases := []struct {
		name string
		b    []Alert
		want bool
	}{
		{"the same", []Alert{named("a").from(t0)}, false},
		{"other words", words, false},
		{"another start", []Alert{named("a").from(t0 + 1)}, true},
		{"ended", []Alert{named("a").from(t0).until(t0)}, true},
		{"one more", []Alert{named("a").from(t0), named("b").from(t0)}, true},
		{"none", nil, true},
	}
	for _, c := range cases {
		if got := changed(a, c.b); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestClean(t *testing.T) {
	a := Alert{
		Labels: map[string]string{
			"": "x", "9to5": "v", "bad-name": "v", "empty": "", "ok_1": "bad\xffbytes",
			"long": strings.Repeat("é", maxLabelValue),
		},
		Annotations:  map[string]string{"text": strings.Repeat("界", maxAnnotationValue)},
		GeneratorURL: "javascript:alert(1)",
	}
	got, ok := a.clean()
	if !ok {
		t.Fatal("a mendable alert is dropped")
	}
	names := slices.Sorted(maps.Keys(got.Labels))
	if diff := cmp.Diff([]string{"_", "_to5", "bad_name", "long", "ok_1"}, names); diff != "" {
		t.Error(diff)
	}
	if got.Labels["ok_1"] != "bad\uFFFDbytes" {
		t.Errorf("ok_1 = %q", got.Labels["ok_1"])
	}
	if v := got.Annotations["text"]; len(v) > maxAnnotationValue || !strings.HasSuffix(v, "界") {
		t.Errorf("annotation of %d bytes ends in %q", len(v), v[len(v)-4:])
	}
	if got.GeneratorURL != "" {
		t.Errorf("generator URL %q is kept", got.GeneratorURL)
	}
	if _, ok := (Alert{Labels: map[string]string{"a": ""}}).clean(); ok {
		t.Error("an alert without labels passes")
	}
	a.Labels["ok_1"] = "changed by the caller"
	if got.Labels["ok_1"] == a.Labels["ok_1"] {
		t.Error("the copy shares the caller's map")
	}
}

func FuzzClean(f *testing.F) {
	f.Add("alertname", "ServiceDown", "http://localhost:8420/services/shop")
	f.Add("", "\xff\x00", "::")
	f.Fuzz(func(t *testing.T, name, value, link string) {
		a, ok := Alert{Labels: map[string]string{name: value}, GeneratorURL: link}.clean()
		if ok != (value != "") {
			t.Fatalf("label %q=%q: kept is %v", name, value, ok)
		}
		again, _ := a.clean()
		if diff := cmp.Diff(a, again); diff != "" {
			t.Fatalf("cleaning twice differs: %s", diff)
		}
	})
}
