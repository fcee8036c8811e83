package day

import (
	"cmp"
	"encoding/json"
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
	Found   slo.Instant `json:"detected_at"`
	Events  []event     `json:"events"`
}

// event is a line of an incident's own timeline.
type event struct {
	At    slo.Instant   `json:"at"`
	Kind  slo.EventKind `json:"kind"`
	Actor string        `json:"actor"`
	Text  string        `json:"text"`
	Value string        `json:"value"`
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
		if err := w.recordCandidates(&i); err != nil {
			return err
		}
	}
	for _, opened := range []bool{true, false} { // what opened first, where it happened at once
		for _, i := range list {
			for _, e := range i.Events {
				if e.Actor == slo.ByItself && opened == (e.Kind == slo.EventDetected) {
					w.line.add(e.At, fromIncident, i.ID+" "+happened(&i, &e))
				}
			}
		}
	}
	return nil
}

// recordCandidates writes the changes near an incident into the timeline, when
// it is detected.
func (w *world) recordCandidates(i *incident) error {
	var got struct {
		Candidates []struct {
			Kind, Summary, Service string
			Before                 int64 `json:"before_ms"`
		} `json:"change_candidates"`
	}
	if err := w.call("ada", http.MethodGet, "/api/v1/incidents/"+i.ID, nil, &got); err != nil {
		return err
	}
	for _, c := range got.Candidates {
		w.line.add(i.Found, fromCandidate, fmt.Sprintf("%s of %s, %s before %s: %s", c.Kind, c.Service, seconds(c.Before), i.ID, c.Summary))
	}
	return nil
}

// happened says what an event did to an incident.
func happened(i *incident, e *event) string {
	text := string(e.Kind)
	switch e.Kind {
	case slo.EventDetected:
		text = fmt.Sprintf("is opened by %s", i.Trigger)
	case slo.EventPrioritised:
		text = "gets priority " + e.Value
	case slo.EventMajor:
		text = "is a major incident"
	case slo.EventMerged:
		text = "becomes part of " + e.Value
	case slo.EventJoined:
		text = "is joined by " + e.Value
	case slo.EventSeenFrom:
		text = "is seen from elsewhere"
	case slo.EventTargetNear:
		words := strings.Fields(e.Value)
		text = fmt.Sprintf("has used %s %% of the %s target of %s", words[0], words[1], words[2])
	}
	if e.Text != "" {
		text += ": " + e.Text
	}
	return text
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
			switch e.Act {
			case slo.DeclareDrill:
				w.line.add(e.At, fromDrill, d.Drill+" begins")
			case slo.FinishDrill:
				w.recordResult(d.Drill, e)
			}
		}
	}
	return nil
}

// recordResult writes what a drill was measured as, a line for each step.
func (w *world) recordResult(name string, e slo.DrillEvent) {
	r := e.Result
	for _, s := range r.Steps {
		words := fmt.Sprintf("%s: %s from %s to %s", name, s.Probe, s.From.Time().Format(time.TimeOnly), s.To.Time().Format(time.TimeOnly))
		if !s.Good {
			words += ", not good: " + string(s.Reason)
		}
		w.line.add(e.At, fromDrill, strings.TrimSuffix(words+", "+s.Evidence, ", "))
	}
	text := name + " has passed"
	if !r.Passed {
		text = fmt.Sprintf("%s has not passed: %v", name, r.Reasons)
	}
	if r.RTO != nil {
		text += fmt.Sprintf(", actual RTO %s", time.Duration(*r.RTO)*time.Millisecond)
	}
	if r.RPO != nil {
		text += fmt.Sprintf(", actual RPO %s", time.Duration(*r.RPO)*time.Millisecond)
	}
	w.line.add(e.At, fromDrill, text)
}

// recordFigures writes what the day left of each agreement.
func (w *world) recordFigures(at slo.Instant) error {
	var got struct {
		Objectives []struct {
			Agreement, Objective string
			Down                 int64        `json:"down_ms"`
			Budget               *int64       `json:"budget_ms"`
			Used                 *int64       `json:"budget_used_ms"`
			Availability         *json.Number `json:"availability"`
			Target               *json.Number `json:"target"`
		}
	}
	if err := w.call("ada", http.MethodGet, "/api/v1/objectives", nil, &got); err != nil {
		return err
	}
	for _, o := range got.Objectives {
		if o.Budget == nil || o.Used == nil || o.Availability == nil || o.Target == nil {
			return fmt.Errorf("%s/%s has no figure", o.Agreement, o.Objective)
		}
		w.line.add(at, fromFigures, fmt.Sprintf("%s/%s: down %s, %s %% of %s %% promised, %s of %s used of the budget", o.Agreement, o.Objective,
			seconds(o.Down), *o.Availability, *o.Target, seconds(*o.Used), seconds(*o.Budget)))
	}
	return nil
}

// seconds is a length in milliseconds as people read it.
func seconds(ms int64) time.Duration {
	return (time.Duration(ms) * time.Millisecond).Round(time.Second)
}
