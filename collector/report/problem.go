package report

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// Problem is the cause of incidents, as it stood when the report was made.
type Problem struct {
	ID         string           `json:"id"`
	Title      string           `json:"title"`
	State      slo.ProblemState `json:"state"`
	Owner      string           `json:"owner"`
	RootCause  string           `json:"root_cause"`
	Workaround string           `json:"workaround"`
	Fixed      *slo.Instant     `json:"fixed_at"`
	FixChange  string           `json:"fix_change"`
	Incidents  int              `json:"incidents"` // that began in the period
	Before     int              `json:"before"`    // the fix, in all
	After      int              `json:"after"`
	Span       Milliseconds     `json:"span_ms"` // the equal time on each side of the fix
	SpanBefore int              `json:"span_before"`
	SpanAfter  int              `json:"span_after"`
	Verdict    slo.FixVerdict   `json:"verdict"`
}

// Recurring are the incidents that were not the first of their problem, of all
// that began in the period.
type Recurring struct {
	Incidents int `json:"incidents"`
	Of        int `json:"of"`
}

// problems are those of the service that somebody accepted, and that needed
// somebody in the period or had incidents in it.
func problems(in Input) []Problem {
	var out []Problem
	for i := range in.Problems {
		p, there := in.Problems[i].AsOf(in.At)
		if !there || p.Service != in.Agreement.Service || p.State == slo.ProblemProposed || p.State == slo.ProblemRejected || p.Events[0].At >= in.Period.To {
			continue
		}
		r := p.Recurrence(in.ProblemRule.Within, in.At)
		x := Problem{
			ID: p.ID, Title: p.Title, State: p.State, Owner: p.Owner, RootCause: p.RootCause, Workaround: p.Workaround, Fixed: by(p.Fixed, in.At), FixChange: p.FixChange,
			Before: r.Before, After: r.After, Span: millis(r.Span), SpanBefore: r.SpanBefore, SpanAfter: r.SpanAfter, Verdict: r.Verdict,
		}
		for _, k := range p.Incidents {
			if in.Period.Contains(k.Began) {
				x.Incidents++
			}
		}
		if x.Incidents > 0 || p.State != slo.ProblemClosed || p.Closed >= in.Period.From {
			out = append(out, x)
		}
	}
	return out
}

// recurring counts the incidents of the period that failed as an earlier one did;
// nil where the service had no problem that somebody accepted.
func recurring(in Input, list []Incident) *Recurring {
	first, known := map[string]bool{}, false
	for i := range in.Problems {
		p, there := in.Problems[i].AsOf(in.At)
		if !there || p.Service != in.Agreement.Service || p.State == slo.ProblemProposed || p.State == slo.ProblemRejected {
			continue
		}
		known = true
		for n, k := range p.Incidents {
			first[k.ID] = n == 0
		}
	}
	if !known {
		return nil
	}
	r := &Recurring{}
	for _, i := range list {
		if i.Disproved || !in.Period.Contains(i.Began) {
			continue
		}
		r.Of++
		if isFirst, has := first[i.ID]; has && !isFirst {
			r.Incidents++
		}
	}
	return r
}

// noteRow is something with what is to be said of it, line by line.
type noteRow struct {
	Key, Name, Value string
	Lines            []string
}

func (p *page) problems() {
	list := p.r.Problems
	for i := range list[:min(p.limits.planned, len(list))] {
		p.Problems = append(p.Problems, p.problem(fmt.Sprintf("problem.%d", i), &list[i]))
	}
	if n := len(list) - p.limits.planned; n > 0 {
		p.ProblemsOmitted = p.w.n("omitted", n)
	}
}

func (p *page) problem(key string, x *Problem) noteRow {
	w := p.w
	row := noteRow{Key: key, Name: clean(x.Title, p.name), Value: w.t("problem.state." + string(x.State))}
	line := func(key string, args ...any) { row.Lines = append(row.Lines, w.t(key, args...)) }
	row.Lines = append(row.Lines, w.n("problem.incidents", x.Incidents))
	if x.Owner != "" {
		line("problem.owner", clean(x.Owner, p.name))
	}
	if x.RootCause != "" {
		line("problem.root_cause", clean(strings.ReplaceAll(x.RootCause, "\n", " "), p.evidence))
	}
	if x.Workaround != "" {
		line("problem.workaround", clean(strings.ReplaceAll(x.Workaround, "\n", " "), p.evidence))
	}
	if x.Fixed != nil {
		by := ""
		if x.FixChange != "" {
			by = w.t("problem.fix_change", clean(x.FixChange, p.name))
		}
		line("problem.fixed", p.clock.moment(*x.Fixed), by, w.t("problem.verdict."+string(x.Verdict)))
		line("problem.recurrence", x.Before, x.After, w.length(x.Span), x.SpanBefore, x.SpanAfter)
	}
	return row
}

// recurringFigure is the key figure of incidents that came back.
func (w words) recurringFigure(r *Recurring) string {
	if r.Of == 0 {
		return w.t("kpi.recurring.none")
	}
	return w.t("kpi.recurring.of", r.Incidents, r.Of, shareOf(whole(r.Incidents), whole(r.Of)))
}

func whole(n int) json.Number { return json.Number(fmt.Sprint(n)) }

// problems are the problems, with whether their fixes held.
func (t tabler) problems() table {
	out := t.of("problems", "problem.title", "problem title state owner root_cause workaround fixed fix_change incidents before after span_s span_before span_after verdict")
	for i := range t.r.Problems {
		x := &t.r.Problems[i]
		row := []datum{said(x.ID), said(x.Title), coded(string(x.State), t.T("problem.state."+string(x.State))), said(x.Owner), said(x.RootCause), said(x.Workaround), t.onOr(x.Fixed), said(x.FixChange)}
		for _, n := range []int{x.Incidents, x.Before, x.After} {
			row = append(row, counted(int64(n)))
		}
		row = append(row, lasting(x.Span), counted(int64(x.SpanBefore)), counted(int64(x.SpanAfter)))
		out.rows = append(out.rows, append(row, coded(string(x.Verdict), t.T("problem.verdict."+string(x.Verdict)))))
	}
	return out
}
