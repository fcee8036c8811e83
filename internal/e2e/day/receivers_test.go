package day

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/slo"
)

// receivers are those whom the collector tells: an Alertmanager, a webhook,
// PagerDuty and a mail server. They run outside the bubble, and keep what they
// are told until it is taken.
type receivers struct {
	alertmanager, webhook *httptest.Server
	pagerDuty             *httptest.Server
	smtp                  net.Listener

	mu     sync.Mutex
	alerts []notify.Alert
	events []notify.Event
	pages  []page
	mails  []string // receivers and subject
	bad    []string // what no receiver could read
}

// page is what PagerDuty gets, as far as it matters here.
type page struct {
	Action  string `json:"event_action"`
	Payload struct {
		Summary string `json:"summary"`
	} `json:"payload"`
	Key string `json:"dedup_key"`
}

func newReceivers(t *testing.T) *receivers {
	r := &receivers{}
	r.alertmanager = r.serve(t, httptest.NewUnstartedServer(keep(r, func(list []notify.Alert) { r.alerts = append(r.alerts, list...) })), false)
	r.webhook = r.serve(t, httptest.NewUnstartedServer(keep(r, func(e notify.Event) { r.events = append(r.events, e) })), false)
	r.pagerDuty = r.serve(t, httptest.NewUnstartedServer(keep(r, func(p page) { r.pages = append(r.pages, p) })), true)
	r.mail(t)
	return r
}

// serve starts a server that closes each connection behind its answer: one that
// is kept would have a goroutine in the bubble wait for it.
func (r *receivers) serve(t *testing.T, s *httptest.Server, secure bool) *httptest.Server {
	s.Config.SetKeepAlivesEnabled(false)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// keep is a server that keeps the body of each request.
func keep[T any](r *receivers, add func(T)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var v T
		err := json.NewDecoder(req.Body).Decode(&v)
		r.mu.Lock()
		defer r.mu.Unlock()
		if err != nil {
			r.bad = append(r.bad, req.URL.Path+": "+err.Error())
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		add(v)
		w.WriteHeader(http.StatusAccepted) // as PagerDuty answers
	})
}

// certificate is what PagerDuty's server is known by, in PEM.
func (r *receivers) certificate() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.pagerDuty.Certificate().Raw})
}

// mail starts the mail server.
func (r *receivers) mail(t *testing.T) {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{receivers: r}, nil }))
	s.Domain, s.ErrorLog = "localhost", slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	var err error
	if r.smtp, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(r.smtp) // until it is closed
	}()
	t.Cleanup(func() {
		r.smtp.Close()
		s.Close()
		<-done
	})
}

// session takes one mail.
type session struct {
	receivers *receivers
	to        []string
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(body io.Reader) error {
	m, err := mail.ReadMessage(body)
	if err != nil {
		return err
	}
	s.receivers.mu.Lock()
	defer s.receivers.mu.Unlock()
	s.receivers.mails = append(s.receivers.mails, strings.Join(s.to, ", ")+": "+m.Header.Get("Subject"))
	return nil
}

func (s *session) Reset()        { s.to = nil }
func (s *session) Logout() error { return nil }

// take writes what came since the last time into a timeline.
func (r *receivers) take(l *timeline, at slo.Instant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.alerts {
		l.alert(a, at)
	}
	for _, e := range r.events {
		l.tell(at, fromWebhook, e.Subject(), fmt.Sprintf("%s, %s: %s", e.Type, e.Severity, e.Summary))
	}
	for _, p := range r.pages {
		l.tell(at, fromPagerDuty, p.Key, strings.TrimSuffix(p.Action+" "+strings.TrimPrefix(p.Key, "assay ")+": "+p.Payload.Summary, ": "))
	}
	for _, m := range r.mails {
		l.add(at, fromMail, m)
	}
	for _, b := range r.bad {
		l.add(at, fromNobody, b)
	}
	r.alerts, r.events, r.pages, r.mails, r.bad = nil, nil, nil, nil, nil
}
