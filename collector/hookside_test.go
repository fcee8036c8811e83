package collector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/hook"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// notification is what Alertmanager's webhook sends of some alerts, each
// "fingerprint status second service".
func notification(truncated int, alerts ...string) string {
	var list []string
	for _, a := range alerts {
		var name, status, service string
		var second int
		fmt.Sscan(a, &name, &status, &second, &service)
		list = append(list, fmt.Sprintf(`{"status":%q,"labels":{"alertname":"Disk%s","service":%q},"annotations":{"summary":"/var is full"},"startsAt":%q,"generatorURL":"http://prom/graph","fingerprint":%q}`,
			status, name, service, noon.Add(time.Duration(second)*time.Second).Time().Format(time.RFC3339), name))
	}
	return fmt.Sprintf(`{"version":"4","groupKey":"{}:{a}","status":"firing","truncatedAlerts":%d,"alerts":[%s]}`, truncated, strings.Join(list, ","))
}

func (w *world) hook(body string) (int, string) {
	w.t.Helper()
	resp, err := http.Post("http://"+w.c.Addr()+alertsHookPath, "application/json", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// foreign are the incidents of foreign alerts as stages, by key and beginning.
func (w *world) foreign() string {
	w.t.Helper()
	list, err := w.c.store.Incidents(w.t.Context(), sqlstore.IncidentFilter{Trigger: slo.ForeignAlert})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, i := range list {
		key := strings.TrimPrefix(i.Key, foreignPrefix)
		if strings.HasPrefix(key, "group-") {
			key = "group"
		}
		out = append([]string{fmt.Sprintf("%s@%d %s", key, i.Began.Sub(noon)/time.Second, i.Stage())}, out...)
	}
	return strings.Join(out, ", ")
}

// TestForeignAlerts takes what Alertmanagers tell: what is answered is on
// record, also after a restart.
func TestForeignAlerts(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.clock.set(noon.Add(100 * time.Second))
	w.run()
	for _, s := range []struct {
		body string
		code int
		want string
		then func()
	}{
		{notification(0, "a1 firing 1 store", "b1 firing 2 unheard"), 200, "a1@1 detected, b1@2 detected", nil},
		{notification(0, "a1 firing 1 store"), 200, "a1@1 detected, b1@2 detected", nil},
		{notification(0, "a1 resolved 0 store"), 200, "a1@1 detected, b1@2 detected", nil}, // of the one before
		{notification(0, "a1 resolved 1 store"), 200, "a1@1 restored, b1@2 detected", nil},
		{notification(0, "a1 firing 50 store"), 200, "a1@1 detected, b1@2 detected", nil}, // flapping
		{notification(0, "a1 resolved 50 store"), 200, "a1@1 restored, b1@2 detected", nil},
		{notification(0), 200, "a1@1 resolved, b1@2 detected", func() { w.clock.advance(slo.DefaultIncidentPolicy().Hold) }},
		{notification(0), 200, "a1@1 resolved, b1@2 detected", func() {
			if err := w.stop(); err != nil {
				t.Fatal(err)
			}
			w.run()
		}},
		{notification(0, "b1 resolved 2 unheard"), 200, "a1@1 resolved, b1@2 restored", nil},
		{notification(9), 200, "a1@1 resolved, b1@2 restored, group@400 detected", nil},
		{notification(0), 200, "a1@1 resolved, b1@2 restored, group@400 restored", nil},
		{"hello", 400, "a1@1 resolved, b1@2 restored, group@400 restored", nil},
		{strings.Repeat(" ", hook.MaxBody+1), 413, "a1@1 resolved, b1@2 restored, group@400 restored", nil},
	} {
		if s.then != nil {
			s.then()
		}
		code, body := w.hook(s.body)
		if got := w.foreign(); code != s.code || got != s.want {
			t.Errorf("%.300s: %d %s\n%s, want\n%s", s.body, code, body, got, s.want)
		}
	}
	list, err := w.c.store.Incidents(t.Context(), sqlstore.IncidentFilter{Trigger: slo.ForeignAlert, Service: "store"})
	if err != nil || len(list) != 1 || list[0].Summary != "Diska1: /var is full" {
		t.Errorf("%+v, %v", list, err)
	}
	own := strings.Replace(notification(0, "c1 firing 7 store"), "http://prom/graph", "http://"+w.c.Addr()+"/services/store", 1)
	if code, _ := w.hook(own); code != 200 || strings.Contains(w.foreign(), "c1") {
		t.Errorf("our own alert: %d, %s", code, w.foreign())
	}
	if code, _ := w.fetch(alertsHookPath); code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", code)
	}
}

// realAlertmanager starts Debian's Alertmanager, whose webhook is ours, and
// returns its address.
func realAlertmanager(t *testing.T, w *world, more string) string {
	t.Helper()
	binary, err := exec.LookPath("prometheus-alertmanager")
	if err != nil {
		t.Skip("left out: prometheus-alertmanager is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	file := w.write("alertmanager.yml", fmt.Sprintf(`
route: {receiver: assay, group_by: [job], group_wait: 1ms, group_interval: 300ms, repeat_interval: 1h}
receivers: [{name: assay, webhook_configs: [{url: 'http://%s%s', send_resolved: true%s}]}]
`, w.c.Addr(), alertsHookPath, more))
	cmd := exec.Command(binary, "--config.file="+file, "--storage.path="+t.TempDir(), "--web.listen-address="+addr, "--cluster.listen-address=")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	w.until("Alertmanager is ready", func() bool {
		resp, err := http.Get("http://" + addr + "/-/ready")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return addr
}

// tellAlertmanager has alerts fire, or end, at an Alertmanager.
func tellAlertmanager(t *testing.T, addr string, ends time.Time, names ...string) {
	t.Helper()
	var list []map[string]any
	for _, n := range names {
		list = append(list, map[string]any{"labels": map[string]string{"alertname": n, "job": "j", "service": "store"},
			"annotations": map[string]string{"summary": n + " is full"}, "startsAt": time.Now().Add(-time.Minute).Format(time.RFC3339Nano), "endsAt": ends.Format(time.RFC3339Nano)})
	}
	b, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post("http://"+addr+"/api/v2/alerts", "application/json", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("Alertmanager: %s", resp.Status)
	}
}

// TestForeignAlertsOfAlertmanager has a real Alertmanager send alerts, and
// their end.
func TestForeignAlertsOfAlertmanager(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.clock.set(slo.At(time.Now()))
	w.run()
	addr := realAlertmanager(t, w, "")
	tellAlertmanager(t, addr, time.Now().Add(time.Hour), "DiskFull", "Slow")
	i := w.find(slo.ForeignAlert, slo.Detected)
	if i.Service != "store" || !strings.HasSuffix(i.Summary, " is full") {
		t.Errorf("%+v", i)
	}
	w.until("both are there", func() bool { return strings.Count(w.foreign(), "detected") == 2 })
	tellAlertmanager(t, addr, time.Now().Add(-time.Second), "DiskFull", "Slow")
	w.until("both are over", func() bool { return strings.Count(w.foreign(), "restored") == 2 })
}

// TestTruncatedAlerts has a real Alertmanager leave alerts out of what it
// sends: that it did has an incident.
func TestTruncatedAlerts(t *testing.T) {
	w := newWorld(t, worldCatalogue)
	w.clock.set(slo.At(time.Now()))
	w.run()
	addr := realAlertmanager(t, w, ", max_alerts: 1")
	tellAlertmanager(t, addr, time.Now().Add(time.Hour), "DiskFull", "Slow", "Hot")
	w.until("the alert and the rest are there", func() bool {
		got := w.foreign()
		return strings.Contains(got, "group@") && strings.Count(got, "detected") == 2
	})
}
