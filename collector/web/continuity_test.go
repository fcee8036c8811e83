package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// plans keeps one plan with its drills in memory.
type plans struct {
	mu   sync.Mutex
	plan slo.ContinuityPlan
	due  []slo.DueTest
	list []slo.Drill // the newest first
}

func (p *plans) Plans(context.Context, slo.Instant) ([]PlanStanding, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return []PlanStanding{{&p.plan, p.due, slices.Clone(p.list)}, {&slo.ContinuityPlan{
		Name: "paper", Services: []string{"mail"}, Owner: "Charles Babbage", RTO: 8 * time.Hour, RPO: time.Hour, Invoke: "Call.", Return: "Call back.",
		Steps: []slo.PlanStep{{Do: "Write letters."}}, TestEvery: 180 * 24 * time.Hour,
	}, []slo.DueTest{{Plan: "paper", Reason: slo.TestNever, By: now().Add(40 * 24 * time.Hour)}}, nil}}, nil
}

func (p *plans) Drill(_ context.Context, id string) (slo.Drill, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.list {
		if d.ID == id {
			return d, nil
		}
	}
	return slo.Drill{}, ErrNoDrill
}

func (p *plans) OfService(_ context.Context, service string, v slo.Interval, limit int) ([]slo.Drill, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []slo.Drill
	for i := range p.list {
		if slices.Contains(p.plan.Services, service) && !spanOf(&p.list[i], now()).Intersect(v).Empty() && len(out) < limit {
			out = append(out, p.list[i])
		}
	}
	return out, nil
}

func (p *plans) Declare(_ context.Context, d DrillDeclaration) (slo.Drill, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	planned := p.plan.Drill(d.Drill)
	switch {
	case d.Plan != p.plan.Name || planned == nil:
		return slo.Drill{}, slo.DrillUnknown
	case d.Disruption > d.At || d.Disruption < d.At.Add(-slo.MaxDisruption):
		return slo.Drill{}, slo.DrillBadInstant
	case slices.ContainsFunc(p.list, func(o slo.Drill) bool { return o.Name == d.Drill && o.Ended() == 0 }):
		return slo.Drill{}, slo.DrillTwice
	}
	n := slo.Drill{Plan: d.Plan, Name: d.Drill, Declared: d.Disruption, By: d.Actor, Terms: planned.DrillTerms,
		Events: []slo.DrillEvent{{Act: slo.DeclareDrill, At: d.At, Actor: d.Actor, Text: d.Text, Entry: 91}}}
	n.ID = n.DrillID()
	p.list = append([]slo.Drill{n}, p.list...)
	return n, nil
}

func (p *plans) Add(_ context.Context, id string, e slo.DrillEvent) (slo.Drill, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.list, func(d slo.Drill) bool { return d.ID == id })
	if i < 0 {
		return slo.Drill{}, ErrNoDrill
	}
	e.Entry = 97
	d, err := p.list[i].Add(e)
	p.list[i] = d
	return d, err
}

// shopPlan covers the shop.
func shopPlan() slo.ContinuityPlan {
	terms := slo.DrillTerms{Checks: []string{"shop-standby"}, Canary: "shop-canary", Good: 3, Within: 4 * time.Hour, RTO: time.Hour, RPO: 15 * time.Minute}
	restore, failover := terms, terms
	restore.Kind, restore.Run = slo.DrillRestore, "shop-restore"
	failover.Kind = slo.DrillFailover
	return slo.ContinuityPlan{
		Name: "site-loss", Services: []string{"payments", "shop"}, Owner: "Ada Byron", RTO: time.Hour, RPO: 15 * time.Minute,
		Invoke: "Call the duty manager.\nShe declares the disaster.", Return: "Copy the data back at night.",
		Steps:     []slo.PlanStep{{Do: "Start the standby.", By: "on-call", Within: 30 * time.Minute}, {Do: "Switch the name."}},
		TestEvery: 180 * 24 * time.Hour,
		Drills: []slo.PlannedDrill{{Name: "failover", DrillTerms: failover}, {Name: "restore", Schedule: &slo.DrillSchedule{Zone: time.UTC}, DrillTerms: restore},
			{Name: "walk-through", DrillTerms: slo.DrillTerms{Kind: slo.DrillTabletop}}},
	}
}

// withPlans is a site with two plans. One had a failover, two restores of which
// the last took too long, and a tabletop; a drill that was given up ran on the
// day of the shop's first outage, another one runs.
func withPlans(t testing.TB) (Options, *plans, *ledger) {
	t.Helper()
	o, l := options(t)
	p := &plans{plan: shopPlan(), due: []slo.DueTest{
		{Plan: "site-loss", Drill: "restore", Reason: slo.TestFailed, By: now().Add(24 * 24 * time.Hour)},
		{Plan: "site-loss", Reason: slo.TestPeriodic, By: now().Add(-2 * time.Hour)},
		{Plan: "site-loss", Reason: slo.TestChanged, By: now().Add(29 * 24 * time.Hour), Change: "c-17"},
	}}
	begin := func(name string, ago time.Duration) slo.Drill {
		d := slo.Drill{Plan: "site-loss", Name: name, Declared: now().Add(-ago), By: "wei", Terms: p.plan.Drill(name).DrillTerms}
		d.ID = d.DrillID()
		d.Events = []slo.DrillEvent{{Act: slo.DeclareDrill, At: d.Declared, Actor: "wei", Text: "the yearly test", Entry: 71}}
		return d
	}
	add := func(d slo.Drill, after time.Duration, e slo.DrillEvent) slo.Drill {
		e.At, e.Actor, e.Entry = d.Declared.Add(after), cmp.Or(e.Actor, "assay"), 72
		d, err := d.Add(e)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	measured := func(d slo.Drill, rto, rpo time.Duration, reasons ...slo.DrillReason) slo.Drill {
		restored, canary, actual, lost := d.Declared.Add(rto), d.Declared.Add(-rpo), rto.Milliseconds(), rpo.Milliseconds()
		return add(d, rto+time.Minute, slo.DrillEvent{Act: slo.FinishDrill, Result: &slo.DrillResult{
			Passed: len(reasons) == 0, Reasons: reasons, Restored: &restored, Canary: &canary, RTO: &actual, RPO: &lost, Steps: []slo.DrillStep{
				{Probe: "shop-restore", From: d.Declared.Add(12 * time.Second), To: restored.Add(-30 * time.Second), Good: true, Evidence: "restored 41 tables"},
				{Probe: "shop-standby", From: restored, To: restored.Add(20 * time.Second), Good: true},
				{Probe: "shop-canary", From: restored.Add(time.Second), To: restored.Add(2 * time.Second), Reason: slo.ConnectRefused, Evidence: "192.0.2.20:5432 refused the connection"},
			}}})
	}
	review := func(d slo.Drill, after time.Duration, passed bool) slo.Drill {
		return add(d, after, slo.DrillEvent{Act: slo.ReviewDrill, Actor: "ada", Review: &slo.DrillReview{Participants: "Ada Byron, Wei Chen", Passed: passed, Comment: "The phone list was old.", Actions: "Mend the phone list, ticket 4711"}})
	}
	const day = 24 * time.Hour
	late := measured(begin("restore", 6*day), 85*time.Minute, 4*time.Minute, slo.RTOMissed)
	table := add(review(review(begin("walk-through", 90*day), 2*time.Hour, false), 3*time.Hour, true), 4*time.Hour, slo.DrillEvent{Act: slo.UndoDrill, Actor: "ada", Undoes: 2})
	given := begin("failover", now().Sub(slo.At(time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC))))
	given = add(given, 25*time.Minute, slo.DrillEvent{Act: slo.AbortDrill, Actor: "wei", Text: "a real outage"})
	p.list = []slo.Drill{
		begin("failover", 20*time.Minute), late, given, table,
		review(measured(begin("restore", 200*day), 38*time.Minute, 9*time.Minute), day, true),
		measured(begin("failover", 380*day), 12*time.Minute, 40*time.Second),
	}
	o.Continuity = p
	return o, p, l
}

func TestContinuityPages(t *testing.T) {
	o, p, _ := withPlans(t)
	h := build(t, o)
	for name, path := range map[string]string{
		"continuity": "/continuity", "plan": "/continuity/plans/site-loss", "drill-running": drillPath(p.list[0].ID), "drill": drillPath(p.list[1].ID),
		"drill-tabletop": drillPath(p.list[3].ID), "service-drills": "/services/shop?day=2026-10-05", "explain-drills": "/services/shop/explain?objective=gold/monthly&window=2026-10&limit=1",
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
	for _, path := range []string{"/continuity/plans/other", "/continuity/drills/d-0"} {
		if w := get(t, h, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// TestContinuityRoutes asks for every route of continuity as nobody and as a
// token of each role.
func TestContinuityRoutes(t *testing.T) {
	for _, rt := range (&site{}).continuityRoutes() {
		for role := auth.Nobody; role <= auth.Admin; role++ {
			o, p, l := withPlans(t)
			o.Access = Access{Sessions: people(t)}
			h := build(t, o)
			id := p.list[0].ID
			if !strings.HasSuffix(rt.path, "abort") {
				id = p.list[3].ID // a tabletop with a review
			}
			path := strings.NewReplacer("{name}", "site-loss", "{id}", id, "{n}", "3").Replace(rt.path)
			headers := []string{"Content-Type", "application/x-www-form-urlencoded"}
			if role != auth.Nobody {
				headers = append(headers, "Authorization", "Bearer "+role.String()+secretOf)
			}
			l.audit()
			body := "reason=so&drill=walk-through&participants=Ada&verdict=passed"
			checkAccess(t, rt, role, send(t, h, rt.method, path, body, headers...), l.audit())
		}
	}
}

// TestDrillForms declares, gives up, adds and takes back in a session.
func TestDrillForms(t *testing.T) {
	o, p, l := withPlans(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	who := newPerson(t, h)
	who.signIn("operator", "operator"+secretOf, "/")
	const plan = "/continuity/plans/site-loss"
	csrf := who.token(plan)
	post := func(path string, form url.Values) (int, string, string) {
		w := who.do(http.MethodPost, path, form)
		return w.Code, w.Header().Get("Location"), w.Body.String()
	}
	refused := func(path string, form url.Values, status int, says string) {
		t.Helper()
		if code, _, body := post(path, form); code != status || !strings.Contains(body, says) {
			t.Errorf("%s %v: %d, want %d with %q", path, form, code, status, says)
		}
	}
	with := func(more url.Values) url.Values { more.Set("csrf", csrf); return more }
	refused(plan+"/drills", url.Values{"drill": {"restore"}}, http.StatusForbidden, "out of date")
	refused(plan+"/drills", with(url.Values{"drill": {"failover"}}), http.StatusConflict, "runs already")
	refused(plan+"/drills", with(url.Values{"drill": {"restore"}, "disruption": {"noon"}}), http.StatusBadRequest, "cannot be read")
	refused(plan+"/drills", with(url.Values{"drill": {"restore"}, "disruption": {"2026-10-21T12:00:00Z"}, "reason": {"kept as typed"}}), http.StatusBadRequest, "kept as typed")
	refused(plan+"/drills", with(url.Values{"drill": {"other"}}), http.StatusNotFound, "")

	code, at, _ := post(plan+"/drills", with(url.Values{"drill": {"restore"}, "disruption": {"2026-10-21T14:20:00Z"}, "reason": {"a test"}}))
	d := p.list[0]
	if code != http.StatusSeeOther || at != drillPath(d.ID) || d.By != "operator" || d.Declared != now().Add(-10*time.Minute-7*time.Second) || d.Events[0].Text != "a test" {
		t.Fatalf("%d to %s: %+v", code, at, d)
	}
	if got := l.audit(); got[len(got)-1].Action != "drill.declare" || got[len(got)-1].Object != "site-loss/restore" {
		t.Errorf("the audit has %+v", got[len(got)-1])
	}
	refused(at+"/abort", with(url.Values{}), http.StatusBadRequest, "A text is missing")
	if code, _, _ := post(at+"/abort", with(url.Values{"reason": {"a real outage"}})); code != http.StatusSeeOther || p.list[0].State() != slo.DrillAborted {
		t.Errorf("%d %s", code, p.list[0].State())
	}

	late := p.list[2] // measured, and nobody added anything
	review := url.Values{"participants": {"Ada"}, "verdict": {"passed"}, "comment": {"well\u202e"}, "actions": {""}}
	refused(drillPath(late.ID)+"/review", with(url.Values{"participants": {"Ada"}}), http.StatusBadRequest, "Say whether it passed")
	if code, _, _ := post(drillPath(late.ID)+"/review", with(review)); code != http.StatusSeeOther || p.list[2].State() != slo.DrillComplete || p.list[2].Review().Comment != "well" {
		t.Errorf("%d %+v", code, p.list[2])
	}
	if code, _, _ := post(drillPath(late.ID)+"/events/3/undo", with(url.Values{})); code != http.StatusSeeOther || p.list[2].State() != slo.DrillIncomplete {
		t.Errorf("%d %+v", code, p.list[2])
	}
	refused(drillPath(late.ID)+"/events/3/undo", with(url.Values{}), http.StatusConflict, "taken back already")
}

// TestDrillRefusals says something of each refusal.
func TestDrillRefusals(t *testing.T) {
	for _, r := range slo.DrillRefusals() {
		if status, code, message := Refusal(r); status < 400 || status >= 500 || code != string(r) || message == "" {
			t.Errorf("of %s: %d %s %q", r, status, code, message)
		}
	}
}

// TestDrillWords has words for everything that a drill can be.
func TestDrillWords(t *testing.T) {
	for lang, texts := range catalogueOfTexts() {
		need := func(key string) {
			if texts[key] == "" {
				t.Errorf("%s lacks %s", lang, key)
			}
		}
		for _, k := range slo.DrillKinds() {
			need("drill.kind." + string(k))
			need("drill.help." + string(k))
		}
		for _, r := range slo.DrillReasons() {
			need("drill.reason." + string(r))
		}
		for _, r := range slo.TestReasons() {
			need("plan.due." + string(r))
		}
	}
}

// TestDrillsBesideTheTimeline marks on a service's page what was a test, and has
// its figures where the drills cannot be read.
func TestDrillsBesideTheTimeline(t *testing.T) {
	o, p, _ := withPlans(t)
	page := get(t, build(t, o), "/services/shop").Body.String()
	for _, want := range []string{drillPath(p.list[0].ID), "site-loss / failover", "running", "did not pass", `class="m-drill"`, "Drill site-loss / failover, 2026-10-21"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if page := get(t, build(t, o), "/services/mail").Body.String(); strings.Contains(page, "m-drill") {
		t.Error("a drill of others is shown")
	}
	o.Continuity = nil
	if w := get(t, build(t, o), "/services/shop"); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "m-drill") {
		t.Errorf("without plans: %d", w.Code)
	}
}
