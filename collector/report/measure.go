package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Evaluation is one question for slo.Account.Status: an objective with what is
// known at Known, for the window that holds the instant just before Window.
type Evaluation struct {
	Objective     *slo.Objective
	Known, Window slo.Instant
}

// Evaluations lists what a report on a period asks about an objective:
//
//   - of calendar windows, every one that ends in the period, so that each week
//     is in the report of exactly one month, and of a period that is not over
//     also the one in progress;
//   - where none ends in it, as of a quarter in most months, the one that the
//     period ends in, as it stands at the period's end;
//   - of a rolling window, the one that ends with the period.
//
// All is with what is known at at. A window that runs on past the period is
// asked for with what was known at the period's end, so that nothing of the
// next month is in the report.
func Evaluations(o *slo.Objective, p Period, zone *time.Location, at slo.Instant) []Evaluation {
	end := min(p.To, at)
	if end <= p.From { // nothing of the period has come yet
		return []Evaluation{{o, at, p.From + 1}}
	}
	if o.Window.Rolling > 0 {
		return []Evaluation{{o, at, end}}
	}
	var out []Evaluation
	for i := p.From + 1; i <= end; {
		w := o.Window.At(i, zone)
		if w.To <= p.To {
			out = append(out, Evaluation{o, at, i})
		}
		i = w.To + 1
	}
	if len(out) == 0 {
		return []Evaluation{{o, end, end}}
	}
	return out
}

// Cover is the time over which an account's agreed time must be laid out to
// make a report: the windows of the oldest month of the trend, were the report
// made in the period's first month, up to those of the period, and of the month
// that it ends in, on the calendar of the agreement's zone.
func Cover(a *slo.Agreement, p Period) slo.Interval {
	p = p.in(a.Zone)
	begin := Period{Interval: slo.Interval{From: p.From, To: p.From + 1}}
	oldest, newest := begin.back(TrendMonths-1, a.Zone), p.back(0, a.Zone)
	v := slo.Interval{From: min(oldest.From, p.From), To: newest.To}
	for i := range a.Objectives {
		for _, at := range []slo.Instant{oldest.From + 1, oldest.To, p.From + 1, p.To, newest.To} {
			w := a.Objectives[i].Window.At(at, a.Zone)
			v = slo.Interval{From: min(v.From, w.From), To: max(v.To, w.To)}
		}
	}
	return v
}

// Measure takes the figures of a period from the books of its agreement, the
// timeline of its service and the maintenances of the catalogue, with what is
// known at at. The account's agreed time must cover Cover.
func Measure(acc *slo.Account, service *slo.Timeline, ms []*slo.Maintenance, p Period, at slo.Instant) Measured {
	var m Measured
	a := acc.Agreement
	for i := range m.Trend {
		month := p.untilNow(at).back(TrendMonths-1-i, a.Zone)
		m.Trend[i] = evaluated(acc, month, at)
	}
	m.Objectives = m.Trend[TrendMonths-1]
	if p.Kind != MonthKind {
		m.Objectives = evaluated(acc, p, at)
	}
	for _, d := range p.days(a.Zone) {
		m.Days = append(m.Days, DayFigures{d, acc.Figures(at, d)})
	}
	whole := slo.Objective{Window: slo.Window{Rolling: p.Length()}}
	m.Whole = acc.Status(&whole, at, p.To)
	m.Outages = m.Whole.Outages
	for _, v := range m.Outages {
		m.Whose = append(m.Whose, acc.Attribution(&whole, at, v))
	}
	m.Latencies = latencies(acc, p, at)
	m.Forgiven = forgiven(acc, service, p, at)
	m.Planned = planned(acc, ms, p)
	return m
}

// LatencyShares are the shares of measurements whose latency is a key figure.
func LatencyShares() []slo.Ratio {
	return []slo.Ratio{slo.One / 2, slo.One / 100 * 95, slo.One / 100 * 99}
}

// latencies are those of the period at LatencyShares, or none.
func latencies(acc *slo.Account, p Period, at slo.Instant) []time.Duration {
	var out []time.Duration
	for _, share := range LatencyShares() {
		d := acc.Percentile(share, at, p.Interval)
		if d <= 0 {
			return nil
		}
		out = append(out, d)
	}
	return out
}

// evaluated are the figures of every objective over a period.
func evaluated(acc *slo.Account, p Period, at slo.Instant) []slo.ObjectiveStatus {
	var out []slo.ObjectiveStatus
	a := acc.Agreement
	for i := range a.Objectives {
		for _, e := range Evaluations(&a.Objectives[i], p, a.Zone, at) {
			st := acc.Status(e.Objective, e.Known, e.Window)
			st.Attribution = acc.Attribution(e.Objective, e.Known, st.Window)
			st.Percentile = acc.Percentile(e.Objective.Target, e.Known, st.Window)
			out = append(out, st)
		}
	}
	return out
}

// Underpinned are the figures of a supplier's agreement over the period of the
// same name in its own zone, as Evaluations asks for them.
func Underpinned(acc *slo.Account, p Period, at slo.Instant) []slo.ObjectiveStatus {
	var out []slo.ObjectiveStatus
	a := acc.Agreement
	p = p.in(a.Zone)
	for i := range a.Objectives {
		for _, e := range Evaluations(&a.Objectives[i], p, a.Zone, at) {
			out = append(out, acc.Status(e.Objective, e.Known, e.Window))
		}
	}
	return out
}

// planned lists the occurrences of maintenance that touch the period, in order
// of start, with what each took out of the period's agreed time.
func planned(acc *slo.Account, ms []*slo.Maintenance, p Period) []Planned {
	var out []Planned
	for _, m := range ms {
		if !m.Covers(acc.Agreement.Service) {
			continue
		}
		for _, o := range m.Occurrences(p.Interval) {
			_, excluded := acc.Agreed().In(o.Intersect(p.Interval))
			out = append(out, Planned{m.Name, o, millis(excluded)})
		}
	}
	slices.SortStableFunc(out, func(a, b Planned) int { return cmp.Compare(a.From, b.From) })
	return out
}

// forgiven lists the stretches of down that the minimum outage leaves out of
// the period's agreed time.
func forgiven(acc *slo.Account, service *slo.Timeline, p Period, at slo.Instant) []Stretch {
	var out []Stretch
	for _, s := range service.Stretches(p.Interval, at) {
		if f := acc.Figures(at, s.Intersect(p.Interval)); f.Forgiven > 0 {
			out = append(out, Stretch{s.Interval, millis(f.Forgiven)})
		}
	}
	return out
}

func millis(d time.Duration) Milliseconds { return Milliseconds(d.Milliseconds()) }
