package collector

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"net"
	"net/mail"
	"path/filepath"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// mailServer is a mail server on loopback that keeps what it takes. It tells of
// each step of a mail, and goes on when the one who is told returns.
type mailServer struct {
	port   int
	step   func(name string)
	refuse func(to string) error // nil takes all

	mu  sync.Mutex
	got []received
}

// received is a mail that was taken, for one address.
type received struct {
	to  string
	raw []byte
}

func newMailServer(t *testing.T, step func(string)) *mailServer {
	t.Helper()
	m := &mailServer{step: step}
	if step == nil {
		m.step = func(string) {}
	}
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{server: m}, nil }))
	srv.Domain = "localhost"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.port = l.Addr().(*net.TCPAddr).Port
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l)
	}()
	t.Cleanup(func() {
		l.Close()
		srv.Close()
		<-done
	})
	return m
}

// taken are the mails so far, by address.
func (m *mailServer) taken() map[string][][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string][][]byte{}
	for _, r := range m.got {
		out[r.to] = append(out[r.to], r.raw)
	}
	return out
}

type mailSession struct {
	server *mailServer
	to     string
}

func (s *mailSession) Mail(string, *smtp.MailOptions) error {
	s.server.step("MAIL")
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	s.server.step("RCPT")
	if s.server.refuse != nil {
		return s.server.refuse(to)
	}
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	s.server.step("DATA")
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.server.mu.Lock()
	s.server.got = append(s.server.got, received{s.to, raw})
	s.server.mu.Unlock()
	s.server.step("accepted")
	return nil
}

func (s *mailSession) Reset()        {}
func (s *mailSession) Logout() error { return nil }

// header is the field of a mail.
func header(t *testing.T, raw []byte, field string) string {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header.Get(field)
}

func sqlFilter(state slo.SendingState) sqlstore.SendingFilter {
	return sqlstore.SendingFilter{State: state}
}

// forge changes the records behind the collector's back.
func (w *world) forge(statement string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.config.Data, "records.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		w.t.Fatal(err)
	}
}
