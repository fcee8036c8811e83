package web

import (
	"net/http"
	"net/url"
	"time"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// mailsShown bounds the mails that did not arrive, on the page of the reports.
const mailsShown = 50

func sendingPath(id string) string { return "/sendings/" + url.PathEscape(id) }

// sendingsView is the page of the reports: what waits, what failed, what was
// sent.
type sendingsView struct {
	State      string
	States     []slo.SendingState
	Sendings   []sendingRow
	Failed     []Mail
	CSRF       string
	Back, Next string
}

// sendingRow is a sending in a list.
type sendingRow struct {
	*slo.Sending
	About    string // what the report is about, in words
	Standing string
	Waits    bool
	Changed  slo.Instant
}

func (w words) sendingRow(x *slo.Sending) sendingRow {
	return sendingRow{x, w.scope(x.Agreement), w.t("sending.state." + string(x.State())), x.State() == slo.SendingWaiting, x.Since()}
}

// scope puts into words what a report is about.
func (w words) scope(text string) string {
	kind, name := slo.ReadScope(text)
	switch kind {
	case "customer":
		return w.t("sending.scope.customer", name)
	case "service":
		return w.t("sending.scope.service", name)
	case "supplier":
		return w.t("sending.scope.supplier", name)
	case "all":
		return w.t("sending.scope.all")
	}
	return name
}

func (s *site) sendingsPage(v *visit) error {
	q := v.r.URL.Query()
	f, err := sendingFilter(q.Get("state"), q.Get("offset"), "")
	if err != nil {
		return err
	}
	f.Limit = maxPage + 1 // one more tells whether there are more
	list, err := s.Sendings.List(v.r.Context(), f)
	if err != nil {
		return err
	}
	page := sendingsView{State: string(f.State), States: slo.SendingStates(), CSRF: s.csrf(v)}
	for i := range list[:min(len(list), maxPage)] {
		page.Sendings = append(page.Sendings, v.views.sendingRow(&list[i]))
	}
	page.Back, page.Next = pager(q, "/reports", f.Offset, f.Offset+len(list))
	if page.Failed, err = s.Sendings.Mails(v.r.Context(), true, mailsShown); err != nil {
		return err
	}
	return s.render(v, http.StatusOK, "reports", v.views.t("sending.title"), page, false)
}

// sendingView is the page of one sending.
type sendingView struct {
	sendingRow
	Mails   []Mail
	Events  []slo.SendingEvent
	Read    string // digest of the report that waits
	Release bool   // the visitor may release it
	Recall  bool   // ... take it back
	Leaves  slo.Instant
	CSRF    string
	Problem string // what was wrong with an act
	Comment string // of an act to be mended
	MaxText int
	Zone    *time.Location
}

func (v sendingView) zone() *time.Location { return v.Zone }

func (s *site) sendingPage(v *visit) error { return s.showSending(v, http.StatusOK, "", "") }

// showSending shows a sending, with an act that was not done.
func (s *site) showSending(v *visit, status int, problem, comment string) error {
	x, err := s.Sendings.Get(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	page := sendingView{
		sendingRow: v.views.sendingRow(&x), Events: x.Events, Zone: s.Zone(), Problem: problem, Comment: comment, MaxText: slo.MaxSendingComment, CSRF: s.csrf(v),
	}
	if page.Mails, err = s.mailsOf(v, &x); err != nil {
		return err
	}
	if n := len(x.Events); page.Waits && n > 0 {
		page.Read = x.Events[n-1].Report
	}
	may := v.actor.May(auth.Approver)
	page.Release = may && page.Waits
	if page.Leaves = leaves(page.Mails); page.Leaves != 0 {
		page.Recall = may
	}
	return s.render(v, status, "sending", v.views.t("sending.of", page.About, x.Period), page, false)
}

// leaves is when the first of a sending's mails is to leave; 0 where one has
// begun to, or there are none.
func leaves(mails []Mail) slo.Instant {
	var first slo.Instant
	for _, m := range mails {
		if m.State != MailPending || m.Attempts > 0 {
			return 0
		}
		if first == 0 || m.Next < first {
			first = m.Next
		}
	}
	return first
}

func (s *site) releaseForm(v *visit) error {
	if err := v.readForm(); err != nil {
		return err
	}
	comment := v.r.PostForm.Get("comment")
	_, err := s.releaseSending(v, v.r.PostForm.Get("report"), comment)
	return s.afterSending(v, comment, err)
}

func (s *site) recallForm(v *visit) error {
	if err := v.readForm(); err != nil {
		return err
	}
	comment := v.r.PostForm.Get("comment")
	_, err := s.recallSending(v, comment)
	return s.afterSending(v, comment, err)
}

// afterSending leads back to the sending, or shows it with what was refused.
func (s *site) afterSending(v *visit, comment string, err error) error {
	if err != nil {
		if r, expected := asRefusal(err); expected && r.status != http.StatusNotFound {
			return s.showSending(v, r.status, r.code, comment)
		}
		return err
	}
	http.Redirect(v.w, v.r, sendingPath(v.r.PathValue("id")), http.StatusSeeOther)
	return nil
}

func (s *site) resendForm(v *visit) error {
	if err := v.readForm(); err != nil {
		return err
	}
	if _, err := s.resendMail(v); err != nil {
		return err
	}
	back := v.r.PostForm.Get("back")
	if !ownPath(back) {
		back = "/reports"
	}
	http.Redirect(v.w, v.r, back, http.StatusSeeOther)
	return nil
}

// reportPolicy is that of a report: it carries its looks and pictures inside,
// and nothing else.
const reportPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"

// showReport answers with a report as a page of its own.
func showReport(v *visit, html []byte) error {
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", reportPolicy)
	_, _ = v.w.Write(html) // nobody is left to tell
	return nil
}

func (s *site) sendingReport(v *visit) error {
	html, err := s.Sendings.Report(v.r.Context(), v.r.PathValue("id"), "")
	if err != nil {
		return err
	}
	return showReport(v, html)
}

// livePage is where the mail of a report leads: to the report as it is now.
func (s *site) livePage(v *visit) error {
	lang := ""
	if cookie(v.r, langCookie) != "" {
		lang = map[string]string{english: "en", chinese: "zh"}[v.views.lang]
	}
	scope := v.r.PathValue("agreement") + v.r.URL.Query().Get("name") // one with a slash is no part of a path
	html, err := s.Sendings.Live(v.r.Context(), scope, v.r.PathValue("period"), lang, v.at)
	if err != nil {
		return err
	}
	return showReport(v, html)
}

// mailTable is a list of mails in a page, with where it leads back to.
type mailTable struct {
	Mails []Mail
	Zone  *time.Location
	CSRF  string
	Back  string
}

func mailsIn(mails []Mail, zone *time.Location, csrf, back string) mailTable {
	return mailTable{mails, zone, csrf, back}
}

// waitsFor is what waits for the visitor: requests to decide on, and reports to
// release.
func (s *site) waitsFor(v *visit) []answerLine {
	var out []answerLine
	if n := s.waiting(v); n > 0 {
		out = append(out, answerLine{v.views.n("answer.need.exclusion", n), "/exclusions?state=" + string(slo.ExclusionPending)})
	}
	if s.Sendings == nil || !v.actor.May(auth.Approver) {
		return out
	}
	list, err := s.Sendings.List(v.r.Context(), SendingFilter{State: slo.SendingWaiting, Limit: maxPage})
	if err != nil {
		s.Log.Error("counting the reports that wait failed", "error", err)
	}
	if len(list) > 0 {
		out = append(out, answerLine{v.views.n("answer.need.report", len(list)), "/reports?state=" + string(slo.SendingWaiting)})
	}
	return out
}
