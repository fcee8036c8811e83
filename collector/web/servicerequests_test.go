package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// tray keeps counts in memory, and takes those of the shop alone.
type tray struct{ list []slo.ServiceRequests }

func (y *tray) List(_ context.Context, f ServiceRequestFilter) ([]slo.ServiceRequests, error) {
	var out []slo.ServiceRequests
	for _, r := range y.list {
		if f.Service == "" || f.Service == r.Service {
			out = append(out, r)
		}
	}
	out = out[min(f.Offset, len(out)):]
	return out[:min(f.Limit, len(out))], nil
}

func (y *tray) Take(_ context.Context, list []slo.ServiceRequests) (Taken, error) {
	for n := range list {
		if list[n].Service != "shop" {
			return Taken{}, &RowsRefused{[]RowProblem{{n + 1, "service: the catalogue has no such service"}}}
		}
	}
	y.list = append(slices.Clone(list), y.list...)
	return Taken{New: len(list)}, nil
}

// withTray adds what was counted of the shop.
func withTray(t testing.TB) (Options, *tray, *ledger) {
	t.Helper()
	o, l := options(t)
	y := &tray{[]slo.ServiceRequests{
		{Service: "shop", Agreement: "gold", Period: "2026-09", Received: 120, Completed: 118, InTarget: 111, TotalS: 424_800, Version: 2, At: now() - 86_400_000, Actor: "wei"},
		{Service: "shop", Period: "2026-08", Received: 3, Version: 1, At: now() - 86_400_000, Actor: "wei"},
	}}
	o.ServiceRequests = y
	return o, y, l
}

func TestServiceRequestPages(t *testing.T) {
	o, _, _ := withTray(t)
	h := build(t, o)
	for name, path := range map[string]string{"service-requests": "/service-requests?service=shop", "service-counted": "/services/shop"} {
		for lang, accept := range map[string]string{"en": "en", "zh": "zh-CN,zh;q=0.9,en;q=0.5"} {
			w := get(t, h, path, "Accept-Language", accept, "Cookie", visitorCookie+"=fixed")
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d\n%s", path, w.Code, w.Body)
			}
			page := csrfToken.ReplaceAllString(w.Body.String(), `name="csrf" value="TOKEN"`)
			golden(t, name+"."+lang+".html", assetHash.ReplaceAllString(page, "/static/$1.HASH.$2"))
		}
	}
	golden(t, "api-service-requests.json", get(t, h, "/api/v1/service-requests?limit=1").Body.String())
	if got := get(t, h, "/api/v1/service-requests?format=csv").Body.String(); got != "service,agreement,period,received,completed,in_target,total_s\r\nshop,gold,2026-09,120,118,111,424800\r\nshop,,2026-08,3,0,0,0\r\n" {
		t.Errorf("%q", got)
	}
}

const countsHeader = "service,agreement,period,received,completed,in_target,total_s\n"

func TestServiceRequestsAPI(t *testing.T) {
	o, y, l := withTray(t)
	h := build(t, o)
	for _, c := range []struct {
		kind, body string
		code       int
		want       string
	}{
		{"text/csv", "period,service,received,completed,in_target,total_s\r\n2026-10-01,shop,5,4,3,240\r\n", 200, `"new": 1`},
		{"text/csv", "\ufeff" + countsHeader + "shop,gold,2026-10,5,4,3,240", 200, `"new": 1`},
		{"application/json", `{"service_requests": [{"service": "shop", "period": "2026-10", "received": 5, "completed": 4, "in_target": 3, "total_s": 240}]}`, 200, `"new": 1`},
		{"text/csv", "", 400, "the first row names"},
		{"text/csv", countsHeader, 400, "there is no row"},
		{"text/csv", "service,period,service\n", 400, "there twice"},
		{"text/csv", "service,period\n", 400, "received is missing"},
		{"text/csv", countsHeader + "shop,gold,2026-10,5,4\n", 400, "cannot be read"},
		{"text/csv", countsHeader + "shop,gold,2026-13,5,4,3,240\nshop,gold,2026-10,5,4,5,240\n", 400, "row 2: in_target is more"},
		{"text/csv", countsHeader + "shop,gold,2026-10,+5,4,3,240\n", 400, `received: \"+5\" is no whole number`},
		{"text/csv", countsHeader + "\"=cmd()\",gold,2026-10,5,4,3,240\n", 400, "no such service"},
		{"text/csv", countsHeader + strings.Repeat("s,,2026-10,5,4,3,1\n", maxServiceRequestRows+1), 400, "more than 1000 rows"},
		{"text/csv", countsHeader + strings.Repeat("shop,gold,2026-10,5,4,3,240\n", 3000), 413, "too_large"},
		{"application/json", `{"service_requests": [{"service": "shop", "period": "2026-10", "received": 5}]}`, 400, "are all wanted"},
		{"application/json", `{"service_requests": [{"service": "shop", "open": 1}]}`, 400, "unknown field"},
		{"text/plain", "x", 415, "unsupported"},
	} {
		before := len(y.list)
		w := send(t, h, http.MethodPost, "/api/v1/service-requests", c.body, "Host", "127.0.0.1:8420", "Content-Type", c.kind)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.want) || (c.code == 200) != (len(y.list) > before) {
			t.Errorf("%.60q: %d %s", c.body, w.Code, w.Body)
		}
	}
	first := l.audit()[0]
	if first.Action != "service_requests.take" || !strings.HasPrefix(first.Object, "1 rows, sha256 ") || y.list[0].Actor != "local" {
		t.Errorf("%+v", first)
	}
}

// TestServiceRequestForms shows what is wrong with what was pasted, and keeps it.
func TestServiceRequestForms(t *testing.T) {
	o, y, _ := withTray(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	paste := func(role auth.Role, text string) *httptest.ResponseRecorder {
		return send(t, h, http.MethodPost, "/service-requests", url.Values{"csv": {text}}.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Authorization", "Bearer "+role.String()+secretOf)
	}
	if w := paste(auth.Viewer, countsHeader+"shop,,2026-10,5,4,3,240"); w.Code != http.StatusForbidden || len(y.list) != 2 {
		t.Errorf("a viewer: %d", w.Code)
	}
	if w := paste(auth.Operator, countsHeader+"shop,,2026-10,5,4,3,240\r\n"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "1 new") || len(y.list) != 3 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := paste(auth.Operator, countsHeader+"shop,<b>,x,5,4,3,240"); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "row 1: period") || !strings.Contains(w.Body.String(), "shop,&lt;b&gt;,x") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// What is written is read again as it was, whatever a cell begins with, and no
// cell that is written is a formula.
func FuzzServiceRequestsCSV(f *testing.F) {
	f.Add([]byte(countsHeader + "shop,gold,2026-10,5,4,3,240\n"))
	f.Add([]byte(countsHeader + "'=1+1,\"-a\nb\",2026-10-31,5,4,3,240\r\n"))
	f.Add([]byte("\ufefftotal_s,in_target,completed,received,period,service\n1,1,1,1,2026-10,＝x\n"))
	f.Add([]byte(countsHeader + "''=x,'y,2026-10,0,0,0,0"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := readServiceRequests(b)
		if err != nil {
			return
		}
		written := writeServiceRequests(list)
		again, err := readServiceRequests(written)
		if err != nil || len(again) != len(list) {
			t.Fatalf("%q: %v", written, err)
		}
		for i := range list {
			if strings.ContainsAny(list[i].Service+list[i].Agreement, "\r\n\t '") || strings.TrimSpace(list[i].Service) != list[i].Service || strings.TrimSpace(list[i].Agreement) != list[i].Agreement {
				continue // no name of the catalogue, and CSV has one end of a line
			}
			if again[i] != list[i] {
				t.Fatalf("%+v, read again %+v", list[i], again[i])
			}
		}
		rows, err := csv.NewReader(bytes.NewReader(written)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, cells := range rows {
			if slices.ContainsFunc(cells, func(s string) bool { return strings.IndexAny(s, "=+-@\t\r＝＋－＠") == 0 }) {
				t.Fatalf("a formula in %q", cells)
			}
		}
	})
}

// TestServiceRequestsInBrowser looks at the page on a desktop and on a phone.
func TestServiceRequestsInBrowser(t *testing.T) {
	ctx := browser(t)
	o, _, _ := withTray(t)
	srv := httptest.NewServer(build(t, o))
	defer srv.Close()
	said := complaints(t, ctx)
	for _, width := range []int64{1280, 360} {
		look(t, ctx, page{"service-requests", srv.URL + "/service-requests", "94.06 %"}, width, 740, "light")
		look(t, ctx, page{"service-counted", srv.URL + "/services/shop", "mean time 1h"}, width, 740, "light")
	}
	for _, c := range said() {
		t.Error(c)
	}
}
