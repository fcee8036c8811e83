package archive

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/assay-sla/assay/slo"
)

func TestAppendRefuses(t *testing.T) {
	none := slo.Entry{Pos: 1, Received: t0}
	both := full(1, t0)
	both.Gap = &slo.Gap{}
	early := full(1, t0)
	early.Received = slo.MinInstant - 1
	odd := full(1, t0)
	odd.Measurement.Outcome = 9
	for _, c := range []struct {
		name string
		e    slo.Entry
		want string
	}{
		{"a hole", full(3, t0), "archiving position 3: position 1 is missing"},
		{"no record", none, "archiving position 1: it holds 0 records, not one"},
		{"two records", both, "archiving position 1: it holds 2 records, not one"},
		{"no time", early, "archiving position 1: it was received at -2208988800001 ms, outside the years 1900 to 2200"},
		{"no outcome", odd, "archiving position 1: its outcome is state(9)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := open(t, t.TempDir(), Options{})
			if err := a.Append([]slo.Entry{c.e}); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// A failed flush keeps what waits, and the next one writes it; nothing is left
// over. Where it is uncertain what is durable, only opening again helps.
func TestFlushCanBeRepeated(t *testing.T) {
	uncertain := 0
	for steps := range 30 {
		dir := filepath.Join(t.TempDir(), "a")
		d := newCrashDisk(-1, 1)
		a := open(t, dir, Options{disk: d})
		must(t, a.Append(fleet(1, 10, 5, t0, 24*hour)))
		d.steps, d.full = steps, true
		err := a.Flush()
		d.steps, d.full = -1, false
		if errors.Is(err, ErrUncertain) {
			uncertain++
			if again := a.Flush(); !errors.Is(again, ErrUncertain) {
				t.Errorf("after %d steps: an uncertain archive goes on: %v", steps, again)
			}
			must(t, a.lock.Close())
			a = open(t, dir, Options{})
			must(t, a.Append(fleet(1, 10, 5, t0, 24*hour)))
		} else if err != nil && a.Next() != 1 {
			t.Errorf("after %d steps: failed, yet at position %d", steps, a.Next())
		}
		want := 10
		if err != nil { // one more has come until the next try
			must(t, a.Append([]slo.Entry{full(11, t0)}))
			want = 11
		}
		must(t, a.Flush())
		if got := len(read(t, a.Reader(), Query{})); got != want || a.Next() != uint64(want)+1 {
			t.Errorf("after %d steps: %d entries, next %d", steps, got, a.Next())
		}
		names, err := filepath.Glob(filepath.Join(dir, "*", "*"))
		if err != nil || len(names) > 5 { // of two days, each with its manifest and chunk; one has two where it was uncertain
			t.Errorf("after %d steps: %q %v", steps, names, err)
		}
	}
	if uncertain != 2 { // the head's rename, and the fsync after it
		t.Errorf("%d steps were uncertain", uncertain)
	}
}

func TestTickFlushesByAge(t *testing.T) {
	a := open(t, t.TempDir(), Options{FlushAge: time.Minute})
	must(t, a.Tick(t0))
	must(t, a.Append([]slo.Entry{full(1, t0)}))
	for _, c := range []struct {
		at   slo.Instant
		next uint64
	}{{t0 + 1000, 1}, {t0 + 60_999, 1}, {t0 + 61_000, 2}} {
		must(t, a.Tick(c.at))
		if a.Next() != c.next {
			t.Errorf("at %s: next is %d, want %d", c.at, a.Next(), c.next)
		}
	}
}

func TestOneWriter(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, Options{})
	_, err := Open(dir, Options{})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v", err)
	}
	if _, err := OpenReader(dir); err != nil {
		t.Errorf("a reader needs no lock: %v", err)
	}
	must(t, a.Close())
	must(t, a.Close())
	if err := a.Append([]slo.Entry{full(1, t0)}); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	open(t, dir, Options{})
}

// TestOlderHead: a head that was put back from a copy does not know of what
// was committed after it, and what the journal let go meanwhile is nowhere
// else. It is kept, also once the archive goes on.
func TestOlderHead(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, Options{})
	old, err := os.ReadFile(filepath.Join(dir, headName))
	must(t, err)
	must(t, a.Append(fleet(1, 10, 5, t0, 24*hour)))
	must(t, a.Flush())
	next := a.Next()
	must(t, a.Close())
	must(t, os.WriteFile(filepath.Join(dir, headName), old, 0o600))
	before := chunks(t, dir)

	a, err = Open(dir, Options{})
	must(t, err)
	must(t, a.Sweep(next))
	must(t, a.Skip(next, 0, OlderHead))
	must(t, a.Close())
	a = open(t, dir, Options{})
	if after := chunks(t, dir); len(before) == 0 || !slices.Equal(before, after) {
		t.Errorf("of %v there is left %v", before, after)
	}
	must(t, a.Close())
}

func chunks(t *testing.T, dir string) []string {
	names, err := filepath.Glob(filepath.Join(dir, "*", "*"+chunkSuffix))
	must(t, err)
	return names
}

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(dir string) error
		want   []string
	}{
		{"a flipped bit in the head", func(dir string) error { return flip(filepath.Join(dir, headName), 200) }, []string{headName, "damaged"}},
		{"an empty head", func(dir string) error { return os.Truncate(filepath.Join(dir, headName), 0) }, []string{headName, "damaged"}},
		{"a lost head", func(dir string) error { return os.Remove(filepath.Join(dir, headName)) }, []string{headName + " is missing, yet there is a folder 2026-10-01"}},
		{"a flipped bit in a day", func(dir string) error { return flip(theOne(dir, daySuffix), 50) }, []string{"2026-10-01", daySuffix, "damaged: it hashes to"}},
		{"a lost day", func(dir string) error { return os.Remove(theOne(dir, daySuffix)) }, []string{"2026-10-01", "no such file"}},
		{"a later version", func(dir string) error {
			body := `{"version":2,"what":[]}`
			return os.WriteFile(filepath.Join(dir, headName), []byte(`{"sha256":"`+hashOf([]byte(body))+`","manifest":`+body+`}`), 0o600)
		}, []string{headName, "its version is 2, this program reads 1"}},
		{"an account that does not add up", func(dir string) error {
			h, err := readHead(dir)
			if err != nil {
				return err
			}
			h.Next += 5
			b, _ := encodeHead(h)
			return os.WriteFile(filepath.Join(dir, headName), b, 0o600)
		}, []string{"it accounts for 7 positions of 12"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			a := open(t, dir, Options{})
			must(t, a.Append(zoo()))
			must(t, a.Close())
			must(t, c.damage(dir))
			_, err := Open(dir, Options{})
			for _, w := range append(c.want, dir) {
				if err == nil || !strings.Contains(err.Error(), w) {
					t.Errorf("%v does not say %q", err, w)
				}
			}
			if _, err := os.Stat(theOne(dir, chunkSuffix)); err != nil {
				t.Error("data was removed")
			}
		})
	}
}

// theOne is the only file of the first day whose name ends so.
func theOne(dir, suffix string) string {
	names, _ := filepath.Glob(filepath.Join(dir, "2026-10-01", "*"+suffix))
	if len(names) != 1 {
		return ""
	}
	return names[0]
}

func flip(name string, at int64) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	b[at%int64(len(b))] ^= 4
	return os.WriteFile(name, b, 0o600)
}

func TestVerifyFindsEachFlippedByte(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, Options{})
	must(t, a.Append(zoo()))
	must(t, a.Flush())
	name := theOne(dir, chunkSuffix)
	size := fileSize(t, name)
	for at := int64(0); at < size; at += 97 {
		must(t, flip(name, at))
		p, err := a.Reader().Verify(context.Background())
		if err != nil || len(p) != 1 || filepath.Join(dir, p[0].Name) != name || !strings.Contains(p[0].What, "hashes to") {
			t.Fatalf("byte %d: %v %v", at, p, err)
		}
		must(t, flip(name, at))
	}
	must(t, os.Truncate(name, size-1))
	if p, _ := a.Reader().Verify(context.Background()); len(p) != 1 || !strings.Contains(p[0].What, "bytes, the manifest says") {
		t.Errorf("short: %v", p)
	}
	must(t, os.Remove(name))
	if p, _ := a.Reader().Verify(context.Background()); len(p) != 1 || p[0].What != "missing" {
		t.Errorf("missing: %v", p)
	}
	for _, err := range a.Reader().Entries(context.Background(), Query{}) {
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), name) {
			t.Errorf("reading: %v", err)
		}
	}
}

func fileSize(t testing.TB, name string) int64 {
	st, err := os.Stat(name)
	must(t, err)
	return st.Size()
}

func TestDropDeclares(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, Options{})
	must(t, a.Append(fleet(1, 50, 10, t0, 24*hour)))
	must(t, a.Flush())
	for _, before := range []Day{"2026-10-02", "2026-10-04", "2026-10-04"} {
		_, err := a.Drop(before, t0+100*hour)
		must(t, err)
	}
	s, err := a.Reader().State()
	must(t, err)
	want := Dropped{From: "2026-10-01", To: "2026-10-03", Days: 3, Rows: 30, At: t0 + 100*hour}
	if len(s.Dropped) != 1 || s.Dropped[0] != want || len(s.Days) != 2 || s.Next != 51 {
		t.Errorf("%+v", s)
	}
	if _, err := os.Stat(filepath.Join(dir, "2026-10-01")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	if _, err := a.Drop("../x", t0); err == nil {
		t.Error("no day, no error")
	}
}

func TestMergeIsNotRepeatedForEachLateRow(t *testing.T) {
	a := open(t, t.TempDir(), Options{Grace: time.Hour})
	add := func(at, received slo.Instant) {
		e := full(a.Next(), at)
		e.Received = received
		must(t, a.Append([]slo.Entry{e}))
		must(t, a.Flush())
	}
	compact := func(at slo.Instant) int {
		days, err := a.Compact(context.Background(), at)
		must(t, err)
		return len(days)
	}
	add(t0, t0+1000)
	add(t0+1, t0+1000)
	for _, c := range []struct {
		at   slo.Instant
		late slo.Instant // a row received then, if not 0
		want int
	}{
		{t0 + 24*hour, 0, 0},                        // the day has only just ended
		{t0 + 25*hour, 0, 1},                        // over, and quiet for the grace
		{t0 + 26*hour, 0, 0},                        // one file already
		{t0 + 30*hour, t0 + 30*hour - 1, 0},         // a late row, just now
		{t0 + 31*hour, t0 + 30*hour + 1_800_000, 0}, // and another
		{t0 + 31*hour + 1_800_000, 0, 1},            // quiet again
	} {
		if c.late != 0 {
			add(t0+2, c.late)
		}
		if got := compact(c.at); got != c.want {
			t.Errorf("at %s: merged %d days, want %d", c.at, got, c.want)
		}
	}
}

func TestDays(t *testing.T) {
	day := 24 * hour
	for _, c := range []struct {
		at, received slo.Instant
		want         Day
	}{
		{t0, t0, "2026-10-01"},
		{t0 - 1, t0, "2026-09-30"},
		{t0 + 59_000, t0 - 1, "2026-10-01"},  // ahead, but not quarantined
		{t0 + 3*day, t0, "2026-10-01"},       // quarantined
		{t0 - 400*day, t0, "2025-08-27"},     // as late as may be
		{t0 - 400*day - 1, t0, "2026-10-01"}, // a wrong clock
		{-1, 0, "1969-12-31"},
	} {
		e := full(1, c.at)
		e.Received = c.received
		if got := dayNumbered(dayNumber(&e)); got != c.want {
			t.Errorf("at %s, received %s: filed under %s, want %s", c.at, c.received, got, c.want)
		}
	}
	if d := Day("2026-10-01"); d.Start() != t0 || d.End() != t0+day || DayOf(t0+day-1) != d {
		t.Error("a day is not its own")
	}
}

// An archive that was closed can be opened again at once, even while another
// process still shares its lock's file, as one that is being started does.
func TestLockIsReleasedAtClose(t *testing.T) {
	dir := t.TempDir()
	a, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	shared, err := syscall.Dup(int(a.lock.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(shared)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}
