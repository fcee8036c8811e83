package slo

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestSendings(t *testing.T) {
	s := Sending{Agreement: "gold", Period: "2026-10", Edition: 1, To: []string{"a@example.com", "B@example.com"}}
	other := s
	other.To = []string{"b@example.com", "a@example.com"}
	if s.SendingID() != other.SendingID() {
		t.Error("another ID of the same to the same")
	}
	other.Day = "2026-10-30"
	if s.SendingID() == other.SendingID() {
		t.Error("a provisional report has the ID of the final one")
	}
	for _, c := range []struct {
		act     SendingAct
		comment string
		want    error
		state   SendingState
	}{
		{RecallSending, "why", SendingNotReleased, SendingWaiting},
		{PrepareSending, "", nil, SendingWaiting},
		{PrepareSending, "", nil, SendingWaiting},
		{ReleaseSending, strings.Repeat("x", MaxSendingComment+1), SendingBadComment, SendingWaiting},
		{ReleaseSending, "", nil, SendingReleased},
		{ReleaseSending, "", SendingNotWaiting, SendingReleased},
		{PrepareSending, "", SendingNotWaiting, SendingReleased},
		{RecallSending, " ", SendingBadComment, SendingReleased},
		{RecallSending, "a slip", nil, SendingWaiting},
		{ReleaseSending, "", nil, SendingReleased},
		{"burn", "", SendingNoSuchAct, SendingReleased},
	} {
		before := len(s.Events)
		next, err := s.Add(SendingEvent{Act: c.act, At: Instant(before + 1), Comment: c.comment, Mails: []string{"m"}})
		if !errors.Is(err, c.want) && err != c.want {
			t.Errorf("%s: %v, want %v", c.act, err, c.want)
		}
		if len(s.Events) != before || next.State() != c.state || (next.Mails() == nil) != (c.state == SendingWaiting) {
			t.Errorf("%s: %s with %v", c.act, next.State(), next.Mails())
		}
		s = next
	}
	for len(s.Events) < MaxSendingEvents {
		s.Events = append(s.Events, SendingEvent{Act: PrepareSending})
	}
	if _, err := s.Add(SendingEvent{Act: ReleaseSending}); err != SendingManyEvents {
		t.Errorf("one more: %v", err)
	}
}

func TestVotes(t *testing.T) {
	s := Survey{Asked: 1000, Expires: Instant(1000).Add(SurveyLife)}
	for _, c := range []struct {
		vote Vote
		want error
	}{
		{Vote{Score: 0, At: 2000}, SurveyBadScore},
		{Vote{Score: 6, At: 2000}, SurveyBadScore},
		{Vote{Score: 3, At: s.Expires}, SurveyExpired},
		{Vote{Score: 3, At: 2000, Comment: strings.Repeat("x", MaxVoteComment+1)}, SurveyBadComment},
		{Vote{Score: 3, At: s.Expires.Add(-time.Millisecond)}, nil},
		{Vote{Score: 3, At: 2000}, SurveyVoted},
	} {
		next, err := s.Take(c.vote)
		if err != c.want {
			t.Errorf("%+v: %v", c.vote, err)
		}
		s = next
	}
}
