// Package collector takes the agents' measurements and turns them into
// figures, alerts, incidents, series, pages and reports. It composes the
// leaves below it: each follows the journal on its own.
package collector

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/fleet"
	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/report"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/tsdb"
	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/internal/wal"
	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// Collector is one collector process. New opens and binds it, Run runs it.
type Collector struct {
	config  Config
	version string
	log     *slog.Logger
	now     func() slo.Instant
	bind    func(network, address string) (net.Listener, error)
	blocks  time.Duration // tsdb.Options.BlockRange
	started slo.Instant

	journal     *wal.Log
	archiver    *archiver
	store       *sqlstore.Store
	series      *tsdb.Store
	evaluator   *evaluator
	letterheads map[string]report.Letterhead // of reports, by customer
	conditions  *conditions
	ledger      *ledgerSide
	sealer      *sealer
	forecasts   *forecaster
	fleet       *fleet.Fleet
	agents      *agentSide
	handler     *push.Handler
	alerts      *alerter
	managers    *notify.Alertmanagers
	outbox      *notify.Outbox[notify.Message] // nil without a mail server
	channels    *notify.Channels
	teller      *teller
	sessions    *auth.Sessions // nil on loopback without users
	registry    *prometheus.Registry

	pages, agentPages *http.Server
	pagesAt, agentsAt net.Listener

	targets     atomic.Pointer[map[string]target]
	ahead       ahead
	journalFull atomic.Int64 // since when; 0 where it is not
	refused     atomic.Int64 // when the journal last refused a batch
	headAtStart uint64
	ready       atomic.Bool
	grace       time.Duration // for requests under way when Run ends

	reload  sync.Mutex // held while a reload runs
	packing sync.Mutex // held while a pack of evidence is made
	packs   *spool     // of those that are fetched
	making  *reportRoom
	catalog catalogState

	exclusions *exclusions
	drills     *drills
	problems   *problems
	sendings   *sendings
	changes    *changes
	registers  *registers

	undo stack
}

// Options are what a Collector is made of besides its configuration.
type Options struct {
	Version string
	Log     *slog.Logger
	Now     func() slo.Instant                                  // default the machine's clock
	Listen  func(network, address string) (net.Listener, error) // default net.Listen

	// BlockRange is that of tsdb.Options, for who lets months go by in a minute.
	BlockRange time.Duration
}

// New loads the catalogue, opens everything that is kept on disk, and binds
// the listeners. After an error nothing is left open. A catalogue with errors
// is a CatalogueError.
func New(ctx context.Context, cfg Config, o Options) (*Collector, error) {
	if o.Log == nil {
		return nil, errors.New("building the collector: no logger")
	}
	if o.Now == nil {
		o.Now = func() slo.Instant { return slo.At(time.Now()) }
	}
	if o.Listen == nil {
		o.Listen = net.Listen
	}
	c := &Collector{config: cfg, version: o.Version, log: o.Log, now: o.Now, bind: o.Listen, blocks: o.BlockRange, started: o.Now(), making: newReportRoom(), registry: prometheus.NewRegistry(), grace: stopTimeout}
	if err := c.build(ctx); err != nil {
		return nil, errors.Join(err, c.undo.unwind())
	}
	return c, nil
}

// build does the steps of New. What it opened is on the stack of what to undo.
func (c *Collector) build(ctx context.Context) error {
	var exposed []error
	c.config.checkListeners(func(field, format string, args ...any) {
		exposed = append(exposed, fmt.Errorf(field+": "+format, args...))
	})
	if err := errors.Join(exposed...); err != nil {
		return err
	}
	cat, sources, problems := catalog.LoadSources(c.config.Catalogue)
	if problems.Err() != nil {
		return &CatalogueError{problems}
	}
	if err := errors.Join(c.config.CheckCatalogue(cat), CheckResources(cat)); err != nil {
		return err
	}
	c.catalog.loaded(cat, c.started)
	c.setTargets(cat)
	for _, step := range []func(context.Context, *slo.Catalog) error{
		c.openDisks,
		c.openLedger, c.openExclusions, c.openChanges,
		c.openChannels, // before the figures: the first incidents are told of too
		func(ctx context.Context, cat *slo.Catalog) error { return c.openFigures(ctx, cat, sources) },
		c.openLetterheads, c.openAlerting, c.openAgents, c.openContinuity, c.openProblems, c.openRegisters, c.openSendings, c.openPages,
	} {
		if err := step(ctx, c.catalog.current()); err != nil {
			return fmt.Errorf("starting the collector: %w", err)
		}
	}
	return nil
}

// openDisks opens the records, the journal, the archive and the series.
func (c *Collector) openDisks(ctx context.Context, cat *slo.Catalog) error {
	dir := func(name string) string { return filepath.Join(c.config.Data, name) }
	if err := os.MkdirAll(c.config.Data, 0o700); err != nil {
		return err
	}
	arch, err := archive.Open(dir("archive"), archive.Options{})
	if err != nil {
		return err
	}
	c.undo.push("the archive", arch.Close)
	if c.store, err = sqlstore.Open(ctx, dir("records.db")); err != nil {
		return err
	}
	c.undo.push("the records", c.store.Close)
	if c.packs, err = openSpool(dir("packs")); err != nil {
		return err
	}
	cp, err := c.store.LoadCheckpoint(ctx)
	if err != nil {
		return err
	}
	// The archive and the checkpoint know how far the journal was.
	journal, report, err := wal.Open(dir("journal"), wal.Options{
		MaxBytes: c.config.Journal.Size, SegmentBytes: segmentBytes(c.config.Journal.Size), Next: max(cp.Cursor, arch.Next()),
	})
	if err != nil {
		return err
	}
	c.undo.push("the journal", journal.Close)
	c.journal = journal
	if report.Vanished {
		c.log.Error("the journal's files are gone: what agents delivered after this position and was in no archive yet is lost; where a backup has them, stop and put them back",
			"folder", dir("journal"), "from", journal.Next())
	}
	if report.Torn > 0 {
		c.log.Warn("bytes at the journal's end were cut: what was being written when the process or the machine died, and was not acknowledged", "bytes", report.Torn)
	}
	for _, l := range report.Lost {
		c.log.Error("the disk lost entries of the journal", "from", l.From, "to", l.To, "reason", l.Reason)
	}
	for _, name := range report.SetAside {
		c.log.Error("a file of the journal could not be read and was set aside", "file", name)
	}
	c.headAtStart = journal.Next()
	if first := journal.First(); first > arch.Next() {
		c.log.Error("the archive's head is older than the journal: what came between is skipped, and files that the head does not name are left",
			"from", arch.Next(), "to", first-1)
		if err := arch.Skip(first, c.now(), archive.OlderHead); err != nil {
			return err
		}
	} else if err := arch.Sweep(first); err != nil {
		return err
	}
	c.archiver = newArchiver(arch, journal, c.now, c.log)
	detail := tsdb.DetailFor(len(cat.Probes))
	if d := c.config.Series.Detail; d != "" {
		if err := detail.UnmarshalText([]byte(d)); err != nil {
			return err
		}
	}
	if err := private(dir("series")); err != nil {
		return err
	}
	c.series, err = tsdb.Open(dir("series"), tsdb.Options{
		Target: c.target, Series: detail, Retention: c.config.Series.Retention, BlockRange: c.blocks,
		Families: families(), Logger: c.log,
	})
	if err != nil {
		return err
	}
	c.undo.push("the series", c.series.Close)
	return nil
}

// segmentBytes cuts a journal into pieces small enough that giving back whole
// ones makes room in it.
func segmentBytes(most int64) int64 { return min(16<<20, max(64<<10, most/8)) }

// openFigures brings the evaluator to where it was, and the catalogue into force.
func (c *Collector) openFigures(ctx context.Context, cat *slo.Catalog, sources []catalog.Source) error {
	c.evaluator = &evaluator{
		store: c.store, archive: c.archiver, now: c.now, log: c.log,
		alert: func(slo.Instant) {
			if c.alerts != nil {
				c.alerts.soon()
			}
		},
		received: c.receivedRows,
		others:   func(i slo.Incident) { c.conditions.tell(i) },
		ahead:    c.ahead.note,
		told:     c.wakeChannels,
		states:   map[string]slo.State{},
		head:     c.headAtStart,
	}
	c.conditions = &conditions{
		store: c.store, whole: c.evaluator.whole, outages: c.evaluator.unsettled, changed: c.evaluator.people,
		catalog: c.catalog.current,
		scope:   func(services []string, at slo.Instant) slo.Scope { return c.engine().Scope(services, at) },
		has:     c.hasService, wake: c.wakeChannels, base: c.base, major: c.tellMajor, now: c.now, log: c.log, poke: make(chan struct{}, 1), asked: make(asked),
	}
	at := c.now()
	t, err := c.ledger.take(ctx, cat, sources, at)
	if err != nil {
		return fmt.Errorf("putting the catalogue on record: %w", err)
	}
	inForce, err := c.exclusions.over(ctx, t.catalog)
	if err != nil {
		return err
	}
	c.catalog.loaded(inForce, c.started)
	if len(editsOf(t.before, t.catalog, at)) == 0 {
		if err := c.ledger.commit(ctx, t, ledger.Self, at, nil); err != nil {
			return fmt.Errorf("putting the catalogue on record: %w", err)
		}
		return c.evaluator.load(ctx, inForce, t.revisions)
	}
	// What was edited while nothing ran is told as if it did: from where it stood
	// under the catalogue before.
	before, err := c.exclusions.over(ctx, t.before)
	if err != nil {
		return err
	}
	if err := c.evaluator.load(ctx, before, c.ledger.revisions()); err != nil {
		return err
	}
	return c.putInForce(ctx, t, inForce, ledger.Self, at)
}

func (c *Collector) engine() *evaluate.Engine { return c.evaluator.engine.Load() }

// lasting are the outages that last now.
func (c *Collector) lasting() []slo.Outage { return c.evaluator.down(c.now()) }

func (c *Collector) agentList(at slo.Instant) []slo.AgentStatus { return c.fleet.Agents(at) }

// agentCertificates are when the agents' certificates end, by agent; none where
// the collector issues none.
func (c *Collector) agentCertificates() map[string]slo.Instant {
	if c.agents.enrolment == nil {
		return nil
	}
	return c.agents.enrolment.ends()
}

// openAlerting makes what tells people: Alertmanagers, channels and the mail
// outbox.
func (c *Collector) openAlerting(ctx context.Context, _ *slo.Catalog) error {
	var err error
	c.managers, err = notify.NewAlertmanagers(c.config.Alerting.Alertmanagers, notify.AlertOptions{Resend: c.config.Alerting.Resend, Logger: c.log})
	if err != nil {
		return err
	}
	c.forecasts = &forecaster{
		series: c.series, store: c.store, catalog: c.catalog.current, now: c.now, failed: c.failed,
		changed: func() { c.alerts.soon() }, asked: make(asked),
	}
	if err := c.conditions.load(ctx, c.now()); err != nil {
		return err
	}
	c.alerts = &alerter{
		opens: c.conditions.hear, near: c.conditions.nearBreach, incident: c.incidentOf, flapping: c.evaluator.flapping,
		to: c.managers, store: c.store, engine: c.engine, agents: c.agentList, certificates: c.agentCertificates, forecasts: c.forecasts.current, self: c.watchSelf,
		steps: c.teller.steps,
		now:   c.now, ready: c.ready.Load, base: c.base, poke: make(chan struct{}, 1), failed: c.failed,
	}
	if err := c.alerts.restore(ctx); err != nil {
		return err
	}
	mailer, err := c.config.Mail.mailer(c.store.KeepMailBytes)
	if err != nil || mailer == nil {
		return err
	}
	c.outbox, err = notify.NewOutbox(mailOutbox(c.store), mailer, notify.OutboxOptions{Logger: c.log, Now: c.now})
	return err
}

// wakeChannels has the channels look for what there is to tell.
func (c *Collector) wakeChannels() {
	if c.channels != nil {
		c.channels.Wake()
	}
}

// peopleDid takes what somebody did to an incident.
func (c *Collector) peopleDid(i slo.Incident) {
	if i.Trigger == slo.ServiceDown {
		c.evaluator.people(i)
	} else {
		c.conditions.tell(i)
		c.wakeChannels()
	}
}

// openAgents restores what is known of agents and binds their listener.
func (c *Collector) openAgents(ctx context.Context, _ *slo.Catalog) error {
	c.fleet = fleet.New(c.config.Agents.SilentAfter)
	stored, err := c.store.LoadAgents(ctx)
	if err == nil {
		err = c.fleet.Restore(stored, c.now())
	}
	if err != nil {
		return err
	}
	c.agents = newAgentSide(c.fleet, c.store, c.catalog.current, c.now, c.log)
	c.agents.drilled = func(cat *slo.Catalog, as *push.Assignment) { c.drills.assigned(cat, as) }
	tokens, err := readAgentTokens(c.config.Agents.Tokens)
	if err != nil {
		return err
	}
	c.agents.tokens.Store(tokens)
	if c.agents.enrolment, err = c.openEnrolment(ctx); err != nil {
		return err
	}
	if c.handler, err = c.agents.handler(watchedJournal{c.journal, func() { c.refused.Store(int64(c.now())) }}); err != nil {
		return err
	}
	if err := c.restoreReceived(ctx); err != nil {
		return err
	}
	var serving *tls.Config
	if c.agents.enrolment != nil {
		serving, err = c.agents.enrolment.serving(c.config.Agents.TLS)
	} else {
		serving, err = c.config.Agents.TLS.config()
	}
	if err != nil {
		return err
	}
	c.agentPages, c.agentsAt, err = c.listen("the agents' listener", c.config.Agents.Listen, serving, c.handler)
	return err
}

// private makes a folder that nobody else may enter, also where it is there.
func private(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.Chmod(dir, 0o700)
}

// restoreReceived brings the sets of received records to the journal's end.
func (c *Collector) restoreReceived(ctx context.Context) error {
	cp, err := c.store.LoadCheckpoint(ctx)
	if err != nil {
		return err
	}
	sets := make([]push.ReceivedSet, len(cp.Received))
	for i, r := range cp.Received {
		sets[i] = push.ReceivedSet{Agent: r.Agent, Epoch: r.Epoch}
		if err := sets[i].Seqs.UnmarshalBinary(r.Seqs); err != nil {
			return fmt.Errorf("reading what was received of agent %s: %w", r.Agent, err)
		}
	}
	c.handler.Restore(sets)
	for _, w := range cp.Words {
		c.handler.RestoreLocation(w.Agent, w.Location)
	}
	for pos := max(cp.Cursor, c.journal.First()); pos < c.journal.Next(); {
		payloads, err := c.journal.Read(pos, batchEntries, batchBytes)
		var missing *wal.MissingError
		if errors.As(err, &missing) {
			pos = missing.To + 1
			continue
		}
		if err != nil {
			return fmt.Errorf("reading the journal: %w", err)
		}
		for _, p := range payloads {
			if err := c.handler.Observe(p); err != nil {
				c.log.Error("an entry of the journal cannot be read", "position", pos, "error", err)
			}
			pos++
		}
	}
	return nil
}

// receivedRows are the received sets as the checkpoint keeps them.
func (c *Collector) receivedRows() []sqlstore.Received {
	sets := c.handler.Received()
	out := make([]sqlstore.Received, 0, len(sets))
	for _, s := range sets {
		b, err := s.Seqs.MarshalBinary()
		if err != nil {
			c.failed("storing what was received", err)
			continue
		}
		out = append(out, sqlstore.Received{Agent: s.Agent, Epoch: s.Epoch, Seqs: b})
	}
	return out
}

// Addr is where the pages are, as host:port.
func (c *Collector) Addr() string { return c.pagesAt.Addr().String() }

// AgentsAddr is where the agents push to, as host:port.
func (c *Collector) AgentsAddr() string { return c.agentsAt.Addr().String() }

// base is the URL of the pages, without a slash at its end.
func (c *Collector) base() string {
	if c.config.ExternalURL != "" {
		return trimSlash(c.config.ExternalURL)
	}
	scheme := "http"
	if c.config.TLS.set() {
		scheme = "https"
	}
	if _, port, err := net.SplitHostPort(c.config.Listen); err == nil && port == "0" && c.pagesAt != nil {
		return scheme + "://" + c.Addr() // the port that the system chose
	}
	return scheme + "://" + c.config.Listen
}

func trimSlash(s string) string {
	for len(s) > 0 && s[len(s)-1] == '/' {
		s = s[:len(s)-1]
	}
	return s
}

// failed logs what went wrong behind the scenes.
func (c *Collector) failed(what string, err error) { c.log.Error(what+" failed", "error", err) }
