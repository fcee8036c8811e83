package catalog_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// everything has every field of every kind but for the kind blocks.
const everything = `
apiVersion: assay/v1
kind: Probe
metadata: {name: web}
spec:
  every: 1m30s
  timeout: 5s
  hold: 10m
  confirm: 3
  locations: {from: [us, eu, ap], quorum: 2, min: 1}
  http: {url: "https://web.example:8443/health?x=1"}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: all}
spec:
  every: 1d12h
  icmp: {host: "2001:db8::1"}
---
apiVersion: assay/v1
kind: Service
metadata: {name: shop}
spec: {up: " all( web , any(all,web), atleast(2, web, all, all(web)) ) "}
---
apiVersion: assay/v1
kind: Service
metadata: {name: blog}
spec: {up: web}
---
apiVersion: assay/v1
kind: Calendar
metadata: {name: office}
spec:
  timezone: Europe/Berlin
  hours: ["Sat-Mon 08:00-12:00", "Mon 11:00-18:00", "Mon 22:00-06:00", "Tue 00:00-24:00", "Wed 00:00-00:00"]
  holidays: [2026-12-25, "2027-01-01"]
  exceptions: {2026-12-24: [08:00-12:00], "2026-12-31": []}
---
apiVersion: assay/v1
kind: Maintenance
metadata: {name: move}
spec:
  services: [shop, blog]
  announced: 2026-09-01T12:00:00+02:00
  from: 2026-10-01T00:00:00.0015Z
  to: "2026-10-02T00:00:00Z"
---
apiVersion: assay/v1
kind: Maintenance
metadata: {name: patch}
spec:
  services: [shop]
  every: "*/30 4 * jan,dec Mon-Fri"
  for: 90m
  timezone: Asia/Shanghai
  from: 2026-10-01T00:00:00Z
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: gold}
spec:
  service: shop
  timezone: America/New_York
  hours: office
  unknown: down
  minCoverage: 0
  minimumOutage: 60s
  maintenanceCap: {time: 4h, per: quarter}
  maintenanceNotice: 0s
  budgetPolicy: [{at: 50, action: notify, severity: page}, {at: 90, action: incident}, {at: 100, action: freeze}]
  alerts: [{long: 1h, short: 5m, rate: 14.4, severity: page}, {long: 1h, short: 1h, rate: 0.5, severity: ticket}]
  objectives:
  - {name: availability, target: 99.95, window: month}
  - {name: minutes, target: "99.5", window: 30d, method: slices, slice: {length: 5m, bad: 2.5}, alerts: []}
  credits:
    objective: availability
    tiers:
    - {atLeast: 99, below: 99.95, percent: 10}
    - {above: 95, below: 99, percent: 25}
    - {atMost: 95, percent: 50}
---
apiVersion: assay/v1
kind: Agreement
metadata: {name: tin}
spec:
  service: blog
  objectives: [{name: probes, target: 90, window: week, method: occurrences}]
  credits: {tiers: [{below: 90, percent: 5}]}
`

// percent is a ratio that a test writes down.
func percent(t *testing.T, s string) slo.Ratio {
	t.Helper()
	r, err := slo.ParsePercent(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func instant(t *testing.T, s string) *slo.Instant {
	t.Helper()
	i, err := slo.ParseInstant(s)
	if err != nil {
		t.Fatal(err)
	}
	return &i
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestParseEverything compares the whole of a catalogue with what it says.
func TestParseEverything(t *testing.T) {
	got := mustParse(t, everything)
	p := func(s string) slo.Ratio { return percent(t, s) }
	at := func(s string) *slo.Ratio { r := p(s); return &r }
	h := func(hours float64) time.Duration { return time.Duration(hours * float64(time.Hour)) }
	name := func(n string) slo.Expr { return slo.Expr{Op: slo.OpProbe, Probe: n} }
	office := &slo.Calendar{
		Name: "office", Zone: zone(t, "Europe/Berlin"),
		Week: [7][]slo.DaySpan{
			time.Sunday: {{From: h(8), To: h(12)}}, time.Monday: {{From: h(8), To: h(18)}, {From: h(22), To: h(30)}},
			time.Tuesday: {{From: 0, To: h(24)}}, time.Wednesday: {{From: 0, To: h(24)}}, time.Saturday: {{From: h(8), To: h(12)}},
		},
		Holidays:   map[slo.Date]bool{{Year: 2026, Month: 12, Day: 25}: true, {Year: 2027, Month: 1, Day: 1}: true},
		Exceptions: map[slo.Date][]slo.DaySpan{{Year: 2026, Month: 12, Day: 24}: {{From: h(8), To: h(12)}}, {Year: 2026, Month: 12, Day: 31}: {}},
	}
	notice := time.Duration(0)
	want := &slo.Catalog{
		Revision: got.Revision,
		Probes: []*slo.Probe{
			{Name: "all", Every: 36 * time.Hour, Timeout: 10 * time.Second, Hold: 72*time.Hour + 10*time.Second, Confirm: 1,
				Locations: slo.Locations{Quorum: slo.Majority, Min: 1}, Spec: &slo.ICMP{Host: "2001:db8::1"}},
			{Name: "web", Every: 90 * time.Second, Timeout: 5 * time.Second, Hold: 10 * time.Minute, Confirm: 3,
				Locations: slo.Locations{From: []string{"ap", "eu", "us"}, Quorum: 2, Min: 1},
				Spec:      &slo.HTTP{URL: "https://web.example:8443/health?x=1"}},
		},
		Services: []*slo.Service{
			{Name: "blog", Up: name("web")},
			{Name: "shop", Up: slo.Expr{Op: slo.OpAll, Args: []slo.Expr{name("web"),
				{Op: slo.OpAny, Args: []slo.Expr{name("all"), name("web")}},
				{Op: slo.OpAtLeast, K: 2, Args: []slo.Expr{name("web"), name("all"), name("web")}}}}},
		},
		Calendars: []*slo.Calendar{office},
		Maintenances: []*slo.Maintenance{
			{Name: "move", Services: []string{"blog", "shop"}, Announced: instant(t, "2026-09-01T10:00:00Z"),
				Once: &slo.Interval{From: *instant(t, "2026-10-01T00:00:00.001Z"), To: *instant(t, "2026-10-02T00:00:00Z")}},
			{Name: "patch", Services: []string{"shop"}, Schedule: &slo.Schedule{
				Cron: slo.Cron{Minute: 1 | 1<<30, Hour: 1 << 4, Dom: 1<<32 - 2, Month: 1<<1 | 1<<12, Dow: 0b0111110, AnyDom: true},
				Zone: zone(t, "Asia/Shanghai"), For: 90 * time.Minute, From: instant(t, "2026-10-01T00:00:00Z")}},
		},
		Agreements: []*slo.Agreement{
			{Name: "gold", Service: "shop", Zone: zone(t, "America/New_York"), Hours: office, Unknown: slo.UnknownDown,
				MinimumOutage: time.Minute, MaintenanceCap: &slo.MaintenanceCap{Time: 4 * time.Hour, Per: slo.Quarter},
				MaintenanceNotice: &notice,
				BudgetPolicy:      []slo.BudgetStep{{At: p("50"), Action: slo.Notify, Severity: slo.Page}, {At: p("90"), Action: slo.OpenIncident, Severity: slo.Ticket}, {At: p("100"), Action: slo.Freeze, Severity: slo.Ticket}},
				Objectives: []slo.Objective{
					{Name: "availability", Target: p("99.95"), Window: slo.Window{Period: slo.Month}, Alerts: []slo.BurnPair{
						{Long: time.Hour, Short: 5 * time.Minute, Rate: 14.4, Severity: slo.Page}, {Long: time.Hour, Short: time.Hour, Rate: 0.5, Severity: slo.Ticket}}},
					{Name: "minutes", Target: p("99.5"), Window: slo.Window{Rolling: 720 * time.Hour}, Method: slo.BySlices,
						Slice: slo.SliceRule{Length: 5 * time.Minute, Bad: p("2.5")}, Alerts: []slo.BurnPair{}},
				},
				Credits: &slo.Credits{Objective: "availability", Tiers: []slo.Tier{
					{Percent: p("10"), AtLeast: at("99"), Below: at("99.95")},
					{Percent: p("25"), Above: at("95"), Below: at("99")},
					{Percent: p("50"), AtMost: at("95")}}}},
			{Name: "tin", Service: "blog", Zone: time.UTC, MinCoverage: p("90"),
				Objectives: []slo.Objective{{Name: "probes", Target: p("90"), Window: slo.Window{Period: slo.Week}, Method: slo.ByOccurrences}},
				Credits:    &slo.Credits{Objective: "probes", Tiers: []slo.Tier{{Percent: p("5"), Below: at("90")}}}},
		},
	}
	zones := cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })
	if diff := cmp.Diff(want, got, zones); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	if got.Agreements[0].Hours != got.Calendars[0] {
		t.Error("the agreement has a calendar of its own")
	}
}

// TestParseMultiple reads credits without tiers.
func TestParseMultiple(t *testing.T) {
	got := mustParse(t, strings.Replace(everything, "credits: {tiers: [{below: 90, percent: 5}]}", "credits: {multiple: 10}", 1))
	if c := got.Agreements[1].Credits; c.Multiple != 10 || len(c.Tiers) != 0 || c.Objective != "probes" {
		t.Errorf("%+v", c)
	}
}

// TestParseKinds compares every field of the kind blocks.
func TestParseKinds(t *testing.T) {
	tests := map[string]struct {
		block string
		want  slo.Spec
	}{
		"http": {`{url: "https://a.example/", method: POST, headers: {Host: "b:80", X: 5}, body: "a\n", status: [200, 300-399], match: ok,
			noMatch: 'e\d', username: u, password: {secret: s}, headerMatch: {A: b}, headerNoMatch: {C: d}, redirects: 3, maxBody: 1024, ip: 4, tls: {serverName: c.example, skipVerify: true, minValidity: 14d}}`,
			&slo.HTTP{URL: "https://a.example/", Method: "POST", Headers: map[string]string{"Host": "b:80", "X": "5"}, Body: "a\n",
				Status: []slo.StatusRange{{From: 200, To: 200}, {From: 300, To: 399}}, Match: "ok", NoMatch: `e\d`, Redirects: 3,
				Username: "u", Password: slo.Secret{Name: "s"}, HeaderMatch: map[string]string{"A": "b"}, HeaderNoMatch: map[string]string{"C": "d"},
				MaxBody: 1024, IP: "4", TLS: slo.TLSOptions{ServerName: "c.example", SkipVerify: true, MinValidity: 14 * 24 * time.Hour}}},
		"http, the rest": {`{url: "https://a.example/", oauth2: {tokenURL: "https://t.example/", clientID: me, clientSecret: {secret: s}, scopes: [a, b], audience: c},
			assert: "json.ok", redirects: 1, cookies: true, compression: [br, gzip], version: "1.1", connection: fresh, ip: prefer6, addresses: each, source: 192.0.2.1,
			proxy: {url: "http://p.example:3128", username: u, password: {secret: p}}, tls: {client: {secret: c}}}`,
			&slo.HTTP{URL: "https://a.example/", OAuth2: slo.OAuth2{TokenURL: "https://t.example/", ClientID: "me", ClientSecret: slo.Secret{Name: "s"}, Scopes: []string{"a", "b"}, Audience: "c"},
				Assert: "json.ok", Redirects: 1, Cookies: true, Compression: []string{"br", "gzip"}, Version: "1.1", Connection: "fresh", IP: "prefer6", Addresses: "each", Source: "192.0.2.1",
				Proxy: slo.Proxy{URL: "http://p.example:3128", Username: "u", Password: slo.Secret{Name: "p"}}, TLS: slo.TLSOptions{Client: slo.Secret{Name: "c"}}}},
		"websocket": {`{url: "wss://a.example/x?y", headers: {X: 5}, subprotocol: chat, send: a, expect: b, ip: 4, tls: {staple: true}}`,
			&slo.WebSocket{URL: "wss://a.example/x?y", Headers: map[string]string{"X": "5"}, Subprotocol: "chat", Send: "a", Expect: "b", IP: "4",
				TLS: slo.TLSOptions{Staple: true}}},
		"grpc": {`{address: "a:1", service: x.Y, security: none, metadata: {k: v}, ip: 4}`,
			&slo.GRPC{Address: "a:1", Service: "x.Y", Security: slo.SecurityNone, Metadata: map[string]string{"k": "v"}, IP: "4"}},
		"exec": {`{command: check-raid, warning: down}`, &slo.Exec{Command: "check-raid", Warning: "down"}},
		"tcp": {`{address: "[::1]:22", script: [{expect: ^SSH-}, {send: "\x00\r\n"}, {startTLS: true}], ip: "6", tls: {skipVerify: true}}`,
			&slo.TCP{Address: "[::1]:22", Script: []slo.TCPStep{{Expect: "^SSH-"}, {Send: "\x00\r\n"}, {StartTLS: true}}, IP: "6",
				TLS: slo.TLSOptions{SkipVerify: true}}},
		"tls": {`{address: a_b.example.:443, ip: 4, startTLS: imap, options: {minValidity: 36h, minVersion: 1.3, ciphers: [TLS_AES_128_GCM_SHA256], staple: true}}`,
			&slo.TLS{Address: "a_b.example.:443", IP: "4", StartTLS: "imap", TLS: slo.TLSOptions{
				MinValidity: 36 * time.Hour, MinVersion: "1.3", Ciphers: []string{"TLS_AES_128_GCM_SHA256"}, Staple: true}}},
		"udp": {`{address: "a:1", send: "ff 00", expect: "00", hex: true, tries: 1, ip: 4}`,
			&slo.UDP{Address: "a:1", Send: "ff 00", Expect: "00", Hex: true, Tries: 1, IP: "4"}},
		"ssh": {`{address: "a:22", banner: x, fingerprints: ["SHA256:n0FzTtTmKmXBMHMHJzEnQ0c0PkJGhrrkIXoUu3Jx9yA"], algorithm: ssh-ed25519, ip: 6}`,
			&slo.SSH{Address: "a:22", Banner: "x", Fingerprints: []string{"SHA256:n0FzTtTmKmXBMHMHJzEnQ0c0PkJGhrrkIXoUu3Jx9yA"}, Algorithm: "ssh-ed25519", IP: "6"}},
		"smtp": {`{address: "a:25", security: tls, username: u, password: {secret: s}, from: a@b.example, to: c@d.example, ip: 6, tls: {staple: true}}`,
			&slo.SMTP{Address: "a:25", Security: slo.SecurityTLS, Username: "u", Password: slo.Secret{Name: "s"}, From: "a@b.example", To: "c@d.example",
				IP: "6", TLS: slo.TLSOptions{Staple: true}}},
		"imap": {`{address: "a:143", username: u, password: {secret: s}, mailbox: INBOX, ip: 4, tls: {staple: true}}`,
			&slo.IMAP{Address: "a:143", Username: "u", Password: slo.Secret{Name: "s"}, Mailbox: "INBOX", IP: "4", TLS: slo.TLSOptions{Staple: true}}},
		"sql": {`{driver: postgres, address: "a:5432", database: d, username: u, password: {secret: s}, query: select 1, canary: "string(rows[0].at)", assert: "rows.size() == 1", security: tls, ip: 4, tls: {staple: true}}`,
			&slo.SQL{Canary: "string(rows[0].at)", Driver: "postgres", Address: "a:5432", Database: "d", Username: "u", Password: slo.Secret{Name: "s"}, Query: "select 1", Assert: "rows.size() == 1",
				Security: slo.SecurityTLS, IP: "4", TLS: slo.TLSOptions{Staple: true}}},
		"dns": {`{name: _sip._tcp.example.com., type: SOA, server: 192.0.2.1:53, transport: https, path: /q, rcode: [NOERROR, NXDOMAIN], answers: [a, b],
			authority: [c], additional: [d], noRecursion: true, minSerial: 5, tls: {staple: true}}`,
			&slo.DNS{Name: "_sip._tcp.example.com.", Type: "SOA", Server: "192.0.2.1:53", Transport: "https", Path: "/q",
				Rcode: []string{"NOERROR", "NXDOMAIN"}, Answers: []string{"a", "b"}, Authority: []string{"c"}, Additional: []string{"d"},
				NoRecursion: true, MinSerial: 5, TLS: slo.TLSOptions{Staple: true}}},
		"steps": {`{secrets: {pw: {secret: s}}, do: [{name: one, http: {url: "https://a.example/"}, timeout: 2s, capture: [{name: id, json: "json.id"}, {name: x, regex: "x(.)"}]},
			{name: two, http: {url: "https://a.example/${id}", method: POST, headers: {Content-Type: application/json}, body: "${pw}${x}$$"}}]}`,
			&slo.Steps{Secrets: map[string]slo.Secret{"pw": {Name: "s"}}, Do: []slo.Step{
				{Name: "one", HTTP: slo.HTTP{URL: "https://a.example/"}, Timeout: 2 * time.Second, Capture: []slo.Capture{{Name: "id", JSON: "json.id"}, {Name: "x", Regex: "x(.)"}}},
				{Name: "two", HTTP: slo.HTTP{URL: "https://a.example/${id}", Method: "POST", Headers: map[string]string{"Content-Type": "application/json"}, Body: "${pw}${x}$$"}}}}},
		"push":   {`{job: backup, within: 26h}`, &slo.Push{Job: "backup", Within: 26 * time.Hour}},
		"backup": {`{set: shop, within: 26h, minSize: 100}`, &slo.Backup{Set: "shop", Within: 26 * time.Hour, MinSize: 100}},
		"browser": {`{url: "https://a.example/#/in", secrets: {pw: {secret: s}}, status: [200, 404], viewport: {width: 360, height: 740}, tls: {skipVerify: true},
			do: [{wait: "#a"}, {type: {into: "input[name=b]", text: "${pw}$$\n"}}, {click: button}, {assert: 'page.title == "x"'}]}`,
			&slo.Browser{URL: "https://a.example/#/in", Secrets: map[string]slo.Secret{"pw": {Name: "s"}}, Status: []slo.StatusRange{{From: 200, To: 200}, {From: 404, To: 404}},
				Viewport: slo.Viewport{Width: 360, Height: 740}, TLS: slo.BrowserTLS{SkipVerify: true}, Do: []slo.BrowserStep{
					{Wait: "#a"}, {Type: slo.Typing{Into: "input[name=b]", Text: "${pw}$$\n"}}, {Click: "button"}, {Assert: `page.title == "x"`}}}},
		"promql": {`{url: "https://p.example/x", total: "sum(increase(a[${window}]))", bad: 'sum(increase(a{code=~"5..$$"}[${window}]))', delay: 90s, headers: {X-Scope-OrgID: t}, bearer: {secret: s}, ip: 4, tls: {staple: true}}`,
			&slo.PromQL{URL: "https://p.example/x", Total: "sum(increase(a[${window}]))", Bad: `sum(increase(a{code=~"5..$$"}[${window}]))`, Delay: 90 * time.Second,
				Headers: map[string]string{"X-Scope-OrgID": "t"}, Bearer: slo.Secret{Name: "s"}, IP: "4", TLS: slo.TLSOptions{Staple: true}}},
		"icmp": {`{host: 127.0.0.1, packets: 5, maxLoss: 4, ip: 4}`, &slo.ICMP{Host: "127.0.0.1", Packets: 5, MaxLoss: 4, IP: "4"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			kind, _, _ := strings.Cut(name, ",")
			c := mustParse(t, "apiVersion: assay/v1\nkind: Probe\nmetadata: {name: a}\nspec:\n  every: 30s\n  "+kind+": "+tt.block+"\n")
			if diff := cmp.Diff(tt.want, c.Probes[0].Spec); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
	for _, kind := range slo.Kinds() {
		if tests[kind].want == nil {
			t.Errorf("no test of %s", kind)
		}
	}
}

// TestWrongTypes gives every field of every kind block values of wrong types:
// each is an error at its place, none a panic.
func TestWrongTypes(t *testing.T) {
	for _, kind := range slo.Kinds() {
		spec, _ := slo.NewSpec(kind)
		for i := range reflect.TypeOf(spec).Elem().NumField() {
			field, _, _ := strings.Cut(reflect.TypeOf(spec).Elem().Field(i).Tag.Get("json"), ",")
			for _, value := range []string{"[[x]]", "{x: [y]}", "", "!!binary eA=="} {
				text := fmt.Sprintf("apiVersion: assay/v1\nkind: Probe\nmetadata: {name: a}\nspec:\n  every: 30s\n  %s:\n    %s: %s\n", kind, field, value)
				if c, problems := parse(text); c != nil || problems[0].Line < 7 && problems[0].Line != 3 {
					t.Errorf("%s.%s: %s gives %v\n%s", kind, field, value, c, problems)
				}
			}
		}
	}
}

func TestParseDuration(t *testing.T) {
	const day = 24 * time.Hour
	good := map[string]time.Duration{
		"0": 0, "0s": 0, "30s": 30 * time.Second, "1h30m": 90 * time.Minute, "7d": 7 * day, "1d12h": 36 * time.Hour, "1.5d": 36 * time.Hour,
		"0.25s": 250 * time.Millisecond, "1500ms": 1500 * time.Millisecond, "1000us": time.Millisecond, "3660d": 3660 * day, "30m1d": day + 30*time.Minute,
	}
	for s, want := range good {
		got, err := catalog.ParseDuration(s)
		if err != nil || got != want {
			t.Errorf("%q is %v, %v, want %v", s, got, err, want)
		}
		if back, err := catalog.ParseDuration(catalog.FormatDuration(got)); err != nil || back != got {
			t.Errorf("%v is written %s and read %v, %v", got, catalog.FormatDuration(got), back, err)
		}
	}
	for _, s := range []string{"", " ", "5", "-5s", "+5s", "5 s", "5S", "s", "1d2", "1e3s", ".", "1..5s", "3661d", "3660d1ms", "999999999999d",
		"999999999999h", "1us", "1.0005ms", "1w", "5m ", "١s"} {
		if d, err := catalog.ParseDuration(s); err == nil {
			t.Errorf("%q is %v, not an error", s, d)
		}
	}
}

// TestNamesAreText takes scalars that YAML would give another type.
func TestNamesAreText(t *testing.T) {
	c := mustParse(t, `
apiVersion: assay/v1
kind: Probe
metadata: {name: 2026-10-01}
spec: {every: 30s, tcp: {address: "a:1"}}
---
apiVersion: assay/v1
kind: Probe
metadata: {name: 0x10}
spec: {every: 30s, tcp: {address: "a:1"}}
---
apiVersion: assay/v1
kind: Service
metadata: {name: true}
spec: {up: "atleast(1, 2026-10-01, 0x10)"}
`)
	if c.Probes[0].Name != "0x10" || c.Probes[1].Name != "2026-10-01" || c.Services[0].Name != "true" || c.Services[0].Up.K != 1 {
		t.Errorf("%v %v %v", c.Probes[0], c.Probes[1], c.Services[0])
	}
}

// TestSyntaxHidesNothing reads past documents that are not YAML.
func TestSyntaxHidesNothing(t *testing.T) {
	_, problems := parse("%YAML 1.1\n# c\n---\na: [\n---\nb: 'x\n---\nkind: Prob\n...\nkind: Servce\n--- {kind: Agreemnt}\n")
	var lines []int
	for _, p := range problems {
		if strings.Contains(p.Message, "not YAML") || strings.Contains(p.Message, "is not one of") {
			lines = append(lines, p.Line)
		}
	}
	if diff := cmp.Diff([]int{4, 6, 8, 10, 11}, lines); diff != "" {
		t.Errorf("%s\n%s", diff, problems)
	}
}

// TestUnreadableDefinesPerhaps keeps a mistake in one document from making
// others look wrong.
func TestUnreadableDefinesPerhaps(t *testing.T) {
	_, problems := parse("apiVersion: assay/v1\nkind: Probe\nmetadata:\n  name: web\n spec: {}\n---\n" +
		"apiVersion: assay/v1\nkind: Service\nmetadata: {name: shop}\nspec: {up: \"all(web, api)\"}\n")
	if n, _ := problems.Count(); n != 2 || !strings.Contains(problems[len(problems)-1].Message, `"api"`) {
		t.Errorf("want the syntax error and the probe api alone:\n%s", problems)
	}
}

func TestProblemsAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, "x%d: 1\n", i)
	}
	_, problems := parse(b.String())
	if last := problems[len(problems)-1]; len(problems) != 1001 || last.Message != "2004 more errors are not shown" {
		t.Errorf("%d problems, the last is %v", len(problems), last)
	}
	if err := problems.Err(); err == nil || !strings.Contains(err.Error(), "(and 1000 more)") {
		t.Errorf("%v", err)
	}
}
