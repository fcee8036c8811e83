package tsdb

import (
	"fmt"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/assay-sla/assay/slo"
)

// job is the label that dashboards made for blackbox_exporter select by.
const job = "assay"

// metric numbers the series that one probe at one agent may have.
type metric uint8

const (
	mOutcome metric = iota
	mSuccess
	mDuration
	mCertExpiry
	mLookup
	mHTTPStatus
	mHTTPSSL
	mHTTPResolve
	mHTTPConnect
	mHTTPTLS
	mHTTPProcessing
	mHTTPTransfer
	mICMPResolve
	mICMPRTT
	mDNSResolve
	mDNSConnect
	mDNSRequest
	mDNSRcode
	mGRPCStatus
	mPhaseConnect
	mPhaseTLS
	mPhaseFirstByte
	mRequests
	mRequestsGood
	metrics // how many there are
)

// metricName is the name and the phase label, "" for none, of each metric.
var metricName = [metrics]struct{ name, phase string }{
	mOutcome:        {"assay_probe_outcome", ""},
	mSuccess:        {"probe_success", ""},
	mDuration:       {"probe_duration_seconds", ""},
	mCertExpiry:     {"probe_ssl_earliest_cert_expiry", ""},
	mLookup:         {"probe_dns_lookup_time_seconds", ""},
	mHTTPStatus:     {"probe_http_status_code", ""},
	mHTTPSSL:        {"probe_http_ssl", ""},
	mHTTPResolve:    {"probe_http_duration_seconds", "resolve"},
	mHTTPConnect:    {"probe_http_duration_seconds", "connect"},
	mHTTPTLS:        {"probe_http_duration_seconds", "tls"},
	mHTTPProcessing: {"probe_http_duration_seconds", "processing"},
	mHTTPTransfer:   {"probe_http_duration_seconds", "transfer"},
	mICMPResolve:    {"probe_icmp_duration_seconds", "resolve"},
	mICMPRTT:        {"probe_icmp_duration_seconds", "rtt"},
	mDNSResolve:     {"probe_dns_duration_seconds", "resolve"},
	mDNSConnect:     {"probe_dns_duration_seconds", "connect"},
	mDNSRequest:     {"probe_dns_duration_seconds", "request"},
	mDNSRcode:       {"assay_probe_dns_rcode", ""},
	mGRPCStatus:     {"probe_grpc_status_code", ""},
	mPhaseConnect:   {"assay_probe_phase_seconds", "connect"},
	mPhaseTLS:       {"assay_probe_phase_seconds", "tls"},
	mPhaseFirstByte: {"assay_probe_phase_seconds", "first_byte"},
	mRequests:       {"assay_probe_requests", ""},
	mRequestsGood:   {"assay_probe_requests_good", ""},
}

// source is who measured what from where.
type source struct{ probe, location, agent string }

// probeSeries are the series of one source: the TSDB's references to them,
// so that the hot path neither builds nor hashes labels. A reference that the
// TSDB has dropped is found again by its labels.
type probeSeries struct {
	source
	kind, target string
	series       [metrics]struct {
		ref    storage.SeriesRef
		labels labels.Labels // empty until first used
	}
}

// labelsOf are the labels of one metric, made once.
func (p *probeSeries) labelsOf(m metric, b *labels.ScratchBuilder) labels.Labels {
	s := &p.series[m]
	if s.labels.IsEmpty() {
		b.Reset()
		b.Add(model.MetricNameLabel, metricName[m].name)
		b.Add("agent", p.agent)
		b.Add("instance", p.target)
		b.Add("job", job)
		b.Add("location", p.location)
		if ph := metricName[m].phase; ph != "" {
			b.Add("phase", ph)
		}
		b.Add("probe", p.probe)
		s.labels = b.Labels()
	}
	return s.labels
}

// seriesCache finds the series of a source. Beyond its bound it starts anew.
type seriesCache struct {
	bound    int
	bySource map[source]*probeSeries
}

// cacheBound is the bound of a store's cache.
const cacheBound = 1 << 20

func newSeriesCache(bound int) seriesCache {
	return seriesCache{bound, make(map[source]*probeSeries)}
}

// get returns the series of a measurement's source, made anew where the probe
// now has another target.
func (c seriesCache) get(src source, kind, target string) (*probeSeries, error) {
	p := c.bySource[src]
	if p != nil && p.target == target && p.kind == kind {
		return p, nil
	}
	for _, s := range [...]string{src.probe, src.location, src.agent, target} {
		if s == "" || len(s) > maxLabelBytes || !utf8.ValidString(s) {
			return nil, fmt.Errorf("%q cannot be a label's value", s)
		}
	}
	if len(c.bySource) >= c.bound {
		clear(c.bySource)
	}
	p = &probeSeries{source: src, kind: kind, target: target}
	c.bySource[src] = p
	return p, nil
}

// sourceOf is the source of an entry that holds a measurement.
func sourceOf(e *slo.Entry) source {
	return source{e.Measurement.Probe, e.Measurement.Location, e.Agent}
}
