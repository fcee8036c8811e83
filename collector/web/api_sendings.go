package web

import (
	"mime"
	"net/http"
	"slices"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// sendingRoutes are those of the reports on their way.
func (s *site) sendingRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{get, "/reports", forPeople, auth.Operator, "", s.sendingsPage},
		{get, "/reports/{agreement}/{period}", forPeople, auth.Viewer, "", s.livePage},
		{get, "/sendings/{id}", forPeople, auth.Operator, "", s.sendingPage},
		{get, "/sendings/{id}/report", forPeople, auth.Operator, "", s.sendingReport},
		{post, "/sendings/{id}/release", forPeople, auth.Approver, "sending.release", s.releaseForm},
		{post, "/sendings/{id}/recall", forPeople, auth.Approver, "sending.recall", s.recallForm},
		{post, "/mails/{id}/resend", forPeople, auth.Operator, "mail.resend", s.resendForm},

		{get, "/api/v1/sendings", forMachines, auth.Operator, "", s.sendingsAPI},
		{get, "/api/v1/sendings/{id}", forMachines, auth.Operator, "", s.sendingAPI},
		{post, "/api/v1/sendings/{id}/release", forMachines, auth.Approver, "sending.release", s.releaseAPI},
		{post, "/api/v1/sendings/{id}/recall", forMachines, auth.Approver, "sending.recall", s.recallAPI},
		{get, "/api/v1/mails", forMachines, auth.Operator, "", s.mailsAPI},
		{get, "/api/v1/mails/{id}", forMachines, auth.Operator, "", s.mailAPI},
		{get, "/api/v1/mails/{id}/raw", forMachines, auth.Operator, "", s.rawMail},
		{post, "/api/v1/mails/{id}/resend", forMachines, auth.Operator, "mail.resend", s.resendAPI},
	}
}

type sendingsJSON struct {
	At       slo.Instant   `json:"at"`
	Sendings []sendingJSON `json:"sendings"`
	Next     *int          `json:"next_offset"`
}

// sendingJSON is a sending as tools read it.
type sendingJSON struct {
	ID        string             `json:"id"`
	Agreement string             `json:"agreement"`
	Period    string             `json:"period"`
	Day       string             `json:"day,omitempty"` // of a provisional report
	Edition   int                `json:"edition"`
	State     slo.SendingState   `json:"state"`
	Since     slo.Instant        `json:"since"`
	To        []string           `json:"to"`
	Asked     []string           `json:"asked"`
	Events    []slo.SendingEvent `json:"events"`
	Mails     []mailJSON         `json:"mails,omitempty"` // of one sending alone
}

func sendingOf(x *slo.Sending) sendingJSON {
	return sendingJSON{
		ID: x.ID, Agreement: x.Agreement, Period: x.Period, Day: x.Day, Edition: x.Edition, State: x.State(), Since: x.Since(),
		To: append([]string{}, x.To...), Asked: append([]string{}, x.Asked...), Events: x.Events,
	}
}

// mailJSON is a mail as tools read it; its body is left out.
type mailJSON struct {
	ID         string        `json:"id"`
	Subject    string        `json:"subject"`
	To         []string      `json:"to"`
	Of         string        `json:"of,omitempty"`
	EnqueuedAt slo.Instant   `json:"enqueued_at"`
	State      MailState     `json:"state"`
	Attempts   int           `json:"attempts"`
	NextAt     *slo.Instant  `json:"next_at"`
	EndedAt    *slo.Instant  `json:"ended_at"`
	Accepted   []string      `json:"accepted"`
	Refused    []MailRefusal `json:"refused"`
	Response   string        `json:"response"`
	Error      string        `json:"error"`
	Bounces    []MailBounce  `json:"bounces"`
}

func mailOf(m *Mail) mailJSON {
	j := mailJSON{
		ID: m.ID, Subject: m.Subject, To: append([]string{}, m.To...), Of: m.Of, EnqueuedAt: m.Enqueued, State: m.State, Attempts: m.Attempts,
		Accepted: append([]string{}, m.Accepted...), Refused: append([]MailRefusal{}, m.Refused...), Response: m.Response, Error: m.Error,
		Bounces: append([]MailBounce{}, m.Bounces...),
	}
	if m.State == MailPending && m.Next != 0 {
		j.NextAt = &m.Next
	}
	if m.Ended != 0 {
		j.EndedAt = &m.Ended
	}
	return j
}

// sendingFilter reads what chooses sendings, for the page and the API.
func sendingFilter(state, offset, limit string) (SendingFilter, error) {
	f := SendingFilter{State: slo.SendingState(state)}
	if state != "" && !slices.Contains(slo.SendingStates(), f.State) {
		return f, badRequest("state: it is waiting or released")
	}
	var err error
	if f.Offset, err = offsetOf(offset); err != nil {
		return f, err
	}
	f.Limit, err = number("limit", limit, maxPage, 1, maxPage)
	return f, err
}

func (s *site) sendingsAPI(v *visit) error {
	q, err := query(v.r, "state", "offset", "limit")
	if err != nil {
		return err
	}
	f, err := sendingFilter(q.Get("state"), q.Get("offset"), q.Get("limit"))
	if err != nil {
		return err
	}
	limit := f.Limit
	f.Limit++ // one more tells whether there are more
	list, err := s.Sendings.List(v.r.Context(), f)
	if err != nil {
		return err
	}
	out := sendingsJSON{At: v.at, Sendings: []sendingJSON{}}
	if len(list) > limit {
		next := f.Offset + limit
		list, out.Next = list[:limit], &next
	}
	for i := range list {
		out.Sendings = append(out.Sendings, sendingOf(&list[i]))
	}
	writeJSON(v.w, http.StatusOK, out)
	return nil
}

func (s *site) sendingAPI(v *visit) error {
	if _, err := query(v.r); err != nil {
		return err
	}
	x, err := s.Sendings.Get(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.answerSending(v, &x)
}

// answerSending answers with a sending and its mails.
func (s *site) answerSending(v *visit, x *slo.Sending) error {
	j := sendingOf(x)
	mails, err := s.mailsOf(v, x)
	if err != nil {
		return err
	}
	for i := range mails {
		j.Mails = append(j.Mails, mailOf(&mails[i]))
	}
	writeJSON(v.w, http.StatusOK, j)
	return nil
}

func (s *site) releaseAPI(v *visit) error {
	var in struct {
		Report  string `json:"report"`
		Comment string `json:"comment"`
	}
	if err := ReadBody(v.r, &in); err != nil {
		return err
	}
	x, err := s.releaseSending(v, in.Report, in.Comment)
	if err != nil {
		return err
	}
	return s.answerSending(v, &x)
}

func (s *site) recallAPI(v *visit) error {
	var in struct {
		Comment string `json:"comment"`
	}
	if err := ReadBody(v.r, &in); err != nil {
		return err
	}
	x, err := s.recallSending(v, in.Comment)
	if err != nil {
		return err
	}
	return s.answerSending(v, &x)
}

func (s *site) mailsAPI(v *visit) error {
	q, err := query(v.r, "limit", "undelivered")
	if err != nil {
		return err
	}
	limit, err := number("limit", q.Get("limit"), maxMails/10, 1, maxMails)
	if err != nil {
		return err
	}
	if u := q.Get("undelivered"); u != "" && u != "true" {
		return badRequest("undelivered: it is true, or left out")
	}
	list, err := s.Sendings.Mails(v.r.Context(), q.Get("undelivered") != "", limit)
	if err != nil {
		return err
	}
	out := []mailJSON{}
	for i := range list {
		out = append(out, mailOf(&list[i]))
	}
	writeJSON(v.w, http.StatusOK, map[string]any{"mails": out})
	return nil
}

// maxMails bounds the mails of one answer.
const maxMails = 1000

func (s *site) mailAPI(v *visit) error {
	if _, err := query(v.r); err != nil {
		return err
	}
	m, err := s.Sendings.Mail(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	writeJSON(v.w, http.StatusOK, mailOf(&m))
	return nil
}

// rawMail hands out a mail as it went over the wire, for a mail program to open.
func (s *site) rawMail(v *visit) error {
	b, err := s.Sendings.Raw(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "message/rfc822")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": v.r.PathValue("id") + ".eml"}))
	_, _ = v.w.Write(b) // nobody is left to tell
	return nil
}

func (s *site) resendAPI(v *visit) error {
	m, err := s.resendMail(v)
	if err != nil {
		return err
	}
	writeJSON(v.w, http.StatusAccepted, mailOf(&m))
	return nil
}
