package sqlstore

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// crashFile names the records that the test binary, started as a process of
// its own, writes to until it is killed.
const crashFile = "SQLSTORE_CRASH_FILE"

func TestMain(m *testing.M) {
	if file := os.Getenv(crashFile); file != "" {
		fmt.Fprintln(os.Stderr, writeForEver(file))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForEver commits one incident and one message after the other, and tells
// of each after its commit.
func writeForEver(file string) error {
	s, err := Open(context.Background(), file)
	if err != nil {
		return err
	}
	s.TellIncidents(func(_ *slo.Incident, after slo.Incident) ([]OutboxRow, error) {
		r := row("of "+after.ID, "pending", 0)
		r.Channel = "calls"
		return []OutboxRow{r}, nil
	})
	for n := 0; ; n++ {
		i := outage(fmt.Sprintf("i%06d", n), "shop", n, n+1)
		if _, err := s.ReconcileIncidents(context.Background(), Reconciliation{"shop", at(n), func([]slo.Incident) []slo.Incident { return []slo.Incident{i} }}); err != nil {
			return err
		}
		r := Report{Agreement: "gold", Period: "2026-10", Made: at(n), Model: []byte("{}"), HTML: []byte{1}, Text: []byte{1}}
		if err := s.StepSending(context.Background(), step(r, row(fmt.Sprint("m", n), "pending", 0)), LogBatch{}); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// What was committed is there after the process was killed, and what was not
// is there as a whole or not at all.
func TestKilledProcessLosesNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "records.db")
	last := -1
	for round := range 3 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), crashFile+"="+file)
		out, err := cmd.StdoutPipe()
		must(t, err)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		must(t, cmd.Start())
		told := -1
		lines := bufio.NewScanner(out)
		for told < 20+10*round && lines.Scan() {
			told, err = strconv.Atoi(lines.Text())
			must(t, err)
		}
		must(t, cmd.Process.Kill())
		for lines.Scan() { // what it told before it died
			told, err = strconv.Atoi(lines.Text())
			must(t, err)
		}
		if err := cmd.Wait(); err == nil || stderr.String() != "" {
			t.Fatalf("%v: %s", err, stderr.String())
		}
		last = told
		checkCrashed(t, file, last)
		must(t, os.RemoveAll(filepath.Dir(file)))
	}
	if last < 20 {
		t.Errorf("only %d commits", last)
	}
}

func checkCrashed(t *testing.T, file string, last int) {
	t.Helper()
	s, err := Open(t.Context(), file)
	must(t, err)
	defer s.Close()
	for n := range last + 1 {
		got, err := s.Incident(t.Context(), fmt.Sprintf("i%06d", n))
		must(t, err)
		same(t, outage(got.ID, "shop", n, n+1), got)
		_, err = s.OutboxRow(t.Context(), fmt.Sprint("m", n))
		must(t, err)
	}
	reports, messages := 0, 0
	must(t, s.db.QueryRow(`select count(*) from reports`).Scan(&reports))
	must(t, s.db.QueryRow(`select count(*) from outbox where channel = ''`).Scan(&messages))
	if reports != messages || reports < last+1 {
		t.Errorf("%d reports, %d messages, %d told of", reports, messages, last+1)
	}
	incidents, told := 0, 0
	must(t, s.db.QueryRow(`select count(*) from incidents`).Scan(&incidents))
	must(t, s.db.QueryRow(`select count(*) from outbox where channel = 'calls'`).Scan(&told))
	if incidents != told || told < last+1 {
		t.Errorf("%d incidents, %d messages about them, %d told of", incidents, told, last+1)
	}
	var ok string
	must(t, s.db.QueryRow(`pragma integrity_check`).Scan(&ok))
	if ok != "ok" {
		t.Error(ok)
	}
}
