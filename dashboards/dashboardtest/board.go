package dashboardtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/assay-sla/assay/dashboards"
)

// board is what Grafana asks on behalf of a dashboard.
type board struct {
	UID         string `json:"uid"`
	Annotations struct {
		List []struct {
			Name   string `json:"name"`
			Expr   string `json:"expr"`
			Target target `json:"target"`
		} `json:"list"`
	} `json:"annotations"`
	Templating struct {
		List []variable `json:"list"`
	} `json:"templating"`
	Panels []struct {
		Title   string   `json:"title"`
		Targets []target `json:"targets"`
	} `json:"panels"`
}

type target struct {
	RefID string `json:"refId"`
	Expr  string `json:"expr"`
}

type variable struct {
	Name       string          `json:"name"`
	Type       string          `json:"type"`
	Definition string          `json:"definition"`
	Query      json.RawMessage `json:"query"`
	Multi      bool            `json:"multi"`
}

// boards reads the dashboards as Grafana does, in the order of their names.
func boards() ([]board, error) {
	var out []board
	files := dashboards.Generate()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		var b board
		if err := json.Unmarshal(files[name], &b); err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		out = append(out, b)
	}
	return out, nil
}

// ask is one query, ready to be asked, and where it stands.
type ask struct{ where, expr string }

// asks returns all queries of a board with its variables put in.
func (b *board) asks(values map[string]string) ([]ask, error) {
	in, err := b.values(values)
	if err != nil {
		return nil, err
	}
	var out []ask
	for _, v := range b.Templating.List {
		if v.Type != "query" {
			continue
		}
		a, err := v.asks(in)
		if err != nil {
			return nil, err
		}
		out = append(out, a...)
	}
	for _, p := range b.Panels {
		for _, q := range p.Targets {
			out = append(out, ask{fmt.Sprintf("panel %q, query %s", p.Title, q.RefID), q.Expr})
		}
	}
	for _, a := range b.Annotations.List {
		where := fmt.Sprintf("annotation %q", a.Name)
		out = append(out, ask{where, a.Expr}, ask{where + ", target", a.Target.Expr})
	}
	for i := range out {
		if out[i].expr, err = substitute(out[i].expr, in); err != nil {
			return nil, fmt.Errorf("%s: %w", out[i].where, err)
		}
	}
	return out, nil
}

// values are those of a board's variables and of Grafana's own: a step of half
// a minute in a range of two hours.
func (b *board) values(given map[string]string) (map[string]string, error) {
	in := map[string]string{
		"__interval": "30s", "__interval_ms": "30000", "__rate_interval": "1m",
		"__range": "7200s", "__range_s": "7200", "__range_ms": "7200000",
	}
	for _, v := range b.Templating.List {
		value, ok := given[v.Name]
		switch {
		case ok:
			in[v.Name] = value
		case v.Type == "query":
			return nil, fmt.Errorf("the variable %s has no value", v.Name)
		}
	}
	return in, nil
}

var reference = regexp.MustCompile(`\$(\w+)|\$\{(\w+)(?::\w+)?\}|\[\[(\w+)\]\]`)

// substitute puts the values of variables into a query.
func substitute(expr string, in map[string]string) (string, error) {
	var missing []string
	out := reference.ReplaceAllStringFunc(expr, func(s string) string {
		m := reference.FindStringSubmatch(s)
		name := m[1] + m[2] + m[3]
		value, ok := in[name]
		if !ok {
			missing = append(missing, name)
		}
		return value
	})
	if len(missing) > 0 {
		return "", fmt.Errorf("the query uses %s, which the dashboard does not have:\n%s", strings.Join(missing, ", "), expr)
	}
	return out, nil
}

var labelValues = regexp.MustCompile(`^label_values\((.+),\s*(\w+)\)$`)

// asks turns a variable's label_values into PromQL: that it offers something,
// and that it offers the value that the variable has.
func (v variable) asks(in map[string]string) ([]ask, error) {
	var query struct {
		Query string `json:"query"`
	}
	if err := json.Unmarshal(v.Query, &query); err != nil {
		return nil, fmt.Errorf("the variable %s: %w", v.Name, err)
	}
	m := labelValues.FindStringSubmatch(query.Query)
	if m == nil || query.Query != v.Definition {
		return nil, fmt.Errorf("the variable %s: %q is not label_values(selector, label) as in its definition %q", v.Name, query.Query, v.Definition)
	}
	selector, err := substitute(m[1], in)
	if err != nil {
		return nil, fmt.Errorf("the variable %s: %w", v.Name, err)
	}
	chosen, err := narrowed(selector, m[2], in[v.Name], v.Multi)
	if err != nil {
		return nil, fmt.Errorf("the variable %s: %w", v.Name, err)
	}
	return []ask{
		{"variable " + v.Name, "count by (" + m[2] + ") (" + selector + ")"},
		{fmt.Sprintf("variable %s with the value %q", v.Name, in[v.Name]), chosen},
	}, nil
}
