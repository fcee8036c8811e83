package day

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/assay-sla/assay/slo"
)

// incident is one as the API shows it.
type incident struct {
	ID      string      `json:"id"`
	Service string      `json:"service"`
	Trigger slo.Trigger `json:"trigger"`
	Parent  string      `json:"parent"`
	Began   slo.Instant `json:"began_at"`
	Found   slo.Instant `json:"detected_at"`
	Events  []struct {
		At     slo.Instant   `json:"at"`
		Kind   slo.EventKind `json:"kind"`
		Actor  string        `json:"actor"`
		Text   string        `json:"text"`
		Value  string        `json:"value"`
		Undoes int           `json:"undoes"`
	} `json:"events"`
}

// incidents are those of a query, the latest first.
func (w *world) incidents(query string) ([]incident, error) {
	var got struct{ Incidents []incident }
	err := w.call("ada", http.MethodGet, "/api/v1/incidents?"+query, nil, &got)
	return got.Incidents, err
}

// allIncidents are those of the day, parts of others included, in the order in
// which they were detected.
func (w *world) allIncidents() ([]incident, error) {
	all, err := w.incidents("limit=1000")
	if err != nil {
		return nil, err
	}
	var services struct{ Services []struct{ Name string } }
	if err := w.call("ada", http.MethodGet, "/api/v1/services", nil, &services); err != nil {
		return nil, err
	}
	for _, s := range services.Services {
		list, err := w.incidents("limit=1000&service=" + s.Name)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b incident) int { return cmp.Or(cmp.Compare(a.Found, b.Found), cmp.Compare(a.ID, b.ID)) })
	return slices.CompactFunc(all, func(a, b incident) bool { return a.ID == b.ID }), nil
}

// recordIncidents writes what the collector has on record into the timeline,
// but for what people did, which the script has.
func (w *world) recordIncidents() error {
	list, err := w.allIncidents()
	if err != nil {
		return err
	}
	for n, i := range list {
		about := cmp.Or(i.Service, string(i.Trigger))
		w.line.name(i.ID, fmt.Sprintf("#%d (%s)", n+1, about))
	}
	for _, i := range list {
		for _, e := range i.Events {
			if e.Actor != slo.ByItself {
				continue
			}
			text := i.ID + " " + string(e.Kind)
			if e.Kind == slo.EventDetected {
				text += fmt.Sprintf(" %s since %s", i.Trigger, i.Began.Time().Format(time.TimeOnly))
			}
			for _, more := range []string{e.Value, e.Text} {
				if more != "" {
					text += ": " + more
				}
			}
			w.line.add(e.At, fromIncident, text)
		}
	}
	return nil
}

// drill is a drill as the API shows it.
type drill struct {
	ID, Drill string
	Events    []slo.DrillEvent
}

func (w *world) drills() ([]drill, error) {
	var got struct{ Drills []drill }
	err := w.call("ada", http.MethodGet, "/api/v1/drills", nil, &got)
	return got.Drills, err
}

// drill is the ID of the latest drill of a name.
func (w *world) drill(name string) (string, error) {
	list, err := w.drills()
	if err != nil {
		return "", err
	}
	for _, d := range list {
		if d.Drill == name {
			return d.ID, nil
		}
	}
	return "", fmt.Errorf("there was no drill %s", name)
}

// recordDrills writes what came of the drills into the timeline.
func (w *world) recordDrills() error {
	list, err := w.drills()
	if err != nil {
		return err
	}
	for _, d := range list {
		for _, e := range d.Events {
			text := d.Drill + " " + string(e.Act)
			if r := e.Result; r != nil {
				text += fmt.Sprintf(": passed %t %v", r.Passed, r.Reasons)
				for _, s := range r.Steps {
					text += fmt.Sprintf("; %s %s-%s good %t %s", s.Probe, s.From.Time().Format(time.TimeOnly), s.To.Time().Format(time.TimeOnly), s.Good, s.Evidence)
				}
				for what, ms := range map[string]*int64{"RTO": r.RTO, "RPO": r.RPO} {
					if ms != nil {
						text += fmt.Sprintf("; actual %s %s", what, time.Duration(*ms)*time.Millisecond)
					}
				}
			}
			w.line.add(e.At, fromDrill, strings.TrimSpace(text))
		}
	}
	return nil
}
