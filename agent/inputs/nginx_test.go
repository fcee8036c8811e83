package inputs

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	telegrafnginx "github.com/influxdata/telegraf/plugins/inputs/nginx"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/internal/testservers"
)

// TestNginx reads Debian's server, and has the series that Telegraf's plugin
// has of it.
func TestNginx(t *testing.T) {
	path := testservers.Program(t, "/usr/sbin/nginx", "nginx-light")
	dir, port := t.TempDir(), testservers.FreePort(t)
	user := ""
	if os.Getuid() == 0 {
		user = "user root;"
	}
	config := save(t, filepath.Join(dir, "nginx.conf"), fmt.Sprintf(`
%[3]s
daemon off;
pid %[1]s/pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
  uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
  server {
    listen 127.0.0.1:%[2]s;
    location = /stub_status { stub_status; }
    location = /closed { auth_basic "closed"; auth_basic_user_file %[1]s/users; stub_status; }
  }
}
`, dir, port, user))
	save(t, filepath.Join(dir, "users"), "reader:{PLAIN}hush\n")
	testservers.Daemon(t, "127.0.0.1:"+port, path, "-c", config, "-p", dir)

	base := "http://127.0.0.1:" + port
	samples, err := all(t, made(t, "nginx", Settings{Servers: []string{base + "/stub_status"}}))
	if err != nil {
		t.Fatal(err)
	}
	ours := values(samples)
	sameSeries(t, ours, values(theirs(t, &telegrafnginx.Nginx{Urls: []string{base + "/stub_status"}, Log: logger{func(string) {}}})))
	if got := ours["nginx_active port="+port+" server=127.0.0.1"]; got != 1 {
		t.Errorf("%v connections are active: %v", got, ours)
	}

	secret := func() (string, error) { return "hush", nil }
	if _, err := all(t, made(t, "nginx", Settings{Servers: []string{base + "/closed"}, User: "reader", Password: secret})); err != nil {
		t.Errorf("with a password: %v", err)
	}
	if _, err := all(t, made(t, "nginx", Settings{Servers: []string{base + "/closed"}})); err == nil || !strings.Contains(err.Error(), "the answer is 401") {
		t.Errorf("without its password: %v", err)
	}
}

// TestNginxOverTLS: the server is verified by the roots that are named.
func TestNginxOverTLS(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, stubPage) }))
	defer srv.Close()
	srv.Config.ErrorLog = nil
	ca := save(t, filepath.Join(t.TempDir(), "ca.pem"), string(pemOf(srv.Certificate().Raw)))
	if _, err := all(t, made(t, "nginx", Settings{Servers: []string{srv.URL}, CA: ca})); err != nil {
		t.Error(err)
	}
	if _, err := all(t, made(t, "nginx", Settings{Servers: []string{srv.URL}})); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("by the system's roots: %v", err)
	}
	if _, err := New("nginx", Settings{Servers: []string{srv.URL}, CA: ca + "x"}, nil); err == nil {
		t.Error("made without its roots")
	}
}

const stubPage = "Active connections: 3 \nserver accepts handled requests\n 10 9 80 \nReading: 0 Writing: 1 Waiting: 2 \n"

func TestStubStatus(t *testing.T) {
	want := map[string]any{
		"active": uint64(3), "accepts": uint64(10), "handled": uint64(9), "requests": uint64(80),
		"reading": uint64(0), "writing": uint64(1), "waiting": uint64(2),
	}
	for _, page := range []string{stubPage, // and that of Tengine, which has one column more
		"Active connections: 3 \nserver accepts handled requests request_time\n 10 9 80 51\nReading: 0 Writing: 1 Waiting: 2 \n",
	} {
		got, err := stubStatus([]byte(page))
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestNginxHostile: what Telegraf's plugin would take for numbers, or panic
// over, is an error.
func TestNginxHostile(t *testing.T) {
	for name, c := range map[string]struct {
		page   string
		status int
		want   string
	}{
		"empty":         {"", 200, "not one of stub_status"},
		"a login page":  {"<html><a href='https://a'>\n", 200, "not one of stub_status"},
		"missing lines": {"Active connections: 1 \nserver accepts handled requests\n\n\n", 200, "not one of stub_status"},
		"huge numbers":  {strings.Replace(stubPage, "80", strings.Repeat("9", 30), 1), 200, "requests"},
		"negative":      {strings.Replace(stubPage, "80", "-80", 1), 200, "not one of stub_status"},
		"without end":   {strings.Repeat("Active connections: 1\n", 1000), 200, "more than 4096 bytes"},
		"a redirect":    {"", 302, "the answer is 302"},
		"an error":      {stubPage, 500, "the answer is 500"},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(c.status)
			fmt.Fprint(w, c.page)
		}))
		got, err := made(t, "nginx", Settings{Servers: []string{srv.URL}}).Read(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.want) || len(got) > 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		srv.Close()
	}
	rubbish := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) { _, _ = fmt.Fprint(c, "220 smtp ready\r\n") })
	if _, err := made(t, "nginx", Settings{Servers: []string{"http://" + rubbish}}).Read(t.Context()); err == nil {
		t.Error("no HTTP is no error")
	}
}

func FuzzStubStatus(f *testing.F) {
	f.Add([]byte(stubPage))
	f.Fuzz(func(t *testing.T, page []byte) {
		fields, err := stubStatus(page)
		if (err == nil) != (len(fields) == 7) {
			t.Errorf("%d fields, %v", len(fields), err)
		}
	})
}
