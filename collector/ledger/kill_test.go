package ledger_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/internal/archive"
	"github.com/assay-sla/assay/slo"
)

// killedFolder names the data folder that the test binary, started as a process
// of its own, appends in until it is killed.
const killedFolder = "LEDGER_KILLED_FOLDER"

// TestMain keeps the property tests short, some of which write an archive each
// time; -rapid.checks=N asks for more.
func TestMain(m *testing.M) {
	if dir := os.Getenv(killedFolder); dir != "" {
		fmt.Fprintln(os.Stderr, appendForEver(dir))
		os.Exit(1)
	}
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		_ = flag.Set("rapid.checks", "25") // rapid has the flag
	}
	os.Exit(m.Run())
}

var noon = slo.At(time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC))

// openIn opens the ledger over SQLite in a data folder.
func openIn(ctx context.Context, dir string) (*sqlstore.Store, *ledger.Log, ledger.Opened, error) {
	s, err := sqlstore.Open(ctx, filepath.Join(dir, "records.db"))
	if err != nil {
		return nil, nil, ledger.Opened{}, err
	}
	l, opened, err := ledger.Open(ctx, s, filepath.Join(dir, ledger.Folder), noon, ledger.Options{
		Commit: func(ctx context.Context, b ledger.Batch) error { return s.AppendLog(ctx, sqlstore.LogBatch(b)) },
	})
	return s, l, opened, err
}

// line is the n-th line of the audit trail.
func line(n int64) (sqlstore.AuditEvent, string) {
	a := sqlstore.AuditEvent{At: noon + slo.Instant(n), Actor: "ada", Role: "operator", Action: "comment", Object: fmt.Sprint(n), Outcome: "allowed"}
	return a, ledger.AuditLine(a.At, a.Actor, a.Role, a.Means, a.Remote, a.Action, a.Object, a.Outcome, a.Reason).Digest()
}

// appendForEver appends a line of the audit trail with its entry after the
// other, and tells of each when it is appended.
func appendForEver(dir string) error {
	ctx := context.Background()
	s, l, opened, err := openIn(ctx, dir)
	if err != nil {
		return err
	}
	for n := opened.Size; ; n++ {
		a, digest := line(n)
		body := &ledger.Audit{Row: digest, Action: a.Action, Object: a.Object, Outcome: a.Outcome}
		index, err := l.Append(ctx, a.At, func(ctx context.Context, b ledger.Batch) error {
			return s.Audit(ctx, a, sqlstore.LogBatch(b))
		}, ledger.Draft{At: a.At, Actor: a.Actor, Body: body})
		if err != nil {
			return err
		}
		fmt.Println(index)
	}
}

// What was appended is there after a kill, with its row and its checkpoint; what
// was not is there whole or not at all; and no epoch begins because of it.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	last := int64(0)
	for round := range 6 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), killedFolder+"="+dir)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for n := 0; n < 7*round && lines.Scan(); n++ {
			last, err = strconv.ParseInt(lines.Text(), 10, 64)
			must(t, err)
		}
		must(t, cmd.Process.Kill())
		for lines.Scan() { // told before the kill took it
			last, err = strconv.ParseInt(lines.Text(), 10, 64)
			must(t, err)
		}
		_ = cmd.Wait() // killed
		s, l, opened, err := openIn(t.Context(), dir)
		must(t, err)
		if opened.Began != "" && !(opened.Began == ledger.BeganFirst && last == 0) || opened.Size <= last {
			t.Fatalf("round %d: %+v, entry %d was appended", round, opened, last)
		}
		v, err := ledger.Verify(t.Context(), ledger.VerifyOptions{
			Records: s, Rows: auditRows{s}, Archive: none{}, Dir: filepath.Join(dir, ledger.Folder), Key: l.Key(),
		})
		must(t, err)
		if !v.OK() {
			t.Fatalf("round %d: %v", round, v.Problems)
		}
		last = opened.Size - 1
		must(t, s.Close())
	}
	if last < 30 {
		t.Errorf("only %d entries", last)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// auditRows are the rows of the audit trail, of which each has its entry.
type auditRows struct{ *sqlstore.Store }

func (r auditRows) Line(ctx context.Context, e ledger.Entry) (line ledger.Line, err error) {
	err = r.EachAudit(ctx, func(a sqlstore.AuditEvent) error {
		if a.Entry == e.Index {
			line = ledger.AuditLine(a.At, a.Actor, a.Role, a.Means, a.Remote, a.Action, a.Object, a.Outcome, a.Reason)
		}
		return nil
	})
	return line, err
}

func (r auditRows) Strays(ctx context.Context) (out []string, err error) {
	err = r.EachAudit(ctx, func(a sqlstore.AuditEvent) error {
		row, err := r.LogRow(ctx, a.Entry)
		if err != nil || row.Kind != string(ledger.KindAudit) {
			out = append(out, fmt.Sprint("line ", a.N))
		}
		return nil
	})
	return out, err
}

// none is an archive that holds nothing.
type none struct{}

func (none) EachDay(context.Context, archive.Query, func(archive.DayRead) error, func(slo.Entry) error) error {
	return nil
}
func (none) State() (archive.State, error) { return archive.State{}, nil }
func (none) Files(archive.Day) ([]archive.File, []archive.Superseded, error) {
	return nil, nil, nil
}
func (none) Verify(context.Context) ([]archive.Problem, error) { return nil, nil }

// BenchmarkAppendSQLite is an append with its fsyncs.
func BenchmarkAppendSQLite(b *testing.B) {
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, l, _, err := openIn(b.Context(), b.TempDir())
			must(b, err)
			defer s.Close()
			drafts := make([]ledger.Draft, n)
			for i := range drafts {
				_, digest := line(int64(i))
				drafts[i] = ledger.Draft{At: noon, Actor: "ada", Body: &ledger.Audit{Row: digest}}
			}
			for b.Loop() {
				_, err := l.Append(b.Context(), noon, func(ctx context.Context, batch ledger.Batch) error {
					return s.AppendLog(ctx, sqlstore.LogBatch(batch))
				}, drafts...)
				must(b, err)
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}
