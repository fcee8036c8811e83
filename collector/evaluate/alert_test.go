package evaluate

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// named are the alerts of a name; identity is that of an alert.
func named(list []Alert, name string) []Alert {
	return slices.DeleteFunc(slices.Clone(list), func(a Alert) bool { return a.Name != name })
}

func one(t *testing.T, list []Alert, name string) Alert {
	t.Helper()
	got := named(list, name)
	if len(got) != 1 {
		t.Fatalf("%d alerts %s: %+v", len(got), name, list)
	}
	return got[0]
}

func TestServiceDown(t *testing.T) {
	e := New(shop(), start)
	e.Apply(everywhere(0, 60, slo.Up))
	if got := e.Alerts(at(60)); len(got) != 0 {
		t.Fatalf("of a healthy fleet: %+v", got)
	}
	e.Apply([]slo.Entry{said("web", "us", 61, slo.Down), said("web", "eu", 60, slo.Down)})
	a := one(t, named(e.Alerts(at(62)), "ServiceDown")[1:], "ServiceDown") // portal is down as well
	want := Alert{
		Name: "ServiceDown", Severity: slo.Page, Labels: map[string]string{"service": "shop"}, Since: at(61), Path: "/services/shop",
		Words: Words{
			Summary:  "shop is down since 2026-10-05T12:01:01Z",
			SeenFrom: "eu, us",
			Evidence: "web from eu (eu-1): connect_refused: refused at 2026-10-05T12:01:00Z\nweb from us (us-1): connect_refused: refused at 2026-10-05T12:01:01Z",
			BudgetLeft: "gold/day: 14m17s of 14m18s left\n" + // ten minutes of the day are planned work
				"gold/rolling: 43m11s of 43m12s left\nnights/day: 2m24s of 2m24s left",
		},
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Error(diff)
	}
	e.Apply(everywhere(70, 130, slo.Down))
	if again := one(t, named(e.Alerts(at(130)), "ServiceDown")[1:], "ServiceDown"); again.Since != a.Since || !cmp.Equal(again.Labels, a.Labels) {
		t.Errorf("a minute later: %+v", again)
	}
	late := one(t, named(e.Alerts(at(200)), "ServiceDown")[1:], "ServiceDown")
	if late.Since != a.Since || late.Words.Description != "Nothing is known of it since 2026-10-05T12:02:25Z." {
		t.Errorf("when nobody speaks any more: %+v", late)
	}
	e.Apply(everywhere(210, 220, slo.Up))
	if got := named(e.Alerts(at(212)), "ServiceDown"); len(got) != 1 || got[0].Labels["service"] != "portal" {
		t.Errorf("after it is up again, of portal is known that web was down and never that it is up: %+v", got)
	}
	e.Apply([]slo.Entry{said("dns", "eu", 212, slo.Up)})
	if got := named(e.Alerts(at(213)), "ServiceDown"); len(got) != 0 {
		t.Errorf("after all is up: %+v", got)
	}
}

// What a clock that was off measured is evidence, and marked.
func TestEvidenceOfAClockThatWasOff(t *testing.T) {
	e := New(shop(), start)
	e.Apply(everywhere(0, 60, slo.Up))
	us, eu := said("web", "us", 61, slo.Down), said("web", "eu", 60, slo.Down)
	us.Measurement.Offset, eu.Measurement.Offset = -slo.ClockBound-1, slo.ClockBound
	e.Apply([]slo.Entry{us, eu})
	st, _ := e.Service("shop", at(62))
	if len(st.Causes) != 2 || st.Causes[0].ClockOff || !st.Causes[1].ClockOff {
		t.Fatalf("%+v", st.Causes)
	}
	const want = "web from eu (eu-1): connect_refused: refused at 2026-10-05T12:01:00Z\n" +
		"web from us (us-1): connect_refused: refused at 2026-10-05T12:01:01Z (the agent's clock was off)"
	if got := evidence(st.Causes); got != want {
		t.Errorf("%s", got)
	}
}

func TestPlannedWorkWakesNobody(t *testing.T) {
	e := New(shop(), start)
	e.Apply(everywhere(3900, 4000, slo.Up))
	e.Apply(everywhere(4000, 4700, slo.Down))
	has := func(second int) bool {
		return slices.ContainsFunc(e.Alerts(at(second)), func(a Alert) bool { return a.Name == "ServiceDown" && a.Labels["service"] == "shop" })
	}
	for second, want := range map[int]bool{4100: false, 4599: false, 4600: true} {
		if has(second) != want {
			t.Errorf("at %d: %v", second, !want)
		}
	}
	if list := e.Outages(map[string]slo.Interval{"shop": {From: at(4000), To: at(4001)}}, at(4500), noHold); len(list) != 1 || list[0].Agreements != nil {
		t.Errorf("it is an outage all the same, that counts against nothing: %+v", list)
	}
	if list := e.Outages(map[string]slo.Interval{"shop": {From: at(4000), To: at(4001)}}, at(4650), noHold); !cmp.Equal(list[0].Agreements, []string{"counts", "gold"}) {
		t.Errorf("after the planned time: %+v", list)
	}
}

// minutes is one location's word on the web, a minute each, from a minute on.
func minutes(from int, states ...slo.State) (out []slo.Entry) {
	for i, s := range states {
		out = append(out, said("web", "eu", 60*(from+i), s))
	}
	return out
}

func times(s slo.State, n int) []slo.State { return slices.Repeat([]slo.State{s}, n) }

// single is one service of one probe with one objective.
func single(o slo.Objective) *slo.Catalog {
	o.Name = "o"
	return &slo.Catalog{
		Probes:     []*slo.Probe{{Name: "web", Every: time.Minute, Hold: time.Minute, Confirm: 1, Locations: slo.Locations{Min: 1}}},
		Services:   []*slo.Service{{Name: "shop", Up: slo.Expr{Probe: "web"}}},
		Agreements: []*slo.Agreement{{Name: "gold", Service: "shop", Zone: time.UTC, Objectives: []slo.Objective{o}}},
	}
}

func TestErrorBudgetBurn(t *testing.T) {
	month := slo.Window{Rolling: 30 * 24 * time.Hour}
	target := slo.One / 1000 * 999
	for _, c := range []struct {
		name   string
		window slo.Window
		said   []slo.State // up to now
		want   []string    // windows with their severities
	}{
		{"nothing said", month, nil, nil},
		{"healthy", month, times(slo.Up, 4320), nil},
		{"one minute of the last five, one of the last hour", month, append(times(slo.Up, 4319), slo.Down), []string{"1h page"}},
		{"half an hour of the last six", month, append(times(slo.Up, 4290), times(slo.Down, 30)...), []string{"1d ticket", "1h page", "3d ticket", "6h page"}},
		{"the short window is good again", month, slices.Concat(times(slo.Up, 4310), times(slo.Down, 5), times(slo.Up, 5)), []string{"1d ticket", "3d ticket", "6h page"}},
		{"long ago", month, slices.Concat(times(slo.Up, 2000), times(slo.Down, 1), times(slo.Up, 2319)), nil},
		{"a short window, by what probes of a minute show", slo.Window{Rolling: 3 * time.Hour}, append(times(slo.Up, 4290), times(slo.Down, 30)...), []string{"24m page", "24m ticket"}},
		{"nothing known of the short window", month, slices.Concat(times(slo.Up, 4200), times(slo.Down, 30), times(slo.Unknown, 90)), []string{"1d ticket", "3d ticket"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := 60 * len(c.said)
			e := New(single(slo.Objective{Target: target, Window: c.window}), at(now))
			e.Apply(minutes(0, c.said...))
			list := named(e.Alerts(at(now)), "ErrorBudgetBurn")
			var got []string
			for _, a := range list {
				got = append(got, a.Labels["window"]+" "+string(a.Severity))
				if a.Labels["service"] != "shop" || a.Labels["agreement"] != "gold" || a.Labels["objective"] != "o" || len(a.Labels) != 4 {
					t.Errorf("labels %v", a.Labels)
				}
				if a.Since > at(now) || a.Since < at(now).Add(-72*time.Hour) {
					t.Errorf("%s since %v", a.Labels["window"], a.Since)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An alert begins when its condition does, and says so for as long as it holds.
func TestBurnSinceStaysPut(t *testing.T) {
	e := New(single(slo.Objective{Target: slo.One / 1000 * 999, Window: slo.Window{Rolling: 30 * 24 * time.Hour}}), start)
	e.Apply(minutes(0, times(slo.Up, 600)...))
	since := map[slo.Instant]bool{}
	for k := 600; k < 650; k++ {
		e.Apply(minutes(k, slo.Down))
		for _, a := range named(e.Alerts(at(60*k+30)), "ErrorBudgetBurn") {
			if a.Labels["window"] == "1h" {
				since[a.Since] = true
			}
		}
	}
	// A page is due at 14.4 times 0.1 % of an hour: after 52 s of downtime.
	if diff := cmp.Diff(map[slo.Instant]bool{at(600*60 + 52): true}, since); diff != "" {
		t.Error(diff)
	}
}

func TestAgreementBreached(t *testing.T) {
	day := slo.Window{Period: slo.Day} // of which start is the noon
	midnight := -720
	for _, c := range []struct {
		name string
		o    slo.Objective
		from int // minutes after noon
		said []slo.State
		lost int // seconds after from, -1 where it is not
	}{
		{"missed so far, but the day is long", slo.Objective{Target: slo.One / 100 * 90, Window: day}, midnight, times(slo.Down, 144), -1},
		{"one minute more", slo.Objective{Target: slo.One / 100 * 90, Window: day}, midnight, times(slo.Down, 145), 144*60 + 1},
		{"and later in the day", slo.Objective{Target: slo.One / 100 * 90, Window: day}, midnight, slices.Concat(times(slo.Down, 145), times(slo.Up, 600)), 144*60 + 1},
		{"two outages", slo.Objective{Target: slo.One / 100 * 90, Window: day}, midnight, slices.Concat(times(slo.Down, 100), times(slo.Up, 100), times(slo.Down, 100)), 244*60 + 1},
		{"a bad slice too many", slo.Objective{Target: slo.One / 24 * 23, Window: day, Method: slo.BySlices, Slice: slo.SliceRule{Length: time.Hour}}, midnight,
			slices.Concat(times(slo.Down, 10), times(slo.Up, 80), times(slo.Down, 10)), 90*60 + 1},
		{"a bad slice too few", slo.Objective{Target: slo.One / 24 * 23, Window: day, Method: slo.BySlices, Slice: slo.SliceRule{Length: time.Hour}}, midnight,
			slices.Concat(times(slo.Down, 10), times(slo.Up, 80)), -1},
		{"a rolling day", slo.Objective{Target: slo.One / 100 * 90, Window: slo.Window{Rolling: 24 * time.Hour}}, 0,
			slices.Concat(times(slo.Up, 1440), times(slo.Down, 150)), (1440+144)*60 + 1},
		{"a rolling day of which little is known is judged by its best", slo.Objective{Target: slo.One / 100 * 90, Window: slo.Window{Rolling: 24 * time.Hour}}, 0,
			times(slo.Down, 100), -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := at(60 * (c.from + len(c.said)))
			cat := single(c.o)
			cat.Agreements[0].MinCoverage = slo.One / 2
			e := New(cat, now)
			e.Apply(minutes(c.from, c.said...))
			list := named(e.Alerts(now), "AgreementBreached")
			if c.lost < 0 {
				if len(list) != 0 {
					t.Errorf("%+v", list)
				}
				return
			}
			a := one(t, list, "AgreementBreached")
			if want := at(60*c.from + c.lost); a.Since != want || a.Severity != slo.Ticket {
				t.Errorf("since %v, want %v", a.Since, want)
			}
			if diff := cmp.Diff(map[string]string{"service": "shop", "agreement": "gold", "objective": "o"}, a.Labels); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(a.Words.Summary, "gold/o is breached") || a.Words.Description == "" {
				t.Errorf("%+v", a.Words)
			}
		})
	}
}

func TestCertificateNearExpiry(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		name   string
		expiry slo.Instant
		want   slo.Severity
		since  slo.Instant
	}{
		{"none seen", 0, "", 0},
		{"far", at(60).Add(21*day + time.Millisecond), "", 0},
		{"never", slo.At(time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)), "", 0},
		{"three weeks", at(60).Add(21 * day), slo.Ticket, at(60)},
		{"three days", at(60).Add(3 * day), slo.Page, at(60)},
		{"over", at(0), slo.Page, at(0).Add(-3 * day)},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := New(shop(), start)
			all := everywhere(0, 60, slo.Up)
			for i := range all { // an older one was nearer its end; one location sees another
				all[i].Measurement.CertExpiry = at(0).Add(day)
				if i >= len(all)-3 {
					all[i].Measurement.CertExpiry = slo.At(time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC))
				}
			}
			all[len(all)-2].Measurement.CertExpiry = c.expiry
			e.Apply(all)
			got := named(e.Alerts(at(60)), "CertificateNearExpiry")
			if c.want == "" {
				if len(got) != 0 {
					t.Errorf("%+v", got)
				}
				return
			}
			a := one(t, got, "CertificateNearExpiry")
			if a.Severity != c.want || a.Since != c.since || a.Labels["probe"] != "web" || a.Path != "/services/portal" || a.Words.Description != "Seen at https://shop.example/ from eu." {
				t.Errorf("%+v", a)
			}
		})
	}
}

// An outage is told of when the up comes, also after nothing was known, and
// when what was ahead of the clock has come.
func TestOutages(t *testing.T) {
	e := New(shop(), start)
	e.Apply(everywhere(0, 20, slo.Up))
	ask := func(entries []slo.Entry, now int) (out []slo.Outage) {
		for _, o := range e.Outages(e.Apply(entries).Changed, at(now), noHold) {
			if o.Service == "shop" {
				out = append(out, o)
			}
		}
		return out
	}
	got := ask(everywhere(20, 30, slo.Down), 21)
	if len(got) != 1 || got[0].From != at(20) || got[0].Restored || len(got[0].Causes) != 3 {
		t.Fatalf("%+v", got)
	}
	if got = ask(everywhere(300, 310, slo.Up), 301); len(got) != 1 || !got[0].Restored || got[0].UpFrom != at(300) || got[0].Down != 25*time.Second {
		t.Fatalf("after a silence: %+v", got)
	}
	// Agents whose clocks are 50 s ahead tell of an outage and its end.
	ahead := slices.Concat(everywhere(350, 360, slo.Down), everywhere(360, 370, slo.Up))
	if got = ask(ahead, 311); len(got) != 0 {
		t.Fatalf("before it was: %+v", got)
	}
	if got = ask(everywhere(370, 380, slo.Up), 371); len(got) != 1 || got[0].From != at(350) || got[0].UpFrom != at(360) {
		t.Fatalf("after it was: %+v", got)
	}
	if got = ask(everywhere(390, 400, slo.Up), 391); len(got) != 0 {
		t.Fatalf("and again: %+v", got)
	}
}

// What explains an outage was seen in it, not in the one before.
func TestCausesAreOfTheOutage(t *testing.T) {
	e := New(shop(), start)
	e.Apply(everywhere(0, 10, slo.Up))
	e.Apply([]slo.Entry{said("web", "eu", 10, slo.Down), said("web", "us", 10, slo.Down)})
	e.Apply([]slo.Entry{said("web", "us", 20, slo.Up), said("web", "asia", 20, slo.Up), said("web", "eu", 20, slo.Up)})
	e.Apply([]slo.Entry{said("web", "eu", 30, slo.Down), said("web", "asia", 30, slo.Down)})
	list := e.Down(at(31), noHold)
	if len(list) != 2 || list[1].Service != "shop" {
		t.Fatalf("%+v", list)
	}
	var from []string
	for _, c := range list[1].Causes {
		from = append(from, c.Location)
	}
	if diff := cmp.Diff([]string{"asia", "eu"}, from); diff != "" {
		t.Error(diff)
	}
}

// TestBegan looks back for when a condition began that holds now.
func TestBegan(t *testing.T) {
	from, now := at(0), at(3600)
	for name, c := range map[string]struct {
		holds func(slo.Instant) bool
		want  slo.Instant
	}{
		"always":             {func(slo.Instant) bool { return true }, from + 1000},
		"just now":           {func(x slo.Instant) bool { return x >= now }, now},
		"for ten minutes":    {func(x slo.Instant) bool { return x >= at(3000) }, at(3000)},
		"between two whole":  {func(x slo.Instant) bool { return x > at(3000)+300 }, at(3001)},
		"came and went once": {func(x slo.Instant) bool { return x < at(1000) || x >= at(3500) }, at(3500)},
	} {
		if got := began(from, now, c.holds); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
