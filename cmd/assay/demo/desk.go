package demo

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/assay-sla/assay/slo"
)

// said is what people write on an incident while they look for its cause: what
// they saw first, and what they do about it.
var said = map[slo.Reason][2]string{
	slo.StatusUnexpected: {"The log has errors from the moment of the outage on.", "Going back to the version before."},
	slo.ConnectRefused:   {"Nothing listens there any more.", "The process is started by hand; its unit is looked at."},
	slo.ConnectTimeout:   {"The way there is interrupted, from outside as well.", "The other way is tried."},
	slo.FirstByteTimeout: {"Connections are taken, and nothing is answered.", "What holds the others up is ended."},
	slo.TLSExpired:       {"The certificate ended tonight.", "A new one is asked for."},
	slo.BodyMismatch:     {"The page comes, and says something else.", "The texts of yesterday are brought back."},
}

// acts are what people do about trouble: nothing where it was over before
// anybody looked.
func (t *trouble) acts() []act {
	who := []string{"ada", "bob"}[int(t.From/60_000)%2]
	var out []act
	var change string
	if t.change != "" {
		out = append(out, act{t.From.Add(-4 * time.Minute), "ci", func(ctx context.Context, o *office) (err error) {
			change, err = o.tellOf(ctx, map[string]any{"kind": "release", "service": t.root, "summary": "Made: " + t.change, "key": t.root + t.From.String()})
			return err
		}})
	}
	if t.untaken {
		return out
	}
	do := func(after time.Duration, who, what string, body map[string]string) {
		out = append(out, act{t.From.Add(after), who, func(ctx context.Context, o *office) error { return o.work(ctx, t.root, what, body) }})
	}
	length := t.Length()
	do(min(length/4, 6*time.Minute)+30*time.Second, who, "acknowledge", map[string]string{})
	do(min(length/3, 9*time.Minute)+40*time.Second, who, "assign", map[string]string{"to": who})
	do(min(length/3, 9*time.Minute)+50*time.Second, who, "respond", map[string]string{"text": said[t.reason][0]})
	do(length/2, who, "comment", map[string]string{"text": said[t.reason][1]})
	if t.code == "supplier" {
		do(length/2+10*time.Second, who, "link", map[string]string{"kind": "supplier", "id": supplierOf(t.root)})
		do(length*2/3, who, "pause", map[string]string{"text": "The supplier works on it, and we can only wait."})
		do(length-time.Minute, who, "continue", map[string]string{"text": "They say that it is mended."})
	}
	resolved := length + 40*time.Minute
	do(resolved, who, "resolve", map[string]string{"code": t.code, "cause": t.cause})
	if t.change != "" {
		out = append(out, act{t.From.Add(resolved + time.Minute), who, func(ctx context.Context, o *office) error { return o.blame(ctx, t.root, change) }})
	}
	do(length+20*time.Hour, "grace", "review", map[string]string{"text": "What was learnt: one part failed and nothing took its place by itself. The action is in the plan of improvement."})
	do(length+26*time.Hour, "grace", "close", map[string]string{"text": "The record is complete."})
	return out
}

// supplierOf is the supplier of what an inner service rests on.
func supplierOf(service string) string {
	for _, s := range suppliers() {
		if s.service == service {
			return s.name
		}
	}
	return suppliers()[0].name
}

// work does something to the latest incident of a service that is part of no
// other. Where there is none, or it is past that, nothing is done: people are
// late at times.
func (o *office) work(ctx context.Context, service, what string, body map[string]string) error {
	var list struct {
		Incidents []struct {
			ID     string `json:"id"`
			Parent string `json:"parent"`
		} `json:"incidents"`
	}
	if err := o.call(ctx, http.MethodGet, "/api/v1/incidents?limit=10&service="+url.QueryEscape(service), nil, &list); err != nil {
		return err
	}
	for _, i := range list.Incidents {
		if i.Parent == "" {
			err := o.call(ctx, http.MethodPost, "/api/v1/incidents/"+i.ID+"/"+what, body, nil)
			if refused := (&conflict{}); errors.As(err, &refused) {
				return nil
			}
			return err
		}
	}
	return nil
}
