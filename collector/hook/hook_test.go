package hook

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

var start = slo.At(time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC))

func at(second int) slo.Instant { return start.Add(time.Duration(second) * time.Second) }

// sent is a payload as Alertmanager 0.25 sent it, shortened.
const sent = `{"receiver":"assay","status":"firing","alerts":[
{"status":"firing","labels":{"alertname":"DiskFull","service":"shop","severity":"page"},"annotations":{"summary":"/var is full"},
 "startsAt":"2026-10-01T12:00:01.5Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://prometheus:9090/graph","fingerprint":"dffaa1c0e27cbfb3"},
{"status":"resolved","labels":{"alertname":"Slow","instance":"a:1"},"annotations":{},
 "startsAt":"2026-10-01T11:00:00Z","endsAt":"2026-10-01T12:00:00Z","generatorURL":"","fingerprint":"0123456789abcdef"}],
"groupLabels":{},"commonLabels":{},"commonAnnotations":{},"externalURL":"http://am:9093","version":"4","groupKey":"{}:{}","truncatedAlerts":3}`

func TestDecode(t *testing.T) {
	got, err := Decode(strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	want := Notification{Group: "{}:{}", Firing: true, Truncated: 3, Alerts: []Alert{
		{"dffaa1c0e27cbfb3", at(1) + 500, true, "shop", "DiskFull: /var is full", "http://prometheus:9090/graph"},
		{"0123456789abcdef", at(-3600), false, "", "Slow instance=a:1", ""},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNotDecoded(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"no JSON":                 {sent, "hello", "no JSON"},
		"another version":         {`"version":"4"`, `"version":"5"`, `version: "5"`},
		"no version":              {`"version":"4",`, ``, `version: ""`},
		"a strange status":        {`{"status":"resolved"`, `{"status":"muted"`, `alerts[1].status: "muted"`},
		"no fingerprint":          {`"dffaa1c0e27cbfb3"`, `""`, `alerts[0].fingerprint: ""`},
		"a path as fingerprint":   {`dffaa1c0e27cbfb3`, `../../etc`, `alerts[0].fingerprint`},
		"no beginning":            {`"startsAt":"2026-10-01T12:00:01.5Z",`, ``, `alerts[0].startsAt`},
		"no instant":              {`2026-10-01T12:00:01.5Z`, `yesterday`, `yesterday`},
		"fewer than none":         {`"truncatedAlerts":3`, `"truncatedAlerts":-3`, `truncatedAlerts: -3`},
		"a number for the labels": {`"labels":{"alertname":"Slow","instance":"a:1"}`, `"labels":7`, `labels`},
	} {
		if _, err := Decode(strings.NewReader(strings.Replace(sent, c.from, c.to, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", name, err, c.want)
		}
	}
	if _, err := Decode(strings.NewReader(strings.Repeat(" ", MaxBody+1))); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	many := `{"version":"4","alerts":[` + strings.Repeat("{},", MaxAlerts) + `{}]}`
	if _, err := Decode(strings.NewReader(many)); err == nil || !strings.Contains(err.Error(), "10001 of them") {
		t.Errorf("too many: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(sent))
	f.Add([]byte(`{"version":"4","alerts":[{"status":"firing","fingerprint":"a","startsAt":"2026-10-01T12:00:00Z","labels":{"alertname":"\u202e\n\u0000"}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := Decode(strings.NewReader(string(b)))
		if err != nil {
			return
		}
		var s Set
		if err := s.Take(n, nobody, at(0)); err != nil {
			t.Fatal(err)
		}
		for _, a := range s.Held(at(1)) {
			for _, text := range []string{a.Service, a.Summary, a.Source, n.Group} {
				if len(text) > maxLine || !utf8.ValidString(text) || strings.ContainsAny(text, "\n\r\x00\x1b\u202e") {
					t.Fatalf("%q", text)
				}
			}
			if !a.Firing || a.StartsAt <= 0 && !strings.HasPrefix(a.Fingerprint, groupPrefix) || !fingerprint.MatchString(strings.TrimPrefix(a.Fingerprint, groupPrefix)) {
				t.Fatalf("%+v", a)
			}
		}
	})
}

func nobody(Alert) bool { return false }

func TestSet(t *testing.T) {
	alert := func(name string, since int, firing bool) Alert {
		return Alert{Fingerprint: name, StartsAt: at(since), Firing: firing, Summary: name}
	}
	tell := func(alerts ...Alert) Notification {
		return Notification{Group: "g", Firing: true, Alerts: alerts}
	}
	cut := Notification{Group: "g", Firing: true, Truncated: 7}
	for _, c := range []struct {
		name string
		told []Notification
		want string
	}{
		{"nothing", nil, ""},
		{"one", []Notification{tell(alert("a", 1, true))}, "a@1"},
		{"and its end", []Notification{tell(alert("a", 1, true)), tell(alert("a", 1, false))}, ""},
		{"told again", []Notification{tell(alert("a", 1, true)), tell(alert("a", 1, true), alert("b", 2, true))}, "a@1 b@2"},
		{"again, another time", []Notification{tell(alert("a", 1, true)), tell(alert("a", 9, true))}, "a@9"},
		{"the end of the one before comes late", []Notification{tell(alert("a", 9, true)), tell(alert("a", 1, false))}, "a@9"},
		{"the one before comes late", []Notification{tell(alert("a", 9, true)), tell(alert("a", 1, true))}, "a@9"},
		{"ahead of us", []Notification{tell(alert("a", 81, true))}, "a@20"},
		{"a clock a little ahead", []Notification{tell(alert("a", 80, true))}, "a@80"},
		{"far ahead, and its end", []Notification{tell(alert("a", 1e6, true)), tell(alert("a", 1e6, false))}, ""},
		{"far ahead, and the end of what began before", []Notification{tell(alert("a", 1e6, true)), tell(alert("a", 5, false))}, ""},
		{"far ahead, then as it is", []Notification{tell(alert("a", 1e6, true)), tell(alert("a", 5, true))}, "a@5"},
		{"far ahead where one holds", []Notification{tell(alert("a", 5, true)), tell(alert("a", 1e6, true)), tell(alert("a", 5, false))}, ""},
		{"an end without a beginning", []Notification{tell(alert("a", 1, false))}, ""},
		{"our own", []Notification{tell(alert("own", 1, true))}, ""},
		{"a group that was cut", []Notification{cut}, "group"},
		{"and is whole again", []Notification{cut, tell()}, ""},
		{"and is over", []Notification{cut, {Group: "g", Truncated: 7}}, ""},
	} {
		var s Set
		for _, n := range c.told {
			if err := s.Take(n, func(a Alert) bool { return a.Fingerprint == "own" }, at(20)); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for _, a := range s.Held(at(30)) {
			if strings.HasPrefix(a.Fingerprint, "group") {
				got = append(got, "group")
				continue
			}
			got = append(got, fmt.Sprintf("%s@%d", a.Fingerprint, a.StartsAt.Sub(start)/time.Second))
		}
		if said := strings.Join(got, " "); said != c.want {
			t.Errorf("%s: %q, want %q", c.name, said, c.want)
		}
		again := Set{}
		for _, a := range s.Held(at(30)) {
			again.Restore(a, at(30))
		}
		if diff := cmp.Diff(s.Held(at(31)), again.Held(at(31))); diff != "" {
			t.Errorf("%s: restored: %s", c.name, diff)
		}
		if left := s.Held(at(20).Add(Forgotten)); len(left) != 0 {
			t.Errorf("%s: %v is not forgotten", c.name, left)
		}
	}
}

// What there is no room for is refused whole, and what is known stays known.
func TestSetIsBounded(t *testing.T) {
	var s Set
	var n Notification
	for i := range MaxAlerts {
		n.Alerts = append(n.Alerts, Alert{Fingerprint: fmt.Sprint("a", i), StartsAt: at(0), Firing: true})
	}
	if err := s.Take(n, nobody, at(0)); err != nil {
		t.Fatal(err)
	}
	for i := range n.Alerts {
		n.Alerts[i].Fingerprint = fmt.Sprint("b", i)
	}
	if err := s.Take(n, nobody, at(0)); !errors.Is(err, ErrFull) || len(s.Held(at(0))) != MaxAlerts {
		t.Errorf("%v with %d held", err, len(s.Held(at(0))))
	}
	for i := range n.Alerts {
		n.Alerts[i].Fingerprint = fmt.Sprint("a", i)
	}
	if err := s.Take(n, nobody, at(0)); err != nil {
		t.Errorf("told again: %v", err)
	}
}
