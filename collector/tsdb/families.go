package tsdb

import (
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/metadata"
)

// Names that begin with these are written by agents' measurements and by the
// evaluator only.
const (
	probePrefix = "probe_"
	ownPrefix   = "assay_"
)

// reserved reports whether a metric name is closed to readings and foreign senders.
func reserved(name string) bool {
	return strings.HasPrefix(name, probePrefix) || strings.HasPrefix(name, ownPrefix)
}

// Family describes all series of one metric name.
type Family struct {
	Name string
	Type string // gauge or counter
	Unit string // seconds, bytes, ratio, or ""
	Help string // one sentence
}

// families lists what this package writes. The probe_ names and their
// meanings are those of blackbox_exporter.
func families() []Family {
	return []Family{
		{"probe_success", "gauge", "", "1 where the probe was up, 0 where it was down; ends where the outcome is unknown."},
		{"probe_duration_seconds", "gauge", "seconds", "How long the probe took to complete."},
		{"assay_probe_outcome", "gauge", "", "1 up, 0 down, -1 unknown: the agent could not measure."},
		{"probe_ssl_earliest_cert_expiry", "gauge", "seconds", "Earliest expiry in the certificate chain, as a Unix time."},
		{"probe_dns_lookup_time_seconds", "gauge", "seconds", "Time taken to resolve the target's name."},
		{"probe_http_status_code", "gauge", "", "HTTP status code, 0 where no response came."},
		{"probe_http_ssl", "gauge", "", "1 where TLS was used."},
		{"probe_http_duration_seconds", "gauge", "seconds", "Duration of the HTTP request by phase."},
		{"probe_icmp_duration_seconds", "gauge", "seconds", "Duration of the ICMP probe by phase."},
		{"probe_dns_duration_seconds", "gauge", "seconds", "Duration of the DNS query by phase."},
		{"assay_probe_dns_rcode", "gauge", "", "Response code of the DNS answer."},
		{"assay_probe_requests", "gauge", "", "Requests of the increment that was counted last."},
		{"assay_probe_requests_good", "gauge", "", "Of those the good ones."},
		{"probe_grpc_status_code", "gauge", "", "Status of the gRPC call; 0 is OK."},
		{"assay_probe_phase_seconds", "gauge", "seconds", "Duration of a probe of the other kinds by phase."},
	}
}

// metadataOf turns families into what the query API serves.
func metadataOf(lists ...[]Family) map[string]metadata.Metadata {
	m := make(map[string]metadata.Metadata)
	for _, list := range lists {
		for _, f := range list {
			m[f.Name] = metadata.Metadata{Type: model.MetricType(f.Type), Unit: f.Unit, Help: f.Help}
		}
	}
	return m
}
