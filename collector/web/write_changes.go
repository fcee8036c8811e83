package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// changeRefusals say what is told of each refusal.
var changeRefusals = map[slo.ChangeRefusal]struct {
	status  int
	message string
}{
	slo.ChangeBadKind:        {http.StatusBadRequest, "kind: it is change or release"},
	slo.ChangeBadServices:    {http.StatusBadRequest, "services: name 1 to 50"},
	slo.ChangeUnknownService: {http.StatusBadRequest, "services: the catalogue lacks one of them"},
	slo.ChangeBackwards:      {http.StatusBadRequest, "to: it is before from"},
	slo.ChangeTooLong:        {http.StatusBadRequest, "to: a change lasts at most 31 days"},
	slo.ChangeFarAway:        {http.StatusBadRequest, "from: it lies more than 400 days back, or more than 366 ahead"},
	slo.ChangeBadSummary:     {http.StatusBadRequest, "summary: say what it is, in at most 200 bytes"},
	slo.ChangeBadDescription: {http.StatusBadRequest, "description: it has more than 4000 bytes"},
	slo.ChangeBadAuthor:      {http.StatusBadRequest, "by: say who made it, in at most 200 bytes"},
	slo.ChangeBadKey:         {http.StatusBadRequest, "key: it has more than 200 bytes"},
	slo.ChangeBadLink:        {http.StatusBadRequest, "link: no http or https address without a user, of at most 1000 bytes"},
	slo.ChangePastWork:       {http.StatusBadRequest, "maintenance: its time is over or has no length; what is over is excluded after the fact, which somebody approves"},
	slo.ChangeManyWorks:      {http.StatusConflict, "maintenance: changes carry as much planned work as the collector keeps"},
	slo.ChangeElsewhere:      {http.StatusConflict, "another change has this key"},
	slo.ChangeNoSuchAct:      {http.StatusBadRequest, "there is no such act"},
	slo.ChangeBadComment:     {http.StatusBadRequest, "text: it has more than 4000 bytes"},
	slo.ChangeFull:           {http.StatusConflict, "as much was said of it as is kept"},
	slo.ChangeAlreadySo:      {http.StatusConflict, "it is so already"},
	slo.ChangeIsWithdrawn:    {http.StatusConflict, "it was withdrawn; reinstate it first"},
	slo.ChangeNotWithdrawn:   {http.StatusConflict, "it was not withdrawn"},
	slo.ChangeAhead:          {http.StatusConflict, "it has not begun"},
	slo.ChangeWorkBegun:      {http.StatusConflict, "the maintenance that it carries has begun, and stays"},
	slo.ChangeWorkGone:       {http.StatusConflict, "the maintenance that it carried was withdrawn; tell of another change, which announces it anew"},
}

func changePath(id string) string { return "/changes/" + url.PathEscape(id) }

// tellChange keeps a change that the visitor tells of.
func (s *site) tellChange(v *visit, told slo.ChangeRecord) (got slo.ChangeRecord, fresh bool, err error) {
	v.about = clean(strings.Join(told.Services, ","), maxName)
	if err := tidyChange(&told); err != nil {
		return got, false, s.settleChange(v, err)
	}
	got, fresh, err = s.Changes.Tell(context.WithoutCancel(v.r.Context()), told, s.event(v))
	return got, fresh, s.settleChange(v, err)
}

// tidyChange takes out of a change what does not print; what is too long is an
// error rather than cut.
func tidyChange(c *slo.ChangeRecord) error {
	for _, t := range []struct {
		text    *string
		most    int
		clean   func(string, int) string
		refusal slo.ChangeRefusal
	}{
		{&c.Key, slo.MaxChangeName, clean, slo.ChangeBadKey},
		{&c.Summary, slo.MaxChangeName, clean, slo.ChangeBadSummary},
		{&c.By, slo.MaxChangeName, clean, slo.ChangeBadAuthor},
		{&c.Link, slo.MaxChangeLink, clean, slo.ChangeBadLink},
		{&c.Description, slo.MaxChangeDescription, cleanLines, slo.ChangeBadDescription},
	} {
		text, err := plainText(*t.text, t.most, t.clean)
		if err != nil {
			return t.refusal
		}
		*t.text = text
	}
	return nil
}

// sayOfChange adds what the visitor says of the change of the path.
func (s *site) sayOfChange(v *visit, act slo.ChangeAct, text string) (got slo.ChangeRecord, err error) {
	id, err := changeID(v)
	if err != nil {
		return got, err
	}
	if text, err = plainText(text, slo.MaxChangeDescription, cleanLines); err != nil {
		return got, s.settleChange(v, slo.ChangeBadComment)
	}
	got, err = s.Changes.Say(context.WithoutCancel(v.r.Context()), id, slo.ChangeEvent{Act: act, Text: text}, s.event(v))
	return got, s.settleChange(v, err)
}

// settleChange records a write that was not made, and returns what is told of it.
func (s *site) settleChange(v *visit, err error) error {
	var refused slo.ChangeRefusal
	if err == nil {
		return nil
	}
	outcome := Failed
	if errors.As(err, &refused) {
		told := changeRefusals[refused]
		outcome, err = Refused, refuse(told.status, string(refused), lacking(err, "services", told.message))
	}
	r, _ := asRefusal(err)
	if rerr := s.record(v, outcome, r.code); rerr != nil {
		return rerr
	}
	return err
}

// lacking is what is told of a refusal for names that the catalogue lacks: which
// they are, where that is known.
func lacking(err error, field, message string) string {
	var lacking *slo.Lacking
	if !errors.As(err, &lacking) {
		return message
	}
	return clean(field+": the catalogue lacks "+lacking.List(), maxComment)
}

// changeID is the ID of the change that the path names.
func changeID(v *visit) (string, error) {
	id := v.r.PathValue("id")
	if id == "" || len(id) > maxName || clean(id, maxName) != id {
		return "", ErrNoChange
	}
	return id, nil
}
