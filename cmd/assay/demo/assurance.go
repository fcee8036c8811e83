package demo

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/assay-sla/assay/slo"
)

// audits are two internal ones with their findings, and one that is planned.
func (y *year) audits() []item {
	return []item{
		{"audits", "audit-spring", []chapter{
			{at: y.on(1, 3, 9, 0), who: "grace", values: values{
				"title": "Internal audit of the service desk", "scope": "Incidents, service requests, complaints", "criteria": "ISO/IEC 20000-1:2018, 8.3 and 8.6", "planned": y.day(3, 14),
			}},
			{at: y.on(3, 14, 16, 0), who: "grace", state: "held", values: values{"auditor": "Rita Levi, who is not of the desk", "held": y.day(3, 14)}},
			{at: y.on(3, 28, 10, 0), who: "grace", state: "closed", values: values{"summary": "Twenty incidents were read. Clocks and causes are recorded; two closed without anybody's acknowledgement."}},
		}},
		{"findings", "unacknowledged", []chapter{
			{at: y.on(3, 15, 9, 0), who: "grace", values: values{
				"title": "Short incidents are closed without anybody having acknowledged them", "audit": "audit-spring", "grade": "minor", "clause": "8.6.1", "evidence": "Two of twenty.", "owner": ada, "due": y.day(4, 30),
			}},
			{at: y.on(4, 20, 9, 0), who: "ada", state: "corrected", values: values{"cause": "Who is on duty is not called where it is over within five minutes.", "correction": "They are looked through each Monday."}},
			{at: y.on(5, 22, 9, 0), who: "grace", state: "closed", values: values{"verification": "Four Mondays were looked at: it is done."}},
		}},
		{"findings", "numbers-of-old", []chapter{
			{at: y.on(3, 15, 9, 20), who: "grace", values: values{
				"title": "The list of telephone numbers has two that are old", "audit": "audit-spring", "grade": "observation", "clause": "8.7.2", "owner": bob, "due": y.day(4, 15),
			}},
			{at: y.on(4, 2, 9, 0), who: "bob", state: "corrected", values: values{"cause": "Nobody was to keep it.", "correction": "It is generated from the directory."}},
			{at: y.on(4, 9, 9, 0), who: "grace", state: "closed", values: values{"verification": "Seen."}},
		}},
		{"audits", "audit-autumn", []chapter{
			{at: y.on(-2, 2, 9, 0), who: "grace", values: values{"title": "Internal audit of changes and suppliers", "criteria": "ISO/IEC 20000-1:2018, 8.3.4 and 8.5", "planned": y.day(-2, 13)}},
			{at: y.on(-2, 13, 15, 0), who: "grace", state: "held", values: values{"auditor": "Rita Levi", "held": y.day(-2, 13)}},
		}},
		{"findings", "releases-untested", []chapter{
			{at: y.on(-2, 14, 9, 0), who: "grace", values: values{
				"title": "Releases that failed had no test of going back", "audit": "audit-autumn", "grade": "major", "clause": "8.5.3", "owner": bob, "due": y.day(-1, 20), "evidence": "Three of seven releases that failed.",
			}},
			{at: y.on(-1, 18, 9, 0), who: "bob", state: "corrected", values: values{"cause": "The pipeline knew no step for it.", "correction": "No release without a trial of going back."}},
		}},
		{"findings", "supplier-unevaluated", []chapter{
			{at: y.on(-2, 14, 9, 30), who: "grace", values: values{
				"title": "Open Registrar was never evaluated", "audit": "audit-autumn", "grade": "minor", "clause": "8.3.4", "owner": ada, "due": y.day(-1, 30),
			}},
		}},
		{"audits", "audit-next", []chapter{
			{at: y.on(-1, 16, 9, 0), who: "grace", values: values{"title": "Internal audit of continuity and capacity", "planned": y.day(y.months()+2, 15)}},
		}},
	}
}

// reviews are those of the management that are planned; inputs fill them in when
// they are held.
func (y *year) reviews() []item {
	return []item{{"reviews", "review-next", []chapter{
		{at: y.on(-1, 24, 12, 0), who: "grace", values: values{"title": "Management review of the next half-year", "planned": y.day(y.months()+5, 20)}},
	}}}
}

// held are the management reviews that were held, with the inputs of their day.
func (y *year) held() []act {
	var out []act
	for _, r := range []struct {
		id, title, conclusions string
		at                     slo.Instant
	}{
		{"review-spring", "Management review of the first half-year", "Availability is as promised but for the network. A second fibre is to be ordered. The desk is one person short in the evenings.", y.on(5, 19, 14, 0)},
		{"review-autumn", "Management review of the second half-year", "", y.on(-1, 24, 10, 0)},
	} {
		if !y.has(r.at) {
			continue
		}
		out = append(out, act{r.at, "grace", func(ctx context.Context, o *office) error { return o.review(ctx, r.id, r.title, r.conclusions, r.at) }})
	}
	return out
}

// review holds a management review: its inputs are those that the figures give.
func (o *office) review(ctx context.Context, id, title, conclusions string, at slo.Instant) error {
	var given struct {
		Inputs []struct {
			Key   string   `json:"key"`
			N     int      `json:"n"`
			Of    int      `json:"of"`
			Names []string `json:"names"`
		} `json:"inputs"`
	}
	if err := o.call(ctx, http.MethodGet, "/api/v1/registers/reviews/inputs", nil, &given); err != nil {
		return err
	}
	var lines []string
	for _, i := range given.Inputs {
		line := fmt.Sprintf("%s: %d", strings.ReplaceAll(i.Key, "_", " "), i.N)
		if i.Of > 0 {
			line += fmt.Sprintf(" of %d", i.Of)
		}
		if len(i.Names) > 0 {
			line += " (" + strings.Join(i.Names, ", ") + ")"
		}
		lines = append(lines, line)
	}
	day := at.Time().Format("2006-01-02")
	c := chapter{state: "held", values: values{
		"title": title, "planned": day, "held": day, "chair": grace, "participants": grace + ", " + ada + ", " + bob + ", Alan Kay (board)", "inputs": strings.Join(lines, "\n"),
	}}
	if conclusions != "" {
		c.state, c.values["conclusions"] = "closed", conclusions
	}
	_, err := o.keepItem(ctx, "reviews", id, 0, c)
	return err
}

// decisions are what somebody is to decide, and what was decided.
func (y *year) decisions() []item {
	return []item{
		{"decisions", "order-fibre", []chapter{
			{at: y.on(5, 19, 15, 0), who: "grace", values: values{"title": "Order a second fibre by another way", "review": "review-spring", "service": "network", "wanted_of": "Alan Kay", "due": y.day(6, 2)}},
			{at: y.on(6, 2, 11, 0), who: "grace", state: "decided", values: values{"decision": "Ordered, for two years.", "decided_by": "Alan Kay", "decided": y.day(6, 2)}},
		}},
		{"decisions", "evening-desk", []chapter{
			{at: y.on(5, 19, 15, 10), who: "grace", values: values{"title": "One person more for the evenings of the desk", "review": "review-spring", "wanted_of": "Alan Kay", "due": y.day(6, 30), "in_reports": "no"}},
			{at: y.on(6, 24, 11, 0), who: "grace", state: "dropped", text: "The numbers of summer do not ask for it."},
		}},
		{"decisions", "backup-disks", []chapter{
			{at: y.on(-1, 24, 11, 0), who: "grace", values: values{"title": "Order disks for the backups, which are full before the next budget", "review": "review-autumn", "service": "backup", "wanted_of": "Alan Kay", "due": y.day(-1, 30)}},
		}},
		{"decisions", "alder-two-instances", []chapter{
			{at: y.on(-1, 25, 9, 0), who: "ada", values: values{
				"title": "A second instance of the shop, for 180 € a month", "service": "alder-web", "customer": "alder", "wanted_of": "Jonas Weber", "due": y.day(y.months(), 15), "in_reports": "yes",
				"details": "With one instance each release takes the shop down for minutes.",
			}},
		}},
	}
}
