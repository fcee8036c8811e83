package collector

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

const (
	// waitsTooLong is how long an event may wait for its channel before that is
	// alerted on.
	waitsTooLong = 10 * time.Minute
	// givenUpRemember is how long an event that was given up is alerted on.
	givenUpRemember = 24 * time.Hour
	standingTimeout = 5 * time.Second // of a scrape
)

// channelStanding is how the outbox of a channel stands.
type channelStanding struct {
	name, lastError string
	sqlstore.OutboxStanding
}

// channelStandings are those of all channels, in the order of the
// configuration.
func (c *Collector) channelStandings(ctx context.Context) ([]channelStanding, error) {
	var out []channelStanding
	for _, s := range c.channels.Status() {
		o, err := c.store.OutboxStanding(ctx, s.Config.Name)
		if err != nil {
			return nil, err
		}
		out = append(out, channelStanding{s.Config.Name, s.LastError, o})
	}
	return out, nil
}

// failingChannels alerts on each channel for which an event waits too long, or
// for which one was given up of late.
func failingChannels(standings []channelStanding, at slo.Instant) []evaluate.Alert {
	var out []evaluate.Alert
	for _, s := range standings {
		late := s.Waiting > 0 && at.Sub(s.Oldest) > waitsTooLong
		lost := s.Failed > 0 && at.Sub(s.Last) < givenUpRemember
		if !late && !lost {
			continue
		}
		a := evaluate.Alert{
			Name: notify.NotificationFailing, Severity: slo.Ticket, Labels: map[string]string{notify.LabelChannel: s.name}, Path: "/agents",
			Since: s.Last, Words: evaluate.Words{Summary: fmt.Sprintf("Channel %s was not told of an event, and it was given up at %s", s.name, s.Last)},
		}
		if late {
			a.Since = s.Oldest
			a.Words.Summary = fmt.Sprintf("Channel %s has not been told of %d events, the oldest of %s", s.name, s.Waiting, s.Oldest)
		}
		a.Wanders = true
		a.Words.Description = fmt.Sprintf("%d wait and %d were given up: GET /api/v1/channels/%s/deliveries lists them. Last error: %s",
			s.Waiting, s.Failed, s.name, orNone(s.lastError))
		out = append(out, a)
	}
	return out
}

func orNone(s string) string {
	if s == "" {
		return "none since the start."
	}
	return s
}

// channelMetrics counts what waits for each channel.
type channelMetrics struct {
	waiting   *prometheus.Desc
	standings func(context.Context) ([]channelStanding, error)
}

func newChannelMetrics(standings func(context.Context) ([]channelStanding, error)) *channelMetrics {
	return &channelMetrics{prometheus.NewDesc("assay_notify_events_waiting", "Events that wait for the channel.", []string{"channel"}, nil), standings}
}

// Describe sends the description of the metric.
func (m *channelMetrics) Describe(ch chan<- *prometheus.Desc) { ch <- m.waiting }

// Collect counts in the records.
func (m *channelMetrics) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), standingTimeout)
	defer cancel()
	standings, err := m.standings(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(m.waiting, err)
		return
	}
	for _, s := range standings {
		ch <- prometheus.MustNewConstMetric(m.waiting, prometheus.GaugeValue, float64(s.Waiting), s.name)
	}
}
