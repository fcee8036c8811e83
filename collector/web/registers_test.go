package web

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/assay-sla/assay/collector/register"
	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// office keeps registers in memory.
type office struct {
	*world
	audit *ledger

	mu    sync.Mutex
	items []slo.RegisterItem // the newest first
}

func (o *office) Shapes() []slo.Register { return register.All() }

func (o *office) Counts(context.Context) (map[[2]string]int, error) {
	out := map[[2]string]int{}
	for _, i := range o.items {
		out[[2]string{i.Register, i.State}]++
	}
	return out, nil
}

func (o *office) List(_ context.Context, f RegisterFilter) (out []slo.RegisterItem, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, i := range o.items {
		has := func(v string) bool { return strings.Contains(v, f.Text) }
		if i.Register == f.Register && (len(f.States) == 0 || slices.Contains(f.States, i.State)) && (f.Text == "" || has(i.ID) || slices.ContainsFunc(slices.Collect(maps.Values(i.Values)), has)) {
			out = append(out, i)
		}
	}
	out = out[min(f.Offset, len(out)):]
	return out[:min(f.Limit, len(out))], nil
}

func (o *office) Get(_ context.Context, name, id string) (slo.RegisterItem, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, i := range o.items {
		if i.Register == name && i.ID == id {
			return i, nil
		}
	}
	return slo.RegisterItem{}, fmt.Errorf("reading the item: %w", ErrNoItem)
}

func (o *office) known(f *slo.RegisterField, v string) bool {
	if f.Kind == slo.FieldService {
		return slices.ContainsFunc(o.catalog.Services, func(s *slo.Service) bool { return s.Name == v })
	}
	_, err := o.Get(context.Background(), f.Of, v)
	return err == nil
}

// put keeps an item with its newest event, whose entry follows from its number.
func (o *office) put(i slo.RegisterItem) slo.RegisterItem {
	o.mu.Lock()
	defer o.mu.Unlock()
	i.Events[len(i.Events)-1].Entry = int64(40 + 7*len(i.Events))
	k := slices.IndexFunc(o.items, func(x slo.RegisterItem) bool { return x.Register == i.Register && x.ID == i.ID })
	if k < 0 {
		o.items = append([]slo.RegisterItem{i}, o.items...)
	} else {
		o.items[k] = i
	}
	return i
}

func (o *office) Change(ctx context.Context, c slo.RegisterChange, e AuditEvent) (slo.RegisterItem, bool, error) {
	g, by := register.Named(c.Register), register.By{Actor: e.Actor, At: e.At}
	if c.Version == 0 {
		i, err := register.Create(g, c, o.known, by)
		if err != nil {
			return i, false, err
		}
		if there, err := o.Get(ctx, g.Name, i.ID); err == nil {
			return there, false, nil
		}
		return o.put(i), true, o.audit.Record(ctx, e)
	}
	was, err := o.Get(ctx, c.Register, c.ID)
	if err != nil {
		return was, false, err
	}
	now, changed, err := register.Change(g, was, c, o.known, by)
	if err != nil || !changed {
		return was, false, err
	}
	return o.put(now), true, o.audit.Record(ctx, e)
}

func (o *office) Undo(ctx context.Context, c slo.RegisterChange, n int, e AuditEvent) (slo.RegisterItem, error) {
	was, err := o.Get(ctx, c.Register, c.ID)
	if err != nil {
		return was, err
	}
	now, err := register.Undo(register.Named(c.Register), was, c.Version, n, c.Text, register.By{Actor: e.Actor, At: e.At})
	if err != nil {
		return was, err
	}
	return o.put(now), o.audit.Record(ctx, e)
}

func (o *office) Import(ctx context.Context, name string, csv []byte, dry bool, e AuditEvent) (slo.RegisterImport, error) {
	list, _ := o.List(ctx, RegisterFilter{Register: name, Limit: 1000})
	plan, items := register.Plan(register.Named(name), csv, list, o.known, register.By{Actor: e.Actor, At: e.At})
	if dry || len(plan.Problems) > 0 {
		return plan, nil
	}
	for _, i := range items {
		o.put(i)
	}
	plan.Done = true
	return plan, o.audit.Record(ctx, e)
}

func (o *office) Export(ctx context.Context, name string, w io.Writer) error {
	list, _ := o.List(ctx, RegisterFilter{Register: name, Limit: 1000})
	return register.WriteCSV(w, register.Named(name), list)
}

func (o *office) figures(at slo.Instant) register.Figures {
	f := register.Figures{At: at, Catalog: o.catalog, Items: o.items}
	for _, s := range o.Services(at) {
		f.Services = append(f.Services, s)
		f.Closed = append(f.Closed, s.Objectives...)
	}
	return f
}

func (o *office) Candidates(_ context.Context, name string, at slo.Instant) ([]slo.RegisterCandidate, error) {
	return register.Candidates(name, o.figures(at)), nil
}

func (o *office) Inputs(_ context.Context, at slo.Instant) ([]slo.ReviewInput, error) {
	return register.Inputs(o.figures(at)), nil
}

// withOffice is a site with an item or two in the registers.
func withOffice(t testing.TB) (Options, *office, *ledger) {
	t.Helper()
	opts, l := options(t)
	o := &office{world: fixed(), audit: l}
	n := 0
	do := func(c slo.RegisterChange) {
		t.Helper()
		n++
		e := AuditEvent{At: now() - slo.Instant((100-n)*3_600_000), Actor: "ola"}
		if _, _, err := o.Change(t.Context(), c, e); err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
	}
	do(slo.RegisterChange{Register: register.Customers, ID: "acme", Values: map[string]string{"name": "Acme <b>", "manager": "Ola Nordmann", "since": "2024-03-01"}})
	do(slo.RegisterChange{Register: register.Contacts, ID: "wei", Values: map[string]string{"name": "Wei Chen", "customer": "acme", "role": "Head of IT", "email": "wei@example.com", "language": "zh"}})
	do(slo.RegisterChange{Register: register.Suppliers, ID: "volt", Values: map[string]string{"name": "Volt", "supplies": "Power", "importance": "high", "contract_ends": "2027-06-30", "evaluation": "4"}})
	do(slo.RegisterChange{Register: register.Complaints, ID: "c-1", Values: map[string]string{
		"title": "The shop was slow on Monday", "customer": "acme", "service": "shop", "received": "2026-10-06", "channel": "phone", "due": "2026-10-13", "details": "From nine to ten.\nAll branches."}})
	do(slo.RegisterChange{Register: register.Complaints, ID: "c-1", Version: 1, State: "investigating", Values: map[string]string{"owner": "Ola Nordmann"}, Text: "On it."})
	do(slo.RegisterChange{Register: register.Complaints, ID: "c-1", Version: 2, Values: map[string]string{"details": ""}})
	do(slo.RegisterChange{Register: register.Risks, Values: map[string]string{"title": "The river floods the cellar", "likelihood": "3", "impact": "5", "owner": "Ada", "treatment": "reduce"}, State: "rated"})
	do(slo.RegisterChange{Register: register.Actions, Values: map[string]string{"title": "A second line", "service": "shop", "owner": "Ola", "due": "2026-12-01", "measure": "gold/monthly %", "before": "99.7", "goal": "99.9"}, State: "agreed"})
	do(slo.RegisterChange{Register: register.Audits, ID: "spring", Values: map[string]string{"title": "Spring audit", "planned": "2026-04-01", "held": "2026-04-02", "auditor": "Bo"}, State: "held"})
	do(slo.RegisterChange{Register: register.Findings, Values: map[string]string{"title": "No test of the backup", "audit": "spring", "grade": "minor", "clause": "8.7.2", "owner": "Ola", "due": "2026-09-01"}})
	do(slo.RegisterChange{Register: register.Decisions, Values: map[string]string{"title": "A second site", "wanted_of": "the board", "due": "2026-11-30"}})
	if _, err := o.Undo(t.Context(), slo.RegisterChange{Register: register.Complaints, ID: "c-1", Version: 3, Text: "Too much."}, 3, AuditEvent{At: now() - 3_600_000, Actor: "ada"}); err != nil {
		t.Fatal(err)
	}
	l.audit()
	opts.Registers = o
	return opts, o, l
}

func TestRegisterPages(t *testing.T) {
	o, _, _ := withOffice(t)
	h := build(t, o)
	for name, path := range map[string]string{
		"registers": "/registers", "register-complaints": "/registers/complaints", "register-risks": "/registers/risks?state=all", "register-empty": "/registers/reviews",
		"item": "/registers/complaints/items/c-1", "item-audit": "/registers/audits/items/spring", "item-new": "/registers/reviews/new",
		"item-candidate": "/registers/actions/new?candidate=" + candidateOf(t, o, register.Actions), "import": "/registers/complaints/csv", "service-catalogue": "/registers/services",
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
		"registers": "", "register": "/complaints?q=slow", "register-item": "/risks/items/" + itemsOf(t, o, register.Risks)[0].ID, "register-candidates": "/actions/candidates",
		"register-inputs": "/reviews/inputs", "register-services": "/services",
	} {
		w := get(t, h, "/api/v1/registers"+path)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		golden(t, "api-"+name+".json", w.Body.String())
	}
	w := get(t, h, "/api/v1/registers/contacts/csv")
	if got := w.Body.String(); w.Code != http.StatusOK || !strings.HasPrefix(got, "id,state,name,") || !strings.Contains(w.Header().Get("Content-Disposition"), "contacts.csv") {
		t.Errorf("%d %s", w.Code, got)
	}
}

func candidateOf(t *testing.T, o Options, name string) string {
	t.Helper()
	list, err := o.Registers.Candidates(t.Context(), name, now())
	if err != nil || len(list) == 0 {
		t.Fatalf("nothing is proposed for %s: %v", name, err)
	}
	return list[0].ID
}

func itemsOf(t *testing.T, o Options, name string) []slo.RegisterItem {
	t.Helper()
	list, err := o.Registers.List(t.Context(), RegisterFilter{Register: name, Limit: 100})
	if err != nil || len(list) == 0 {
		t.Fatalf("no items of %s: %v", name, err)
	}
	return list
}

// TestRegisterRoutes asks for every route of the registers as nobody and as a
// token of each role.
func TestRegisterRoutes(t *testing.T) {
	for _, rt := range (&site{}).registerRoutes() {
		for role := auth.Nobody; role <= auth.Admin; role++ {
			o, _, l := withOffice(t)
			o.Access = Access{Sessions: people(t)}
			h := build(t, o)
			path := strings.NewReplacer("{register}", "complaints", "{id}", "c-1", "{n}", "2").Replace(rt.path)
			kind, body := "application/json", ""
			switch {
			case rt.method != http.MethodPost:
			case strings.HasSuffix(path, "/csv") && rt.face == forMachines:
				kind, body = "text/csv", "id,title\nc-1,Other\n"
			case rt.face == forPeople:
				kind = "application/x-www-form-urlencoded"
				body = url.Values{"version": {"4"}, "title": {"So"}, "customer": {"acme"}, "received": {"2026-10-01"}, "csv": {"id,title\nc-1,Other\n"}, "do": {"1"}}.Encode()
			case strings.HasSuffix(path, "undo"):
				body = `{"version": 4}`
			case strings.HasSuffix(path, "c-1"):
				body = `{"version": 4, "text": "so"}`
			default:
				body = `{"values": {"title": "So", "customer": "acme", "received": "2026-10-01"}}`
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

// TestItemForms: a form that is wrong comes back with what was typed and what is
// wrong with each field; one that is right leads to the item.
func TestItemForms(t *testing.T) {
	o, _, l := withOffice(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	post := func(path string, form url.Values, status int, want ...string) string {
		t.Helper()
		w := send(t, h, http.MethodPost, path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Authorization", "Bearer operator"+secretOf)
		if w.Code != status {
			t.Errorf("%s: %d", path, w.Code)
		}
		for _, text := range want {
			if !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s: %q is missing in\n%s", path, text, w.Body)
			}
		}
		return w.Header().Get("Location")
	}
	l.audit()
	post("/registers/complaints", url.Values{"title": {"Rude <i>"}, "received": {"soon"}, "customer": {""}}, http.StatusBadRequest, "Rude &lt;i&gt;", "It is required here.", "A day is wanted", `value="soon"`)
	if got := l.audit(); len(got) != 1 || got[0].Outcome != Refused || got[0].Reason != "not_a_date" {
		t.Errorf("%+v", got)
	}
	to := post("/registers/complaints", url.Values{"title": {"Rude"}, "received": {"2026-10-20"}, "customer": {"acme"}}, http.StatusSeeOther)
	if !strings.HasPrefix(to, "/registers/complaints/items/complaint-") {
		t.Errorf("led to %s", to)
	}
	if again := post("/registers/complaints", url.Values{"title": {"Rude"}, "received": {"2026-10-20"}, "customer": {"acme"}}, http.StatusSeeOther); again != to {
		t.Errorf("the same again led to %s", again)
	}
	post(to, url.Values{"version": {"1"}, "state": {"closed"}}, http.StatusConflict, "It does not go from its state", "Rude")
	post(to, url.Values{"version": {"x"}}, http.StatusBadRequest)
	post(to, url.Values{"version": {"1"}, "state": {"investigating"}, "owner": {"Ola"}}, http.StatusSeeOther)
	post(to, url.Values{"version": {"1"}, "owner": {"Ada"}}, http.StatusConflict, "Somebody changed it since")
	post(to+"/events/2/undo", url.Values{"version": {"2"}}, http.StatusSeeOther)
	post(to+"/events/2/undo", url.Values{"version": {"3"}}, http.StatusConflict, "It was taken back already.")
	post("/registers/none", url.Values{}, http.StatusNotFound)
	post("/registers/complaints/items/none", url.Values{"version": {"1"}}, http.StatusNotFound)
}

// TestImportForm: a file is looked at before it is taken, and one with mistakes
// is not.
func TestImportForm(t *testing.T) {
	o, _, _ := withOffice(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	sends := func(fields map[string]string, file string) *httptest.ResponseRecorder {
		t.Helper()
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if err := m.WriteField(name, fields[name]); err != nil {
				t.Fatal(err)
			}
		}
		f, err := m.CreateFormFile("file", "c.csv")
		if err == nil {
			_, err = io.WriteString(f, file)
		}
		if err := cmp.Or(err, m.Close()); err != nil {
			t.Fatal(err)
		}
		return send(t, h, http.MethodPost, "/registers/complaints/csv", b.String(), "Content-Type", m.FormDataContentType(), "Authorization", "Bearer operator"+secretOf)
	}
	says := func(w *httptest.ResponseRecorder, status int, want string) {
		t.Helper()
		if w.Code != status || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d, and %q is missing in\n%s", w.Code, want, w.Body)
		}
	}
	says(sends(nil, ""), http.StatusBadRequest, "Choose a file")
	says(sends(nil, "id,title\nc-1,Slower <b>\n"), http.StatusOK, "0 new, 1 changed, 0 as they are.")
	says(sends(map[string]string{"csv": "id,title\nc-1,Slower\n"}, ""), http.StatusOK, "1 changed")
	says(sends(nil, "id,title,received\nc-1,,never\n"), http.StatusBadRequest, "Nothing is imported until these are mended.")
	if i, err := o.Registers.Get(t.Context(), "complaints", "c-1"); err != nil || i.Version() != 4 {
		t.Fatalf("looking changed it: %v %+v", err, i)
	}
	says(sends(map[string]string{"do": "1"}, "id,title\nc-1,Slower\n"), http.StatusSeeOther, "")
	if i, err := o.Registers.Get(t.Context(), "complaints", "c-1"); err != nil || i.Values["title"] != "Slower" {
		t.Errorf("%v %+v", err, i)
	}
	says(sends(nil, strings.Repeat("x", 5<<20)), http.StatusRequestEntityTooLarge, "")
}

// A session's form with a file needs the token against forgery as every other.
func TestImportUnforged(t *testing.T) {
	o, _, _ := withOffice(t)
	h := build(t, o)
	body := "--b\r\nContent-Disposition: form-data; name=\"csv\"\r\n\r\nid\r\n--b--\r\n"
	w := send(t, h, http.MethodPost, "/registers/complaints/csv", body, "Host", "localhost", "Content-Type", "multipart/form-data; boundary=b", "Cookie", visitorCookie+"=fixed")
	if w.Code != http.StatusForbidden {
		t.Errorf("without a token: %d", w.Code)
	}
	page := get(t, h, "/registers/complaints/csv", "Host", "localhost", "Cookie", visitorCookie+"=fixed").Body.String()
	token := csrfToken.FindString(page)
	token = strings.TrimSuffix(strings.TrimPrefix(token, `name="csrf" value="`), `"`)
	body = "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n" + token + "\r\n--b\r\nContent-Disposition: form-data; name=\"csv\"\r\n\r\nid,title\r\nc-1,So\r\n--b--\r\n"
	w = send(t, h, http.MethodPost, "/registers/complaints/csv", body, "Host", "localhost", "Content-Type", "multipart/form-data; boundary=b", "Cookie", visitorCookie+"=fixed")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "1 changed") {
		t.Errorf("with the token: %d %s", w.Code, w.Body)
	}
}

// Who only looks sees no contacts, neither by name nor among what refers to a
// customer.
func TestContactsArePrivate(t *testing.T) {
	o, _, _ := withOffice(t)
	o.Access = Access{Sessions: people(t)}
	h := build(t, o)
	as := func(role, path string) *httptest.ResponseRecorder {
		return get(t, h, path, "Authorization", "Bearer "+role+secretOf)
	}
	for _, path := range []string{"/registers/contacts", "/registers/contacts/items/wei", "/api/v1/registers/contacts", "/api/v1/registers/contacts/csv"} {
		if w := as("viewer", path); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", path, w.Code)
		}
		if w := as("operator", path); w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for role, seen := range map[string]bool{"viewer": false, "operator": true} {
		if got := strings.Contains(as(role, "/registers/customers/items/acme").Body.String(), "Wei Chen"); got != seen {
			t.Errorf("%s sees the contact: %v", role, got)
		}
		if got := strings.Contains(as(role, "/registers").Body.String(), "/registers/contacts"); got != seen {
			t.Errorf("%s sees the register: %v", role, got)
		}
	}
}

// TestRegistersHaveWords: every name of every register has its words.
func TestRegistersHaveWords(t *testing.T) {
	texts := englishTexts()
	need := func(key string) {
		t.Helper()
		if texts[key] == "" {
			t.Errorf("%s has no words", key)
		}
	}
	need("register.state." + slo.RegisterWithdrawn)
	for _, g := range register.All() {
		need("register.name." + g.Name)
		need("register.help." + g.Name)
		need("register.new." + g.Name)
		for _, s := range g.States {
			need("register.state." + s.Name)
		}
		for _, f := range g.Fields {
			need("field." + f.Name)
			if f.Kind != slo.FieldProduct && f.Kind != slo.FieldChoice {
				need("field.kind." + string(f.Kind))
			}
			for _, c := range f.Choices {
				if strings.Trim(c, "0123456789") != "" {
					need("choice." + f.Name + "." + c)
				}
			}
		}
	}
	for _, r := range slo.RegisterReasons() {
		need("register.problem." + string(r))
	}
	for _, c := range slo.CandidateReasons() {
		if c != slo.CandidateParty {
			need("candidate." + string(c))
		}
	}
	for _, x := range register.Inputs(register.Figures{Catalog: &slo.Catalog{}}) {
		need("input." + x.Key)
	}
}
