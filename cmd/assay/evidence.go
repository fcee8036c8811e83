package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/assay-sla/assay/collector"
	"github.com/assay-sla/assay/collector/evidence"
	"github.com/assay-sla/assay/slo"
)

// monthsAsked are the flags of commands about a period of whole months.
type monthsAsked struct {
	From string `help:"First month. Default: two months before --to." placeholder:"YYYY-MM"`
	To   string `help:"Last month, included. Default: the month before this one." placeholder:"YYYY-MM"`
	Zone string `help:"Time zone of the months, such as Europe/Berlin. Default ${default}." default:"UTC" placeholder:"ZONE"`
	Lang string `help:"Language to write in: ${enum}." enum:"en,zh" default:"en" placeholder:"LANG"`
}

// language is the one asked for.
func (m *monthsAsked) language() evidence.Language { return evidence.Language(m.Lang) }

// sampleAsked are the flags of commands that draw a sample of incidents.
type sampleAsked struct {
	Seed   uint64 `help:"Seed of the sample of incidents: equal seeds draw the same ones. Default ${default}." default:"1" placeholder:"N"`
	Sample int    `help:"Incidents to draw. Default ${default}." default:"25" placeholder:"N"`
}

func (s *sampleAsked) sampling() (evidence.Sampling, error) {
	if s.Sample < 0 || s.Sample > 10_000 {
		return evidence.Sampling{}, usageError{fmt.Errorf("--sample: %d is not from 0 to 10000", s.Sample)}
	}
	return evidence.Sampling{Seed: s.Seed, Count: s.Sample}, nil
}

// period fills in the defaults, three months that are over, and checks.
func (m *monthsAsked) period(at time.Time) (*time.Location, error) {
	zone, err := time.LoadLocation(m.Zone)
	if err != nil {
		return nil, usageError{fmt.Errorf("--zone: %w", err)}
	}
	m.From, m.To = evidence.LastMonths(m.From, m.To, zone, slo.At(at))
	if _, err := evidence.NewPeriod(m.From, m.To, zone); err != nil {
		return nil, usageError{fmt.Errorf("--from and --to: %w", err)}
	}
	return zone, nil
}

type evidenceCommand struct {
	monthsAsked
	sampleAsked
	Out  string `required:"" help:"File to write, which must not be there yet." placeholder:"FILE"`
	Data string `help:"Data folder of a collector, running or not, instead of asking one." placeholder:"DIR"`
	collectorAPI
}

// Help is the longer text of assay evidence --help.
func (evidenceCommand) Help() string {
	return `Writes a pack of evidence for an auditor of an ISO/IEC 20000-1:2018 service
management system: a zip whose index.html lists each clause with what it asks
for, the records found and what is missing. It holds the records as pages and
tables, reports as they were issued with proof of sending, the catalogues that
were in force, and the entries of the ledger with the proofs that nothing of it
was changed. assay verify checks it on a machine that has nothing else.

Asks a running collector, with a token of the role operator where people sign
in, or reads a data folder that has the ledger's key.

Examples:
  assay evidence --from 2026-08 --to 2026-10 --out pack.zip
  assay evidence --data /var/lib/assay --lang zh --out pack.zip
  assay evidence --out pack.zip --collector https://assay.example.org --token-file token`
}

// Run writes the pack.
func (c evidenceCommand) Run(ctx context.Context) error {
	now := time.Now()
	zone, err := c.period(now)
	if err != nil {
		return err
	}
	sample, err := c.sampling()
	if err != nil {
		return err
	}
	f, err := newFile(c.Out)
	if err != nil {
		return err
	}
	tell, wipe := told("gathering")
	defer wipe()
	if c.Data != "" {
		err = collector.WriteEvidence(ctx, c.Data, f, collector.EvidenceOptions{
			From: c.From, To: c.To, Zone: zone, At: slo.At(now), Product: "assay " + version(),
			Language: c.language(), Sample: sample, Progress: tell,
		})
	} else {
		err = c.fetch(ctx, f, tell)
	}
	wipe()
	if err = f.keep(err); err != nil {
		return err
	}
	fmt.Printf("%s: evidence of %s\n", c.Out, evidence.English.Months(c.From, c.To))
	return nil
}

// fetch asks a collector.
func (c evidenceCommand) fetch(ctx context.Context, w io.Writer, tell meter) error {
	api, err := c.open()
	if err != nil {
		return err
	}
	q := url.Values{"from": {c.From}, "to": {c.To}, "zone": {c.Zone}, "lang": {c.Lang}, "seed": {strconv.FormatUint(c.Seed, 10)}, "sample": {strconv.Itoa(c.Sample)}}
	return api.download(ctx, "/api/v1/evidence?"+q.Encode(), w, tell)
}

// download writes the body of an answer, however long it takes.
func (a *api) download(ctx context.Context, path string, w io.Writer, told meter) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+path, nil)
	if err != nil {
		return err
	}
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	patient := *a.http
	patient.Timeout = 0
	stop := waiting(told)
	resp, err := patient.Do(req)
	stop()
	if err != nil {
		return fmt.Errorf("is the collector running at %s? %w", a.base, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return statusOf(resp)
	}
	_, err = io.Copy(io.MultiWriter(w, &watching{total: max(resp.ContentLength, 0), told: told}), resp.Body)
	return err
}

// waiting tells of the seconds until it is stopped.
func waiting(told meter) (stop func()) {
	tick, done, ended := time.NewTicker(time.Second), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for n := int64(1); ; n++ {
			select {
			case <-tick.C:
				told("it, seconds waited", n, 0)
			case <-done:
				tick.Stop()
				return
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// watching tells how much of a total, 0 where it is not known, has passed.
type watching struct {
	n, total int64
	told     meter
}

func (w *watching) Write(b []byte) (int, error) {
	w.n += int64(len(b))
	w.told("bytes", w.n, w.total)
	return len(b), nil
}

// wholeFile is a file that is there whole or not at all.
type wholeFile struct {
	*os.File
	name string
}

// newFile begins a file beside where it is to be. One that is there already is
// an error.
func newFile(name string) (*wholeFile, error) {
	if _, err := os.Lstat(name); err == nil {
		return nil, usageError{fmt.Errorf("--out: %s is there already; give another name, or move it away", name)}
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".assay-*")
	if err != nil {
		return nil, err
	}
	return &wholeFile{f, name}, nil
}

// keep puts the file in its place, or takes it away after an error.
func (f *wholeFile) keep(err error) error {
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Link(f.File.Name(), f.name) // fails where somebody was quicker
	}
	return errors.Join(err, os.Remove(f.File.Name()))
}
