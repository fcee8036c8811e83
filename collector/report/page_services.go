package report

import (
	"cmp"
	"fmt"
	"strings"
)

// serviceRow is one agreement on page one: what became of it, and where it
// goes.
type serviceRow struct {
	Key, Name, About string
	Mark, Verdict    string
	Class            Verdict
	Availability     string
	Course, Figures  string
	Spark            []int // of twelve months, 1 to 8; 0 where nothing is known
	Down, Observed   string
}

// sparkSteps is how many heights a spark line has.
const sparkSteps = 8

// services lists the agreements as the report does; where there are too many,
// those that were missed come before those without enough data and those met.
func (p *page) services() {
	list := p.r.Services
	keep := shortlist(len(list), p.limits.services, func(a, b int) int {
		return cmp.Compare(severity(list[a].verdict()), severity(list[b].verdict()))
	})
	for i := range list {
		if keep[i] {
			p.Services = append(p.Services, p.serviceRow(i))
		}
	}
	if n := len(list) - len(p.Services); n > 0 {
		p.ServicesOmitted = p.w.n("omitted", n)
	}
}

// verdict is the worst of the objectives'.
func (s *ServiceResult) verdict() Verdict {
	switch {
	case s.Missed > 0:
		return Missed
	case s.Insufficient > 0 || s.Met == 0:
		return Insufficient
	}
	return Met
}

func (p *page) serviceRow(i int) serviceRow {
	s, w := &p.r.Services[i], p.w
	about := []string{clean(s.Agreement, p.name)}
	if s.Party != "" {
		about = append(about, clean(s.Party, p.name))
	}
	row := serviceRow{
		Key: fmt.Sprintf("service.%d", i), Name: clean(s.Service, p.name), About: w.list(about),
		Mark: w.mark(s.verdict()), Class: s.verdict(),
		Verdict:      w.outcome(&Summary{Met: s.Met, Missed: s.Missed, Insufficient: s.Insufficient, SoFar: s.SoFar}),
		Availability: p.availability(s.Availability),
		Course:       w.t("course." + string(s.Direction.Course)), Figures: p.course(&s.Direction),
		Down: w.t("service.down", w.length(s.Times.Down)), Observed: w.t("service.observed", w.percent(s.Coverage)),
		Spark: p.spark(s),
	}
	return row
}

// availability is a figure of the whole period, or why there is none.
func (p *page) availability(f *Figure) string {
	if f == nil {
		return p.w.t("verdict.insufficient_data")
	}
	return p.w.percent(f)
}

// course is the figures of the three months.
func (p *page) course(d *Direction) string {
	var list []string
	for _, f := range d.Figures {
		list = append(list, p.w.percent(f))
	}
	return strings.Join(list, p.w.t("course.then"))
}

// spark is the trend of the objective that the direction is about, between its
// lowest month and 100 %.
func (p *page) spark(s *ServiceResult) []int {
	for i := range p.r.Objectives {
		o := &p.r.Objectives[i]
		if o.Agreement != s.Agreement || o.Name != s.Direction.Objective {
			continue
		}
		lowest, known := 100.0, false
		for k := range o.Trend {
			if f := o.Trend[k].Delivered; f != nil {
				lowest, known = min(lowest, value(f)), true
			}
		}
		out := make([]int, len(o.Trend))
		for k := range o.Trend {
			switch f := o.Trend[k].Delivered; {
			case f == nil || !known:
			case lowest == 100:
				out[k] = sparkSteps
			default:
				out[k] = 1 + int((sparkSteps-1)*(value(f)-lowest)/(100-lowest))
			}
		}
		return out
	}
	return nil
}

// SparkLine is the trend in characters, a month each.
func (s serviceRow) SparkLine() string {
	var b strings.Builder
	for _, h := range s.Spark {
		if h == 0 {
			b.WriteRune('·')
			continue
		}
		b.WriteRune('▁' + rune(h-1))
	}
	return b.String()
}

// scoped is the name of an objective, with its agreement where the report is
// about several.
func (p *page) scoped(agreement, name string) string {
	if p.r.several() && agreement != "" {
		return p.w.t("scoped", clean(agreement, p.name), clean(name, p.name))
	}
	return clean(name, p.name)
}

// terms are what an objective's agreement says.
func (p *page) terms(o *Objective) ServiceResult {
	for i := range p.r.Services {
		if p.r.Services[i].Agreement == o.Agreement {
			return p.r.Services[i]
		}
	}
	return ServiceResult{MinCoverage: p.r.Identity.MinCoverage, MinimumOutage: p.r.Identity.MinimumOutage}
}

// scopeTitle is what a report is about, where it has no title of its own.
func (p *page) scopeTitle() string {
	return clean(p.w.about(&p.r.Identity), p.name)
}

// about is the title of a report, or what it is about where it has none.
func (w words) about(id *Identity) string {
	if id.Scope.Kind == WholeScope {
		return w.t("scope.title.all")
	}
	return id.Title
}
