package demo

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// resources are what services use up: disks, of which those of the backups are
// nearly full, connections that follow the week, and what people know of staff
// and money.
func (y *year) resources() string {
	var b strings.Builder
	document(&b, "Resource", "storage-disks", `{service: storage, unit: TB, used: 'max(last_over_time(demo_storage_used_terabytes[12h]))', limit: 400, leadTime: 45d, thresholds: [80, 90]}`)
	document(&b, "Resource", "backup-disks", `{service: backup, unit: TB, used: 'max(last_over_time(demo_backup_used_terabytes[12h]))', limit: 120, leadTime: 30d, thresholds: [80, 90]}`)
	document(&b, "Resource", "database-connections", `{service: database-one, unit: connections, used: 'max(last_over_time(demo_connections[12h]))', limit: 500, promised: 400, leadTime: 14d}`)
	document(&b, "Resource", "service-desk", "{service: monitoring, unit: people, leadTime: 90d, thresholds: [90], values: ["+y.known(func(m int) (float64, float64) { return 5.2 + 0.2*float64(m), 8 })+"]}")
	document(&b, "Resource", "hosting-budget", "{service: datacentre, unit: EUR, leadTime: 60d, values: ["+y.known(func(m int) (float64, float64) { return 31_000 + 400*float64(m%5), 36_000 })+"]}")
	return b.String()
}

// known are values that people write down for the first of each month, and plan
// for the half-year ahead.
func (y *year) known(of func(month int) (used, limit float64)) string {
	var out []string
	for m := range y.months() + 6 {
		used, limit := of(m)
		out = append(out, fmt.Sprintf("{at: %s, used: %.1f, limit: %.0f}", y.day(m, 1), used, limit))
	}
	return strings.Join(out, ", ")
}

// readEvery is how often an agent reads what is used; the resources look back for
// twice as long.
const readEvery = 6 * time.Hour

// read reads what is used of the resources, from one location and up to an
// instant: the storage grows, and once a quarter something is taken away; the
// backups only grow; connections follow the week.
func (a *agent) read(until slo.Instant) {
	step := slo.Instant(readEvery.Milliseconds())
	for at := a.until - (a.until-1)%step - 1 + step; at < until; at += step {
		if at < a.until {
			continue
		}
		days := at.Sub(a.year.From).Hours() / 24
		used := 210 + 0.55*days - 25*math.Floor(days/91) + math.Sin(days)
		backups := 112 - 0.19*(a.year.To.Sub(at).Hours()/24) + 0.4*math.Sin(days/2)
		busy := 180 + 60*math.Sin(2*math.Pi*days/7) + 0.2*days
		a.queue = append(a.queue, slo.Record{Readings: &slo.Readings{Location: a.location, At: at, Samples: []slo.Sample{
			{Name: "demo_storage_used_terabytes", Value: used}, {Name: "demo_backup_used_terabytes", Value: backups}, {Name: "demo_connections", Value: math.Round(busy)},
		}}})
	}
}
