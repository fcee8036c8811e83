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
	changed func(slo.Incident)  // what people did, for the evaluator's memory
}

func (l incidentList) List(ctx context.Context, f web.IncidentFilter) ([]slo.Incident, error) {
	list, err := l.store.Incidents(ctx, sqlstore.IncidentFilter{
		Service: f.Service, Open: f.State == web.OpenIncident, Resolved: f.State == web.ResolvedIncident,
		Offset: f.Offset, Limit: f.Limit,
	})
	soFar(list, l.lasting)
	return list, err
}

// soFar gives open incidents the downtime of their outages so far: it is on
// record once they end.
func soFar(list []slo.Incident, lasting func() []slo.Outage) {
	var outages []slo.Outage
	for n := range list {
		i := &list[n]
		if !i.Open() {
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

func (l incidentList) Acknowledge(ctx context.Context, id, actor string, at slo.Instant) error {
	event := slo.IncidentEvent{At: at, Kind: slo.EventAcknowledged, Actor: actor}
	body := &ledger.Acknowledgement{Incident: id, Row: ledger.IncidentLine(id, event)}
	err := l.update(ctx, id, ledger.Draft{At: at, Actor: actor, Body: body}, func(i slo.Incident) (slo.Incident, error) {
		if i.Acknowledged != 0 {
			return i, errAcknowledged
		}
		return incident.Acknowledge(i, actor, at)
	})
	if errors.Is(err, errAcknowledged) {
		return nil
	}
	return err
}

// errAcknowledged ends the transaction of what somebody did before.
var errAcknowledged = errors.New("it is acknowledged already")

func (l incidentList) Comment(ctx context.Context, id, actor, text string, at slo.Instant) error {
	event := slo.IncidentEvent{At: at, Kind: slo.EventCommented, Actor: actor, Text: strings.TrimSpace(text)}
	body := &ledger.Comment{Incident: id, Row: ledger.IncidentLine(id, event)}
	return l.update(ctx, id, ledger.Draft{At: at, Actor: actor, Body: body}, func(i slo.Incident) (slo.Incident, error) {
		return incident.Comment(i, actor, text, at)
	})
}

// update changes an incident together with the entry in the ledger.
func (l incidentList) update(ctx context.Context, id string, d ledger.Draft, f func(slo.Incident) (slo.Incident, error)) error {
	var i slo.Incident
	_, err := l.ledger.append(ctx, d.At, func(ctx context.Context, b ledger.Batch) (err error) {
		i, err = l.store.UpdateIncident(ctx, id, sqlstore.LogBatch(b), f)
		return err
	}, d)
	if err == nil {
		l.changed(i)
	}
	return unknownIncident(err)
}

func unknownIncident(err error) error {
	if errors.Is(err, sqlstore.ErrNotFound) {
		return web.ErrNoIncident
	}
	return err
}

// auditTrail keeps who did what, and a digest of it in the ledger.
type auditTrail struct {
	store  *sqlstore.Store
	ledger *ledgerSide
}

func (t auditTrail) Record(ctx context.Context, e web.AuditEvent) error {
	row, body := auditRow(e)
	_, err := t.ledger.append(ctx, e.At, func(ctx context.Context, b ledger.Batch) error {
		return t.store.Audit(ctx, row, sqlstore.LogBatch(b))
	}, ledger.Draft{At: e.At, Actor: e.Actor, Body: body})
	return err
}

// auditRow is a line of the audit trail, and the body of its entry.
func auditRow(e web.AuditEvent) (sqlstore.AuditEvent, *ledger.Audit) {
	row := sqlstore.AuditEvent{
		At: e.At, Actor: e.Actor, Role: e.Role.String(), Means: string(e.By), Remote: e.Remote,
		Action: e.Action, Object: e.Object, Outcome: string(e.Outcome), Reason: e.Reason,
	}
	return row, &ledger.Audit{Row: auditDigest(row), Action: row.Action, Object: row.Object, Outcome: row.Outcome}
}

// auditDigest is what the ledger has of a line of the audit trail.
func auditDigest(a sqlstore.AuditEvent) string {
	return ledger.AuditLine(a.At, a.Actor, a.Role, a.Means, a.Remote, a.Action, a.Object, a.Outcome, a.Reason)
}
