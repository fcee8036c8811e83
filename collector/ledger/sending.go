package ledger

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/assay-sla/assay/slo"
)

// Sending is what happened to a report on its way to those who get it. Who they
// are, and what people wrote, stays in its row.
type Sending struct {
	Sending   string         `json:"sending"`   // its ID
	Agreement string         `json:"agreement"` // or a scope, as slo.ScopeText has it
	Period    string         `json:"period"`
	Act       slo.SendingAct `json:"act"`
	Row       string         `json:"row"` // SHA-256 of the event: see SendingLine
}

// SendingOf is the body of the entry of the newest event of a sending.
func SendingOf(s *slo.Sending) *Sending {
	e := s.Events[len(s.Events)-1]
	return &Sending{s.ID, s.Agreement, s.Period, e.Act, SendingLine(s, e).Digest()}
}

// Kind is sending.
func (*Sending) Kind() Kind { return KindSending }

// Subject is the sending.
func (b *Sending) Subject() string { return b.Sending }

func (b *Sending) check() error {
	if b.Sending == "" || b.Agreement == "" || b.Period == "" || b.Act == "" {
		return fmt.Errorf("nothing happened to no sending")
	}
	return checkRow(b.Row)
}

// SendingLine is a sending and an event of it.
func SendingLine(s *slo.Sending, e slo.SendingEvent) Line {
	e.Entry = 0
	event, err := json.Marshal(e)
	if err != nil { // it is numbers and texts
		return nil
	}
	to, err := json.Marshal(s.To)
	if err != nil {
		return nil
	}
	return Line{"sending", s.ID, s.Agreement, s.Period, s.Day, strconv.Itoa(s.Edition), string(to), string(event)}
}

// Vote is an answer to a survey. Who gave it, and which, stays in its row.
type Vote struct {
	Agreement string `json:"agreement"`
	Period    string `json:"period"`
	Row       string `json:"row"` // SHA-256 of the vote: see VoteLine
}

// VoteOf is the body of the entry of a survey's vote.
func VoteOf(s *slo.Survey) *Vote { return &Vote{s.Agreement, s.Period, VoteLine(s).Digest()} }

// Kind is vote.
func (*Vote) Kind() Kind { return KindVote }

// Subject is the agreement and the period.
func (b *Vote) Subject() string { return b.Agreement + "/" + b.Period }

func (b *Vote) check() error { return checkRow(b.Row) }

// VoteLine is a survey with its vote; nil where it has none.
func VoteLine(s *slo.Survey) Line {
	v := s.Vote
	if v == nil {
		return nil
	}
	return Line{"vote", s.Digest, s.Mail, s.Agreement, s.Period, s.Recipient, strconv.Itoa(v.Score), v.Comment, v.At.String()}
}
