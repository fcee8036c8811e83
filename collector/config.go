package collector

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/tsdb"
	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/internal/settings"
	"github.com/assay-sla/assay/slo"
)

// Config says what a collector is; docs/collector.md describes its file.
type Config struct {
	Catalogue   string // folder
	Data        string // folder
	Listen      string // people and tools; default 127.0.0.1:8420
	ExternalURL string // where people reach the pages; default from Listen
	TLS         TLSFiles
	Users       string // file
	Tokens      string // file
	Agents      AgentsConfig
	Alerting    AlertingConfig
	Mail        MailConfig
	Channels    []ChannelConfig
	Reports     []ReportConfig
	Letterheads []LetterheadConfig // of reports, by customer
	Sealing     SealingConfig
	Series      SeriesConfig
	Journal     JournalConfig
	Continuity  ContinuityConfig
}

// TLSFiles are a listener's certificate and key, PEM, read again when they
// change.
type TLSFiles struct {
	Cert     string
	Key      string
	ClientCA string // clients must show a certificate of it
}

// AgentsConfig is the agents' listener.
type AgentsConfig struct {
	Listen      string // default 127.0.0.1:8421
	TLS         TLSFiles
	Tokens      string        // file; a token may push under its own name only
	Enroll      bool          // the collector is the agents' certificate authority
	Names       []string      // under which agents reach it, for its own certificate; default: see agentNames
	SilentAfter time.Duration // default 1m
}

// AlertingConfig says where alerts go.
type AlertingConfig struct {
	Alertmanagers []notify.Alertmanager
	Resend        time.Duration // default 30s
}

// MailConfig is the mail server.
type MailConfig struct {
	Host         string
	Port         int
	TLS          string // starttls (default), tls or none
	CA           string // file; default the system's roots
	Username     string
	PasswordFile string
	OAuth2       OAuth2Config // in the place of a password
	From         string
}

// ContinuityConfig says where the copy of the continuity plans is kept.
type ContinuityConfig struct {
	Export string // folder; default continuity in Data
}

// SealingConfig says when figures become final.
type SealingConfig struct {
	Grace time.Duration // how long after its end a window waits for late agents; default 6 h
}

// Bounds of SealingConfig.Grace.
const (
	minGrace = time.Minute
	maxGrace = 31 * 24 * time.Hour
)

// SeriesConfig bounds the time series.
type SeriesConfig struct {
	Detail    string        // essential or all; default all up to 1,000 probes
	Retention time.Duration // default 90 days
}

// minJournal leaves room for the largest batch beside what waits for the
// followers.
const minJournal = 64 << 20

// JournalConfig bounds the journal.
type JournalConfig struct {
	Size int64 // bytes; default 8 GiB; beyond it agents are told to wait
}

// maxFile bounds the files that the configuration names, in bytes.
const maxFile = 1 << 20

// Complete fills in the defaults and checks the whole; its error names
// everything that is wrong.
func (c Config) Complete() (Config, error) {
	c.defaults()
	var bad []error
	for _, m := range c.check() {
		bad = append(bad, m)
	}
	return c, errors.Join(bad...)
}

func (c *Config) defaults() {
	set(&c.Listen, "127.0.0.1:8420")
	set(&c.Agents.Listen, "127.0.0.1:8421")
	set(&c.Agents.SilentAfter, time.Minute)
	set(&c.Sealing.Grace, 6*time.Hour)
	set(&c.Series.Retention, tsdb.DefaultRetention)
	set(&c.Journal.Size, 8<<30)
	for i := range c.Reports {
		c.Reports[i].defaults()
	}
	for i := range c.Channels {
		c.Channels[i].ChannelConfig = c.Channels[i].WithDefaults()
	}
}

func set[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}

// check returns everything that is wrong with a configuration that has its
// defaults.
func (c *Config) check() []settings.Mistake {
	var bad []settings.Mistake
	wrong := func(field, format string, args ...any) {
		bad = append(bad, settings.Mistake{Field: field, Message: fmt.Sprintf(format, args...)})
	}
	if c.Catalogue == "" {
		wrong("catalogue", "is missing; it is the folder of the catalogue")
	}
	if c.Data == "" {
		wrong("data", "is missing; it is the folder that everything is kept in")
	}
	c.checkListeners(wrong)
	for _, l := range []struct {
		field string
		tls   TLSFiles
	}{{"tls", c.TLS}, {"agents.tls", c.Agents.TLS}} {
		if (l.tls.Cert == "") != (l.tls.Key == "") {
			wrong(l.field, "cert and key go together")
		}
	}
	if c.ExternalURL != "" {
		if u, err := url.Parse(c.ExternalURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			wrong("externalURL", "%q is not an http or https URL", c.ExternalURL)
		}
	}
	if c.Agents.Enroll && c.Agents.TLS.ClientCA != "" {
		wrong("agents.enroll", "goes without agents.tls.clientCA: agents show certificates of the collector's own authority")
	}
	for i, name := range c.Agents.Names {
		if net.ParseIP(name) == nil && !hostName.MatchString(name) {
			wrong(fmt.Sprintf("agents.names[%d]", i), "%.80q is neither an address nor the name of a host", name)
		}
	}
	if c.Agents.SilentAfter < time.Second {
		wrong("agents.silentAfter", "%s is less than a second", c.Agents.SilentAfter)
	}
	if g := c.Sealing.Grace; g < minGrace || g > maxGrace {
		wrong("sealing.grace", "%s is not from a minute to 31 days", g)
	}
	if d := c.Series.Detail; d != "" && d != "essential" && d != "all" {
		wrong("series.detail", "%q is not essential or all", d)
	}
	if n := c.Journal.Size; n < minJournal {
		wrong("journal.size", "%d bytes are less than %d MiB: a batch may need a quarter of that", n, minJournal>>20)
	}
	c.checkReports(wrong)
	c.checkLetterheads(wrong)
	c.checkChannels(wrong)
	c.Mail.OAuth2.check(wrong)
	if c.Mail.From != "" {
		if _, err := mail.ParseAddress(c.Mail.From); err != nil {
			wrong("mail.from", "%q is not a mail address", c.Mail.From)
		}
	}
	return bad
}

// checkFiles reads what the configuration names besides the catalogue, and
// makes of it what the start would, so that all that is wrong is told at once.
func (c *Config) checkFiles() []settings.Mistake {
	var bad []settings.Mistake
	try := func(field string, err error) {
		if err != nil {
			bad = append(bad, settings.Mistake{Field: field, Message: err.Error()})
		}
	}
	_, err := c.TLS.config()
	try("tls", err)
	_, err = c.Agents.TLS.config()
	try("agents.tls", err)
	_, err = readFile(c.Users, auth.ReadUsers)
	try("users", err)
	_, err = readFile(c.Tokens, auth.ReadTokens)
	try("tokens", err)
	_, err = readFile(c.Agents.Tokens, auth.ReadAgentTokens)
	try("agents.tokens", err)
	for i := range c.Letterheads {
		_, err = c.Letterheads[i].letterhead()
		try(fmt.Sprintf("letterheads[%d].logo", i), err)
	}
	_, err = notify.NewAlertmanagers(c.Alerting.Alertmanagers, notify.AlertOptions{})
	try("alerting.alertmanagers", err)
	_, err = c.Mail.mailer(nil)
	try("mail", err)
	for i, ch := range c.Channels {
		err := ch.checkFiles()
		try(ch.place(i, err), err)
	}
	return bad
}

// CheckCatalogue holds what the configuration names against a catalogue.
func (c Config) CheckCatalogue(cat *slo.Catalog) error {
	return errors.Join(c.reportsIn(cat), c.channelsIn(cat))
}

// hostName is a name that a certificate can hold.
var hostName = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?$`)

// agentNames are the names and addresses under which agents reach the
// collector: those configured, or else the machine's name, localhost, and the
// host of the agents' listener and of the pages' external address.
func (c *Config) agentNames() []string {
	if len(c.Agents.Names) > 0 {
		return c.Agents.Names
	}
	var names []string
	add := func(name string) {
		if ip := net.ParseIP(name); name != "" && !slices.Contains(names, name) && (ip == nil || !ip.IsUnspecified()) {
			names = append(names, name)
		}
	}
	if host, _, err := net.SplitHostPort(c.Agents.Listen); err == nil {
		add(host)
	}
	if u, err := url.Parse(c.ExternalURL); err == nil {
		add(u.Hostname())
	}
	if host, err := os.Hostname(); err == nil {
		add(host)
	}
	add("localhost")
	return names
}

// checkListeners refuses to be reached from elsewhere without TLS and
// credentials.
func (c *Config) checkListeners(wrong func(field, format string, args ...any)) {
	if err := auth.RequireSecure(c.Listen, c.TLS.set(), c.Users != "" || c.Tokens != "", "users or tokens"); err != nil {
		wrong("listen", "%v", err)
	}
	enroll := c.Agents.Enroll
	if err := auth.RequireSecure(c.Agents.Listen, enroll || c.Agents.TLS.set(), enroll || c.Agents.Tokens != "", "agents.enroll or agents.tokens"); err != nil {
		wrong("agents.listen", "%v", err)
	}
}

func (t TLSFiles) set() bool { return t.Cert != "" && t.Key != "" }

// config is the listener's TLS, nil where no files are set. Certificates are
// read for each handshake, so that a renewed one needs no restart.
func (t TLSFiles) config() (*tls.Config, error) {
	if !t.set() {
		return nil, nil
	}
	if _, err := tls.LoadX509KeyPair(t.Cert, t.Key); err != nil {
		return nil, fmt.Errorf("reading the certificate: %w", err)
	}
	cfg := &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			cert, err := tls.LoadX509KeyPair(t.Cert, t.Key)
			return &cert, err
		},
	}
	if t.ClientCA != "" {
		pool, err := loadPool(t.ClientCA)
		if err != nil {
			return nil, err
		}
		cfg.ClientCAs, cfg.ClientAuth = pool, tls.RequireAndVerifyClientCert
	}
	return cfg, nil
}

func loadPool(file string) (*x509.CertPool, error) {
	b, err := settings.ReadBounded(file, maxFile)
	if err != nil {
		return nil, fmt.Errorf("reading certificates: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("reading certificates: %s holds none in PEM", file)
	}
	return pool, nil
}

// continuityFolder is where the copy of the continuity plans is kept.
func (c *Config) continuityFolder() string {
	if c.Continuity.Export != "" {
		return c.Continuity.Export
	}
	return filepath.Join(c.Data, "continuity")
}
