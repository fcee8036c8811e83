package collector

import (
	"github.com/assay-sla/assay/collector/tsdb"
	"github.com/assay-sla/assay/dashboards"
)

// families describe the collector's own series to those who query them.
func families() []tsdb.Family {
	var out []tsdb.Family
	for _, f := range dashboards.Series() {
		out = append(out, tsdb.Family{Name: f.Name, Type: "gauge", Unit: f.Unit, Help: f.Help})
	}
	return out
}
