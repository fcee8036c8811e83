package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// exclusionRefusals say what is told of each refusal.
var exclusionRefusals = map[slo.ExclusionRefusal]struct {
	status  int
	message string
}{
	slo.ExclusionEmpty:      {http.StatusBadRequest, "to: it is not after from"},
	slo.ExclusionTooLong:    {http.StatusBadRequest, "to: an exclusion lasts at most 366 days"},
	slo.ExclusionAhead:      {http.StatusBadRequest, "to: it lies ahead; work that is to come is a Maintenance of the catalogue"},
	slo.ExclusionTooOld:     {http.StatusBadRequest, "from: the measurements of that time are not kept any more"},
	slo.ExclusionAgreements: {http.StatusBadRequest, "agreements: name 1 to 20"},
	slo.ExclusionReasons:    {http.StatusBadRequest, "reason: say why, in at most 500 bytes"},
	slo.ExclusionElsewhere:  {http.StatusConflict, "another request has the ID of this one; word the reason otherwise"},
	slo.ExclusionTooMany:    {http.StatusConflict, "as many requests wait, or are approved, as the collector keeps"},
	slo.ExclusionNoPromise:  {http.StatusBadRequest, "agreements: the catalogue lacks one of them"},
	slo.NotPending:          {http.StatusConflict, "somebody has decided on it already"},
	slo.NotApproved:         {http.StatusConflict, "it is not approved, so there is nothing to revoke"},
	slo.OwnRequest:          {http.StatusForbidden, "who asks for an exclusion does not decide on it"},
	slo.NotRequester:        {http.StatusForbidden, "only who asked for it withdraws it"},
	slo.BadComment:          {http.StatusBadRequest, "comment: say why, in at most 4000 bytes"},
	slo.NoSuchAct:           {http.StatusBadRequest, "there is no such act"},
}

// requestExclusion keeps a request of the visitor's.
func (s *site) requestExclusion(v *visit, r slo.ExclusionRequest) (got slo.ExclusionRequest, fresh bool, err error) {
	v.about = clean(strings.Join(r.Agreements, ","), maxName)
	if r.Reason, err = plainText(r.Reason, slo.MaxExclusionReason, clean); err != nil {
		return got, false, s.settle(v, slo.ExclusionReasons)
	}
	got, fresh, err = s.Exclusions.Request(context.WithoutCancel(v.r.Context()), r, s.event(v))
	return got, fresh, s.settle(v, err)
}

// decideExclusion makes a decision of the visitor's on the request of the path.
func (s *site) decideExclusion(v *visit, act slo.ExclusionAct, comment string) (got slo.ExclusionRequest, err error) {
	id, err := exclusionID(v)
	if err != nil {
		return got, err
	}
	if comment, err = plainText(comment, slo.MaxExclusionComment, cleanLines); err != nil {
		return got, s.settle(v, slo.BadComment)
	}
	got, err = s.Exclusions.Decide(context.WithoutCancel(v.r.Context()), id, slo.ExclusionDecision{Act: act, Comment: comment}, s.event(v))
	return got, s.settle(v, err)
}

// plainText is a text without what does not print; one of more than n bytes is
// an error rather than cut.
func plainText(text string, n int, clean func(string, int) string) (string, error) {
	t := clean(text, len(text))
	if len(t) > n {
		return "", errors.New("too long")
	}
	return t, nil
}

// event is the line of the audit that tells of the visit's write. Whoever makes
// the write keeps it, together with what it does.
func (s *site) event(v *visit) AuditEvent {
	return AuditEvent{
		At: v.at, Actor: v.actor.Name, Role: v.actor.Role, By: v.actor.By, Remote: v.address(),
		Action: v.route.action, Object: v.object(), Outcome: Allowed,
	}
}

// settle records a write that was not made, and returns what is told of it.
func (s *site) settle(v *visit, err error) error {
	var refused slo.ExclusionRefusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		told := exclusionRefusals[refused]
		err = refuse(told.status, string(refused), lacking(err, "agreements", told.message))
		if rerr := s.record(v, Refused, string(refused)); rerr != nil {
			return rerr
		}
		return err
	}
	r, _ := asRefusal(err)
	if rerr := s.record(v, Failed, r.code); rerr != nil {
		return errors.Join(rerr, err)
	}
	return err
}

// exclusionID is the ID of the request that the path names.
func exclusionID(v *visit) (string, error) {
	id := v.r.PathValue("id")
	if id == "" || len(id) > maxName || clean(id, maxName) != id {
		return "", ErrNoExclusion
	}
	return id, nil
}
