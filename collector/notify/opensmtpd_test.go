package notify_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/notify/outboxtest"
)

// opensmtpd starts Debian's OpenSMTPD on two ports of its own: one plain, one
// with mandatory STARTTLS and sign-in. It relays example.com to next, behind
// which the test looks at what came through. Its queue and its control socket
// are where it was built to have them, so none can run beside another.
func opensmtpd(t *testing.T, next *smtpServer) (plain, secure notify.MailConfig) {
	t.Helper()
	binary, err := exec.LookPath("/usr/sbin/smtpd")
	if err != nil {
		t.Skip("left out: opensmtpd is not installed")
	}
	if os.Geteuid() != 0 {
		t.Skip("left out: opensmtpd needs root")
	}
	hash, err := exec.Command("/usr/sbin/smtpctl", "encrypt", password).Output()
	if err != nil {
		t.Fatalf("smtpctl encrypt: %v", err)
	}
	dir := t.TempDir()
	_, certPEM, keyPEM, pool := certificate(t)
	plain = notify.MailConfig{Host: "127.0.0.1", Port: freePort(t), TLS: notify.NoTLS}
	secure = notify.MailConfig{Host: "localhost", Port: freePort(t), RootCAs: pool, Username: user, Password: password}
	config := fmt.Sprintf(`
pki localhost cert "%[1]s/cert.pem"
pki localhost key "%[1]s/key.pem"
table users file:%[1]s/users
listen on 127.0.0.1 port %[2]d hostname localhost
listen on 127.0.0.1 port %[3]d tls-require pki localhost auth <users> hostname localhost
action out relay host smtp://127.0.0.1:%[4]d
match from any for domain "example.com" action out
`, dir, plain.Port, secure.Port, next.cfg.Port)
	for name, text := range map[string]string{
		"cert.pem": string(certPEM), "key.pem": string(keyPEM), "smtpd.conf": config,
		"users": user + "\t" + strings.TrimSpace(string(hash)) + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	runDaemon(t, exec.Command(binary, "-d", "-v", "-f", filepath.Join(dir, "smtpd.conf")), "smtp: will accept at most")
	return plain, secure
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// runDaemon starts a command and returns when its log has the word. At
// the end of the test it and its children are stopped.
func runDaemon(t *testing.T, cmd *exec.Cmd, word string) {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r, w := io.Pipe()
	cmd.Stderr, cmd.Stdout = w, w
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	ready, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		told := false
		for lines := bufio.NewScanner(r); lines.Scan(); {
			fmt.Fprintln(&all, lines.Text())
			if !told && strings.Contains(lines.Text(), word) {
				told = true
				close(ready)
			}
		}
	}()
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		w.Close()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
		<-done
		if t.Failed() {
			t.Logf("%s said:\n%s", cmd.Path, all.String())
		}
	})
	select {
	case <-ready:
	case <-ended:
		t.Fatalf("%s ended", cmd.Path)
	case <-time.After(20 * time.Second):
		t.Fatalf("%s did not start within 20 s", cmd.Path)
	}
}

func TestRealOpenSMTPD(t *testing.T) {
	next := (&smtpServer{noTLS: true, open: true}).start(t)
	plain, secure := opensmtpd(t, next)
	send := func(cfg notify.MailConfig, m notify.Message) (notify.Result, *notify.SendError) {
		t.Helper()
		mailer, err := notify.NewMailer(cfg)
		if err != nil {
			t.Fatal(err)
		}
		result, err := mailer.Send(t.Context(), m, notify.Attempt{})
		failure, _ := errors.AsType[*notify.SendError](err)
		return result, failure
	}
	m := outboxtest.Message("2026-10")
	delivered := func(cfg notify.MailConfig) {
		t.Helper()
		result, failure := send(cfg, m)
		if failure != nil || len(result.Accepted) != 2 || result.Response == "" {
			t.Fatalf("%+v, %v", result, failure)
		}
		// It relays each recipient in a transaction of its own, or both in one.
		for n := 0; n < 2; {
			l := next.letter(t)
			n += len(l.to)
			checkLetter(t, l.parsed(t), m, false)
		}
	}
	delivered(plain)

	elsewhere := m
	elsewhere.To = []string{"anna@elsewhere.example"}
	if _, failure := send(plain, elsewhere); failure == nil || failure.Class != notify.Permanent || failure.Stage != "RCPT" {
		t.Errorf("a recipient that it does not relay to: %v", failure)
	}
	some := m
	some.To = []string{"anna@example.com", "anna@elsewhere.example"}
	if result, failure := send(plain, some); failure != nil || len(result.Accepted) != 1 || len(result.Refused) != 1 {
		t.Errorf("one of two recipients: %+v, %v", result, failure)
	}
	next.letter(t)

	// OpenSMTPD before 7.3 cannot serve TLS with OpenSSL 3 (Debian 12 has this
	// pair; OpenSMTPD issue 1171). It is then a server that is out of order.
	_, failure := send(secure, m)
	if failure != nil && strings.Contains(failure.Error(), "tls: internal error") {
		t.Log("this OpenSMTPD cannot serve TLS: STARTTLS and AUTH are tested against the other server only")
		if failure.Class != notify.Temporary || failure.Stage != "connect" || !failure.Server {
			t.Errorf("%v", failure)
		}
		return
	}
	delivered(secure)
	secure.Password = "wrong"
	if _, failure := send(secure, m); failure == nil || failure.Stage != "auth" {
		t.Errorf("with a wrong password: %v", failure)
	}
}
