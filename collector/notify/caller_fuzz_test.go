package notify

import (
	"strings"
	"testing"
	"time"
)

// What a receiver says of its state never makes us wait for less than nothing
// or for ever.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "7", "-1", "99999999999999999999", "Thu, 15 Oct 2026 12:00:00 GMT", "Thu, 15 Oct 1926 12:00:00 GMT", "7.5", "１"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if d := retryAfter(value, time.Unix(0, 0)); d < 0 || d > mostAsked {
			t.Errorf("%q: %s", value, d)
		}
	})
}

// A file of secrets is taken or refused, and what is refused is not repeated.
func FuzzReadSecrets(f *testing.F) {
	for _, seed := range []string{"", "\n", "whsec_", "whsec_" + strings.Repeat("A", 32), "whsec_" + strings.Repeat("A", 32) + "\r\n\r\nwhsec_", strings.Repeat("R", 32), "\x00\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []string{KindWebhook, KindPagerDuty, KindITSM} {
			secrets, err := ReadSecrets(kind, text)
			if err != nil {
				if word := strings.TrimSpace(text); len(word) > 20 && strings.Contains(err.Error(), word) {
					t.Errorf("%s: %v repeats %q", kind, err, word)
				}
				continue
			}
			if _, err := newComposer(ChannelConfig{Kind: kind, Secrets: secrets, Body: "{{json .}}", ContentType: "application/json"}); err != nil {
				t.Errorf("%s takes %q and then says %v", kind, text, err)
			}
		}
	})
}
