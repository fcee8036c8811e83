package probe

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// counter answers queries as a Prometheus does: by the query, with an answer's
// body, or a status and a body behind a blank.
func counter(t *testing.T, answers map[string]string) (base string, asked *[]url.Values) {
	t.Helper()
	asked = &[]url.Values{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/base/api/v1/query" || r.ParseForm() != nil {
			http.NotFound(w, r)
			return
		}
		*asked = append(*asked, r.PostForm)
		answer := answers[r.PostForm.Get("query")]
		if status, body, ok := strings.Cut(answer, " "); ok && len(status) == 3 {
			var n int
			_, _ = fmt.Sscan(status, &n)
			w.WriteHeader(n)
			answer = body
		}
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/base", asked
}

// vectorOf is an answer of one sample.
func vectorOf(value string) string {
	return `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1790000000,"` + value + `"]}]}}`
}

const emptyVector = `{"status":"success","data":{"resultType":"vector","result":[]}}`

func TestPromQL(t *testing.T) {
	base, asked := counter(t, map[string]string{"sum(a[60s])": vectorOf("1000.0004"), "sum(b$[60s])": vectorOf("1.5")})
	s := &slo.PromQL{URL: base, Total: "sum(a[${window}])", Bad: "sum(b$$[${window}])", Delay: 30 * time.Second}
	at := slo.Instant(1_790_000_000_000) // 14:13:20
	m := prepare(t, s, 5*time.Second, newEnv(t, Options{})).Run(t.Context(), at, nil)
	want(t, m, slo.Up, "")
	to := at - 80_000 // 14:12:50 less what there is of its minute
	if d := cmp.Diff(&slo.Requests{Interval: slo.Interval{From: to - 60_000, To: to}, Good: 998_500, Total: 1_000_000}, m.Requests); d != "" {
		t.Error(d)
	}
	for i, q := range *asked {
		if got, wanted := q.Get("time"), fmt.Sprintf("%d.000", to/1000); got != wanted || q.Get("timeout") == "" {
			t.Errorf("question %d is of %s, not %s: %v", i, got, wanted, q)
		}
	}
}

// Every shape of an answer, and what is made of it.
func TestPromQLAnswers(t *testing.T) {
	for _, c := range []struct {
		name, total, good string
		outcome           slo.State
		reason            slo.Reason
		counted           [2]int64
	}{
		{"all good", vectorOf("10"), vectorOf("10"), slo.Up, "", [2]int64{10_000, 10_000}},
		{"a scalar", `{"status":"success","data":{"resultType":"scalar","result":[1,"10"]}}`, vectorOf("9.5"), slo.Up, "", [2]int64{9_500, 10_000}},
		{"no series of good ones", vectorOf("10"), emptyVector, slo.Up, "", [2]int64{0, 10_000}},
		{"no requests", vectorOf("0"), "404 never asked", slo.Up, "", [2]int64{}},
		{"noise of extrapolation", vectorOf("10"), vectorOf("11.1"), slo.Up, "", [2]int64{10_000, 10_000}},
		{"more than noise", vectorOf("10"), vectorOf("11.2"), slo.Unknown, slo.CountInvalid, [2]int64{}},
		{"no series at all", emptyVector, emptyVector, slo.Unknown, slo.CountMissing, [2]int64{}},
		{"NaN", vectorOf("NaN"), "", slo.Unknown, slo.CountInvalid, [2]int64{}},
		{"NaN of good ones", vectorOf("1"), vectorOf("NaN"), slo.Unknown, slo.CountInvalid, [2]int64{}},
		{"negative", vectorOf("-1"), "", slo.Unknown, slo.CountInvalid, [2]int64{}},
		{"without end", vectorOf("+Inf"), "", slo.Unknown, slo.CountInvalid, [2]int64{}},
		{"too many", vectorOf("1000000001"), "", slo.Unknown, slo.CountInvalid, [2]int64{}},
		{"no number", vectorOf("many"), "", slo.Unknown, slo.CountInvalid, [2]int64{}},
		{"two series", `{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"1"]},{"value":[1,"2"]}]}}`, "", slo.Unknown, slo.CountInvalid, [2]int64{}},
		{"a histogram", `{"status":"success","data":{"resultType":"vector","result":[{"histogram":[1,{"count":"1"}]}]}}`, "", slo.Unknown, slo.CountInvalid, [2]int64{}},
		{"a matrix", `{"status":"success","data":{"resultType":"matrix","result":[]}}`, "", slo.Unknown, slo.CountInvalid, [2]int64{}},
		{"warnings", `{"status":"success","warnings":["a store is away"],"data":{"resultType":"vector","result":[]}}`, "", slo.Unknown, slo.QueryFailed, [2]int64{}},
		{"an error", `{"status":"error","errorType":"bad_data","error":"parse error"}`, "", slo.Unknown, slo.QueryFailed, [2]int64{}},
		{"an error with its status", `400 {"status":"error","errorType":"bad_data","error":"parse error"}`, "", slo.Unknown, slo.StatusUnexpected, [2]int64{}},
		{"no JSON", "hello", "", slo.Unknown, slo.ProtocolError, [2]int64{}},
		{"a sample of one", `{"status":"success","data":{"resultType":"vector","result":[{"value":[1]}]}}`, "", slo.Unknown, slo.ProtocolError, [2]int64{}},
		{"a value without quotes", `{"status":"success","data":{"resultType":"scalar","result":[1,2]}}`, "", slo.Unknown, slo.ProtocolError, [2]int64{}},
		{"a long answer", strings.Repeat(" ", maxCountBody+1), "", slo.Unknown, slo.ResponseTooLarge, [2]int64{}},
		{"nothing", "", "", slo.Unknown, slo.ProtocolError, [2]int64{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, _ := counter(t, map[string]string{"total": c.total, "good": c.good})
			s := &slo.PromQL{URL: base, Total: "total", Good: "good"}
			m := prepare(t, s, 5*time.Second, newEnv(t, Options{})).Run(t.Context(), now, nil)
			want(t, m, c.outcome, c.reason)
			switch {
			case c.outcome != slo.Up:
				if m.Requests != nil {
					t.Errorf("counted %+v", m.Requests)
				}
			case m.Requests == nil || m.Requests.Good != c.counted[0] || m.Requests.Total != c.counted[1]:
				t.Errorf("counted %+v, want %v", m.Requests, c.counted)
			}
		})
	}
}

// A source that cannot be reached says nothing of the requests.
func TestPromQLSourceAway(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	spec := &slo.PromQL{URL: s.URL, Total: "a", Good: "b"}
	m := prepare(t, spec, 5*time.Second, newEnv(t, Options{})).Run(t.Context(), now, nil)
	want(t, m, slo.Unknown, slo.ConnectRefused)
}

func TestPromQLRefuses(t *testing.T) {
	env := newEnv(t, Options{})
	for name, s := range map[string]*slo.PromQL{
		"no part":           {URL: "http://a.example", Total: "a"},
		"both parts":        {URL: "http://a.example", Total: "a", Good: "b", Bad: "c"},
		"no total":          {URL: "http://a.example", Good: "b"},
		"a dollar":          {URL: "http://a.example", Total: "a$", Good: "b"},
		"a placeholder":     {URL: "http://a.example", Total: "a", Good: "${b}"},
		"a delay of a day":  {URL: "http://a.example", Total: "a", Good: "b", Delay: 24 * time.Hour},
		"no URL of HTTP":    {URL: "ftp://a.example", Total: "a", Good: "b"},
		"a URL that is not": {URL: "http://a b", Total: "a", Good: "b"},
	} {
		if _, err := New(slo.Probe{Name: "x", Timeout: time.Second, Spec: s}, env); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// FuzzCount reads any answer. What it takes is a number of requests.
func FuzzCount(f *testing.F) {
	for _, s := range []string{vectorOf("1"), emptyVector, vectorOf("NaN"), `{"status":"success","data":{"resultType":"scalar","result":[1,"0x1p-2"]}}`, `{"data":[]}`, "[]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, found, err := readCount(b)
		if err == nil && (n < 0 || n > slo.MaxRequests) || err != nil && found {
			t.Errorf("%d thousandths, %v, %v", n, found, err)
		}
	})
}
