package slo

import (
	"cmp"
	"slices"
	"time"
)

// Bounds of a survey.
const (
	MaxVoteComment = 2000                // bytes
	SurveyLife     = 90 * 24 * time.Hour // how long somebody who was asked may vote
	MinScore       = 1
	MaxScore       = 5
	// SatisfiedScore is the lowest score of a satisfied voter.
	SatisfiedScore = 4
)

// Survey asks one recipient of one report how satisfied he is with the service.
// He votes once, by a token of which only the digest is known.
type Survey struct {
	Digest    string // SHA-256 of the token, in hexadecimal
	Mail      string // Message-ID of the mail that has the token
	Agreement string // or the scope of a report on several, as ScopeText has it
	Service   string // "" of several
	Period    string
	Recipient string // an address
	Language  string // that he is written to in
	Asked     Instant
	Expires   Instant // no vote from then on
	Vote      *Vote   // nil while there is none
}

// Vote is one answer to a survey.
type Vote struct {
	Score   int     `json:"score"` // MinScore to MaxScore
	Comment string  `json:"comment,omitempty"`
	At      Instant `json:"at"`
	Entry   int64   `json:"entry"` // of the ledger that has it; 0 before it is there
}

// Take returns the survey with its vote; the error is a SurveyRefusal. s stays as
// it is.
func (s Survey) Take(v Vote) (Survey, error) {
	switch {
	case s.Vote != nil:
		return s, SurveyVoted
	case v.At >= s.Expires:
		return s, SurveyExpired
	case v.Score < MinScore || v.Score > MaxScore:
		return s, SurveyBadScore
	case len(v.Comment) > MaxVoteComment:
		return s, SurveyBadComment
	}
	s.Vote = &v
	return s, nil
}

// SurveyRefusal is why a vote is not taken.
type SurveyRefusal string

// The refusals.
const (
	SurveyVoted      SurveyRefusal = "voted"       // this token has voted
	SurveyExpired    SurveyRefusal = "expired"     // it is too late
	SurveyBadScore   SurveyRefusal = "bad_score"   // not MinScore to MaxScore
	SurveyBadComment SurveyRefusal = "bad_comment" // longer than MaxVoteComment
)

// SurveyRefusals lists every refusal.
func SurveyRefusals() []SurveyRefusal {
	return []SurveyRefusal{SurveyVoted, SurveyExpired, SurveyBadScore, SurveyBadComment}
}

// Error is the reason's name.
func (e SurveyRefusal) Error() string { return string(e) }

// Satisfaction is what came of the surveys of an agreement in a stretch of time.
type Satisfaction struct {
	Asked     int    // surveys sent in it
	Votes     int    // votes cast in it
	Satisfied int    // votes of SatisfiedScore or more
	Sum       int    // of the scores
	Scores    [5]int // votes of 1, 2, ... 5
}

// CSAT is the customer satisfaction score, the share of satisfied voters among
// those who voted; ok is false where nobody did.
func (s Satisfaction) CSAT() (f Fraction, ok bool) {
	return Fraction{Part: int64(s.Satisfied), Whole: int64(s.Votes)}, s.Votes > 0
}

// Satisfied counts the surveys that were sent in a stretch of time, and the votes
// that were cast in it, whenever they were asked for: what was counted once does
// not change later. voted are those surveys whose votes count, oldest vote first.
func Satisfied(list []Survey, in Interval) (s Satisfaction, voted []Survey) {
	for _, x := range list {
		if x.Asked >= in.From && x.Asked < in.To {
			s.Asked++
		}
		v := x.Vote
		if v == nil || v.At < in.From || v.At >= in.To || v.Score < MinScore || v.Score > MaxScore {
			continue
		}
		s.Votes++
		s.Sum += v.Score
		s.Scores[v.Score-MinScore]++
		if v.Score >= SatisfiedScore {
			s.Satisfied++
		}
		voted = append(voted, x)
	}
	slices.SortStableFunc(voted, func(a, b Survey) int {
		return cmp.Or(cmp.Compare(a.Vote.At, b.Vote.At), cmp.Compare(a.Digest, b.Digest))
	})
	return s, voted
}
