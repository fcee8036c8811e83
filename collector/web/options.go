package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// Options are what the pages are made of.
type Options struct {
	Figures   Figures
	Incidents Incidents
	Agents    Agents
	Latency   Latency  // nil: no latency graphs
	Closed    Closed   // nil: nothing is said of closed windows
	Explain   Explain  // nil: no figure is explained
	Capacity  Capacity // nil: there are no resources
	Collector Collector
	Audit     Audit
	Access    Access
	Metrics   http.Handler // at /metrics; nil: none
	Mounts    []Mount
	Zone      func() *time.Location // of the times shown where no one agreement says; nil: UTC
	Now       func() slo.Instant
	Log       *slog.Logger

	Evidence   Evidence   // nil: nobody audits
	Exclusions Exclusions // nil: nobody asks for any
	Continuity Continuity // nil: there are no plans
	Changes    Changes    // nil: there are none
	Registers  Registers  // nil: there are none
	Problems   Problems   // nil: there are none
	Sendings   Sendings   // nil: no reports are sent
	Surveys    Surveys    // nil: nobody is asked

	ServiceRequests ServiceRequests // nil: nothing is counted
}

// Access says who gets in: either people and tokens, or everybody on this
// machine. The zero value is neither, and an error.
type Access struct {
	Sessions *auth.Sessions
	Loopback bool // no sign-in, for a collector that listens on loopback only
	TLS      bool // the pages are reached by https, so cookies are sent by nothing else
}

// Mount is another handler of the same listener.
type Mount struct {
	Path    string    // begins with /; with a / at its end it holds everything below
	Role    auth.Role // needed for every method
	Write   auth.Role // needed to write, where that is more; Nobody: Role
	Handler http.Handler
	Action  string // of its writes, each recorded in the audit before it is made; "": only refused ones are
	// TokenScheme lets a bearer token be sent under the scheme Token as well, as
	// clients of InfluxDB do.
	TokenScheme bool
	// Often is the action of writes that come by the minute: the first of each
	// actor in an hour is recorded.
	Often string
	// Object tells from a write's body what the write is about, for its line
	// in the audit; "" or nil: the path.
	Object func(body []byte) string
}

func (o *Options) check() error {
	var problems []error
	need := func(have bool, what string) {
		if !have {
			problems = append(problems, fmt.Errorf("%s is missing", what))
		}
	}
	need(o.Figures != nil, "Figures")
	need(o.Incidents != nil, "Incidents")
	need(o.Agents != nil, "Agents")
	need(o.Collector != nil, "Collector")
	need(o.Audit != nil, "Audit")
	need(o.Now != nil, "Now")
	need(o.Log != nil, "Log")
	if (o.Access.Sessions != nil) == o.Access.Loopback {
		problems = append(problems, errors.New("Access must be either Sessions or Loopback"))
	}
	seen := map[string]bool{}
	for _, m := range o.Mounts {
		switch {
		case !strings.HasPrefix(m.Path, "/") || m.Path == "/" || strings.ContainsAny(m.Path, "{} "):
			problems = append(problems, fmt.Errorf("the mount %q is not a path below /", m.Path))
		case m.Handler == nil:
			problems = append(problems, fmt.Errorf("the mount %q has no handler", m.Path))
		case seen[m.Path]:
			problems = append(problems, fmt.Errorf("the mount %q appears twice", m.Path))
		}
		seen[m.Path] = true
	}
	return errors.Join(problems...)
}

// site is the handler that New returns.
type site struct {
	Options
	routes   []route
	assets   *assets
	views    map[string]*views // by language
	guard    *auth.Guard
	attempts *auth.Attempts
	guesses  *auth.Attempts // of tokens of surveys
	noise    *rate.Limiter  // of what strangers can have recorded
	often    often
}

// New returns the handler of the pages, the API and the mounts. It needs
// everything of the options but Latency, Closed, Explain, Metrics, Mounts and Zone.
func New(o Options) (http.Handler, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("building the pages: %w", err)
	}
	if o.Zone == nil {
		o.Zone = func() *time.Location { return time.UTC }
	}
	s := &site{
		Options: o, guard: auth.NewGuard(), attempts: auth.NewAttempts(), guesses: auth.NewAttempts(),
		noise: rate.NewLimiter(rate.Every(5*time.Second), 20),
	}
	var err error
	if s.assets, err = newAssets(); err != nil {
		return nil, fmt.Errorf("building the pages: %w", err)
	}
	if s.views, err = newViews(s.assets); err != nil {
		return nil, fmt.Errorf("building the pages: %w", err)
	}
	return s.handler()
}
