package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/assay-sla/assay/slo"
)

const surveyColumns = `digest, mail, agreement, service, period, recipient, language, asked, expires, voted, score, comment, entry`

// addSurveys keeps who is asked.
func addSurveys(ctx context.Context, tx *sql.Tx, list []slo.Survey) error {
	for _, x := range list {
		if _, err := tx.ExecContext(ctx, `insert into surveys (cell, digest, mail, agreement, service, period, recipient, language, asked, expires)
			values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			cell, x.Digest, x.Mail, x.Agreement, x.Service, x.Period, x.Recipient, x.Language, int64(x.Asked), int64(x.Expires)); err != nil {
			return err
		}
	}
	return nil
}

// Survey returns the survey of a token's digest, or ErrNotFound.
func (s *Store) Survey(ctx context.Context, digest string) (slo.Survey, error) {
	list, err := surveys(ctx, s.db, `where cell = ? and digest = ?`, cell, digest)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return slo.Survey{}, fmt.Errorf("reading a survey: %w", err)
	}
	return list[0], nil
}

// Vote keeps the vote of a survey, whose entry is the batch's only one. A survey
// that has one is slo.SurveyVoted.
func (s *Store) Vote(ctx context.Context, digest string, v slo.Vote, b LogBatch) error {
	return s.write(ctx, "keeping a vote", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `update surveys set voted = ?, score = ?, comment = ?, entry = ? where cell = ? and digest = ? and voted = 0`,
			int64(v.At), v.Score, v.Comment, b.Size, cell, digest)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, slo.SurveyVoted)
		}
		return appendLog(ctx, tx, b)
	})
}

// SurveysIn lists the surveys of an agreement, or of all where it is "", that
// were sent in a stretch of time or answered in it, in the order in which they
// were sent.
func (s *Store) SurveysIn(ctx context.Context, agreement string, in slo.Interval) ([]slo.Survey, error) {
	if s.unsent {
		return nil, nil
	}
	list, err := surveys(ctx, s.db, `where cell = ? and (agreement = ? or ? = '') and (asked >= ? and asked < ? or voted >= ? and voted < ? and voted > 0)
		order by asked, digest`, cell, agreement, agreement, int64(in.From), int64(in.To), int64(in.From), int64(in.To))
	if err != nil {
		return nil, fmt.Errorf("listing surveys: %w", err)
	}
	return list, nil
}

// EachVote hands over every survey that was answered.
func (s *Store) EachVote(ctx context.Context, f func(slo.Survey) error) error {
	if s.unsent {
		return nil
	}
	list, err := surveys(ctx, s.db, `where cell = ? and voted > 0 order by entry`, cell)
	if err != nil {
		return fmt.Errorf("listing votes: %w", err)
	}
	for _, x := range list {
		if err := f(x); err != nil {
			return err
		}
	}
	return nil
}

func surveys(ctx context.Context, db querier, rest string, args ...any) ([]slo.Survey, error) {
	var out []slo.Survey
	err := query(ctx, db, func(rows *sql.Rows) error {
		var x slo.Survey
		var v slo.Vote
		if err := rows.Scan(&x.Digest, &x.Mail, &x.Agreement, &x.Service, &x.Period, &x.Recipient, &x.Language, &x.Asked, &x.Expires,
			&v.At, &v.Score, &v.Comment, &v.Entry); err != nil {
			return err
		}
		if v.At != 0 {
			x.Vote = &v
		}
		out = append(out, x)
		return nil
	}, `select `+surveyColumns+` from surveys `+rest, args...)
	return out, err
}
