package collector

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// token makes a token and the line of a file for it.
func token(t *testing.T, name string, role auth.Role) (line, secret string) {
	t.Helper()
	line, secret, err := auth.TokenLine(name, role, "")
	if err != nil {
		t.Fatal(err)
	}
	return line, secret
}

// do makes a request and returns the status of the answer.
func (w *world) do(method, url, secret, contentType, body string) int {
	w.t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if secret != "" {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode
}

// TestAgentTokens lets an agent speak for itself and for nobody else, on every
// path of the agents' listener.
func TestAgentTokens(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	eu, euSecret := token(t, "eu-1", auth.Viewer)
	us, usSecret := token(t, "us-1", auth.Admin)
	w.config.Agents.Tokens = w.write("agents.yaml", eu+us)
	w.run()
	record := w.measure("eu-1", "eu", "db", noon-1, slo.Down)
	batch := string(encode(t, record))
	const beat = `{"agent":"eu-1","location":"eu","epoch":"e1","version":"test"}`
	base := "http://" + w.c.AgentsAddr()
	for _, tt := range []struct {
		name, secret string
		want         int
	}{
		{"no token", "", http.StatusForbidden},
		{"a wrong token", euSecret + "x", http.StatusForbidden},
		{"another agent's token", usSecret, http.StatusForbidden},
		{"its own token", euSecret, http.StatusOK},
	} {
		for path, code := range map[string]int{
			"push":       w.do(http.MethodPost, base+push.PushPath+"?agent=eu-1", tt.secret, push.ContentType, batch),
			"assignment": w.do(http.MethodGet, base+push.AssignmentPath+"?agent=eu-1&location=eu", tt.secret, "", ""),
			"heartbeat":  w.do(http.MethodPost, base+push.HeartbeatPath+"?agent=eu-1", tt.secret, "application/json", beat),
		} {
			if code != tt.want {
				t.Errorf("%s with %s: %d, want %d", path, tt.name, code, tt.want)
			}
		}
		if n := w.c.journal.Next() - 1; tt.want != http.StatusOK && n != 0 {
			t.Fatalf("%s: the journal has %d entries", tt.name, n)
		}
	}
	if code := w.do(http.MethodPost, base+push.PushPath+"?agent=us-1", usSecret, push.ContentType, batch); code/100 == 2 {
		t.Errorf("a batch of eu-1 under the name and token of us-1: %d", code)
	}
	if n := w.c.journal.Next() - 1; n != 1 {
		t.Errorf("the journal has %d entries, want the one that was allowed", n)
	}
}

// TestAgentsAreNoPages: without tokens a page in a browser on this machine,
// even one whose name was rebound to loopback, speaks for no agent.
func TestAgentsAreNoPages(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.run()
	const beat = `{"agent":"eu-1","location":"eu","epoch":"e1","version":"test"}`
	for _, c := range []struct {
		name, method, path, host, origin string
		want                             int
	}{
		{"an agent", http.MethodPost, push.HeartbeatPath, "", "", http.StatusOK},
		{"another site", http.MethodPost, push.HeartbeatPath, "", "http://evil.example", http.StatusForbidden},
		{"a rebound name", http.MethodPost, push.HeartbeatPath, "evil.example", "", http.StatusForbidden},
		{"a rebound name that reads", http.MethodGet, push.AssignmentPath + "?agent=eu-1&location=eu", "evil.example", "", http.StatusForbidden},
		{"a rebound name that pushes", http.MethodPost, push.PushPath + "?agent=eu-1", "evil.example", "http://evil.example", http.StatusForbidden},
	} {
		req, err := http.NewRequest(c.method, "http://"+w.c.AgentsAddr()+c.path, strings.NewReader(beat))
		if err != nil {
			t.Fatal(err)
		}
		if c.host != "" {
			req.Host = c.host
		}
		if c.origin != "" {
			req.Header.Set("Origin", c.origin)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != c.want {
			t.Errorf("%s is answered %d, want %d", c.name, resp.StatusCode, c.want)
		}
	}
}

// TestWritesAreRecorded lets roles do what they may, and records who did and
// who tried.
func TestWritesAreRecorded(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	viewer, viewerSecret := token(t, "grafana", auth.Viewer)
	operator, operatorSecret := token(t, "oncall", auth.Operator)
	w.config.Tokens = w.write("tokens.yaml", viewer+operator)
	w.run()
	w.push(w.measure("eu-1", "eu", "db", noon-60_000, slo.Down))
	w.followed()
	open, err := w.c.store.Incidents(t.Context(), sqlstore.IncidentFilter{Trigger: slo.ServiceDown})
	if err != nil || len(open) != 2 {
		t.Fatalf("%d incidents, %v", len(open), err)
	}
	id := open[0].ID
	base := "http://" + w.c.Addr()
	type attempt struct {
		method, path, body string
		viewer, operator   int
	}
	for _, tt := range []attempt{
		{http.MethodGet, "/api/v1/services", "", 200, 200},
		{http.MethodGet, "/metrics", "", 200, 200},
		{http.MethodGet, "/prometheus/api/v1/labels", "", 200, 200},
		{http.MethodPost, "/prometheus/api/v1/write", "x", 403, 400},
		{http.MethodPost, "/prometheus/api/v1/write", "y", 403, 400},
		{http.MethodPost, "/influx/api/v2/write", "cpu x=1", 403, 204},
		{http.MethodPost, "/influx/write", "cpu x=2 1\n", 403, 400},
		{http.MethodPost, "/api/v1/incidents/" + id + "/acknowledge", "{}", 403, 200},
		{http.MethodPost, "/api/v1/incidents/" + id + "/comment", `{"text":"on it"}`, 403, 200},
		{http.MethodPost, "/-/reload", "", 403, 200},
	} {
		if code := w.do(tt.method, base+tt.path, "", "application/json", tt.body); code != http.StatusUnauthorized {
			t.Errorf("%s by nobody: %d", tt.path, code)
		}
		if code := w.do(tt.method, base+tt.path, "assay_wrong", "application/json", tt.body); code != http.StatusUnauthorized {
			t.Errorf("%s with a wrong token: %d", tt.path, code)
		}
		if code := w.do(tt.method, base+tt.path, viewerSecret, "application/json", tt.body); code != tt.viewer {
			t.Errorf("%s by a viewer: %d, want %d", tt.path, code, tt.viewer)
		}
		if code := w.do(tt.method, base+tt.path, operatorSecret, "application/json", tt.body); code != tt.operator {
			t.Errorf("%s by an operator: %d, want %d", tt.path, code, tt.operator)
		}
	}
	i, err := w.c.store.Incident(t.Context(), id)
	if err != nil || i.AckedBy != "oncall" {
		t.Errorf("acknowledged by %q, %v", i.AckedBy, err)
	}
	trail, err := w.c.store.AuditTrail(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range trail {
		if e.Actor == "grafana" || e.Actor == "oncall" {
			got = append(got, strings.Join([]string{e.Actor, e.Role, e.Action, e.Outcome}, " "))
		}
		if e.At != w.clock.now() || !strings.HasPrefix(e.Remote, "127.0.0.1") {
			t.Errorf("audit line %+v", e)
		}
	}
	for _, want := range []string{
		"grafana viewer incident.acknowledge refused", "oncall operator incident.acknowledge allowed",
		"grafana viewer incident.comment refused", "oncall operator incident.comment allowed",
		"grafana viewer catalogue.reload refused", "oncall operator catalogue.reload allowed",
		"oncall operator series.write allowed",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("the audit trail has no %q: %q", want, got)
		}
	}
	if n := len(slices.DeleteFunc(slices.Clone(got), func(s string) bool { return !strings.Contains(s, "series.write allowed") })); n != 1 {
		t.Errorf("writes that come by the minute are on record %d times in an hour", n)
	}
	checkTrail(t, w, base, viewerSecret, operatorSecret, len(trail))
}

// checkTrail reads the audit trail by the API, in pages and as a viewer.
func checkTrail(t *testing.T, w *world, base, viewer, operator string, n int) {
	t.Helper()
	if code := w.do(http.MethodGet, base+"/api/v1/audit", viewer, "", ""); code != http.StatusForbidden {
		t.Errorf("the audit trail for a viewer: %d", code)
	}
	read := func(query string) (events []auditLine, next *int64) {
		req, err := http.NewRequest(http.MethodGet, base+"/api/v1/audit"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+operator)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var got struct {
			Events []auditLine `json:"events"`
			Next   *int64      `json:"next_before"`
		}
		if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v", query, resp.StatusCode, err)
		}
		return got.Events, got.Next
	}
	var all []auditLine
	for query, next := "?limit=3", new(int64); next != nil; {
		var page []auditLine
		page, next = read(query)
		all = append(all, page...)
		if next != nil {
			query = fmt.Sprintf("?limit=3&before=%d", *next)
		}
	}
	if len(all) < n || !slices.IsSortedFunc(all, func(a, b auditLine) int { return cmp.Compare(b.N, a.N) }) {
		t.Errorf("%d lines in pages, want %d or more, newest first", len(all), n)
	}
	for _, query := range []string{"?limit=0", "?limit=x", "?limit=1&limit=2", "?before=-1", "?who=me", "?limit=%zz"} {
		if code := w.do(http.MethodGet, base+"/api/v1/audit"+query, operator, "", ""); code != http.StatusBadRequest {
			t.Errorf("%s: %d", query, code)
		}
	}
	if code := w.do(http.MethodGet, base+"/api/v1/mails", operator, "", ""); code != http.StatusOK {
		t.Errorf("the mails: %d", code)
	}
}

// TestExposed refuses to listen beyond loopback without TLS and credentials,
// however the configuration was made.
func TestExposed(t *testing.T) {
	for name, expose := range map[string]func(*Config){
		"listen":        func(c *Config) { c.Listen = "0.0.0.0:0" },
		"agents.listen": func(c *Config) { c.Agents.Listen = ":0" },
	} {
		w := newWorld(t, worldCatalogue, expose)
		if c, err := w.tryOpen(); err == nil || !strings.Contains(err.Error(), name+": ") || !strings.Contains(err.Error(), "TLS") {
			t.Errorf("%s: %v", name, err)
			if c != nil {
				_ = c.undo.unwind()
			}
		}
	}
}
