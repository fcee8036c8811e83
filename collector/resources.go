package collector

import (
	"errors"
	"fmt"

	"github.com/assay-sla/assay/collector/tsdb"
	"github.com/assay-sla/assay/slo"
)

// CheckResources says which expressions of the catalogue's resources are not
// PromQL that a forecast can be made of.
func CheckResources(cat *slo.Catalog) error {
	var errs []error
	for _, r := range cat.Resources {
		if r.Used != "" {
			if err := tsdb.CheckVector(r.Used); err != nil {
				errs = append(errs, fmt.Errorf("the Resource %s: used: %w", r.Name, err))
			}
		}
		if r.Limit.Expr != "" {
			if err := tsdb.CheckNumbers(r.Limit.Expr); err != nil {
				errs = append(errs, fmt.Errorf("the Resource %s: limit: %w", r.Name, err))
			}
		}
	}
	return errors.Join(errs...)
}
