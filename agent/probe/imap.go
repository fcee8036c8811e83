package probe

import (
	"fmt"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// imapTest speaks with a mailbox server (RFC 3501, 8314).
type imapTest struct {
	mailServer
	mailbox string
}

func newIMAP(spec slo.Spec, env *Env) (Test, error) {
	s, ok := spec.(*slo.IMAP)
	if !ok {
		return nil, fmt.Errorf("imap: spec is a %T", spec)
	}
	server, err := newMailServer(s.Address, s.IP, s.Security, s.TLS, s.Username, s.Password, env)
	if err != nil {
		return nil, fmt.Errorf("imap: %w", err)
	}
	if s.Mailbox != "" && s.Username == "" {
		return nil, fmt.Errorf("imap: a mailbox is looked at after a login")
	}
	if !quotable(s.Username) || !quotable(s.Mailbox) {
		return nil, fmt.Errorf("imap: username and mailbox are printable ASCII")
	}
	t := &imapTest{server, s.Mailbox}
	return t.run, nil
}

func (t *imapTest) run(r *run) error {
	k, err := t.connect(r)
	if err != nil {
		return err
	}
	defer k.close()
	if t.security == slo.SecurityStartTLS {
		if err := askIMAP(k); err != nil {
			return err
		}
		if err := k.startTLS(t.judge); err != nil {
			return err
		}
	} else if err := k.imapGreeting(); err != nil {
		return err
	}
	if t.username != "" {
		if err := t.login(k); err != nil {
			return err
		}
	}
	return k.sendLine("a9 LOGOUT") // its answer proves nothing more
}

// login logs in, and looks at the mailbox without changing anything in it.
func (t *imapTest) login(k *talk) error {
	password, err := k.r.secret(t.password)
	if err != nil {
		return err
	}
	if !quotable(password) {
		return unknownf(slo.AgentSecret, "the secret %s holds characters that an IMAP login cannot carry", t.password.Name)
	}
	if err := k.wanted("a2", "LOGIN "+quoted(t.username)+" "+quoted(password), slo.LoginRefused); err != nil || t.mailbox == "" {
		return err
	}
	return k.wanted("a3", "EXAMINE "+quoted(t.mailbox), slo.StatusUnexpected)
}

// wanted sends a command and wants OK; another answer is the failure reason.
func (k *talk) wanted(tag, command string, reason slo.Reason) error {
	answer, _, err := k.tagged(tag, command)
	if err == nil && !strings.HasPrefix(strings.ToUpper(answer), "OK") {
		verb, _, _ := strings.Cut(command, " ")
		err = downf(reason, "expected %s to answer %s with OK, got %s", k.r.peer, verb, k.r.quote(answer, 240))
	}
	return err
}

// quotable reports whether a text fits into a quoted string of IMAP.
func quotable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

var imapEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func quoted(s string) string { return `"` + imapEscapes.Replace(s) + `"` }
