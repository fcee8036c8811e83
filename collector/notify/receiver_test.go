package notify_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/assay-sla/assay/collector/notify"
)

// received is a request as a receiver got it.
type received struct {
	method string
	header http.Header
	body   []byte
}

// receiver records what channels send it, and answers as it is told; nil is
// 202.
type receiver struct {
	url string

	mu     sync.Mutex
	got    []received
	answer func(w http.ResponseWriter, r received, n int)
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	r.url = s.URL
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	r.mu.Lock()
	got := received{req.Method, req.Header, body}
	r.got = append(r.got, got)
	answer, n := r.answer, len(r.got)
	r.mu.Unlock()
	if answer == nil {
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{"status": "success"}`)
		return
	}
	answer(w, got, n)
}

func (r *receiver) behave(answer func(w http.ResponseWriter, r received, n int)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// take returns what came since the last take.
func (r *receiver) take() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

// signingKey is a key of Standard Webhooks, and routingKey one of PagerDuty.
const (
	signingKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	routingKey = "R015ABCDEFGHIJKLMNOPQRSTUVWXYZ01"
)

// channel makes a channel to the receiver; its kind is that of cfg.
func (r *receiver) channel(t *testing.T, cfg notify.ChannelConfig) *notify.Channel {
	t.Helper()
	cfg.URL = r.url
	if cfg.Name == "" {
		cfg.Name = "calls"
	}
	switch cfg.Kind {
	case notify.KindWebhook:
		cfg.Secrets = append([]notify.Secret{signingKey}, cfg.Secrets...)
	case notify.KindPagerDuty:
		cfg.Secrets = []notify.Secret{routingKey}
	}
	ch, err := notify.NewChannel(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return ch
}
