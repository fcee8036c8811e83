package probe

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/internal/testservers"
	"github.com/assay-sla/assay/slo"
)

// These tests run the probes against servers as Debian ships them.

// pemFiles writes a fresh certificate with its authority's, and its key.
func pemFiles(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	pair := theAuthority().fresh(t)
	var chain bytes.Buffer
	for _, der := range pair.Certificate {
		if err := pem.Encode(&chain, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			t.Fatal(err)
		}
	}
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	save(t, cert, chain.String())
	save(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	return cert, key
}

// shared is a folder that other users may look into.
func shared(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "assay-probe-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func save(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func me(t *testing.T) (name, group string) {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	g, err := user.LookupGroupId(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	return u.Username, g.Name
}

// TestDovecot: IMAP with and without STARTTLS, and POP3's.
func TestDovecot(t *testing.T) {
	path := testservers.Program(t, "/usr/sbin/dovecot", "dovecot-imapd")
	dir := shared(t)
	cert, key := pemFiles(t, dir)
	imap, imaps, pop3 := testservers.FreePort(t), testservers.FreePort(t), testservers.FreePort(t)
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
protocols = imap pop3
listen = 127.0.0.1
ssl = required
ssl_cert = <%[2]s
ssl_key = <%[3]s
%[9]s
mail_location = maildir:%[1]s/mail/%%u
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
service anvil {
  chroot =
}
`, dir, cert, key, imap, imaps, pop3, name, group, users))
	testservers.Daemon(t, "127.0.0.1:"+imap, path, "-F", "-c", config)

	trusted := slo.TLSOptions{CA: theAuthority().pem()}
	env := newEnv(t, Options{Secrets: func(name string) (string, error) {
		if name == "wrong" {
			return "battery", nil
		}
		return `correct"horse`, nil
	}})
	good := slo.Secret{Name: "good"}
	for _, c := range []struct {
		name    string
		spec    slo.Spec
		outcome slo.State
		reason  slo.Reason
	}{
		{"imap", &slo.IMAP{Address: "127.0.0.1:" + imap, TLS: trusted}, slo.Up, ""},
		{"imap with a login", &slo.IMAP{Address: "127.0.0.1:" + imap, Username: "probe", Password: good, Mailbox: "INBOX", TLS: trusted}, slo.Up, ""},
		{"imap over TLS", &slo.IMAP{Address: "127.0.0.1:" + imaps, Security: slo.SecurityTLS, Username: "probe", Password: good, TLS: trusted}, slo.Up, ""},
		{"no such mailbox", &slo.IMAP{Address: "127.0.0.1:" + imap, Username: "probe", Password: good, Mailbox: "Gone", TLS: trusted}, slo.Down, slo.StatusUnexpected},
		{"another password", &slo.IMAP{Address: "127.0.0.1:" + imap, Username: "probe", Password: slo.Secret{Name: "wrong"}, TLS: trusted}, slo.Down, slo.LoginRefused},
		{"imap's certificate", &slo.TLS{Address: "127.0.0.1:" + imap, StartTLS: "imap", TLS: trusted}, slo.Up, ""},
		{"pop3's certificate", &slo.TLS{Address: "127.0.0.1:" + pop3, StartTLS: "pop3", TLS: trusted}, slo.Up, ""},
		{"pop3 as smtp", &slo.TLS{Address: "127.0.0.1:" + pop3, StartTLS: "smtp", TLS: trusted}, slo.Down, slo.ProtocolError},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := prepare(t, c.spec, 10*time.Second, env).Run(t.Context(), now, nil)
			want(t, m, c.outcome, c.reason)
			if strings.Contains(m.Evidence, "horse") || strings.Contains(m.Evidence, "battery") {
				t.Errorf("a password shows: %s", m.Evidence)
			}
		})
	}
}

// TestOpenSSH: identification and host keys of the server that most have.
func TestOpenSSH(t *testing.T) {
	path, keygen := testservers.Program(t, "/usr/sbin/sshd", "openssh-server"), testservers.Program(t, "ssh-keygen", "openssh-server")
	dir, port := t.TempDir(), testservers.FreePort(t)
	prints := map[string]string{}
	config := "Port " + port + "\nListenAddress 127.0.0.1\nPidFile none\nUsePAM no\n"
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		file := filepath.Join(dir, kind)
		if out, err := exec.Command(keygen, "-q", "-t", kind, "-N", "", "-f", file).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		out, err := exec.Command(keygen, "-l", "-f", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		prints[kind] = strings.Fields(string(out))[1]
		config += "HostKey " + file + "\n"
	}
	save(t, filepath.Join(dir, "config"), config)
	if os.Geteuid() == 0 { // sshd insists on a folder for what it separates
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	testservers.Daemon(t, "127.0.0.1:"+port, path, "-D", "-e", "-f", filepath.Join(dir, "config"))
	address := "127.0.0.1:" + port
	for _, c := range []struct {
		name    string
		spec    slo.SSH
		outcome slo.State
		reason  slo.Reason
	}{
		{"identification", slo.SSH{Banner: "OpenSSH_"}, slo.Up, ""},
		{"Ed25519", slo.SSH{Fingerprints: []string{prints["ed25519"]}}, slo.Up, ""},
		{"ECDSA", slo.SSH{Fingerprints: []string{prints["ecdsa"]}, Algorithm: "ecdsa-sha2-nistp256"}, slo.Up, ""},
		{"RSA", slo.SSH{Fingerprints: []string{prints["rsa"]}, Algorithm: "rsa-sha2-512"}, slo.Up, ""},
		{"another key", slo.SSH{Fingerprints: []string{prints["rsa"]}}, slo.Down, slo.HostKeyMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.Address = address
			want(t, once(t, &c.spec, 10*time.Second), c.outcome, c.reason)
		})
	}
}

// TestNginx: pages with and without TLS, and what is in the way of old clients.
func TestNginx(t *testing.T) {
	path := testservers.Program(t, "/usr/sbin/nginx", "nginx-light")
	dir := t.TempDir()
	cert, key := pemFiles(t, dir)
	plain, secure, old := testservers.FreePort(t), testservers.FreePort(t), testservers.FreePort(t)
	save(t, filepath.Join(dir, "index.html"), "<h1>Welcome</h1>\n")
	if err := os.Chmod(filepath.Join(dir, "index.html"), 0o644); err != nil {
		t.Fatal(err)
	}
	name, group := me(t)
	config := filepath.Join(dir, "nginx.conf")
	save(t, config, fmt.Sprintf(`
user %[7]s %[8]s;
daemon off;
pid %[1]s/pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
  uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
  root %[1]s;
  ssl_certificate %[2]s;
  ssl_certificate_key %[3]s;
  server {
    listen 127.0.0.1:%[4]s;
    add_header X-Frame-Options DENY;
    location = /moved { return 301 /; }
    location = /gone { return 410; }
  }
  server { listen 127.0.0.1:%[5]s ssl http2; ssl_protocols TLSv1.2 TLSv1.3; }
  server { listen 127.0.0.1:%[6]s ssl; ssl_protocols TLSv1.2; ssl_ciphers AES128-SHA:ECDHE-ECDSA-AES128-SHA; }
}
`, dir, cert, key, plain, secure, old, name, group))
	testservers.Daemon(t, "127.0.0.1:"+plain, path, "-c", config, "-p", dir)

	trusted := slo.TLSOptions{CA: theAuthority().pem()}
	for _, c := range []struct {
		name    string
		spec    slo.Spec
		outcome slo.State
		reason  slo.Reason
	}{
		{"page", &slo.HTTP{URL: "http://127.0.0.1:" + plain, Match: "Welcome", HeaderMatch: map[string]string{"X-Frame-Options": "DENY"}}, slo.Up, ""},
		{"redirect", &slo.HTTP{URL: "http://127.0.0.1:" + plain + "/moved", Redirects: 1, Match: "Welcome"}, slo.Up, ""},
		{"gone", &slo.HTTP{URL: "http://127.0.0.1:" + plain + "/gone"}, slo.Down, slo.StatusUnexpected},
		{"over TLS", &slo.HTTP{URL: "https://127.0.0.1:" + secure, TLS: slo.TLSOptions{CA: trusted.CA, MinVersion: "1.3"}}, slo.Up, ""},
		{"too old a TLS", &slo.HTTP{URL: "https://127.0.0.1:" + old, TLS: slo.TLSOptions{CA: trusted.CA, MinVersion: "1.3"}}, slo.Down, slo.TLSVersionLow},
		{"a cipher that is not wanted", &slo.TLS{Address: "127.0.0.1:" + old, TLS: slo.TLSOptions{CA: trusted.CA, Ciphers: []string{"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"}}}, slo.Down, slo.TLSCipherRefused},
		{"no gRPC there", &slo.GRPC{Address: "127.0.0.1:" + secure, TLS: trusted}, slo.Down, slo.StatusUnexpected},
		{"no WebSocket there", &slo.WebSocket{URL: "wss://127.0.0.1:" + secure, TLS: trusted}, slo.Down, slo.StatusUnexpected},
	} {
		t.Run(c.name, func(t *testing.T) { want(t, once(t, c.spec, 10*time.Second), c.outcome, c.reason) })
	}
}
