package tsdb

import (
	"fmt"
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// CheckVector says what is wrong with an expression that is to be an instant
// vector: it is not PromQL, or has another type.
func CheckVector(expr string) error { return check(expr, parser.ValueTypeVector) }

// CheckNumbers is CheckVector that takes a scalar as well.
func CheckNumbers(expr string) error {
	return check(expr, parser.ValueTypeVector, parser.ValueTypeScalar)
}

func check(expr string, types ...parser.ValueType) error {
	e, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		return fmt.Errorf("reading the query %q: %w", expr, err)
	}
	if !slices.Contains(types, e.Type()) {
		return fmt.Errorf("the query %q is a %s, not an %s", expr, parser.DocumentedType(e.Type()), parser.DocumentedType(types[0]))
	}
	return nil
}
