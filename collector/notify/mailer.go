package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// Secret is a text that never shows in logs, errors and JSON.
type Secret string

// String is a placeholder.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "<secret>"
}

// GoString is a placeholder.
func (s Secret) GoString() string { return s.String() }

// MarshalText is a placeholder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// The ways to encrypt a connection to a mail server.
const (
	StartTLS    = "starttls" // mandatory: a server without it is refused
	ImplicitTLS = "tls"      // from the first byte (RFC 8314)
	NoTLS       = "none"     // for a server on this machine only
)

// MailConfig says how to reach the mail server.
type MailConfig struct {
	Host string
	Port int    // default 587, with ImplicitTLS 465, with NoTLS 25
	TLS  string // StartTLS (default), ImplicitTLS or NoTLS
	// RootCAs judge the server's certificate, which must name Host; nil is
	// the system's.
	RootCAs *x509.CertPool
	// Username and Password sign in by AUTH PLAIN or else LOGIN. Without a
	// username there is no sign-in.
	Username string
	Password Secret
	// AccessToken gives the OAuth 2.0 access token that signs Username in by AUTH
	// XOAUTH2; it is asked for each connection. With it there is no Password.
	AccessToken func(context.Context) (Secret, error)
	// Keep has the bytes of a message on disk when it returns, and returns those
	// that are kept, which are other ones where the message has some already. nil
	// keeps none.
	Keep func(ctx context.Context, id string, raw []byte) ([]byte, error)

	Hello   string        // name given in EHLO; default the machine's
	Timeout time.Duration // of connecting, of each command, of each 64 KiB sent; default 30 s
	// AcceptTimeout is how long the server may take to accept a message that
	// it has whole. A client that gives up earlier than 10 minutes (the
	// default, RFC 5321 4.5.3.2.6) makes duplicates.
	AcceptTimeout time.Duration
}

// Mailer sends messages to one SMTP server, each over a connection of its own.
type Mailer struct{ cfg MailConfig }

// NewMailer checks the settings; it does not connect.
func NewMailer(cfg MailConfig) (*Mailer, error) {
	if cfg.TLS == "" {
		cfg.TLS = StartTLS
	}
	ports := map[string]int{StartTLS: gomail.DefaultPortTLS, ImplicitTLS: gomail.DefaultPortSSL, NoTLS: gomail.DefaultPort}
	if cfg.Port == 0 {
		cfg.Port = ports[cfg.TLS]
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 30 * time.Second
	}
	if cfg.AcceptTimeout <= 0 {
		cfg.AcceptTimeout = 10 * time.Minute
	}
	if cfg.Hello == "" {
		cfg.Hello = helloName()
	}
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("setting up mail: %w", err)
	}
	return &Mailer{cfg}, nil
}

func (c MailConfig) validate() error {
	var errs []error
	switch {
	case c.Host == "":
		errs = append(errs, errors.New("host is missing"))
	case !oneLine(c.Host):
		errs = append(errs, fmt.Errorf("host %q has a control character", c.Host))
	}
	if c.Port < 0 || c.Port > 65535 {
		errs = append(errs, fmt.Errorf("port %d is not 1 to 65535", c.Port))
	}
	switch c.TLS {
	case StartTLS, ImplicitTLS:
	case NoTLS:
		if !loopbackName(c.Host) {
			errs = append(errs, fmt.Errorf("tls: none is for localhost only, not for %q", c.Host))
		}
	default:
		errs = append(errs, fmt.Errorf("tls %q is not one of %s, %s, %s", c.TLS, StartTLS, ImplicitTLS, NoTLS))
	}
	if c.Username == "" && c.Password != "" {
		errs = append(errs, errors.New("there is a password without a username"))
	}
	if c.AccessToken != nil && (c.Username == "" || c.Password != "") {
		errs = append(errs, errors.New("an access token goes with a username, and without a password"))
	}
	if !atom(c.Hello) {
		errs = append(errs, fmt.Errorf("hello %q is not a host name", c.Hello))
	}
	return errors.Join(errs...)
}

// helloName is the machine's name, where it is fit for EHLO.
func helloName() string {
	if name, err := os.Hostname(); err == nil && atom(name) {
		return name
	}
	return "localhost"
}

func loopbackName(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// session is one connection to the mail server, signed in.
type session struct {
	*smtp.Client
	raw     net.Conn
	release func() bool // of ctx's hold on raw
	timeout time.Duration
	hidden  *confidential // what the server may repeat, and nobody else
}

// close ends the connection. What was accepted over it stands.
func (s *session) close() {
	s.release()
	s.raw.Close()
}

// open connects, encrypts and signs in. The connection is closed when ctx
// ends, whatever is going on over it. What it signs in with is added to hidden.
func (m *Mailer) open(ctx context.Context, hidden *confidential) (*session, *SendError) {
	s := &session{timeout: m.cfg.Timeout, hidden: hidden}
	dial := func(dialCtx context.Context, _, _ string) (net.Conn, error) {
		raw, err := m.dial(dialCtx)
		if err != nil {
			return nil, err
		}
		s.raw = raw
		s.release = context.AfterFunc(ctx, func() { raw.Close() })
		if m.cfg.TLS != ImplicitTLS {
			return raw, nil
		}
		secure := tls.Client(raw, m.tlsConfig())
		return secure, secure.HandshakeContext(dialCtx)
	}
	client, err := gomail.NewClient(m.cfg.Host, m.options(dial)...)
	if err != nil {
		return nil, classify(stageConnect, err)
	}
	// The library bounds the time of each step by its timeout, but leaves the
	// connection open where a step fails.
	if s.Client, err = client.DialToSMTPClientWithContext(ctx); err != nil {
		if s.raw != nil {
			s.close()
		}
		return nil, classify(stageConnect, err)
	}
	if err := m.auth(ctx, s); err != nil {
		s.close()
		return nil, classify(stageAuth, err)
	}
	return s, nil
}

func (m *Mailer) options(dial gomail.DialContextFunc) []gomail.Option {
	options := []gomail.Option{
		gomail.WithPort(m.cfg.Port),
		gomail.WithTimeout(m.cfg.Timeout),
		gomail.WithHELO(m.cfg.Hello),
		gomail.WithTLSConfig(m.tlsConfig()),
		gomail.WithDialContextFunc(dial),
		gomail.WithoutSMTPUTF8(), // addresses are ASCII; the next server may not know it
	}
	switch m.cfg.TLS {
	case ImplicitTLS:
		return append(options, gomail.WithSSL())
	case NoTLS:
		return append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	return append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
}

func (m *Mailer) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: m.cfg.Host, RootCAs: m.cfg.RootCAs, MinVersion: tls.VersionTLS12}
}

// dial connects. Without TLS the address that was reached must be this
// machine, whatever the name resolved to.
func (m *Mailer) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Timeout)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(m.cfg.Host, fmt.Sprint(m.cfg.Port)))
	if err != nil {
		return nil, err
	}
	if addr, ok := conn.RemoteAddr().(*net.TCPAddr); m.cfg.TLS == NoTLS && (!ok || !addr.IP.IsLoopback()) {
		conn.Close()
		return nil, fmt.Errorf("tls: none, but %s is not this machine", m.cfg.Host)
	}
	return &boundedConn{Conn: conn, left: maxDialogue}, nil
}

// maxDialogue bounds what a server may say in one session, in bytes.
const maxDialogue = 1 << 20

// boundedConn is a connection from which at most left bytes can be read.
type boundedConn struct {
	net.Conn
	left int
}

func (c *boundedConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errors.New("the mail server says too much")
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}
