package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/assay-sla/assay/slo"
)

// sendingRefusals say what is told of each refusal.
var sendingRefusals = map[slo.SendingRefusal]struct {
	status  int
	message string
}{
	slo.SendingNotWaiting:  {http.StatusConflict, "somebody has released it already"},
	slo.SendingNotReleased: {http.StatusConflict, "it waits, so there is nothing to take back"},
	slo.SendingUnderWay:    {http.StatusConflict, "a mail of it has left, or is leaving: it cannot be taken back any more"},
	slo.SendingBadComment:  {http.StatusBadRequest, "comment: a recall needs one, and it has at most 4000 bytes"},
	slo.SendingChanged:     {http.StatusConflict, "the report is not the one that was read: read the one that waits now"},
	slo.SendingManyEvents:  {http.StatusConflict, "as much happened to it as is kept"},
	slo.SendingNoSuchAct:   {http.StatusBadRequest, "there is no such act"},
}

// surveyRefusals say what is told of each refusal.
var surveyRefusals = map[slo.SurveyRefusal]struct {
	status  int
	message string
}{
	slo.SurveyVoted:      {http.StatusConflict, "this survey was answered already"},
	slo.SurveyExpired:    {http.StatusGone, "it is too late to answer this survey"},
	slo.SurveyBadScore:   {http.StatusBadRequest, "score: choose 1 to 5"},
	slo.SurveyBadComment: {http.StatusBadRequest, "comment: it has at most 2000 bytes"},
}

// sendingRefusal is what is told of an error of Sendings and Surveys; nil of
// others.
func sendingRefusal(err error) *refusal {
	var sending slo.SendingRefusal
	var survey slo.SurveyRefusal
	var wanted *ReportError
	switch {
	case errors.As(err, &sending):
		told := sendingRefusals[sending]
		return &refusal{told.status, string(sending), told.message}
	case errors.As(err, &survey):
		told := surveyRefusals[survey]
		return &refusal{told.status, string(survey), told.message}
	case errors.As(err, &wanted):
		return &refusal{http.StatusBadRequest, "bad_request", clean(wanted.Error(), 300)}
	case errors.Is(err, ErrReportsBusy):
		return &refusal{http.StatusServiceUnavailable, "too_many", ErrReportsBusy.Error()}
	case errors.Is(err, ErrMailWaits):
		return &refusal{http.StatusConflict, "mail_waits", ErrMailWaits.Error()}
	}
	for _, missing := range []error{ErrNoSending, ErrNoMail, ErrNoSurvey} {
		if errors.Is(err, missing) {
			return &refusal{http.StatusNotFound, "not_found", missing.Error()}
		}
	}
	return nil
}

// releaseSending releases the sending of the path.
func (s *site) releaseSending(v *visit, read, comment string) (x slo.Sending, err error) {
	comment, err = plainText(comment, slo.MaxSendingComment, cleanLines)
	if err != nil {
		err = slo.SendingBadComment
	}
	werr := s.write(v, func() error {
		if err == nil {
			x, err = s.Sendings.Release(context.WithoutCancel(v.r.Context()), v.r.PathValue("id"), read, comment, v.actor.Name, v.at)
		}
		return err
	})
	return x, werr
}

// recallSending takes back the mails of the sending of the path.
func (s *site) recallSending(v *visit, comment string) (x slo.Sending, err error) {
	comment, err = plainText(comment, slo.MaxSendingComment, cleanLines)
	if err != nil {
		err = slo.SendingBadComment
	}
	werr := s.write(v, func() error {
		if err == nil {
			x, err = s.Sendings.Recall(context.WithoutCancel(v.r.Context()), v.r.PathValue("id"), comment, v.actor.Name, v.at)
		}
		return err
	})
	return x, werr
}

// resendMail has the mail of the path go once more.
func (s *site) resendMail(v *visit) (m Mail, err error) {
	werr := s.write(v, func() error {
		m, err = s.Sendings.Resend(context.WithoutCancel(v.r.Context()), v.r.PathValue("id"), v.at)
		return err
	})
	return m, werr
}

// mailsOf are the mails of a sending with what went again of them.
func (s *site) mailsOf(v *visit, x *slo.Sending) ([]Mail, error) {
	var out []Mail
	for _, id := range x.Mails() {
		m, err := s.Sendings.Mail(v.r.Context(), id)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}
