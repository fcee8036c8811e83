package agent

import (
	"github.com/assay-sla/assay/agent/inputs"
	"github.com/assay-sla/assay/internal/settings"
	"github.com/assay-sla/assay/slo/catalog"
)

// LoadConfig reads a configuration file. Every unknown or malformed field is
// a problem with its place, all of them at once; with one the configuration
// is of no use. Paths in the file are relative to it.
func LoadConfig(name string) (Config, catalog.Problems) {
	var c Config
	problems := settings.Load(name, c.fields(), c.mistakes)
	return c, problems
}

// ParseConfig is LoadConfig for bytes; name is for problems and for relative
// paths.
func ParseConfig(name string, b []byte) (Config, catalog.Problems) {
	var c Config
	problems := settings.Parse(name, b, c.fields(), c.mistakes)
	return c, problems
}

func (c *Config) mistakes() []settings.Mistake { return c.withDefaults().check() }

// fields says where each field of the file goes.
func (c *Config) fields() settings.Fields {
	return settings.Fields{
		"collectors":     settings.Texts(&c.Collectors),
		"name":           settings.Text(&c.Name),
		"location":       settings.Text(&c.Location),
		"labels":         settings.Map(&c.Labels),
		"data":           settings.Path(&c.Data),
		"tokenFile":      settings.Path(&c.TokenFile),
		"concurrency":    settings.Count(&c.Concurrency),
		"perDestination": settings.Count(&c.PerDestination),
		"browser":        settings.Path(&c.Browser),
		"tls": settings.Block(settings.Fields{
			"ca": settings.Path(&c.TLS.CA), "cert": settings.Path(&c.TLS.Cert), "key": settings.Path(&c.TLS.Key),
		}),
		"allow": settings.Block(settings.Fields{
			"kinds": settings.Texts(&c.Allow.Kinds), "networks": settings.Networks(&c.Allow.Networks),
		}),
		"deny":    settings.Block(settings.Fields{"networks": settings.Networks(&c.Deny.Networks)}),
		"control": settings.Texts(&c.Control),
		"queue": settings.Block(settings.Fields{
			"size": settings.Size(&c.Queue.Size), "age": settings.Duration(&c.Queue.Age),
		}),
		"metrics": settings.Block(settings.Fields{
			"listen": settings.Text(&c.Metrics.Address), "beyondLoopback": settings.Flag(&c.Metrics.BeyondLoopback),
		}),
		"heartbeats": settings.Block(settings.Fields{
			"listen": settings.Text(&c.Heartbeats.Address), "tokenFile": settings.Path(&c.Heartbeats.TokenFile),
			"cert": settings.Path(&c.Heartbeats.Cert), "key": settings.Path(&c.Heartbeats.Key),
		}),
		"secrets": settings.Named(&c.Secrets, func(s *Secret, name string) settings.Fields {
			s.Name = name
			return settings.Fields{"file": settings.Path(&s.File), "env": settings.Text(&s.Env)}
		}),
		"commands": settings.Named(&c.Commands, func(x *Command, name string) settings.Fields {
			x.Name = name
			return settings.Fields{"run": settings.Texts(&x.Run)}
		}),
		"backups": settings.Named(&c.Backups, func(x *Backups, name string) settings.Fields {
			x.Name = name
			return settings.Fields{"path": settings.Text(&x.Path)}
		}),
		"inputs": settings.Named(&c.Inputs, func(in *Input, name string) settings.Fields {
			in.Name = name
			fields := settings.Fields{"interval": settings.Duration(&in.Interval)}
			if inputs.Serves(name) {
				fields["servers"] = settings.Texts(&in.Servers)
			}
			if inputs.SignsIn(name) {
				fields["user"], fields["password"], fields["ca"] = settings.Text(&in.User), settings.Text(&in.Password), settings.Path(&in.CA)
			}
			return fields
		}),
	}
}
