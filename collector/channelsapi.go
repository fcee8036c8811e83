package collector

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// channelsPath is where the channels are listed; below it each has its
// deliveries and its test.
const channelsPath = "/api/v1/channels"

// channelPages serves the channels.
func (c *Collector) channelPages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+channelsPath, c.showChannels)
	mux.HandleFunc("GET "+channelsPath+"/{name}/deliveries", c.showDeliveries)
	mux.HandleFunc("POST "+channelsPath+"/{name}/test", c.testChannel)
	return mux
}

// channelLine is a channel as tools read it. Counts of sent, retried and failed
// are since the start, those of waiting and given up are of the outbox.
type channelLine struct {
	Name       string             `json:"name"`
	Kind       string             `json:"kind"`
	Events     []notify.EventType `json:"events"`
	Severities []string           `json:"severities"`
	Services   []string           `json:"services"`
	Waiting    int                `json:"waiting"`
	OldestAt   *slo.Instant       `json:"oldest_waiting_at"`
	GivenUp    int                `json:"given_up"`
	LastAt     *slo.Instant       `json:"last_given_up_at"`
	Sent       int                `json:"sent"`
	Retried    int                `json:"retried"`
	Failed     int                `json:"failed"`
	LastError  string             `json:"last_error"`
}

func (c *Collector) showChannels(w http.ResponseWriter, r *http.Request) {
	lines := []channelLine{}
	for _, s := range c.channels.Status() {
		standing, err := c.store.OutboxStanding(r.Context(), s.Config.Name)
		if err != nil {
			c.answerFailure(w, "listing the channels", err)
			return
		}
		lines = append(lines, channelLine{
			Name: s.Config.Name, Kind: s.Config.Kind, Events: s.Config.Types(),
			Severities: listed(s.Config.Severities), Services: listed(s.Config.Services),
			Waiting: standing.Waiting, OldestAt: known(standing.Oldest), GivenUp: standing.Failed, LastAt: known(standing.Last),
			Sent: s.Sent, Retried: s.Retried, Failed: s.Failed, LastError: s.LastError,
		})
	}
	answer(w, map[string]any{"channels": lines})
}

// listed is a list that is never null.
func listed(s []string) []string { return append([]string{}, s...) }

// known is an instant, nil where it is 0.
func known(at slo.Instant) *slo.Instant {
	if at == 0 {
		return nil
	}
	return &at
}

// deliveryLine is what a channel was told, or is to be, as tools read it.
type deliveryLine struct {
	Event      notify.Event         `json:"event"`
	EnqueuedAt slo.Instant          `json:"enqueued_at"`
	State      notify.DeliveryState `json:"state"`
	Attempts   int                  `json:"attempts"`
	NextAt     *slo.Instant         `json:"next_at"`
	EndedAt    *slo.Instant         `json:"ended_at"`
	Response   string               `json:"response"`
	Error      string               `json:"error"`
}

func (c *Collector) showDeliveries(w http.ResponseWriter, r *http.Request) {
	_, limit, ok := trailBounds(w, r)
	if !ok {
		return
	}
	name := r.PathValue("name")
	if !c.hasChannel(name) {
		answerError(w, http.StatusNotFound, "not_found", notify.ErrNoChannel.Error())
		return
	}
	rows, err := c.store.Outbox(r.Context(), name, limit)
	if err != nil {
		c.answerFailure(w, "listing deliveries", err)
		return
	}
	lines := make([]deliveryLine, 0, len(rows))
	for _, row := range rows {
		it, err := outboxItem[notify.Notice](row)
		if err != nil {
			c.answerFailure(w, "listing deliveries", err)
			return
		}
		d := it.Delivery
		l := deliveryLine{
			Event: it.Message.Event, EnqueuedAt: it.Enqueued, State: d.State, Attempts: d.Attempts, EndedAt: known(d.Ended),
			Response: d.Response, Error: d.Error,
		}
		if d.State == notify.Pending {
			l.NextAt = known(d.Next)
		}
		lines = append(lines, l)
	}
	answer(w, map[string]any{"deliveries": lines})
}

func (c *Collector) hasChannel(name string) bool {
	for _, s := range c.channels.Status() {
		if s.Config.Name == name {
			return true
		}
	}
	return false
}

func (c *Collector) testChannel(w http.ResponseWriter, r *http.Request) {
	words, err := c.channels.Test(r.Context(), r.PathValue("name"), cmp.Or(web.ActorOf(r), "somebody"), c.now())
	switch {
	case errors.Is(err, notify.ErrNoChannel):
		answerError(w, http.StatusNotFound, "not_found", err.Error())
	case err != nil:
		answerError(w, http.StatusBadGateway, "not_delivered", err.Error())
	default:
		answer(w, map[string]string{"response": words})
	}
}
