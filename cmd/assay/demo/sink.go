package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"regexp"
	"strings"
	"sync"

	"github.com/emersion/go-smtp"
)

// maxMail bounds a mail that the sink takes, in bytes.
const maxMail = 16 << 20

// nobody is an address that the sink knows of no longer.
const nobody = "left@dogwood.example"

// sink is the mail server of the demo, on loopback. It keeps of each mail who got
// it, and the survey that it asks to take part in.
type sink struct {
	port   int
	server *smtp.Server

	mu  sync.Mutex
	got []letter
}

// letter is a mail as far as its reader needs it.
type letter struct {
	to, id string
	survey string // path of its survey; "" where it has none
}

// openSink listens on a port that the system chooses; the function ends it.
func openSink() (*sink, func(), error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("opening the mail server of the demo: %w", err)
	}
	s := &sink{port: l.Addr().(*net.TCPAddr).Port}
	s.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &sinkSession{sink: s}, nil }))
	s.server.Domain, s.server.MaxMessageBytes = "localhost", maxMail
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.server.Serve(l) // it ends when it is closed
	}()
	return s, func() { _ = s.server.Close(); <-ended }, nil
}

// take returns the mails since the last time.
func (s *sink) take() []letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.got
	s.got = nil
	return out
}

// sinkSession is one connection.
type sinkSession struct {
	sink *sink
	to   string
}

// Mail takes every sender.
func (s *sinkSession) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt takes every recipient but one.
func (s *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.to = to; to == nobody {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user here"}
	}
	return nil
}

// surveyLink is in the text of a mail whose reader is asked something.
var surveyLink = regexp.MustCompile(`/survey/[A-Za-z0-9_-]{32}`)

// Data takes the mail.
func (s *sinkSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return errors.New("this is no mail")
	}
	got := letter{to: s.to, id: strings.Trim(m.Header.Get("Message-Id"), "<>")}
	// A line of quoted-printable may end within the link.
	got.survey = string(surveyLink.Find(bytes.ReplaceAll(raw, []byte("=\r\n"), nil)))
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.got = append(s.sink.got, got)
	return nil
}

// Reset begins the next mail.
func (s *sinkSession) Reset() {}

// Logout ends the connection.
func (s *sinkSession) Logout() error { return nil }
