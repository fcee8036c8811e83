package notify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"strings"
	"text/template"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Bounds of the template of a body and of what it makes, in bytes.
const (
	maxTemplate = 64 << 10
	maxBody     = 256 << 10
)

// itsm sends what a template makes of an event.
type itsm struct {
	method, contentType string
	body                *template.Template
	json                bool // the body must be JSON
}

// newITSM parses the template and tries it on an event of each type that the
// channel is told of. Errors name the template's line.
func newITSM(c ChannelConfig) (*itsm, error) {
	switch {
	case strings.TrimSpace(c.Body) == "":
		return nil, errors.New("is missing: a template over the event, such as {\"text\": {{json .Summary}}}")
	case len(c.Body) > maxTemplate:
		return nil, fmt.Errorf("the template has %d bytes: there may be %d", len(c.Body), maxTemplate)
	}
	t, err := template.New("body").Option("missingkey=error").Funcs(template.FuncMap{"json": toJSON}).Parse(c.Body)
	if err != nil {
		return nil, templateError(err)
	}
	media, _, _ := mime.ParseMediaType(c.ContentType) // ChannelConfig.Check tells what is wrong with it
	i := &itsm{method: c.Method, contentType: c.ContentType, body: t, json: media == "application/json" || strings.HasSuffix(media, "+json")}
	var samples []Event
	for _, kind := range c.Types() {
		samples = append(samples, sampleEvent(kind))
	}
	for _, e := range append(samples, TestEvent(c, "anna", sampleAt)) {
		if _, err := i.compose(e, time.Time{}); err != nil {
			return nil, fmt.Errorf("tried on an event %s: %w", e.Type, err)
		}
	}
	return i, nil
}

func (i *itsm) compose(e Event, _ time.Time) (composed, error) {
	var b bytes.Buffer
	if err := i.body.Execute(&boundedWriter{to: &b, left: maxBody}, e); err != nil {
		return composed{}, templateError(err)
	}
	if i.json {
		if err := onlyJSON(b.Bytes()); err != nil {
			return composed{}, fmt.Errorf("the body is not JSON, as its content type says: %w", err)
		}
	}
	return composed{method: i.method, contentType: i.contentType, body: b.Bytes()}, nil
}

// onlyJSON says what keeps b from being one JSON value.
func onlyJSON(b []byte) error {
	var v json.RawMessage
	return json.Unmarshal(b, &v)
}

// toJSON is the function json of the templates: any value as JSON.
func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// templateError is an error of the template library without the name that it
// has here.
func templateError(err error) error {
	return errors.New(strings.Replace(strings.TrimPrefix(err.Error(), "template: "), "body:", "line ", 1))
}

// boundedWriter takes at most left bytes.
type boundedWriter struct {
	to   *bytes.Buffer
	left int
}

// Write is an error where it is too much.
func (w *boundedWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		return 0, fmt.Errorf("the body has more than %d bytes", maxBody)
	}
	w.left -= len(p)
	return w.to.Write(p)
}

// sampleAt is when samples happened: 2026-10-15T12:00:00Z.
const sampleAt slo.Instant = 1_792_065_600_000

// sampleEvent is an event of a type with every field that such a one has, so
// that a template that forgets json is found before the first incident.
func sampleEvent(t EventType) Event {
	e := newEvent(t, sampleAt, slo.Page, "example")
	e.Service, e.Summary, e.Link = "example", "an \"example\"", "https://assay.example.org/"
	return sampled(e, t, "anna")
}
