package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/collector/web/auth"
	"github.com/assay-sla/assay/slo"
)

// Options say what is built.
type Options struct {
	Dir      string    // a folder that is not there yet, or is empty
	Seed     uint64    // of all that is drawn
	Months   int       // whole ones, from 1 to Months
	Until    time.Time // the last instant; its month is begun, and those before it are whole
	Version  string
	Progress func(step string, done, total int64)
}

// Months is how many whole months there are at most.
const Months = 12

// Build builds the demo: its catalogue, its configuration, its data folder and
// reports. An error leaves a folder that is to be deleted.
func Build(ctx context.Context, o Options) error {
	if o.Months < 1 || o.Months > Months {
		return fmt.Errorf("building a demo: %d months; it has from 1 to %d", o.Months, Months)
	}
	from, until := span(o.Months, o.Until)
	b := &building{Options: o, year: newYear(slo.Interval{From: from, To: until}, o.Seed)}
	b.clock.Store(int64(from))
	if err := b.prepare(); err != nil {
		return fmt.Errorf("preparing %s: %w", o.Dir, err)
	}
	return b.run(ctx)
}

// span is the time that a demo of so many months until an instant is about.
func span(months int, until time.Time) (from, to slo.Instant) {
	u := until.UTC().Truncate(time.Minute)
	return slo.At(time.Date(u.Year(), u.Month()-time.Month(months), 1, 0, 0, 0, 0, time.UTC)), slo.At(u)
}

// blockRange holds some eighty samples of a probe.
const blockRange = 54 * time.Hour

// building is the state of one Build.
type building struct {
	Options
	year   *year
	clock  atomic.Int64 // slo.Instant
	office office
	agents []*agent
	c      *collector.Collector
}

func (b *building) now() slo.Instant { return slo.Instant(b.clock.Load()) }

// prepare writes the files that a collector starts from.
func (b *building) prepare() error {
	if list, err := os.ReadDir(b.Dir); err == nil && len(list) > 0 {
		return errors.New("it is not empty")
	}
	if err := os.MkdirAll(filepath.Join(b.Dir, "catalogue"), 0o750); err != nil {
		return err
	}
	b.office.tokens = map[string]string{}
	var lines strings.Builder
	for who, role := range map[string]auth.Role{"ada": auth.Operator, "bob": auth.Operator, "grace": auth.Approver, "ci": auth.Operator} {
		line, secret, err := auth.TokenLine(who, role, "")
		if err != nil {
			return err
		}
		lines.WriteString(line)
		b.office.tokens[who] = secret
	}
	for name, content := range map[string]string{
		"catalogue/provider.yaml": b.year.catalogue(),
		"tokens.yaml":             lines.String(),
		"assay.yaml":              settings,
	} {
		if err := os.WriteFile(filepath.Join(b.Dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// settings is the file of a collector that shows the demo. It mails nothing: the
// mails of the year have left.
const settings = `# The collector of the demo. Agents are not heard of any more: it shows the year
# that was.
catalogue: catalogue
data: data
listen: 127.0.0.1:8420
agents:
  listen: 127.0.0.1:8421
  silentAfter: 9600h # nobody is to be alerted of that
letterheads:
- sender: Harbour Hosting
  purpose: What was promised, what was delivered, and what is done about the difference
  audience: The customer's service manager
  colour: "#0b5cad"
- customer: 银杏书店
  sender: Harbour Hosting
  purpose: 说明承诺与实际交付，以及改进措施
  audience: 客户的服务经理
  cover: [感谢贵公司的信任。本报告说明上月的服务情况。]
  colour: "#0b5cad"
`

// config is that of the collector that the year goes through.
func (b *building) config() (collector.Config, error) {
	c, problems := collector.ParseConfig(filepath.Join(b.Dir, "assay.yaml"), []byte(settings))
	if len(problems) > 0 {
		return c, fmt.Errorf("reading the configuration of the demo: %s", problems[0].Message)
	}
	c.Tokens = filepath.Join(b.Dir, "tokens.yaml")
	c.Series.Detail, c.Listen, c.Agents.Listen, c.Agents.SilentAfter = "essential", "127.0.0.1:0", "127.0.0.1:0", 72*time.Hour
	b.office.sink.settle(&c)
	return c.Complete()
}

// run lets the year happen to a collector.
func (b *building) run(ctx context.Context) (err error) {
	sink, closeSink, err := openSink()
	if err != nil {
		return err
	}
	defer closeSink()
	b.office.sink = sink
	cfg, err := b.config()
	if err != nil {
		return err
	}
	b.c, err = collector.New(ctx, cfg, collector.Options{Version: b.Version, Log: slog.New(slog.DiscardHandler), Now: b.now, BlockRange: blockRange})
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- b.c.Run(running) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	client := &http.Client{Timeout: 2 * time.Minute}
	b.office.base, b.office.http, b.office.rounds = "http://"+b.c.Addr(), client, b.c.Rounds
	b.agents = newAgents(b.year, "http://"+b.c.AgentsAddr(), client)
	return b.live(ctx)
}

// live goes through the moments of the year.
func (b *building) live(ctx context.Context) error {
	acts := b.year.acts()
	total := int64(b.year.Length() / time.Hour)
	for _, m := range b.year.moments(acts) {
		if err := b.reach(ctx, m); err != nil {
			return fmt.Errorf("at %s: %w", m, err)
		}
		for len(acts) > 0 && acts[0].at <= m {
			b.office.who = acts[0].who
			if err := acts[0].do(ctx, &b.office); err != nil {
				return fmt.Errorf("at %s: %w", m, err)
			}
			acts = acts[1:]
		}
		b.Progress("hours", int64(m.Sub(b.year.From)/time.Hour), total)
	}
	if err := errors.Join(b.c.Seal(ctx), b.c.Trim(ctx)); err != nil {
		return err
	}
	return b.writeReports(ctx)
}

// reach moves the clock to an instant, with all that was measured before it.
func (b *building) reach(ctx context.Context, at slo.Instant) error {
	b.clock.Store(int64(at))
	for _, a := range b.agents {
		a.measure(at)
		if err := a.deliver(ctx, at); err != nil {
			return err
		}
	}
	if err := b.c.CaughtUp(ctx); err != nil {
		return err
	}
	noon := at.Time()
	if noon.Format(time.TimeOnly) != "12:00:00" {
		return nil
	}
	if noon.Weekday() == time.Monday {
		if err := b.c.Rounds(ctx); err != nil {
			return err
		}
	}
	switch noon.Day() {
	case 1:
		return errors.Join(b.c.Seal(ctx), b.c.Trim(ctx), b.c.Forecast(ctx))
	case 15:
		return b.c.Forecast(ctx)
	}
	return nil
}

// moments are when something is to be seen at once: a day's begin and noon, the
// begin and the end of trouble, and what people do.
func (y *year) moments(acts []act) []slo.Instant {
	var out []slo.Instant
	for at := y.From.Add(12 * time.Hour); at < y.To; at = at.Add(12 * time.Hour) {
		out = append(out, at)
	}
	for _, t := range y.troubles {
		out = append(out, t.From.Add(soon+5*time.Second), t.To.Add(soon+5*time.Second), t.To.Add(10*time.Minute))
	}
	for _, a := range acts {
		if a.at < y.To {
			out = append(out, a.at)
		}
	}
	out = append(out, y.To)
	slices.Sort(out)
	return slices.Compact(out)
}
