package collector

import (
	"context"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// taking is a catalogue on its way into force.
type taking struct {
	catalog   *slo.Catalog      // which knows who carried its maintenance before
	before    *slo.Catalog      // the one in force so far; nil where there is none, or it cannot be read
	body      *ledger.Catalogue // nil where the catalogue is the newest on record
	contents  []sqlstore.LogContent
	chain     *ledger.Chain  // with the catalogue
	revisions *slo.Revisions // of the chain
	promises  []string
}

// take makes ready a catalogue that is to be taken into force at an instant:
// nothing is on record before commit.
func (l *ledgerSide) take(ctx context.Context, cat *slo.Catalog, sources []catalog.Source, at slo.Instant) (*taking, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := &taking{chain: l.chain, before: l.current, promises: ledger.PromisesOf(cat)}
	if l.newest == nil || l.newest.Revision != cat.Revision {
		var contents []byte
		var err error
		if t.body, contents, err = ledger.KeepCatalogue(cat, sources, l.promises, l.chain.Changed(l.current, cat)); err != nil {
			return nil, err
		}
		if contents != nil {
			t.contents = append(t.contents, sqlstore.LogContent{Digest: t.body.Digest, Bytes: contents})
		}
		t.chain = l.chain.Clone()
		if err := t.chain.Add(at, t.body, cat); err != nil {
			return nil, err
		}
	}
	t.revisions = t.chain.Revisions()
	t.catalog = t.chain.Believing(cat, l.opener(ctx))
	return t, nil
}

// commit puts a catalogue on record that somebody takes into force, together
// with what it edits.
func (l *ledgerSide) commit(ctx context.Context, t *taking, actor string, at slo.Instant, edits []ledger.Draft) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.body == nil {
		l.current = t.catalog
		return nil
	}
	if t.contents == nil {
		l.log.Error("the catalogue cannot be kept: with what may be a secret in it masked it cannot be read. Name secrets, {secret: NAME}; until then nothing is sealed", "revision", t.body.Revision)
	}
	drafts := append([]ledger.Draft{{At: at, Actor: actor, Body: t.body}}, edits...)
	if _, err := l.append(ctx, at, appendTo(l.store, t.contents...), drafts...); err != nil {
		return err
	}
	l.newest, l.actor, l.current, l.promises, l.chain = t.body, actor, t.catalog, t.promises, t.chain
	for _, p := range t.body.Promises {
		l.since[p] = at
	}
	return nil
}
