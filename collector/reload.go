package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/assay-sla/assay/collector/evaluate"
	"github.com/assay-sla/assay/collector/web"
	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
	"github.com/assay-sla/assay/slo/catalog"
)

// CatalogueError is a catalogue that cannot be taken.
type CatalogueError struct{ Problems catalog.Problems }

// maxTold bounds the problems that an error names.
const maxTold = 20

// Error names the problems, each with its place.
func (e *CatalogueError) Error() string {
	var told []string
	n := 0
	for _, p := range e.Problems {
		if p.Severity != catalog.Error {
			continue
		}
		if n++; n <= maxTold {
			told = append(told, p.Error())
		}
	}
	text := "the catalogue has errors: " + strings.Join(told, "; ")
	if n > maxTold {
		text += fmt.Sprintf("; and %d more", n-maxTold)
	}
	return text
}

// Unwrap is the first problem.
func (e *CatalogueError) Unwrap() error { return e.Problems.Err() }

// catalogState is the catalogue in force, and what became of the last try to
// load another.
type catalogState struct {
	mu       sync.Mutex
	catalog  *slo.Catalog
	at       slo.Instant // when it was taken
	refused  slo.Instant // 0 where the last one was taken
	problems []string    // of the refused one
}

func (s *catalogState) loaded(c *slo.Catalog, at slo.Instant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catalog, s.at, s.refused, s.problems = c, at, 0, nil
}

// exclude takes the catalogue in force with other exclusions after the fact.
func (s *catalogState) exclude(c *slo.Catalog) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catalog = c
}

func (s *catalogState) refuse(at slo.Instant, problems []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused, s.problems = at, problems
}

// taken is 1 where the last load was taken, else 0.
func (s *catalogState) taken() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused != 0 {
		return 0
	}
	return 1
}

func (s *catalogState) current() *slo.Catalog {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.catalog
}

// ReloadAsked is Reload where a signal asked for it: nobody signed in, so the
// audit trail has the machine's operator.
func (c *Collector) ReloadAsked(ctx context.Context) error {
	event := web.AuditEvent{At: c.now(), Actor: auth.Local().Name, Role: auth.Operator, By: auth.ByHost, Action: "catalogue.reload", Object: "SIGHUP", Outcome: web.Allowed}
	trail := auditTrail{c.store, c.ledger}
	if err := trail.Record(ctx, event); err != nil {
		c.failed("recording a reload in the audit", err)
		return err
	}
	err := c.Reload(ctx, event.Actor)
	if err != nil {
		event.Outcome, event.Reason = web.Failed, "reload_refused"
		if rerr := trail.Record(ctx, event); rerr != nil {
			c.failed("recording a reload in the audit", rerr)
		}
	}
	return err
}

// Reload takes the catalogue and the credentials from their files, as actor asks
// for, all or nothing: with an error the old ones stay, and the pages show the
// error.
func (c *Collector) Reload(ctx context.Context, actor string) error {
	c.reload.Lock()
	defer c.reload.Unlock()
	err := c.tryReload(ctx, actor)
	if err != nil {
		c.log.Error("reloading failed; what was in force stays", "error", err)
		return err
	}
	c.log.Info("reloaded", "revision", c.catalog.current().Revision)
	return nil
}

func (c *Collector) tryReload(ctx context.Context, actor string) error {
	cat, sources, problems := catalog.LoadSources(c.config.Catalogue)
	if problems.Err() != nil {
		var lines []string
		for _, p := range problems {
			if p.Severity == catalog.Error {
				lines = append(lines, p.Error())
			}
		}
		c.catalog.refuse(c.now(), lines)
		return &CatalogueError{problems}
	}
	refuse := func(err error) error {
		c.catalog.refuse(c.now(), []string{err.Error()})
		return err
	}
	if err := errors.Join(c.config.CheckCatalogue(cat), CheckResources(cat)); err != nil {
		return refuse(err)
	}
	credentials, err := loadCredentials(c.config)
	if err != nil {
		return refuse(err)
	}
	tokens, err := readAgentTokens(c.config.Agents.Tokens)
	if err != nil {
		return refuse(err)
	}
	at := c.now()
	t, err := c.ledger.take(ctx, cat, sources, at)
	if err != nil {
		return refuse(fmt.Errorf("putting the catalogue on record: %w", err))
	}
	c.exclusions.mu.Lock() // nobody decides on an exclusion meanwhile
	defer c.exclusions.mu.Unlock()
	if cat, err = c.exclusions.over(ctx, t.catalog); err != nil {
		return refuse(fmt.Errorf("excluding what was approved: %w", err))
	}
	if err := c.putInForce(ctx, t, cat, actor, at); err != nil {
		return refuse(fmt.Errorf("putting the catalogue in force: %w", err))
	}
	c.agents.tokens.Store(tokens)
	if c.sessions != nil {
		c.sessions.SetCredentials(credentials)
	}
	c.setTargets(cat)
	c.catalog.loaded(cat, c.now())
	c.agents.catalogChanged(ctx)
	return nil
}

// putInForce has the evaluator use a catalogue once it is on record, with what it
// edits: one that cannot be put on record is not taken into force. inForce is the
// catalogue with what was approved.
func (c *Collector) putInForce(ctx context.Context, t *taking, inForce *slo.Catalog, actor string, at slo.Instant) error {
	edits := editsOf(t.before, t.catalog, at)
	return c.evaluator.use(ctx, inForce, t.revisions, func(old, next *evaluate.Engine) error {
		drafts, err := c.editDrafts(ctx, t, edits, old, next, actor, at)
		if err != nil {
			return err
		}
		return c.ledger.commit(ctx, t, actor, at, drafts)
	})
}

// loadCredentials reads the users and tokens files; nil where there are none.
func loadCredentials(cfg Config) (*auth.Credentials, error) {
	if cfg.Users == "" && cfg.Tokens == "" {
		return nil, nil
	}
	users, err := readFile(cfg.Users, auth.ReadUsers)
	if err != nil {
		return nil, fmt.Errorf("reading the users: %w", err)
	}
	tokens, err := readFile(cfg.Tokens, auth.ReadTokens)
	if err != nil {
		return nil, fmt.Errorf("reading the tokens: %w", err)
	}
	return auth.NewCredentials(users, tokens)
}

func readFile[T any](name string, read func(r io.Reader, name string) ([]T, error)) ([]T, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return read(f, name)
}

// Status is how the collector is, for the pages.
func (c *Collector) Status() web.Status {
	s := &c.catalog
	s.mu.Lock()
	defer s.mu.Unlock()
	st := web.Status{
		Version: c.version, Started: c.started, Revision: s.catalog.Revision, Loaded: s.at, Refused: s.refused, Problems: s.problems,
	}
	if !c.ready.Load() {
		st.NotReady = "the journal is being read"
	}
	return st
}
