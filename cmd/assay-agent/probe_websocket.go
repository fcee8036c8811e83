package main

import (
	"context"
	"errors"

	"github.com/assay-sla/assay/slo"
)

type websocketProbe struct {
	URL         string   `arg:"" name:"url" help:"ws:// or wss://; wss is assumed where it has no scheme."`
	Header      []string `sep:"none" placeholder:"NAME: VALUE" help:"Sent with the opening request; may be repeated."`
	Subprotocol string   `help:"That the server must speak."`
	Send        string   `help:"One text message."`
	Expect      string   `placeholder:"RE2" help:"A message must match it."`
	addressFamily
	certificates
	once
}

// Help is the longer text of assay-agent probe websocket --help.
func (websocketProbe) Help() string {
	return `Examples:
  assay-agent probe websocket wss://live.example.com/updates
  assay-agent probe websocket ws://127.0.0.1:8080/ --send ping --expect pong

` + exitCodes
}

// Run runs the probe.
func (p websocketProbe) Run(ctx context.Context, o output) error {
	s, err := parsed[*slo.WebSocket]("websocket", p.URL)
	if err == nil {
		s.TLS, err = p.options()
	}
	headers, bad := parseHeaders(p.Header)
	if err := errors.Join(err, bad); err != nil {
		return o.usage(err)
	}
	s.Headers, s.Subprotocol, s.Send, s.Expect, s.IP = headers, p.Subprotocol, p.Send, p.Expect, p.value()
	return o.probe(ctx, s, p.once)
}
