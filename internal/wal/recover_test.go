package wal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"
)

// written makes a folder of the segments 1-3, 4-6, 7-9, 10-10, with records
// "record 1" and so on, and returns it with its files.
func written(t *testing.T) (dir string, files []string) {
	t.Helper()
	dir = t.TempDir()
	log, _, err := Open(dir, Options{SegmentBytes: headerSize + 3*(frameSize+8) + 4})
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 10; n++ {
		appendAll(t, log, fmt.Sprintf("record %d", n))
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	files, err = filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil || len(files) != 4 {
		t.Fatalf("segments %v, %v", files, err)
	}
	return dir, files
}

func edit(t *testing.T, name string, change func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, change(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

func flip(at int) func([]byte) []byte {
	return func(b []byte) []byte { b[at] ^= 0x10; return b }
}

func cutTo(n int) func([]byte) []byte {
	return func(b []byte) []byte { return b[:n] }
}

func numbers(ranges ...int) string {
	var out []string
	for i := 0; i < len(ranges); i += 2 {
		for n := ranges[i]; n <= ranges[i+1]; n++ {
			out = append(out, fmt.Sprint(n))
		}
	}
	return strings.Join(out, " ")
}

func TestRecovery(t *testing.T) {
	const record = frameSize + 8
	segment := func(n int) string { return segmentName(uint64(n)) }
	tests := []struct {
		name   string
		damage func(t *testing.T, dir string, files []string)
		opts   Options
		held   string // the numbers that are still read
		next   uint64
		report Report
	}{
		{"nothing", func(*testing.T, string, []string) {}, Options{}, numbers(1, 10), 11, Report{}},
		{"a flipped bit in a payload", func(t *testing.T, dir string, f []string) {
			edit(t, f[1], flip(headerSize+record+frameSize+2))
		}, Options{}, numbers(1, 4, 6, 10), 11, Report{Lost: []Lost{{5, 5, segment(4) + ": damaged records"}}}},
		{"a flipped bit in a length", func(t *testing.T, dir string, f []string) {
			edit(t, f[1], flip(headerSize))
		}, Options{}, numbers(1, 3, 5, 10), 11, Report{Lost: []Lost{{4, 4, segment(4) + ": damaged records"}}}},
		{"the last record of a sealed segment", func(t *testing.T, dir string, f []string) {
			edit(t, f[1], flip(headerSize+2*record+frameSize))
		}, Options{}, numbers(1, 5, 7, 10), 11, Report{Lost: []Lost{{6, 6, segment(4) + ": damaged end"}}}},
		{"a sealed segment cut short", func(t *testing.T, dir string, f []string) {
			edit(t, f[1], cutTo(headerSize+record+5))
		}, Options{}, numbers(1, 4, 7, 10), 11, Report{Lost: []Lost{{5, 6, segment(4) + ": damaged end"}}}},
		{"bytes cut out", func(t *testing.T, dir string, f []string) {
			edit(t, f[0], func(b []byte) []byte { return slices.Delete(b, headerSize, headerSize+record) })
		}, Options{}, numbers(2, 10), 11, Report{Lost: []Lost{{1, 1, segment(1) + ": damaged records"}}}},
		{"records repeated", func(t *testing.T, dir string, f []string) {
			edit(t, f[1], func(b []byte) []byte {
				return slices.Insert(b, headerSize+2*record, b[headerSize:headerSize+2*record]...)
			})
		}, Options{}, numbers(1, 10), 11, Report{}},
		{"a segment missing", func(t *testing.T, dir string, f []string) {
			os.Remove(f[1])
		}, Options{}, numbers(1, 3, 7, 10), 11, Report{Lost: []Lost{{4, 6, "a segment is missing"}}}},
		{"the first segment missing", func(t *testing.T, dir string, f []string) {
			os.Remove(f[0])
		}, Options{}, numbers(4, 10), 11, Report{}},
		{"an empty segment", func(t *testing.T, dir string, f []string) {
			edit(t, f[2], cutTo(0))
		}, Options{}, numbers(1, 6, 10, 10), 11, Report{
			Lost:     []Lost{{7, 9, segment(7) + ": the header has 0 of 40 bytes"}},
			SetAside: []string{segment(7) + ".corrupt"},
		}},
		{"an empty last segment", func(t *testing.T, dir string, f []string) {
			edit(t, f[3], cutTo(0))
		}, Options{}, numbers(1, 9), 10, Report{SetAside: []string{segment(10) + ".corrupt"}}},
		{"a last segment with only a header", func(t *testing.T, dir string, f []string) {
			edit(t, f[3], cutTo(headerSize))
		}, Options{}, numbers(1, 9), 10, Report{}},
		{"the same, with somebody who knows better", func(t *testing.T, dir string, f []string) {
			edit(t, f[3], cutTo(headerSize))
		}, Options{Next: 11}, numbers(1, 9), 11, Report{Lost: []Lost{{10, 10, "a segment is missing"}}}},
		{"all segments missing, with somebody who knows better", func(t *testing.T, dir string, f []string) {
			for _, name := range f {
				os.Remove(name)
			}
		}, Options{Next: 11}, "", 11, Report{Vanished: true}},
		{"garbage with a segment's name", func(t *testing.T, dir string, f []string) {
			os.WriteFile(f[1], bytes.Repeat([]byte("garbage "), 100), 0o600)
		}, Options{}, numbers(1, 3, 7, 10), 11, Report{
			Lost:     []Lost{{4, 6, segment(4) + ": the file does not begin as a segment"}},
			SetAside: []string{segment(4) + ".corrupt"},
		}},
		{"garbage at the end", func(t *testing.T, dir string, f []string) {
			os.WriteFile(f[3], bytes.Repeat([]byte{0xff}, headerSize+30), 0o600)
		}, Options{}, numbers(1, 9), 12, Report{
			Lost:     []Lost{{10, 11, segment(10) + ": the file does not begin as a segment"}},
			SetAside: []string{segment(10) + ".corrupt"},
		}},
		{"a damaged header before good records", func(t *testing.T, dir string, f []string) {
			edit(t, f[2], flip(3))
		}, Options{}, numbers(1, 10), 11, Report{}},
		{"a segment of another log", func(t *testing.T, dir string, f []string) {
			_, other := written(t)
			b, _ := os.ReadFile(other[1])
			os.WriteFile(f[1], b, 0o600)
		}, Options{}, numbers(1, 3, 7, 10), 11, Report{
			Lost:     []Lost{{4, 6, segment(4) + ": it belongs to another log"}},
			SetAside: []string{segment(4) + ".corrupt"},
		}},
		{"a segment under a wrong name", func(t *testing.T, dir string, f []string) {
			os.Rename(f[3], filepath.Join(dir, segment(20)))
		}, Options{}, numbers(1, 9), 21, Report{
			Lost:     []Lost{{10, 20, segment(20) + ": its header says that it begins at 10"}},
			SetAside: []string{segment(20) + ".corrupt"},
		}},
		{"names that no segment has", func(t *testing.T, dir string, f []string) {
			os.WriteFile(filepath.Join(dir, "12.seg"), []byte("x"), 0o600)
			os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("x"), 0o600)
			os.WriteFile(filepath.Join(dir, segment(11)+".tmp"), []byte("x"), 0o600)
		}, Options{}, numbers(1, 10), 11, Report{SetAside: []string{"12.seg.corrupt"}}},
		{"zeros behind the end", func(t *testing.T, dir string, f []string) {
			edit(t, f[3], func(b []byte) []byte { return append(b, make([]byte, 4096)...) })
		}, Options{}, numbers(1, 10), 11, Report{Torn: 4096}},
		{"more behind the end than one write", func(t *testing.T, dir string, f []string) {
			edit(t, f[3], func(b []byte) []byte { return append(b, make([]byte, maxWrite+1)...) })
		}, Options{}, numbers(1, 10), 322649, Report{Lost: []Lost{{11, 322648, segment(10) + ": damaged end"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, files := written(t)
			tt.damage(t, dir, files)
			log, report := open(t, dir, tt.opts)
			if !reflect.DeepEqual(report, tt.report) {
				t.Errorf("report %+v\n  want %+v", report, tt.report)
			}
			if log.Next() != tt.next {
				t.Errorf("Next is %d, want %d", log.Next(), tt.next)
			}
			if got := held(t, log); got != tt.held {
				t.Errorf("held %s\nwant %s", got, tt.held)
			}
			// It goes on, and the next start finds the same.
			if got := appendAll(t, log, "more"); got != tt.next {
				t.Errorf("number %d, want %d", got, tt.next)
			}
			log.Close()
			log, again := open(t, dir, tt.opts)
			if again.Torn != 0 || len(again.SetAside) != 0 || len(again.Lost) != len(report.Lost) && tt.report.SetAside == nil {
				t.Errorf("the second report is %+v", again)
			}
			if got := held(t, log); got != strings.TrimSpace(tt.held+" "+fmt.Sprint(tt.next)) {
				t.Errorf("then held %s", got)
			}
		})
	}
}

// Without any header that counts nobody knows which log this was: all is set
// aside, and the numbers still go on.
func TestAllHeadersDamaged(t *testing.T) {
	dir, files := written(t)
	for _, name := range files {
		edit(t, name, flip(8))
	}
	log, report := open(t, dir, Options{})
	if len(report.SetAside) != 4 || log.Next() < 11 || len(contents(t, log)) != 0 {
		t.Fatalf("next %d, report %+v", log.Next(), report)
	}
}

// A program that is put back to an older version must not set aside what the
// newer one wrote.
func TestNewerVersionIsLeftAlone(t *testing.T) {
	dir, files := written(t)
	newer := func(b []byte) []byte {
		binary.LittleEndian.PutUint32(b[8:], version+1)
		binary.LittleEndian.PutUint32(b[headerSize-4:], crc32.Checksum(b[:headerSize-4], castagnoli))
		return b
	}
	edit(t, files[3], newer)
	_, _, err := Open(dir, Options{})
	if want := segmentName(10) + ": the segment has version 2, this program reads version 1"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Fatalf("error is %v, want %q", err, want)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil || len(left) != 4 {
		t.Errorf("left are %v, %v", left, err)
	}
}

// held lists the numbers that can be read, after checking what they hold.
func held(t *testing.T, log *Log) string {
	t.Helper()
	end := uint64(0)
	for from, to := range log.Runs() {
		if from <= end || to < from {
			t.Errorf("Runs yields %d to %d after %d", from, to, end)
		}
		end = to
	}
	var out []string
	at := log.First()
	for i, p := range contents(t, log) {
		seq := at + uint64(i)
		if p == "-" {
			continue
		}
		if want := fmt.Sprintf("record %d", seq); p != want && p != "more" {
			t.Errorf("record %d is %q", seq, p)
		}
		out = append(out, fmt.Sprint(seq))
	}
	return strings.Join(out, " ")
}

// Wherever the last write tore, the records before it stand, and nothing is
// called lost.
func TestTornTailAtEachOffset(t *testing.T) {
	dir, files := written(t)
	log, _ := open(t, dir, Options{})
	appendAll(t, log, "record 11", "record 12")
	log.Close()
	whole, err := os.ReadFile(files[3])
	if err != nil {
		t.Fatal(err)
	}
	ends := map[int]int{headerSize: 9, len(whole): 12, len(whole) - frameSize - 9: 11, len(whole) - 2*(frameSize+9): 10}
	last := 9
	for size := headerSize; size <= len(whole); size++ {
		if n, ok := ends[size]; ok {
			last = n
		}
		if err := os.WriteFile(files[3], whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		log, report, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := held(t, log), numbers(1, last); got != want {
			t.Fatalf("%d bytes: held %s, want %s", size, got, want)
		}
		if _, whole := ends[size]; len(report.Lost) != 0 || len(report.SetAside) != 0 || (report.Torn == 0) != whole {
			t.Fatalf("%d bytes: %+v", size, report)
		}
		log.Close()
	}
}

// Damage that comes after the start is named when it is read, and what lies
// behind it can be reached.
func TestDamageWhileOpen(t *testing.T) {
	dir := t.TempDir()
	log, _ := open(t, dir, Options{})
	for n := 1; n <= 2000; n++ {
		appendAll(t, log, fmt.Sprintf("record %d", n))
	}
	edit(t, filepath.Join(dir, segmentName(1)), func(b []byte) []byte {
		b[bytes.Index(b, []byte("record 900"))] = 'R'
		return b
	})
	var lost []string
	read := 0
	for seq := uint64(1); seq < log.Next(); {
		got, err := log.Read(seq, 50, 1<<20)
		var missing *MissingError
		if errors.As(err, &missing) {
			lost = append(lost, missing.Error())
			seq = missing.To + 1
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range got {
			if string(p) != fmt.Sprintf("record %d", seq) {
				t.Fatalf("record %d is %q", seq, p)
			}
			seq++
			read++
		}
	}
	if len(lost) != 1 || read < 1700 || read > 1999 || !strings.Contains(lost[0], "damaged since it was opened") {
		t.Errorf("read %d records, lost %q", read, lost)
	}
}

// A place that the disk cannot read costs what lies there, not what would be
// read ahead over it.
func TestUnreadablePlace(t *testing.T) {
	d := newMemDisk()
	log, _, err := Open("mem", Options{disk: d})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 10 {
		appendAll(t, log, fmt.Sprintf("record %d", n))
	}
	d.entries[segmentName(1)].bad = headerSize + 4*(frameSize+8) + 5
	got, err := log.Read(1, 100, 1<<20)
	if err != nil || len(got) != 4 {
		t.Fatalf("%d records, %v", len(got), err)
	}
	if _, err := log.Read(5, 100, 1<<20); !errors.Is(err, syscall.EIO) {
		t.Errorf("error is %v", err)
	}
}

// Whatever is done to the files, Open returns, what can be read is what was
// written under that number, and with a floor every number is accounted for:
// held, lost, or before the first.
func TestAnyDamage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newMemDisk()
		log, _, err := Open("mem", Options{SegmentBytes: 300, disk: d})
		if err != nil {
			t.Fatal(err)
		}
		n := rapid.IntRange(1, 60).Draw(t, "records")
		want := map[uint64]string{}
		for i := range n {
			p := fmt.Sprintf("%d:%s", i, strings.Repeat("p", rapid.IntRange(0, 40).Draw(t, "pad")))
			first, err := log.Append([]byte(p))
			if err != nil {
				t.Fatal(err)
			}
			want[first] = p
		}
		log.Close()
		for range rapid.IntRange(0, 4).Draw(t, "damages") {
			harm(t, d)
		}
		log, report, err := Open("mem", Options{SegmentBytes: 300, disk: d, Next: uint64(n + 1)})
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		lost := map[uint64]bool{}
		for _, l := range report.Lost {
			for seq := l.From; seq <= min(l.To, uint64(n)); seq++ {
				lost[seq] = true
			}
		}
		for seq := log.First(); seq <= uint64(n); seq++ {
			got, err := log.Read(seq, 1, 0)
			switch {
			case errors.As(err, new(*MissingError)) && lost[seq]:
			case err == nil && len(got) == 1 && string(got[0]) == want[seq] && !lost[seq]:
			default:
				t.Fatalf("record %d: %q, %v; lost: %v; want %q", seq, got, err, lost[seq], want[seq])
			}
		}
		if first, err := log.Append([]byte("on")); err != nil || first <= uint64(n) {
			t.Fatalf("Append: %d, %v", first, err)
		}
	})
}

func harm(t *rapid.T, d *memDisk) {
	names := slices.Sorted(maps.Keys(d.entries))
	if len(names) == 0 {
		return
	}
	name := rapid.SampledFrom(names).Draw(t, "file")
	f := d.entries[name]
	at := rapid.IntRange(0, max(0, len(f.data)-1)).Draw(t, "at")
	switch rapid.IntRange(0, 4).Draw(t, "harm") {
	case 0:
		delete(d.entries, name)
	case 1:
		f.data = f.data[:min(at, len(f.data))]
	case 2:
		f.data = append(f.data, rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "more")...)
	default:
		if len(f.data) > 0 {
			f.data = slices.Clone(f.data)
			f.data[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		}
	}
}

// FuzzReader reads hostile bytes as a segment, first and last, beside good
// ones.
func FuzzReader(f *testing.F) {
	var log id
	log[0] = 7
	good := appendHeader(nil, log, 1)
	for i, p := range []string{"first", "second", "third"} {
		good = appendFrame(good, log.seed(), uint32(i), []byte(p))
	}
	f.Add(good)
	f.Add(good[:len(good)-3])
	f.Add(good[:headerSize])
	f.Add([]byte(magic))
	broken := slices.Clone(good)
	broken[headerSize+frameSize] ^= 1
	f.Add(broken)
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, last := range []bool{true, false} {
			d := newMemDisk()
			d.entries[segmentName(1)] = &memFile{disk: d, data: slices.Clone(b)}
			if !last {
				tail := appendFrame(appendHeader(nil, log, 50), log.seed(), 0, []byte("tail"))
				d.entries[segmentName(50)] = &memFile{disk: d, data: tail}
			}
			l, _, err := Open("mem", Options{disk: d})
			if errors.As(err, new(*versionError)) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			before := contents(t, l)
			if !last && before[len(before)-1] != "tail" {
				t.Fatalf("the segment behind is gone: %q", before)
			}
			next := l.Next()
			if got := appendAll(t, l, "on"); got != next {
				t.Fatalf("number %d, want %d", got, next)
			}
			l.Close()
			l, _, err = Open("mem", Options{disk: d})
			if err != nil {
				t.Fatal(err)
			}
			if after := contents(t, l); len(before) > 0 && !reflect.DeepEqual(after, append(before, "on")) {
				t.Fatalf("held %q, then %q", before, after)
			}
			l.Close()
		}
	})
}
