package report

import (
	"fmt"
	"time"
)

// limits bound what the faces list one by one, so that a month of flapping
// stays a mail that is shown whole; the JSON has everything.
type limits struct {
	services  int // agreements on page one
	rows      int // objectives on page one
	details   int // objectives in detail and in the trend
	charts    int
	outages   int
	incidents int
	planned   int
	windows   int // windows that were missed and credits, of one objective
	causes    int // of one outage
	places    int // of one cause
	comments  int // of one incident
	evidence  int // characters of a free text
	name      int // characters of a name
}

func fullLimits() limits {
	return limits{
		services: 40, rows: 40, details: 12, charts: 6, outages: 40, incidents: 30, planned: 20,
		windows: 10, causes: 3, places: 8, comments: 3, evidence: 200, name: 80,
	}
}

// half is a stricter set of limits; one of every kind is always shown.
func (l limits) half() limits {
	for _, n := range []*int{
		&l.services, &l.rows, &l.details, &l.charts, &l.outages, &l.incidents, &l.planned, &l.windows, &l.causes, &l.places, &l.comments,
	} {
		*n = max(1, *n/2)
	}
	l.evidence, l.name = max(40, l.evidence*2/3), max(30, l.name*2/3)
	return l
}

// page is a report in words: what the HTML and the text face both print, so
// that they cannot differ.
type page struct {
	w     words
	clock clock
	r     *Report
	limits

	Lang, Product     string
	Title, Period     string
	Headline          string // what this is, and of which period
	About             string // agreement, service, zone
	Standing          string // in a word
	Letterhead        *letterhead
	Cover             []string
	Banner            string // "" where the figures are final and the first
	Remark            string // of who released it; "" where nobody wrote one
	Links             Links  // of a mail
	Amendment         amendment
	Facts             []fact
	Services          []serviceRow
	ServicesOmitted   string
	Decisions         []decisionRow
	DecisionsOmitted  string
	Objectives        []objectiveRow
	ObjectivesOmitted string
	Wrong             wrong
	Days              []dayCell
	Weekdays          []string
	Strips            []strip // of a period longer than a calendar, and of several services
	StripsOmitted     string
	StripTitle        string // key of the text above them
	StripLegend       string // what a cell is, and what the marks mean
	Outages           []outageRow
	OutagesOmitted    string
	Forgiven          string
	Incidents         []incidentRow
	IncidentsOmitted  string
	Planned           []plannedRow
	PlannedOmitted    string
	Suppliers         []supplierRow
	SuppliersOmitted  string
	Resources         []resourceRow
	ResourcesOmitted  string
	Problems          []noteRow
	ProblemsOmitted   string
	Requests          []noteRow // for service
	Changes           []changeRow
	ChangesOmitted    string
	Continuity        []continuityRow
	ContinuityOmitted string
	Recorded          []recordedSection // what the registers have
	Details           []detail
	Trend             trend
	Satisfaction      []pair
	KPIs              []pair
	Annex             []pair
}

// fact is one of the answers at the head of page one.
type fact struct {
	Key, Label, Value, Note string
	Bad                     bool
}

// pair is a line of a table of two columns, with a note.
type pair struct {
	Key, Label, Value, Note string
	Bar                     *bar
}

// bar is a share of an error budget that is used, in percent of the bar.
type bar struct {
	Used int
	Over bool
}

// T is a text of the page's language.
func (p *page) T(key string) string { return p.w.t(key) }

// newPage puts a report into words.
func newPage(w words, r *Report, l limits) (*page, error) {
	zone, err := time.LoadLocation(r.Identity.Zone)
	if err != nil {
		return nil, fmt.Errorf("showing the report %s: time zone %q is not known here", FileName(*r), r.Identity.Zone)
	}
	p := &page{w: w, clock: newClock(w, zone, r.Identity.Period), r: r, limits: l}
	p.head()
	p.letterhead()
	p.amendment()
	p.facts()
	p.services()
	p.objectives()
	p.wrong()
	p.decisions()
	if r.several() {
		p.serviceStrips()
	} else if len(r.Days) > calendarDays {
		p.strips()
	} else {
		p.days()
	}
	p.outages()
	p.forgiven()
	p.incidents()
	p.planned()
	p.suppliers()
	p.resources()
	p.problems()
	p.serviceRequests()
	p.changes()
	p.continuity()
	p.recorded()
	for i := range r.Objectives[:min(p.limits.details, len(r.Objectives))] {
		p.Details = append(p.Details, p.detail(i))
	}
	p.trend()
	p.satisfaction()
	p.kpis()
	p.annex()
	p.release()
	return p, nil
}

func (p *page) head() {
	id := &p.r.Identity
	p.Lang, p.Product = p.w.t("lang"), p.w.t("product")
	p.Title, p.Period = p.scopeTitle(), p.w.period(id.Period)
	p.Headline = p.w.t("headline", p.w.t("report"), p.Period)
	p.About = p.w.t("about", clean(id.Agreement, p.name), clean(id.Service, p.name), p.clock.zoneName(id.Period))
	if p.r.several() {
		p.About = p.w.n("scope.about", len(p.r.Services), p.clock.zoneName(id.Period))
	}
	p.Standing = p.w.t(string(id.Standing) + ".short")
	switch {
	case id.MadeAt < id.Period.To:
		p.Banner = p.w.t("running", p.clock.moment(id.MadeAt))
	case id.Standing == Provisional:
		p.Banner = p.w.t("provisional")
	}
	switch {
	case p.r.Amends != nil:
		p.Banner = p.w.join(p.w.t("amended", id.Edition), p.Banner)
	case id.Edition > 1:
		p.Banner = p.w.join(p.w.t("restated", id.Edition), p.Banner)
	}
}

// facts are the four answers: met, owed, down, observed.
func (p *page) facts() {
	s, w := &p.r.Summary, p.w
	all := s.Met + s.Missed + s.Insufficient
	met := fact{Key: "met", Label: w.t("fact.met"), Value: w.t("fact.met.of", s.Met, all), Bad: s.Missed > 0}
	if s.Missed > 0 {
		met.Note = w.n("fact.met.missed", s.Missed)
	}
	if s.Insufficient > 0 {
		met.Note = w.join(met.Note, w.n("fact.met.open", s.Insufficient))
	}
	down := fact{Key: "down", Label: w.t("fact.down"), Value: w.length(s.Times.Down), Note: w.t("fact.down.none"), Bad: s.Outages > 0}
	if s.Outages > 0 {
		down.Note = w.n("fact.down.outages", s.Outages)
	}
	observed := fact{
		Key: "observed", Label: w.t("fact.observed"), Value: w.percent(s.Coverage),
		Note: w.t("fact.observed.of", w.length(s.Times.Agreed)),
	}
	p.Facts = []fact{met, p.creditFact(), down, observed}
}

func (p *page) creditFact() fact {
	s, w := &p.r.Summary, p.w
	f := fact{Key: "credit", Label: w.t("fact.credit"), Value: w.credits(s), Bad: len(s.Credits) > 0}
	for _, c := range s.Credits {
		if c.SoFar {
			f.Label = w.t("fact.credit.so_far")
		}
	}
	if len(s.Credits) == 1 {
		f.Note = w.t("fact.credit.on", p.scoped(s.Credits[0].Agreement, s.Credits[0].Objective))
		if s.Credits[0].Least {
			f.Value = w.t("fact.credit.least", f.Value)
		}
	}
	for _, c := range s.Credits[:min(p.causes, len(s.Credits))] {
		if len(s.Credits) > 1 {
			f.Note = w.list(nonEmpty(f.Note, w.t("percent", c.Percent)))
		}
	}
	if len(s.Credits) > p.causes {
		f.Note = w.list([]string{f.Note, w.n("detail.more", len(s.Credits)-p.causes)})
	}
	if len(s.Credits) > 0 && s.Unsettled {
		f.Note = w.list([]string{f.Note, w.t("fact.credit.open")})
	}
	return f
}

// join puts sentences behind each other.
func (w words) join(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return w.t("sentence.join", a, b)
}

func nonEmpty(list ...string) []string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}
