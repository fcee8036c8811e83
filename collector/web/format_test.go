package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

func TestDurations(t *testing.T) {
	en, zh := words{english, englishTexts()}, words{chinese, chineseTexts()}
	for _, c := range []struct {
		d      time.Duration
		en, zh string
	}{
		{0, "0s", "0秒"}, {350 * time.Millisecond, "350 ms", "350 毫秒"}, {59 * time.Second, "59s", "59秒"},
		{time.Minute, "1m", "1分"}, {3*time.Minute + 12*time.Second, "3m 12s", "3分12秒"},
		{2*time.Hour + 59*time.Second, "2h", "2小时"}, {26 * time.Hour, "1d 2h", "1天2小时"},
		{-90 * time.Second, "-1m 30s", "-1分30秒"},
	} {
		if got := en.dur(c.d); got != c.en {
			t.Errorf("en %v: %q, want %q", c.d, got, c.en)
		}
		if got := zh.dur(c.d); got != c.zh {
			t.Errorf("zh %v: %q, want %q", c.d, got, c.zh)
		}
	}
	for d, want := range map[time.Duration]string{1500 * time.Microsecond: "1.5 ms", 42 * time.Millisecond: "42 ms", 12 * time.Second: "12s"} {
		if got := en.latency(d); got != want {
			t.Errorf("latency %v: %q, want %q", d, got, want)
		}
	}
	for i, want := range map[slo.Instant]string{0: "never", slo.MinInstant: "never", 99_000: "1s ago", 101_000: "in 1s"} {
		if got := en.ago(100_000, i); got != want {
			t.Errorf("ago %d: %q, want %q", i, got, want)
		}
	}
}

func TestBurnText(t *testing.T) {
	for r, want := range map[float64]string{0: "0×", 0.42: "0.42×", 14.44: "14.4×", 1000: "1000×", slo.MaxBurn: "∞"} {
		if got := burnText(r); got != want {
			t.Errorf("%v: %q, want %q", r, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", " a\r\nb\tc ": "a  b c", "\x1b[31mred": "[31mred", "evil\u202etxt": "eviltxt", "bad\xffutf": "badutf",
		"é中文": "é中文", "a\u2028b": "ab", "\ufeffx": "x",
	} {
		if got := clean(in, 100); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
	if got := cleanLines("a\r\nb", 100); got != "a\nb" {
		t.Errorf("cleanLines: %q", got)
	}
	if got := clean("中文中文", 7); got != "中文" {
		t.Errorf("a cut inside a character: %q", got)
	}
}

func TestShownTarget(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example/x?y=1": "https://a.example/x?y=1", "https://u:p@a.example/": "https://redacted@a.example/",
		"https://token@a.example/": "https://redacted@a.example/", "a.example:25": "a.example:25", "name@192.0.2.1:53": "name@192.0.2.1:53",
		"https://u:p@[bad": "(not shown)",
	} {
		if got := shownTarget(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

// TestColumns checks the merging of a long timeline against looking at every
// millisecond.
func TestColumns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var spans []slo.TimedState
		at := slo.Instant(rapid.Int64Range(0, 5).Draw(t, "from"))
		for range rapid.IntRange(0, 30).Draw(t, "spans") {
			to := at + slo.Instant(rapid.Int64Range(1, 20).Draw(t, "length"))
			spans = append(spans, slo.TimedState{Interval: slo.Interval{From: at, To: to}, State: slo.State(rapid.IntRange(0, 2).Draw(t, "state"))})
			at = to + slo.Instant(rapid.SampledFrom([]int64{0, 0, 0, 7}).Draw(t, "hole"))
		}
		n := rapid.IntRange(1, 20).Draw(t, "n")
		v := slo.Interval{From: 0, To: 200}
		out := columns(spans, v, n)
		if len(out) > n {
			t.Fatalf("%d columns, want at most %d", len(out), n)
		}
		for ms := v.From; ms < v.To; ms++ {
			state, drawn := stateAt(spans, ms)
			shown, ok := stateAt(out, ms)
			if drawn && !ok {
				t.Fatalf("nothing is drawn at %d", ms)
			}
			if drawn && state == slo.Down && shown != slo.Down {
				t.Fatalf("down at %d is drawn as %v", ms, shown)
			}
			if drawn && state == slo.Unknown && shown == slo.Up {
				t.Fatalf("unknown at %d is drawn as up", ms)
			}
		}
	})
}

func stateAt(spans []slo.TimedState, i slo.Instant) (slo.State, bool) {
	for _, x := range spans {
		if x.Contains(i) {
			return x.State, true
		}
	}
	return 0, false
}

func TestStripShowsShortOutages(t *testing.T) {
	v := slo.Interval{From: 0, To: slo.Instant(24 * time.Hour / time.Millisecond)}
	w := words{english, englishTexts()}
	spans := []slo.TimedState{
		{Interval: slo.Interval{From: 0, To: v.To - 1000}, State: slo.Up}, {Interval: slo.Interval{From: v.To - 1000, To: v.To}, State: slo.Down},
	}
	s := w.drawStrip(spans, v, narrowStrip, time.UTC)
	m := s.Marks[len(s.Marks)-1]
	if m.Class != "down" || m.W != "1.50" || m.X != "158.50" {
		t.Errorf("a second of down is drawn as %+v", m)
	}
	if s.Label != "Last 1d: down for 1s in all (1×), unknown for 0s" {
		t.Errorf("label %q", s.Label)
	}
}

func TestDaysOfMonths(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{"2026-02-10": 28, "2024-02-01": 29, "2026-03-29": 31, "2026-10-25": 31} {
		i, _ := time.ParseInLocation(time.DateOnly, text, berlin)
		days := daysOf(slo.At(i), berlin)
		if len(days) != want {
			t.Errorf("%s: %d days, want %d", text, len(days), want)
		}
		for k, d := range days {
			if got := d.From.In(berlin).Format("2 15:04"); got != fmt.Sprintf("%d 00:00", k+1) {
				t.Errorf("%s: day %d begins at %s", text, k+1, got)
			}
		}
	}
}

func TestDayParts(t *testing.T) {
	h := time.Hour
	for name, c := range map[string]struct {
		f    DayFigure
		want string
	}{
		"up":          {DayFigure{Agreed: 24 * h, Up: 24 * h}, "up 0.0+32.0"},
		"short down":  {DayFigure{Agreed: 24 * h, Up: 24*h - time.Second, Down: time.Second}, "down 0.0+6.0 up 6.0+26.0"},
		"half down":   {DayFigure{Agreed: 24 * h, Up: 12 * h, Down: 12 * h}, "down 0.0+16.0 up 16.0+16.0"},
		"unknown":     {DayFigure{Agreed: 24 * h, Unknown: 24 * h}, "unknown 0.0+32.0"},
		"a blink":     {DayFigure{Agreed: 24 * h, Up: 24*h - time.Minute, Unknown: time.Minute}, "up 0.0+32.0"},
		"no business": {DayFigure{}, ""},
	} {
		var got []string
		for _, p := range dayParts(c.f) {
			got = append(got, p.Class+" "+p.Y+"+"+p.H)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", name, s, c.want)
		}
	}
}

func TestSparkBreaks(t *testing.T) {
	w := words{english, englishTexts()}
	step := time.Minute
	v := slo.Interval{From: 0, To: 600_000}
	points := []LatencyPoint{{0, time.Millisecond}, {60_000, 2 * time.Millisecond}, {240_000, time.Millisecond}, {480_000, time.Millisecond}, {540_000, time.Millisecond}, {9_000_000, time.Hour}}
	s := w.drawSpark(points, v, step)
	if len(s.Lines) != 2 || len(s.Dots) != 1 || s.Max != 2*time.Millisecond {
		t.Errorf("%+v", s)
	}
	if s := w.drawSpark(nil, v, step); s != nil {
		t.Errorf("nothing is drawn as %+v", s)
	}
}

func TestLanguageIsChosen(t *testing.T) {
	for _, c := range []struct{ cookie, accept, want string }{
		{"", "", english}, {"", "zh-CN", chinese}, {"", "de,zh;q=0.8", chinese}, {"", "de,en;q=0.5", english}, {"", "de", english},
		{"zh", "en", chinese}, {"en", "zh", english}, {"xx", "zh", chinese}, {"", strings.Repeat("zh,", 1000), english}, {"", "\x00;;q=", english},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", c.accept)
		if c.cookie != "" {
			r.AddCookie(&http.Cookie{Name: langCookie, Value: c.cookie})
		}
		if got := choose(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestWorstObjective(t *testing.T) {
	budget := func(used time.Duration) slo.ObjectiveStatus {
		b := time.Hour
		return slo.ObjectiveStatus{Verdict: slo.Met, Budget: &b, BudgetUsed: &used}
	}
	missed := slo.ObjectiveStatus{Verdict: slo.Missed}
	if got := worst([]slo.ObjectiveStatus{budget(0), budget(50 * time.Minute), missed, budget(time.Minute)}); got != 2 {
		t.Errorf("worst is %d", got)
	}
	if got := worst([]slo.ObjectiveStatus{budget(0), budget(50 * time.Minute)}); got != 1 {
		t.Errorf("worst is %d", got)
	}
	if got := worst(nil); got != -1 {
		t.Errorf("worst of none is %d", got)
	}
}

func TestCertificatesNeedSomebody(t *testing.T) {
	report := func(expiry slo.Instant) slo.ServiceStatus {
		return slo.ServiceStatus{Service: &slo.Service{Name: "s"}, Probes: []slo.ProbeStatus{{Probe: &slo.Probe{Name: "p"},
			Locations: []slo.LocationStatus{{Agents: []slo.AgentReport{{Last: slo.Measurement{CertExpiry: expiry}}}}}}}}
	}
	day := 24 * time.Hour
	list := certificates([]slo.ServiceStatus{report(now().Add(3 * day)), report(now().Add(2 * day))}, now())
	if len(list) != 1 {
		t.Errorf("%+v", list)
	}
	for _, far := range []slo.Instant{0, now().Add(30 * day)} {
		if list := certificates([]slo.ServiceStatus{report(far)}, now()); len(list) != 0 {
			t.Errorf("%+v", list)
		}
	}
}

// Each method says what it promises and what it counted.
func TestPromises(t *testing.T) {
	en, zh := words{english, englishTexts()}, words{chinese, chineseTexts()}
	month := slo.Window{Period: slo.Month}
	for _, c := range []struct {
		st                         slo.ObjectiveStatus
		en, zh, counted, countedZH string
	}{
		{slo.ObjectiveStatus{Objective: &slo.Objective{Target: percent("99.95"), Window: month}}, "99.95 %", "99.95 %", "", ""},
		{slo.ObjectiveStatus{Objective: &slo.Objective{Target: percent("99"), Method: slo.ByLatency, Latency: slo.LatencyRule{Within: 300 * time.Millisecond}},
			Latency: &slo.LatencyCount{Within: 990, Slower: 10}, Percentile: 298 * time.Millisecond},
			"99 % within 300 ms", "99 % 不超过 300 毫秒", "990 within, 10 slower; 99 % took at most 298 ms", "时限内 990，超时 10；99 % 不超过 298 毫秒"},
		{slo.ObjectiveStatus{Objective: &slo.Objective{Target: percent("99"), Method: slo.ByLatency, Latency: slo.LatencyRule{Within: time.Second}}, Latency: &slo.LatencyCount{}},
			"99 % within 1000 ms", "99 % 不超过 1000 毫秒", "0 within, 0 slower", "时限内 0，超时 0"},
		{slo.ObjectiveStatus{Objective: &slo.Objective{Method: slo.ByOutages, Outages: slo.OutageRule{Most: 2, Longer: 10 * time.Minute}}, Long: &slo.OutageCount{Longer: 1}},
			"at most 2 outages over 10m", "至多 2 次超过 10分 的中断", "1 outage over 10m", "1 次超过 10分 的中断"},
		{slo.ObjectiveStatus{Objective: &slo.Objective{Target: percent("99"), Method: slo.Composite, Parts: []slo.Part{{Service: "shop", Weight: 3}, {Service: "search", Weight: 1}}}},
			"99 %", "99 %", "shop × 3 + search × 1", "shop × 3 + search × 1"},
		{slo.ObjectiveStatus{Objective: &slo.Objective{Target: percent("99.9"), Method: slo.ByRequests},
			Requests: &slo.RequestCount{Good: 998_500, Bad: 1_500, Known: 58 * time.Minute, Due: time.Hour}},
			"99.9 % of the requests", "99.9 % 的请求", "998.5 good and 1.5 bad requests, known of 58m of 1h", "成功请求 998.5，失败请求 1.5，已知 58分，共 1小时"},
	} {
		for i, got := range []string{en.promise(c.st.Objective), zh.promise(c.st.Objective), en.counts(&c.st), zh.counts(&c.st)} {
			if want := []string{c.en, c.zh, c.counted, c.countedZH}[i]; got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
}

func TestChance(t *testing.T) {
	for p, want := range map[float64]string{0: "0 %", 0.0001: "< 1 %", 0.5: "50 %", 0.989: "99 %", 0.999: "> 99 %", 1: "> 99 %"} {
		if got := chance(p); got != want {
			t.Errorf("%v: %q, want %q", p, got, want)
		}
	}
}
