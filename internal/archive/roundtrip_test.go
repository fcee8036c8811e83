package archive

import (
	"cmp"
	"context"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/slo"
)

func byPos(a, b slo.Entry) int { return cmp.Compare(a.Pos, b.Pos) }

func TestEveryFieldComesBack(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, Options{})
	want := zoo()
	must(t, a.Append(want))
	must(t, a.Flush())
	got := read(t, a.Reader(), Query{})
	slices.SortFunc(got, byPos)
	if d := gocmp.Diff(want, got); d != "" {
		t.Fatalf("what was written is not what was read (-want +got):\n%s", d)
	}
	if a.Next() != uint64(len(want))+1 {
		t.Errorf("next is %d", a.Next())
	}
}

func TestMergedDayHoldsTheSameRows(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, Options{FlushRows: 7, fan: 3})
	es := append(zoo(), fleet(8, 200, 9, t0+hour, 60_000)...)
	must(t, a.Append(es))
	must(t, a.Flush())
	before := read(t, a.Reader(), Query{})
	days, err := a.Compact(context.Background(), t0+48*hour)
	must(t, err)
	if len(days) != 1 || days[0] != "2026-10-01" {
		t.Fatalf("merged %v", days)
	}
	after := read(t, a.Reader(), Query{})
	if !slices.IsSortedFunc(after, func(a, b slo.Entry) int { return compareKeys(keyOf(&a), keyOf(&b)) }) {
		t.Error("the merged file is not in order")
	}
	slices.SortFunc(before, byPos)
	slices.SortFunc(after, byPos)
	if d := gocmp.Diff(before, after); d != "" {
		t.Fatalf("merging changed rows (-before +after):\n%s", d)
	}
	files, old, err := a.Reader().Files("2026-10-01")
	must(t, err)
	if len(files) != 1 || len(old) != 30 || old[0].By != files[0].Hash {
		t.Errorf("%d files, %d superseded: %+v", len(files), len(old), old)
	}
	problems, err := a.Reader().Verify(context.Background())
	if err != nil || len(problems) > 0 {
		t.Errorf("verify: %v %v", problems, err)
	}
}

// Equal rows make equal files, whatever the order in which they came.
func TestFilesAreDeterministic(t *testing.T) {
	var hashes []string
	for range 2 {
		a := open(t, t.TempDir(), Options{})
		must(t, a.Append(zoo()))
		must(t, a.Flush())
		files, _, err := a.Reader().Files("2026-10-01")
		must(t, err)
		hashes = append(hashes, files[0].Hash)
	}
	if hashes[0] != hashes[1] {
		t.Error("two archives of the same entries differ")
	}
}
