package probe

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// smtpTest speaks with a mail server (RFC 5321, 3207, 4954).
type smtpTest struct {
	mailServer
	from, to string
}

func newSMTP(spec slo.Spec, env *Env) (Test, error) {
	s, ok := spec.(*slo.SMTP)
	if !ok {
		return nil, fmt.Errorf("smtp: spec is a %T", spec)
	}
	server, err := newMailServer(s.Address, s.IP, s.Security, s.TLS, s.Username, s.Password, env)
	if err != nil {
		return nil, fmt.Errorf("smtp: %w", err)
	}
	if (s.From != "") != (s.To != "") || strings.ContainsAny(s.From+s.To, "\r\n<>") {
		return nil, fmt.Errorf("smtp: from and to are two mail addresses, or none")
	}
	t := &smtpTest{server, s.From, s.To}
	return t.run, nil
}

func (t *smtpTest) run(r *run) error {
	k, err := t.connect(r)
	if err != nil {
		return err
	}
	defer k.close()
	if _, err := k.greeted("220"); err != nil {
		return err
	}
	offered, err := k.hello()
	if err != nil {
		return err
	}
	if t.security == slo.SecurityStartTLS {
		if err := k.smtpTLS(offered); err != nil {
			return err
		}
		if err := k.startTLS(t.judge); err != nil {
			return err
		}
		if offered, err = k.hello(); err != nil { // what was said in the clear is void
			return err
		}
	}
	if t.username != "" {
		if err := t.login(k, offered); err != nil {
			return err
		}
	}
	if t.from != "" {
		if err := t.offer(k); err != nil {
			return err
		}
	}
	return k.sendLine("QUIT") // its answer proves nothing more
}

// hello introduces the probe and returns what the server offers.
func (k *talk) hello() ([]string, error) {
	if err := k.sendLine("EHLO assay-agent"); err != nil {
		return nil, err
	}
	lines, err := k.greeted("250")
	if err != nil {
		return nil, err
	}
	return lines[min(1, len(lines)):], nil
}

// login is AUTH PLAIN, or LOGIN where a server has nothing else.
func (t *smtpTest) login(k *talk, offered []string) error {
	password, err := k.r.secret(t.password)
	if err != nil {
		return err
	}
	plain := base64.StdEncoding.EncodeToString([]byte("\x00" + t.username + "\x00" + password))
	user, pass := base64.StdEncoding.EncodeToString([]byte(t.username)), base64.StdEncoding.EncodeToString([]byte(password))
	k.r.hide(plain)
	mechanisms := ""
	for _, o := range offered {
		if rest, ok := strings.CutPrefix(strings.ToUpper(o), "AUTH"); ok {
			mechanisms += rest + " "
		}
	}
	var steps []string
	switch words := strings.Fields(strings.ReplaceAll(mechanisms, "=", " ")); {
	case offers(words, "PLAIN"):
		steps = []string{"AUTH PLAIN " + plain}
	case offers(words, "LOGIN"):
		steps = []string{"AUTH LOGIN", user, pass}
	default:
		return downf(slo.LoginRefused, "%s offers neither AUTH PLAIN nor AUTH LOGIN", k.r.peer)
	}
	for i, step := range steps {
		want := "334"
		if i == len(steps)-1 {
			want = "235"
		}
		if err := k.ask(step, want, slo.LoginRefused); err != nil {
			return err
		}
	}
	return nil
}

// offer offers a message and takes it back.
func (t *smtpTest) offer(k *talk) error {
	for _, command := range []string{"MAIL FROM:<" + t.from + ">", "RCPT TO:<" + t.to + ">", "RSET"} {
		if err := k.ask(command, "250", slo.StatusUnexpected); err != nil {
			return err
		}
	}
	return nil
}

// ask sends a command and wants a code; another one is the failure reason.
func (k *talk) ask(command, want string, reason slo.Reason) error {
	if err := k.sendLine(command); err != nil {
		return err
	}
	code, lines, err := k.reply()
	if err != nil {
		return err
	}
	k.r.m.Status, _ = strconv.Atoi(code) // three digits
	if code != want && !(want == "250" && code == "251") {
		verb, _, _ := strings.Cut(command, " ")
		if reason == slo.LoginRefused {
			verb = "the login"
		}
		return downf(reason, "expected %s to answer %s with %s, got %s", k.r.peer, verb, want, k.said(code, lines))
	}
	return nil
}
