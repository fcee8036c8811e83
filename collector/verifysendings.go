package collector

import (
	"context"
	"errors"
	"fmt"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// sending is the event of a sending that an entry has. It names the report, of the
// newest event, and who was asked to release it as the records have them now: both
// lie beside the events.
func (r *ledgerRows) sending(ctx context.Context, sending string, entry int64) (ledger.Line, error) {
	got, err := r.store.Sending(ctx, sending)
	if errors.Is(err, sqlstore.ErrNotFound) {
		return nil, nil
	}
	for i, e := range got.Events {
		if e.Entry != entry {
			continue
		}
		if len(e.Asked) > 0 {
			e.Asked = got.Asked
		}
		if i == len(got.Events)-1 {
			var draft []byte
			var events int
			draft, events, err = r.store.SendingDraft(ctx, sending)
			if events == len(got.Events) { // else more happened to it just now
				e.Report = ledger.Digest(draft)
			}
		}
		return ledger.SendingLine(&got, e), err
	}
	return nil, err
}

// vote is the survey whose vote an entry has.
func (r *ledgerRows) vote(ctx context.Context, entry int64) (ledger.Line, error) {
	err := r.readVotes(ctx)
	if s, found := r.votes[entry]; found {
		return ledger.VoteLine(&s), err
	}
	return nil, err
}

// readVotes reads the votes once.
func (r *ledgerRows) readVotes(ctx context.Context) error {
	if r.votes != nil {
		return nil
	}
	r.votes = map[int64]slo.Survey{}
	return r.store.EachVote(ctx, func(s slo.Survey) error {
		r.votes[s.Vote.Entry] = s
		return nil
	})
}

// sendings lists events of sendings and votes that have no entry.
func (r *ledgerRows) sendings(ctx context.Context) ([]string, error) {
	list, err := r.store.Sendings(ctx, sqlstore.SendingFilter{})
	if err != nil {
		return nil, err
	}
	var strays []string
	for _, s := range list {
		for _, e := range s.Events {
			if !r.has(ctx, e.Entry, ledger.KindSending, s.ID) {
				strays = append(strays, fmt.Sprintf("the %s of the sending %s", e.Act, s.ID))
			}
		}
	}
	return strays, r.store.EachVote(ctx, func(s slo.Survey) error {
		if !r.has(ctx, s.Vote.Entry, ledger.KindVote, ledger.VoteOf(&s).Subject()) {
			strays = append(strays, "a vote on "+s.Agreement+" of "+s.Period)
		}
		return nil
	})
}
