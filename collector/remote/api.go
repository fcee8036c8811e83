package remote

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime"

	"github.com/grafana/regexp"
	remoteapi "github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/promql/parser"
	webapi "github.com/prometheus/prometheus/web/api/v1"
)

// prometheusVersion is the release whose API and PromQL are linked, which
// Grafana asks for to know what it may use. A test holds it to go.mod.
const prometheusVersion = "3.15.0"

// noOrigin matches no origin: pages of other sites do not read the API.
var noOrigin = regexp.MustCompile(`^[^\s\S]$`)

// newAPI makes Prometheus's own API. What an endpoint we do not serve would
// need is a stub.
func newAPI(store Store, in Receiver) *webapi.API {
	// Its own log repeats what it answers, at the pleasure of any sender.
	silent := slog.New(slog.DiscardHandler)
	metrics := prometheus.NewRegistry()
	stub := stubs{target: metadataTarget(store.Metadata())}
	return webapi.NewAPI(
		store.Engine(),
		store,
		in, in,
		store,
		func(context.Context) webapi.ScrapePoolsRetriever { return stub },
		func(context.Context) webapi.TargetRetriever { return stub },
		func(context.Context) webapi.AlertmanagerRetriever { return stub },
		func() config.Config { return config.DefaultConfig },
		nil, // flags
		webapi.GlobalURLOptions{},
		func(next http.HandlerFunc) http.HandlerFunc { return next }, // the handler before has seen to it
		stub,
		"",    // database folder
		false, // administration
		false, // search
		0,     // search results
		silent,
		func(context.Context) webapi.RulesRetriever { return stub },
		0, 1, 0, // remote read: samples, requests at a time, bytes in a frame
		false, // agent mode
		noOrigin,
		func() (webapi.RuntimeInfo, error) { return webapi.RuntimeInfo{}, errNotServed },
		&webapi.PrometheusVersion{Version: prometheusVersion, GoVersion: runtime.Version()},
		nil, nil, // notifications
		metrics, metrics,
		nil,  // statistics renderer
		true, // remote write
		remoteapi.MessageTypes{remoteapi.WriteV1MessageType, remoteapi.WriteV2MessageType},
		true,         // OTLP
		false, false, // OTLP deltas
		false, // start times as zero samples
		0,     // lookback of OTLP deltas; queries have the engine's
		false, // type and unit as labels
		false, // metadata in the log
		nil,   // status of an error
		nil,   // feature registry
		webapi.OpenAPIOptions{},
		parser.NewParser(parser.Options{}),
	)
}

var errNotServed = errors.New("not served here")
