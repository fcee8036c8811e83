package notify

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/config"

	"github.com/assay-sla/assay/slo"
)

// Kinds of channels.
const (
	KindWebhook   = "webhook"   // the event as JSON, signed
	KindPagerDuty = "pagerduty" // PagerDuty's Events API v2
	KindITSM      = "itsm"      // a body that a template makes
)

// pagerDutyURL is where PagerDuty takes events.
const pagerDutyURL = "https://events.pagerduty.com/v2/enqueue"

// ChannelConfig is a channel: a receiver that is told of events as they
// happen.
type ChannelConfig struct {
	Name string // letters, digits, - and _, at most 63
	Kind string // KindWebhook, KindPagerDuty or KindITSM
	URL  string // http or https, without credentials; default of pagerduty its own
	// HTTP holds basic auth, bearer token, further headers, TLS and proxy, as
	// Prometheus writes them. Redirects are never followed.
	HTTP config.HTTPClientConfig
	// Secrets are, of a webhook, the keys that it is signed with, the first
	// one being that in use; of pagerduty the routing key. ReadSecrets reads
	// them.
	Secrets []Secret

	Events     []string // types, or the part before the dot for all of it; default all that the kind takes
	Severities []string // default all
	Services   []string // default all

	Method      string        // of itsm: POST (default), PUT or PATCH
	ContentType string        // of itsm; default application/json
	Body        string        // of itsm: a template over an Event
	Timeout     time.Duration // of one request, 1 s to 1 min; default 10 s
}

// ChannelMistake is what is wrong with a field of a ChannelConfig, which has
// the name that the collector's file has for it.
type ChannelMistake struct{ Field, Message string }

// Error names the field.
func (m ChannelMistake) Error() string { return m.Field + ": " + m.Message }

// WithDefaults fills in what is not set.
func (c ChannelConfig) WithDefaults() ChannelConfig {
	if c.Kind == KindPagerDuty && c.URL == "" {
		c.URL = pagerDutyURL
	}
	if c.Kind == KindITSM && c.Method == "" {
		c.Method = http.MethodPost
	}
	if c.Kind == KindITSM && c.ContentType == "" {
		c.ContentType = "application/json"
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	return c
}

var channelName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)

// Check returns everything that is wrong with a configuration that has its
// defaults, but for the secrets and the files that HTTP names.
func (c ChannelConfig) Check() []ChannelMistake {
	var bad []ChannelMistake
	wrong := func(field, format string, args ...any) {
		bad = append(bad, ChannelMistake{field, fmt.Sprintf(format, args...)})
	}
	if !channelName.MatchString(c.Name) {
		wrong("name", "%.80q is not a name of letters, digits, - and _", c.Name)
	}
	if !slices.Contains([]string{KindWebhook, KindPagerDuty, KindITSM}, c.Kind) {
		wrong("kind", "%.80q is not webhook, pagerduty or itsm", c.Kind)
		return bad // what else is right depends on it
	}
	if err := c.checkURL(); err != nil {
		wrong("url", "%v", err)
	}
	if err := c.HTTP.Validate(); err != nil {
		wrong("http", "%v", err)
	}
	for i, e := range c.Events {
		if len(c.matching(e)) == 0 {
			wrong(fmt.Sprintf("events[%d]", i), "%.80q is no event that a channel of kind %s takes", e, c.Kind)
		}
	}
	for i, s := range c.Severities {
		if s != string(slo.Page) && s != string(slo.Ticket) {
			wrong(fmt.Sprintf("severities[%d]", i), "%.80q is not page or ticket", s)
		}
	}
	if c.Timeout < time.Second || c.Timeout > time.Minute {
		wrong("timeout", "%s is not from a second to a minute", c.Timeout)
	}
	return append(bad, c.checkITSM()...)
}

// checkURL returns errors that do not repeat the URL: its path or query may be
// a secret.
func (c ChannelConfig) checkURL() error {
	u, err := url.Parse(c.URL)
	switch {
	case c.URL == "":
		return errors.New("is missing")
	case err != nil:
		return errors.New("it cannot be parsed")
	case u.User != nil:
		return errors.New("it holds credentials: use http.basic_auth")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return errors.New("it is not an http or https URL")
	case u.Fragment != "":
		return errors.New("it has a fragment")
	case c.Kind == KindPagerDuty && u.Scheme != "https" && !loopbackName(u.Hostname()):
		return errors.New("the routing key goes over https alone, but for a server on this machine")
	}
	return nil
}

// checkITSM checks what the kind itsm alone has.
func (c ChannelConfig) checkITSM() []ChannelMistake {
	var bad []ChannelMistake
	if c.Kind != KindITSM {
		for field, value := range map[string]string{"method": c.Method, "contentType": c.ContentType, "body": c.Body} {
			if value != "" {
				bad = append(bad, ChannelMistake{field, "goes with kind itsm only"})
			}
		}
		return bad
	}
	if !slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, c.Method) {
		bad = append(bad, ChannelMistake{"method", fmt.Sprintf("%.20q is not POST, PUT or PATCH", c.Method)})
	}
	if media, _, err := mime.ParseMediaType(c.ContentType); err != nil || !strings.Contains(media, "/") || !oneLine(c.ContentType) {
		bad = append(bad, ChannelMistake{"contentType", fmt.Sprintf("%.80q is not a media type such as application/json", c.ContentType)})
	}
	if _, err := newITSM(c); err != nil {
		bad = append(bad, ChannelMistake{"body", err.Error()})
	}
	return bad
}

// taken are the types that a kind can pass on. PagerDuty has no word for what
// is over already, for a comment, and for what has no end.
func (c ChannelConfig) taken() []EventType {
	all := EventTypes()
	if c.Kind != KindPagerDuty {
		return all
	}
	return slices.DeleteFunc(all, func(t EventType) bool { return pagerDutyAction(Event{Type: t}) == "" })
}

// matching are the types that a word of Events stands for.
func (c ChannelConfig) matching(word string) []EventType {
	return slices.DeleteFunc(c.taken(), func(t EventType) bool {
		return string(t) != word && !strings.HasPrefix(string(t), word+".")
	})
}

// Types lists the types that the channel is told of.
func (c ChannelConfig) Types() []EventType {
	if len(c.Events) == 0 {
		return c.taken()
	}
	return slices.DeleteFunc(c.taken(), func(t EventType) bool {
		return !slices.ContainsFunc(c.Events, func(word string) bool { return slices.Contains(c.matching(word), t) })
	})
}

// Wants reports whether the channel is told of an event. What ends something is
// wanted at every severity: whoever was told of its beginning must hear of it.
func (c ChannelConfig) Wants(e Event) bool {
	ends := slices.Contains([]EventType{IncidentMerged, IncidentRestored, IncidentWithdrawn, IncidentVanished, IncidentResolved, IncidentClosed, FreezeEnded}, e.Type)
	return slices.Contains(c.Types(), e.Type) && !(c.Kind == KindPagerDuty && pagerDutyAction(e) == "") &&
		(ends || len(c.Severities) == 0 || slices.Contains(c.Severities, string(e.Severity))) &&
		(len(c.Services) == 0 || slices.Contains(c.Services, e.Service))
}
