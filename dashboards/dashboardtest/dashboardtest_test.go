package dashboardtest

import (
	"slices"
	"strings"
	"testing"
)

func TestCount(t *testing.T) {
	for _, c := range []struct {
		name, body string
		rows       int
		fails      string
	}{
		{"vector", `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"0"]},{"metric":{},"value":[1,"-1"]}]}}`, 2, ""},
		{"matrix", `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"NaN"],[2,"3"]]}]}}`, 1, ""},
		{"empty", `{"status":"success","data":{"resultType":"vector","result":[]}}`, 0, ""},
		{"scalar", `{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}`, 1, ""},
		{"not a number", `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"NaN"]},{"metric":{},"value":[1,"+Inf"]}]}}`, 0, ""},
		{"never a number", `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"NaN"],[2,"-Inf"]]}]}}`, 0, ""},
		{"no value", `{"status":"success","data":{"resultType":"vector","result":[{"metric":{}},{"metric":{},"value":[1,2]}]}}`, 0, ""},
		{"refused", `{"status":"error","errorType":"bad_data","error":"parse error"}`, 0, "parse error"},
		{"another server", `<html>`, 0, "not that of a Prometheus API"},
		{"another form", `{"status":"success","data":{"resultType":"vector","result":{}}}`, 0, "reading the series"},
	} {
		rows, err := count("200 OK", []byte(c.body))
		if rows != c.rows || (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s: %d rows, %v; want %d, %q", c.name, rows, err, c.rows, c.fails)
		}
	}
}

func TestSubstitute(t *testing.T) {
	in := map[string]string{"service": "shop", "__interval": "30s"}
	for expr, want := range map[string]string{
		`up{a="$service"}[$__interval]`:           `up{a="shop"}[30s]`,
		`${service} ${service:regex} [[service]]`: `shop shop shop`,
		`up`: `up`,
	} {
		if got, err := substitute(expr, in); err != nil || got != want {
			t.Errorf("%s becomes %s (%v), want %s", expr, got, err, want)
		}
	}
	if _, err := substitute(`$service $services`, in); err == nil || !strings.Contains(err.Error(), "uses services,") {
		t.Errorf("a variable that is not there passes: %v", err)
	}
}

func TestVariableAsks(t *testing.T) {
	v := variable{Name: "objective", Type: "query", Definition: `label_values(m{agreement="$agreement"}, objective)`,
		Query: []byte(`{"query":"label_values(m{agreement=\"$agreement\"}, objective)"}`)}
	got, err := v.asks(map[string]string{"agreement": "gold", "objective": "month"})
	want := []ask{
		{"variable objective", `count by (objective) (m{agreement="gold"})`},
		{`variable objective with the value "month"`, `m{agreement="gold",objective="month"}`},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("it asks %q (%v), want %q", got, err, want)
	}
	v.Definition = "label_values(other, objective)"
	if _, err := v.asks(nil); err == nil {
		t.Error("a query that is not its definition passes")
	}
}

func TestMetrics(t *testing.T) {
	got, err := metrics(`count(a{x="y"} == 1) or 0 * count(b) and on (s) max_over_time(c[5m])`)
	if err != nil || len(got) != 3 || !got["a"] || !got["b"] || !got["c"] {
		t.Errorf("it uses %v (%v)", got, err)
	}
	if _, err := metrics(`sum(`); err == nil {
		t.Error("what is no PromQL passes")
	}
}
