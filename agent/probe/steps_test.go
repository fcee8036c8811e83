package probe

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

// shop is a web shop: a form with a token against forgery, a sign-in that
// sets a cookie, and an order that only who is signed in can see.
func shop(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "visit", Value: "v1"})
		fmt.Fprint(w, `<form><input name="csrf" value="t&k+n=1"></form>`)
	})
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		visit, _ := r.Cookie("visit")
		if r.FormValue("csrf") != "t&k+n=1" || r.FormValue("password") != `s3cret"&pass` || visit == nil {
			http.Error(w, "no entry for "+r.FormValue("password"), http.StatusForbidden)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "abcdefgh"})
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"orders":[{"id":"a/b c?","total":12.5}]}`)
	})
	mux.HandleFunc("/orders/", func(w http.ResponseWriter, r *http.Request) {
		session, _ := r.Cookie("session")
		if session == nil || r.URL.Path != "/orders/a/b c?" || r.URL.Query().Get("total") != "12.5" || r.Header.Get("X-Order") != "a/b c?" {
			http.Error(w, "not yours: "+r.URL.String(), http.StatusForbidden)
			return
		}
		b, _ := io.ReadAll(r.Body)
		var said map[string]string
		if r.Method == http.MethodPost && (json.Unmarshal(b, &said) != nil || said["note"] != `s3cret"&pass`) {
			http.Error(w, "a bad note: "+string(b), http.StatusBadRequest)
			return
		}
		fmt.Fprint(w, "paid")
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// journey signs in at a shop, and pays.
func journey(base string) *slo.Steps {
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	return &slo.Steps{
		Secrets: map[string]slo.Secret{"password": {Name: "shop-login"}},
		Do: []slo.Step{
			{Name: "form", HTTP: slo.HTTP{URL: base + "/login"}, Capture: []slo.Capture{{Name: "csrf", Regex: `name="csrf" value="([^"]*)"`}}},
			{Name: "sign-in", HTTP: slo.HTTP{URL: base + "/login", Method: "POST", Headers: form, Body: "csrf=${csrf}&password=${password}"},
				Capture: []slo.Capture{{Name: "order", JSON: "json.orders[0].id"}, {Name: "total", JSON: "json.orders[0].total"}}},
			{Name: "pay", HTTP: slo.HTTP{URL: base + "/orders/${order}?total=${total}", Method: "POST", Match: "^paid$",
				Headers: map[string]string{"Content-Type": "application/json", "X-Order": "${order}"}, Body: `{"note":"${password}","cost":"$$1"}`}},
		},
	}
}

func TestSteps(t *testing.T) {
	s := shop(t)
	var samples []slo.Sample
	options := Options{
		Secrets: func(string) (string, error) { return `s3cret"&pass`, nil },
		Samples: func(_ slo.Instant, got []slo.Sample) { samples = append(samples, got...) },
	}
	m := prepare(t, journey(s.URL), 5*time.Second, newEnv(t, options)).Run(t.Context(), now, nil)
	want(t, m, slo.Up, "")
	var steps []string
	for _, x := range samples {
		if x.Name != "steps_duration_seconds" || x.Labels["probe"] != "p" || x.Value <= 0 {
			t.Errorf("sample %+v", x)
		}
		steps = append(steps, x.Labels["step"])
	}
	if !slices.Equal(steps, []string{"form", "sign-in", "pay"}) {
		t.Errorf("the steps told of are %q", steps)
	}
}

func TestStepsFail(t *testing.T) {
	s := shop(t)
	base := s.URL
	var evidence told
	for _, c := range []struct {
		name     string
		change   func(*slo.Steps)
		password string
		outcome  slo.State
		reason   slo.Reason
		evidence string
	}{
		{"a step's own failure", func(x *slo.Steps) {}, "wrong-password", slo.Down, slo.StatusUnexpected, "step 2 of 3, sign-in: expected status 200-299, got 403"},
		{"nothing to capture by an expression", func(x *slo.Steps) { x.Do[0].Capture[0].Regex = `id="nothing" value="(.*)"` }, "", slo.Down, slo.CaptureMissing, "step 1 of 3, form: expected the body"},
		{"nothing to capture in JSON", func(x *slo.Steps) { x.Do[1].Capture[0].JSON = "json.orders[7].id" }, "", slo.Down, slo.CaptureMissing, "step 2 of 3, sign-in: expected a value for order"},
		{"no JSON to capture from", func(x *slo.Steps) { x.Do[0].Capture[0] = slo.Capture{Name: "csrf", JSON: "json.a"} }, "", slo.Down, slo.BodyMismatch, "expected JSON from"},
		{"a token that is another", func(x *slo.Steps) { x.Do[0].Capture[0].Regex = `(?s)(<form>.*)` }, "", slo.Down, slo.StatusUnexpected, "step 2 of 3"},
		{"a body that is not as expected", func(x *slo.Steps) { x.Do[2].HTTP.Match = "refunded" }, "", slo.Down, slo.BodyMismatch, "step 3 of 3, pay: "},
		{"nobody there", func(x *slo.Steps) { x.Do[1].HTTP.URL = "http://" + closedPort(t) + "/login" }, "", slo.Down, slo.ConnectRefused, "step 2 of 3, sign-in: connect"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := journey(base)
			c.change(x)
			password := c.password
			if password == "" {
				password = `s3cret"&pass`
			}
			env := newEnv(t, Options{Secrets: func(string) (string, error) { return password, nil }})
			m := prepare(t, x, 5*time.Second, env).Run(t.Context(), now, nil)
			want(t, m, c.outcome, c.reason)
			evidence.add(c.name, m)
			if !strings.Contains(m.Evidence, c.evidence) {
				t.Errorf("evidence %q", m.Evidence)
			}
			for _, hidden := range []string{password, url.QueryEscape(password), "t&k+n=1"} {
				if strings.Contains(m.Evidence, hidden) {
					t.Errorf("the evidence holds %q: %s", hidden, m.Evidence)
				}
			}
		})
	}
	evidence.golden(t, "testdata/steps_evidence.golden")
	env := newEnv(t, Options{Secrets: func(string) (string, error) { return "", fmt.Errorf("is empty") }})
	want(t, prepare(t, journey(base), time.Second, env).Run(t.Context(), now, nil), slo.Unknown, slo.AgentSecret)
}

// TestStepsTime: a step has a time of its own, inside the probe's.
func TestStepsTime(t *testing.T) {
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer slow.Close()
	defer close(release)
	x := &slo.Steps{Do: []slo.Step{{Name: "wait", Timeout: 50 * time.Millisecond, HTTP: slo.HTTP{URL: slow.URL + "/"}}}}
	m := once(t, x, 20*time.Second)
	want(t, m, slo.Down, slo.FirstByteTimeout)
	if m.Latency > 10*time.Second {
		t.Errorf("it took %s", m.Latency)
	}
}

// TestStepsStay: what was captured cannot lead a journey to another host, and
// what a journey cannot be is told before it runs.
func TestStepsStay(t *testing.T) {
	for name, x := range map[string]*slo.Steps{
		"nothing":             {},
		"a captured host":     {Secrets: map[string]slo.Secret{"h": {Name: "h"}}, Do: []slo.Step{{Name: "a", HTTP: slo.HTTP{URL: "http://${h}/"}}}},
		"a captured port":     {Secrets: map[string]slo.Secret{"h": {Name: "h"}}, Do: []slo.Step{{Name: "a", HTTP: slo.HTTP{URL: "http://a:${h}/"}}}},
		"a name of nothing":   {Do: []slo.Step{{Name: "a", HTTP: slo.HTTP{URL: "http://a/${h}"}}}},
		"a name of later":     {Do: []slo.Step{{Name: "a", HTTP: slo.HTTP{URL: "http://a/${h}"}, Capture: []slo.Capture{{Name: "h", JSON: "json.h"}}}}},
		"two ways to capture": {Do: []slo.Step{{Name: "a", HTTP: slo.HTTP{URL: "http://a/"}, Capture: []slo.Capture{{Name: "h", JSON: "json.h", Regex: "x"}}}}},
		"no way to capture":   {Do: []slo.Step{{Name: "a", HTTP: slo.HTTP{URL: "http://a/"}, Capture: []slo.Capture{{Name: "h"}}}}},
		"a kept connection":   {Do: []slo.Step{{Name: "a", HTTP: slo.HTTP{URL: "http://a/", Connection: "reuse"}}}},
		"a lone dollar":       {Do: []slo.Step{{Name: "a", HTTP: slo.HTTP{URL: "http://a/", Body: "$5"}}}},
	} {
		if _, err := New(slo.Probe{Name: "p", Timeout: time.Second, Spec: x}, newEnv(t, Options{})); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
