package remote_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/collector/remote"
	"github.com/assay-sla/assay/collector/tsdb"
	"github.com/assay-sla/assay/slo"
)

var update = flag.Bool("update", false, "write the golden files anew")

var t0 = slo.At(time.Date(2025, 10, 1, 12, 0, 0, 0, time.UTC))

func openStore(t *testing.T, o tsdb.Options) *tsdb.Store {
	t.Helper()
	o.Target = func(probe string) (string, string, bool) { return "http", "https://" + probe + ".example/", true }
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

func serve(t *testing.T, s *tsdb.Store, o remote.Options) *httptest.Server {
	t.Helper()
	h, err := remote.New(s, s.Foreign(), o)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	prefix := o.Prefix
	if prefix == "" {
		prefix = remote.DefaultPrefix
	}
	mux.Handle(prefix+remote.WritePath, h.Write)
	mux.Handle(prefix+remote.OTLPPath, h.Write)
	mux.Handle("/", h.Read)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv
}

// populate appends a minute of two probes, one of them down at the end.
func populate(t *testing.T, s *tsdb.Store) {
	t.Helper()
	var entries []slo.Entry
	for i := range 7 {
		at := t0.Add(time.Duration(i) * 10 * time.Second)
		for _, probe := range []string{"shop", "web"} {
			outcome := slo.Up
			if probe == "web" && i >= 5 {
				outcome = slo.Down
			}
			entries = append(entries, slo.Entry{Pos: uint64(len(entries) + 1), Received: at, Record: slo.Record{
				ID: slo.ID{Agent: "eu-1", Epoch: "e", Seq: uint64(len(entries) + 1)},
				Measurement: &slo.Measurement{Probe: probe, Location: "eu", At: at, Outcome: outcome,
					Latency: time.Duration(100+i) * time.Millisecond},
			}})
		}
	}
	if aside, err := s.Append(t.Context(), entries); err != nil || len(aside) > 0 {
		t.Fatal(err, aside)
	}
}

func read(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// pretty indents JSON; other text stays as it is.
func pretty(s string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(s), "", "  ") != nil {
		return s
	}
	return b.String() + "\n"
}

func TestAnswers(t *testing.T) {
	s := openStore(t, tsdb.Options{Families: []tsdb.Family{
		{Name: "assay_objective_availability", Type: "gauge", Unit: "ratio", Help: "Availability of an objective."},
	}})
	populate(t, s)
	srv := serve(t, s, remote.Options{})
	end := fmt.Sprint(int64(t0)/1000 + 60)
	begin := fmt.Sprint(int64(t0) / 1000)
	for _, c := range []struct{ name, method, path, form string }{
		{"query", "GET", "query", "query=probe_success&time=" + end},
		{"query_post", "POST", "query", "query=avg_over_time(probe_success[1m])&time=" + end},
		{"query_at_and_offset", "GET", "query", "query=probe_success{probe='web'}%20@%20" + end + "%20offset%2030s&time=" + begin},
		{"query_parse_error", "GET", "query", "query=sum(&time=" + end},
		{"query_missing", "GET", "query", ""},
		{"query_range", "GET", "query_range", "query=sum(probe_success)&start=" + begin + "&end=" + end + "&step=20"},
		{"query_range_too_many", "GET", "query_range", "query=1&start=0&end=" + end + "&step=1"},
		{"query_exemplars", "GET", "query_exemplars", "query=probe_success&start=" + begin + "&end=" + end},
		{"series", "GET", "series", "match[]=probe_success&start=" + begin + "&end=" + end},
		{"series_without_match", "GET", "series", ""},
		{"labels", "GET", "labels", "start=" + begin + "&end=" + end},
		{"label_values", "GET", "label/probe/values", "start=" + begin + "&end=" + end},
		{"label_values_names", "GET", "label/__name__/values", "start=" + begin + "&end=" + end},
		{"metadata_one", "GET", "metadata", "metric=probe_success"},
		{"metadata_own", "GET", "metadata", "metric=assay_objective_availability"},
		{"metadata_none", "GET", "metadata", "metric=up"},
		{"format_query", "GET", "format_query", "query=sum(probe_success)by(probe)"},
		{"parse_query", "GET", "parse_query", "query=probe_success"},
		{"rules", "GET", "rules", ""},
		{"alerts", "GET", "alerts", ""},
		{"no_admin", "POST", "admin/tsdb/delete_series", "match[]=probe_success"},
		{"no_targets", "GET", "targets", ""},
		{"no_remote_read", "POST", "read", ""},
		{"no_configuration", "GET", "status/config", ""},
		{"no_label_path", "GET", "label/a/b/values", ""},
		{"wrong_method", "DELETE", "series", ""},
		{"write_by_get", "GET", "write", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			target, body := srv.URL+"/prometheus/api/v1/"+c.path, io.Reader(nil)
			if c.method == "POST" {
				body = strings.NewReader(c.form)
			} else if c.form != "" {
				target += "?" + c.form
			}
			req, err := http.NewRequest(c.method, target, body)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r, err := srv.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprintf("%s %s?%s\n%s\n%s", c.method, c.path, c.form, r.Status, pretty(read(t, r)))
			path := filepath.Join("testdata", c.name+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("%s (-want +got):\n%s", path, d)
			}
		})
	}
}

func TestEverySeriesHasMetadata(t *testing.T) {
	s := openStore(t, tsdb.Options{Series: tsdb.All})
	srv := serve(t, s, remote.Options{})
	r, err := http.Get(srv.URL + "/prometheus/api/v1/metadata")
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Data map[string][]struct{ Type, Help string }
	}
	if err := json.Unmarshal([]byte(read(t, r)), &answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Data) != len(s.Metadata()) || len(answer.Data) == 0 {
		t.Errorf("%d of %d names are described", len(answer.Data), len(s.Metadata()))
	}
	for name, m := range answer.Data {
		if len(m) != 1 || m[0].Type != "gauge" || m[0].Help == "" {
			t.Errorf("%s: %v", name, m)
		}
	}
}

func TestAcrossOrigins(t *testing.T) {
	srv := serve(t, openStore(t, tsdb.Options{}), remote.Options{})
	req, err := http.NewRequest("GET", srv.URL+"/prometheus/api/v1/query?query=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "https://elsewhere.example")
	r, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	read(t, r)
	if o := r.Header.Get("Access-Control-Allow-Origin"); o != "" || r.StatusCode != 200 {
		t.Errorf("%s, allowed origin %q", r.Status, o)
	}
}

func TestPrefix(t *testing.T) {
	s := openStore(t, tsdb.Options{})
	for _, bad := range []string{"x", "/x/", "/"} {
		if _, err := remote.New(s, s.Foreign(), remote.Options{Prefix: bad}); err == nil {
			t.Errorf("the prefix %q was taken", bad)
		}
	}
	if _, err := remote.New(nil, s.Foreign(), remote.Options{}); err == nil {
		t.Error("made without a store")
	}
	if _, err := remote.New(s, s.Foreign(), remote.Options{Bounds: remote.Bounds{Timeout: -1}}); err == nil {
		t.Error("made with a negative bound")
	}
	srv := serve(t, s, remote.Options{Prefix: "/p/q"})
	for path, want := range map[string]int{
		"/p/q/api/v1/query?query=1": 200, "/api/v1/query?query=1": 404,
		"/prometheus/api/v1/query?query=1": 404, "/p/q": 404, "/p/q/": 404,
	} {
		r, err := http.Get(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		if read(t, r); r.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, r.Status, want)
		}
	}
}

// loading is a store whose database is not there yet.
type loading struct {
	*tsdb.Store
	ready chan struct{}
	err   error
}

func (l loading) Ready() <-chan struct{} { return l.ready }
func (l loading) Err() error             { return l.err }

func TestWhileLoading(t *testing.T) {
	s := openStore(t, tsdb.Options{})
	l := loading{Store: s, ready: make(chan struct{}), err: os.ErrInvalid}
	h, err := remote.New(l, s.Foreign(), remote.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.Read.ServeHTTP(w, httptest.NewRequest("GET", "/prometheus/api/v1/"+path, nil))
		return w
	}
	w := ask("query?query=1")
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || !json.Valid(w.Body.Bytes()) ||
		!strings.Contains(w.Body.String(), "still being loaded") {
		t.Errorf("while loading: %d %s", w.Code, w.Body)
	}
	if w := ask("status/buildinfo"); w.Code != 200 || !strings.Contains(w.Body.String(), `"version":"3.`) {
		t.Errorf("build information while loading: %d %s", w.Code, w.Body)
	}
	close(l.ready)
	if w := ask("labels"); w.Code != 503 || !strings.Contains(w.Body.String(), "could not be loaded") ||
		strings.Contains(w.Body.String(), os.ErrInvalid.Error()) {
		t.Errorf("where loading failed: %d %s", w.Code, w.Body)
	}
}

// TestVersion: what Grafana is told is the release that is linked.
func TestVersion(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var minor, patch int
	_, after, _ := strings.Cut(string(mod), "github.com/prometheus/prometheus v0.3")
	if _, err := fmt.Sscanf(after, "%02d.%d", &minor, &patch); err != nil {
		t.Fatal(err)
	}
	srv := serve(t, openStore(t, tsdb.Options{}), remote.Options{})
	r, err := http.Get(srv.URL + "/prometheus/api/v1/status/buildinfo")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := read(t, r), fmt.Sprintf(`"version":"3.%d.%d"`, minor, patch); !strings.Contains(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestQueryBounds(t *testing.T) {
	s := openStore(t, tsdb.Options{Query: tsdb.QueryLimits{Samples: 5}})
	populate(t, s)
	srv := serve(t, s, remote.Options{})
	ask := "/prometheus/api/v1/query?query=" + url.QueryEscape("probe_success[5m]") + fmt.Sprintf("&time=%d", int64(t0)/1000+60)
	r, err := http.Get(srv.URL + ask)
	if err != nil {
		t.Fatal(err)
	}
	if body := read(t, r); r.StatusCode != 422 || !strings.Contains(body, "too many samples") {
		t.Errorf("%s %s", r.Status, body)
	}
	big := strings.NewReader("query=" + strings.Repeat("1", 1<<20))
	r, err = http.Post(srv.URL+"/prometheus/api/v1/query", "application/x-www-form-urlencoded", big)
	if err != nil {
		t.Fatal(err)
	}
	if body := read(t, r); r.StatusCode != 413 {
		t.Errorf("%s %.200s", r.Status, body)
	}
	// A body of unknown length is cut off just so.
	r, err = http.Post(srv.URL+"/prometheus/api/v1/query", "application/x-www-form-urlencoded",
		io.MultiReader(strings.NewReader("query="), strings.NewReader(strings.Repeat("1", 1<<20))))
	if err != nil {
		t.Fatal(err)
	}
	if body := read(t, r); r.StatusCode != 413 {
		t.Errorf("%s %.200s", r.Status, body)
	}
	deep := strings.Repeat("(", 100_000)
	r, err = http.Post(srv.URL+"/prometheus/api/v1/query", "application/x-www-form-urlencoded", strings.NewReader("query="+deep))
	if err != nil {
		t.Fatal(err)
	}
	if body := read(t, r); r.StatusCode != 400 {
		t.Errorf("%s %.200s", r.Status, body)
	}
}

func TestPromtool(t *testing.T) {
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("left out: promtool (package prometheus)")
	}
	s := openStore(t, tsdb.Options{})
	populate(t, s)
	srv := serve(t, s, remote.Options{})
	end := (t0 + 60_000).String()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"instant", "--time=" + end, srv.URL + "/prometheus", "probe_success"}, `probe="web"} => 0 @[`},
		{[]string{"range", "--start=" + t0.String(), "--end=" + end, "--step=20s", srv.URL + "/prometheus", "sum(probe_success)"}, "1 @["},
		{[]string{"series", "--match=probe_success", "--start=" + t0.String(), "--end=" + end, srv.URL + "/prometheus"}, `probe="shop"`},
		{[]string{"labels", "--start=" + t0.String(), "--end=" + end, srv.URL + "/prometheus", "probe"}, "shop\nweb"},
	} {
		out, err := exec.CommandContext(t.Context(), tool, append([]string{"query"}, c.args...)...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("promtool query %v: %v\n%s", c.args, err, out)
		}
	}
	out, err := exec.CommandContext(t.Context(), tool, "query", "instant", srv.URL+"/prometheus", "sum(").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "parse error") {
		t.Errorf("promtool on a bad query: %v\n%s", err, out)
	}
}

// TestReadersDoNotWrite: whoever may read reaches no path that writes, however
// it is spelt, and the other way round.
func TestReadersDoNotWrite(t *testing.T) {
	s := openStore(t, tsdb.Options{})
	h, err := remote.New(s, s.Foreign(), remote.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(h http.Handler, path string) int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", path, nil))
		return w.Code
	}
	for _, path := range []string{remote.WritePath, remote.OTLPPath} {
		spelt := []string{path}
		for i := range len(path) {
			if path[i] == '/' {
				spelt = append(spelt, path[:i]+"%2F"+path[i+1:], path[:i]+"%2f"+path[i+1:])
			}
		}
		for _, p := range spelt {
			if code := ask(h.Read, remote.DefaultPrefix+p); code != 404 {
				t.Errorf("a reader at %s: %d", p, code)
			}
		}
	}
	if code := ask(h.Write, remote.DefaultPrefix+"/api/v1/query"); code != 404 {
		t.Errorf("a writer at the queries: %d", code)
	}
}

// TestCostlyExpressions: what would cost minutes or gigabytes by its text alone
// is refused, by every endpoint that takes an expression.
func TestCostlyExpressions(t *testing.T) {
	s := openStore(t, tsdb.Options{})
	populate(t, s)
	srv := serve(t, s, remote.Options{})
	nested := func(open, inner, end string, n int) string {
		return strings.Repeat(open, n) + inner + strings.Repeat(end, n)
	}
	for name, c := range map[string]struct {
		text string
		want string // "" where it is served
	}{
		"nested minus":     {nested("-(", "x", ")", 500), "64 deep"},
		"nested calls":     {nested("abs(", "x", ")", 65), "64 deep"},
		"nested enough":    {nested("abs(", "x", ")", 64), ""},
		"unclosed":         {strings.Repeat("(", 5000), "64 deep"},
		"in labels":        {strings.Repeat("(", 64) + "x{", "64 deep"},
		"many sums":        {"x" + strings.Repeat("+x", 501), "500 operators"},
		"signs":            {strings.Repeat("-", 501) + "x", "500 operators"},
		"sums enough":      {"x" + strings.Repeat("+x", 500), ""},
		"many names":       {"sum by (" + strings.Repeat("a,", 2500) + "b) (x)", "names, numbers and signs"},
		"long":             {`x{a=~"` + strings.Repeat("a|", 20_000) + `"}`, "bytes"},
		"long alternation": {`x{a=~"` + strings.Repeat("(a)|", 7000) + `b"}`, ""},
		"in a comment":     {"x # " + strings.Repeat("(", 200), ""},
		"in a text":        {`x{a="` + strings.Repeat("(", 200) + `"}`, ""},
	} {
		form := url.Values{"query": {c.text}, "match[]": {c.text}, "start": {"0"}, "end": {"60"}, "step": {"30"}}
		for _, path := range []string{"query", "query_range", "query_exemplars", "format_query", "parse_query", "series", "labels"} {
			r, err := srv.Client().PostForm(srv.URL+"/prometheus/api/v1/"+path, form)
			if err != nil {
				t.Fatal(err)
			}
			body := read(t, r)
			if refused := r.StatusCode == 400 && strings.Contains(body, c.want); c.want != "" && !refused {
				t.Errorf("%s by %s: %s %.200s", name, path, r.Status, body)
			}
			if c.want == "" && strings.Contains(path, "query") && r.StatusCode != 200 {
				t.Errorf("%s by %s: %s %.200s", name, path, r.Status, body)
			}
		}
	}
	many := url.Values{"match[]": slices.Repeat([]string{"x"}, 101)}
	if r, err := srv.Client().PostForm(srv.URL+"/prometheus/api/v1/series", many); err != nil || r.StatusCode != 400 {
		t.Errorf("101 matchers: %v %v", r.Status, err)
	}
	// A form in parts would go past the check.
	r, err := srv.Client().Post(srv.URL+"/prometheus/api/v1/query", "multipart/form-data; boundary=b",
		strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\n1\r\n--b--\r\n"))
	if err != nil || r.StatusCode != 415 {
		t.Errorf("a form in parts: %v %v", r.Status, err)
	}
}
