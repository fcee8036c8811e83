package slo

import (
	"errors"
	"fmt"
	"time"
)

// Bounds of what is counted of service requests.
const (
	MaxServiceRequests    = 1_000_000_000     // of one day or month
	maxServiceRequestTime = 1_000_000_000_000 // seconds
	dayLayout             = time.DateOnly     // 2026-10-03
	monthLayout           = "2006-01"         // 2026-10
)

// ServiceRequests are the service requests of a service, or of an agreement
// about it, in a day or a month, as the tool counts them where people ask. A
// correction is a new version.
type ServiceRequests struct {
	Service   string        `json:"service"`
	Agreement string        `json:"agreement"` // "" where they are of no agreement
	Period    CountedPeriod `json:"period"`
	Received  int64         `json:"received"`
	Completed int64         `json:"completed"` // in the period, whenever they were received
	InTarget  int64         `json:"in_target"` // of the completed ones, within the time agreed
	TotalS    int64         `json:"total_s"`   // seconds from reception to completion, of all completed ones
	Version   int           `json:"version"`   // from 1; the highest counts
	At        Instant       `json:"at"`
	Actor     string        `json:"actor"`
}

// CountedPeriod is a month such as 2026-10, or a day such as 2026-10-03. Its
// days are those of whoever counted.
type CountedPeriod string

// ParseCountedPeriod reads a day or a month of the years 2000 to 2199.
func ParseCountedPeriod(s string) (CountedPeriod, error) {
	for _, layout := range []string{dayLayout, monthLayout} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 2000 && t.Year() < 2200 {
			return CountedPeriod(s), nil
		}
	}
	return "", fmt.Errorf("%.40q is no month such as 2026-10 and no day such as 2026-10-03", s)
}

// Month is the month of the period.
func (p CountedPeriod) Month() CountedPeriod { return p[:min(len(p), len(monthLayout))] }

// Monthly reports whether it is a month.
func (p CountedPeriod) Monthly() bool { return len(p) == len(monthLayout) }

// First is the first day of the period, such as 2026-10-01.
func (p CountedPeriod) First() string {
	if p.Monthly() {
		return string(p) + "-01"
	}
	return string(p)
}

// End is the first day behind the period.
func (p CountedPeriod) End() string {
	t, err := time.Parse(dayLayout, p.First())
	switch {
	case err != nil:
		return ""
	case p.Monthly():
		return t.AddDate(0, 1, 0).Format(dayLayout)
	}
	return t.AddDate(0, 0, 1).Format(dayLayout)
}

// Within reports whether all of the period lies in the days from one to before
// another, each such as 2026-10-01.
func (p CountedPeriod) Within(from, to string) bool { return p.First() >= from && p.End() <= to }

// Check says what is wrong with the counts.
func (r *ServiceRequests) Check() error {
	for _, n := range []struct {
		name string
		n    int64
	}{{"received", r.Received}, {"completed", r.Completed}, {"in_target", r.InTarget}} {
		if n.n < 0 || n.n > MaxServiceRequests {
			return fmt.Errorf("%s is not in 0 to %d", n.name, MaxServiceRequests)
		}
	}
	switch {
	case r.InTarget > r.Completed:
		return errors.New("in_target is more than completed")
	case r.TotalS < 0 || r.TotalS > maxServiceRequestTime:
		return fmt.Errorf("total_s is not in 0 to %d", int64(maxServiceRequestTime))
	case r.Completed == 0 && r.TotalS != 0:
		return errors.New("total_s is the time of completed requests, and none was")
	}
	return nil
}

// SameCounts reports whether two versions say the same.
func (r *ServiceRequests) SameCounts(o *ServiceRequests) bool {
	return r.Received == o.Received && r.Completed == o.Completed && r.InTarget == o.InTarget && r.TotalS == o.TotalS
}

// MeanTime is the mean time to completion, rounded down to the second; false
// where none was completed.
func (r *ServiceRequests) MeanTime() (time.Duration, bool) {
	if r.Completed == 0 {
		return 0, false
	}
	return time.Duration(r.TotalS/r.Completed) * time.Second, true
}

// InTargetShare is the share of the completed ones that were within the time
// agreed; its whole is 0 where none was completed.
func (r *ServiceRequests) InTargetShare() Fraction { return Fraction{r.InTarget, r.Completed} }

// SumServiceRequests adds up the counts of one service and agreement whose
// periods lie in the days from one to before another. Of a month that is
// counted as such its days are left out, for they are in it. It returns what
// was added as well, in the order of the list.
func SumServiceRequests(list []ServiceRequests, from, to string) (sum ServiceRequests, used []ServiceRequests) {
	monthly := map[CountedPeriod]bool{}
	for i := range list {
		if p := list[i].Period; p.Monthly() && p.Within(from, to) {
			monthly[p] = true
		}
	}
	for _, r := range list {
		if !r.Period.Within(from, to) || !r.Period.Monthly() && monthly[r.Period.Month()] {
			continue
		}
		sum.Service, sum.Agreement = r.Service, r.Agreement
		sum.Received, sum.Completed, sum.InTarget, sum.TotalS = sum.Received+r.Received, sum.Completed+r.Completed, sum.InTarget+r.InTarget, sum.TotalS+r.TotalS
		used = append(used, r)
	}
	return sum, used
}
