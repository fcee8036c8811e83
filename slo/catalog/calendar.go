package catalog

import (
	"time"

	"gopkg.in/yaml.v3"

	"github.com/assay-sla/assay/slo"
)

// Bounds of a calendar's lists.
const (
	maxHours = 1000
	maxDates = 20_000
	maxSpans = 100 // of one exception
)

// calendar reads the spec of a Calendar.
func (r reader) calendar(name string, n *yaml.Node) {
	f, ok := r.fields(n, "the spec of a Calendar", "timezone", "hours", "holidays", "exceptions")
	if !ok {
		return
	}
	c := &slo.Calendar{Name: name, Zone: time.UTC, Holidays: map[slo.Date]bool{}, Exceptions: map[slo.Date][]slo.DaySpan{}}
	set(&c.Zone, f.get("timezone"), r.timezone)
	if !f.has("exceptions") {
		f.need("hours")
	}
	if h := f.get("hours"); h != nil {
		items, _ := list(r, h, "hours", maxHours, r.weekHours)
		c.Week = week(items)
	}
	if h := f.get("holidays"); h != nil {
		dates, _ := list(r, h, "holidays", maxDates, r.date)
		for _, d := range dates {
			c.Holidays[d] = true
		}
	}
	if e := f.get("exceptions"); e != nil {
		r.exceptions(c, e)
	}
	r.catalog.Calendars = append(r.catalog.Calendars, c)
	r.calendars[name] = c
}

// week spreads the items over the days they name.
func week(items []weekSpan) [7][]slo.DaySpan {
	var w [7][]slo.DaySpan
	for _, item := range items {
		for _, d := range item.days {
			w[d] = append(w[d], item.span)
		}
	}
	for d := range w {
		w[d] = merged(w[d])
	}
	return w
}

// exceptions reads a mapping from dates to the spans that replace their hours.
func (r reader) exceptions(c *slo.Calendar, n *yaml.Node) {
	if d := deref(n); d.Kind == yaml.MappingNode && len(d.Content) > 2*maxDates {
		r.errorf(d, "", "more than %d exceptions", maxDates)
		return
	}
	r.pairs(n, "exceptions", func(key, value *yaml.Node) {
		if isNull(value) {
			r.errorf(key, "a closed day is []", "%s has no value", quote(key.Value))
			return
		}
		date, ok := r.date(key)
		spans, good := list(r, value, "an exception", maxSpans, r.daySpan)
		if ok && good {
			c.Exceptions[date] = merged(spans)
		}
	})
}
