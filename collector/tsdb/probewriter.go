package tsdb

import (
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// stale ends a series at an instant: queries after it find no value, where
// they would else go on with the last one.
var stale = slo.Stale()

// probeWriter writes samples of one measurement.
type probeWriter struct {
	*batch
	series *probeSeries
	t      int64
	worst  result
}

// essential writes what is always written.
func (w *probeWriter) essential(m *slo.Measurement) {
	switch m.Outcome {
	case slo.Up:
		w.put(mOutcome, 1)
		w.put(mSuccess, 1)
	case slo.Down:
		w.put(mOutcome, 0)
		w.put(mSuccess, 0)
	default:
		w.put(mOutcome, -1)
		w.put(mSuccess, stale) // what is unknown is not what it was before
	}
	if m.Latency > 0 {
		w.put(mDuration, m.Latency.Seconds())
	}
	if r := m.Requests; r != nil { // at the instant of their count
		w.put(mRequests, float64(r.Total)/slo.PerRequest)
		w.put(mRequestsGood, float64(r.Good)/slo.PerRequest)
	}
}

// details writes the rest, of probes that ran.
func (w *probeWriter) details(m *slo.Measurement) {
	if m.CertExpiry != 0 {
		w.put(mCertExpiry, float64(m.CertExpiry)/1e3)
	}
	if m.Outcome == slo.Unknown {
		return
	}
	p := m.Phases
	w.put(mLookup, p.Resolve.Seconds())
	switch w.series.kind {
	case "http":
		w.put(mHTTPStatus, float64(m.Status))
		w.put(mHTTPSSL, truth(p.TLS > 0 || strings.HasPrefix(w.series.target, "https:")))
		w.put(mHTTPResolve, p.Resolve.Seconds())
		w.put(mHTTPConnect, p.Connect.Seconds())
		w.put(mHTTPTLS, p.TLS.Seconds())
		w.put(mHTTPProcessing, p.FirstByte.Seconds())
		w.put(mHTTPTransfer, p.Transfer.Seconds())
	case "icmp":
		w.put(mICMPResolve, p.Resolve.Seconds())
		w.put(mICMPRTT, roundTrip(m).Seconds())
	case "dns":
		w.put(mDNSResolve, p.Resolve.Seconds())
		w.put(mDNSConnect, p.Connect.Seconds())
		w.put(mDNSRequest, (p.FirstByte + p.Transfer).Seconds())
		w.put(mDNSRcode, float64(m.Status))
	default:
		if w.series.kind == "grpc" {
			w.put(mGRPCStatus, float64(m.Status))
		}
		w.put(mPhaseConnect, p.Connect.Seconds())
		w.put(mPhaseTLS, p.TLS.Seconds())
		w.put(mPhaseFirstByte, p.FirstByte.Seconds())
	}
}

// roundTrip is the mean time to the replies of an ICMP probe, 0 without any:
// the latency is the time waited then.
func roundTrip(m *slo.Measurement) time.Duration {
	if m.Outcome == slo.Up || m.Reason == slo.PacketLoss {
		return m.Latency
	}
	return 0
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// put writes one sample.
func (w *probeWriter) put(m metric, v float64) {
	s := &w.series.series[m]
	ref, err := w.app.Append(s.ref, w.series.labelsOf(m, &w.store.builder), w.t, v)
	if err == nil {
		s.ref = ref
		w.tally.samples++
		return
	}
	w.worst = max(w.worst, w.judge(err))
}
