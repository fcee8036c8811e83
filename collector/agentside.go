package collector

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-sla/assay/collector/fleet"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/internal/push"
	"github.com/assay-sla/assay/slo"
)

// agentSide is what the agents talk to.
type agentSide struct {
	catalog func() *slo.Catalog
	drilled func(*slo.Catalog, *push.Assignment) // turns an assignment into that of now: see drills.assigned
	fleet   *fleet.Fleet
	store   *sqlstore.Store
	now     func() slo.Instant
	log     *slog.Logger
	// enrolment has the agents' certificates; nil where none are issued.
	enrolment *enrolment
	tokens    atomic.Pointer[map[string]auth.Token] // by agent; nil lets everybody

	saving    sync.Mutex // held while what is known of agents is stored
	wakes     wakes
	vacant    atomic.Int64 // seats at the last look
	planned   atomic.Int64 // when a plan of seats was made last
	conflicts atomic.Int64
	aside     atomic.Int64
}

func newAgentSide(f *fleet.Fleet, store *sqlstore.Store, catalog func() *slo.Catalog, now func() slo.Instant, log *slog.Logger) *agentSide {
	return &agentSide{catalog: catalog, fleet: f, store: store, now: now, log: log}
}

// handler is the push handler over a journal.
func (a *agentSide) handler(j push.Journal) (*push.Handler, error) {
	o := push.HandlerOptions{
		Journal: j, Authorize: a.authorize, Assignment: a.assignment, Heartbeat: a.heartbeat,
		Pushed: a.pushed, Aside: a.keepAside, Now: a.now, Log: a.log,
	}
	if a.enrolment != nil {
		o.Enrolment, o.Certified = a.enrolment, a.enrolment.certified
	}
	return push.NewHandler(o)
}

// readAgentTokens reads the file of agents' tokens: the name of each is the
// agent that may use it. Without a file it is nil.
func readAgentTokens(file string) (*map[string]auth.Token, error) {
	if file == "" {
		return nil, nil
	}
	list, err := readFile(file, auth.ReadAgentTokens)
	if err != nil {
		return nil, fmt.Errorf("reading the agents' tokens: %w", err)
	}
	tokens := make(map[string]auth.Token, len(list))
	for _, t := range list {
		tokens[t.Name] = t
	}
	return &tokens, nil
}

var errNotYou = errors.New("the token is not this agent's")

// authorize says whether a request comes from the agent, and which location
// its certificate or token is bound to.
func (a *agentSide) authorize(r *http.Request, agent string) (location string, err error) {
	tokens := a.tokens.Load()
	if a.enrolment != nil && (tokens == nil || r.TLS != nil && len(r.TLS.VerifiedChains) > 0) {
		who, err := a.enrolment.certified(r)
		if err == nil && who.Agent != agent {
			err = fmt.Errorf("the certificate is of agent %s", who.Agent)
		}
		return who.Location, err
	}
	if tokens == nil {
		return "", notFromAPage(r)
	}
	secret, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return "", errors.New("an agent needs a bearer token")
	}
	// A digest is compared, so the time it takes tells nothing of the token.
	want, known := (*tokens)[agent]
	if !known || sha256.Sum256([]byte(secret)) != want.SHA256 {
		return "", errNotYou
	}
	return want.Location, nil
}

// notFromAPage refuses what a web page makes a browser on this machine send,
// where loopback is all that tells an agent from others.
func notFromAPage(r *http.Request) error {
	if err := auth.CheckHost(r.Host); err != nil {
		return err
	}
	return new(http.CrossOriginProtection).Check(r)
}

func (a *agentSide) heartbeat(b push.Heartbeat, at slo.Instant) error {
	return a.fleet.Heard(fleet.Beat{
		Agent: b.Agent, Location: b.Location, Epoch: b.Epoch, Version: b.Version, Started: slo.Instant(b.Started),
		Queued: b.QueueRecords, Oldest: slo.Instant(b.QueueOldest), Offset: time.Duration(b.OffsetMS) * time.Millisecond,
		Room: b.Room, Labels: b.Labels, Watermark: slo.Instant(b.Watermark),
	}, at)
}

func (a *agentSide) pushed(p push.Pushed) {
	if err := a.fleet.Pushed(p.Agent, p.Location, p.Newest, p.Lost, p.At); err != nil {
		a.log.Error("noting a push failed", "error", err)
	}
	if p.Rival != "" {
		two := push.Aside{ID: slo.ID{Agent: p.Agent, Epoch: p.Epoch}, Reason: "two agents push under one name; the other's epoch is " + p.Rival, Record: []byte{}}
		if err := a.keepAside(context.Background(), []push.Aside{two}); err != nil {
			a.log.Error("noting two agents under one name failed", "error", err)
		}
	}
	if p.Lost > 0 {
		a.log.Warn("an agent declared records lost", "agent", p.Agent, "epoch", p.Epoch, "records", p.Lost)
	}
}

// keepAside keeps the records of a batch that contradict others or make no
// sense, at least one. They are told of in one line, however many they are.
func (a *agentSide) keepAside(ctx context.Context, records []push.Aside) error {
	at := a.now()
	rows := make([]sqlstore.SetAside, len(records))
	for i, r := range records {
		if r.Reason == push.Conflict {
			a.conflicts.Add(1)
		}
		rows[i] = sqlstore.SetAside{At: at, ID: r.ID, Reason: r.Reason, Record: r.Record}
	}
	a.aside.Add(int64(len(records)))
	first := records[0]
	a.log.Error("records were set aside", "agent", first.ID.Agent, "epoch", first.ID.Epoch, "records", len(records), "first", first.ID.Seq, "reason", first.Reason)
	return a.store.SetAside(ctx, rows...)
}
