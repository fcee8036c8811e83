package collector

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/assay-sla/assay/collector/continuity"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/internal/wal"
	"github.com/assay-sla/assay/slo"
)

// plansFile is the page of all plans in the folder that it is exported to.
const plansFile = "continuity.html"

// planExport keeps a copy of the continuity plans outside: for reading when this
// collector is lost with the site. Each copy is whole; one that cannot be written
// leaves the one before.
type planExport struct {
	folder string
	log    *slog.Logger

	stale    atomic.Bool // a drill changed
	revision string      // that was written last
	failed   bool
	at       slo.Instant // of the last try
}

// exportEvery is how often the page is written anew without a reason, in
// milliseconds: it says what is late.
const exportEvery = 3600_000

// soon asks for a fresh copy.
func (x *planExport) soon() { x.stale.Store(true) }

// keep writes the page where it is out of date.
func (x *planExport) keep(ctx context.Context, d *drills, at slo.Instant) {
	c := d.catalog()
	retry := x.failed && at-x.at >= 60_000
	if !x.stale.Swap(false) && x.revision == c.Revision && at-x.at < exportEvery && !retry {
		return
	}
	x.at = at
	err := x.write(ctx, d, c, at)
	if err != nil && !x.failed {
		x.log.Error("the copy of the continuity plans was not written; it is tried again", "folder", x.folder, "error", err)
	}
	x.failed, x.revision = err != nil, c.Revision
}

func (x *planExport) write(ctx context.Context, d *drills, c *slo.Catalog, at slo.Instant) error {
	b, err := d.page(ctx, c, at)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(x.folder, 0o700); err != nil {
		return fmt.Errorf("making the folder of continuity plans: %w", err)
	}
	if err := wal.ReplaceFile(filepath.Join(x.folder, plansFile), b); err != nil {
		return fmt.Errorf("writing the continuity plans: %w", err)
	}
	return nil
}

// page is the plans of a catalogue with their tests, as one page.
func (d *drills) page(ctx context.Context, c *slo.Catalog, at slo.Instant) ([]byte, error) {
	standings, err := d.standings(ctx, c, at)
	if err != nil {
		return nil, err
	}
	return continuity.Page(standings, c.Revision, at)
}

// maxMajorChanges bounds the major changes that are looked at for a plan: the
// latest to begin, of which the last to end is wanted.
const maxMajorChanges = 100

// standings are the plans of a catalogue with their tests.
func (d *drills) standings(ctx context.Context, c *slo.Catalog, at slo.Instant) ([]continuity.Standing, error) {
	known, err := d.plansKnown(ctx, c, at)
	if err != nil {
		return nil, err
	}
	var out []continuity.Standing
	for _, p := range c.Plans {
		past, err := d.store.Drills(ctx, sqlstore.DrillFilter{Plan: p.Name})
		if err != nil {
			return nil, err
		}
		changes, err := d.store.Changes(ctx, sqlstore.ChangeFilter{
			Services: p.Services, Overlap: &slo.Interval{To: at}, Counting: true, Major: true, Limit: maxMajorChanges,
		})
		if err != nil {
			return nil, err
		}
		out = append(out, continuity.Standing{ContinuityPlan: p, Due: continuity.Next(p, past, continuity.Changed(p, changes, at), known[p.Name]), Past: past})
	}
	return out, nil
}
