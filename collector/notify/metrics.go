package notify

import "github.com/prometheus/client_golang/prometheus"

// Collector exposes the status of the Alertmanagers and of the outbox as
// Prometheus metrics. Either may be nil.
type Collector struct {
	Alertmanagers *Alertmanagers
	Outbox        *Outbox
}

// descriptions of the metrics. Counts restart with the process.
var (
	descAlertmanagerUp = prometheus.NewDesc("assay_notify_alertmanager_up",
		"1 if the last request to the Alertmanager was answered.", []string{"alertmanager"}, nil)
	descAlertsSent = prometheus.NewDesc("assay_notify_alerts_sent_total",
		"Alerts that the Alertmanager accepted, repeats included.", []string{"alertmanager"}, nil)
	descAlertsRefused = prometheus.NewDesc("assay_notify_alerts_refused_total",
		"Alerts that the Alertmanager refused on their own.", []string{"alertmanager"}, nil)
	descAlertErrors = prometheus.NewDesc("assay_notify_alert_requests_failed_total",
		"Requests to the Alertmanager without a usable answer.", []string{"alertmanager"}, nil)
	descMail = prometheus.NewDesc("assay_notify_mail_total",
		"Outcomes of attempts to send a mail.", []string{"outcome"}, nil)
	descMailRefused = prometheus.NewDesc("assay_notify_mail_recipients_refused_total",
		"Recipients that the mail server refused for good.", nil, nil)
)

// Describe sends the descriptions of all metrics.
func (c Collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descAlertmanagerUp, descAlertsSent, descAlertsRefused,
		descAlertErrors, descMail, descMailRefused} {
		ch <- d
	}
}

// Collect sends the metrics as they are now.
func (c Collector) Collect(ch chan<- prometheus.Metric) {
	counter := func(d *prometheus.Desc, n int, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	if c.Alertmanagers != nil {
		for _, s := range c.Alertmanagers.Status() {
			up := 0.0
			if s.Up {
				up = 1
			}
			ch <- prometheus.MustNewConstMetric(descAlertmanagerUp, prometheus.GaugeValue, up, s.URL)
			counter(descAlertsSent, s.Sent, s.URL)
			counter(descAlertsRefused, s.Refused, s.URL)
			counter(descAlertErrors, s.Failures, s.URL)
		}
	}
	if c.Outbox != nil {
		s := c.Outbox.Status()
		counter(descMail, s.Sent, "sent")
		counter(descMail, s.Retried, "retried")
		counter(descMail, s.Failed, "failed")
		counter(descMailRefused, s.Refused)
	}
}
