package dashboardtest

import (
	"fmt"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

func parse(expr string) (parser.Expr, error) {
	e, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		return nil, fmt.Errorf("the query is no PromQL: %w", err)
	}
	return e, nil
}

// metrics returns the names of the metrics that an expression selects.
func metrics(expr string) (map[string]bool, error) {
	e, err := parse(expr)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			names[s.Name] = true
		}
		return nil
	})
	return names, nil
}

// narrowed adds a matcher to a selector.
func narrowed(selector, label, value string, regexp bool) (string, error) {
	e, err := parse(selector)
	if err != nil {
		return "", err
	}
	s, ok := e.(*parser.VectorSelector)
	if !ok {
		return "", fmt.Errorf("%s is no selector", selector)
	}
	how := labels.MatchEqual
	if regexp {
		how = labels.MatchRegexp
	}
	m, err := labels.NewMatcher(how, label, value)
	if err != nil {
		return "", fmt.Errorf("matching %s: %w", label, err)
	}
	s.LabelMatchers = append(s.LabelMatchers, m)
	return s.String(), nil
}
