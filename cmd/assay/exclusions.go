package main

import (
	"context"
	"math"

	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/slo"
)

// exclusionsFlag adds to a catalogue what was approved at a collector.
type exclusionsFlag struct {
	Exclusions string `help:"Records of a collector, running or not (records.db in its data folder): the exclusions that were approved there, and the planned work of changes, count as well." placeholder:"FILE"`
}

// over is a catalogue with them.
func (f exclusionsFlag) over(ctx context.Context, c *slo.Catalog) (*slo.Catalog, error) {
	if f.Exclusions == "" {
		return c, nil
	}
	list, err := collector.ReadExclusions(ctx, f.Exclusions)
	if err != nil {
		return nil, err
	}
	changes, err := collector.ReadChanges(ctx, f.Exclusions)
	if err != nil {
		return nil, err
	}
	return c.Excluding(list, math.MaxInt64).Planning(changes), nil
}
