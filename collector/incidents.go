package collector

import (
	"context"
	"errors"
	"strings"

	"github.com/assay-sla/assay/collector/incident"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/slo"
)

// incidentList shows the incidents on record to the pages, and takes what
// people do to them.
type incidentList struct {
	store   *sqlstore.Store
	ledger  *ledgerSide
	lasting func() []slo.Outage // that last now
	catalog func() *slo.Catalog // in force
	changed func(slo.Incident)  // what people did, for the evaluator's memory
}

func (l incidentList) List(ctx context.Context, f web.IncidentFilter) ([]slo.Incident, error) {
	list, err := l.store.Incidents(ctx, sqlstore.IncidentFilter{
		Service: f.Service, Open: f.State == web.OpenIncident, Resolved: f.State == web.ResolvedIncident, Whole: f.Whole,
		Offset: f.Offset, Limit: f.Limit,
	})
	soFar(list, l.lasting)
	return list, err
}

// soFar gives what is down the downtime of its outage so far: it is on record
// once it ends.
func soFar(list []slo.Incident, lasting func() []slo.Outage) {
	var outages []slo.Outage
	for n := range list {
		i := &list[n]
		if i.Trigger != slo.ServiceDown || i.Restored != 0 {
			continue
		}
		if outages == nil {
			outages = lasting()
		}
		for _, o := range outages {
			if o.Service == i.Service {
				i.Downtime = o.Down
			}
		}
	}
}

func (l incidentList) Get(ctx context.Context, id string) (slo.Incident, error) {
	i, err := l.store.Incident(ctx, id)
	one := []slo.Incident{i}
	soFar(one, l.lasting)
	return one[0], unknownIncident(err)
}

func (l incidentList) Parts(ctx context.Context, id string) ([]string, error) {
	return l.store.IncidentParts(ctx, id)
}

// Act does to an incident what an event says. What is so already is no error.
func (l incidentList) Act(ctx context.Context, id string, e slo.IncidentEvent) error {
	var err error
	switch e.Kind {
	case slo.EventMerged:
		err = l.merge(ctx, id, e)
	case slo.EventSplit:
		err = l.split(ctx, id, e)
	case slo.EventMajor:
		e.Value = strings.TrimSpace(e.Value)
		if e.Value != "" {
			e.Value = incident.MajorValue(e.Value, e.At.Add(l.catalog().Policy().Review()))
		}
		fallthrough
	default:
		err = l.update(ctx, []string{id}, []slo.IncidentEvent{e}, func(list []slo.Incident) ([]slo.Incident, error) {
			i, err := incident.Act(list[0], e)
			return []slo.Incident{i}, err
		})
	}
	return notDone(err)
}

// merge makes an incident, and what is part of it, part of the one that the
// event names.
func (l incidentList) merge(ctx context.Context, id string, e slo.IncidentEvent) error {
	whole := e.Value
	if id == whole {
		return &incident.Refused{Reason: incident.Itself, ID: id, Why: "it cannot be part of itself"}
	}
	parts, err := l.store.IncidentParts(ctx, id)
	if err != nil {
		return err
	}
	return l.update(ctx, append([]string{id, whole}, parts...), pairOf(e, id, slo.EventJoined), func(list []slo.Incident) ([]slo.Incident, error) {
		return incident.Join(list[1], list[0], list[2:], e.Actor, e.Text, e.At)
	})
}

// split takes an incident out of the one that it is part of.
func (l incidentList) split(ctx context.Context, id string, e slo.IncidentEvent) error {
	i, err := l.store.Incident(ctx, id)
	if err != nil {
		return err
	}
	whole := i.Work.Parent
	if whole == "" {
		return &incident.Refused{Reason: incident.AlreadySo, ID: id, Why: "it is part of no other"}
	}
	e.Value = whole
	return l.update(ctx, []string{id, whole}, pairOf(e, id, slo.EventParted), func(list []slo.Incident) ([]slo.Incident, error) {
		part, whole, err := incident.Split(list[0], list[1], e.Actor, e.Text, e.At)
		return []slo.Incident{part, whole}, err
	})
}

// pairOf is the event of a part, and that of its whole.
func pairOf(e slo.IncidentEvent, part string, kind slo.EventKind) []slo.IncidentEvent {
	other := e
	other.Kind, other.Value = kind, part
	return []slo.IncidentEvent{e, other}
}

// update changes incidents together with the entries in the ledger: one for
// each event by people, of which the first incidents get one each.
func (l incidentList) update(ctx context.Context, ids []string, events []slo.IncidentEvent, f func([]slo.Incident) ([]slo.Incident, error)) error {
	drafts := make([]ledger.Draft, len(events))
	for n, e := range events {
		drafts[n] = ledger.Draft{At: e.At, Actor: e.Actor, Body: incidentBody(ids[n], e)}
	}
	var list []slo.Incident
	_, err := l.ledger.append(ctx, events[0].At, func(ctx context.Context, b ledger.Batch) (err error) {
		list, err = l.store.UpdateIncidents(ctx, ids, sqlstore.LogBatch(b), f)
		return err
	}, drafts...)
	if err != nil {
		return err
	}
	for _, i := range list {
		l.changed(i)
	}
	return nil
}

// incidentBody is what the ledger has of an event by people.
func incidentBody(id string, e slo.IncidentEvent) ledger.Body {
	row := ledger.IncidentLine(id, e).Digest()
	switch e.Kind {
	case slo.EventAcknowledged:
		return &ledger.Acknowledgement{Incident: id, Row: row}
	case slo.EventCommented:
		return &ledger.Comment{Incident: id, Row: row}
	}
	return &ledger.IncidentWork{Incident: id, Action: e.Kind, Row: row}
}

// notDone is an error as the pages tell it.
func notDone(err error) error {
	var r *incident.Refused
	if !errors.As(err, &r) {
		return unknownIncident(err)
	}
	if r.Reason == incident.AlreadySo {
		return nil
	}
	return &web.IncidentRefused{Reason: string(r.Reason), Why: r.Error(), Bad: r.Reason == incident.BadValue}
}

func unknownIncident(err error) error {
	if errors.Is(err, sqlstore.ErrNotFound) {
		return web.ErrNoIncident
	}
	return err
}
