package probe

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/assay-sla/assay/internal/testservers"
	"github.com/assay-sla/assay/slo"
)

// These tests run the probes against mail servers as Debian ships them.

// TestDovecot: IMAP with and without STARTTLS, POP3's, and the submission of
// mail, for which Dovecot asks another server to take it on.
func TestDovecot(t *testing.T) {
	path := testservers.Program(t, "/usr/sbin/dovecot", "dovecot-imapd")
	dir := shared(t)
	cert, key := pemFiles(t, dir)
	testservers.Program(t, "/usr/lib/dovecot/submission", "dovecot-submissiond")
	imap, imaps, pop3 := testservers.FreePort(t), testservers.FreePort(t), testservers.FreePort(t)
	submission, submissions := testservers.FreePort(t), testservers.FreePort(t)
	_, next, err := net.SplitHostPort(serveSMTP(t, false, false))
	if err != nil {
		t.Fatal(err)
	}
	name, group := me(t)
	users := "" // root's Dovecot has users of its own, and keeps no mail of root
	if os.Geteuid() == 0 {
		name, group = "nobody", "nogroup"
	} else {
		users = fmt.Sprintf("default_internal_user = %[1]s\ndefault_internal_group = %[2]s\ndefault_login_user = %[1]s\n", name, group)
	}
	mailDir := filepath.Join(dir, "mail")
	if err := os.Mkdir(mailDir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(mailDir, 0o777); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "dovecot.conf")
	save(t, config, fmt.Sprintf(`
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
protocols = imap pop3 submission
hostname = mx.example
submission_relay_host = 127.0.0.1
submission_relay_port = %[12]s
listen = 127.0.0.1
ssl = required
ssl_cert = <%[2]s
ssl_key = <%[3]s
%[9]s
mail_location = maildir:%[1]s/mail/%%u
auth_failure_delay = 0
first_valid_uid = 0
first_valid_gid = 0
passdb {
  driver = static
  args = password=correct"horse
}
userdb {
  driver = static
  args = uid=%[7]s gid=%[8]s home=%[1]s/mail/%%u
}
service imap-login {
  chroot =
  inet_listener imap {
    port = %[4]s
  }
  inet_listener imaps {
    port = %[5]s
  }
}
service pop3-login {
  chroot =
  inet_listener pop3 {
    port = %[6]s
  }
  inet_listener pop3s {
    port = 0
  }
}
service submission-login {
  chroot =
  inet_listener submission {
    port = %[10]s
  }
  inet_listener submissions {
    port = %[11]s
    ssl = yes
  }
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
`, dir, cert, key, imap, imaps, pop3, name, group, users, submission, submissions, next))
	testservers.Daemon(t, "127.0.0.1:"+imap, path, "-F", "-c", config)

	trusted := slo.TLSOptions{CA: theAuthority().pem()}
	good := slo.Secret{Name: "good"}
	smtp := func(s slo.SMTP) *slo.SMTP {
		s.TLS = trusted
		if s.Address = "127.0.0.1:" + submission; s.Security == slo.SecurityTLS {
			s.Address = "127.0.0.1:" + submissions
		}
		return &s
	}
	script := func(port string, steps ...slo.TCPStep) *slo.TCP {
		return &slo.TCP{Address: "127.0.0.1:" + port, Script: steps, TLS: trusted}
	}
	askReal(t, map[string]string{"good": `correct"horse`, "wrong": "battery"}, []realCase{
		{"imap", &slo.IMAP{Address: "127.0.0.1:" + imap, TLS: trusted}, slo.Up, ""},
		{"imap with a login", &slo.IMAP{Address: "127.0.0.1:" + imap, Username: "probe", Password: good, Mailbox: "INBOX", TLS: trusted}, slo.Up, ""},
		{"imap over TLS", &slo.IMAP{Address: "127.0.0.1:" + imaps, Security: slo.SecurityTLS, Username: "probe", Password: good, TLS: trusted}, slo.Up, ""},
		{"no such mailbox", &slo.IMAP{Address: "127.0.0.1:" + imap, Username: "probe", Password: good, Mailbox: "Gone", TLS: trusted}, slo.Down, slo.StatusUnexpected},
		{"another password", &slo.IMAP{Address: "127.0.0.1:" + imap, Username: "probe", Password: slo.Secret{Name: "wrong"}, TLS: trusted}, slo.Down, slo.LoginRefused},
		{"imap's certificate", &slo.TLS{Address: "127.0.0.1:" + imap, StartTLS: "imap", TLS: trusted}, slo.Up, ""},
		{"pop3's certificate", &slo.TLS{Address: "127.0.0.1:" + pop3, StartTLS: "pop3", TLS: trusted}, slo.Up, ""},
		{"pop3 as smtp", &slo.TLS{Address: "127.0.0.1:" + pop3, StartTLS: "smtp", TLS: trusted}, slo.Down, slo.ProtocolError},
		{"submission", smtp(slo.SMTP{}), slo.Up, ""},
		{"submission with a login", smtp(slo.SMTP{Username: "probe", Password: good}), slo.Up, ""},
		{"submission over TLS", smtp(slo.SMTP{Security: slo.SecurityTLS, Username: "probe", Password: good}), slo.Up, ""},
		{"an offer", smtp(slo.SMTP{Username: "probe", Password: good, From: "probe@example.org", To: "manager@example.org"}), slo.Up, ""},
		{"an unknown recipient", smtp(slo.SMTP{Username: "probe", Password: good, From: "probe@example.org", To: "gone@example.org"}), slo.Down, slo.StatusUnexpected},
		{"an offer without a login", smtp(slo.SMTP{From: "probe@example.org", To: "manager@example.org"}), slo.Down, slo.StatusUnexpected},
		{"submission with another password", smtp(slo.SMTP{Username: "probe", Password: slo.Secret{Name: "wrong"}}), slo.Down, slo.LoginRefused},
		{"submission in the clear", smtp(slo.SMTP{Security: slo.SecurityNone}), slo.Up, ""},
		{"submission's certificate", &slo.TLS{Address: "127.0.0.1:" + submission, StartTLS: "smtp", TLS: trusted}, slo.Up, ""},

		{"smtp by a script", script(submission, slo.TCPStep{Expect: "^220 "}, slo.TCPStep{Send: "EHLO probe\r\n"}, slo.TCPStep{Expect: "STARTTLS"}, slo.TCPStep{Expect: "(?m)^250 "},
			slo.TCPStep{Send: "STARTTLS\r\n"}, slo.TCPStep{Expect: "220 .*\n"}, slo.TCPStep{StartTLS: true}, slo.TCPStep{Send: "EHLO probe\r\n"}, slo.TCPStep{Expect: "AUTH PLAIN"}), slo.Up, ""},
		{"imap by a script", script(imap, slo.TCPStep{Expect: `^\* OK .*\n`}, slo.TCPStep{Send: "a STARTTLS\r\n"}, slo.TCPStep{Expect: "a OK .*\n"}, slo.TCPStep{StartTLS: true},
			slo.TCPStep{Send: "b CAPABILITY\r\n"}, slo.TCPStep{Expect: "AUTH=PLAIN"}), slo.Up, ""},
		{"pop3 by a script", script(pop3, slo.TCPStep{Expect: `^\+OK .*\n`}, slo.TCPStep{Send: "STLS\r\n"}, slo.TCPStep{Expect: `\+OK .*\n`}, slo.TCPStep{StartTLS: true},
			slo.TCPStep{Send: "CAPA\r\n"}, slo.TCPStep{Expect: "SASL PLAIN"}), slo.Up, ""},
	})
}
