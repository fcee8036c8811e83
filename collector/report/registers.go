package report

import (
	"fmt"
	"strings"

	"github.com/assay-sla/assay/internal/spreadsheet"
	"github.com/assay-sla/assay/slo"
)

// Recorded is what people wrote down in the registers that belongs in a report:
// of its customer, about its service, as it stands when the report is made. Days
// are on the calendar, as 2006-01-02, and "" where none is said.
type Recorded struct {
	Complaints []Complaint      // oldest first
	Actions    []Action         // by due day
	Decisions  []Decision       // that are wanted, each DecideRecorded, by due day
	Suppliers  []SupplierRecord // by name
}

// Complaint is what the customer complained of in the period, or before and was
// still open in it.
type Complaint struct {
	ID         string `json:"id"`
	Title      string `json:"title"`
	State      string `json:"state"` // of the register of complaints
	Received   string `json:"received"`
	Due        string `json:"due"`
	Answered   string `json:"answered"`
	Resolution string `json:"resolution"`
}

// Action is one of the service improvement plan: under way, or over since the
// period began. Numbers are decimal, "" where nothing was measured.
type Action struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	State   string `json:"state"` // of the register of actions
	Owner   string `json:"owner"`
	Due     string `json:"due"`
	Overdue bool   `json:"overdue"`
	Measure string `json:"measure"` // what is measured
	Before  string `json:"before"`
	Goal    string `json:"goal"`
	After   string `json:"after"`
	Result  string `json:"result"`
}

// SupplierRecord is how a supplier of the service was evaluated.
type SupplierRecord struct {
	Supplier     string `json:"supplier"`
	Evaluation   string `json:"evaluation"` // from 1, poor, to 5
	Evaluated    string `json:"evaluated"`
	ContractEnds string `json:"contract_ends"`
}

// recordedRow is what was recorded, in words.
type recordedRow struct {
	Key, When, Title, State string
	Lines                   []string
}

// recordedSection is a section of what was recorded.
type recordedSection struct {
	Heading string // key of its text
	Rows    []recordedRow
	Omitted string
}

// recorded puts into words what the registers have.
func (p *page) recorded() {
	r := p.r
	for _, s := range []recordedSection{
		recordedList(p, "complaint.title", r.Complaints, p.complaint),
		recordedList(p, "action.title", r.Actions, p.action),
		recordedList(p, "evaluation.title", r.SupplierRecords, p.evaluation),
	} {
		if len(s.Rows) > 0 {
			p.Recorded = append(p.Recorded, s)
		}
	}
}

func recordedList[T any](p *page, heading string, list []T, row func(string, *T) recordedRow) recordedSection {
	s := recordedSection{Heading: heading}
	kind, _, _ := strings.Cut(heading, ".")
	for i := range list[:min(p.limits.planned, len(list))] {
		s.Rows = append(s.Rows, row(fmt.Sprintf("%s.%d", kind, i), &list[i]))
	}
	if n := len(list) - p.limits.planned; n > 0 {
		s.Omitted = p.w.n("omitted", n)
	}
	return s
}

// about is a line of a text and what it is about, none where that is "".
func (p *page) about(key string, values ...string) []string {
	args := make([]any, len(values))
	for i, v := range values {
		if v == "" {
			return nil
		}
		args[i] = clean(v, p.evidence)
	}
	return []string{p.w.t(key, args...)}
}

func (p *page) complaint(key string, c *Complaint) recordedRow {
	row := recordedRow{Key: key, When: clean(c.Received, p.name), Title: clean(c.Title, p.evidence), State: p.w.known("recorded.", c.State)}
	if c.Answered == "" {
		row.Lines = append(row.Lines, p.about("recorded.due", c.Due)...)
	}
	row.Lines = append(row.Lines, p.about("complaint.answered", c.Answered)...)
	row.Lines = append(row.Lines, p.about("complaint.resolution", c.Resolution)...)
	return row
}

func (p *page) action(key string, a *Action) recordedRow {
	row := recordedRow{Key: key, When: p.due(a.Due), Title: clean(a.Title, p.evidence), State: p.w.known("recorded.", a.State)}
	if a.Overdue {
		row.State = p.w.t("recorded.overdue", row.State)
	}
	row.Lines = append(row.Lines, p.about("action.owner", a.Owner)...)
	var figures []string
	for _, f := range []struct{ key, value string }{{"action.before", a.Before}, {"action.goal", a.Goal}, {"action.after", a.After}} {
		figures = append(figures, p.about(f.key, f.value)...)
	}
	if len(figures) > 0 {
		row.Lines = append(row.Lines, p.w.t("named", clean(nonBlank(a.Measure, p.w.t("action.measured")), p.name), p.w.list(figures)))
	}
	row.Lines = append(row.Lines, p.about("action.result", a.Result)...)
	return row
}

// due says until when something is to be done; "" where nobody said.
func (p *page) due(day string) string {
	if day == "" {
		return ""
	}
	return p.w.t("action.due", clean(day, p.name))
}

func nonBlank(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (p *page) evaluation(key string, s *SupplierRecord) recordedRow {
	row := recordedRow{Key: key, When: clean(s.Supplier, p.name)}
	row.State = p.w.t("evaluation.none")
	if s.Evaluation != "" {
		row.State = p.w.t("evaluation.of", clean(s.Evaluation, p.name))
	}
	row.Lines = append(p.about("evaluation.on", s.Evaluated), p.about("evaluation.contract", s.ContractEnds)...)
	return row
}

// known is the text of a key that begins so and ends with a word; the word itself where the texts lack it.
func (w words) known(group, word string) string {
	if text, ok := w.texts[group+word]; ok {
		return text
	}
	return clean(word, maxCell)
}

// lines are what the text face and the PDF say of a row behind when it was: the
// title with how it stands, then the rest.
func (r recordedRow) head(w words) string {
	switch {
	case r.Title == "":
		return r.State
	case r.State == "":
		return r.Title
	}
	return w.t("named", r.Title, r.State)
}

// recorded writes what the registers have.
func (s *sheets) recorded(list recordedSection) {
	if len(list.Rows) == 0 {
		return
	}
	s.heading(list.Heading)
	for _, r := range list.Rows {
		s.para("- ", s.p.w.list(nonEmpty(r.When, r.head(s.p.w))))
		for _, line := range r.Lines {
			s.para("    ", line)
		}
	}
	if list.Omitted != "" {
		s.para("", list.Omitted)
	}
}

// recorded is a section of what the registers have.
func (b *book) recorded(s recordedSection) {
	var list []row
	for _, r := range s.Rows {
		told := []para{{text: r.Title, style: strong}, {text: r.State, style: body}}
		for _, line := range r.Lines {
			told = append(told, para{text: line, style: small})
		}
		list = append(list, aside([]para{{text: r.When, style: body}}, told))
	}
	b.list(s.Heading, list, s.Omitted)
}

// complaints is what the customer complained of.
func (t tabler) complaints() table {
	out := t.of("complaints", "complaint.title", "complaint title state received_on due answered resolution")
	for _, c := range t.r.Complaints {
		out.rows = append(out.rows, []datum{said(c.ID), said(c.Title), t.recordedState(c.State), dayOr(c.Received), dayOr(c.Due), dayOr(c.Answered), said(c.Resolution)})
	}
	return out
}

// actions is the service improvement plan.
func (t tabler) actions() table {
	out := t.of("actions", "action.title", "action title owner state due overdue measure measured_before goal measured_after result")
	for _, a := range t.r.Actions {
		out.rows = append(out.rows, []datum{
			said(a.ID), said(a.Title), said(a.Owner), t.recordedState(a.State), dayOr(a.Due), flagged(a.Overdue), said(a.Measure), numberOr(a.Before), numberOr(a.Goal), numberOr(a.After), said(a.Result),
		})
	}
	return out
}

// evaluations is how suppliers were evaluated.
func (t tabler) evaluations() table {
	out := t.of("evaluations", "evaluation.title", "supplier evaluation evaluated contract_ends")
	for _, s := range t.r.SupplierRecords {
		out.rows = append(out.rows, []datum{said(s.Supplier), numberOr(s.Evaluation), dayOr(s.Evaluated), dayOr(s.ContractEnds)})
	}
	return out
}

func (t tabler) recordedState(state string) datum {
	return coded(spreadsheet.Cell(clean(state, maxCell)), spreadsheet.Cell(t.w.known("recorded.", state)))
}

func dayOr(s string) datum {
	if s == "" {
		return datum{}
	}
	return dated(s)
}

func numberOr(s string) datum {
	if s == "" {
		return datum{}
	}
	return decimalOf(numberValue, s)
}

// Within reports whether something that was recorded on a day, and is over since
// an instant (0 where it is not), belongs into a period: it was there before the
// period ended, and was not over before it began.
func (p Period) Within(day string, over slo.Instant, dayOf func(slo.Instant) string) bool {
	return day < dayOf(p.To) && (over == 0 || over >= p.From)
}
