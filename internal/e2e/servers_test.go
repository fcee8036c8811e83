package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/miekg/dns"
)

// site is an HTTP server that can be taken away and brought back at the same
// address.
type site struct {
	t       *testing.T
	address string
	server  *http.Server
}

func newSite(t *testing.T) *site {
	s := &site{t: t, address: freePort(t)}
	s.up()
	t.Cleanup(s.down)
	return s
}

func (s *site) up() {
	l, err := net.Listen("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "welcome to the shop")
	})}
	go func(server *http.Server) { _ = server.Serve(l) }(s.server)
}

func (s *site) down() { _ = s.server.Close() }

// newDNS answers every A question with 192.0.2.1.
func newDNS(t *testing.T) string {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{PacketConn: pc, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		m.Answer = []dns.RR{&dns.A{
			Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 5}, A: net.IPv4(192, 0, 2, 1),
		}}
		_ = w.WriteMsg(m)
	})}
	go func() { _ = server.ActivateAndServe() }()
	t.Cleanup(func() { _ = server.Shutdown() })
	return pc.LocalAddr().String()
}

// newTCP accepts connections and closes them.
func newTCP(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

// notification is what Alertmanager tells the webhook.
type notification struct {
	Alerts []struct {
		Status      string            `json:"status"`
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
		StartsAt    time.Time         `json:"startsAt"`
		EndsAt      time.Time         `json:"endsAt"`
	} `json:"alerts"`
}

// webhook keeps what Alertmanager tells it.
type webhook struct {
	url string
	mu  sync.Mutex
	got []notification
}

func newWebhook(t *testing.T) *webhook {
	w := &webhook{}
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var n notification
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			t.Errorf("the webhook got no JSON: %v", err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.got = append(w.got, n)
	}))
	t.Cleanup(s.Close)
	w.url = s.URL
	return w
}

// find returns the annotations of the first alert of a name and status.
func (w *webhook) find(name, status string) (map[string]string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.got {
		for _, a := range n.Alerts {
			if a.Labels["alertname"] == name && a.Status == status {
				return a.Annotations, true
			}
		}
	}
	return nil, false
}

// newAlertmanager runs Debian's Alertmanager, which tells the webhook at once.
func newAlertmanager(t *testing.T, hook string) string {
	t.Helper()
	path := needs(t, "prometheus-alertmanager", "prometheus-alertmanager")
	dir, address := t.TempDir(), freePort(t)
	write(t, filepath.Join(dir, "alertmanager.yml"), `
route: {receiver: hook, group_wait: 0s, group_interval: 1s, repeat_interval: 1h, group_by: [alertname, service]}
receivers: [{name: hook, webhook_configs: [{url: "`+hook+`", send_resolved: true}]}]
`)
	start(t, "alertmanager", nil, path, "--config.file", filepath.Join(dir, "alertmanager.yml"), "--storage.path", dir,
		"--web.listen-address", address, "--cluster.listen-address=")
	eventually(t, "Alertmanager is ready", 20*time.Second, func() error {
		_, err := get("http://" + address + "/-/ready")
		return err
	})
	return "http://" + address
}

// mailServer is an SMTP server with STARTTLS and sign-in.
type mailServer struct {
	host, port, ca string            // ca is a file
	step           func(name string) // told of each step of a mail; nil is nobody
	mu             sync.Mutex
	got            []mail
}

// at tells of a step.
func (m *mailServer) at(name string) {
	if m.step != nil {
		m.step(name)
	}
}

type mail struct {
	from string
	to   []string
	data []byte
}

const mailUser, mailPassword = "assay", "correct horse battery staple"

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	cert, ca := certificate(t)
	m := &mailServer{ca: filepath.Join(t.TempDir(), "ca.pem")}
	write(t, m.ca, string(ca))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.host, m.port, _ = net.SplitHostPort(l.Addr().String())
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{server: m}, nil }))
	s.Domain, s.TLSConfig = "localhost", &tls.Config{Certificates: []tls.Certificate{cert}}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return m
}

func (m *mailServer) mails() []mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]mail(nil), m.got...)
}

type mailSession struct {
	server *mailServer
	signed bool
	mail   mail
}

func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != mailUser || password != mailPassword {
			return errors.New("wrong password")
		}
		s.signed = true
		return nil
	}), nil
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	if !s.signed {
		return smtp.ErrAuthRequired
	}
	s.mail = mail{from: from}
	s.server.at("MAIL")
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.to = append(s.mail.to, to)
	s.server.at("RCPT")
	return nil
}

func (s *mailSession) Data(r io.Reader) (err error) {
	s.server.at("DATA")
	if s.mail.data, err = io.ReadAll(r); err != nil {
		return err
	}
	s.server.mu.Lock()
	s.server.got = append(s.server.got, s.mail)
	s.server.mu.Unlock()
	s.server.at("accepted")
	return nil
}

func (s *mailSession) Reset()        {}
func (s *mailSession) Logout() error { return nil }

// certificate makes one for 127.0.0.1 that signs itself.
func certificate(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// line is a connection to an address that can be cut and mended.
type line struct {
	address, to string
	mu          sync.Mutex
	broken      bool
	open        map[net.Conn]bool
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &line{address: l.Addr().String(), to: to, open: map[net.Conn]bool{}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go n.carry(c)
		}
	}()
	t.Cleanup(func() { _ = l.Close(); n.cut() })
	return n
}

// carry carries bytes both ways until one end or the line breaks.
func (n *line) carry(c net.Conn) {
	far, err := net.Dial("tcp", n.to)
	if err != nil || !n.keep(c, far) {
		_ = c.Close()
		return
	}
	go func() { _, _ = io.Copy(far, c); _ = far.Close() }()
	_, _ = io.Copy(c, far)
	_ = c.Close()
}

// keep remembers connections, unless the line is cut.
func (n *line) keep(conns ...net.Conn) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range conns {
		if n.broken {
			_ = c.Close()
			continue
		}
		n.open[c] = true
	}
	return !n.broken
}

func (n *line) cut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.broken = true
	for c := range n.open {
		_ = c.Close()
	}
	clear(n.open)
}

func (n *line) mend() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.broken = false
}
