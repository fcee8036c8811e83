package web

import (
	"fmt"
	"slices"
	"time"

	"github.com/assay-sla/assay/slo"
)

// maxChangeMarks bounds the changes that a strip shows.
const maxChangeMarks = 100

// markChanges draws changes into a strip of a stretch of time, over all else: a
// line at the beginning of each, which leads to its page.
func (w words) markChanges(s *strip, list []slo.ChangeRecord, in slo.Interval, zone *time.Location) {
	scale := float64(s.Width) / float64(in.Length())
	wide := max(1.5, float64(s.Width)/500)
	for _, c := range slices.Backward(list[:min(len(list), maxChangeMarks)]) {
		at := max(c.From, in.From)
		if at >= in.To {
			continue
		}
		left := min(float64(at.Sub(in.From))*scale, float64(s.Width)-wide)
		s.Marks = append(s.Marks, stripMark{
			Class: "change", X: fmt.Sprintf("%.2f", left), W: fmt.Sprintf("%.2f", wide), Y: "0", H: "24", Href: changePath(c.ID),
			Title: w.t("change.mark", w.t("change.kind."+string(c.Kind)), c.Summary, when(zone, c.From).Text),
		})
	}
}

// changesByService are the changes of each service of some, in their order.
func changesByService(list []slo.ChangeRecord) map[string][]slo.ChangeRecord {
	out := map[string][]slo.ChangeRecord{}
	for _, c := range list {
		for _, name := range c.Services {
			out[name] = append(out[name], c)
		}
	}
	return out
}

// changesOfDay marks the changes of a service in the timeline of a day, or of
// the last 24 hours where that is empty, and lists them, the latest first.
func (s *site) changesOfDay(v *visit, d *dayView, service string, day slo.Interval, zone *time.Location) []changeRow {
	if day.Empty() {
		day = lastDay(v.at)
	}
	list := s.changesIn(v, []string{service}, day, maxChangeMarks)
	v.views.markChanges(&d.Strip, list, day, zone)
	return v.views.changeRows(list, zone)
}
