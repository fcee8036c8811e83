package influx_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/assay-sla/assay/collector/remote"
	"github.com/assay-sla/assay/collector/remote/influx"
	"github.com/assay-sla/assay/collector/tsdb"
	"github.com/assay-sla/assay/slo"
)

var update = flag.Bool("update", false, "write golden files again")

// now is what the receiver's clock says.
const now = slo.Instant(1_800_000_000_000)

func openStore(t testing.TB, o tsdb.Options) *tsdb.Store {
	t.Helper()
	o.Target = func(string) (string, string, bool) { return "", "", false }
	s, err := tsdb.Open(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	<-s.Ready()
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

// receiver is one over a store of its own.
func receiver(t testing.TB, o influx.Options) (*tsdb.Store, influx.API) {
	t.Helper()
	s := openStore(t, tsdb.Options{})
	o.Now = func() slo.Instant { return now }
	api, err := influx.New(s.Foreign(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s, api
}

// answer is what a client sees.
type answer struct {
	status              int
	Code, Message       string
	Error               string
	Line                int
	retryAfter, allowed string
}

func post(t testing.TB, api influx.API, path, encoding string, body []byte) answer {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	if encoding != "" {
		r.Header.Set("Content-Encoding", encoding)
	}
	return ask(t, api.Write, r)
}

func ask(t testing.TB, h http.Handler, r *http.Request) answer {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	a := answer{status: w.Code, retryAfter: w.Header().Get("Retry-After"), allowed: w.Header().Get("Allow")}
	if w.Code == http.StatusNoContent {
		if w.Body.Len() > 0 {
			t.Errorf("204 with a body: %s", w.Body)
		}
		return a
	}
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Errorf("%d with %q: %v", w.Code, w.Body, err)
	}
	return a
}

// series lists every sample of the last hour and the next, one a line.
func series(t testing.TB, s *tsdb.Store) string {
	t.Helper()
	q, err := s.Querier(int64(now.Add(-time.Hour)), int64(now.Add(time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	var lines []string
	for set := q.Select(t.Context(), true, nil, labels.MustNewMatcher(labels.MatchRegexp, "__name__", ".+")); set.Next(); {
		it := set.At().Iterator(nil)
		for it.Next() != 0 {
			at, v := it.At()
			lines = append(lines, fmt.Sprintf("%s %v @%+dms\n", set.At().Labels(), v, at-int64(now)))
		}
		if err := it.Err(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// TestTelegraf writes lines as Telegraf has them and looks at each series.
func TestTelegraf(t *testing.T) {
	body, err := os.ReadFile(filepath.Join("testdata", "telegraf.lp"))
	if err != nil {
		t.Fatal(err)
	}
	s, api := receiver(t, influx.Options{})
	if a := post(t, api, influx.V2Path+"?org=o&bucket=b&precision=ns", "gzip", pack(t, body)); a.status != http.StatusNoContent {
		t.Fatalf("%+v", a)
	}
	got := series(t, s)
	golden := filepath.Join("testdata", "telegraf.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
	// What is sent again is taken again, and changes nothing.
	if a := post(t, api, influx.V1Path+"?db=telegraf", "", body); a.status != http.StatusNoContent {
		t.Errorf("again: %+v", a)
	}
	if again := series(t, s); again != got {
		t.Errorf("after the same again:\n%s", cmp.Diff(got, again))
	}
}

func pack(t testing.TB, b []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// TestRefusedLines: what is wrong with a line is told with its number, and the
// lines beside it are taken.
func TestRefusedLines(t *testing.T) {
	tags := func(n int, value string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, ",t%d=%s", i, value)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		lines string
		says  string // "" where nothing is refused
	}{
		"a measurement's name":    {"probe success=1", `line 2: probe_success: metric "probe_success" is refused`},
		"an own figure's name":    {"assay,x=y agents=1", `line 2: assay_agents: metric "assay_agents" is refused`},
		"one by other characters": {"probe success=1,x=2", `"probe_success" is refused`},
		"one that was scraped":    {"prometheus probe_success=1", `"probe_success" is refused`},
		"no field":                {"cpu,host=a", "line 2: byte"},
		"no value":                {"cpu,host=a x=", "line 2: byte"},
		"no name":                 {",host=a x=1", "line 2: byte"},
		"a tag without value":     {"cpu,host x=1", "line 2: byte"},
		"a word as value":         {"cpu x=hello", "line 2: byte"},
		"not a number":            {"cpu x=NaN", "line 2: byte"},
		"infinite":                {"cpu x=1e999", "line 2: byte"},
		"an integer too large":    {"cpu x=9223372036854775808i", "line 2: byte"},
		"an open text":            {`cpu x="abc`, "line 2: byte"},
		"open texts":              {"cpu x=\"abc\\\"\ncpu y=\\\"", "line 2: byte"},
		"a bad timestamp":         {"cpu x=1 soon", "line 2: byte"},
		"a timestamp too large":   {"cpu x=1 9223372036854775808", "line 2: its timestamp is out of range"},
		"far ahead":               {"cpu x=1 1900000000000000000", "line 2: its timestamp lies more than ten minutes ahead"},
		"far back":                {"cpu x=1 0", "line 2: its timestamp lies more than 31 days back"},
		"another precision":       {"cpu x=1 1800000000", "is the precision right"},
		"a reserved tag":          {"cpu,__name__=evil x=1", `line 2: the tag "__name__" begins with __`},
		"tags that become one":    {"cpu,a-b=1,a_b=2 x=1", `line 2: two tags become the label "a_b"`},
		"a tag twice":             {"cpu,a=1,a=2 x=1", `line 2: two tags become the label "a"`},
		"a long tag name":         {"cpu," + strings.Repeat("a", 201) + "=1 x=1", "line 2: a tag's name has"},
		"a long tag value":        {"cpu,a=" + strings.Repeat("a", 4097) + " x=1", `line 2: the value of the tag "a" has more than`},
		"long tags in all":        {"cpu" + tags(10, strings.Repeat("v", 2000)) + " x=1", "line 2: cpu_x: metric"},
		"too many tags":           {"cpu" + tags(65, "v") + " x=1", "line 2: it has more than 64 tags"},
		"a long name":             {strings.Repeat("m", 200) + " x=1", "line 2: the series"},
		"too many fields":         {"cpu a=1" + strings.Repeat(",a=1", 1000), "line 2: it has more than 1000 fields"},
		"a long line":             {`cpu x=1,s="` + strings.Repeat("x", 65_000) + `",t="` + strings.Repeat("x", 1000) + `"`, "line 2: it has"},
		"not UTF-8":               {"cpu,a=\xff x=1", "line 2: it is not UTF-8"},
		"a control character":     {"cpu,a=\x1b[31m x=1", "line 2: byte"},
		"a text":                  {`cpu x="a b, c=\"d\" \\"`, ""},
		"a text of two lines":     {"cpu x=\"a\nb\",y=1", ""},
		"a quote in a tag":        {`cpu,a="b x=1`, ""},
		"no timestamp":            {"cpu x=1", ""},
		"every label":             {"cpu" + tags(64, "v") + " x=1", ""},
		"Windows's line end":      {"cpu x=1\r", ""},
		"a comment with a quote":  {"# it's x=\"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, api := receiver(t, influx.Options{})
			a := post(t, api, influx.V2Path, "", []byte("first a=1\n"+c.lines+"\nlast a=1\n"))
			if c.says == "" {
				if a.status != http.StatusNoContent {
					t.Errorf("%+v", a)
				}
			} else if a.status != http.StatusBadRequest || a.Code != "invalid" || a.Line != 2 || a.Error != a.Message ||
				!strings.Contains(a.Message, c.says) || !strings.HasPrefix(a.Message, "partial write: ") {
				t.Errorf("%+v, want %q", a, c.says)
			}
			got := series(t, s)
			if !strings.Contains(got, "first_a") || !strings.Contains(got, "last_a") {
				t.Errorf("the good lines are not all there:\n%s", got)
			}
			if strings.Contains(got, "probe_success") || strings.Contains(got, "assay_") {
				t.Errorf("what nobody may write was written:\n%s", got)
			}
		})
	}
}

// TestManyFaults: an answer does not grow with what is wrong.
func TestManyFaults(t *testing.T) {
	_, api := receiver(t, influx.Options{})
	a := post(t, api, influx.V2Path, "", []byte(strings.Repeat("cpu,"+strings.Repeat("x", 1000)+" y=1\n", 1000)))
	if a.status != http.StatusBadRequest || len(a.Message) > 8000 || !strings.Contains(a.Message, "1000 of 1000 lines") ||
		!strings.Contains(a.Message, "line 20:") || !strings.HasSuffix(a.Message, "; and more") {
		t.Errorf("%+v", a)
	}
}

func TestPrecisions(t *testing.T) {
	for precision, c := range map[string]struct {
		stamp string
		want  int64 // milliseconds from now
	}{
		"":           {"1800000000123456789", 123},
		"ns":         {"1799999999999999999", -1},
		"n":          {"1800000000000000000", 0},
		"us":         {"1800000000123999", 123},
		"u":          {"1800000000000001", 0},
		"%C2%B5":     {"1800000000001000", 1},
		"ms":         {"1800000000007", 7},
		"s":          {"1800000001", 1000},
		"m":          {"30000001", 60_000},
		"h":          {"500000", 0},
		"fortnight":  {"1", math.MaxInt64},
		"ns%00":      {"1", math.MaxInt64},
		"ms&other=1": {"1800000000000", 0},
	} {
		for _, path := range []string{influx.V1Path, influx.V2Path} {
			s, api := receiver(t, influx.Options{})
			a := post(t, api, path+"?precision="+precision, "", []byte("cpu x=1 "+c.stamp))
			if c.want == math.MaxInt64 {
				if a.status != http.StatusBadRequest || !strings.Contains(a.Message, "precision") {
					t.Errorf("%s: %+v", precision, a)
				}
				continue
			}
			if got, want := series(t, s), fmt.Sprintf("{__name__=\"cpu_x\"} 1 @%+dms\n", c.want); a.status != http.StatusNoContent || got != want {
				t.Errorf("%q: %+v %s, want %s", precision, a, got, want)
			}
		}
	}
	_, api := receiver(t, influx.Options{})
	if a := post(t, api, influx.V1Path+"?precision=h", "", []byte("cpu x=1 9223372036854775807")); a.status != http.StatusBadRequest || !strings.Contains(a.Message, "out of range") {
		t.Errorf("hours without end: %+v", a)
	}
}

func TestBodies(t *testing.T) {
	line := []byte("cpu x=1\n")
	short := influx.Options{Bounds: remote.Bounds{MaxBody: 2000}}
	for name, c := range map[string]struct {
		options  influx.Options
		encoding string
		body     []byte
		want     int
	}{
		"empty":            {influx.Options{}, "", nil, 204},
		"line ends":        {influx.Options{}, "", []byte("\n\r\n  \n# nothing\n"), 204},
		"plain":            {influx.Options{}, "identity", line, 204},
		"gzip":             {influx.Options{}, "gzip", pack(t, line), 204},
		"not gzip":         {influx.Options{}, "gzip", line, 400},
		"torn gzip":        {influx.Options{}, "gzip", pack(t, line)[:20], 400},
		"other encoding":   {influx.Options{}, "deflate", line, 415},
		"too long":         {short, "", bytes.Repeat(line, 251), 413},
		"long enough":      {short, "", bytes.Repeat(line, 250), 204},
		"a bomb":           {influx.Options{}, "gzip", pack(t, bytes.Repeat([]byte("\n"), 17<<20)), 413},
		"too many lines":   {influx.Options{}, "", bytes.Repeat(line, 100_001), 413},
		"too many numbers": {influx.Options{}, "gzip", pack(t, bytes.Repeat([]byte("c "+strings.Repeat("x=1,", 999)+"x=1\n"), 501)), 413},
	} {
		t.Run(name, func(t *testing.T) {
			s, api := receiver(t, c.options)
			a := post(t, api, influx.V2Path, c.encoding, c.body)
			if a.status != c.want {
				t.Errorf("%d, want %d: %s", a.status, c.want, a.Message)
			}
			if got := series(t, s); a.status > 204 && got != "" {
				t.Errorf("something was written all the same: %.200s", got)
			}
		})
	}
	// One of unknown length is cut off just so.
	_, api := receiver(t, short)
	r := httptest.NewRequest(http.MethodPost, influx.V2Path, bytes.NewReader(bytes.Repeat(line, 251)))
	r.ContentLength = -1
	if a := ask(t, api.Write, r); a.status != http.StatusRequestEntityTooLarge || a.Code != "request too large" {
		t.Errorf("%+v", a)
	}
}

func TestMethodsAndPaths(t *testing.T) {
	_, api := receiver(t, influx.Options{})
	for _, c := range []struct {
		h            http.Handler
		method, path string
		want         int
		allow        string
	}{
		{api.Write, http.MethodGet, influx.V2Path, 405, "POST"},
		{api.Write, http.MethodPost, "/influx/api/v2/delete", 404, ""},
		{api.Write, http.MethodPost, influx.PingPath, 404, ""},
		{api.Health, http.MethodPost, influx.V2Path, 405, "GET, HEAD"},
		{api.Health, http.MethodGet, influx.V2Path, 404, ""},
		{api.Health, http.MethodGet, influx.PingPath, 204, ""},
		{api.Health, http.MethodHead, influx.PingPath, 204, ""},
		{api.Health, http.MethodGet, influx.HealthPath, 200, ""},
	} {
		a := ask(t, c.h, httptest.NewRequest(c.method, c.path, nil))
		if a.status != c.want || a.allowed != c.allow {
			t.Errorf("%s %s: %+v, want %d", c.method, c.path, a, c.want)
		}
	}
}

func TestSeriesBound(t *testing.T) {
	s := openStore(t, tsdb.Options{MaxSeries: 2})
	api, err := influx.New(s.Foreign(), influx.Options{Now: func() slo.Instant { return now }})
	if err != nil {
		t.Fatal(err)
	}
	a := post(t, api, influx.V2Path, "", []byte("a x=1\nb x=1\nc x=1\na x=1\n"))
	if a.status != http.StatusBadRequest || a.Line != 3 || !strings.Contains(a.Message, "1 of 4 lines") || !strings.Contains(a.Message, "new series beyond the bound") {
		t.Errorf("%+v", a)
	}
	if got := series(t, s); strings.Count(got, "\n") != 2 {
		t.Errorf("written: %s", got)
	}
}

func TestNewNeedsItsParts(t *testing.T) {
	s := openStore(t, tsdb.Options{})
	clock := func() slo.Instant { return now }
	if _, err := influx.New(nil, influx.Options{Now: clock}); err == nil {
		t.Error("made without series")
	}
	if _, err := influx.New(s.Foreign(), influx.Options{}); err == nil {
		t.Error("made without a clock")
	}
	if _, err := influx.New(s.Foreign(), influx.Options{Now: clock, Bounds: remote.Bounds{MaxBody: -1}}); err == nil {
		t.Error("made with a negative bound")
	}
}
