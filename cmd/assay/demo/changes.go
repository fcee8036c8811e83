package demo

import (
	"context"
	"net/http"
	"time"

	"github.com/assay-sla/assay/slo"
)

// changes are those that go well: a release each five days, and the work on
// the network once a quarter, announced eight days ahead.
func (y *year) changes() []act {
	var out []act
	for at := y.From.Time().AddDate(0, 0, 3); slo.At(at) < y.To; at = at.AddDate(0, 0, 5) {
		s := services()[10+int(at.Unix()/86_400)%40]
		out = append(out, deploy(slo.At(at).Add(9*time.Hour), s.name, "Release of "+s.name, false))
	}
	for month := 1; month <= y.months(); month += 3 {
		from := y.on(month, 24, 2, 0)
		out = append(out, act{from.Add(-8 * 24 * time.Hour), "bob", func(ctx context.Context, o *office) error {
			_, err := o.tellOf(ctx, map[string]any{
				"service": "network", "summary": "New firmware of the routers", "from": from, "to": from.Add(time.Hour), "maintenance": true,
				"description": "One router after the other; the way back is the firmware that lies beside it.",
			})
			return err
		}})
	}
	return out
}

// deploy is a release or a change of a service.
func deploy(at slo.Instant, service, summary string, release bool) act {
	kind := "change"
	if release {
		kind = "release"
	}
	return act{at, "ci", func(ctx context.Context, o *office) error {
		_, err := o.tellOf(ctx, map[string]any{"kind": kind, "service": service, "summary": summary, "key": service + at.String()})
		return err
	}}
}

// tellOf tells of a change, and returns its ID.
func (o *office) tellOf(ctx context.Context, change map[string]any) (string, error) {
	var got struct {
		ID string `json:"id"`
	}
	err := o.call(ctx, http.MethodPost, "/api/v1/changes", change, &got)
	return got.ID, err
}

// blame ties the latest incident of a service to the change that caused it, which
// failed.
func (o *office) blame(ctx context.Context, service, change string) error {
	if err := o.work(ctx, service, "link", map[string]string{"kind": "change", "id": change}); err != nil {
		return err
	}
	return o.call(ctx, http.MethodPost, "/api/v1/changes/"+change+"/fail", map[string]string{"text": "Taken back: it took the service down."}, nil)
}
