package dashboardtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 20

// Instant asks a Prometheus HTTP API as Grafana's tables and figures do. base
// is the data source's URL, such as http://127.0.0.1:8420/prometheus.
func Instant(client *http.Client, base string) Query {
	return func(ctx context.Context, expr string, at time.Time) (int, error) {
		return post(ctx, client, base+"/api/v1/query", url.Values{"query": {expr}, "time": {unix(at)}})
	}
}

// Range asks a Prometheus HTTP API as Grafana's graphs do, for the span that
// ends at the instant.
func Range(client *http.Client, base string, span, step time.Duration) Query {
	return func(ctx context.Context, expr string, at time.Time) (int, error) {
		return post(ctx, client, base+"/api/v1/query_range", url.Values{
			"query": {expr}, "start": {unix(at.Add(-span))}, "end": {unix(at)},
			"step": {strconv.FormatFloat(step.Seconds(), 'f', -1, 64)},
		})
	}
}

func unix(t time.Time) string { return strconv.FormatFloat(float64(t.UnixMilli())/1e3, 'f', 3, 64) }

// post sends a query and counts the series of the answer.
func post(ctx context.Context, client *http.Client, address string, form url.Values) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, fmt.Errorf("making the query: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("sending the query: %w", err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return 0, fmt.Errorf("reading the answer: %w", err)
	}
	return count(resp.Status, b)
}

// count returns how many series of an answer have a number to show: one that
// is never a number shows nothing. A scalar is one series.
func count(status string, body []byte) (int, error) {
	var answer struct {
		Status string `json:"status"`
		Error  string `json:"error"`
		Data   struct {
			Type   string          `json:"resultType"`
			Result json.RawMessage `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, fmt.Errorf("the answer is %s, which is not that of a Prometheus API: %w", status, err)
	}
	if answer.Status != "success" {
		return 0, fmt.Errorf("the query was refused (%s): %s", status, answer.Error)
	}
	if answer.Data.Type == "scalar" {
		return 1, nil
	}
	var series []struct {
		Value  point   `json:"value"`
		Values []point `json:"values"`
	}
	if err := json.Unmarshal(answer.Data.Result, &series); err != nil {
		return 0, fmt.Errorf("reading the series of the answer: %w", err)
	}
	rows := 0
	for _, s := range series {
		if slices.ContainsFunc(append(s.Values, s.Value), point.number) {
			rows++
		}
	}
	return rows, nil
}

// point is an instant and a value: [1435781451.781, "1"].
type point []any

func (p point) number() bool {
	if len(p) != 2 {
		return false
	}
	s, ok := p[1].(string)
	v, err := strconv.ParseFloat(s, 64)
	return ok && err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}
