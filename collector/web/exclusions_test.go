package web

import (
	"cmp"
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

	"github.com/chromedp/chromedp"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// desk keeps requests for exclusions in memory.
type desk struct {
	*world
	audit *ledger

	mu   sync.Mutex
	list []slo.ExclusionRequest // the newest first
}

func (d *desk) List(_ context.Context, f ExclusionFilter) ([]slo.ExclusionRequest, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []slo.ExclusionRequest
	for _, r := range d.list {
		named := func(a string) bool { return slices.Contains(r.Agreements, a) }
		if (f.State == "" || f.State == r.State()) && (len(f.Agreements) == 0 || slices.ContainsFunc(f.Agreements, named)) {
			out = append(out, r)
		}
	}
	out = out[min(f.Offset, len(out)):]
	return out[:min(f.Limit, len(out))], nil
}

func (d *desk) Get(_ context.Context, id string) (slo.ExclusionRequest, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.list {
		if r.ID == id {
			return r, nil
		}
	}
	return slo.ExclusionRequest{}, fmt.Errorf("reading the exclusion: %w", ErrNoExclusion)
}

func (d *desk) Effects(r *slo.ExclusionRequest, at slo.Instant) (out []slo.ExclusionEffect, omitted int) {
	for _, a := range d.catalog.Agreements {
		if slices.Contains(r.Agreements, a.Name) {
			list, more := r.Effects(a, at, slo.MaxExclusionEffects, func(terms *slo.Agreement, cover slo.Interval) *slo.Account {
				return slo.NewAccount(terms, slo.LaidOver(cover, d.catalog.Maintenances), d.history)
			})
			out, omitted = append(out, list...), omitted+more
		}
	}
	return out, omitted
}

func (d *desk) Request(ctx context.Context, r slo.ExclusionRequest, e AuditEvent) (slo.ExclusionRequest, bool, error) {
	r.RequestedBy, r.RequestedAt, r.Entry = e.Actor, e.At, 61
	r.ID = r.ExclusionID()
	if known, err := d.Get(ctx, r.ID); err == nil {
		return known, false, nil
	}
	if err := r.Check(e.At, 400*24*time.Hour); err != nil {
		return r, false, err
	}
	e.Object = r.ID
	d.mu.Lock()
	d.list = append([]slo.ExclusionRequest{r}, d.list...)
	d.mu.Unlock()
	return r, true, d.audit.Record(ctx, e)
}

func (d *desk) Decide(ctx context.Context, id string, x slo.ExclusionDecision, e AuditEvent) (slo.ExclusionRequest, error) {
	r, err := d.Get(ctx, id)
	if err != nil {
		return r, err
	}
	x.Actor, x.At, x.Entry = e.Actor, e.At, 67
	if x.Act.Moves() {
		x.Effects, x.Omitted = d.Effects(&r, e.At)
	}
	if r, err = r.Decide(x); err != nil {
		return r, err
	}
	d.mu.Lock()
	d.list[slices.IndexFunc(d.list, func(o slo.ExclusionRequest) bool { return o.ID == id })] = r
	d.mu.Unlock()
	return r, d.audit.Record(ctx, e)
}

// flood is a pending request about the shop's first outage of October.
func flood(reason string) slo.ExclusionRequest {
	day := slo.At(time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC))
	r := slo.ExclusionRequest{
		Agreements: []string{"gold"}, Interval: slo.Interval{From: day.Add(9*time.Hour + 10*time.Minute), To: day.Add(9*time.Hour + 22*time.Minute)},
		Cause: slo.ForceMajeure, Reason: reason, RequestedBy: "operator", RequestedAt: now().Add(-2 * time.Hour), Entry: 41,
	}
	r.ID = r.ExclusionID()
	return r
}

// withDesk is a site with two requests: one pending, one approved.
func withDesk(t testing.TB) (Options, *desk, *ledger) {
	t.Helper()
	o, l := options(t)
	d := &desk{world: fixed(), audit: l}
	approved := flood("A storm cut both power lines, ticket 4711")
	approved.Cause, approved.Interval.To = slo.LateMaintenance, approved.To.Add(-6*time.Minute)
	approved.RequestedBy, approved.RequestedAt = "wei", now().Add(-26*time.Hour)
	approved.ID = approved.ExclusionID()
	effects, omitted := d.Effects(&approved, now())
	approved, err := approved.Decide(slo.ExclusionDecision{Act: slo.ApproveExclusion, At: now().Add(-25 * time.Hour), Actor: "ada",
		Comment: "Seen the letter of the utility.\nAgreed.", Effects: effects, Omitted: omitted, Entry: 43})
	if err != nil {
		t.Fatal(err)
	}
	d.list = []slo.ExclusionRequest{flood("The river took the street"), approved}
	slices.SortFunc(d.list, func(a, b slo.ExclusionRequest) int { return cmp.Compare(b.RequestedAt, a.RequestedAt) })
	o.Exclusions = d
	return o, d, l
}

func TestExclusionPages(t *testing.T) {
	o, d, _ := withDesk(t)
	h := build(t, o)
	for name, path := range map[string]string{
		"exclusions": "/exclusions", "exclusion": "/exclusions/" + d.list[0].ID, "exclusion-approved": "/exclusions/" + d.list[1].ID,
		"exclusion-new":      "/exclusions/new?service=shop&from=2026-10-05T11%3A10%3A00%2B02%3A00&to=2026-10-05T11%3A22%3A00%2B02%3A00",
		"service-exclusions": "/services/shop?day=2026-10-05",
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
	w := get(t, h, "/api/v1/exclusions?state=approved")
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	golden(t, "api-exclusions.json", w.Body.String())
}

// TestExclusionRoutes asks for every route of the exclusions as nobody and as a
// token of each role.
func TestExclusionRoutes(t *testing.T) {
	for _, rt := range (&site{}).exclusionRoutes() {
		for role := auth.Nobody; role <= auth.Admin; role++ {
			o, d, l := withDesk(t)
			o.Access = Access{Sessions: people(t)}
			h := build(t, o)
			id := d.list[0].ID
			switch {
			case strings.HasSuffix(rt.path, "revoke"):
				id = d.list[1].ID
			case strings.HasSuffix(rt.path, "withdraw"):
				d.list[0].RequestedBy = role.String() + "-bot"
			}
			path, body, kind := strings.Replace(rt.path, "{id}", id, 1), "", "application/json"
			switch {
			case rt.path == "/exclusions/new":
				path += "?service=shop"
			case rt.method == http.MethodPost && rt.face == forPeople:
				kind, body = "application/x-www-form-urlencoded", "comment=so&service=shop&agreement=gold&from=2026-10-05T09:10:00Z&to=2026-10-05T09:22:00Z&cause=customer&reason=so"
			case strings.HasSuffix(rt.path, "exclusions") && rt.method == http.MethodPost:
				body = `{"agreements": ["gold"], "from": "2026-10-05T09:10:00Z", "to": "2026-10-05T09:22:00Z", "cause": "customer", "reason": "so"}`
			case rt.method == http.MethodPost:
				body = `{"comment": "so"}`
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

// TestOwnRequest: a user who asked decides in no session of his own, and sees
// why.
func TestOwnRequest(t *testing.T) {
	o, d, l := withDesk(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	asks, decides := newPerson(t, h), newPerson(t, h)
	for _, p := range []*person{asks, decides} {
		p.signIn("approver", "approver"+secretOf, "/")
	}
	form := url.Values{"csrf": {asks.token("/exclusions/new?service=shop")}, "service": {"shop"}, "agreement": {"gold"}, "from": {"2026-10-05T11:10:00+02:00"}, "to": {"2026-10-05T09:22:00Z"}, "cause": {"force-majeure"}, "reason": {"mine"}}
	w := asks.do(http.MethodPost, "/exclusions", form)
	at := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(at, "/exclusions/x-") || d.list[0].From != flood("").From || d.list[0].Agreements[0] != "gold" {
		t.Fatalf("%d to %s: %+v", w.Code, at, d.list[0])
	}
	if page := decides.do(http.MethodGet, at, nil).Body.String(); !strings.Contains(page, "so somebody else decides") || strings.Contains(page, at+"/approve") {
		t.Error("the page offers to decide on one's own request")
	}
	w = decides.do(http.MethodPost, at+"/approve", url.Values{"csrf": {decides.token(at)}, "comment": {"fine"}})
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "Who asks does not decide.") || d.list[0].State() != slo.ExclusionPending {
		t.Errorf("%d, %s", w.Code, d.list[0].State())
	}
	if got := l.audit(); got[len(got)-1].Outcome != Refused || got[len(got)-1].Reason != "own_request" || got[len(got)-1].Object != d.list[0].ID {
		t.Errorf("the audit has %+v", got[len(got)-1])
	}
	if w := decides.do(http.MethodPost, at+"/withdraw", url.Values{"comment": {""}}); w.Code != http.StatusForbidden {
		t.Errorf("without the form's token: %d", w.Code)
	}
}

// The link of an outage has its times to the millisecond, in the service's zone.
func TestRequestLink(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	v := slo.Interval{From: flood("").From, To: flood("").To + 7}
	if got := requestLink("a&b", v, zone); got != "/exclusions/new?from=2026-10-05T11%3A10%3A00%2B02%3A00&service=a%26b&to=2026-10-05T11%3A22%3A00.007%2B02%3A00" {
		t.Error(got)
	}
}

// TestWaiting tells an approver, and nobody else, what waits for him.
func TestWaiting(t *testing.T) {
	o, d, _ := withDesk(t)
	d.list[0].RequestedBy = "approver-bot"
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	for role, want := range map[auth.Role]bool{auth.Viewer: false, auth.Operator: false, auth.Approver: false, auth.Admin: true} {
		page := send(t, h, http.MethodGet, "/", "", "Authorization", "Bearer "+role.String()+secretOf).Body.String()
		if strings.Contains(page, "/exclusions?state=pending") != want {
			t.Errorf("%s: told %v", role, !want)
		}
		page = send(t, h, http.MethodGet, "/services/shop", "", "Authorization", "Bearer "+role.String()+secretOf).Body.String()
		if strings.Contains(page, "/exclusions/new?") != (role >= auth.Operator) || !strings.Contains(page, d.list[0].ID) {
			t.Errorf("%s: the page of the service", role)
		}
	}
}

// TestExclusionForms shows what is wrong with a form, and keeps what was typed.
func TestExclusionForms(t *testing.T) {
	o, d, _ := withDesk(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	as := func(role auth.Role, path string, form url.Values) *httptest.ResponseRecorder {
		return send(t, h, http.MethodPost, path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Authorization", "Bearer "+role.String()+secretOf)
	}
	fine := func() url.Values {
		return url.Values{"service": {"shop"}, "agreement": {"gold"}, "from": {"2026-10-05T09:10:00Z"}, "to": {"2026-10-05T09:22:00Z"}, "cause": {"customer"}, "reason": {"a <b>reason</b>"}}
	}
	for field, c := range map[string]struct{ value, problem string }{
		"from":      {"yesterday", "A time cannot be read."},
		"to":        {"2026-10-05T09:10:00Z", "The end is not after the beginning."},
		"agreement": {"", "Choose 1 to 20 agreements."},
		"reason":    {strings.Repeat("x", 501), "Say why, in at most 500 bytes."},
	} {
		form := fine()
		form.Set(field, c.value)
		if c.value == "" {
			form.Del(field)
		}
		w := as(auth.Operator, "/exclusions", form)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), c.problem) || field != "reason" && !strings.Contains(w.Body.String(), "a &lt;b&gt;reason") {
			t.Errorf("%s: %d %s", field, w.Code, w.Body)
		}
	}
	form := fine()
	form.Set("cause", "boredom")
	if w := as(auth.Operator, "/exclusions", form); w.Code != http.StatusBadRequest {
		t.Errorf("another cause: %d", w.Code)
	}
	form = fine()
	form.Set("service", "none")
	form.Set("from", "")
	if w := as(auth.Operator, "/exclusions", form); w.Code != http.StatusNotFound {
		t.Errorf("another service: %d", w.Code)
	}
	w := as(auth.Approver, "/exclusions/"+d.list[0].ID+"/reject", url.Values{"comment": {" "}})
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "Say why, in at most 4000 bytes.") {
		t.Errorf("without a comment: %d %s", w.Code, w.Body)
	}
	w = as(auth.Approver, "/exclusions/x-none/reject", url.Values{"comment": {"so"}})
	if w.Code != http.StatusNotFound {
		t.Errorf("of nothing: %d", w.Code)
	}
}

// TestHostileExclusions keeps what people write as text.
func TestHostileExclusions(t *testing.T) {
	show := func(s string) map[string]string {
		o, d, _ := withDesk(t)
		for i := range d.list {
			d.list[i].Reason, d.list[i].RequestedBy, d.list[i].Agreements = s, s, []string{"gold", s}
			for k := range d.list[i].Decisions {
				x := &d.list[i].Decisions[k]
				x.Actor, x.Comment = s, s
				x.Effects[0].Agreement, x.Effects[0].Objective = s, s
				number := json.Number(s)
				x.Effects[0].Before.Availability = &number
			}
		}
		h := build(t, o)
		out := map[string]string{}
		for _, path := range []string{"/exclusions", "/exclusions/" + d.list[0].ID, "/exclusions/" + d.list[1].ID, "/services/shop", "/exclusions/new?service=shop&from=" + url.QueryEscape(s) + "&to=" + url.QueryEscape(s)} {
			w := get(t, h, path)
			if w.Code != http.StatusOK || strings.ContainsAny(w.Body.String(), "\u202e\x1b\x00") {
				t.Errorf("%s with %.40q: %d", path, s, w.Code)
			}
			out[strings.SplitN(path, "?", 2)[0]] = shape(t, w.Body.String())
		}
		return out
	}
	want := show("harmless")
	for _, s := range hostile() {
		for path, got := range show(s) {
			if got != want[path] {
				t.Errorf("%s with %.40q has other elements than without", path, s)
			}
		}
	}
}

// Whatever is refused has a status, a message and words in the form.
func TestExclusionRefusalsHaveWords(t *testing.T) {
	for _, r := range slo.ExclusionRefusals() {
		told := exclusionRefusals[r]
		if told.status < 400 || told.message == "" || englishTexts()["exclusion.problem."+string(r)] == "" {
			t.Errorf("%s: %+v", r, told)
		}
	}
	for _, s := range slo.ExclusionStates() {
		if englishTexts()["exclusion.state."+string(s)] == "" {
			t.Errorf("%s has no words", s)
		}
	}
}

func TestExclusionsAPIRefuses(t *testing.T) {
	o, d, _ := withDesk(t)
	h := build(t, o)
	for path, code := range map[string]int{
		"?state=gone": 400, "?limit=51": 400, "?limit=0": 400, "?agreement=%1b": 400, "?offset=-1": 400, "?what=1": 400, "/x-none": 404, "/" + d.list[0].ID + "?x=1": 400,
		"/" + strings.Repeat("x", 300): 404, "?state=pending": 200, "?agreement=gold&limit=1": 200,
	} {
		if w := get(t, h, "/api/v1/exclusions"+path); w.Code != code || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	for _, body := range []string{
		`{}`, `{"agreements": ["gold"], "from": "2026-10-05", "to": "2026-10-05T09:22:00Z", "cause": "customer", "reason": "so"}`,
		`{"agreements": "gold"}`, `{"agreements": ["gold"], "from": "2026-10-05T09:10:00Z", "to": "2026-10-05T09:22:00Z", "cause": "", "reason": "so"}`,
		`{"agreements": ["gold"], "from": "2026-10-05T09:10:00Z", "to": "2026-10-05T09:22:00Z", "cause": "customer", "reason": "so", "approved_by": "me"}`,
		`[]`, `{"agreements": [` + strings.Repeat(`"a",`, 30) + `"b"], "from": "2026-10-05T09:10:00Z", "to": "2026-10-05T09:22:00Z", "cause": "customer", "reason": "so"}`,
	} {
		if w := send(t, h, http.MethodPost, "/api/v1/exclusions", body, "Content-Type", "application/json", "Host", "127.0.0.1:8420"); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
}

// TestExclusionInBrowser walks from an outage to an approved exclusion, on a
// desktop and on a phone.
func TestExclusionInBrowser(t *testing.T) {
	ctx := browser(t)
	o, d, l := withDesk(t)
	o.Access = Access{Sessions: people(t)}
	srv := httptest.NewServer(build(t, o))
	defer srv.Close()
	said := complaints(t, ctx)
	signIn := func(name, path string) {
		do(t, ctx, chromedp.Navigate(srv.URL+path), chromedp.WaitVisible(chromedp.CSS("#password")),
			chromedp.SendKeys(chromedp.CSS("#name"), name), chromedp.SendKeys(chromedp.CSS("#password"), name+secretOf),
			chromedp.Submit(chromedp.CSS("#password")), chromedp.WaitVisible(chromedp.CSS(".who button")))
	}
	views := func(pages ...page) {
		for _, size := range []struct{ w, h int64 }{{1280, 800}, {360, 740}} {
			for _, p := range pages {
				look(t, ctx, p, size.w, size.h, "light")
			}
		}
	}
	signIn("operator", "/services/shop")
	views(page{"ask-service", srv.URL + "/services/shop?day=2026-10-05", "Request an exclusion"})
	do(t, ctx, chromedp.Click(chromedp.CSS("#outages tr:last-child a.ask")), chromedp.WaitVisible(chromedp.CSS("#reason")), chromedp.SendKeys(chromedp.CSS("#reason"), "The river took the street"))
	views2 := ask(t, ctx, chromedp.Location())
	do(t, ctx, chromedp.Submit(chromedp.CSS("#reason")), chromedp.WaitVisible(chromedp.CSS("#effects table")))
	asked := ask(t, ctx, chromedp.Location())
	if d.list[0].RequestedBy != "operator" || d.list[0].From != flood("").From.Add(7*time.Second) {
		t.Errorf("asked: %+v", d.list[0])
	}
	views(page{"ask-form", views2, "somebody else approves"}, page{"asked", asked, "waits for a decision"})
	do(t, ctx, chromedp.Submit(chromedp.CSS(".who button")), chromedp.WaitVisible(chromedp.CSS("#password")))
	signIn("approver", "/exclusions?state=pending")
	views(page{"waiting", srv.URL + "/exclusions?state=pending", "The river took the street"}, page{"deciding", asked, "Approve"})
	do(t, ctx, chromedp.SendKeys(chromedp.CSS("#comment"), "Agreed with the customer"), chromedp.Click(chromedp.CSS("button.primary")), chromedp.WaitVisible(chromedp.CSS("ol.events li + li")))
	views(page{"approved", asked, "Revoke the approval"})
	views(page{"approved-zh", asked + "?lang=zh", "撤销批准"})
	if d.list[0].State() != slo.ExclusionApproved || d.list[0].Decisions[0].Comment != "Agreed with the customer" {
		t.Errorf("decided: %+v", d.list[0])
	}
	var actions []string
	for _, e := range l.audit() {
		actions = append(actions, fmt.Sprint(e.Actor, " ", e.Action, " ", e.Outcome))
	}
	if got := strings.Join(actions, ", "); got != "operator session.open allowed, operator exclusion.request allowed, operator session.close allowed, approver session.open allowed, approver exclusion.approve allowed" {
		t.Errorf("the audit has %s", got)
	}
	for _, c := range said() {
		t.Error(c)
	}
}
