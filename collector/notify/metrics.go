package notify

import "github.com/prometheus/client_golang/prometheus"

// Collector exposes the status of the Alertmanagers, of the outbox and of the
// channels as Prometheus metrics.
type Collector struct {
	alertmanagers *Alertmanagers
	outbox        *Outbox[Message]
	channels      *Channels

	up, sent, refused, errors *prometheus.Desc // for each Alertmanager
	mail, mailRefused         *prometheus.Desc
	events, channelUp         *prometheus.Desc // for each channel
}

// NewCollector makes the collector. Each argument may be nil.
func NewCollector(alertmanagers *Alertmanagers, outbox *Outbox[Message], channels *Channels) *Collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("assay_notify_"+name, help, labels, nil)
	}
	return &Collector{
		alertmanagers: alertmanagers,
		outbox:        outbox,
		channels:      channels,
		up:            desc("alertmanager_up", "1 if the last request to the Alertmanager was answered.", "alertmanager"),
		sent:          desc("alerts_sent_total", "Alerts that the Alertmanager accepted, repeats included.", "alertmanager"),
		refused:       desc("alerts_refused_total", "Alerts that the Alertmanager refused on their own.", "alertmanager"),
		errors:        desc("alert_requests_failed_total", "Requests to the Alertmanager without a usable answer.", "alertmanager"),
		mail:          desc("mail_total", "Attempts to send a mail, by what came of them: sent, retried or failed.", "outcome"),
		mailRefused:   desc("mail_recipients_refused_total", "Recipients that the mail server refused for good."),
		events:        desc("events_total", "Attempts to tell a channel of an event, by what came of them: sent, retried or failed.", "channel", "outcome"),
		channelUp:     desc("channel_up", "0 if the last attempt to tell the channel failed.", "channel"),
	}
}

// Describe sends the descriptions of all metrics.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.up, c.sent, c.refused, c.errors, c.mail, c.mailRefused, c.events, c.channelUp} {
		ch <- d
	}
}

// Collect sends the metrics as they are now; counts restart with the process.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	counter := func(d *prometheus.Desc, n int, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	gauge := func(d *prometheus.Desc, up bool, label string) {
		value := 0.0
		if up {
			value = 1
		}
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, label)
	}
	if c.alertmanagers != nil {
		for _, s := range c.alertmanagers.Status() {
			gauge(c.up, s.Up, s.URL)
			counter(c.sent, s.Sent, s.URL)
			counter(c.refused, s.Refused, s.URL)
			counter(c.errors, s.Failures, s.URL)
		}
	}
	if c.outbox != nil {
		s := c.outbox.Status()
		counter(c.mail, s.Sent, "sent")
		counter(c.mail, s.Retried, "retried")
		counter(c.mail, s.Failed, "failed")
		counter(c.mailRefused, s.Refused)
	}
	if c.channels != nil {
		for _, s := range c.channels.Status() {
			gauge(c.channelUp, s.LastError == "", s.Config.Name)
			counter(c.events, s.Sent, s.Config.Name, "sent")
			counter(c.events, s.Retried, s.Config.Name, "retried")
			counter(c.events, s.Failed, s.Config.Name, "failed")
		}
	}
}
