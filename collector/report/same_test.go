package report

import (
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/slo"
)

var (
	dataFigure = regexp.MustCompile(`(?s)data-figure="([^"]+)"[^>]*>(.*?)</(?:span|div|p|strong)>`)
	tag        = regexp.MustCompile(`<[^>]*>`)
)

// plain is a text with its blanks made equal.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u00a0", " ")), " ")
}

// solid is a text without blanks: lines of Chinese break between characters.
func solid(s string) string { return strings.Join(strings.Fields(s), "") }

// contains looks for words in a text whatever its line breaks.
func contains(text, words string) bool { return strings.Contains(plain(text), plain(words)) }

type fatal interface {
	Fatal(...any)
	Helper()
}

// faces are the text of a report and the figures of its HTML by their names, both
// with as much in them as a mail has room for.
func faces(t fatal, r Report, l Language) (string, map[string]string) {
	t.Helper()
	p, page, err := layOut(&r, l.words(), Links{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, m := range dataFigure.FindAllStringSubmatch(string(page), -1) {
		out[m[1]] = plain(html.UnescapeString(tag.ReplaceAllString(strings.ReplaceAll(m[2], "<br>", " "), "")))
	}
	return p.text(), out
}

// The text has every figure of the HTML, in the same section, and both have
// what the JSON has.
func sameFigures(t fatal, r Report, l Language) {
	t.Helper()
	text, shown := faces(t, r, l)
	flat := solid(text)
	for key, value := range shown {
		if !strings.Contains(flat, solid(value)) {
			t.Fatal("the text lacks", key, "which is", value, "in the HTML:\n", text)
		}
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var model struct {
		Summary struct {
			Met      int
			Coverage *Figure
			Times    struct {
				Down int64 `json:"down_ms"`
			}
		}
		Objectives []struct {
			Target      string
			LongOutages *struct {
				AtMost int `json:"at_most"`
				Longer int
			} `json:"long_outages"`
			Delivered *Figure
			Coverage  *Figure
			Trend     []struct{ Delivered *Figure }
		}
		Outages []struct {
			Length int64 `json:"length_ms"`
		}
		Services []struct {
			Availability *Figure
			Coverage     *Figure
			Times        struct {
				Down int64 `json:"down_ms"`
			}
			Direction struct{ Course string }
		}
		Decisions []struct{ Subject string }
		KPIs      struct {
			Availability *Figure
			MTRS         *int64 `json:"mtrs_ms"`
			MTBF         *int64 `json:"mtbf_ms"`
		}
	}
	if err := json.Unmarshal(b, &model); err != nil {
		t.Fatal(err)
	}
	w := l.words()
	same := func(key, want string) {
		if got := shown[key]; got != plain(want) {
			t.Fatal(key, "is", got, "in the HTML and", want, "in the JSON")
		}
	}
	figure := func(f *Figure, none string) string {
		if f == nil {
			return none
		}
		return w.t("percent", f.Shown)
	}
	length := func(ms *int64) string {
		if ms == nil {
			return w.t("kpi.none")
		}
		return w.length(Milliseconds(*ms))
	}
	same("fact.observed", figure(model.Summary.Coverage, "–"))
	same("fact.down", w.length(Milliseconds(model.Summary.Times.Down)))
	for i, s := range model.Services[:min(len(model.Services), 10)] {
		n := "service." + string(rune('0'+i))
		same(n+".availability", figure(s.Availability, w.t("verdict.insufficient_data")))
		same(n+".observed", w.t("service.observed", figure(s.Coverage, "–")))
		same(n+".down", w.t("service.down", w.length(Milliseconds(s.Times.Down))))
		same(n+".course", w.t("course."+s.Direction.Course))
	}
	for i, d := range model.Decisions[:min(len(model.Decisions), 5)] {
		if key := "decision." + string(rune('0'+i)); !strings.Contains(shown[key], plain(d.Subject)) {
			t.Fatal(key, "is", shown[key], "and about", d.Subject, "in the JSON")
		}
	}
	if !r.several() {
		same("kpi.availability", figure(model.KPIs.Availability, w.t("verdict.insufficient_data")))
	}
	same("kpi.mtrs", length(model.KPIs.MTRS))
	same("kpi.mtbf", length(model.KPIs.MTBF))
	for i, o := range model.Objectives {
		n := string(rune('0' + i))
		switch c := o.LongOutages; {
		case c == nil:
			same("objective."+n+".promised", w.t("promised", o.Target))
		default:
			same("objective."+n+".promised", w.n("promised.outages", c.AtMost))
		}
		if c := o.LongOutages; c == nil || o.Delivered == nil {
			same("objective."+n+".delivered", figure(o.Delivered, w.t("verdict.insufficient_data")))
		} else {
			same("objective."+n+".delivered", w.n("delivered.outages", c.Longer))
		}
		// A mail holds as many details and trends as it has room for, one at least.
		if _, detailed := shown["detail."+n+".window"]; o.Coverage != nil && (detailed || i == 0) {
			same("detail."+n+".coverage", figure(o.Coverage, ""))
		}
		_, drawn := shown["trend."+n+".11"]
		if last := o.Trend[TrendMonths-1].Delivered; last != nil && (drawn || i == 0) {
			same("trend."+n+".11", figure(last, ""))
		}
	}
	if len(model.Outages) > 0 && len(model.Outages) <= fullLimits().outages {
		same("outage.0.length", w.length(Milliseconds(model.Outages[0].Length)))
	}
}

func TestSameFigures(t *testing.T) {
	for _, l := range Languages() {
		sameFigures(t, Build(goldInput(t)), l)
	}
}

// Whatever happened, the faces agree, and the report agrees with the books.
func TestSameFiguresOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, in, acc := anyInput(t)
		r := Build(in)
		sameFigures(t, r, rapid.SampledFrom(Languages()).Draw(t, "language"))

		whole := acc.Figures(in.At, slo.Interval{From: in.Period.From, To: min(in.Period.To, in.At)})
		if r.Summary.Times.Down != millis(whole.Down) || r.Summary.Times.Up != millis(whole.Up) || r.Summary.Times.Unknown != millis(whole.Unknown) || r.Summary.Times.Excluded < millis(whole.Excluded) {
			t.Fatalf("the days sum up to %+v, the books say %+v", r.Summary.Times, whole)
		}
		var down, forgiven Milliseconds
		for _, o := range r.Outages {
			down += o.Length
		}
		for _, f := range r.Forgiven {
			forgiven += f.Agreed
		}
		if down != r.Summary.Times.Down || forgiven != r.Summary.Times.Forgiven {
			t.Fatalf("outages of %d ms and %d ms forgiven, but the days have %+v", down, forgiven, r.Summary.Times)
		}
		for i := range r.Objectives {
			o := &r.Objectives[i]
			if o.Windows != nil || o.Delivered == nil || o.Method != "time" || o.Rolling > 0 {
				continue
			}
			st := acc.Status(&a.Objectives[i], in.At, min(in.Period.To, in.At))
			if st.Window.To <= in.Period.To && o.Delivered.Value.String() != st.Availability.Percent(6) {
				t.Fatalf("%s delivered %s, the books say %s", o.Name, o.Delivered.Value, st.Availability.Percent(6))
			}
		}
	})
}

// anyInput is a service with any history under any agreement.
func anyInput(t *rapid.T) (*slo.Agreement, Input, *slo.Account) {
	z, err := time.LoadLocation(rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"}).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	period := monthOf(2026, time.Month(rapid.IntRange(1, 12).Draw(t, "month")), z)
	if label := rapid.SampledFrom([]string{"", "", "2026-Q1", "2026", "2026-03-10..2026-04-02", "2025-12-31..2026-01-01"}).Draw(t, "period"); label != "" {
		if period, err = ParsePeriod(label, z); err != nil {
			t.Fatal(err)
		}
	}
	a := &slo.Agreement{
		Name: "any", Service: "shop", Zone: z, MinCoverage: slo.One / 10 * 9, Unknown: slo.Policy(rapid.IntRange(0, 2).Draw(t, "unknown")),
		MinimumOutage: time.Duration(rapid.SampledFrom([]int{0, 60, 3600}).Draw(t, "minimum")) * time.Second,
	}
	if rapid.Bool().Draw(t, "hours") {
		a.Hours = &slo.Calendar{Name: "office", Zone: z, Week: [7][]slo.DaySpan{1: {{From: 8 * time.Hour, To: 18 * time.Hour}}, 3: {{From: 8 * time.Hour, To: 18 * time.Hour}}}}
	}
	windows := []slo.Window{{Period: slo.Month}, {Period: slo.Day}, {Period: slo.Week}, {Period: slo.Quarter}, {Rolling: 30 * 24 * time.Hour}}
	for i := range rapid.IntRange(1, 4).Draw(t, "objectives") {
		o := slo.Objective{Name: "o" + string(rune('0'+i)), Target: slo.One / 1000 * slo.Ratio(rapid.IntRange(900, 1000).Draw(t, "target")), Window: rapid.SampledFrom(windows).Draw(t, "window")}
		switch o.Method = slo.Method(rapid.SampledFrom([]slo.Method{slo.ByTime, slo.BySlices, slo.ByLatency, slo.ByOutages, slo.Composite}).Draw(t, "method")); o.Method {
		case slo.BySlices:
			o.Slice = slo.SliceRule{Length: 5 * time.Minute, Bad: slo.One / 10}
		case slo.ByLatency:
			o.Latency.Within = 300 * time.Millisecond
		case slo.ByOutages:
			o.Target, o.Outages = 0, slo.OutageRule{Most: rapid.IntRange(0, 2).Draw(t, "most"), Longer: time.Minute}
		case slo.Composite:
			o.Parts = []slo.Part{{Service: "shop", Weight: 2}}
		}
		a.Objectives = append(a.Objectives, o)
	}
	below := slo.One / 100 * 99
	if a.Objectives[0].Method == slo.ByOutages {
		a.Objectives[0].Method, a.Objectives[0].Target = slo.ByTime, slo.One/1000*999
	}
	a.Credits = &slo.Credits{Objective: "o0", Tiers: []slo.Tier{{Percent: slo.One / 10, Below: &below}}}

	from := rapid.Int64Range(int64(period.From)-int64(40*24*time.Hour/time.Millisecond), int64(period.To)).Draw(t, "maintenance")
	work := &slo.Maintenance{Name: "work", Services: []string{"shop"}, Once: &slo.Interval{From: slo.Instant(from), To: slo.Instant(from).Add(5 * time.Hour)}}
	w := newWorld(a, work)
	at := period.From.Add(-time.Duration(rapid.IntRange(1, 400).Draw(t, "days before")) * 24 * time.Hour)
	states := []slo.State{slo.Up, slo.Up, slo.Down, slo.Unknown}
	for range rapid.IntRange(0, 60).Draw(t, "events") {
		w.say(at, rapid.SampledFrom(states).Draw(t, "state"))
		at = at.Add(time.Duration(rapid.SampledFrom([]int64{26, 59, 60, 3599, 40_000, 400_000, 2_000_000}).Draw(t, "for")) * time.Second)
	}
	made := period.To.Add(time.Duration(rapid.SampledFrom([]int{-400, -1, 0, 7}).Draw(t, "made")) * time.Hour)
	w.history.Settle()
	acc := slo.NewAccount(a, slo.LaidOver(Cover(a, period), w.catalog.Maintenances), w.history)
	in := Input{Agreement: a, Period: period, At: made, Step: 30 * time.Second}
	in.Measured = Measure(acc, w.history.Service("shop").Timeline(), w.catalog.Maintenances, period, made)
	return a, in, acc
}

// The last month of the trend is the report's.
func TestTrendEndsWithTheReport(t *testing.T) {
	r := Build(goldInput(t))
	if r.Months[TrendMonths-1] != "2026-10" || r.Months[0] != "2025-11" {
		t.Errorf("the months are %v", r.Months)
	}
	for _, o := range r.Objectives {
		if p := o.Trend[TrendMonths-1]; p.Verdict != o.Verdict || (p.Delivered == nil) != (o.Delivered == nil) {
			t.Errorf("%s is %s in the report and %s in its trend", o.Name, o.Verdict, p.Verdict)
		}
	}
}
