package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/assay-sla/assay/slo"
)

func TestAPI(t *testing.T) {
	o, _ := options(t)
	h := build(t, o)
	for name, path := range map[string]string{
		"status": "/api/v1/status", "services": "/api/v1/services?state=down", "service": "/api/v1/services/shop",
		"objectives": "/api/v1/objectives?agreement=gold", "incidents": "/api/v1/incidents?limit=1",
		"incident": "/api/v1/incidents/api-20261009T030000Z", "agents": "/api/v1/agents", "capacity": "/api/v1/capacity?limit=2", "capacity-load": "/api/v1/capacity?offset=5",
	} {
		w := get(t, h, path)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
		if !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: not JSON", path)
		}
		golden(t, "api-"+name+".json", w.Body.String())
	}
}

func TestAPIRefuses(t *testing.T) {
	o, l := options(t)
	h := build(t, o)
	long := strings.Repeat("x", 10_000)
	type c struct {
		method, path, body string
		status             int
		code, say          string
	}
	for _, c := range []c{
		{"GET", "/api/v1/services?stat=down", "", 400, "bad_request", `unknown query parameter \"stat\"; it has state, offset, limit`},
		{"GET", "/api/v1/agents?b=1&a=1", "", 400, "bad_request", `\"a\", \"b\"`},
		{"GET", "/api/v1/status?x=1", "", 400, "bad_request", `it has none`},
		{"GET", "/api/v1/services/shop?at=1", "", 400, "bad_request", `\"at\"`},
		{"GET", "/api/v1/services?state=dwon", "", 400, "bad_request", "dwon"},
		{"GET", "/api/v1/services?state=up&state=down", "", 400, "bad_request", "appears twice"},
		{"GET", "/api/v1/services?limit=0", "", 400, "bad_request", "from 1 to 1000"},
		{"GET", "/api/v1/services?limit=1001", "", 400, "bad_request", "from 1 to 1000"},
		{"GET", "/api/v1/services?offset=-1", "", 400, "bad_request", "offset"},
		{"GET", "/api/v1/services?limit=" + long, "", 400, "bad_request", "limit"},
		{"GET", "/api/v1/services?%zz", "", 400, "bad_request", "query"},
		{"GET", "/api/v1/incidents?state=closed", "", 400, "bad_request", "open or resolved"},
		{"GET", "/api/v1/incidents?service=%1b", "", 400, "bad_request", "service"},
		{"GET", "/api/v1/services/none", "", 404, "not_found", "service"},
		{"GET", "/api/v1/incidents/none", "", 404, "not_found", "incident"},
		{"GET", "/api/v1/incidents/" + long, "", 404, "not_found", "incident"},
		{"GET", "/api/v1/nothing", "", 404, "not_found", "nothing"},
		{"POST", "/api/v1/services", "", 405, "method_not_allowed", "GET"},
		{"POST", "/api/v1/incidents/none/acknowledge", "", 404, "not_found", "incident"},
		{"POST", "/api/v1/incidents/" + openID + "/acknowledge", `{"by":"me"}`, 400, "bad_request", "by"},
		{"POST", "/api/v1/incidents/" + openID + "/acknowledge?x=1", "", 400, "bad_request", "x"},
		{"POST", "/api/v1/incidents/" + openID + "/comment", "", 400, "empty_comment", "text"},
		{"POST", "/api/v1/incidents/" + openID + "/comment", `{"text":"\u202e\u0000 "}`, 400, "empty_comment", "text"},
		{"POST", "/api/v1/incidents/" + openID + "/comment", `{"text":"` + long + `"}`, 400, "long_comment", "4000"},
		{"POST", "/api/v1/incidents/" + openID + "/comment", `{"text":1}`, 400, "bad_request", "body"},
		{"POST", "/api/v1/incidents/" + openID + "/comment", `{"text":"a"}{"text":"b"}`, 400, "bad_request", "more than one"},
		{"POST", "/api/v1/incidents/" + openID + "/comment", `{"text":"` + strings.Repeat(long, 7) + `"}`, 413, "too_large", "large"},
	} {
		w := send(t, h, c.method, c.path, c.body, "Host", "127.0.0.1", "Content-Type", "application/json")
		if w.Code != c.status || !strings.Contains(w.Body.String(), `"code": "`+c.code+`"`) || !strings.Contains(w.Body.String(), c.say) {
			t.Errorf("%s %.80s: %d %.300s", c.method, c.path, w.Code, w.Body)
		}
	}
	w := send(t, h, "POST", "/api/v1/incidents/"+openID+"/comment", "text=x", "Host", "127.0.0.1", "Content-Type", "application/x-www-form-urlencoded")
	if w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("a form at the API: %d", w.Code)
	}
	if i, _ := l.Get(t.Context(), openID); len(i.Events) != 2 || i.Acknowledged != 0 {
		t.Errorf("a refused request changed the incident: %+v", i)
	}
}

func TestAPIWrites(t *testing.T) {
	o, l := options(t)
	h := build(t, o)
	w := send(t, h, "POST", "/api/v1/incidents/"+openID+"/acknowledge", "", "Host", "127.0.0.1")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"acknowledged_by": "local"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = send(t, h, "POST", "/api/v1/incidents/"+openID+"/comment", `{"text":" first\r\nsecond\u001b[31m "}`, "Host", "127.0.0.1", "Content-Type", "application/json")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"text": "first\nsecond[31m"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	var actions []string
	for _, e := range l.audit() {
		actions = append(actions, e.Action+" "+e.Object+" "+string(e.Outcome))
	}
	if want := []string{"incident.acknowledge " + openID + " allowed", "incident.comment " + openID + " allowed"}; !slices.Equal(actions, want) {
		t.Errorf("the audit has %v", actions)
	}
}

// many is a world of more services than a page holds.
type many struct {
	nothing
	n int
}

func (m many) Services(slo.Instant) []slo.ServiceStatus {
	var out []slo.ServiceStatus
	for i := range m.n {
		out = append(out, slo.ServiceStatus{Service: &slo.Service{Name: fmt.Sprintf("s%04d", i), Up: slo.Expr{Probe: "p"}}, State: slo.Up})
	}
	return out
}

func TestPaging(t *testing.T) {
	o, _ := options(t)
	o.Figures = many{n: 450}
	h := build(t, o)
	var names []string
	for path := "/api/v1/services?limit=200"; path != ""; {
		var got struct {
			Services []struct{ Name string }
			Next     *int `json:"next_offset"`
		}
		if err := json.Unmarshal(get(t, h, path).Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		for _, s := range got.Services {
			names = append(names, s.Name)
		}
		path = ""
		if got.Next != nil {
			path = fmt.Sprintf("/api/v1/services?limit=200&offset=%d", *got.Next)
		}
	}
	if len(names) != 450 || names[0] != "s0000" || names[449] != "s0449" {
		t.Errorf("%d services", len(names))
	}
	page := get(t, h, "/?offset=200&q=s").Body.String()
	for _, want := range []string{`href="/?q=s"`, `href="/?offset=400&amp;q=s"`, "s0200", "s0399"} {
		if !strings.Contains(page, want) {
			t.Errorf("the second page lacks %q", want)
		}
	}
	if strings.Contains(page, "s0199") || strings.Contains(page, "s0400") {
		t.Error("the second page holds more than its own")
	}
	if w := get(t, h, "/?offset=x"); w.Code != http.StatusBadRequest {
		t.Errorf("a bad offset: %d", w.Code)
	}
	if w := get(t, h, "/?offset=5000"); w.Code != http.StatusOK {
		t.Errorf("behind the end: %d", w.Code)
	}
	if page := get(t, h, "/?q=S044").Body.String(); !strings.Contains(page, "10 of 450 services") {
		t.Error("the search does not find")
	}
	if page := get(t, h, "/?state=down").Body.String(); !strings.Contains(page, "No service matches") {
		t.Error("the state does not choose")
	}
}

func TestReadiness(t *testing.T) {
	o, l := options(t)
	h := build(t, o)
	for _, path := range []string{"/-/healthy", "/-/ready"} {
		if w := get(t, h, path); w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	l.status.NotReady = "reading the archive"
	if w := get(t, h, "/-/ready"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "reading the archive") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := get(t, h, "/-/healthy"); w.Code != http.StatusOK {
		t.Errorf("healthy: %d", w.Code)
	}
	o.Access = Access{Sessions: people(t)}
	if w := get(t, build(t, o), "/-/ready"); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "archive") {
		t.Errorf("to a stranger: %d %s", w.Code, w.Body)
	}
	if w := get(t, h, "/metrics"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "assay_up 1") {
		t.Errorf("metrics: %d", w.Code)
	}
}

func TestBadDays(t *testing.T) {
	o, _ := options(t)
	h := build(t, o)
	for day, want := range map[string]int{
		"2026-10-05": 200, "2026-09-30": 200, "2026-10-25": 200, "tomorrow": 400, "2026-13-01": 400, "1066-10-14": 400, "9999-01-01": 400, "": 200, "2026-10-05T00:00": 400,
	} {
		if w := get(t, h, "/services/shop?day="+day); w.Code != want {
			t.Errorf("%q: %d, want %d", day, w.Code, want)
		}
	}
}
