package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// EvidenceOptions say what a pack of evidence is about.
type EvidenceOptions struct {
	From, To string         // months, both included, such as 2026-10
	Zone     *time.Location // of the months
	At       slo.Instant    // now
	Product  string         // that makes it, with its version
	Language evidence.Language
	Sample   evidence.Sampling // of incidents
	Progress func(step string, done, total int64)
}

// WriteEvidence writes the pack of evidence of a data folder, or of a copy of
// one that has the ledger's key. A collector may run on it meanwhile.
func WriteEvidence(ctx context.Context, data string, w io.Writer, o EvidenceOptions) error {
	key, err := ledger.SigningKey(data)
	if err != nil {
		return err
	}
	return withRecords(ctx, data, func(store *sqlstore.Store) error {
		return writeEvidence(ctx, store, key.SignText, w, o)
	})
}

// AuditorsSample is as many incidents as auditors usually draw.
const AuditorsSample = 25

// Audit judges the records of a data folder, or of a copy of one, as an auditor
// would: each clause by the records of the period, and a sample of incidents.
func Audit(ctx context.Context, data string, o EvidenceOptions) (*evidence.Readiness, error) {
	var out *evidence.Readiness
	err := withRecords(ctx, data, func(store *sqlstore.Store) (err error) {
		out, err = audit(ctx, store, o)
		return err
	})
	return out, err
}

func withRecords(ctx context.Context, data string, f func(*sqlstore.Store) error) error {
	store, err := sqlstore.OpenReader(ctx, filepath.Join(data, "records.db"))
	if err != nil {
		return err
	}
	return errors.Join(f(store), store.Close())
}

// signer signs what a pack ends with: ledger.Key.SignText.
type signer func(about string, lines ...string) ([]byte, error)

// packManifest is what the manifest of a pack is about.
const packManifest = "manifest of evidence"

// writeEvidence gathers what the records hold of a period and writes it.
func writeEvidence(ctx context.Context, store *sqlstore.Store, sign signer, w io.Writer, o EvidenceOptions) error {
	g, err := gatherEvidence(ctx, store, o)
	if err != nil {
		return fmt.Errorf("gathering evidence: %w", err)
	}
	pack := evidence.NewWriter(w, evidence.Manifest{Made: o.At, From: o.From, To: o.To, Zone: o.Zone.String(), Language: g.Language, Product: o.Product})
	if err := g.write(ctx, pack); err != nil {
		return err
	}
	return pack.Close(func(digest string) ([]byte, error) { return sign(packManifest, digest) })
}

// audit judges what the records hold of a period.
func audit(ctx context.Context, store *sqlstore.Store, o EvidenceOptions) (*evidence.Readiness, error) {
	g, err := gatherEvidence(ctx, store, o)
	if err != nil {
		return nil, fmt.Errorf("auditing: %w", err)
	}
	return &evidence.Readiness{
		Language: g.Language, Period: g.period, At: o.At, Since: g.since, Findings: g.findings(),
		Sample: evidence.Draw(g.cases(), o.Sample, g.Language), Unfit: g.unfit,
	}, nil
}
