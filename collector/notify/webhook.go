package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Headers of a webhook, as Standard Webhooks names them
// (https://www.standardwebhooks.com): the event's ID, the time of the attempt
// in seconds since the Unix epoch, and the signatures.
const (
	HeaderWebhookID        = "webhook-id"
	HeaderWebhookTimestamp = "webhook-timestamp"
	HeaderWebhookSignature = "webhook-signature"
)

// webhook sends the event itself, signed.
type webhook struct{ keys [][]byte }

func newWebhook(c ChannelConfig) (*webhook, error) {
	w := &webhook{}
	for _, s := range c.Secrets {
		key, err := signingKey(s)
		if err != nil {
			return nil, err
		}
		w.keys = append(w.keys, key)
	}
	return w, nil
}

func (w *webhook) compose(e Event, at time.Time) (composed, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return composed{}, err
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	return composed{method: http.MethodPost, contentType: "application/json", body: body, header: map[string]string{
		HeaderWebhookID: e.ID, HeaderWebhookTimestamp: stamp, HeaderWebhookSignature: w.sign(e.ID, stamp, body),
	}}, nil
}

// sign is the value of the header webhook-signature: for each key v1, a comma
// and the HMAC-SHA256 of ID, timestamp and body with dots between them, in
// base64. Two keys give two signatures, so that a receiver may change over.
func (w *webhook) sign(id, stamp string, body []byte) string {
	signatures := make([]string, len(w.keys))
	for i, key := range w.keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + stamp + "."))
		mac.Write(body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signatures, " ")
}
