package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// serviceView is the page of one service.
type serviceView struct {
	Name       string
	Expression string
	Mark       mark
	Since      slo.Instant
	Planned    *slo.PlannedWork
	Causes     []slo.Cause
	Incident   *slo.Incident // open
	Objectives []objectiveRow
	Exclusions []exclusionRow      // of the objectives, each once
	Requests   []requestRow        // for exclusions, the newest
	Fulfilment []serviceRequestRow // the newest counts of service requests
	Drills     []drillRow          // that touch the service, the newest
	Changes    []changeRow         // of the day shown, the latest first
	Closed     []closedRow
	Probes     []probeView
	Day        dayView
	Months     []monthView
	Outages    []outageRow
	MoreOut    int
	Incidents  []slo.Incident
	Zone       *time.Location
}

func (v serviceView) zone() *time.Location { return v.Zone }

// dayView is the timeline of a day, or of the last 24 hours.
type dayView struct {
	Strip  strip
	Date   string   // "" is the last 24 hours
	Ticks  []string // the clock at equal distances
	Spans  []slo.TimedState
	More   int    // spans left out
	Before string // the date of the day before, for the link
	After  string // "" where that lies ahead
}

// monthView is the days of a month for one objective.
type monthView struct {
	Agreement, Objective string
	Month                string
	Cells                []dayCell
	Before, After        string // a date in the month before and after, for the links
}

type probeView struct {
	Name, Kind, Target string
	Every              time.Duration
	Mark               mark
	Since              slo.Instant
	Locations          []locationView
	NoLatency          bool // the graphs could not be had
}

type locationView struct {
	Name    string
	Counts  bool
	Mark    mark
	Since   slo.Instant
	Spark   *spark
	Reports []reportView
}

// reportView is an agent's last word.
type reportView struct {
	Agent    string
	At       slo.Instant
	Outcome  mark
	Latency  time.Duration
	Status   int
	Reason   slo.Reason
	Evidence string
	Expiry   slo.Instant
	Clock    string // what corrected it, where the agent's clock was off beyond the bound
}

// outageRow is an outage with the objectives that count it.
type outageRow struct {
	slo.Interval
	Lasts   bool
	Against []string
	Date    string // of its beginning, for the link
	Ask     string // where to ask for its exclusion; "" for who may not
}

const (
	maxOutages  = 50  // rows of a service's page
	maxSpans    = 200 // lines of a day's list
	wideStrip   = 1000
	sparkTime   = 3 * time.Hour
	sparkStep   = 3 * time.Minute
	maxPlots    = 20 // probes whose latency a page asks for
	maxMonths   = 4  // agreements whose months a page shows
	pageHistory = 10 // incidents on a service's page
)

func (s *site) servicePage(v *visit) error {
	st, ok := s.Figures.Service(v.r.PathValue("name"), v.at)
	if !ok {
		return refuse(http.StatusNotFound, "not_found", "there is no such service")
	}
	zone := s.Zone()
	if len(st.Objectives) > 0 {
		zone = st.Objectives[0].Agreement.Zone
	}
	day, err := dayOf(v.r.URL.Query().Get("day"), zone, v.at)
	if err != nil {
		return err
	}
	w := v.views.words
	drills := s.drillsOf(v, st.Service.Name, shown(day, zone, v.at), drillsMarked)
	page := serviceView{
		Name: st.Service.Name, Expression: st.Service.Up.String(), Mark: w.mark(st.State, st.Planned != nil),
		Since: st.Since, Planned: st.Planned, Causes: st.Causes, Zone: zone,
		Day: s.dayView(w, &st, day, drills, zone, v.at), Months: s.monthViews(w, &st, day, drills, v.at),
	}
	for i := range st.Objectives {
		row := w.objectiveRow(&st.Objectives[i], evidenceStep(&st))
		if s.Explain != nil {
			row.Explain = explainPath(page.Name, row.Agreement, row.Objective, "", shortExplained)
		}
		page.Objectives = append(page.Objectives, row)
		for _, x := range row.Exclusions {
			if !slices.Contains(page.Exclusions, x) {
				page.Exclusions = append(page.Exclusions, x)
			}
		}
	}
	page.Changes = s.changesOfDay(v, &page.Day, page.Name, day, zone)
	page.Closed = s.closedRows(v, page.Name)
	page.Requests = s.requestsOf(v, &st, zone)
	page.Drills = s.drillRows(v, st.Service.Name, zone)
	page.Fulfilment = s.serviceRequestsOf(v, st.Service.Name)
	page.Outages, page.MoreOut = outages(st.Objectives, zone, v.at)
	if s.Exclusions != nil && v.actor.May(auth.Operator) {
		for i := range page.Outages {
			page.Outages[i].Ask = requestLink(page.Name, page.Outages[i].Interval, zone)
		}
	}
	page.Probes = s.probeViews(v, &st)
	page.Incidents, err = s.Incidents.List(v.r.Context(), IncidentFilter{Service: page.Name, Limit: pageHistory})
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(page.Incidents, func(x slo.Incident) bool { return x.Open() && x.Trigger == slo.ServiceDown }); i >= 0 {
		page.Incident = &page.Incidents[i]
	}
	return s.render(v, http.StatusOK, "service", page.Name, page, true)
}

// dayOf reads the day that a page is to show; the zero interval is the last 24
// hours.
func dayOf(text string, zone *time.Location, at slo.Instant) (slo.Interval, error) {
	if text == "" {
		return slo.Interval{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return slo.Interval{}, badRequest("day: not a date such as 2026-10-05")
	}
	i := slo.At(t.Add(12 * time.Hour)) // noon is the same date whatever the clocks do
	if i < slo.At(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) || i > at.Add(400*24*time.Hour) {
		return slo.Interval{}, badRequest("day: no day that anything is known of")
	}
	return slo.Day.Holding(i, zone), nil
}

// shown is the time that the strips of a page show: of the day or the last 24
// hours, and of the months around it in any zone.
func shown(day slo.Interval, zone *time.Location, at slo.Instant) slo.Interval {
	in := at
	if !day.Empty() {
		in = day.From
	}
	const around = 26 * time.Hour // a day, and how far zones are apart
	month := slo.Month.Holding(in, zone)
	return slo.Interval{From: min(month.From, in).Add(-around), To: month.To.Add(around)}
}

func (s *site) dayView(w words, st *slo.ServiceStatus, day slo.Interval, drills []slo.Drill, zone *time.Location, at slo.Instant) dayView {
	v, spans := day, st.Recent
	var d dayView
	if day.Empty() {
		v = lastDay(at)
	} else {
		d.Date = day.From.In(zone).Format(time.DateOnly)
		spans = s.Figures.Timeline(st.Service.Name, day, at)
	}
	d.Before = v.From.Add(-time.Hour).In(zone).Format(time.DateOnly)
	if v.To < at {
		d.After = v.To.Add(time.Hour).In(zone).Format(time.DateOnly)
	}
	d.Strip = w.drawStrip(spans, v, wideStrip, zone)
	w.markDrills(&d.Strip, drills, v, at, zone)
	for i := range 7 {
		d.Ticks = append(d.Ticks, v.From.Add(v.Length()*time.Duration(i)/6).In(zone).Format("15:04"))
	}
	for _, x := range spans {
		if x.State != slo.Up {
			d.Spans = append(d.Spans, x)
		}
	}
	if d.More = max(0, len(d.Spans)-maxSpans); d.More > 0 {
		d.Spans = d.Spans[d.More:]
	}
	return d
}

// monthViews draws a month for the first objective of each agreement.
func (s *site) monthViews(w words, st *slo.ServiceStatus, day slo.Interval, drills []slo.Drill, at slo.Instant) []monthView {
	var out []monthView
	var last *slo.Agreement
	for i := range st.Objectives {
		o := &st.Objectives[i]
		if o.Agreement == last || len(out) == maxMonths {
			continue
		}
		last = o.Agreement
		in := at
		if !day.Empty() {
			in = day.From
		}
		zone := o.Agreement.Zone
		days := daysOf(in, zone)
		figures := s.Figures.Days(o.Agreement.Name, o.Objective.Name, days, at)
		m := monthView{
			Agreement: o.Agreement.Name, Objective: o.Objective.Name, Month: days[0].From.In(zone).Format("2006-01"),
			Cells:  w.drawDays(days, figures, zone, at, day, o.Objective.Target),
			Before: days[0].From.Add(-time.Hour).In(zone).Format(time.DateOnly),
		}
		w.markDays(m.Cells, days, drills, at)
		if next := days[len(days)-1].To; next < at {
			m.After = next.Add(time.Hour).In(zone).Format(time.DateOnly)
		}
		out = append(out, m)
	}
	return out
}

// outages lists the outages of all objectives, the latest first, each once.
func outages(list []slo.ObjectiveStatus, zone *time.Location, at slo.Instant) (rows []outageRow, more int) {
	index := map[slo.Interval]int{}
	for i := range list {
		o := &list[i]
		for _, v := range o.Outages {
			k, ok := index[v]
			if !ok {
				k = len(rows)
				index[v] = k
				rows = append(rows, outageRow{Interval: v, Lasts: v.To >= at, Date: v.From.In(zone).Format(time.DateOnly)})
			}
			rows[k].Against = append(rows[k].Against, o.Agreement.Name+" / "+o.Objective.Name)
		}
	}
	slices.SortFunc(rows, func(a, b outageRow) int { return int(b.From - a.From) })
	if more = max(0, len(rows)-maxOutages); more > 0 {
		rows = rows[:maxOutages]
	}
	return rows, more
}

func (s *site) probeViews(v *visit, st *slo.ServiceStatus) []probeView {
	w := v.views.words
	var out []probeView
	for i := range st.Probes {
		p := &st.Probes[i]
		view := probeView{
			Name: p.Probe.Name, Every: p.Probe.Every, Mark: w.mark(p.State, false), Since: p.Since,
		}
		if p.Probe.Spec != nil {
			view.Kind, view.Target = p.Probe.Spec.Kind(), shownTarget(p.Probe.Spec.Target())
		}
		var sparks map[string]*spark
		if i < maxPlots {
			sparks, view.NoLatency = s.sparks(v, p.Probe)
		}
		for _, l := range p.Locations {
			view.Locations = append(view.Locations, w.location(l, sparks[l.Location]))
		}
		out = append(out, view)
	}
	return out
}

// sparks draws a probe's latency by location.
func (s *site) sparks(v *visit, p *slo.Probe) (map[string]*spark, bool) {
	if s.Latency == nil {
		return nil, false
	}
	step := max(sparkStep, p.Every)
	in := slo.Interval{From: v.at.Add(-sparkTime), To: v.at}
	series, err := s.Latency(v.r.Context(), p.Name, in, step)
	if err != nil {
		s.Log.Warn("reading a latency failed", "probe", p.Name, "err", err)
		return nil, true
	}
	out := map[string]*spark{}
	for _, x := range series {
		out[x.Location] = v.views.drawSpark(x.Points, in, step)
	}
	return out, false
}

func (w words) location(l slo.LocationStatus, sp *spark) locationView {
	view := locationView{Name: l.Location, Counts: l.Counts, Mark: w.mark(l.State, false), Since: l.Since, Spark: sp}
	for _, a := range l.Agents {
		m := a.Last
		r := reportView{
			Agent: a.Agent, At: m.At, Outcome: w.mark(m.Outcome, false), Latency: m.Latency, Status: m.Status,
			Reason: m.Reason, Evidence: cleanLines(m.Evidence, slo.MaxEvidence), Expiry: m.CertExpiry,
		}
		if slo.ClockOff(m.Offset) {
			r.Clock = w.signed(m.Offset)
		}
		view.Reports = append(view.Reports, r)
	}
	return view
}
