package report

import (
	"cmp"
	"fmt"
	"strings"
)

// objectiveRow is an objective on page one.
type objectiveRow struct {
	Key             string // objective.0
	Name, Method    string
	Promised, Per   string
	Delivered, Note string
	Mark, Verdict   string
	Class           Verdict
	Credit          string
}

// objectives lists the objectives as the agreement does; where there are too
// many, those that were missed come before those without enough data and those
// met.
func (p *page) objectives() {
	list := p.r.Objectives
	keep := shortlist(len(list), p.rows, func(a, b int) int {
		return cmp.Compare(severity(list[a].Verdict), severity(list[b].Verdict))
	})
	for i := range list {
		if keep[i] {
			p.Objectives = append(p.Objectives, p.objectiveRow(i))
		}
	}
	if n := len(list) - len(p.Objectives); n > 0 {
		p.ObjectivesOmitted = p.w.n("omitted", n)
		if len(list) <= p.limits.details {
			p.ObjectivesOmitted = p.w.n("objectives.behind", n)
		}
	}
}

func severity(v Verdict) int {
	switch v {
	case Missed:
		return 0
	case Insufficient:
		return 1
	}
	return 2
}

func (p *page) objectiveRow(i int) objectiveRow {
	o, w := &p.r.Objectives[i], p.w
	row := objectiveRow{
		Key: fmt.Sprintf("objective.%d", i), Name: p.scoped(o.Agreement, o.Name), Method: p.method(o),
		Promised: p.promised(o), Per: w.window(o),
		Mark: w.mark(o.Verdict), Verdict: w.verdict(o.Verdict, o.SoFar), Class: o.Verdict,
	}
	row.Delivered, row.Note = p.delivered(o)
	if c := o.Windows; c != nil {
		row.Note = w.list(nonEmpty(row.Note, w.t("windows.of", c.Met, len(c.List))))
	}
	if due := due(o.Credits); len(due) == 1 {
		row.Credit = p.creditOf(due[0])
	} else if len(due) > 1 {
		row.Credit = w.n("credit.several", len(due))
	}
	return row
}

// due are the credits above 0.
func due(list []Credit) []Credit {
	var out []Credit
	for _, c := range list {
		if c.Percent != "0" {
			out = append(out, c)
		}
	}
	return out
}

// creditOf is a credit in percent and money, said to be the least that is owed
// where it is.
func (p *page) creditOf(c Credit) string {
	s := p.w.creditOf(c)
	if c.Least {
		s = p.w.t("fact.credit.least", s)
	}
	return s
}

// delivered is the availability with what has to be said beside it, or why
// there is none.
func (p *page) delivered(o *Objective) (figure, note string) {
	w := p.w
	if c := o.LongOutages; c != nil && o.Delivered != nil {
		return w.n("delivered.outages", int(c.Longer)), ""
	}
	if o.Delivered != nil {
		if c := o.Windows; c != nil && len(c.List) > 1 {
			note = w.t("lowest."+o.Window, len(c.List))
		}
		return w.percent(o.Delivered), note
	}
	return w.t("verdict.insufficient_data"), p.bounds(o.Best, o.Worst)
}

// bounds says what is certain where there is not enough data.
func (p *page) bounds(best, worst *Figure) string {
	if best == nil || worst == nil {
		return ""
	}
	return p.w.t("bounds.both", p.w.percent(worst), p.w.percent(best))
}

// promised is a share, or how many outages there may be.
func (p *page) promised(o *Objective) string {
	if c := o.LongOutages; c != nil {
		return p.w.n("promised.outages", c.AtMost)
	}
	return p.w.t("promised", o.Target)
}

func (p *page) method(o *Objective) string {
	key := "method." + o.Method
	switch {
	case o.Slice != nil:
		return p.w.t(key, p.w.length(o.Slice.Length), o.Slice.Bad)
	case o.Latency != nil:
		return p.w.t(key, p.w.length(o.Latency.Bound))
	case o.LongOutages != nil:
		return p.w.t(key, p.w.length(o.LongOutages.Over))
	case len(o.Parts) > 0:
		return p.w.t(key, p.parts(o.Parts))
	}
	return p.w.t(key)
}

// maxNamedParts is how many parts of a composite are named in a line.
const maxNamedParts = 6

// parts lists the services of a composite with their weights.
func (p *page) parts(list []Part) string {
	var names []string
	for _, part := range list[:min(maxNamedParts, len(list))] {
		names = append(names, fmt.Sprintf("%s ×%d", clean(part.Service, p.name), part.Weight))
	}
	if n := len(list) - len(names); n > 0 {
		names = append(names, p.w.n("detail.more", n))
	}
	return p.w.list(names)
}

// exclusion says why time was taken out, by whom, and when where that is known.
func (p *page) exclusion(x *Exclusion) string {
	cause, reason, by, approver := p.w.t("exclusion."+x.Cause), clean(x.Reason, p.evidence), clean(x.RequestedBy, p.name), clean(x.ApprovedBy, p.name)
	if x.RequestedAt == nil || x.ApprovedAt == nil {
		return p.w.t("exclusion", cause, reason, by, approver)
	}
	return p.w.t("exclusion.at", cause, reason, by, p.clock.moment(*x.RequestedAt), approver, p.clock.moment(*x.ApprovedAt))
}

// percentile is what the promised share of the measurements took at most.
func (p *page) percentile(o *Objective) string {
	if o.Latency.Percentile == nil {
		return ""
	}
	return p.w.t("detail.latency.percentile", o.Target, p.w.length(*o.Latency.Percentile))
}

// longOutages is how many there were, and can have been where that is not
// known.
func (p *page) longOutages(c *LongOutages) string {
	if c.Least == c.Most {
		return p.w.n("detail.long.of", int(c.Longer))
	}
	return p.w.t("detail.long.between", c.Longer, c.Least, c.Most)
}

// detail is all that is known of an objective.
type detail struct {
	Name, Mark, Verdict string
	Class               Verdict
	Lines               []pair
}

func (p *page) detail(i int) detail {
	o, w := &p.r.Objectives[i], p.w
	terms := p.terms(o)
	key := fmt.Sprintf("detail.%d.", i)
	d := detail{Name: p.scoped(o.Agreement, o.Name), Mark: w.mark(o.Verdict), Verdict: w.verdict(o.Verdict, o.SoFar), Class: o.Verdict}
	add := func(name, value, note string) {
		if value != "" {
			label, _, _ := strings.Cut(name, ".")
			d.Lines = append(d.Lines, pair{Key: key + name, Label: w.t("detail." + label), Value: value, Note: note})
		}
	}
	add("window", p.clock.dates(o.Of), w.window(o))
	add("promised", p.promised(o), p.method(o))
	value, note := p.delivered(o)
	add("delivered", value, note)
	if o.Best != nil && o.Worst != nil {
		add("bounds", w.t("bounds.both", w.percent(o.Worst), w.percent(o.Best)), w.t("bounds.help"))
	}
	if o.Coverage != nil {
		add("coverage", w.percent(o.Coverage), w.t("detail.coverage.of", terms.MinCoverage))
	}
	t := o.Times
	add("agreed", w.length(t.Agreed), w.t("detail.agreed.of", w.length(t.Up), w.length(t.Down), w.length(t.Unknown)))
	if t.Excluded > 0 {
		add("excluded", w.length(t.Excluded), w.t("detail.excluded.of"))
	}
	if t.Exempt > 0 {
		add("exempt", w.length(t.Exempt), w.t("detail.exempt.of"))
	}
	if t.Forgiven > 0 {
		add("forgiven", w.length(t.Forgiven), w.t("detail.forgiven.of", w.length(terms.MinimumOutage)))
	}
	if t := o.Attribution; t != nil && o.Times.Down > 0 {
		add("whose", p.whose(t), "")
	}
	if b := o.Before; b != nil {
		value := w.t("verdict.insufficient_data")
		if b.Availability != nil {
			value = w.percent(b.Availability)
		}
		add("before", value, w.t("detail.before.of", w.verdict(b.Verdict, o.SoFar)))
		for i, x := range o.Exclusions[:min(p.limits.windows, len(o.Exclusions))] {
			add(fmt.Sprintf("exclusion.%d", i), p.w.t("span", p.clock.moment(x.From), p.clock.moment(x.To)), p.exclusion(&x))
		}
	}
	if x := o.Seen; x != nil && !x.Same && x.Availability != nil {
		add("seen", w.percent(x.Availability), w.n("detail.seen.of", x.Flaps, w.length(x.Down)))
	}
	if c := o.Slices; c != nil {
		add("slices", w.t("detail.slices.of", c.Good, c.Bad, c.Skipped), "")
	}
	if c := o.Occurrences; c != nil {
		add("occurrences", w.t("detail.occurrences.of", c.Up, c.Down, c.Unknown), "")
	}
	if c := o.Latency; c != nil {
		add("latency", w.t("detail.latency.of", c.Within, c.Slower, c.Unknown), p.percentile(o))
	}
	if c := o.Requests; c != nil {
		add("requests", w.t("detail.requests.of", c.Good, c.Bad, c.BudgetBad), w.t("detail.requests.known", w.length(c.Known), w.length(c.Due)))
	}
	if c := o.LongOutages; c != nil {
		add("long", p.longOutages(c), "")
	}
	if b := p.budget(key, o); b != nil {
		d.Lines = append(d.Lines, *b)
	}
	if o.EarnsCredit {
		add("credit", p.creditLine(o), "")
	}
	if o.Windows != nil {
		add("windows", w.t("detail.windows.of", o.Windows.Met, o.Windows.Missed, o.Windows.Insufficient), p.missedWindows(o.Windows))
	}
	return d
}

// budget is the error budget with a bar; nil where the objective has none.
func (p *page) budget(key string, o *Objective) *pair {
	if o.Budget == nil || o.BudgetUsed == nil {
		return nil
	}
	w, whole, used := p.w, *o.Budget, *o.BudgetUsed
	b := &pair{Key: key + "budget", Label: w.t("detail.budget"), Value: w.length(used), Bar: &bar{}}
	switch {
	case used > whole:
		b.Bar.Over, b.Bar.Used = true, 100
		b.Note = w.t("detail.budget.over", w.length(whole), w.length(used-whole))
	case whole == 0:
		b.Bar = nil
		b.Note = w.t("detail.budget.of", w.length(0), "0")
	default:
		b.Bar.Used = int(100 * used / whole)
		tenths := (1000*used + whole - 1) / whole // rounded up: what is used is never told as less
		b.Note = w.t("detail.budget.of", w.length(whole), fmt.Sprintf("%d.%d", tenths/10, tenths%10))
	}
	return b
}

func (p *page) creditLine(o *Objective) string {
	w := p.w
	open := o.Verdict == Insufficient || o.Windows != nil && o.Windows.Insufficient > 0
	list := due(o.Credits)
	switch {
	case len(list) == 0 && open:
		return w.t("detail.credit.open")
	case len(list) == 0:
		return w.t("detail.credit.none")
	}
	var parts []string
	for _, c := range list[:min(p.limits.windows, len(list))] {
		s := w.t("detail.credit.of", p.creditOf(c), p.clock.dates(c.Of))
		if c.SoFar {
			s = w.t("so_far", s)
		}
		if c.ClaimBy != nil {
			s = w.list([]string{s, w.t("detail.credit.claim", p.clock.moment(*c.ClaimBy))})
		}
		parts = append(parts, s)
	}
	parts = append(parts, p.more(len(list)-p.limits.windows)...)
	if open {
		parts = append(parts, w.t("fact.credit.open"))
	}
	return w.list(parts)
}

// missedWindows lists the windows that were not met.
func (p *page) missedWindows(c *Windows) string {
	var parts []string
	left := 0
	for _, x := range c.List {
		switch {
		case x.Verdict == Met:
		case len(parts) == p.limits.windows:
			left++
		default:
			value := p.w.verdict(x.Verdict, x.SoFar)
			if x.Delivered != nil {
				value = p.w.percent(x.Delivered)
			}
			parts = append(parts, p.w.t("detail.miss", p.clock.dates(x.Of), value))
		}
	}
	return p.w.list(append(parts, p.more(left)...))
}

// more says how many of a list were left out, where any were.
func (p *page) more(n int) []string {
	if n <= 0 {
		return nil
	}
	return []string{p.w.n("detail.more", n)}
}
