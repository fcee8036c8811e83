package notify_test

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	accounts "os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/notify/outboxtest"
	"github.com/assay-sla/assay/internal/testservers"
)

// dovecot is Debian's Dovecot as a submission server, which passes mail on to
// another one.
type dovecot struct {
	startTLS, implicit int // ports
	pool               *x509.CertPool
}

// startDovecot starts one that takes mail from who signs in by a mechanism.
func startDovecot(t *testing.T, mechanism string, next *smtpServer) dovecot {
	t.Helper()
	path := testservers.Program(t, "/usr/sbin/dovecot", "dovecot-imapd")
	testservers.Program(t, "/usr/lib/dovecot/submission", "dovecot-submissiond")
	dir, err := os.MkdirTemp("", "assay-dovecot-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := errors.Join(os.Chmod(dir, 0o755), os.Mkdir(filepath.Join(dir, "mail"), 0o700), os.Chmod(filepath.Join(dir, "mail"), 0o777)); err != nil {
		t.Fatal(err)
	}
	_, certPEM, keyPEM, pool := certificate(t)
	startTLS, implicit := testservers.FreePort(t), testservers.FreePort(t)
	owner, group, own := mailOwner(t)
	passwords := "driver = static\n  args = password=" + submitKey
	if mechanism == "xoauth2" {
		passwords = "driver = oauth2\n  mechanisms = xoauth2\n  args = " + filepath.Join(dir, "oauth2.conf")
	}
	for name, text := range map[string]string{
		"cert.pem": string(certPEM), "key.pem": string(keyPEM),
		"oauth2.conf":  "tokeninfo_url = " + tokenInfo(t) + "\nusername_attribute = user\nactive_attribute = active\nactive_value = yes\n",
		"dovecot.conf": fmt.Sprintf(dovecotConfig, dir, mechanism, startTLS, implicit, next.cfg.Port, passwords, owner, group, own),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	testservers.Daemon(t, "127.0.0.1:"+startTLS, path, "-F", "-c", filepath.Join(dir, "dovecot.conf"))
	d := dovecot{pool: pool}
	d.startTLS, _ = strconv.Atoi(startTLS)
	d.implicit, _ = strconv.Atoi(implicit)
	return d
}

const dovecotConfig = `
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
protocols = submission
hostname = mx.example
submission_relay_host = 127.0.0.1
submission_relay_port = %[5]d
listen = 127.0.0.1
ssl = required
ssl_cert = <%[1]s/cert.pem
ssl_key = <%[1]s/key.pem
%[9]s
mail_location = maildir:%[1]s/mail/%%u
auth_mechanisms = %[2]s
auth_failure_delay = 0
first_valid_uid = 0
first_valid_gid = 0
passdb {
  %[6]s
}
userdb {
  driver = static
  args = uid=%[7]s gid=%[8]s home=%[1]s/mail/%%u
}
service submission-login {
  chroot =
  inet_listener submission {
    port = %[3]s
  }
  inet_listener submissions {
    port = %[4]s
    ssl = yes
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
`

// mailOwner is who owns the mail that Dovecot keeps, and the settings of one that
// is not started by root.
func mailOwner(t *testing.T) (name, group, settings string) {
	t.Helper()
	if os.Geteuid() == 0 { // root's Dovecot has users of its own, and keeps no mail of root
		return "nobody", "nogroup", ""
	}
	u, err := accounts.Current()
	if err != nil {
		t.Fatal(err)
	}
	g, err := accounts.LookupGroupId(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	return u.Username, g.Name, fmt.Sprintf("default_internal_user = %[1]s\ndefault_internal_group = %[2]s\ndefault_login_user = %[1]s", u.Username, g.Name)
}

// Who signs in at Dovecot, which tells the next server of him as of a mailbox; its
// setting of a password takes no blank.
const (
	submitter   = "assay@example.com"
	submitKey   = "correct-horse"
	accessToken = "ya29.good" // that the token endpoint knows
)

// tokenInfo answers whose an access token is, as Google's endpoint does.
func tokenInfo(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("access_token") != accessToken {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"user": submitter, "active": "yes"})
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/?access_token="
}

// TestRealDovecot sends by STARTTLS and by TLS from the first byte, signed in by
// each mechanism, to a server that others wrote.
func TestRealDovecot(t *testing.T) {
	for _, mechanism := range []string{"plain", "login", "xoauth2"} {
		t.Run(mechanism, func(t *testing.T) {
			next := (&smtpServer{noTLS: true, open: true}).start(t)
			d := startDovecot(t, mechanism, next)
			for _, c := range []struct {
				port int
				tls  string
			}{{d.startTLS, notify.StartTLS}, {d.implicit, notify.ImplicitTLS}} {
				cfg := notify.MailConfig{Host: "localhost", Port: c.port, TLS: c.tls, RootCAs: d.pool, Username: submitter, Password: submitKey}
				if mechanism == "xoauth2" {
					cfg.Password, cfg.AccessToken = "", token(accessToken, nil)
				}
				m := outboxtest.Message("2026-10")
				if result, failure := sendBy(t, cfg, m); failure != nil || len(result.Accepted) != 2 {
					t.Fatalf("%s: %+v, %v", c.tls, result, failure)
				}
				for n := 0; n < 2; {
					l := next.letter(t)
					n += len(l.to)
					checkLetter(t, l.parsed(t), m, false)
				}
				if cfg.AccessToken != nil {
					cfg.AccessToken = token("ya29.stale", nil)
				} else {
					cfg.Password = "wrong"
				}
				if _, failure := sendBy(t, cfg, m); failure == nil || failure.Stage != "auth" || strings.Contains(failure.Error(), "ya29") {
					t.Errorf("%s with another secret: %v", c.tls, failure)
				}
			}
		})
	}
}

func sendBy(t *testing.T, cfg notify.MailConfig, m notify.Message) (notify.Result, *notify.SendError) {
	t.Helper()
	mailer, err := notify.NewMailer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	result, err := mailer.Send(t.Context(), m, notify.Attempt{})
	failure, _ := errors.AsType[*notify.SendError](err)
	return result, failure
}
