package archive

import (
	"context"
	"os"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

// TestOlderFiles reads files of the schemas before, and merges them with newer
// ones.
func TestOlderFiles(t *testing.T) {
	t.Run("1", func(t *testing.T) {
		want := zoo()
		want[0].Measurement.Seat, want[0].Measurement.Slot = "", 0
		want[1].Measurement.Requests = nil
		readsOlder(t, "testdata/schema-1", want)
	})
	t.Run("2", func(t *testing.T) {
		want := zoo()
		want[1].Measurement.Requests = nil
		readsOlder(t, "testdata/schema-2", want)
	})
}

func readsOlder(t *testing.T, from string, want []slo.Entry) {
	dir := t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS(from)))
	r, err := OpenReader(dir)
	must(t, err)
	got := read(t, r, Query{})
	slices.SortFunc(got, byPos)
	if d := gocmp.Diff(want, got); d != "" {
		t.Fatalf("what is read of the schema before (-want +got):\n%s", d)
	}
	if got := read(t, r, Query{Probe: "web", Location: "us"}); len(got) != 1 {
		t.Errorf("%d entries of one location", len(got))
	}

	a := open(t, dir, Options{})
	want = append(want, full(uint64(len(want))+1, t0+hour))
	must(t, a.Append(want[len(want)-1:]))
	must(t, a.Flush())
	days, err := a.Compact(context.Background(), t0+48*hour)
	must(t, err)
	if len(days) != 1 {
		t.Fatalf("merged %v", days)
	}
	got = read(t, a.Reader(), Query{})
	slices.SortFunc(got, byPos)
	if d := gocmp.Diff(want, got); d != "" {
		t.Fatalf("after the merge (-want +got):\n%s", d)
	}
	if problems, err := a.Reader().Verify(context.Background()); err != nil || len(problems) > 0 {
		t.Errorf("verify: %v %v", problems, err)
	}
}
