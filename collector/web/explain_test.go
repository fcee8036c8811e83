package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

func TestExplainAPI(t *testing.T) {
	o, _ := options(t)
	h := build(t, o)
	x, err := explain(t.Context(), ExplainQuery{Service: "shop", Agreement: "gold", Objective: "quick", Window: "2026-10", Limit: 2, At: now()})
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := x.WriteJSON(&want); err != nil {
		t.Fatal(err)
	}
	w := get(t, h, "/api/v1/services/shop/explain?objective=gold/quick&window=2026-10&limit=2")
	if w.Code != http.StatusOK || w.Body.String() != want.String() || w.Header().Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("it answers %d %v %s", w.Code, w.Header(), w.Body)
	}
	for query, code := range map[string]string{
		"objective=gold": "bad_request", "objective=gold/none": "not_found", "objective=gold/monthly&window=2027": "bad_request", "objective=gold/monthly&limit=0": "bad_request",
		"objective=gold/monthly&limit=201": "bad_request", "objective=gold/monthly&all=1": "bad_request", "objective=gold/" + strings.Repeat("x", 300): "bad_request",
	} {
		if w := get(t, h, "/api/v1/services/shop/explain?"+query); !strings.Contains(w.Body.String(), `"code": "`+code+`"`) {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
	if w := get(t, h, "/api/v1/services/none/explain"); w.Code != http.StatusNotFound {
		t.Errorf("of a service that is not there: %d", w.Code)
	}
	if w := get(t, h, "/services/shop/explain"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "gold / monthly") {
		t.Errorf("without an objective: %d", w.Code)
	}
	o.Explain = func(context.Context, ExplainQuery) (*slo.Explanation, error) {
		return nil, fmt.Errorf("explaining: %w", ErrBusy)
	}
	h = build(t, o)
	if w := get(t, h, "/api/v1/services/shop/explain"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"too_many"`) {
		t.Errorf("when others are explained: %d %s", w.Code, w.Body)
	}
	if w := get(t, h, "/services/shop/explain"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "Too many figures are being explained") {
		t.Errorf("when others are explained, the page: %d %s", w.Code, w.Body)
	}
	o.Explain = nil
	h = build(t, o)
	if w := get(t, h, "/services/shop/explain"); w.Code != http.StatusNotFound {
		t.Errorf("where nothing explains: %d", w.Code)
	}
	if w := get(t, h, "/services/shop"); strings.Contains(w.Body.String(), "/explain") {
		t.Error("a page leads to explanations that are not there")
	}
}

// What was not read is said, on the page and at each stretch.
func TestExplainPageCutShort(t *testing.T) {
	o, _ := options(t)
	page := get(t, build(t, o), "/services/shop/explain?objective=gold/monthly&window=2026-10-21T14:30:07Z").Body.String()
	for _, want := range []string{"those from before 2026-10-12 02:00:00 are missing on this page", "its measurements were not read", "connection refused"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in\n%s", want, page)
		}
	}
}

// However many agents looked at a stretch, a page shows some and counts the
// others.
func TestExplainedAgentsAreBounded(t *testing.T) {
	w := words{english, englishTexts()}
	p := slo.ExplainedProbe{Probe: &slo.Probe{Name: "web"}}
	for n := range 10 {
		l := slo.ExplainedLocation{Location: fmt.Sprint(n)}
		for k := range 7 {
			l.Words = append(l.Words, slo.ExplainedWord{Agent: fmt.Sprint(n, k)})
		}
		p.Locations = append(p.Locations, l)
	}
	v := w.stretch(&slo.ExplainedStretch{Probes: []slo.ExplainedProbe{p}}, time.UTC)
	shown := 0
	for _, l := range v.Probes[0].Locations {
		shown += len(l.Agents)
	}
	if shown != maxWords || v.Silenced != 70-maxWords {
		t.Errorf("%d agents are shown and %d counted", shown, v.Silenced)
	}
}

// A course with more changes than a screen has columns keeps what is worst.
func TestCourseIsBounded(t *testing.T) {
	v := slo.Interval{From: 0, To: 10_000_000}
	var spans []slo.CountedSpan
	for at := slo.Instant(0); at < v.To; at += 1000 {
		as := slo.CountedUp
		if at == 5_000_000 {
			as = slo.CountedDown
		}
		spans = append(spans, slo.CountedSpan{Interval: slo.Interval{From: at, To: at + 1000}, As: as})
	}
	got := courseColumns(spans, v, maxMarks)
	if len(got) != 3 || got[0].As != slo.CountedUp || got[1].As != slo.CountedDown || !got[1].Contains(5_000_000) || got[2].To != v.To {
		t.Errorf("it is %+v", got)
	}
}
