package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// board keeps problems in memory, the newest first.
type board struct {
	mu   sync.Mutex
	list []slo.Problem
}

func (b *board) List(_ context.Context, f ProblemFilter) ([]slo.Problem, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []slo.Problem
	for _, p := range b.list {
		if (f.State == "" || f.State == string(p.State) || f.State == ActiveProblem && p.State.Active()) && (f.Service == "" || f.Service == p.Service) {
			out = append(out, p)
		}
	}
	out = out[min(f.Offset, len(out)):]
	return out[:min(f.Limit, len(out))], nil
}

func (b *board) at(id string) int {
	return slices.IndexFunc(b.list, func(p slo.Problem) bool { return p.ID == id })
}

func (b *board) Get(_ context.Context, id string) (slo.Problem, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := b.at(id); n >= 0 {
		return b.list[n], nil
	}
	return slo.Problem{}, fmt.Errorf("reading the problem: %w", ErrNoProblem)
}

func (b *board) Of(_ context.Context, i *slo.Incident) ([]slo.Problem, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []slo.Problem
	for _, p := range b.list {
		if p.Has(i.ID) || p.Mode == slo.ModeOf(i) && p.State != slo.ProblemRejected {
			out = append(out, p)
		}
	}
	return out, nil
}

func (b *board) Rule() slo.ProblemRule { return slo.DefaultIncidentPolicy().Problem }

func (b *board) Open(_ context.Context, n NewProblem, e slo.ProblemEvent) (slo.Problem, bool, error) {
	e.Act, e.Value, e.Text = slo.OpenProblem, n.Title, n.Text
	p, err := slo.Problem{ID: slo.ProblemOfService(n.Service, e.At), Service: n.Service}.Add(e)
	if err != nil {
		return p, false, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = append([]slo.Problem{p}, b.list...)
	return p, true, nil
}

func (b *board) Act(_ context.Context, id string, version int, e slo.ProblemEvent) (slo.Problem, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := &b.list[b.at(id)]
	if version != 0 && p.ChangedSince(version) {
		return *p, slo.ProblemChanged
	}
	next, err := p.Add(e)
	if err == nil {
		*p = next
	}
	return next, err
}

// withBoard adds a known error about the shop, whose incident lasts, one that
// was fixed, and a proposal.
func withBoard(t testing.TB) (Options, *board, *ledger) {
	t.Helper()
	o, l := options(t)
	on := func(day, hour int) slo.Instant {
		return slo.At(time.Date(2026, 10, day, hour, 0, 0, 0, time.UTC))
	}
	made := func(id, service string, mode slo.FailureMode, events ...slo.ProblemEvent) slo.Problem {
		p := slo.Problem{ID: id, Service: service, Mode: mode}
		for _, e := range events {
			if e.Actor == "" {
				e.Actor = "wei"
			}
			var err error
			if p, err = p.Add(e); err != nil {
				t.Fatal(err)
			}
		}
		return p
	}
	refused := []slo.ProblemIncident{{ID: "shop-20261005T091000Z", Began: on(5, 9)}, {ID: "shop-20261014T220000Z", Began: on(14, 22)}, {ID: "shop-20261016T080000Z", Began: on(16, 8)}}
	b := &board{list: []slo.Problem{
		made("PRB-mail-20261018T120000Z", "mail", "service_down/mail/first_byte_timeout",
			slo.ProblemEvent{At: on(18, 12), Act: slo.ProposeProblem, Actor: slo.ByItself, Value: slo.ProposedMajor, Text: "mail: first_byte_timeout", Joined: []slo.ProblemIncident{{ID: "mail-20261018T110000Z", Began: on(18, 11)}}}),
		made("PRB-shop-20261005T091000Z", "shop", "service_down/shop/connect_refused",
			slo.ProblemEvent{At: on(16, 9), Act: slo.ProposeProblem, Actor: slo.ByItself, Value: slo.ProposedRepeated, Text: "shop: connect_refused", Joined: refused},
			slo.ProblemEvent{At: on(16, 10), Act: slo.OpenProblem, Value: "The shop's web server dies under load"},
			slo.ProblemEvent{At: on(16, 11), Act: slo.AssignProblem, Value: "ada"},
			slo.ProblemEvent{At: on(16, 12), Act: slo.SetWorkaround, Text: "Restart it: systemctl restart shop.\nThen look at the queue."},
			slo.ProblemEvent{At: on(16, 13), Act: slo.NameKnownError}),
		made("PRB-api-20261009T030000Z", "api", "service_down/api/connect_refused",
			slo.ProblemEvent{At: on(9, 8), Act: slo.OpenProblem, Value: "The database's disk fills", Joined: []slo.ProblemIncident{{ID: "api-20261009T030000Z", Began: on(9, 3)}}},
			slo.ProblemEvent{At: on(9, 9), Act: slo.SetRootCause, Text: "Nothing rotates the log."},
			slo.ProblemEvent{At: on(10, 9), Act: slo.FixProblem, Value: "CHG-17", When: on(10, 6)}),
	}}
	o.Problems = b
	return o, b, l
}

func TestProblemPages(t *testing.T) {
	o, _, _ := withBoard(t)
	h := build(t, o)
	for name, path := range map[string]string{"problems": "/problems", "problem": "/problems/PRB-shop-20261005T091000Z", "problem-fixed": "/problems/PRB-api-20261009T030000Z", "incident-known": "/incidents/shop-20261021T141200Z"} {
		for lang, accept := range map[string]string{"en": "en", "zh": "zh-CN,zh;q=0.9,en;q=0.5"} {
			w := get(t, h, path, "Accept-Language", accept, "Cookie", visitorCookie+"=fixed")
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d\n%s", path, w.Code, w.Body)
			}
			page := csrfToken.ReplaceAllString(w.Body.String(), `name="csrf" value="TOKEN"`)
			golden(t, name+"."+lang+".html", assetHash.ReplaceAllString(page, "/static/$1.HASH.$2"))
		}
	}
	golden(t, "api-problems.json", get(t, h, "/api/v1/problems?state=active&limit=2").Body.String())
	golden(t, "api-problem.json", get(t, h, "/api/v1/problems/PRB-api-20261009T030000Z").Body.String())
}

// TestProblemAPI works on a problem from its opening to its end.
func TestProblemAPI(t *testing.T) {
	o, b, l := withBoard(t)
	h := build(t, o)
	post := func(path, body string, status int, code string) (p problemJSON) {
		t.Helper()
		w := send(t, h, http.MethodPost, "/api/v1/problems"+path, body, "Host", "127.0.0.1:8420", "Content-Type", "application/json")
		if w.Code != status || code != "" && !strings.Contains(w.Body.String(), `"`+code+`"`) {
			t.Errorf("%s %s: %d %s", path, body, w.Code, w.Body)
		}
		json.Unmarshal(w.Body.Bytes(), &p)
		return p
	}
	post("", `{"title": ""}`, 400, "bad_text")
	post("", `{"name": "x"}`, 400, "bad_request")
	p := post("", `{"service": "shop", "title": "Slow\u202e on Mondays", "text": "Customers say so."}`, 201, "")
	if p.Title != "Slow on Mondays" || p.State != slo.ProblemOpen || p.Version != 1 {
		t.Fatalf("%+v", p)
	}
	at := "/" + p.ID
	post(at+"/known-error", `{}`, 409, "nothing_known")
	post(at+"/root-cause", `{"text": "A report runs.", "version": "1"}`, 200, "")
	post(at+"/workaround", `{"text": "Stop it.", "version": "1"}`, 409, "changed")
	post(at+"/workaround", `{"text": "Stop it.", "version": "2"}`, 200, "")
	post(at+"/workaround", `{"text": "Stop it."}`, 200, "") // it is so already
	post(at+"/known-error", `{}`, 200, "")
	post(at+"/fix", `{"at": "2027-01-01T00:00:00Z"}`, 400, "bad_instant")
	post(at+"/fix", `{"at": "x"}`, 400, "bad_request")
	if p = post(at+"/fix", `{"at": "2026-10-20T00:00:00+02:00", "change": "CHG-1"}`, 200, ""); p.FixedAt == nil || p.Recurrence.Verdict != slo.FixTooRecent || p.Changes[0] != "CHG-1" {
		t.Errorf("%+v", p)
	}
	post(at+"/reject", `{"text": "x"}`, 409, "wrong_state")
	post(at+"/events/x/undo", `{}`, 400, "bad_request")
	if p = post(at+"/events/5/undo", `{}`, 200, ""); p.State != slo.ProblemKnownError || p.FixedAt != nil {
		t.Errorf("%+v", p)
	}
	post(at+"/comment", `{"text": "`+strings.Repeat("x", slo.MaxProblemText+1)+`"}`, 400, "bad_text")
	post("/none/comment", `{"text": "x"}`, 404, "not_found")
	if w := get(t, h, "/api/v1/problems?state=lost"); w.Code != 400 {
		t.Errorf("%d", w.Code)
	}
	if len(b.list) != 4 || len(l.audit()) == 0 {
		t.Errorf("%d problems", len(b.list))
	}
}

// TestProblemForms works with forms, whose token must be there.
func TestProblemForms(t *testing.T) {
	o, b, _ := withBoard(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	p := newPerson(t, h)
	p.signIn("operator", "operator"+secretOf, "/")
	at := "/problems/PRB-shop-20261005T091000Z"
	if w := p.do(http.MethodPost, at+"/comment", url.Values{"text": {"x"}}); w.Code != http.StatusForbidden {
		t.Errorf("without the form's token: %d", w.Code)
	}
	form := url.Values{"csrf": {p.token(at)}, "version": {"5"}, "text": {"It is the\r\nconnection pool."}}
	if w := p.do(http.MethodPost, at+"/root-cause", form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != at {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got := b.list[1]; got.RootCause != "It is the\nconnection pool." || got.Events[5].Actor != "operator" {
		t.Errorf("%+v", got.Events[5])
	}
	w := p.do(http.MethodPost, at+"/root-cause", url.Values{"csrf": {p.token(at)}, "version": {"5"}, "text": {"Another."}})
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "Somebody changed it") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = p.do(http.MethodPost, "/problems", url.Values{"csrf": {p.token(at)}, "service": {"mail"}, "title": {"Slow"}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != problemPath(b.list[0].ID) || b.list[0].Service != "mail" {
		t.Errorf("%d %s", w.Code, w.Header().Get("Location"))
	}
}

// TestProblemRoutes asks for every route of the problems as nobody and as a
// token of each role.
func TestProblemRoutes(t *testing.T) {
	for _, rt := range (&site{}).problemRoutes() {
		for role := auth.Nobody; role <= auth.Admin; role++ {
			o, b, l := withBoard(t)
			o.Access = Access{Sessions: people(t)}
			h := build(t, o)
			path := strings.NewReplacer("{id}", problemFor(rt.path, b), "{n}", "3").Replace(rt.path)
			fields := problemFields
			for _, w := range problemWorks() {
				if strings.HasSuffix(rt.path, w.path) {
					fields = w.fields
				}
			}
			form, body := url.Values{}, map[string]string{}
			for _, f := range fields {
				if f != "at" && !(f == "incident" && path == "/problems") {
					form.Set(f, "CHG-17")
					body[f] = "CHG-17"
				}
				if f == "incident" && strings.Contains(rt.path, "unlink") {
					form.Set(f, "shop-20261014T220000Z")
					body[f] = "shop-20261014T220000Z"
				}
			}
			kind, text := "application/json", ""
			if rt.method == http.MethodPost && rt.face == forPeople {
				kind, text = "application/x-www-form-urlencoded", form.Encode()
			} else if rt.method == http.MethodPost {
				j, _ := json.Marshal(body)
				text = string(j)
			}
			headers := []string{"Content-Type", kind}
			if role != auth.Nobody {
				headers = append(headers, "Authorization", "Bearer "+role.String()+secretOf)
			}
			l.audit()
			checkAccess(t, rt, role, send(t, h, rt.method, path, text, headers...), l.audit())
		}
	}
}

// problemFor is the ID of a problem that a route can work on.
func problemFor(path string, b *board) string {
	switch {
	case strings.HasSuffix(path, "accept"), strings.HasSuffix(path, "reject"):
		return b.list[0].ID
	case strings.HasSuffix(path, "fix"):
		p, _ := b.list[1].Add(slo.ProblemEvent{At: now(), Act: slo.SetRootCause, Actor: "wei", Text: "x"})
		b.list[1] = p
	case strings.HasSuffix(path, "known-error"):
		p, _ := b.list[1].Add(slo.ProblemEvent{At: now(), Act: slo.UndoProblem, Actor: "wei", Undoes: 5})
		b.list[1] = p
	case strings.HasSuffix(path, "reopen"), strings.HasSuffix(path, "unlink-change"):
		return b.list[2].ID
	}
	return b.list[1].ID
}

// Every refusal says what it is, in each language.
func TestProblemRefusals(t *testing.T) {
	for _, r := range slo.ProblemRefusals() {
		if problemRefusals[r].message == "" {
			t.Errorf("%s is not told", r)
		}
		for lang, texts := range catalogueOfTexts() {
			if r != slo.ProblemAlreadySo && texts["error."+string(r)] == "" {
				t.Errorf("%s has no text in %s", r, lang)
			}
		}
	}
	for lang, texts := range catalogueOfTexts() {
		for _, s := range slo.ProblemStates() {
			if texts["problem.state."+string(s)] == "" {
				t.Errorf("%s: the state %s", lang, s)
			}
		}
		for _, a := range slo.ProblemActs() {
			if texts["problem.event."+string(a)] == "" {
				t.Errorf("%s: the act %s", lang, a)
			}
		}
		for _, v := range slo.FixVerdicts() {
			if texts["problem.verdict."+string(v)] == "" {
				t.Errorf("%s: the verdict %s", lang, v)
			}
		}
	}
}

// TestProblemInBrowser looks at the pages of problems on a desktop and on a
// phone.
func TestProblemInBrowser(t *testing.T) {
	ctx := browser(t)
	o, _, _ := withBoard(t)
	srv := httptest.NewServer(build(t, o))
	defer srv.Close()
	said := complaints(t, ctx)
	for _, size := range []struct{ w, h int64 }{{1280, 800}, {360, 740}} {
		for _, p := range []page{
			{"problems", srv.URL + "/problems", "known error"}, {"problem", srv.URL + "/problems/PRB-shop-20261005T091000Z", "systemctl restart shop"},
			{"problem-fixed", srv.URL + "/problems/PRB-api-20261009T030000Z", "too recent to say"}, {"incident-known", srv.URL + "/incidents/shop-20261021T141200Z", "It fails the same way as"},
		} {
			look(t, ctx, p, size.w, size.h, "light")
		}
	}
	for _, c := range said() {
		t.Error(c)
	}
}
