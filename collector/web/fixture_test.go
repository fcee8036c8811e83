package web

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// now is the instant of every fixture: 2026-10-21 14:30:07 UTC.
func now() slo.Instant { return slo.At(time.Date(2026, 10, 21, 14, 30, 7, 0, time.UTC)) }

func percent(s string) slo.Ratio {
	r, err := slo.ParsePercent(s)
	if err != nil {
		panic(err)
	}
	return r
}

// world is a catalogue with three weeks of measurements, made by the product's
// own arithmetic. It is read only.
type world struct {
	catalog  *slo.Catalog
	history  *slo.History
	accounts map[string]*slo.Account
	last     map[[3]string]slo.Measurement // by probe, location and agent
	at       slo.Instant
}

func newWorld() *world {
	w := &world{catalog: catalogue(), accounts: map[string]*slo.Account{}, last: map[[3]string]slo.Measurement{}, at: now()}
	w.history = slo.NewHistory(w.catalog)
	for _, p := range w.catalog.Probes {
		for i, location := range []string{"frankfurt", "singapore", "virginia"} {
			w.measure(p, location, i)
		}
	}
	w.history.Settle()
	month := slo.Month.Holding(w.at, time.UTC)
	for _, a := range w.catalog.Agreements {
		v := slo.Interval{From: month.From.Add(-40 * 24 * time.Hour), To: month.To.Add(24 * time.Hour)}
		w.accounts[a.Name] = slo.NewAccount(a, slo.LaidOver(v, w.catalog.Maintenances), w.history)
	}
	return w
}

func (w *world) measure(p *slo.Probe, location string, i int) {
	agent := location + "-1"
	from := slo.At(time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)).Add(time.Duration(i) * 7 * time.Second)
	for at := from; at < w.at; at = at.Add(p.Every) {
		m := slo.Measurement{Probe: p.Name, Location: location, At: at, Outcome: slo.Up, Status: 200,
			Latency: time.Duration(20+15*i+int(at/60000)%9) * time.Millisecond}
		if p.Name != "dns" {
			m.CertExpiry = w.at.Add(80 * 24 * time.Hour)
		}
		switch outcome := story(p.Name, location, at); outcome {
		case slo.Down:
			m.Outcome, m.Reason, m.Status, m.Latency = slo.Down, slo.ConnectRefused, 0, 2*time.Millisecond
			m.Evidence = "dial tcp 192.0.2.10:443: connect: connection refused"
		case slo.Unknown:
			continue
		}
		if location == "virginia" {
			m.Offset = 12300 * time.Millisecond // beyond slo.ClockBound
		}
		w.history.Add(agent, &m)
		w.last[[3]string{p.Name, location, agent}] = m
	}
}

// story says what happened to a probe.
func story(probe, location string, at slo.Instant) slo.State {
	t := at.Time()
	between := func(from, to string) bool {
		a, _ := time.Parse("2006-01-02 15:04", "2026-10-"+from)
		b, _ := time.Parse("2006-01-02 15:04", "2026-10-"+to)
		return !t.Before(a) && t.Before(b)
	}
	switch probe {
	case "shop-web":
		if between("21 14:12", "30 00:00") || between("05 09:10", "05 09:22") || between("14 22:00", "14 22:04") {
			return slo.Down
		}
	case "api":
		if between("09 03:00", "09 07:10") {
			return slo.Down
		}
		if location == "virginia" && between("21 10:00", "21 11:00") {
			return slo.Down // one location alone makes no outage
		}
	case "mail":
		if between("21 13:00", "30 00:00") || between("17 00:00", "18 12:00") {
			return slo.Unknown
		}
	}
	return slo.Up
}

func catalogue() *slo.Catalog {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	probe := func(name string, spec slo.Spec) *slo.Probe {
		return &slo.Probe{Name: name, Every: time.Minute, Timeout: 10 * time.Second, Hold: 130 * time.Second, Confirm: 1, Spec: spec, Locations: slo.Locations{Min: 1}}
	}
	one := func(name string) slo.Expr { return slo.Expr{Op: slo.OpProbe, Probe: name} }
	month := slo.Window{Period: slo.Month}
	below := func(s string) *slo.Ratio { r := percent(s); return &r }
	agreement := func(name, service string, zone *time.Location, credits bool, objectives ...slo.Objective) *slo.Agreement {
		a := &slo.Agreement{Name: name, Service: service, Zone: zone, MinCoverage: percent("90"), Objectives: objectives}
		if credits {
			a.Credits = &slo.Credits{Objective: objectives[0].Name, Tiers: []slo.Tier{{Percent: percent("10"), Below: below("99.9")}, {Percent: percent("25"), Below: below("99.5")}}}
		}
		return a
	}
	byTime := func(name, target string, w slo.Window) slo.Objective {
		return slo.Objective{Name: name, Target: percent(target), Window: w}
	}
	work := slo.Interval{From: now().Add(-20 * time.Minute), To: now().Add(40 * time.Minute)}
	return &slo.Catalog{
		Revision: "9f2c61d0a4b7e83155aa",
		Probes: []*slo.Probe{
			probe("api", &slo.HTTP{URL: "https://monitor:hunter2@api.example.com/health"}), probe("dns", &slo.DNS{Name: "example.com", Server: "192.0.2.53:53"}),
			probe("mail", &slo.TCP{Address: "mail.example.com:25"}), probe("shop-pay", &slo.HTTP{URL: "https://pay.example.com/"}),
			probe("shop-web", &slo.HTTP{URL: "https://shop.example.com/"}),
		},
		Services: []*slo.Service{
			{Name: "api", Up: one("api")}, {Name: "dns", Up: one("dns")}, {Name: "mail", Up: one("mail")},
			{Name: "payments", Up: one("shop-pay")},
			{Name: "shop", Up: slo.Expr{Op: slo.OpAll, Args: []slo.Expr{one("shop-web"), one("shop-pay")}}},
		},
		Maintenances: []*slo.Maintenance{{Name: "resolver-upgrade", Services: []string{"dns"}, Once: &work}},
		Agreements: []*slo.Agreement{
			agreement("api-partner", "api", time.UTC, true, byTime("monthly", "99.5", month), byTime("rolling", "99", slo.Window{Rolling: 7 * 24 * time.Hour})),
			agreement("dns-internal", "dns", time.UTC, false, byTime("monthly", "99.99", month)),
			agreement("gold", "shop", berlin, true, byTime("monthly", "99.9", month),
				slo.Objective{Name: "five-minutes", Target: percent("99.5"), Window: month, Method: slo.BySlices, Slice: slo.SliceRule{Length: 5 * time.Minute, Bad: percent("50")}},
				byTime("weekly", "99", slo.Window{Period: slo.Week})),
			agreement("mail-ola", "mail", time.UTC, false, byTime("monthly", "99.9", month)),
		},
	}
}

func (w *world) Services(at slo.Instant) []slo.ServiceStatus {
	var out []slo.ServiceStatus
	for _, s := range w.catalog.Services {
		st, _ := w.Service(s.Name, at)
		out = append(out, st)
	}
	return out
}

func (w *world) Service(name string, at slo.Instant) (slo.ServiceStatus, bool) {
	h := w.history.Service(name)
	if h == nil {
		return slo.ServiceStatus{}, false
	}
	tl := h.Timeline()
	st := slo.ServiceStatus{Service: h.Service, State: tl.State(at), Since: since(tl, at), Recent: w.Timeline(name, slo.Interval{From: at.Add(-24 * time.Hour), To: at}, at)}
	for _, m := range w.catalog.Maintenances {
		if slices.Contains(m.Services, name) {
			st.Planned = &slo.PlannedWork{Name: m.Name, Interval: *m.Once}
		}
	}
	for _, p := range h.Probes() {
		st.Probes = append(st.Probes, w.probe(p, at))
	}
	for _, p := range st.Probes {
		for _, l := range p.Locations {
			for _, a := range l.Agents {
				if a.Last.Outcome == slo.Down && st.State == slo.Down {
					st.Causes = append(st.Causes, slo.Cause{Probe: p.Probe.Name, Target: p.Probe.Spec.Target(), Location: l.Location,
						Agent: a.Agent, At: a.Last.At, Reason: a.Last.Reason, Evidence: a.Last.Evidence, ClockOff: slo.ClockOff(a.Last.Offset)})
				}
			}
		}
	}
	for _, a := range w.catalog.Agreements {
		for i := range a.Objectives {
			if a.Service == name {
				st.Objectives = append(st.Objectives, w.objective(a, &a.Objectives[i], at))
			}
		}
	}
	return st, true
}

// since is when the state at an instant began.
func since(tl *slo.Timeline, at slo.Instant) slo.Instant {
	began := slo.MinInstant
	for _, c := range tl.Changes() {
		if c.At() <= at {
			began = c.At()
		}
	}
	return began
}

func (w *world) objective(a *slo.Agreement, o *slo.Objective, at slo.Instant) slo.ObjectiveStatus {
	acc := w.accounts[a.Name]
	st := acc.Status(o, at, at)
	st.Burn = acc.BurnRates(o, at, []time.Duration{5 * time.Minute, time.Hour, 6 * time.Hour, 72 * time.Hour})
	return st
}

func (w *world) probe(p *slo.ProbeHistory, at slo.Instant) slo.ProbeStatus {
	st := slo.ProbeStatus{Probe: p.Probe, State: p.Timeline().State(at), Since: since(p.Timeline(), at)}
	for _, l := range p.Locations() {
		loc := slo.LocationStatus{Location: l.Name, Counts: l.Counts, State: l.Timeline().State(at), Since: since(l.Timeline(), at)}
		for _, a := range l.Agents() {
			loc.Agents = append(loc.Agents, slo.AgentReport{Agent: a.Agent, Last: w.last[[3]string{p.Probe.Name, l.Name, a.Agent}]})
		}
		st.Locations = append(st.Locations, loc)
	}
	return st
}

func (w *world) Days(agreement, objective string, days []slo.Interval, at slo.Instant) []DayFigure {
	acc := w.accounts[agreement]
	out := make([]DayFigure, len(days))
	for _, o := range acc.Agreement.Objectives {
		if o.Name != objective {
			continue
		}
		o.Window = slo.Window{Period: slo.Day}
		for i, d := range days {
			if d.From < at {
				st := acc.Status(&o, at, min(at, d.To))
				out[i] = DayFigure{st.Agreed, st.Up, st.Down, st.Unknown, st.Excluded, st.Availability}
			}
		}
	}
	return out
}

func (w *world) Timeline(service string, v slo.Interval, at slo.Instant) []slo.TimedState {
	v.To = min(v.To, at)
	var out []slo.TimedState
	for x, s := range w.history.Service(service).Timeline().Spans(v) {
		out = append(out, slo.TimedState{Interval: x, State: s})
	}
	return out
}

func (w *world) latency(_ context.Context, probe string, v slo.Interval, step time.Duration) ([]LatencySeries, error) {
	if probe == "dns" {
		return nil, fmt.Errorf("the database is away")
	}
	var out []LatencySeries
	for i, location := range []string{"frankfurt", "singapore", "virginia"} {
		s := LatencySeries{Location: location}
		for at := v.From; at < v.To; at = at.Add(step) {
			k := int(at.Sub(v.From) / step)
			if probe == "mail" && k > 30 || k == 20 {
				continue
			}
			s.Points = append(s.Points, LatencyPoint{at, time.Duration(18+16*i+(k*7)%11) * time.Millisecond})
		}
		out = append(out, s)
	}
	return out, nil
}

// ledger holds incidents, agents, the audit and the collector's state.
type ledger struct {
	mu        sync.Mutex
	incidents []slo.Incident
	agents    []slo.AgentStatus
	events    []AuditEvent
	status    Status
	reloads   int
	reload    error
	auditErr  error
}

func newLedger() *ledger {
	at := func(text string) slo.Instant {
		t, err := time.Parse("2006-01-02 15:04:05", "2026-10-"+text)
		if err != nil {
			panic(err)
		}
		return slo.At(t)
	}
	cause := func(location string, when slo.Instant) slo.Cause {
		return slo.Cause{Probe: "shop-web", Target: "https://shop.example.com/", Location: location, Agent: location + "-1", At: when,
			Reason: slo.ConnectRefused, Evidence: "dial tcp 192.0.2.10:443: connect: connection refused"}
	}
	return &ledger{
		status: Status{Version: "0.1.0", Started: at("19 08:00:00"), Revision: "9f2c61d0a4b7e83155aa", Loaded: at("19 08:00:01")},
		incidents: []slo.Incident{
			{ID: "shop-20261021T141200Z", Service: "shop", Trigger: slo.ServiceDown, Began: at("21 14:12:00"), Detected: at("21 14:12:08"), Downtime: 18*time.Minute + 7*time.Second,
				Causes: []slo.Cause{cause("frankfurt", at("21 14:12:00")), cause("virginia", at("21 14:12:14"))}, Agreements: []string{"gold"},
				Work: slo.Work{Priority: 1, Assignee: "wei", Major: &slo.Major{At: at("21 14:12:20"), Owner: "Ada Lovelace", ReviewDue: at("26 14:12:20")}},
				Events: []slo.IncidentEvent{{N: 1, At: at("21 14:12:08"), Kind: slo.EventDetected, Actor: "assay", Text: "shop-web connect_refused from frankfurt"},
					{N: 2, At: at("21 14:12:15"), Kind: slo.EventSeenFrom, Actor: "assay", Text: "virginia"}}},
			{ID: "api-20261009T030000Z", Service: "api", Trigger: slo.ServiceDown, Began: at("09 03:00:00"), Detected: at("09 03:00:05"), Restored: at("09 07:10:00"), Resolved: at("09 07:10:09"),
				Downtime: 250 * time.Minute, Acknowledged: at("09 03:20:00"), AckedBy: "wei", Causes: []slo.Cause{cause("singapore", at("09 03:00:00"))}, Agreements: []string{"api-partner"},
				Events: []slo.IncidentEvent{{N: 1, At: at("09 03:00:05"), Kind: slo.EventDetected, Actor: "assay"}, {N: 2, At: at("09 03:20:00"), Kind: slo.EventAcknowledged, Actor: "wei"},
					{N: 3, At: at("09 03:31:00"), Kind: slo.EventCommented, Actor: "wei", Text: "The database's disk is full.\nExtending the volume."},
					{N: 4, At: at("09 07:10:00"), Kind: slo.EventRestored, Actor: "assay"}, {N: 5, At: at("09 07:10:09"), Kind: slo.EventResolved, Actor: "assay"}}},
		},
		agents: []slo.AgentStatus{
			{Agent: "frankfurt-1", Location: "frankfurt", Epoch: "b1946ac92492d234", Version: "0.1.0", Started: at("01 00:00:00"), Seen: at("21 14:30:05"), Newest: at("21 14:30:00"), Offset: 12 * time.Millisecond,
				Room: &slo.Room{Probes: 4210, Limit: slo.LimitCPU}, Labels: map[string]string{"network": "dmz"}, Seats: 7},
			{Agent: "singapore-1", Location: "singapore", Epoch: "591785b794601e21", Version: "0.1.0", Started: at("20 11:00:00"), Seen: at("21 14:30:02"), Newest: at("21 14:29:07"), Queued: 42, Oldest: at("21 14:28:00"), Offset: -2300 * time.Millisecond, Lost: 3,
				Room: &slo.Room{Limit: slo.LimitConcurrency}, Saturated: at("21 14:29:50")},
			{Agent: "virginia-1", Location: "virginia", Epoch: "3b5d5c3712955042", Version: "0.1.0", Seen: at("21 14:02:00"), Newest: at("21 14:01:58"), Offset: 12300 * time.Millisecond, Silent: true},
		},
	}
}

func (l *ledger) List(_ context.Context, f IncidentFilter) ([]slo.Incident, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []slo.Incident
	for _, i := range l.incidents {
		if (f.Service == "" || f.Service == i.Service) && (f.State == AnyIncident || (f.State == OpenIncident) == i.Open()) {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b slo.Incident) int { return cmp.Compare(b.Began, a.Began) })
	out = out[min(f.Offset, len(out)):]
	return out[:min(f.Limit, len(out))], nil
}

func (l *ledger) find(id string) (*slo.Incident, error) {
	for i := range l.incidents {
		if l.incidents[i].ID == id {
			return &l.incidents[i], nil
		}
	}
	return nil, fmt.Errorf("reading the incident: %w", ErrNoIncident)
}

func (l *ledger) Get(_ context.Context, id string) (slo.Incident, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, err := l.find(id)
	if err != nil {
		return slo.Incident{}, err
	}
	return *i, nil
}

func (l *ledger) Parts(_ context.Context, id string) (parts []string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, i := range l.incidents {
		if i.Work.Parent == id {
			parts = append(parts, i.ID)
		}
	}
	return parts, nil
}

// Clocks has two of what lasts.
func (l *ledger) Clocks(_ context.Context, i *slo.Incident, at slo.Instant) ([]slo.IncidentClock, error) {
	if !i.Open() {
		return []slo.IncidentClock{{Agreement: "api-partner", Kind: slo.ResponseClock, Target: 15 * time.Minute, Elapsed: 20 * time.Minute, Stopped: i.Detected.Add(20 * time.Minute), BreachAt: i.Detected.Add(15 * time.Minute)}}, nil
	}
	return []slo.IncidentClock{
		{Agreement: "gold", Kind: slo.ResponseClock, Target: 15 * time.Minute, Elapsed: 3 * time.Minute, Stopped: i.Detected.Add(3 * time.Minute)},
		{Agreement: "gold", Kind: slo.RestorationClock, Target: 4 * time.Hour, Elapsed: at.Sub(i.Detected), BreachAt: i.Detected.Add(4 * time.Hour)},
	}, nil
}

// Act keeps what is done, and does it where a page shows it.
func (l *ledger) Act(_ context.Context, id string, e slo.IncidentEvent) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, err := l.find(id)
	switch {
	case err != nil:
		return err
	case e.Kind == slo.EventMerged && e.Value == id:
		return &IncidentRefused{Reason: "itself", Why: "incident " + id + ": it cannot be part of itself"}
	case e.Kind == slo.EventResolved && e.Value == "magic":
		return &IncidentRefused{Reason: "bad_value", Why: "no closure code", Bad: true}
	case e.Kind == slo.EventAcknowledged && i.Acknowledged != 0:
		return nil
	case e.Kind == slo.EventAcknowledged:
		i.Acknowledged, i.AckedBy = e.At, e.Actor
	case e.Kind == slo.EventAssigned:
		i.Work.Assignee = e.Value
	}
	e.N = len(i.Events) + 1
	i.Events = append(slices.Clone(i.Events), e)
	return nil
}

func (l *ledger) Agents(slo.Instant) []slo.AgentStatus {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.agents
}

func (l *ledger) Status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.status
}

func (l *ledger) Reload(context.Context, string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reloads++
	return l.reload
}

func (l *ledger) Record(_ context.Context, e AuditEvent) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.auditErr != nil {
		return l.auditErr
	}
	l.events = append(l.events, e)
	return nil
}

// audit returns what was recorded, and forgets it.
func (l *ledger) audit() []AuditEvent {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.events
	l.events = nil
	return out
}

// fixed is the one world that tests share; making it takes a while.
var fixed = sync.OnceValue(newWorld)

// options are a whole site's, without sign-in.
func options(t testing.TB) (Options, *ledger) {
	t.Helper()
	w, l := fixed(), newLedger()
	return Options{
		Figures: w, Incidents: l, Agents: l, Latency: w.latency, Closed: w.closed, Explain: explain, Capacity: resources{}, Collector: l, Audit: l,
		Access: Access{Loopback: true}, Now: now, Log: slog.New(slog.DiscardHandler),
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "assay_up 1") }),
	}, l
}

// Passwords and tokens of the fixtures are their holder's name with this.
const secretOf = "-secret-word"

// people signs everybody of a role up: viewer, operator, approver, admin, each
// as a user and, with -bot behind the name, as a token.
func people(t testing.TB) *auth.Sessions {
	t.Helper()
	var users []auth.User
	var tokens []auth.Token
	for _, r := range []auth.Role{auth.Viewer, auth.Operator, auth.Approver, auth.Admin} {
		hash, err := bcrypt.GenerateFromPassword([]byte(r.String()+secretOf), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		users = append(users, auth.User{Name: r.String(), Bcrypt: hash, Role: r})
		tokens = append(tokens, auth.Token{Name: r.String() + "-bot", SHA256: digest(r.String() + secretOf), Role: r})
	}
	c, err := auth.NewCredentials(users, tokens)
	if err != nil {
		t.Fatal(err)
	}
	s, err := auth.NewSessions(c, auth.Life{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func build(t testing.TB, o Options) http.Handler {
	t.Helper()
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// get asks for a page on this machine.
func get(t testing.TB, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8420"+path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// closed says of the window before each month that it is sealed, was restated,
// or waits.
func (w *world) closed(_ context.Context, service string, at slo.Instant) ([]ClosedWindow, error) {
	var out []ClosedWindow
	for i, a := range w.catalog.Agreements {
		for _, o := range a.Objectives {
			if a.Service != service || o.Window.Rolling > 0 {
				continue
			}
			c := ClosedWindow{Agreement: a, Objective: o.Name, Window: o.Window.At(o.Window.At(at+1, a.Zone).From, a.Zone)}
			if entry := int64(17 + i); len(out)%2 == 0 {
				c.Final, c.Sealed, c.Restated = true, &entry, []int64{23, 29}
			} else {
				c.Waiting = []string{"virginia-1"}
			}
			out = append(out, c)
		}
	}
	return out, nil
}
