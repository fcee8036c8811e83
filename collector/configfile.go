package collector

import (
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/internal/settings"
	"github.com/assay-sla/assay/slo/catalog"
)

// LoadConfig reads a configuration file and the files that it names, but for
// the catalogue. Every unknown or malformed field is a problem with its place,
// all of them at once; with one the configuration is of no use. Paths in the
// file are relative to it.
func LoadConfig(name string) (Config, catalog.Problems) {
	var c Config
	problems := settings.Load(name, c.fields(), func() []settings.Mistake { return append(c.complete(), c.checkFiles()...) })
	return c, problems
}

// ParseConfig is LoadConfig for bytes, without a look at other files; name is
// for problems and for relative paths.
func ParseConfig(name string, b []byte) (Config, catalog.Problems) {
	var c Config
	problems := settings.Parse(name, b, c.fields(), c.complete)
	return c, problems
}

// complete fills in the defaults and returns what is wrong.
func (c *Config) complete() []settings.Mistake {
	c.defaults()
	return c.check()
}

// fields says where each field of the file goes.
func (c *Config) fields() settings.Fields {
	return settings.Fields{
		"catalogue":   settings.Path(&c.Catalogue),
		"data":        settings.Path(&c.Data),
		"listen":      settings.Text(&c.Listen),
		"externalURL": settings.Text(&c.ExternalURL),
		"tls":         settings.Block(c.TLS.fields()),
		"users":       settings.Path(&c.Users),
		"tokens":      settings.Path(&c.Tokens),
		"agents": settings.Block(settings.Fields{
			"listen":      settings.Text(&c.Agents.Listen),
			"tls":         settings.Block(c.Agents.TLS.fields()),
			"tokens":      settings.Path(&c.Agents.Tokens),
			"enroll":      settings.Flag(&c.Agents.Enroll),
			"names":       settings.Texts(&c.Agents.Names),
			"silentAfter": settings.Duration(&c.Agents.SilentAfter),
		}),
		"alerting": settings.Block(settings.Fields{
			"alertmanagers": settings.Items(&c.Alerting.Alertmanagers, func(a *notify.Alertmanager) settings.Fields {
				return settings.Fields{"url": settings.Text(&a.URL), "http": settings.Foreign(&a.HTTP)}
			}),
			"resend": settings.Duration(&c.Alerting.Resend),
		}),
		"mail":        settings.Block(c.Mail.fields()),
		"channels":    settings.Items(&c.Channels, (*ChannelConfig).fields),
		"reports":     settings.Items(&c.Reports, (*ReportConfig).fields),
		"letterheads": settings.Items(&c.Letterheads, (*LetterheadConfig).fields),
		"sealing":     settings.Block(settings.Fields{"grace": settings.Duration(&c.Sealing.Grace)}),
		"series": settings.Block(settings.Fields{
			"detail": settings.Text(&c.Series.Detail), "retention": settings.Duration(&c.Series.Retention),
		}),
		"continuity": settings.Block(settings.Fields{"export": settings.Path(&c.Continuity.Export)}),
		"journal":    settings.Block(settings.Fields{"size": settings.Size(&c.Journal.Size)}),
	}
}

func (t *TLSFiles) fields() settings.Fields {
	return settings.Fields{"cert": settings.Path(&t.Cert), "key": settings.Path(&t.Key), "clientCA": settings.Path(&t.ClientCA)}
}
