package remote

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/metadata"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/tsdb"
)

// stubs stand for the parts of a Prometheus server that this is not. Nothing
// is scraped and no rule is evaluated here; the one target carries the
// metadata, which the API reads from targets.
type stubs struct{ target *scrape.Target }

func (stubs) ScrapePools() []string { return nil }

func (s stubs) TargetsActive() map[string][]*scrape.Target {
	return map[string][]*scrape.Target{"assay": {s.target}}
}
func (stubs) TargetsDropped() map[string][]*scrape.Target { return nil }
func (stubs) TargetsDroppedCounts() map[string]int        { return nil }
func (stubs) ScrapePoolConfig(string) (*config.ScrapeConfig, error) {
	return nil, errNotServed
}

func (stubs) Alertmanagers() []*url.URL        { return nil }
func (stubs) DroppedAlertmanagers() []*url.URL { return nil }

func (stubs) RuleGroups() []*rules.Group           { return nil }
func (stubs) AlertingRules() []*rules.AlertingRule { return nil }

func (stubs) CleanTombstones() error                                         { return errNotServed }
func (stubs) Delete(context.Context, int64, int64, ...*labels.Matcher) error { return errNotServed }
func (stubs) Snapshot(string, bool) error                                    { return errNotServed }
func (stubs) Stats(string, int) (*tsdb.Stats, error)                         { return nil, errNotServed }
func (stubs) WALReplayStatus() (tsdb.WALReplayStatus, error) {
	return tsdb.WALReplayStatus{}, errNotServed
}
func (stubs) BlockMetas() ([]tsdb.BlockMeta, error) { return nil, errNotServed }

// metadataTarget is a target that has this metadata.
func metadataTarget(m map[string]metadata.Metadata) *scrape.Target {
	t := scrape.NewTarget(labels.EmptyLabels(), nil, nil, nil)
	t.SetMetadataStore(described(m))
	return t
}

// described serves metadata by metric name in the scraper's form.
type described map[string]metadata.Metadata

func (d described) ListMetadata() []scrape.MetricMetadata {
	out := make([]scrape.MetricMetadata, 0, len(d))
	for name := range d {
		m, _ := d.GetMetadata(name)
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b scrape.MetricMetadata) int { return strings.Compare(a.MetricFamily, b.MetricFamily) })
	return out
}

func (d described) GetMetadata(name string) (scrape.MetricMetadata, bool) {
	m, ok := d[name]
	return scrape.MetricMetadata{MetricFamily: name, Type: m.Type, Help: m.Help, Unit: m.Unit}, ok
}

func (d described) LengthMetadata() int { return len(d) }

func (d described) SizeMetadata() (n int) {
	for name, m := range d {
		n += len(name) + len(m.Type) + len(m.Help) + len(m.Unit)
	}
	return n
}
