package notify

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// Alert is one thing that somebody should know about. Its labels are its
// identity: the same labels are the same alert. Its JSON is Alertmanager's
// (API v2, postableAlert), and what Restore takes back after a restart.
type Alert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations,omitempty"`
	// StartsAt is since when it is so. 0 is when it entered the set.
	StartsAt slo.Instant `json:"startsAt,omitzero"`
	// EndsAt is 0 while the alert is firing, else when it stopped.
	EndsAt slo.Instant `json:"endsAt,omitzero"`
	// GeneratorURL is the page that shows it: http or https, or empty.
	GeneratorURL string `json:"generatorURL,omitempty"`
}

// Bounds of one label's and one annotation's value, in bytes.
const (
	maxLabelValue      = 1 << 10
	maxAnnotationValue = 8 << 10
)

// firing reports whether the alert has not ended.
func (a Alert) firing() bool { return a.EndsAt == 0 }

// key is the alert's identity: its labels in order of name.
func (a Alert) key() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(a.Labels)) {
		b.WriteString(name)
		b.WriteByte(0xff) // never in valid UTF-8
		b.WriteString(a.Labels[name])
		b.WriteByte(0xff)
	}
	return b.String()
}

// clean returns a copy that every Alertmanager takes: label names of letters,
// digits and underscores, values of valid UTF-8 within their bounds, no empty
// values, and a generator URL only if it is one. It reports false for an
// alert that has no label left, which Alertmanager would refuse.
func (a Alert) clean() (Alert, bool) {
	a.Labels = cleanPairs(a.Labels, maxLabelValue)
	a.Annotations = cleanPairs(a.Annotations, maxAnnotationValue)
	if u, err := url.Parse(a.GeneratorURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		a.GeneratorURL = ""
	}
	return a, len(a.Labels) > 0
}

func cleanPairs(in map[string]string, limit int) map[string]string {
	var out map[string]string                           // nil while there is nothing to hold: equal alerts compare equal
	for _, name := range slices.Sorted(maps.Keys(in)) { // sorted: two names that clean to one always end the same way
		if v := truncate(strings.ToValidUTF8(in[name], "\uFFFD"), limit); v != "" {
			if out == nil {
				out = make(map[string]string, len(in))
			}
			out[cleanName(name)] = v
		}
	}
	return out
}

// cleanName is name with every character that a label name may not have
// replaced by an underscore.
func cleanName(name string) string {
	b := []byte(name)
	for i, c := range b {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			b[i] = '_'
		}
	}
	if len(b) == 0 {
		return "_"
	}
	return string(b)
}

// truncate cuts s to at most limit bytes, between characters.
func truncate(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xc0 == 0x80 {
		limit--
	}
	return s[:limit]
}
