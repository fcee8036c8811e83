package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// Bounds of resources.
const (
	maxQuery      = 4096 // bytes of an expression
	maxBy         = 8
	maxThresholds = 8
	maxValues     = 2000
	maxLeadTime   = 3 * 366 * 24 * time.Hour
)

// resource reads the spec of a Resource.
func (r reader) resource(name string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of a Resource", "service", "unit", "used", "limit", "by", "values", "thresholds", "leadTime", "promised")
	if !ok {
		return
	}
	s := &slo.Resource{Name: name}
	if set(&s.Service, f.need("service"), r.name) {
		r.later(func() { r.lookup(f.get("service"), 0, kindService, s.Service) })
	}
	set(&s.Unit, f.need("unit"), r.line)
	if f.has("values") {
		f.refuse("does not go with values, which are given by hand", "used", "by")
		r.values(s, f)
	} else {
		r.measuredResource(s, f)
	}
	if t := f.get("thresholds"); t != nil {
		r.resourceThresholds(s, t)
	}
	set(&s.LeadTime, f.need("leadTime"), r.duration(0, maxLeadTime))
	if p := f.get("promised"); p != nil {
		var q slo.Quantity
		if set(&q, p, r.positive) {
			s.Promised = &q
		}
	}
	r.catalog.Resources = append(r.catalog.Resources, s)
}

// measuredResource reads where the series of a resource come from.
func (r reader) measuredResource(s *slo.Resource, f fields) {
	if !f.has("used") {
		r.errorf(f.node, "used is an expression in PromQL; values are given by hand", "%s lacks one of used and values", f.what)
	} else {
		set(&s.Used, f.get("used"), r.query)
	}
	set(&s.Limit, f.need("limit"), r.resourceLimit)
	if by := f.get("by"); by != nil {
		s.By, _ = list(r, by, "by", maxBy, r.distinct("the label", parsed(r, parseSeriesLabel)))
		slices.Sort(s.By)
	}
}

// resourceLimit parses a number, which is above 0, or an expression.
func (r reader) resourceLimit(n *yaml.Node) (slo.ResourceLimit, bool) {
	text, ok := r.raw(n)
	if !ok {
		return slo.ResourceLimit{}, false
	}
	if _, err := slo.ParseQuantity(text); err == nil {
		q, ok := r.positive(n)
		return slo.ResourceLimit{Number: &q}, ok
	}
	expr, ok := r.query(n)
	return slo.ResourceLimit{Expr: expr}, ok
}

// values reads what was used at dates. Each has a limit of its own, unless
// there is one for all.
func (r reader) values(s *slo.Resource, f fields) {
	all := f.has("limit")
	if all {
		var q slo.Quantity
		if set(&q, f.get("limit"), r.positive) {
			s.Limit.Number = &q
		}
	}
	n := f.get("values")
	if n == nil {
		return
	}
	values, ok := list(r, n, "values", maxValues, func(n *yaml.Node) (slo.CapacityValue, bool) { return r.value(n, all, s.Limit.Number) })
	if ok && len(values) == 0 {
		r.errorf(deref(n), "", "values has no value")
		return
	}
	for i := 1; i < len(values) && ok; i++ {
		if values[i].At <= values[i-1].At {
			r.errorf(deref(deref(n).Content[i]), "", "this value is not later than the one before it")
			return
		}
	}
	s.Values = values
}

// value reads one value; its limit where there is none for all.
func (r reader) value(n *yaml.Node, all bool, limit *slo.Quantity) (slo.CapacityValue, bool) {
	var v slo.CapacityValue
	f, ok := r.fields(n, "a value", "at", "used", "limit")
	if !ok {
		return v, false
	}
	ok = set(&v.At, f.need("at"), r.instantOrDate(time.UTC))
	ok = set(&v.Used, f.need("used"), r.quantity) && ok
	if all {
		f.refuse("is given for all values", "limit")
		if limit != nil {
			v.Limit = *limit
		}
		return v, ok
	}
	return v, set(&v.Limit, f.need("limit"), r.positive) && ok
}

// resourceThresholds reads shares of the limit, which rise.
func (r reader) resourceThresholds(s *slo.Resource, n *yaml.Node) {
	shares, ok := list(r, n, "thresholds", maxThresholds, r.percent)
	for i, t := range shares {
		if ok && (t == 0 || i > 0 && t <= shares[i-1]) {
			r.errorf(deref(deref(n).Content[i]), "", "thresholds are above 0 and rise")
			return
		}
	}
	s.Thresholds = shares
}

// quantity parses a number.
func (r reader) quantity(n *yaml.Node) (slo.Quantity, bool) {
	return parsed(r, slo.ParseQuantity)(n)
}

// positive parses a number above 0.
func (r reader) positive(n *yaml.Node) (slo.Quantity, bool) {
	return parsed(r, func(s string) (slo.Quantity, error) {
		q, err := slo.ParseQuantity(s)
		if err == nil && q.Float() <= 0 {
			err = fmt.Errorf("%s is not above 0", s)
		}
		return q, err
	})(n)
}

// query parses an expression in PromQL as text: its grammar is the collector's
// to check, which has the language.
func (r reader) query(n *yaml.Node) (string, bool) {
	return parsed(r, func(s string) (string, error) {
		switch {
		case s == "":
			return "", fmt.Errorf("an empty expression")
		case len(s) > maxQuery:
			return "", fmt.Errorf("an expression of %d bytes is longer than %d", len(s), maxQuery)
		}
		return s, nil
	})(n)
}

var seriesLabel = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]{0,199}$`)

// parseSeriesLabel parses the name of a label of a series.
func parseSeriesLabel(s string) (string, error) {
	if !seriesLabel.MatchString(s) {
		return "", fmt.Errorf("%s is not the name of a label of a series", quote(s))
	}
	return s, nil
}
