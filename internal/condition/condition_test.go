package condition

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func answer(t testing.TB, body string) map[string]any {
	t.Helper()
	v, err := ParseJSON([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{
		"json": v, "status": 200, "headers": map[string][]string{"content-type": {"application/json"}},
		"now": time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC),
	}
}

func TestConditions(t *testing.T) {
	const body = `{"state":"ok","nodes":[{"up":true},{"up":false}],"lag":3,"load":0.5,"big":9007199254740993,
		"at":"2026-11-27T11:58:00Z","none":null,"a-b":1}`
	for _, c := range []struct {
		source string
		want   bool
		err    string
	}{
		{source: `json.state == "ok" && status == 200`, want: true},
		{source: `json.lag < 5`, want: true},
		{source: `json.lag < 2.5`},
		{source: `json.load == 0.5`, want: true},
		{source: `json.big == 9007199254740993`, want: true},
		{source: `json.nodes.all(n, n.up)`},
		{source: `json.nodes.exists(n, n.up) && size(json.nodes) == 2`, want: true},
		{source: `json["a-b"] == 1`, want: true},
		{source: `json.none == null`, want: true},
		{source: `!has(json.gone)`, want: true},
		{source: `json.state.matches("^o.$")`, want: true},
		{source: `now - timestamp(json.at) < duration("5m")`, want: true},
		{source: `"application/json" in headers["content-type"]`, want: true},
		{source: `json.gone == 1`, err: "there is no field gone"},
		{source: `json.state > 3`, err: "no such overload"},
		{source: `json.state`, err: "it is a string, not true or false"},
		{source: `json.nodes[7].up`, err: "index out of bounds"},
	} {
		t.Run(c.source, func(t *testing.T) {
			e, err := Answer.Condition(c.source)
			if err != nil {
				t.Fatal(err)
			}
			got, err := e.Holds(t.Context(), answer(t, body))
			if c.err == "" && (err != nil || got != c.want) || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("%t, %v", got, err)
			}
		})
	}
}

// TestPage: each thing of a page is a variable of its own, so that a wrong
// name is told where the expression is compiled.
func TestPage(t *testing.T) {
	e, err := Page.Condition(`page.title == "Shop" && page.text.contains("paid") && page.status == 200 && page.errors == 0 && page.url.startsWith("https:")`)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]any{"page.title": "Shop", "page.url": "https://a.test/", "page.text": "it is paid", "page.status": 200, "page.errors": 0, "now": time.Now()}
	if ok, err := e.Holds(t.Context(), seen); !ok || err != nil {
		t.Errorf("%t, %v", ok, err)
	}
}

func TestValues(t *testing.T) {
	for source, want := range map[string]string{
		`json.token`: "abc", `json.id`: "7", `json.share`: "0.25", `json.ok`: "true",
		`"v" + string(json.id)`: "v7", `json.list`: "!it is a list", `json.gone`: "!there is no field", `json.none`: "!it is a null_type",
	} {
		e, err := Answer.Value(source)
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Text(t.Context(), answer(t, `{"token":"abc","id":7,"share":0.25,"ok":true,"list":[1],"none":null}`))
		if message, bad := strings.CutPrefix(want, "!"); bad != (err != nil) || bad && !strings.Contains(err.Error(), message) || !bad && got != want {
			t.Errorf("%s: %q, %v", source, got, err)
		}
	}
}

func TestMistakesSayWhere(t *testing.T) {
	for source, want := range map[string]string{
		`jso.a == 1`:                   "character 1 of the expression: undeclared reference to 'jso'",
		"status == 200 &&\n  stat > 1": "line 2, character 3 of the expression: undeclared reference to 'stat'",
		`json.a ==`:                    "character 10 of the expression: Syntax error",
		`status`:                       "the expression is int, not true or false",
		`status == "200"`:              "found no matching overload",
		`rows.size() > 0`:              "undeclared reference to 'rows'",
		strings.Repeat("a", 5000):      "longer than 4096 bytes",
	} {
		if _, err := Answer.Condition(source); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", source, err)
		}
	}
	if _, err := Rows.Condition(`rows.size() == 1 && rows[0].lag < 10`); err != nil {
		t.Error(err)
	}
	if _, err := Page.Condition(`page.titel == ""`); err == nil || !strings.Contains(err.Error(), "undeclared reference") {
		t.Errorf("a page has no titel: %v", err)
	}
	if _, err := Answer.Value(`[1]`); err == nil {
		t.Error("a list is no value")
	}
}

func TestEvaluationIsBounded(t *testing.T) {
	list := "[" + strings.Repeat("1,", 4999) + "1]"
	e, err := Answer.Condition(`json.all(a, json.all(b, json.all(c, a + b + c == 3)))`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Holds(t.Context(), answer(t, list)); !errors.Is(err, ErrCost) {
		t.Errorf("a cubic expression: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Holds(ended, answer(t, list)); !errors.Is(err, ErrTime) {
		t.Errorf("after the end of its context: %v", err)
	}
}

func TestParseJSON(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "it is empty",
		"{":                        "it ends too early",
		"<html>":                   "at byte",
		"{} {}":                    "more follows",
		"1e999":                    "out of range",
		strings.Repeat("[", 20000): "depth",
		strings.Repeat("[", 5000) + strings.Repeat("]", 5000): "nested more than 1000 deep",
	} {
		if _, err := ParseJSON([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,2.5,"x",null,true]}`))
	e, err := Answer.Condition(`json.a[0] == 1 || size(json) > 2`)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if v, err := ParseJSON(text); err == nil {
			_, _ = e.Holds(t.Context(), map[string]any{"json": v, "status": 1, "headers": map[string][]string{}, "now": time.Unix(0, 0)})
		}
	})
}
