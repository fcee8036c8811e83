package collector

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/internal/settings"
	"github.com/assay-sla/assay/slo"
)

// maxChannels bounds the channels: each has a loop of its own.
const maxChannels = 100

// maxSecretFile bounds a file with secrets, in bytes.
const maxSecretFile = 4096

// ChannelConfig is a channel whose secrets are in a file.
type ChannelConfig struct {
	notify.ChannelConfig
	SecretFile string // needed by webhook and pagerduty
}

func (c *ChannelConfig) fields() settings.Fields {
	return settings.Fields{
		"name":        settings.Text(&c.Name),
		"kind":        settings.Text(&c.Kind),
		"url":         settings.Text(&c.URL),
		"secretFile":  settings.Path(&c.SecretFile),
		"http":        settings.Foreign(&c.HTTP),
		"events":      settings.Texts(&c.Events),
		"severities":  settings.Texts(&c.Severities),
		"services":    settings.Texts(&c.Services),
		"method":      settings.Text(&c.Method),
		"contentType": settings.Text(&c.ContentType),
		"body":        settings.Lines(&c.Body),
		"timeout":     settings.Duration(&c.Timeout),
	}
}

// checkChannels checks what needs no look at other files.
func (c *Config) checkChannels(wrong func(field, format string, args ...any)) {
	if len(c.Channels) > maxChannels {
		wrong("channels", "%d channels: there may be %d", len(c.Channels), maxChannels)
	}
	seen := map[string]bool{}
	for i, ch := range c.Channels {
		for _, m := range ch.Check() {
			wrong(fmt.Sprintf("channels[%d].%s", i, m.Field), "%s", m.Message)
		}
		if seen[ch.Name] {
			wrong(fmt.Sprintf("channels[%d].name", i), "%.80q is the name of another channel", ch.Name)
		}
		seen[ch.Name] = true
		if needed := ch.Kind == notify.KindWebhook || ch.Kind == notify.KindPagerDuty; needed && ch.SecretFile == "" {
			wrong(fmt.Sprintf("channels[%d].secretFile", i), "is missing: the file of what a channel of kind %s is known by", ch.Kind)
		}
	}
}

// place is the field of the channel with this index that an error of
// checkFiles speaks of.
func (c ChannelConfig) place(i int, err error) string {
	m, _ := errors.AsType[notify.ChannelMistake](err)
	return fmt.Sprintf("channels[%d].%s", i, cmp.Or(m.Field, "secretFile"))
}

// checkFiles reads the secrets, and makes the channel where check finds nothing
// wrong.
func (c ChannelConfig) checkFiles() error {
	_, err := c.secrets()
	if err == nil && len(c.Check()) == 0 {
		_, err = c.open()
	}
	return err
}

// open makes the channel with the secrets of its file.
func (c ChannelConfig) open() (*notify.Channel, error) {
	cfg, err := c.ChannelConfig, error(nil)
	if cfg.Secrets, err = c.secrets(); err != nil {
		return nil, err
	}
	return notify.NewChannel(cfg)
}

// secrets reads the file of the secrets, if there is one.
func (c ChannelConfig) secrets() ([]notify.Secret, error) {
	if c.SecretFile == "" {
		return nil, nil
	}
	b, err := settings.ReadBounded(c.SecretFile, maxSecretFile)
	if err != nil {
		return nil, fmt.Errorf("reading the secrets of channel %s: %w", c.Name, err)
	}
	secrets, err := notify.ReadSecrets(c.Kind, string(b))
	if err != nil {
		return nil, fmt.Errorf("reading the secrets of channel %s: %s: %w", c.Name, c.SecretFile, err)
	}
	return secrets, nil
}

// channelsIn holds the configured channels against a catalogue: each service
// that one names is there.
func (c Config) channelsIn(cat *slo.Catalog) error {
	var bad []error
	for i, ch := range c.Channels {
		for n, name := range ch.Services {
			if !slices.ContainsFunc(cat.Services, func(s *slo.Service) bool { return s.Name == name }) {
				bad = append(bad, fmt.Errorf("channels[%d].services[%d]: the catalogue has no service %q", i, n, name))
			}
		}
	}
	return errors.Join(bad...)
}
