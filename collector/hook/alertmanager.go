// Package hook reads what other systems tell of by webhook, and keeps what of
// it holds. It does no I/O. docs/formats/hooks.md specifies it.
package hook

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/assay-sla/assay/slo"
)

// Bounds of one notification.
const (
	MaxBody   = 4 << 20 // bytes
	MaxAlerts = 10_000
	maxLine   = 500 // bytes of what people read of an alert
)

// Notification is a payload of Alertmanager's webhook, version 4.
type Notification struct {
	Group     string // what the alerts have in common, as Alertmanager names it
	Firing    bool   // one of the group's alerts is
	Truncated int    // alerts of the group that were left out (max_alerts)
	Alerts    []Alert
}

// Alert is one alert of another system.
type Alert struct {
	Fingerprint string      // the same while its labels are; up to 64 letters and digits
	StartsAt    slo.Instant // tells one from the next of the same fingerprint
	Firing      bool
	Service     string // of the label service, "" where there is none
	Summary     string // one line for people
	Source      string // the address of what made it, as it says
}

// payload is the JSON of a notification. Fields that it has besides are left
// alone: Alertmanager adds some now and then.
type payload struct {
	Version   string `json:"version"`
	GroupKey  string `json:"groupKey"`
	Truncated int64  `json:"truncatedAlerts"`
	Status    string `json:"status"`
	Alerts    []struct {
		Status      string            `json:"status"`
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
		StartsAt    time.Time         `json:"startsAt"`
		Generator   string            `json:"generatorURL"`
		Fingerprint string            `json:"fingerprint"`
	} `json:"alerts"`
}

var fingerprint = regexp.MustCompile(`^[0-9A-Za-z]{1,64}$`)

// ErrTooLarge is the error of a body that is longer than MaxBody.
var ErrTooLarge = errors.New("the body is too large")

// Decode reads a notification. Its error says what is wrong with it.
func Decode(r io.Reader) (Notification, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxBody+1))
	if err != nil {
		return Notification{}, fmt.Errorf("reading the body: %w", err)
	}
	if len(b) > MaxBody {
		return Notification{}, ErrTooLarge
	}
	var p payload
	if err := json.Unmarshal(b, &p); err != nil {
		return Notification{}, fmt.Errorf("the body is no JSON of Alertmanager's webhook: %w", err)
	}
	switch {
	case p.Version != "4":
		return Notification{}, fmt.Errorf("version: %.20q; 4 is understood", p.Version)
	case len(p.Alerts) > MaxAlerts:
		return Notification{}, fmt.Errorf("alerts: %d of them; up to %d are taken", len(p.Alerts), MaxAlerts)
	case p.Truncated < 0 || p.Truncated > 1_000_000_000:
		return Notification{}, fmt.Errorf("truncatedAlerts: %d", p.Truncated)
	}
	n := Notification{Group: line(p.GroupKey), Firing: p.Status == "firing", Truncated: int(p.Truncated)}
	for i, a := range p.Alerts {
		switch {
		case a.Status != "firing" && a.Status != "resolved":
			return n, fmt.Errorf("alerts[%d].status: %.20q is neither firing nor resolved", i, a.Status)
		case !fingerprint.MatchString(a.Fingerprint):
			return n, fmt.Errorf("alerts[%d].fingerprint: %.20q is not 1 to 64 letters and digits", i, a.Fingerprint)
		}
		at := slo.At(a.StartsAt)
		if at <= 0 {
			return n, fmt.Errorf("alerts[%d].startsAt: it is missing, or lies before 1970", i)
		}
		n.Alerts = append(n.Alerts, Alert{
			Fingerprint: a.Fingerprint, StartsAt: at, Firing: a.Status == "firing",
			Service: line(a.Labels["service"]), Summary: summary(a.Labels, a.Annotations), Source: line(a.Generator),
		})
	}
	return n, nil
}

// summary is what people read of an alert: its name, and its summary or else
// its labels.
func summary(labels, annotations map[string]string) string {
	name := labels["alertname"]
	if name == "" {
		name = "an alert without a name"
	}
	if s := annotations["summary"]; s != "" {
		return line(name + ": " + s)
	}
	var parts []string
	for k, v := range labels {
		if k != "alertname" {
			parts = append(parts, k+"="+v)
		}
	}
	slices.Sort(parts)
	return line(strings.TrimSpace(name + " " + strings.Join(parts, ", ")))
}

// line makes a text one line of bounded length without what a terminal or a
// page would act on.
func line(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n', r == '\r', r == '\t', r == '\u2028', r == '\u2029':
			r = ' '
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), unicode.Is(unicode.Cs, r), r == '\ufeff':
			continue
		}
		if b.Len()+utf8.RuneLen(r) > maxLine {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}
