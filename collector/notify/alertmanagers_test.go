package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/assay-sla/assay/slo"
)

// request is one request as an Alertmanager got it.
type request struct {
	at     time.Time
	alerts []Alert
}

// fake is an Alertmanager that answers as it is told.
type fake struct {
	mu       sync.Mutex
	requests []request
	answer   func(alerts []Alert) (int, error) // nil: 200
	hang     bool                              // answers only when the request's time is over
}

func (f *fake) post(ctx context.Context, body []byte) (int, string, error) {
	var alerts []Alert
	if err := json.Unmarshal(body, &alerts); err != nil {
		return 0, "", err
	}
	f.mu.Lock()
	f.requests = append(f.requests, request{time.Now(), alerts})
	answer, hang := f.answer, f.hang
	f.mu.Unlock()
	if hang {
		<-ctx.Done()
		return 0, "", ctx.Err()
	}
	if answer == nil {
		return http.StatusOK, "", nil
	}
	status, err := answer(alerts)
	return status, "no", err
}

// take returns the requests since the last take.
func (f *fake) take() []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.requests
	f.requests = nil
	return r
}

func (f *fake) behave(answer func([]Alert) (int, error), hang bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer, f.hang = answer, hang
}

// services lists the alerts of a request: "a" firing, "a!" resolved.
func services(r request) (list []string) {
	for _, a := range r.alerts {
		s := a.Labels[LabelService]
		if !a.EndsAt.Time().After(r.at) {
			s += "!"
		}
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

func now() slo.Instant { return slo.At(time.Now()) }

// bubble runs f in a synctest bubble with Alertmanagers that are running.
func bubble(t *testing.T, opts AlertOptions, fakes []*fake, f func(a *Alertmanagers)) {
	synctest.Test(t, func(t *testing.T) {
		a := &Alertmanagers{opts: opts.withDefaults()}
		for i, fk := range fakes {
			a.add(fmt.Sprintf("am%d", i), fk)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- a.Run(ctx) }()
		synctest.Wait()
		f(a)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

func TestSetIsSentAtOnceToAll(t *testing.T) {
	fakes := []*fake{{}, {}}
	bubble(t, AlertOptions{}, fakes, func(a *Alertmanagers) {
		time.Sleep(7 * time.Second)
		a.Set(now(), []Alert{named("a")})
		synctest.Wait()
		for i, f := range fakes {
			got := f.take()
			if len(got) != 1 || got[0].at != time.Now() {
				t.Fatalf("Alertmanager %d got %v", i, got)
			}
			if diff := cmp.Diff([]string{"a"}, services(got[0])); diff != "" {
				t.Error(diff)
			}
			if end := got[0].alerts[0].EndsAt; end != now().Add(2*time.Minute) {
				t.Errorf("it is good until %s", end)
			}
		}
	})
}

func TestSetIsSentAgainWhileItLasts(t *testing.T) {
	f := &fake{}
	bubble(t, AlertOptions{Resend: 10 * time.Second}, []*fake{f}, func(a *Alertmanagers) {
		a.Set(now(), []Alert{named("a"), named("b")})
		time.Sleep(time.Minute)
		synctest.Wait()
		got := f.take()
		if len(got) != 7 {
			t.Fatalf("%d requests in a minute, want 7", len(got))
		}
		for i, r := range got {
			if diff := cmp.Diff([]string{"a", "b"}, services(r)); diff != "" {
				t.Error(diff)
			}
			if i > 0 && r.at.Sub(got[i-1].at) != 10*time.Second {
				t.Errorf("request %d came after %s", i, r.at.Sub(got[i-1].at))
			}
		}
	})
}

func TestUnchangedSetAndWordsWaitForTheResend(t *testing.T) {
	f := &fake{}
	bubble(t, AlertOptions{}, []*fake{f}, func(a *Alertmanagers) {
		start := now()
		a.Set(start, []Alert{named("a")})
		synctest.Wait()
		f.take()
		for i := range 29 {
			time.Sleep(time.Second)
			words := named("a")
			words.Annotations = map[string]string{AnnotationSummary: fmt.Sprintf("down for %d s", i+1)}
			a.Set(now(), []Alert{words})
		}
		synctest.Wait()
		if got := f.take(); len(got) != 0 {
			t.Fatalf("%d requests for changed words", len(got))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		got := f.take()
		if len(got) != 1 || got[0].alerts[0].Annotations[AnnotationSummary] != "down for 29 s" || got[0].alerts[0].StartsAt != start {
			t.Fatalf("the resend was %v", got)
		}
	})
}

func TestResolvedIsSentForFifteenMinutes(t *testing.T) {
	f := &fake{}
	bubble(t, AlertOptions{}, []*fake{f}, func(a *Alertmanagers) {
		a.Set(now(), []Alert{named("a"), named("b")})
		synctest.Wait()
		f.take()
		time.Sleep(time.Second)
		ended := now()
		a.Set(ended, []Alert{named("b")})
		synctest.Wait()
		first := f.take()
		if len(first) != 1 {
			t.Fatalf("%d requests at the change", len(first))
		}
		if diff := cmp.Diff([]string{"a!", "b"}, services(first[0])); diff != "" {
			t.Error(diff)
		}
		if n := len(a.Resolved()); n != 1 {
			t.Errorf("%d resolved alerts to store", n)
		}
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		var last time.Time
		for _, r := range f.take() {
			for _, al := range r.alerts {
				if al.Labels[LabelService] == "a" {
					last = r.at
					if al.EndsAt != ended {
						t.Fatalf("the end moved to %s", al.EndsAt)
					}
				}
			}
		}
		if d := last.Sub(ended.Time()); d < 14*time.Minute || d >= 15*time.Minute {
			t.Errorf("it was sent for %s", d)
		}
	})
}

func TestOneAwayBlocksNobodyAndGetsTheSetOnReturn(t *testing.T) {
	for _, away := range []string{"refusing", "hanging"} {
		t.Run(away, func(t *testing.T) {
			gone, well := &fake{}, &fake{}
			if away == "hanging" {
				gone.hang = true
			} else {
				gone.answer = func([]Alert) (int, error) { return 0, errors.New("connection refused") }
			}
			bubble(t, AlertOptions{}, []*fake{gone, well}, func(a *Alertmanagers) {
				a.Set(now(), []Alert{named("a"), named("b")})
				synctest.Wait()
				if got := well.take(); len(got) != 1 || got[0].at != time.Now() {
					t.Fatalf("the other got %v", got)
				}
				time.Sleep(time.Hour)
				a.Set(now(), []Alert{named("b"), named("c")})
				time.Sleep(time.Minute)
				synctest.Wait()
				tries := gone.take()
				if len(tries) > 2*3600 {
					t.Errorf("%d tries in an hour", len(tries))
				}
				if s := a.Status()[0]; s.Up || s.Failures != len(tries) && s.Failures != len(tries)-1 || s.LastError == "" {
					t.Errorf("status %+v after %d tries", s, len(tries))
				}
				gone.behave(nil, false)
				returned := time.Now()
				time.Sleep(maxBackoff + 10*time.Second)
				synctest.Wait()
				got := gone.take()
				if len(got) == 0 {
					t.Fatal("it got nothing after its return")
				}
				// A request that hung when it returned may have to time out first.
				if d := got[0].at.Sub(returned); d > maxBackoff+10*time.Second {
					t.Errorf("it got the set %s after its return", d)
				}
				if diff := cmp.Diff([]string{"a!", "b", "c"}, services(got[0])); diff != "" {
					t.Error(diff)
				}
				if s := a.Status()[0]; !s.Up || s.LastError != "" {
					t.Errorf("status %+v", s)
				}
			})
		})
	}
}

func TestAChangeIsTriedAtOnceWhileAway(t *testing.T) {
	f := &fake{answer: func([]Alert) (int, error) { return http.StatusServiceUnavailable, nil }}
	bubble(t, AlertOptions{}, []*fake{f}, func(a *Alertmanagers) {
		a.Set(now(), []Alert{named("a")})
		time.Sleep(time.Minute)
		synctest.Wait()
		last := f.take()
		f.behave(nil, false)
		a.Set(now(), []Alert{named("a"), named("b")})
		set := time.Now()
		time.Sleep(minBackoff)
		synctest.Wait()
		got := f.take()
		if len(got) == 0 {
			t.Fatalf("no try within %s of the change, %s after the last", minBackoff, set.Sub(last[len(last)-1].at))
		}
	})
}

func TestBatchesAreBounded(t *testing.T) {
	f := &fake{}
	bubble(t, AlertOptions{}, []*fake{f}, func(a *Alertmanagers) {
		var alerts []Alert
		for i := range 150 {
			alerts = append(alerts, named(fmt.Sprint(i)))
		}
		a.Set(now(), alerts)
		synctest.Wait()
		var sizes []int
		for _, r := range f.take() {
			sizes = append(sizes, len(r.alerts))
		}
		if diff := cmp.Diff([]int{64, 64, 22}, sizes); diff != "" {
			t.Fatal(diff)
		}
		a.Set(now(), append(alerts, named("late"))) // the news goes with the first batch
		synctest.Wait()
		if got := services(f.take()[0]); !slices.Contains(got, "late") {
			t.Errorf("the first batch is %v", got)
		}
	})
}

func TestOneBadAlertBlocksNoOther(t *testing.T) {
	bad := map[string]bool{"13": true, "77": true}
	f := &fake{answer: func(alerts []Alert) (int, error) {
		for _, a := range alerts {
			if bad[a.Labels[LabelService]] {
				return http.StatusBadRequest, nil
			}
		}
		return http.StatusOK, nil
	}}
	bubble(t, AlertOptions{}, []*fake{f}, func(a *Alertmanagers) {
		var alerts []Alert
		for i := range 100 {
			alerts = append(alerts, named(fmt.Sprint(i)))
		}
		a.Set(now(), alerts)
		synctest.Wait()
		took := map[string]bool{}
		for _, r := range f.take() {
			if status, _ := f.answer(r.alerts); status != http.StatusOK {
				continue
			}
			for _, al := range r.alerts {
				took[al.Labels[LabelService]] = true
			}
		}
		if len(took) != 98 {
			t.Errorf("%d alerts arrived, want 98", len(took))
		}
		if s := a.Status()[0]; s.Sent != 98 || s.Refused != 2 || !s.Up {
			t.Errorf("status %+v", s)
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if got := f.take(); len(got) != 2 {
			t.Errorf("the resend took %d requests, want 2: what was refused is left out", len(got))
		}
		time.Sleep(retryRefused)
		synctest.Wait()
		if s := a.Status()[0]; s.Refused != 4 {
			t.Errorf("after %s the refused ones were not tried again: %+v", retryRefused, s)
		}
		bad = nil
		f.take()
		alerts[13].StartsAt = now() // changed, so it is tried at once
		a.Set(now(), alerts)
		synctest.Wait()
		if got := services(f.take()[0]); !slices.Contains(got, "13") {
			t.Errorf("a changed alert is still left out: %v", got)
		}
	})
}

func TestRightsAndPathsAreNotTheAlertsFault(t *testing.T) {
	for _, status := range []int{301, 401, 403, 404, 408, 429, 500, 502} {
		f := &fake{answer: func([]Alert) (int, error) { return status, nil }}
		bubble(t, AlertOptions{}, []*fake{f}, func(a *Alertmanagers) {
			a.Set(now(), []Alert{named("a"), named("b")})
			synctest.Wait()
			if got := f.take(); len(got) != 1 || len(got[0].alerts) != 2 {
				t.Errorf("%d: the batch was taken apart into %d requests", status, len(got))
			}
			if s := a.Status()[0]; s.Up || s.Refused != 0 || !strings.Contains(s.LastError, fmt.Sprint(status)) {
				t.Errorf("%d: status %+v", status, s)
			}
		})
	}
}

func TestRestore(t *testing.T) {
	f := &fake{}
	bubble(t, AlertOptions{}, []*fake{f}, func(a *Alertmanagers) {
		before := []Alert{
			named("firing").from(now().Add(-time.Hour)),
			named("ended").from(now().Add(-time.Hour)).until(now().Add(-10 * time.Minute)),
			named("long ago").from(now().Add(-time.Hour)).until(now().Add(-16 * time.Minute)),
		}
		stored, err := json.Marshal(before)
		if err != nil {
			t.Fatal(err)
		}
		var read []Alert
		if err := json.Unmarshal(stored, &read); err != nil {
			t.Fatal(err)
		}
		a.Restore(now(), read)
		synctest.Wait()
		got := f.take()
		if len(got) != 1 {
			t.Fatalf("%d requests", len(got))
		}
		if diff := cmp.Diff([]string{"ended!", "firing"}, services(got[0])); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(before[:2], a.Current()); diff != "" {
			t.Error(diff)
		}
		a.Set(now(), nil)
		synctest.Wait()
		if diff := cmp.Diff([]string{"ended!", "firing!"}, services(f.take()[0])); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRunStopsWhileARequestHangs(t *testing.T) {
	f := &fake{hang: true}
	bubble(t, AlertOptions{}, []*fake{f}, func(a *Alertmanagers) {
		a.Set(now(), []Alert{named("a")})
		synctest.Wait()
	})
	if got := f.take(); len(got) != 1 {
		t.Errorf("%d requests: it tried again while stopping", len(got))
	}
}

func TestMetrics(t *testing.T) {
	a := &Alertmanagers{opts: AlertOptions{}.withDefaults()}
	a.add("http://am:9093", &fake{})
	a.targets[0].succeeded([]message{{key: "a"}, {key: "b"}}, t0)
	a.targets[0].refuse(message{key: "c"}, t0, errors.New("no"))
	outbox := &Outbox[Message]{status: OutboxStatus{Sent: 3, Retried: 2, Failed: 1, Refused: 4}}
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(NewCollector(a, outbox, nil))
	want := `
# HELP assay_notify_alertmanager_up 1 if the last request to the Alertmanager was answered.
# TYPE assay_notify_alertmanager_up gauge
assay_notify_alertmanager_up{alertmanager="http://am:9093"} 1
# HELP assay_notify_alert_requests_failed_total Requests to the Alertmanager without a usable answer.
# TYPE assay_notify_alert_requests_failed_total counter
assay_notify_alert_requests_failed_total{alertmanager="http://am:9093"} 0
# HELP assay_notify_alerts_refused_total Alerts that the Alertmanager refused on their own.
# TYPE assay_notify_alerts_refused_total counter
assay_notify_alerts_refused_total{alertmanager="http://am:9093"} 1
# HELP assay_notify_alerts_sent_total Alerts that the Alertmanager accepted, repeats included.
# TYPE assay_notify_alerts_sent_total counter
assay_notify_alerts_sent_total{alertmanager="http://am:9093"} 2
# HELP assay_notify_mail_recipients_refused_total Recipients that the mail server refused for good.
# TYPE assay_notify_mail_recipients_refused_total counter
assay_notify_mail_recipients_refused_total 4
# HELP assay_notify_mail_total Attempts to send a mail, by what came of them: sent, retried or failed.
# TYPE assay_notify_mail_total counter
assay_notify_mail_total{outcome="failed"} 1
assay_notify_mail_total{outcome="retried"} 2
assay_notify_mail_total{outcome="sent"} 3
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
