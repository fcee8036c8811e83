package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"

	"github.com/assay-sla/assay/slo"
)

// forgotten is the month of which nobody sent the counts of service requests.
const forgotten = 6

// requests are the counts of service requests, sent on the second of the month
// behind them. Elm Schools counts its own; one month is forgotten, and of one the
// counts are corrected.
func (y *year) requests(r *rand.Rand) []act {
	var out []act
	for month := range y.months() {
		counts := y.counts(r, month)
		if month == forgotten {
			continue
		}
		send := func(at slo.Instant, list []count) {
			out = append(out, act{at, "ada", func(ctx context.Context, o *office) error {
				return o.call(ctx, http.MethodPost, "/api/v1/service-requests", map[string]any{"service_requests": list}, nil)
			}})
		}
		send(y.on(month+1, 2, 10, 30), counts)
		if month == 3 {
			again := counts[0]
			again.Received += 4
			send(y.on(month+1, 4, 9, 0), []count{again})
		}
	}
	return out
}

// count is of the requests about a service in a month.
type count struct {
	Service   string `json:"service"`
	Agreement string `json:"agreement"`
	Period    string `json:"period"`
	Received  int    `json:"received"`
	Completed int    `json:"completed"`
	InTarget  int    `json:"in_target"`
	Total     int    `json:"total_s"`
}

func (y *year) counts(r *rand.Rand, month int) []count {
	from := y.on(month, 1, 0, 0).Time()
	var out []count
	for _, s := range services() {
		if s.customer == "" || s.customer == "elm" {
			continue
		}
		c := count{Service: s.name, Agreement: s.name, Period: fmt.Sprintf("%d-%02d", from.Year(), from.Month()), Received: 4 + r.IntN(40)}
		c.Completed = c.Received - r.IntN(4)
		c.InTarget = c.Completed - r.IntN(1+c.Completed/6)
		c.Total = c.Completed * (1800 + r.IntN(20_000))
		out = append(out, c)
	}
	return out
}
