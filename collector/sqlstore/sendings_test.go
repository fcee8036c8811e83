package sqlstore

import (
	"errors"
	"fmt"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// step is a sending that issues a report at once, by mails.
func step(r Report, mails ...OutboxRow) SendingStep {
	s := slo.Sending{Agreement: r.Agreement, Period: r.Period, Edition: 1, To: []string{"a@example.com " + r.Made.String()}}
	s.ID = s.SendingID()
	e := slo.SendingEvent{Act: slo.ReleaseSending, At: r.Made, Actor: "assay", Comment: "it's \"fine\" 好"}
	for _, m := range mails {
		e.Mails = append(e.Mails, m.ID)
	}
	s.Events = []slo.SendingEvent{e}
	return SendingStep{Sending: s, Draft: r.Model, Issued: &r, Mails: mails}
}

func TestSendings(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		sent := slo.Sending{Agreement: "gold", Period: "2026-10", Edition: 1, To: []string{"a@example.com"}, Asked: []string{"boss@example.com"}}
		sent.ID = sent.SendingID()
		do := func(act slo.SendingAct, at slo.Instant, st SendingStep) error {
			next, err := sent.Add(slo.SendingEvent{Act: act, At: at, Actor: "anna", Comment: "why"})
			must(t, err)
			st.Sending = next
			if err = s.StepSending(ctx, st, LogBatch{}); err == nil {
				sent = next
			}
			return err
		}
		must(t, do(slo.PrepareSending, at(0), SendingStep{Draft: []byte(`{"n":1}`), Mails: []OutboxRow{row("ask", "pending", 0)}}))
		asked := slo.Survey{Digest: "d1", Mail: "m1", Agreement: "gold", Service: "shop", Period: "2026-10", Recipient: "a@example.com", Language: "zh", Asked: at(1), Expires: at(99)}
		mail := row("m1", "pending", 30)
		mail.Delivery = []byte(`{"attempts":0}`)
		must(t, do(slo.ReleaseSending, at(1), SendingStep{Draft: []byte(`{"n":2}`), Mails: []OutboxRow{mail}, Asked: []slo.Survey{asked}}))
		s = reopen()
		got, err := s.Sendings(ctx, SendingFilter{State: slo.SendingReleased, Limit: 5})
		must(t, err)
		same(t, []slo.Sending{sent}, got)
		draft, _, err := s.SendingDraft(ctx, sent.ID)
		must(t, err)
		same(t, `{"n":2}`, string(draft))

		// What has begun to leave cannot be taken back, and nothing else is kept.
		must(t, s.RecordDelivery(ctx, "m1", "pending", at(40), 0, []byte(`{"attempts":1}`)))
		if err := do(slo.RecallSending, at(2), SendingStep{Recalled: []string{"m1"}}); !errors.Is(err, slo.SendingUnderWay) {
			t.Errorf("recalled: %v", err)
		}
		must(t, s.RecordDelivery(ctx, "m1", "pending", at(40), 0, []byte(`{"attempts":0}`)))
		must(t, do(slo.RecallSending, at(2), SendingStep{Draft: []byte(`{"n":3}`), Recalled: []string{"m1"}}))
		_, err = s.OutboxRow(ctx, "m1")
		_, other := s.Survey(ctx, "d1")
		if !errors.Is(err, ErrNotFound) || !errors.Is(other, ErrNotFound) {
			t.Errorf("the mail is there: %v, or its survey: %v", err, other)
		}
		got, err = s.Sendings(ctx, SendingFilter{State: slo.SendingWaiting})
		must(t, err)
		same(t, []slo.Sending{sent}, got)
		if err := s.RecordDelivery(ctx, "m1", "sending", at(40), 0, []byte(`{}`)); !errors.Is(err, ErrNotFound) {
			t.Errorf("an attempt begins at what was taken back: %v", err)
		}
	})
}

// One token votes once, and what was not asked does not vote.
func TestSurveys(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		r := Report{Agreement: "gold", Period: "2026-10", Made: at(0), Model: []byte("{}"), HTML: []byte{1}, Text: []byte{1}}
		st := step(r, row("m1", "pending", 0))
		st.Asked = []slo.Survey{
			{Digest: "d1", Mail: "m1", Agreement: "gold", Service: "shop", Period: "2026-10", Recipient: "a@example.com", Language: "en", Asked: at(1), Expires: at(99)},
			{Digest: "d2", Mail: "m1", Agreement: "gold", Service: "shop", Period: "2026-10", Recipient: "b@example.com", Language: "en", Asked: at(1), Expires: at(99)},
		}
		must(t, s.StepSending(ctx, st, LogBatch{}))
		v := slo.Vote{Score: 4, Comment: "fine", At: at(50)}
		must(t, s.Vote(ctx, "d1", v, LogBatch{}))
		s = reopen()
		for _, digest := range []string{"d1", "nobody's"} {
			if err := s.Vote(ctx, digest, slo.Vote{Score: 1, At: at(51)}, LogBatch{}); !errors.Is(err, slo.SurveyVoted) {
				t.Errorf("%s votes: %v", digest, err)
			}
		}
		want := st.Asked[0]
		want.Vote = &v
		got, err := s.Survey(ctx, "d1")
		must(t, err)
		same(t, want, got)
		for _, c := range []struct {
			agreement string
			from, to  int
			want      int
		}{{"gold", 0, 2, 2}, {"", 0, 2, 2}, {"gold", 49, 51, 1}, {"gold", 2, 49, 0}, {"other", 0, 99, 0}} {
			list, err := s.SurveysIn(ctx, c.agreement, slo.Interval{From: at(c.from), To: at(c.to)})
			must(t, err)
			if len(list) != c.want {
				t.Errorf("%+v: %d", c, len(list))
			}
		}
	})
}

func TestMailsThatWereSent(t *testing.T) {
	each(t, func(t *testing.T, s *Store, reopen func() *Store) {
		ctx := t.Context()
		if _, err := s.MailBytes(ctx, "m1"); !errors.Is(err, ErrNotFound) {
			t.Errorf("of none: %v", err)
		}
		for _, b := range []string{"first\r\n", "second\r\n"} {
			got, err := s.KeepMailBytes(ctx, "m1", []byte(b))
			must(t, err)
			same(t, "first\r\n", string(got))
			s = reopen()
		}
		if _, err := s.Enqueue(ctx, row("m1", "sent", 0)); err != nil {
			t.Fatal(err)
		}
		again := row("m2", "pending", 0)
		again.Subject = "m1"
		if _, err := s.Enqueue(ctx, again); err != nil {
			t.Fatal(err)
		}
		about, err := s.MailsAbout(ctx, "m1")
		must(t, err)
		same(t, []OutboxRow{row("m1", "sent", 0), again}, about)

		b := Bounce{at(3), "m1", "a@example.com", "failed", "5.1.1", "no such user"}
		must(t, s.AddBounces(ctx, []Bounce{b}))
		later := b
		later.At = at(9)
		must(t, s.AddBounces(ctx, []Bounce{later})) // the same report again
		if err := s.AddBounces(ctx, []Bounce{{at(3), "other", "x", "failed", "5.0.0", ""}}); !errors.Is(err, ErrNotFound) {
			t.Errorf("of another's mail: %v", err)
		}
		got, err := s.Bounces(ctx, "m1")
		must(t, err)
		same(t, []Bounce{b}, got)
		for since, want := range map[int]int{3: 1, 4: 0} {
			n, last, err := s.UndeliveredSince(ctx, at(since))
			must(t, err)
			if n != want || (last == "m1") != (want == 1) {
				t.Errorf("since %d: %d, %s", since, n, last)
			}
		}
		must(t, s.RecordDelivery(ctx, "m2", "sent", 0, at(8), []byte(`{"refused":[{"to":"x","reply":"550"}]}`)))
		undelivered, err := s.MailsLike(ctx, true, 10)
		must(t, err)
		if n, _, err := s.UndeliveredSince(ctx, at(4)); err != nil || n != 1 || len(undelivered) != 2 {
			t.Errorf("%d of %d, %v", n, len(undelivered), err)
		}
		var forged []Bounce
		for i := range 3 * maxBounces {
			forged = append(forged, Bounce{at(5), "m2", fmt.Sprintf("r%d@example.org", i), "failed", "5.1.1", ""})
		}
		must(t, s.AddBounces(ctx, forged))
		got, err = s.Bounces(ctx, "m2")
		must(t, err)
		same(t, forged[:maxBounces], got)
	})
}
