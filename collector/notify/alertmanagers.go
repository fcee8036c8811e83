// Package notify tells people and machines: alerts to Alertmanager, events to
// channels (webhooks, PagerDuty, ITSM tools), and mail by SMTP.
// docs/notify.md is the guide to all three.
//
// Alerts are level-triggered: the caller says what is so now (Set), and the
// whole set is sent again while it lasts, so that no message needs to be
// remembered and none that is lost matters. Events and mail are
// edge-triggered: each is stored first, together with what it tells of, and
// sent by an Outbox until it is taken or given up.
package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path"
	"sync"
	"time"

	"github.com/prometheus/common/config"

	"github.com/assay-sla/assay/slo"
)

// Alertmanager is one Alertmanager to send to. Members of a cluster are listed
// one by one: each gets every alert, and they deduplicate among themselves.
type Alertmanager struct {
	// URL is where its page is, http or https, with the path of
	// --web.route-prefix if it has one, without credentials.
	URL string `yaml:"url"`
	// HTTP holds basic auth, bearer token, TLS and proxy, as Prometheus
	// writes them. Redirects are never followed.
	HTTP config.HTTPClientConfig `yaml:"http"`
}

// AlertOptions are the settings that all Alertmanagers share. The zero value
// of each is its default.
type AlertOptions struct {
	Resend  time.Duration // how often the set is sent again; default 30 s
	Timeout time.Duration // of one request; default 10 s
	Batch   int           // alerts in a request at most; default 64
	Logger  *slog.Logger  // default: discard
}

func (o AlertOptions) withDefaults() AlertOptions {
	if o.Resend <= 0 {
		o.Resend = 30 * time.Second
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Batch <= 0 {
		o.Batch = 64
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Alertmanagers keeps every configured Alertmanager told of the current set.
// Its methods may be called at any time from any goroutine.
type Alertmanagers struct {
	opts    AlertOptions
	targets []*target

	mu  sync.Mutex
	set []Alert // as plan makes it; never changed in place
}

// NewAlertmanagers checks every Alertmanager's URL and client settings and
// reports all that is wrong at once. With none, Set keeps the set and nothing
// is sent.
func NewAlertmanagers(list []Alertmanager, opts AlertOptions) (*Alertmanagers, error) {
	a := &Alertmanagers{opts: opts.withDefaults()}
	var errs []error
	seen := map[string]bool{}
	for i, am := range list {
		p, err := newHTTPPoster(am)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("setting up Alertmanager %d: %w", i+1, err))
		case seen[p.url]:
			errs = append(errs, fmt.Errorf("setting up Alertmanager %d: %s is listed twice", i+1, am.URL))
		default:
			seen[p.url] = true
			a.add(am.URL, p)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return a, nil
}

func (a *Alertmanagers) add(name string, p poster) {
	a.targets = append(a.targets, newTarget(name, p, a.opts, a.current))
}

// Set says that exactly these alerts are firing at at. Alerts that are new
// and alerts that have left are sent at once, together with the rest of the
// set; words that changed go with the next resend. An alert that no
// Alertmanager would take is mended (label names, encoding, lengths); one
// without labels is dropped and logged. It never blocks on the network.
func (a *Alertmanagers) Set(at slo.Instant, alerts []Alert) {
	current := make([]Alert, 0, len(alerts))
	for _, al := range alerts {
		if c, ok := al.clean(); ok {
			current = append(current, c)
		} else {
			a.opts.Logger.Error("dropping an alert without labels", "annotations", al.Annotations)
		}
	}
	a.replace(func(previous []Alert) []Alert { return plan(current, previous, at) })
}

// Restore puts back, after a restart at at, what Current returned before it:
// firing alerts are firing until Set says otherwise, and resolved ones are
// sent for what is left of their 15 minutes. Call it before Set.
func (a *Alertmanagers) Restore(at slo.Instant, alerts []Alert) {
	a.replace(func([]Alert) []Alert {
		var firing, ended []Alert
		for _, al := range alerts {
			c, ok := al.clean()
			switch {
			case !ok:
			case c.firing():
				firing = append(firing, c)
			default:
				ended = append(ended, c)
			}
		}
		return plan(firing, ended, at)
	})
}

func (a *Alertmanagers) replace(next func(previous []Alert) []Alert) {
	a.mu.Lock()
	previous := a.set
	a.set = next(previous)
	wake := changed(previous, a.set)
	a.mu.Unlock()
	if !wake {
		return
	}
	for _, t := range a.targets {
		t.wakeUp()
	}
}

// current is the set; the caller must not change it.
func (a *Alertmanagers) current() []Alert {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.set
}

// Current returns the whole set, firing (EndsAt 0) and resolved: what to
// store for Restore.
func (a *Alertmanagers) Current() []Alert { return append([]Alert(nil), a.current()...) }

// Resolved returns the alerts that ended within the last 15 minutes before
// the last Set.
func (a *Alertmanagers) Resolved() []Alert {
	var list []Alert
	for _, al := range a.current() {
		if !al.firing() {
			list = append(list, al)
		}
	}
	return list
}

// Run sends until ctx ends, to each Alertmanager on its own: one that is away
// delays no other. It returns nil.
func (a *Alertmanagers) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, t := range a.targets {
		wg.Go(func() { t.run(ctx) })
	}
	wg.Wait()
	<-ctx.Done()
	return nil
}

// Status returns the state of each Alertmanager in the order of the
// configuration.
func (a *Alertmanagers) Status() []AlertmanagerStatus {
	list := make([]AlertmanagerStatus, 0, len(a.targets))
	for _, t := range a.targets {
		list = append(list, t.snapshot())
	}
	return list
}

// alertsURL is the address of the API of the Alertmanager at base.
func alertsURL(base string) (string, error) {
	u, err := url.Parse(base)
	switch {
	case err != nil:
		return "", errors.New("its URL cannot be parsed") // err repeats the URL, which may hold a password
	case u.User != nil:
		return "", errors.New("its URL holds credentials: use basic_auth")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return "", fmt.Errorf("%q is not an http or https URL", base)
	case u.RawQuery != "" || u.Fragment != "":
		return "", fmt.Errorf("%q has a query or a fragment", u.Redacted())
	}
	u.Path = path.Join("/", u.Path, "api/v2/alerts")
	u.RawPath = ""
	return u.String(), nil
}
