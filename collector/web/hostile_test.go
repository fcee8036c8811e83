package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/assay-sla/assay/slo"
)

// hostile is what may come from a target, an agent, a file or a form.
func hostile() []string {
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</title><svg onload=alert(1)>`,
		`javascript:alert(1)`, `</pre><iframe src=//evil.example>`, "\x1b[2J\u202egnp.exe", `{{.CSRF}}`, `&lt;b&gt;`, `--></style><script>x</script>`,
		strings.Repeat("W", 3000),
	}
}

// poisoned puts a string in every field that is not a checked name.
type poisoned struct {
	*world
	*ledger
	s string
}

func (p poisoned) Services(at slo.Instant) []slo.ServiceStatus {
	out := p.world.Services(at)
	for i := range out {
		p.spoil(&out[i])
	}
	return out
}

func (p poisoned) Service(name string, at slo.Instant) (slo.ServiceStatus, bool) {
	st, ok := p.world.Service(name, at)
	if ok {
		p.spoil(&st)
	}
	return st, ok
}

func (p poisoned) spoil(st *slo.ServiceStatus) {
	if st.Planned != nil {
		st.Planned.Name = p.s
	}
	for i := range st.Causes {
		c := &st.Causes[i]
		c.Target, c.Location, c.Agent, c.Reason, c.Evidence = p.s, p.s, p.s, slo.Reason(p.s), p.s
	}
	for i := range st.Probes {
		probe := *st.Probes[i].Probe
		probe.Spec = &slo.HTTP{URL: p.s}
		st.Probes[i].Probe = &probe
		for k := range st.Probes[i].Locations {
			l := &st.Probes[i].Locations[k]
			l.Location = p.s
			for n := range l.Agents {
				l.Agents[n].Agent, l.Agents[n].Last.Evidence, l.Agents[n].Last.Reason = p.s, p.s, slo.Reason(p.s)
			}
		}
	}
}

func (p poisoned) List(ctx context.Context, f IncidentFilter) ([]slo.Incident, error) {
	list, err := p.ledger.List(ctx, f)
	for i := range list {
		list[i] = p.spoilIncident(list[i])
	}
	return list, err
}

func (p poisoned) Get(ctx context.Context, id string) (slo.Incident, error) {
	i, err := p.ledger.Get(ctx, id)
	return p.spoilIncident(i), err
}

func (p poisoned) spoilIncident(i slo.Incident) slo.Incident {
	c := slo.Cause{Probe: p.s, Target: p.s, Location: p.s, Agent: p.s, Reason: slo.Reason(p.s), Evidence: p.s}
	i.ID, i.Service, i.AckedBy, i.Acknowledged = p.s, p.s, p.s, 1
	i.Causes, i.Agreements = []slo.Cause{c}, []string{p.s}
	i.Trigger, i.Summary = slo.Trigger(p.s), p.s
	i.Work = slo.Work{Priority: 2, PriorityBy: p.s, Major: &slo.Major{Owner: p.s}, Assignee: p.s, Parent: p.s, Resolution: &slo.Resolution{By: p.s, Code: slo.ClosureCode(p.s), Cause: p.s}, Links: []slo.IncidentLink{{Kind: slo.LinkKind(p.s), ID: p.s}}}
	i.Events = []slo.IncidentEvent{{Kind: slo.EventKind(p.s), Actor: p.s, Text: p.s, Value: p.s}}
	return i
}

func (p poisoned) Clocks(context.Context, *slo.Incident, slo.Instant) ([]slo.IncidentClock, error) {
	return []slo.IncidentClock{{Agreement: p.s, Kind: slo.ResponseClock}}, nil
}

func (p poisoned) Parts(context.Context, string) ([]string, error) { return []string{p.s}, nil }

func (p poisoned) Agents(slo.Instant) []slo.AgentStatus {
	return []slo.AgentStatus{{Agent: p.s, Location: p.s, Epoch: p.s, Version: p.s, Silent: true}}
}

func (p poisoned) Status() Status {
	return Status{Version: p.s, NotReady: p.s, Revision: p.s, Problems: []string{p.s}, Refused: 1}
}

func poison(t *testing.T, s string) (Options, poisoned) {
	o, l := options(t)
	p := poisoned{fixed(), l, s}
	o.Figures, o.Incidents, o.Agents, o.Collector = p, p, p, p
	o.Explain = func(ctx context.Context, q ExplainQuery) (*slo.Explanation, error) {
		x, err := explain(ctx, q)
		if err == nil {
			spoilExplanation(x, s)
		}
		return x, err
	}
	o.Latency = func(context.Context, string, slo.Interval, time.Duration) ([]LatencySeries, error) {
		return []LatencySeries{{Location: s, Points: []LatencyPoint{{now(), time.Millisecond}}}}, nil
	}
	return o, p
}

// shape lists a page's elements and their attributes' names, without their
// texts.
func shape(t *testing.T, page string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			out.WriteString("\n<" + n.Data)
			for _, a := range n.Attr {
				out.WriteString(" " + a.Key)
				if a.Key == "href" || a.Key == "src" || a.Key == "action" {
					if !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "?") && !strings.HasPrefix(a.Val, "#") || strings.HasPrefix(a.Val, "//") {
						t.Errorf("%s leads to %q", a.Key, a.Val)
					}
				}
			}
		}
		if n.Type == html.CommentNode {
			t.Errorf("a comment: %q", n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(doc)
	return out.String()
}

// TestHostileStringsStayText compares the elements of each page with those of
// the same page of harmless strings: a string that breaks out makes another.
func TestHostileStringsStayText(t *testing.T) {
	paths := []string{"/", "/services/shop", "/services/dns", "/incidents", "/incidents/" + openID, "/agents",
		"/services/shop/explain?objective=gold/monthly", "/services/shop/explain?objective=gold/five-minutes", "/services/shop/explain?objective=gold/quick"}
	plainOptions, _ := poison(t, "harmless")
	plain := build(t, plainOptions)
	want := map[string]string{}
	for _, path := range paths {
		want[path] = shape(t, get(t, plain, path).Body.String())
	}
	for _, s := range hostile() {
		o, _ := poison(t, s)
		h := build(t, o)
		for _, path := range paths {
			w := get(t, h, path)
			if w.Code != http.StatusOK {
				t.Fatalf("%s with %.40q: %d", path, s, w.Code)
			}
			if got := shape(t, w.Body.String()); got != want[path] {
				t.Errorf("%s with %.40q has other elements than without", path, s)
			}
			if strings.ContainsAny(w.Body.String(), "\u202e\x1b\x00") {
				t.Errorf("%s lets control characters through", path)
			}
		}
	}
}

func TestHostileRequestsStayText(t *testing.T) {
	o, _ := options(t)
	h := build(t, o)
	for _, s := range hostile() {
		esc := strings.NewReplacer("<", "%3C", ">", "%3E", `"`, "%22", "'", "%27", " ", "%20", "\x1b", "%1B", "\u202e", "%E2%80%AE", "/", "%2F", "{", "%7B", "}", "%7D", "&", "%26", ";", "%3B").Replace(s)
		for _, path := range []string{"/?q=" + esc, "/?state=" + esc, "/incidents?service=" + esc, "/incidents/" + esc, "/services/" + esc, "/login?next=" + esc, "/" + esc, "/?lang=" + esc, "/services/shop?day=" + esc, "/services/shop/explain?objective=" + esc, "/services/shop/explain?objective=gold/monthly&window=" + esc, "/services/shop/explain?objective=gold/monthly&limit=" + esc} {
			w := get(t, h, path)
			body := w.Body.String()
			if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") || strings.Contains(body, "<iframe") || strings.Contains(body, "<svg onload") {
				t.Errorf("%s comes back as it was", path)
			}
			if loc := w.Header().Get("Location"); loc != "" && (!strings.HasPrefix(loc, "/") || strings.HasPrefix(loc, "//")) {
				t.Errorf("%s leads to %q", path, loc)
			}
		}
	}
}
