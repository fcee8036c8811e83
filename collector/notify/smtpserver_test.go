package notify_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/assay-sla/assay/collector/notify"
)

const (
	user     = "assay"
	password = "correct horse"
)

// certificate is a self-signed one for localhost: itself, its PEM and a pool
// that trusts it.
func certificate(t *testing.T) (cert tls.Certificate, certPEM, keyPEM []byte, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	if cert, err = tls.X509KeyPair(certPEM, keyPEM); err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return cert, certPEM, keyPEM, pool
}

// letter is one message that the server has accepted.
type letter struct {
	from string
	to   []string
	user string // signed in as
	tls  bool
	raw  []byte
}

// parsed reads the letter's header and body.
func (l letter) parsed(t *testing.T) *mail.Message {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(l.raw))
	if err != nil {
		t.Fatalf("the letter does not parse: %v\n%s", err, l.raw)
	}
	return m
}

// smtpServer is an SMTP server that does as it is told. Set its fields before
// start.
type smtpServer struct {
	mechanism string // PLAIN (default), LOGIN or XOAUTH2
	implicit  bool   // TLS from the first byte
	noTLS     bool
	open      bool // takes mail without sign-in
	maxBytes  int64
	onMail    func(from string) error
	onRcpt    func(to string) error
	onData    func() error // after the whole message was read
	hangUp    bool         // close instead of answering the final dot
	keepFirst bool         // ... but accept the message

	letters chan letter
	cfg     notify.MailConfig // to reach it

	mu sync.Mutex
}

func (s *smtpServer) start(t *testing.T) *smtpServer {
	t.Helper()
	cert, _, _, pool := certificate(t)
	s.letters = make(chan letter, 100)
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &smtpSession{srv: s, conn: c}, nil
	}))
	srv.Domain = "localhost"
	srv.AllowInsecureAuth = s.noTLS
	srv.MaxMessageBytes = s.maxBytes
	srv.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.cfg = notify.MailConfig{
		Host: "localhost", Port: l.Addr().(*net.TCPAddr).Port, RootCAs: pool,
		Username: user, Password: password, Timeout: 5 * time.Second, AcceptTimeout: 5 * time.Second,
	}
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	switch {
	case s.noTLS:
		s.cfg.TLS = notify.NoTLS
	case s.implicit:
		s.cfg.TLS = notify.ImplicitTLS
		l = tls.NewListener(l, config)
	default:
		srv.TLSConfig = config
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l)
	}()
	t.Cleanup(func() {
		l.Close() // Serve may not have begun, and Close then knows no listener
		srv.Close()
		<-done
	})
	return s
}

func (s *smtpServer) mailer(t *testing.T) *notify.Mailer {
	t.Helper()
	m, err := notify.NewMailer(s.cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// behave changes the server while it runs.
func (s *smtpServer) behave(f func(s *smtpServer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
}

// letter returns the next accepted letter.
func (s *smtpServer) letter(t *testing.T) letter {
	t.Helper()
	select {
	case l := <-s.letters:
		return l
	case <-time.After(20 * time.Second):
		t.Fatal("no letter arrived")
		return letter{}
	}
}

type smtpSession struct {
	srv  *smtpServer
	conn *smtp.Conn
	letter
}

func (s *smtpSession) AuthMechanisms() []string {
	if s.srv.mechanism != "" {
		return []string{s.srv.mechanism}
	}
	return []string{sasl.Plain}
}

func (s *smtpSession) check(_, name, pass string) error {
	if name != user || pass != password {
		return smtp.ErrAuthFailed
	}
	s.user = name
	return nil
}

func (s *smtpSession) Auth(mech string) (sasl.Server, error) {
	switch mech {
	case sasl.Plain:
		return sasl.NewPlainServer(s.check), nil
	case sasl.Login:
		return &loginServer{check: s.check}, nil
	case "XOAUTH2":
		return &tokenServer{check: s.check}, nil
	}
	return nil, errors.New("unknown mechanism")
}

// loginServer is AUTH LOGIN from the server's side.
type loginServer struct {
	check func(identity, name, pass string) error
	step  int
	name  string
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	l.step++
	switch l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.name = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check("", l.name, string(response))
}

// tokenServer is AUTH XOAUTH2 from the server's side: a refusal is told in a
// challenge, which the client answers with nothing.
type tokenServer struct {
	check func(identity, name, pass string) error
	wrong error
}

func (x *tokenServer) Next(response []byte) ([]byte, bool, error) {
	if x.wrong != nil {
		return nil, true, x.wrong
	}
	name, rest, ok := strings.Cut(string(response), "\x01auth=Bearer ")
	if !ok || !strings.HasPrefix(name, "user=") || !strings.HasSuffix(rest, "\x01\x01") {
		return nil, true, errors.New("malformed")
	}
	if x.wrong = x.check("", strings.TrimPrefix(name, "user="), strings.TrimSuffix(rest, "\x01\x01")); x.wrong != nil {
		return []byte(`{"status":"401","schemes":"bearer"}`), false, nil
	}
	return nil, true, nil
}

func (s *smtpSession) Mail(from string, _ *smtp.MailOptions) error {
	s.srv.mu.Lock()
	defer s.srv.mu.Unlock()
	if s.user == "" && !s.srv.open {
		return smtp.ErrAuthRequired
	}
	s.from = from
	if s.srv.onMail != nil {
		return s.srv.onMail(from)
	}
	return nil
}

func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.srv.mu.Lock()
	defer s.srv.mu.Unlock()
	if s.srv.onRcpt != nil {
		if err := s.srv.onRcpt(to); err != nil {
			return err
		}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *smtpSession) Data(r io.Reader) (err error) {
	if s.raw, err = io.ReadAll(r); err != nil {
		return err
	}
	_, s.tls = s.conn.TLSConnectionState()
	s.srv.mu.Lock()
	defer s.srv.mu.Unlock()
	if s.srv.onData != nil {
		if err := s.srv.onData(); err != nil {
			return err
		}
	}
	if s.srv.hangUp {
		if s.srv.keepFirst {
			s.srv.letters <- s.letter
		}
		s.conn.Conn().Close()
		return nil
	}
	s.srv.letters <- s.letter
	return nil
}

func (s *smtpSession) Reset()        { s.letter = letter{user: s.user} }
func (s *smtpSession) Logout() error { return nil }

func reply(code int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCodeNotSet, Message: text}
}
