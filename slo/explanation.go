package slo

import (
	"cmp"
	"slices"
	"time"
)

// Explanation is how an objective's figure came about: the agreed time, what
// took time out of it, and every stretch of it that was not plainly up, with
// what was seen meanwhile. What is listed and what is left out of a list sum
// up to the figures of Status.
type Explanation struct {
	Status   ObjectiveStatus
	Expr     Expr               // when the agreement's service is up
	So       Interval           // what of the window is counted: to its end, or to Status.At
	Services []ExplainedService // the agreement's own, or the parts of a composite

	Slices   *ExplainedSlices       // those that are bad; nil unless counted by slices
	Long     *ExplainedOutages      // those that are longer than allowed; nil unless outages are counted
	Latency  *ExplainedLatency      // nil unless counted by latency
	WereDown *ExplainedMeasurements // the latest of them, by time; nil unless counted by occurrences
	Bad      *ExplainedIncrements   // nil unless counted by requests

	// Unread is nil where a Witness was given all that it wants; else stretches
	// and measurements from before it are marked where it was not.
	Unread *Instant

	// Sufficient says whether enough is known to take the availability at its
	// word, rather than its bounds.
	Sufficient bool
	// Due is the credit before the cap; nil where Status.Credit is.
	Due *Ratio

	counted *Probe // the one whose measurements are counted one by one
}

// ExplainedService is what one service brings to a figure.
type ExplainedService struct {
	Service string
	Weight  int64 // of a composite's part; else 1
	Figures
	Availability Fraction // of its time, under the agreement's policy
	Time         TimeOfWindow
	Course       []CountedSpan // of its time inside the hours, in order

	TakenOut        []TakenOut // by beginning
	TakenOutOmitted Omitted    // Length is what the others took out

	Down, Unknown, Forgiven ExplainedStretches
	OverLimit               ExplainedExempt
}

// TimeOfWindow divides the time of a window so far: it is the sum of all.
type TimeOfWindow struct {
	BeyondTerms  time.Duration // before the agreement's terms began, or after they ended
	OutsideHours time.Duration // of its calendar
	Excluded     time.Duration
	Exempt       time.Duration // over the workload limit
	Agreed       time.Duration
}

// Omitted is what a bounded list leaves out.
type Omitted struct {
	Count  int
	Length time.Duration
}

// ExplainedStretches are the stretches of agreed time that count as one thing,
// in order: the longest ones, where there are more than were asked for.
type ExplainedStretches struct {
	Listed  []ExplainedStretch
	Omitted Omitted
}

// ExplainedStretch is a stretch of agreed time that was not plainly up, with
// what was known of the service's probes meanwhile.
type ExplainedStretch struct {
	Interval
	// Unsettled: down, and unknown only since it is shorter than the minimum
	// outage and no up followed yet.
	Unsettled bool
	Unread    bool // its measurements were not read; see Explanation.Unread
	Probes    []ExplainedProbe
}

// ExplainedProbe is what a probe was meanwhile, by confirmation and quorum.
type ExplainedProbe struct {
	Probe *Probe
	StateTimes
	Locations []ExplainedLocation // those that count, by name
}

// ExplainedLocation is what a location saw meanwhile.
type ExplainedLocation struct {
	Location string
	StateTimes
	Words []ExplainedWord // of the agents there, by name; none where none ever reported
}

// ExplainedWord is what an agent said meanwhile, after confirmation.
type ExplainedWord struct {
	Agent string
	StateTimes
	Edges *Edges // nil until a Witness has seen the measurements
}

// StateTimes are how long something was in each state.
type StateTimes struct{ Up, Down, Unknown time.Duration }

// MaxExplained bounds the stretches of a kind that an explanation can list.
const MaxExplained = 10_000

// Explain explains an objective of the account's agreement with what is known
// at t, for the window that holds the instant just before w. c and h are the
// catalogue and the settled history that the account was opened with. Of each
// list the limit longest are kept, 1 to MaxExplained. The window must lie in
// the cover of the account's agreed time.
func (a *Account) Explain(c *Catalog, h *History, o *Objective, t, w Instant, limit int) *Explanation {
	st := a.Status(o, t, w)
	st.Attribution = a.Attribution(o, t, st.Window)
	st.Percentile = a.Percentile(o.Target, t, st.Window)
	x := &Explanation{Status: st, counted: a.probe.Probe, Expr: h.Service(a.Agreement.Service).Service.Up, So: Interval{st.Window.From, max(st.Window.From, min(t, st.Window.To))}}
	limit = min(max(limit, 1), MaxExplained)
	books, weights := []*Account{a}, []int64{1}
	if o.Method == Composite {
		books, weights = nil, nil
		for _, p := range o.Parts {
			books, weights = append(books, a.of(p.Service)), append(weights, p.Weight)
		}
	}
	for i, b := range books {
		s := b.explain(c, h, t, x.So, limit)
		s.Weight = weights[i]
		x.Services = append(x.Services, s)
	}
	a.explainCounts(h, x, limit)
	a.explainCredit(x)
	return x
}

// explainCredit fills in what the credit rests on.
func (a *Account) explainCredit(x *Explanation) {
	st := &x.Status
	var buf [8]mark
	look := a.look(st.Objective, st.At, buf[:0])
	tally := look.tally(x.So)
	_, x.Sufficient = tally.judge(st.Objective, a.Agreement, st.Coverage)
	if st.Credit == nil {
		return
	}
	f := st.Best
	if x.Sufficient {
		f = st.Availability
	}
	due := a.Agreement.Credits.due(st.Verdict, f)
	x.Due = &due
}

// explain explains what one service brings to a figure over v.
func (a *Account) explain(c *Catalog, h *History, t Instant, v Interval, limit int) ExplainedService {
	out := ExplainedService{Service: a.Agreement.Service, Figures: a.Figures(t, v)}
	claims := a.Agreement.claims(c.Maintenances, a.agreed.cover)
	out.Time = a.timeOf(v, claims, out.Figures)
	out.TakenOut, out.TakenOutOmitted = a.takenOut(c.Maintenances, v, claims, limit)
	out.Availability = shares(ms(out.Up), ms(out.Figures.Down), ms(out.Figures.Unknown))[a.Agreement.Unknown]
	out.Course = a.Course(t, v)
	out.OverLimit = a.exempt(out.Course, t, limit)
	for _, s := range out.Course {
		x := ExplainedStretch{Interval: s.Interval}
		switch s.As {
		case CountedDown:
			out.Down.Listed = append(out.Down.Listed, x)
		case CountedForgiven:
			out.Forgiven.Listed = append(out.Forgiven.Listed, x)
		case CountedUnknown:
			x.Unsettled = a.service.State(x.From) == Down
			out.Unknown.Listed = append(out.Unknown.Listed, x)
		}
	}
	service := h.Service(a.Agreement.Service)
	for _, list := range []*ExplainedStretches{&out.Down, &out.Unknown, &out.Forgiven} {
		list.Listed, list.Omitted = longest(list.Listed, limit, ExplainedStretch.length, ExplainedStretch.length)
		for i := range list.Listed {
			list.Listed[i].Probes = service.during(list.Listed[i].Interval)
		}
	}
	return out
}

func (s ExplainedStretch) length() time.Duration { return s.Length() }

// timeOf divides v.
func (a *Account) timeOf(v Interval, claims claims, f Figures) TimeOfWindow {
	terms := a.Agreement.during(v).Length()
	open := length(intersect(claims.hours, []Interval{v}))
	return TimeOfWindow{BeyondTerms: v.Length() - terms, OutsideHours: terms - open, Excluded: f.Excluded, Exempt: f.Exempt, Agreed: f.Agreed}
}

// longest keeps the n longest of a list, in its order; sum is what one that is
// left out brings to the figure.
func longest[T any](list []T, n int, by, sum func(T) time.Duration) ([]T, Omitted) {
	if len(list) <= n {
		return list, Omitted{}
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, k int) int { return cmp.Compare(by(list[k]), by(list[i])) })
	omitted := Omitted{Count: len(list) - n}
	for _, i := range order[n:] {
		omitted.Length += sum(list[i])
	}
	order = order[:n]
	slices.Sort(order)
	kept := make([]T, n)
	for k, i := range order {
		kept[k] = list[i]
	}
	return kept, omitted
}

func length(vs []Interval) (sum time.Duration) {
	for _, v := range vs {
		sum += v.Length()
	}
	return sum
}
