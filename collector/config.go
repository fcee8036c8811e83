package collector

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/tsdb"
	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo/catalog"
)

// Config is the collector's file, docs/collector.md. Paths in it are relative
// to the file.
type Config struct {
	Catalogue   string         `yaml:"catalogue"`   // folder
	Data        string         `yaml:"data"`        // folder
	Listen      string         `yaml:"listen"`      // people and tools; default 127.0.0.1:8420
	ExternalURL string         `yaml:"externalURL"` // where people reach the pages; default from Listen
	TLS         TLSFiles       `yaml:"tls"`
	Users       string         `yaml:"users"`  // file
	Tokens      string         `yaml:"tokens"` // file
	Agents      AgentsConfig   `yaml:"agents"`
	Alerting    AlertingConfig `yaml:"alerting"`
	Mail        MailConfig     `yaml:"mail"`
	Reports     []ReportConfig `yaml:"reports"`
	Series      SeriesConfig   `yaml:"series"`
	Journal     JournalConfig  `yaml:"journal"`
}

// TLSFiles are a listener's certificate and key, PEM, read again when they
// change.
type TLSFiles struct {
	Cert     string `yaml:"cert"`
	Key      string `yaml:"key"`
	ClientCA string `yaml:"clientCA"` // clients must show a certificate of it
}

// AgentsConfig is the agents' listener.
type AgentsConfig struct {
	Listen      string        `yaml:"listen"` // default 127.0.0.1:8421
	TLS         TLSFiles      `yaml:"tls"`
	Tokens      string        `yaml:"tokens"`      // file; a token may push under its own name only
	SilentAfter time.Duration `yaml:"silentAfter"` // default 1m
}

// AlertingConfig says where alerts go.
type AlertingConfig struct {
	Alertmanagers []notify.Alertmanager `yaml:"alertmanagers"`
	Resend        time.Duration         `yaml:"resend"` // default 30s
}

// MailConfig is the mail server.
type MailConfig struct {
	Host         string `yaml:"host"`
	Port         int    `yaml:"port"`
	TLS          string `yaml:"tls"` // starttls (default), tls or none
	CA           string `yaml:"ca"`  // file; default the system's roots
	Username     string `yaml:"username"`
	PasswordFile string `yaml:"passwordFile"`
	From         string `yaml:"from"`
}

// ReportConfig sends an agreement's monthly report.
type ReportConfig struct {
	Agreement string   `yaml:"agreement"`
	To        []string `yaml:"to"`
	Schedule  string   `yaml:"schedule"` // cron in the agreement's zone; default 0 7 1 * *
}

// SeriesConfig bounds the time series.
type SeriesConfig struct {
	Detail    string        `yaml:"detail"`    // essential or all; default all up to 1,000 probes
	Retention time.Duration `yaml:"retention"` // default 90 days
}

// minJournal leaves room for the largest batch beside what waits for the
// followers.
const minJournal = 64 << 20

// JournalConfig bounds the journal.
type JournalConfig struct {
	MaxBytes int64 `yaml:"maxBytes"` // default 8 GiB; beyond it agents are told to wait
}

// maxConfig bounds the size of the file.
const maxConfig = 1 << 20

// LoadConfig reads and checks the file. Its error names every unknown or
// malformed field with its line.
func LoadConfig(file string) (Config, error) {
	b, err := readBounded(file, maxConfig)
	if err != nil {
		return Config{}, fmt.Errorf("reading the configuration: %w", err)
	}
	c := Config{}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return Config{}, fmt.Errorf("%s: %w", file, err)
	}
	c.relativeTo(filepath.Dir(file))
	if c, err = c.Complete(); err != nil {
		return Config{}, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// Complete fills in the defaults and checks the whole; its error names
// everything that is wrong.
func (c Config) Complete() (Config, error) {
	c.defaults()
	return c, c.check()
}

func readBounded(file string, limit int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", file, limit)
	}
	return b, err
}

func (c *Config) relativeTo(dir string) {
	for _, p := range []*string{
		&c.Catalogue, &c.Data, &c.Users, &c.Tokens, &c.TLS.Cert, &c.TLS.Key, &c.TLS.ClientCA,
		&c.Agents.TLS.Cert, &c.Agents.TLS.Key, &c.Agents.TLS.ClientCA, &c.Agents.Tokens, &c.Mail.CA, &c.Mail.PasswordFile,
	} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}

func (c *Config) defaults() {
	set(&c.Listen, "127.0.0.1:8420")
	set(&c.Agents.Listen, "127.0.0.1:8421")
	set(&c.Agents.SilentAfter, time.Minute)
	set(&c.Series.Retention, tsdb.DefaultRetention)
	set(&c.Journal.MaxBytes, 8<<30)
	for i := range c.Reports {
		set(&c.Reports[i].Schedule, "0 7 1 * *")
	}
}

func set[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}

// check returns everything that is wrong, joined.
func (c *Config) check() error {
	var bad []error
	wrong := func(field, format string, args ...any) {
		bad = append(bad, fmt.Errorf("%s: %s", field, fmt.Sprintf(format, args...)))
	}
	if c.Catalogue == "" {
		wrong("catalogue", "is missing; it is the folder of the catalogue")
	}
	if c.Data == "" {
		wrong("data", "is missing; it is the folder that everything is kept in")
	}
	c.checkListeners(wrong)
	for field, t := range map[string]TLSFiles{"tls": c.TLS, "agents.tls": c.Agents.TLS} {
		if (t.Cert == "") != (t.Key == "") {
			wrong(field, "cert and key go together")
		}
	}
	if c.ExternalURL != "" {
		if u, err := url.Parse(c.ExternalURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			wrong("externalURL", "%q is not an http or https URL", c.ExternalURL)
		}
	}
	if c.Agents.SilentAfter < time.Second {
		wrong("agents.silentAfter", "%s is less than a second", c.Agents.SilentAfter)
	}
	if d := c.Series.Detail; d != "" && d != "essential" && d != "all" {
		wrong("series.detail", "%q is not essential or all", d)
	}
	if n := c.Journal.MaxBytes; n < minJournal {
		wrong("journal.maxBytes", "%d is less than %d: a batch may need a quarter of that", n, minJournal)
	}
	c.checkReports(wrong)
	return errors.Join(bad...)
}

// checkListeners refuses to be reached from elsewhere without TLS and
// credentials.
func (c *Config) checkListeners(wrong func(field, format string, args ...any)) {
	if err := auth.RequireSecure(c.Listen, c.TLS.set(), c.Users != "" || c.Tokens != ""); err != nil {
		wrong("listen", "%v", err)
	}
	if err := auth.RequireSecure(c.Agents.Listen, c.Agents.TLS.set(), c.Agents.Tokens != ""); err != nil {
		wrong("agents.listen", "%v", err)
	}
}

func (c *Config) checkReports(wrong func(field, format string, args ...any)) {
	if len(c.Reports) > 0 && (c.Mail.Host == "" || c.Mail.From == "") {
		wrong("mail", "host and from are needed to send reports")
	}
	for i, r := range c.Reports {
		field := fmt.Sprintf("reports[%d]", i)
		if r.Agreement == "" {
			wrong(field, "agreement is missing")
		}
		if len(r.To) == 0 {
			wrong(field, "to is missing")
		}
		if _, err := catalog.ParseCron(r.Schedule); err != nil {
			wrong(field+".schedule", "%v", err)
		}
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
	b, err := readBounded(file, maxConfig)
	if err != nil {
		return nil, fmt.Errorf("reading certificates: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("reading certificates: %s holds none in PEM", file)
	}
	return pool, nil
}

// mailer is the mailer that the configuration asks for, nil where it names no
// server.
func (m MailConfig) mailer() (*notify.Mailer, error) {
	if m.Host == "" {
		return nil, nil
	}
	cfg := notify.MailConfig{Host: m.Host, Port: m.Port, TLS: m.TLS, Username: m.Username}
	if m.PasswordFile != "" {
		b, err := readBounded(m.PasswordFile, 4096)
		if err != nil {
			return nil, fmt.Errorf("reading the mail password: %w", err)
		}
		cfg.Password = notify.Secret(strings.TrimRight(string(b), "\r\n"))
	}
	if m.CA != "" {
		pool, err := loadPool(m.CA)
		if err != nil {
			return nil, err
		}
		cfg.RootCAs = pool
	}
	return notify.NewMailer(cfg)
}
