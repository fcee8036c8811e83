package remote_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"

	"github.com/assay-sla/assay/collector/remote"
	"github.com/assay-sla/assay/collector/tsdb"
	"github.com/assay-sla/assay/slo"
)

func v1(t testing.TB, at slo.Instant, names ...string) []byte {
	t.Helper()
	var w prompb.WriteRequest
	for _, n := range names {
		w.Timeseries = append(w.Timeseries, prompb.TimeSeries{
			Labels:  []prompb.Label{{Name: "__name__", Value: n}, {Name: "host", Value: "db"}},
			Samples: []prompb.Sample{{Timestamp: int64(at), Value: 7}},
		})
	}
	b, err := w.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return s2.EncodeSnappy(nil, b)
}

func v2(t testing.TB, at slo.Instant, names ...string) []byte {
	t.Helper()
	w := writev2.Request{Symbols: []string{"", "__name__", "host", "db"}}
	for _, n := range names {
		w.Symbols = append(w.Symbols, n)
		w.Timeseries = append(w.Timeseries, writev2.TimeSeries{
			LabelsRefs: []uint32{1, uint32(len(w.Symbols) - 1), 2, 3},
			Samples:    []writev2.Sample{{Timestamp: int64(at), Value: 7}},
		})
	}
	b, err := w.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return s2.EncodeSnappy(nil, b)
}

const (
	typeV1 = "application/x-protobuf"
	typeV2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request"
)

// send posts a body and returns the answer's status and text.
func send(t testing.TB, srv *httptest.Server, path, contentType, encoding string, body []byte) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequest("POST", srv.URL+"/prometheus"+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	r, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r.Body); err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, b.String(), r.Header
}

// has reports whether a series has a sample at an instant.
func has(t testing.TB, s *tsdb.Store, name string, at slo.Instant) bool {
	t.Helper()
	r, err := s.Query(t.Context(), fmt.Sprintf("{__name__=%q}", name), at)
	if err != nil {
		t.Fatal(err)
	}
	return len(r) > 0
}

func TestRemoteWrite(t *testing.T) {
	s := openStore(t, tsdb.Options{})
	srv := serve(t, s, remote.Options{})
	populate(t, s)
	end := t0.Add(time.Minute)
	ahead := slo.At(time.Now().Add(24 * time.Hour))
	for _, c := range []struct {
		name, contentType string
		body              []byte
		status            int
		says              string
		written, refused  []string
	}{
		{"version 1", typeV1, v1(t, end, "a1", "b1"), 204, "", []string{"a1", "b1"}, nil},
		{"version 1 again", typeV1, v1(t, end, "a1", "b1"), 204, "", []string{"a1"}, nil},
		{"version 1 late", typeV1, v1(t, t0.Add(-time.Hour), "late1"), 204, "", nil, nil},
		{"version 1 with a measurement", typeV1, v1(t, end, "c1", "probe_success", "d1"), 400, `"probe_success" is refused`, nil, []string{"c1", "d1"}},
		{"version 1 with an own figure", typeV1, v1(t, end, "assay_objective_availability"), 400, `"assay_objective_availability" is refused`, nil, []string{"assay_objective_availability"}},
		{"version 1 too old", typeV1, v1(t, t0.Add(-30*24*time.Hour), "e1"), 400, "too old", nil, []string{"e1"}},
		{"version 1 far ahead", typeV1, v1(t, ahead, "f1"), 400, "future", nil, nil},
		{"version 2", typeV2, v2(t, end, "a2", "b2"), 204, "", []string{"a2", "b2"}, nil},
		{"version 2 with measurements", typeV2, v2(t, end, "c2", "probe_success", "assay_x", "d2"), 400, `"probe_success" is refused`, []string{"c2", "d2"}, []string{"assay_x"}},
		{"version 2 names all", typeV2, v2(t, end, "probe_success", "assay_x"), 400, `"assay_x" is refused`, nil, nil},
		{"version 2 too old", typeV2, v2(t, t0.Add(-30*24*time.Hour), "e2"), 400, "too old", nil, []string{"e2"}},
		{"version 2 far ahead", typeV2, v2(t, ahead, "f2"), 400, "future", nil, nil},
		{"nothing", typeV1, s2.EncodeSnappy(nil, nil), 204, "", nil, nil},
		{"not snappy", typeV1, []byte("hello"), 400, "decompressing the body", nil, nil},
		{"not a message", typeV1, s2.EncodeSnappy(nil, []byte("hello")), 400, "not a protobuf message", nil, nil},
		{"other content", "text/plain", v1(t, end, "x"), 415, "content-type", nil, nil},
		{"other message", "application/x-protobuf;proto=x", v1(t, end, "x"), 415, "unknown", nil, nil},
	} {
		status, text, header := send(t, srv, remote.WritePath, c.contentType, "snappy", c.body)
		if status != c.status && !(status == 200 && c.status == 204) || !strings.Contains(text, c.says) {
			t.Errorf("%s: %d %s, want %d %q", c.name, status, text, c.status, c.says)
		}
		if c.contentType == typeV2 && status < 300 && header.Get("X-Prometheus-Remote-Write-Samples-Written") == "" {
			t.Errorf("%s: the answer does not say what was written", c.name)
		}
		for _, n := range c.written {
			if !has(t, s, n, end) {
				t.Errorf("%s: %s is missing", c.name, n)
			}
		}
		for _, n := range c.refused {
			if has(t, s, n, end) {
				t.Errorf("%s: %s was written", c.name, n)
			}
		}
	}
	if got, err := s.Query(t.Context(), "count(probe_success)", end); err != nil || got[0].Points[0].Value != 2 {
		t.Errorf("foreign senders changed the measurements: %v %v", got, err)
	}
}

func TestSeriesBound(t *testing.T) {
	s := openStore(t, tsdb.Options{MaxSeries: 2})
	srv := serve(t, s, remote.Options{})
	if status, text, _ := send(t, srv, remote.WritePath, typeV1, "snappy", v1(t, t0, "a", "b")); status >= 300 {
		t.Fatal(status, text)
	}
	if status, text, _ := send(t, srv, remote.WritePath, typeV2, "snappy", v2(t, t0+1, "c", "a")); status != 400 ||
		!strings.Contains(text, `"c" would be a new series`) || strings.Contains(text, `"a"`+" would") {
		t.Error(status, text)
	}
	if !has(t, s, "a", t0+1) {
		t.Error("a series that was there is refused")
	}
}

func TestLabelBounds(t *testing.T) {
	s := openStore(t, tsdb.Options{})
	srv := serve(t, s, remote.Options{})
	many := prompb.TimeSeries{Labels: []prompb.Label{{Name: "__name__", Value: "x"}}, Samples: []prompb.Sample{{Timestamp: int64(t0)}}}
	for i := range 100 {
		many.Labels = append(many.Labels, prompb.Label{Name: fmt.Sprintf("l%03d", i), Value: "v"})
	}
	long := prompb.TimeSeries{Labels: []prompb.Label{{Name: "__name__", Value: "x"}, {Name: "l", Value: strings.Repeat("v", 20_000)}}, Samples: many.Samples}
	for want, ts := range map[string]prompb.TimeSeries{"more than 64 labels": many, "more than 16384 bytes": long} {
		b, err := (&prompb.WriteRequest{Timeseries: []prompb.TimeSeries{ts}}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if status, text, _ := send(t, srv, remote.WritePath, typeV1, "snappy", s2.EncodeSnappy(nil, b)); status != 400 || !strings.Contains(text, want) {
			t.Errorf("%d %.200s, want %q", status, text, want)
		}
	}
}

func TestBombs(t *testing.T) {
	s := openStore(t, tsdb.Options{})
	srv := serve(t, s, remote.Options{Bounds: remote.Bounds{MaxBody: 1 << 20}})
	repeated := writev2.Request{Symbols: []string{"", "__name__", "x", strings.Repeat("s", 1<<20)}, Timeseries: []writev2.TimeSeries{{LabelsRefs: []uint32{1, 2}}}}
	for range 200 {
		repeated.Timeseries[0].LabelsRefs = append(repeated.Timeseries[0].LabelsRefs, 3, 3)
	}
	refs, err := repeated.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(make([]byte, 8<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path, contentType, encoding string
		body                              []byte
		status                            int
		says                              string
	}{
		{"long", remote.WritePath, typeV1, "snappy", make([]byte, 1<<20+1), 413, "more than 1048576"},
		{"swelling", remote.WritePath, typeV1, "snappy", s2.EncodeSnappy(nil, make([]byte, 17<<20)), 413, "unfolds to too much"},
		{"claimed length", remote.WritePath, typeV1, "snappy", []byte{0xff, 0xff, 0xff, 0x7f, 0}, 413, "unfolds to too much"},
		{"empty series", remote.WritePath, typeV1, "snappy", s2.EncodeSnappy(nil, bytes.Repeat([]byte{1<<3 | 2, 0}, maxItemsTest)), 413, "unfolds to too much"},
		{"empty histograms", remote.WritePath, typeV1, "snappy", s2.EncodeSnappy(nil, nested(1<<3|2, bytes.Repeat([]byte{4<<3 | 2, 0}, maxItemsTest))), 413, "unfolds to too much"},
		{"field of 33 bits", remote.WritePath, typeV1, "snappy", s2.EncodeSnappy(nil, nested((1<<32|1)<<3|2, bytes.Repeat([]byte{4<<3 | 2, 0}, maxItemsTest))), 413, "unfolds to too much"},
		{"repeated symbol", remote.WritePath, typeV2, "snappy", s2.EncodeSnappy(nil, refs), 413, "unfolds to too much"},
		{"group", remote.WritePath, typeV1, "snappy", s2.EncodeSnappy(nil, []byte{9<<3 | 3, 9<<3 | 4}), 400, "not a protobuf message"},
		{"zstd", remote.WritePath, typeV1, "zstd", nil, 415, `zstd\", not snappy`},
		{"gzip", remote.OTLPPath, typeV1, "gzip", zipped.Bytes(), 413, "unfolds to too much"},
		{"not gzip", remote.OTLPPath, typeV1, "gzip", []byte("x"), 400, "decompressing the body"},
		{"deflate", remote.OTLPPath, typeV1, "deflate", nil, 415, "not gzip"},
	} {
		status, text, _ := send(t, srv, c.path, c.contentType, c.encoding, c.body)
		if status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s: %d %.200s, want %d %q", c.name, status, text, c.status, c.says)
		}
	}
}

const maxItemsTest = 510_000

// nested is one field of a length-delimited type.
func nested(tag uint64, content []byte) []byte {
	var b []byte
	for _, v := range []uint64{tag, uint64(len(content))} {
		for v >= 0x80 {
			b = append(b, byte(v)|0x80)
			v >>= 7
		}
		b = append(b, byte(v))
	}
	return append(b, content...)
}

// TestLongRefusal: an answer does not grow with what is refused.
func TestLongRefusal(t *testing.T) {
	srv := serve(t, openStore(t, tsdb.Options{}), remote.Options{})
	names := make([]string, 5000)
	for i := range names {
		names[i] = fmt.Sprintf("probe_%d", i)
	}
	status, text, _ := send(t, srv, remote.WritePath, typeV2, "snappy", v2(t, t0, names...))
	if status != 400 || len(text) != 64<<10 {
		t.Errorf("%d with %d bytes", status, len(text))
	}
}

// TestDrip: a sender whose body does not end gives its slot back.
func TestDrip(t *testing.T) {
	srv := serve(t, openStore(t, tsdb.Options{}), remote.Options{Bounds: remote.Bounds{Parallel: 1, Timeout: 100 * time.Millisecond}})
	body, tap := io.Pipe()
	defer tap.Close()
	r, err := http.Post(srv.URL+"/prometheus"+remote.WritePath, typeV1, body)
	if err != nil {
		t.Fatal(err)
	}
	if text := read(t, r); r.StatusCode != http.StatusRequestTimeout {
		t.Errorf("%s %s", r.Status, text)
	}
	if status, text, _ := send(t, srv, remote.WritePath, typeV1, "snappy", v1(t, t0, "x")); status >= 300 {
		t.Errorf("after it: %d %s", status, text)
	}
}

func otlp(name string, at slo.Instant, value float64) string {
	return fmt.Sprintf(`{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
		"scopeMetrics":[{"metrics":[{"name":%q,"gauge":{"dataPoints":[{"timeUnixNano":"%d000000","asDouble":%g}]}}]}]}]}`, name, at, value)
}

func TestOTLP(t *testing.T) {
	s := openStore(t, tsdb.Options{})
	srv := serve(t, s, remote.Options{})
	post := func(body string) (int, string) {
		status, text, _ := send(t, srv, remote.OTLPPath, "application/json", "", []byte(body))
		return status, text
	}
	if status, text := post(otlp("queue.length", t0, 5)); status != 200 || !has(t, s, "queue_length", t0) {
		t.Error(status, text)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte(otlp("zipped", t0, math.Pi))); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if status, text, _ := send(t, srv, remote.OTLPPath, "application/json", "gzip", zipped.Bytes()); status != 200 || !has(t, s, "zipped", t0) {
		t.Error(status, text)
	}
	// The name is refused as it is written, not as it is sent.
	if status, text := post(otlp("probe.success", t0, 1)); status != 400 || !strings.Contains(text, `"probe_success" is refused`) {
		t.Error(status, text)
	}
	if has(t, s, "probe_success", t0) {
		t.Error("an OTLP sender wrote a measurement")
	}
	if status, text := post("{"); status != 400 {
		t.Error(status, text)
	}
}
