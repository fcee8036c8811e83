package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/assay-sla/assay/slo"
)

// act is something that people do at an instant.
type act struct {
	at  slo.Instant
	who string
	do  func(context.Context, *office) error
}

// office is from where people talk to the collector.
type office struct {
	base   string // URL of the pages
	http   *http.Client
	tokens map[string]string // by who has it
	who    string            // who talks now
}

// call asks the API and reads the answer.
func (o *office) call(ctx context.Context, method, path string, body, into any) error {
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, o.base+path, sent)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+o.tokens[o.who])
	resp, err := o.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return err
	}
	switch {
	case resp.StatusCode == http.StatusConflict:
		return &conflict{string(answer)}
	case resp.StatusCode/100 != 2:
		return fmt.Errorf("%s %s of %s: %s: %.300s", method, path, o.who, resp.Status, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

// conflict is the error of what cannot be done any more.
type conflict struct{ said string }

// Error is what the collector said.
func (c *conflict) Error() string { return c.said }

// acts are what people do about the trouble of a year, and of themselves.
func (y *year) acts() []act {
	var out []act
	for i := range y.troubles {
		out = append(out, y.troubles[i].acts()...)
	}
	for at := y.From.Time().AddDate(0, 0, 9); slo.At(at) < y.To; at = at.AddDate(0, 0, 13) {
		s := services()[10+int(at.Unix()/86_400)%40]
		out = append(out, deploy(slo.At(at).Add(9*time.Hour), s.name, "Release of "+s.name, false))
	}
	return append(out, y.drills()...)
}

// acts are what people do about trouble.
func (t *trouble) acts() []act {
	who := []string{"ada", "bob"}[int(t.From/60_000)%2]
	var out []act
	if t.change != "" {
		out = append(out, deploy(t.From.Add(-4*time.Minute), t.root, "Made: "+t.change, true))
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
	do(min(length/3, 9*time.Minute)+50*time.Second, who, "respond", map[string]string{"text": "Looking into it."})
	if length > time.Hour {
		do(length/2, who, "comment", map[string]string{"text": "The cause is found; what mends it is under way."})
	}
	do(length+40*time.Minute, who, "resolve", map[string]string{"code": t.code, "cause": t.cause})
	if t.major {
		do(length+20*time.Hour, "grace", "review", map[string]string{"text": "What was learnt is in the plan of the next quarter."})
	}
	do(length+26*time.Hour, "grace", "close", map[string]string{"text": "The record is complete."})
	return out
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

// deploy is a release or a change of a service.
func deploy(at slo.Instant, service, summary string, release bool) act {
	kind := "change"
	if release {
		kind = "release"
	}
	return act{at, "ci", func(ctx context.Context, o *office) error {
		return o.call(ctx, http.MethodPost, "/api/v1/changes", map[string]any{"kind": kind, "service": service, "summary": summary, "key": service + at.String()}, nil)
	}}
}

// drills are two tabletops of the continuity plan, with people's verdict.
func (y *year) drills() []act {
	var out []act
	for _, months := range []int{2, 8} {
		at := slo.At(y.From.Time().AddDate(0, months, 14)).Add(9 * time.Hour)
		var declared struct {
			ID string `json:"id"`
		}
		out = append(out,
			act{at, "grace", func(ctx context.Context, o *office) error {
				return o.call(ctx, http.MethodPost, "/api/v1/drills", map[string]any{"plan": "loss-of-the-datacentre", "drill": "phone-list", "reason": "Half-yearly test"}, &declared)
			}},
			act{at.Add(2 * time.Hour), "grace", func(ctx context.Context, o *office) error {
				return o.call(ctx, http.MethodPost, "/api/v1/drills/"+declared.ID+"/review", map[string]any{
					"participants": "Ada Lovelace, Bob Kahn, Grace Hopper", "passed": true, "comment": "Everybody was reached within twenty minutes.", "actions": "Two numbers of the list were old, and are mended.",
				}, nil)
			}})
	}
	return out
}
