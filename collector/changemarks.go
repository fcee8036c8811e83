package collector

import (
	"context"

	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// changeSamples mark a change in the series, one of each service.
func changeSamples(c *slo.ChangeRecord) []slo.Sample {
	major := "false"
	if c.Major {
		major = "true"
	}
	var out []slo.Sample
	for _, service := range c.Services {
		out = append(out, slo.Sample{Name: "assay_change_under_way", Value: 1, Labels: map[string]string{
			"change": c.ID, "kind": string(c.Kind), "major": major, "service": service, "summary": c.Summary,
		}})
	}
	return out
}

// markChange puts the beginning of a change into the series, and its end where
// that is over. What lies further back than the series take in is on the pages
// alone.
func (c *Collector) markChange(ctx context.Context, change *slo.ChangeRecord) {
	at := c.now()
	for _, i := range []slo.Instant{change.From, change.To} {
		if i > at {
			continue // each round of the figures marks what is under way
		}
		if err := c.series.AppendSamples(ctx, i, changeSamples(change)); err != nil && ctx.Err() == nil {
			c.failed("marking a change in the series", err)
		}
		if change.To == change.From {
			return
		}
	}
}

// underWay marks the changes that are under way at an instant.
func (x *changes) underWay(ctx context.Context, at slo.Instant) ([]slo.Sample, error) {
	list, err := x.store.Changes(ctx, sqlstore.ChangeFilter{Overlap: &slo.Interval{From: at, To: at}, Counting: true, Limit: maxUnderWay})
	var out []slo.Sample
	for i := range list {
		out = append(out, changeSamples(&list[i])...)
	}
	return out, err
}

// maxUnderWay bounds the changes that are marked at one time.
const maxUnderWay = 200
