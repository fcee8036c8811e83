package collector

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/remote"
	"github.com/assay-sla/assay/collector/remote/influx"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// openPages builds the pages and the APIs, and binds their listener.
func (c *Collector) openPages(_ context.Context, _ *slo.Catalog) error {
	access := web.Access{TLS: c.config.TLS.set()}
	credentials, err := loadCredentials(c.config)
	if err != nil {
		return err
	}
	if credentials == nil {
		access.Loopback = true
	} else if c.sessions, err = auth.NewSessions(credentials, auth.Life{}); err != nil {
		return err
	}
	access.Sessions = c.sessions
	api, err := remote.New(c.series, c.series.Foreign(), remote.Options{Logger: c.log})
	if err != nil {
		return err
	}
	lines, err := influx.New(c.series.Foreign(), influx.Options{Now: c.now, Logger: c.log})
	if err != nil {
		return err
	}
	if err := c.register(); err != nil {
		return err
	}
	const prefix = remote.DefaultPrefix
	reports, trail, enrolments, ledgers := c.reportPages(), c.trailPages(), c.enrolmentPages(), c.ledgerPages()
	channels, plans, records := c.channelPages(), c.continuityPages(), c.evidencePages()
	pages, err := web.New(web.Options{
		Figures:   figures(c.engine),
		Incidents: incidentList{store: c.store, ledger: c.ledger, lasting: c.lasting, catalog: c.catalog.current, changed: c.peopleDid},
		Agents:    agentList(c.agentList),
		Latency:   latency(c.series),
		Closed:    c.closed,
		Explain:   c.newExplainer().explain,
		Capacity:  c.forecasts,
		Collector: c,
		Audit:     auditTrail{c.store, c.ledger},
		Access:    access,
		Metrics:   promhttp.HandlerFor(prometheus.Gatherers{c.registry, c.series.Metrics()}, promhttp.HandlerOpts{}),
		Mounts: []web.Mount{
			{Path: reportsPath, Role: auth.Viewer, Handler: reports},
			{Path: scopedReportsPath, Role: auth.Viewer, Handler: reports},
			{Path: reportMailsPath, Role: auth.Operator, Action: "report.mail", Handler: reports},
			{Path: prefix + "/", Role: auth.Viewer, Handler: api.Read},
			{Path: prefix + remote.WritePath, Role: auth.Operator, Handler: api.Write, Often: "series.write"},
			{Path: prefix + remote.OTLPPath, Role: auth.Operator, Handler: api.Write, Often: "series.write"},
			{Path: invitationsPath, Role: auth.Operator, Action: "agent.invite", Handler: enrolments, Object: namedAgent},
			{Path: revocationsPath, Role: auth.Operator, Action: "agent.revoke", Handler: enrolments, Object: namedAgent},
			{Path: certificatesPath, Role: auth.Operator, Handler: enrolments},
			{Path: alertsHookPath, Role: auth.Operator, Handler: http.HandlerFunc(c.takeAlerts), Often: "alerts.receive"},
			{Path: influx.V1Path, Role: auth.Operator, Handler: lines.Write, Often: "series.write", TokenScheme: true},
			{Path: influx.V2Path, Role: auth.Operator, Handler: lines.Write, Often: "series.write", TokenScheme: true},
			{Path: influx.PingPath, Handler: lines.Health, TokenScheme: true},
			{Path: influx.HealthPath, Handler: lines.Health, TokenScheme: true},
			{Path: auditPath, Role: auth.Operator, Handler: trail},
			{Path: bouncesPath, Role: auth.Operator, Handler: http.HandlerFunc(c.takeBounce), Often: "mail.bounce"},
			{Path: channelsPath, Role: auth.Operator, Handler: channels},
			{Path: channelsPath + "/", Role: auth.Operator, Action: "channel.test", Handler: channels},
			{Path: planCopyPath, Role: auth.Viewer, Handler: plans},
			{Path: plansPath, Role: auth.Viewer, Handler: plans},
			{Path: drillsPath, Role: auth.Viewer, Write: auth.Operator, Action: "drill.declare", Handler: plans},
			{Path: drillsPath + "/", Role: auth.Viewer, Write: auth.Operator, Action: "drill.add", Handler: plans},
			{Path: ledgerPath, Role: auth.Viewer, Handler: ledgers},
			{Path: entriesPath, Role: auth.Operator, Handler: ledgers}, // as the audit, of which they speak
			{Path: entryProofPath, Role: auth.Operator, Handler: ledgers},
			{Path: evidencePath, Role: auth.Operator, Handler: records}, // it holds the audit trail and the mails
			{Path: readinessPath, Role: auth.Operator, Handler: records},
		},
		Evidence:   readiness{c},
		Exclusions: c.exclusions,
		Continuity: continuitySide{c.drills},
		Sendings:   sendingPages{c.sendings, c.making},
		Surveys:    surveys{c.store, c.ledger},
		Changes:    c.changes,
		Registers:  c.registers,
		Problems:   c.problems,

		ServiceRequests: serviceRequests{store: c.store, catalog: c.catalog.current, now: c.now},

		Zone: c.commonZone,
		Now:  c.now,
		Log:  c.log,
	})
	if err != nil {
		return err
	}
	serving, err := c.config.TLS.config()
	if err != nil {
		return err
	}
	c.pages, c.pagesAt, err = c.listen("the pages' listener", c.config.Listen, serving, pages)
	return err
}

// commonZone is the one that all agreements share, and UTC where they share none.
func (c *Collector) commonZone() *time.Location {
	var zone *time.Location
	for _, a := range c.catalog.current().Agreements {
		if zone != nil && zone.String() != a.Zone.String() {
			return time.UTC
		}
		zone = a.Zone
	}
	if zone == nil {
		return time.UTC
	}
	return zone
}

// listen binds an address and makes the server for it. Nothing is served yet.
func (c *Collector) listen(name, address string, cfg *tls.Config, h http.Handler) (*http.Server, net.Listener, error) {
	l, err := c.bind("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("%s is in use: another program, such as a second collector, listens there; choose another address for it", address)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	c.undo.push(name, func() error {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	l = newBounded(l, connectionsFor(openFiles()))
	if cfg != nil {
		cfg.NextProtos = []string{"h2", "http/1.1"}
		l = tls.NewListener(l, cfg)
	}
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, WriteTimeout: 3 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(c.log.Handler(), slog.LevelWarn), // such as a handshake that failed
	}, l, nil
}

// register adds the collector's own metrics.
func (c *Collector) register() error {
	gauge := func(name, help string, f func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
	}
	counter := func(name, help string, f func() float64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, f)
	}
	lag := func(next func() uint64) func() float64 {
		return func() float64 { return float64(c.journal.Next()) - float64(next()) }
	}
	var errs []error
	for _, m := range []prometheus.Collector{
		gauge("assay_journal_bytes", "Size of the journal.", func() float64 { return float64(c.journal.Bytes()) }),
		counter("assay_journal_entries_total", "Entries ever appended to the journal.", func() float64 { return float64(c.journal.Next() - 1) }),
		gauge("assay_follower_lag_evaluate", "Entries that the evaluator has not checkpointed.", lag(c.evaluator.saved.Load)),
		gauge("assay_follower_lag_archive", "Entries that the archive has not on disk.", lag(c.archiver.archive.Next)),
		gauge("assay_catalogue_last_reload_successful", "1 where the last catalogue that was to be loaded is in force, 0 where it was refused.", c.catalog.taken),
		gauge("assay_ledger_unsealed_age_seconds", "How long ago the oldest window ended that is final and not sealed; 0 where none is.", func() float64 { return c.sealer.watch.age(c.now()).Seconds() }),
		counter("assay_ledger_failures_total", "Times that sealing or restating failed.", func() float64 { return float64(c.sealer.watch.failed()) }),
		gauge("assay_seats", "Seats of the probes whose work is divided among agents.", func() float64 { all, _ := c.fleet.Vacant(); return float64(all) }),
		gauge("assay_seats_vacant", "Seats that no agent holds which is in contact.", func() float64 { _, n := c.fleet.Vacant(); return float64(n) }),
		counter("assay_conflicts_total", "Records that came with the identity of another.", func() float64 { return float64(c.agents.conflicts.Load()) }),
		counter("assay_records_set_aside_total", "Records kept aside.", func() float64 { return float64(c.agents.aside.Load()) }),
		counter("assay_measurements_ahead_total", "Measurements quarantined for lying in the future.", func() float64 { return float64(c.ahead.total()) }),
	} {
		errs = append(errs, c.registry.Register(m))
	}
	errs = append(errs, c.registry.Register(collectors.NewGoCollector()), c.registry.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("registering metrics: %w", err)
	}
	if len(c.config.Alerting.Alertmanagers) > 0 || c.outbox != nil || len(c.config.Channels) > 0 {
		return errors.Join(c.registry.Register(notify.NewCollector(c.managers, c.outbox, c.channels)), c.registry.Register(newChannelMetrics(c.channelStandings)))
	}
	return nil
}
