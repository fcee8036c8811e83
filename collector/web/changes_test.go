package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// log keeps changes in memory.
type log struct {
	audit *ledger

	mu   sync.Mutex
	list []slo.ChangeRecord // the latest to begin first
}

func (l *log) List(_ context.Context, f ChangeFilter) ([]slo.ChangeRecord, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []slo.ChangeRecord
	for _, c := range l.list {
		touched := len(f.Services) == 0 || slices.ContainsFunc(f.Services, c.Touches)
		if touched && (!f.Counting || !c.Withdrawn()) && (f.Overlap == nil || c.From <= f.Overlap.To && c.To >= f.Overlap.From) {
			out = append(out, c)
		}
	}
	out = out[min(f.Offset, len(out)):]
	return out[:min(f.Limit, len(out))], nil
}

func (l *log) Get(_ context.Context, id string) (slo.ChangeRecord, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.list {
		if c.ID == id {
			return c, nil
		}
	}
	return slo.ChangeRecord{}, fmt.Errorf("reading the change: %w", ErrNoChange)
}

func (l *log) Tell(ctx context.Context, c slo.ChangeRecord, e AuditEvent) (slo.ChangeRecord, bool, error) {
	if c.From == 0 {
		c.From = e.At
	}
	c.To, c.By = max(c.To, c.From), "ada"
	c.RecordedBy, c.RecordedAt, c.Entry = e.Actor, e.At, 71
	c.ID = c.ChangeID()
	if known, err := l.Get(ctx, c.ID); err == nil {
		return known, false, nil
	}
	if err := c.Check(e.At); err != nil {
		return c, false, err
	}
	l.mu.Lock()
	l.list = append([]slo.ChangeRecord{c}, l.list...)
	l.mu.Unlock()
	e.Object = c.ID
	return c, true, l.audit.Record(ctx, e)
}

func (l *log) Say(ctx context.Context, id string, said slo.ChangeEvent, e AuditEvent) (slo.ChangeRecord, error) {
	c, err := l.Get(ctx, id)
	if err != nil {
		return c, err
	}
	said.At, said.Actor, said.Entry = e.At, e.Actor, 73
	if c, err = c.Add(said); err != nil {
		return c, err
	}
	l.mu.Lock()
	l.list[slices.IndexFunc(l.list, func(o slo.ChangeRecord) bool { return o.ID == id })] = c
	l.mu.Unlock()
	return c, l.audit.Record(ctx, e)
}

func (l *log) Freezes(slo.Instant) []slo.ChangeFreeze {
	return []slo.ChangeFreeze{{Agreement: "gold", Objective: "monthly", Service: "shop", Step: "100", Until: slo.At(time.Date(2026, 10, 31, 23, 0, 0, 0, time.UTC))}}
}

func (l *log) catalog() *slo.Catalog { return fixed().catalog }

func (l *log) Candidates(_ context.Context, i *slo.Incident) ([]slo.ChangeCandidate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.catalog().ChangeCandidates(i, l.list), nil
}

func (l *log) Judge(_ context.Context, list []slo.ChangeRecord, at slo.Instant) ([]slo.ChangeJudgement, error) {
	return l.catalog().JudgeChanges(list, l.audit.incidents, at), nil
}

func (l *log) Around(c *slo.ChangeRecord, at slo.Instant) (out []slo.ChangeEffect) {
	for _, a := range l.catalog().Agreements {
		if c.Touches(a.Service) {
			out = append(out, fixed().accounts[a.Name].Around(c, at)...)
		}
	}
	return out
}

// told is a change of the fixture.
func told(key string, from slo.Instant, length time.Duration, edit func(*slo.ChangeRecord)) slo.ChangeRecord {
	c := slo.ChangeRecord{Key: key, Source: slo.ChangeByAPI, RecordedBy: "ci", RecordedAt: from.Add(length), Entry: 51, ChangeTerms: slo.ChangeTerms{
		Kind: slo.Release, Services: []string{"shop"}, Interval: slo.Interval{From: from, To: from.Add(length)}, Summary: "shop 1.4.0", By: "ada", Link: "https://ci.example.com/runs/17",
	}}
	edit(&c)
	c.ID = c.ChangeID()
	return c
}

// withChanges is a site with changes of all kinds.
func withChanges(t testing.TB) (Options, *log, *ledger) {
	t.Helper()
	o, l := options(t)
	x := &log{audit: l}
	event := func(act slo.ChangeAct, after time.Duration, text string) slo.ChangeEvent {
		return slo.ChangeEvent{Act: act, At: now().Add(-after), Actor: "wei", Text: text, Entry: 57}
	}
	x.list = []slo.ChangeRecord{
		told("ci/17", now().Add(-20*time.Minute), 2*time.Minute, func(c *slo.ChangeRecord) {
			c.Description, c.Freezes = "New basket.\nFlags off.", x.Freezes(0)
			c.Events = []slo.ChangeEvent{event(slo.FailChange, 5*time.Minute, "Rolled back: the basket was empty.")}
		}),
		told("", now().Add(-7*time.Hour), 0, func(c *slo.ChangeRecord) {
			c.Kind, c.Services, c.Summary, c.By, c.Link, c.Source, c.Major = slo.PlainChange, []string{"api", "shop"}, "Database moved to the new disks", "wei", "", slo.ChangeByForm, true
			c.Events = []slo.ChangeEvent{event(slo.SucceedChange, 6*time.Hour, "")}
		}),
		told("cr-12", now().Add(-30*time.Hour), time.Hour, func(c *slo.ChangeRecord) {
			c.Kind, c.Services, c.Summary, c.Source, c.Maintenance = slo.PlainChange, []string{"mail"}, "=cmd|'/c calc'!A1", slo.ChangeByCSV, true
			c.RecordedAt = c.From.Add(-72 * time.Hour)
			c.Events = []slo.ChangeEvent{event(slo.WithdrawChange, 90*time.Hour, "not needed")}
		}),
	}
	o.Changes = x
	return o, x, l
}

func TestChangePages(t *testing.T) {
	o, x, _ := withChanges(t)
	h := build(t, o)
	for name, path := range map[string]string{
		"changes": "/changes", "changes-of": "/changes?service=mail", "change": "/changes/" + x.list[0].ID, "change-withdrawn": "/changes/" + x.list[2].ID,
		"service-changes": "/services/shop", "services-changes": "/", "incident-changes": "/incidents/shop-20261021T141200Z",
	} {
		for lang, accept := range map[string]string{"en": "en", "zh": "zh-CN,zh;q=0.9,en;q=0.5"} {
			w := get(t, h, path, "Accept-Language", accept, "Cookie", visitorCookie+"=fixed")
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d\n%s", path, w.Code, w.Body)
			}
			page := csrfToken.ReplaceAllString(w.Body.String(), `name="csrf" value="TOKEN"`)
			golden(t, name+"."+lang+".html", assetHash.ReplaceAllString(page, "/static/$1.HASH.$2"))
		}
	}
	for name, path := range map[string]string{
		"api-changes.json": "/api/v1/changes?service=shop", "api-change.json": "/api/v1/changes/" + x.list[0].ID, "api-incident-changes.json": "/api/v1/incidents/shop-20261021T141200Z",
		"api-freezes.json": "/api/v1/freezes?service=shop", "changes.csv": "/api/v1/changes?format=csv",
	} {
		w := get(t, h, path)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		golden(t, name, w.Body.String())
	}
}

// Without changes nothing speaks of them.
func TestNoChanges(t *testing.T) {
	o, _ := options(t)
	h := build(t, o)
	if w := get(t, h, "/"); strings.Contains(w.Body.String(), "/changes") {
		t.Error("the page leads to changes")
	}
	if w := get(t, h, "/api/v1/changes"); w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
}

// TestChangeRoutes asks for every route of changes as nobody and as a token of
// each role, and finds it documented.
func TestChangeRoutes(t *testing.T) {
	doc, err := os.ReadFile("../../docs/formats/api.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, rt := range (&site{}).changeRoutes() {
		if rt.face == forMachines && !strings.Contains(string(doc), rt.method+" "+rt.path) {
			t.Errorf("%s %s is not documented", rt.method, rt.path)
		}
		for role := auth.Nobody; role <= auth.Admin; role++ {
			o, x, l := withChanges(t)
			o.Access = Access{Sessions: people(t)}
			h := build(t, o)
			id := x.list[1].ID
			if strings.HasSuffix(rt.path, "reinstate") {
				x.list[2].Maintenance = false
				id = x.list[2].ID
			}
			if strings.HasSuffix(rt.path, "succeed") {
				id = x.list[0].ID
			}
			path, body, kind := strings.Replace(rt.path, "{id}", id, 1), "", "application/json"
			switch {
			case rt.path == changesHookPath:
				path, body = path+"?service=shop", `{"action": "published", "release": {"id": 7, "tag_name": "v1"}, "repository": {"full_name": "shop/web"}}`
			case rt.method == http.MethodPost && rt.face == forPeople:
				kind, body = "application/x-www-form-urlencoded", "text=so&kind=change&service=shop&summary=so"
			case rt.path == changesPath && rt.method == http.MethodPost:
				body = `{"service": "shop", "summary": "so"}`
			case rt.method == http.MethodPost:
				body = `{"text": "so"}`
			}
			headers := []string{"Content-Type", kind}
			if role != auth.Nobody {
				headers = append(headers, "Authorization", "Bearer "+role.String()+secretOf)
			}
			l.audit()
			checkAccess(t, rt, role, send(t, h, rt.method, path, body, headers...), l.audit())
		}
	}
}

// TestChangeForm: a form that is not taken keeps what was typed, and says why.
func TestChangeForm(t *testing.T) {
	o, x, _ := withChanges(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	p := newPerson(t, h)
	p.signIn("operator", "operator"+secretOf, "/")
	form := func(pairs ...string) map[string][]string {
		v := map[string][]string{"csrf": {p.token("/changes")}, "kind": {"release"}, "service": {"api", "shop"}, "summary": {"api 2"}, "link": {"https://ci.example.com/"}}
		for i := 0; i < len(pairs); i += 2 {
			v[pairs[i]] = []string{pairs[i+1]}
		}
		return v
	}
	for field, c := range map[string][2]string{
		"from": {"yesterday", "A time cannot be read."}, "summary": {" ", "Say what it is"}, "link": {"javascript:x", "no address of a web page"}, "kind": {"none", "It is a change or a release."},
	} {
		w := p.do(http.MethodPost, "/changes", form(field, c[0]))
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), c[1]) || !strings.Contains(w.Body.String(), `value="api" checked`) {
			t.Errorf("%s: %d, %v", field, w.Code, strings.Contains(w.Body.String(), `value="api" checked`))
		}
	}
	w := p.do(http.MethodPost, "/changes", form("major", "true", "from", "2026-10-21T14:00:00+02:00", "to", "2026-10-21T12:30:00Z"))
	if at := w.Header().Get("Location"); w.Code != http.StatusSeeOther || at != "/changes/"+x.list[0].ID {
		t.Fatalf("%d to %s", w.Code, at)
	}
	if c := x.list[0]; !c.Major || c.Kind != slo.Release || c.Length() != 30*time.Minute || len(c.Services) != 2 || c.RecordedBy != "operator" {
		t.Errorf("%+v", c)
	}
	if w := p.do(http.MethodPost, "/changes/"+x.list[0].ID+"/fail", map[string][]string{"csrf": {p.token("/changes/" + x.list[0].ID)}, "text": {"so"}}); w.Code != http.StatusSeeOther || x.list[0].Verdict() != slo.FailChange {
		t.Errorf("%d, %q", w.Code, x.list[0].Verdict())
	}
}

func TestImportChanges(t *testing.T) {
	o, x, _ := withChanges(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	post := func(body string) (int, importedJSON, string) {
		t.Helper()
		w := send(t, h, http.MethodPost, changesPath, body, "Content-Type", "text/csv; charset=utf-8", "Authorization", "Bearer operator"+secretOf)
		var got importedJSON
		if w.Code == http.StatusOK {
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
		}
		return w.Code, got, w.Body.String()
	}
	body := "\ufeffFrom,services,Summary,major\r\n2026-10-20T10:00:00Z,shop;api,=1+1,yes\r\n2026-10-20T11:00:00Z,,no service,\r\n2026-10-20T12:00:00Z,shop,'-9 °C in the room,\r\n"
	code, got, text := post(body)
	if code != http.StatusOK || got.Recorded != 2 || len(got.Refused) != 1 || got.Refused[0].Row != 2 || got.Refused[0].Code != "bad_services" {
		t.Fatalf("%d %s", code, text)
	}
	if c := x.list[1]; c.Summary != "=1+1" || !c.Major || len(c.Services) != 2 || c.Source != slo.ChangeByCSV || x.list[0].Summary != "-9 °C in the room" {
		t.Errorf("%+v", x.list[:2])
	}
	if _, got, _ := post(body); got.Recorded != 0 || got.Known != 2 {
		t.Errorf("again: %+v", got)
	}
	for name, c := range map[string][2]string{
		"empty":         {"", "line 1: there is no line with the names"},
		"other columns": {"from,rm -rf\n", `line 1: column \"rm -rf\" is unknown`},
		"twice":         {"from,From\n", "line 1: column"},
		"no instant":    {"from,services,summary\n2026-10-20T10:00:00Z,shop,a\nyesterday,shop,b\n", "line 3: from:"},
		"no beginning":  {"services,summary\nshop,a\n", "line 2: from: it is missing"},
		"ragged":        {"from,services\na\n", "line 2: wrong number of fields"},
		"quote":         {"from,services\n\"a\n", "line"},
		"maybe":         {"from,major\n2026-10-20T10:00:00Z,perhaps\n", "line 2: major:"},
		"many":          {"from\n" + strings.Repeat("2026-10-20T10:00:00Z\n", maxChangeRows+1), "more than 2000 changes"},
	} {
		if code, _, text := post(c[0]); code != http.StatusBadRequest || !strings.Contains(text, c[1]) {
			t.Errorf("%s: %d %s", name, code, text)
		}
	}
	if code, _, _ := post("from\n" + strings.Repeat("x", maxChangesBody)); code != http.StatusRequestEntityTooLarge {
		t.Errorf("a large file: %d", code)
	}
}

// What was written is read again, whatever it begins with, and no cell begins
// like a formula.
func TestChangesAsCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`['=+@＝-]{0,3}[a-z][a-z"',;\n=]{0,8}[a-z]`)
		c := told(word.Draw(t, "key"), now(), time.Hour, func(c *slo.ChangeRecord) {
			c.Summary, c.Description, c.By = word.Draw(t, "summary"), word.Draw(t, "description"), word.Draw(t, "by")
			c.Major, c.Source = rapid.Bool().Draw(t, "major"), slo.ChangeByCSV
		})
		var b bytes.Buffer
		if err := writeChanges(&b, []slo.ChangeRecord{c}); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		back, err := readChanges(strings.NewReader(text))
		if err != nil || len(back) != 1 {
			t.Fatalf("%v: %q", err, text)
		}
		if got := back[0]; got.Key != c.Key || got.Summary != c.Summary || got.Description != c.Description || got.By != c.By || got.Major != c.Major || got.Interval != c.Interval {
			t.Fatalf("%+v, was %+v", got, c)
		}
	})
}

func FuzzReadChanges(f *testing.F) {
	f.Add("from,services,summary\n2026-10-20T10:00:00Z,shop;api,=1+1\n")
	f.Add("\ufeffkey,from\r\n\"a\nb\",2026-10-20T10:00:00+02:00\r\n")
	f.Add("from\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := readChanges(strings.NewReader(text))
		if err != nil {
			if r, expected := asRefusal(err); !expected || r.status != http.StatusBadRequest {
				t.Fatal(err)
			}
			return
		}
		for _, c := range list {
			if c.From == 0 && !strings.Contains(text, "1970") {
				t.Errorf("%+v has no beginning", c)
			}
		}
	})
}

func TestChangeOfHook(t *testing.T) {
	for name, c := range map[string]struct {
		body, key, summary, by, from string
		err                          string
	}{
		"GitHub release": {body: `{"action": "published", "repository": {"full_name": "shop/web"}, "release": {"id": 7, "tag_name": "v1.4", "name": "v1.4", "html_url": "https://git.example/r/7", "published_at": "2026-10-20T10:00:00Z", "author": {"login": "ada"}}}`,
			key: "github/shop/web/release/7", summary: "shop/web, v1.4", by: "ada", from: "2026-10-20T10:00:00Z"},
		"GitHub deployment": {body: `{"action": "created", "repository": {"full_name": "shop/web"}, "deployment": {"id": 9, "ref": "main", "environment": "production", "creator": {"login": "ada"}}, "deployment_status": {"state": "success", "created_at": "2026-10-20T10:00:00Z"}}`,
			key: "github/shop/web/deployment/9", summary: "shop/web, main, production", by: "ada", from: "2026-10-20T10:00:00Z"},
		"GitHub, under way": {body: `{"deployment": {"id": 9}, "deployment_status": {"state": "in_progress"}}`, err: "nothing that is done"},
		"GitHub draft":      {body: `{"action": "created", "release": {"id": 9}}`, err: "nothing that is done"},
		"GitLab deployment": {body: `{"object_kind": "deployment", "status": "success", "status_changed_at": "2026-10-20 12:00:00 +0200", "deployment_id": 15, "environment": "production", "project": {"path_with_namespace": "shop/web"}, "short_sha": "279484c0", "ref": "main", "user": {"username": "ada"}, "deployable_url": "https://git.example/j/796"}`,
			key: "gitlab/shop/web/deployment/15", summary: "shop/web, main 279484c0, production", by: "ada", from: "2026-10-20T10:00:00Z"},
		"GitLab release": {body: `{"object_kind": "release", "action": "create", "id": 1, "tag": "v1.1", "name": "v1.1", "released_at": "2026-10-20 10:00:00 UTC", "url": "https://git.example/r", "project": {"path_with_namespace": "shop/web"}}`,
			key: "gitlab/shop/web/release/1", summary: "shop/web, v1.1", from: "2026-10-20T10:00:00Z"},
		"GitLab failed": {body: `{"object_kind": "deployment", "status": "failed"}`, err: "nothing that is done"},
		"another":       {body: `{"text": "deployed"}`, err: "no release or deployment of GitHub or GitLab"},
		"no object":     {body: `[1]`, err: "the body"},
	} {
		got, err := changeOfHook([]byte(c.body))
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || got.Key != c.key || got.Summary != c.summary || got.By != c.by || got.From.String() != c.from || got.Kind != slo.Release || got.Source != slo.ChangeByHook {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func FuzzChangeOfHook(f *testing.F) {
	f.Add([]byte(`{"action": "published", "release": {"id": 7, "tag_name": "v1.4", "html_url": "javascript:x"}}`))
	f.Add([]byte(`{"object_kind": "deployment", "status": "success", "environment": {"name": "x"}, "status_changed_at": "2026-10-20 12:00:00 +0200"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := changeOfHook(b)
		if err != nil {
			return
		}
		if len(c.Summary) > slo.MaxChangeName || len(c.Key) > slo.MaxChangeName || len(c.Description) > slo.MaxChangeDescription || !slo.IsChangeLink(c.Link) {
			t.Errorf("%+v", c)
		}
	})
}

// TestChangeHook: what is done is recorded once, what is not is passed over.
func TestChangeHook(t *testing.T) {
	o, x, _ := withChanges(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	post := func(query, body string) *httptest.ResponseRecorder {
		return send(t, h, http.MethodPost, changesHookPath+query, body, "Content-Type", "application/json", "Authorization", "Bearer operator"+secretOf)
	}
	body := `{"action": "published", "release": {"id": 7, "tag_name": "v1"}, "repository": {"full_name": "shop/web"}}`
	for i, want := range []int{http.StatusCreated, http.StatusOK} {
		if w := post("?service=shop,api&major=true", body); w.Code != want {
			t.Errorf("%d: %d %s", i, w.Code, w.Body)
		}
	}
	if c := x.list[0]; len(x.list) != 4 || !c.Major || len(c.Services) != 2 {
		t.Errorf("%+v", c)
	}
	for query, want := range map[string]int{"": http.StatusBadRequest, "?service=shop&x=1": http.StatusBadRequest} {
		if w := post(query, strings.Replace(body, "7", "8", 1)); w.Code != want {
			t.Errorf("%q: %d %s", query, w.Code, w.Body)
		}
	}
	if w := post("?service=shop", `{"object_kind": "deployment", "status": "running"}`); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"recorded": false`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
