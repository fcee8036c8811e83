package notify

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// signingPrefix begins a key of Standard Webhooks.
const signingPrefix = "whsec_"

// Bounds of a signing key, in bytes, as Standard Webhooks has them.
const (
	minSigningKey = 24
	maxSigningKey = 64
)

// maxSecrets bounds the keys of a webhook: the one in use, and those that
// receivers may still know it by.
const maxSecrets = 4

var routingKey = regexp.MustCompile(`^[A-Za-z0-9]{20,64}$`)

// ReadSecrets reads the file of a channel's secrets: of a webhook one signing
// key a line, of pagerduty the routing key. Its errors do not repeat them.
func ReadSecrets(kind, text string) ([]Secret, error) {
	var out []Secret
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, Secret(line))
		}
	}
	return out, checkSecrets(kind, out)
}

func checkSecrets(kind string, secrets []Secret) error {
	switch kind {
	case KindWebhook:
		if len(secrets) == 0 || len(secrets) > maxSecrets {
			return fmt.Errorf("it has %d signing keys, one a line: there must be 1 to %d", len(secrets), maxSecrets)
		}
		for _, s := range secrets {
			if _, err := signingKey(s); err != nil {
				return err
			}
		}
	case KindPagerDuty:
		if len(secrets) != 1 || !routingKey.MatchString(string(secrets[0])) {
			return errors.New("it does not hold one routing key, which is letters and digits")
		}
	default:
		if len(secrets) > 0 {
			return errors.New("a channel of kind itsm has its credentials under http")
		}
	}
	return nil
}

// signingKey is the bytes of a key that is written as Standard Webhooks does.
func signingKey(s Secret) ([]byte, error) {
	text, ok := strings.CutPrefix(string(s), signingPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < minSigningKey || len(key) > maxSigningKey {
		return nil, fmt.Errorf("a signing key is %s and %d to %d bytes in base64; make one with: echo %s$(openssl rand -base64 32)",
			signingPrefix, minSigningKey, maxSigningKey, signingPrefix)
	}
	return key, nil
}
