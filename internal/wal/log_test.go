package wal

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func open(t *testing.T, dir string, opts Options) (*Log, Report) {
	t.Helper()
	log, report, err := Open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	return log, report
}

func appendAll(t *testing.T, log *Log, payloads ...string) uint64 {
	t.Helper()
	var bytes [][]byte
	for _, p := range payloads {
		bytes = append(bytes, []byte(p))
	}
	first, err := log.Append(bytes...)
	if err != nil {
		t.Fatal(err)
	}
	return first
}

// contents reads everything, with "-" for what is missing between.
func contents(t *testing.T, log *Log) []string {
	t.Helper()
	var out []string
	for seq := log.First(); seq < log.Next(); {
		got, err := log.Read(seq, 100, 1<<20)
		var missing *MissingError
		if errors.As(err, &missing) {
			for ; seq <= missing.To; seq++ {
				out = append(out, "-")
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range got {
			out = append(out, string(p))
		}
		seq += uint64(len(got))
	}
	return out
}

func TestAppendRejects(t *testing.T) {
	log, _ := open(t, t.TempDir(), Options{})
	tests := map[string]struct {
		payloads [][]byte
		want     string
		is       error
	}{
		"empty":  {[][]byte{[]byte("a"), {}}, "record 2 of 2 is empty", nil},
		"long":   {[][]byte{make([]byte, MaxRecord+1)}, "record 1 of 1 has 1048577 bytes", ErrTooLarge},
		"nobody": {nil, "", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := log.Append(tt.payloads...)
			if tt.want == "" && err == nil {
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
		})
	}
	if log.Next() != 1 {
		t.Errorf("Next is %d after nothing was appended", log.Next())
	}
}

func TestFullLogTakesRecordsAgainAfterDropOldest(t *testing.T) {
	log, _ := open(t, t.TempDir(), Options{SegmentBytes: 200, MaxBytes: 500})
	var err error
	n := 0
	for ; err == nil; n++ {
		_, err = log.Append([]byte(strings.Repeat("x", 40)))
	}
	if !errors.Is(err, ErrFull) {
		t.Fatalf("error is %v, want ErrFull", err)
	}
	var full interface{ Full() bool }
	if !errors.As(err, &full) || !full.Full() {
		t.Errorf("%v does not say that it is full", err)
	}
	if log.Bytes() > 500 {
		t.Errorf("the log has %d bytes, more than its bound", log.Bytes())
	}
	from, to, err := log.DropOldest()
	if err != nil || from != 1 || to < 1 {
		t.Fatalf("DropOldest: %d, %d, %v", from, to, err)
	}
	if first := log.First(); first != to+1 {
		t.Errorf("First is %d, want %d", first, to+1)
	}
	if got := appendAll(t, log, "next"); got != uint64(n) {
		t.Errorf("number %d, want %d: a refused record must not use one up", got, n)
	}
	_, err = log.Read(1, 1, 0)
	var missing *MissingError
	if !errors.As(err, &missing) || missing.From != 1 || missing.To != to {
		t.Errorf("reading a dropped record: %v", err)
	}
}

func TestDropOldestOfTheOnlySegment(t *testing.T) {
	dir := t.TempDir()
	log, _ := open(t, dir, Options{})
	if from, to, err := log.DropOldest(); from != 0 || to != 0 || err != nil {
		t.Errorf("DropOldest of an empty log: %d, %d, %v", from, to, err)
	}
	appendAll(t, log, "a", "b")
	if from, to, err := log.DropOldest(); from != 1 || to != 2 || err != nil {
		t.Errorf("DropOldest: %d, %d, %v", from, to, err)
	}
	log.Close()
	log, report := open(t, dir, Options{})
	if !reflect.DeepEqual(report, Report{}) || log.First() != 3 || appendAll(t, log, "c") != 3 {
		t.Errorf("after dropping everything: %+v, first %d", report, log.First())
	}
}

// A disk that fills up in the middle of a record keeps what it had, and the
// log goes on when there is room.
func TestDiskFull(t *testing.T) {
	for room := range int64(100) {
		d := newMemDisk()
		log, _, err := Open("mem", Options{SegmentBytes: 120, disk: d})
		if err != nil {
			t.Fatal(err)
		}
		appendAll(t, log, "one", "two")
		d.room = room
		_, err = log.Append([]byte(strings.Repeat("y", 80)))
		if err == nil && room < 92 {
			t.Fatalf("room %d: no error", room)
		}
		want := []string{"one", "two"}
		if err == nil {
			want = append(want, strings.Repeat("y", 80))
		} else if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("room %d: error is %v", room, err)
		}
		d.room = -1
		appendAll(t, log, "three")
		want = append(want, "three")
		if got := contents(t, log); !reflect.DeepEqual(got, want) {
			t.Fatalf("room %d: %q, want %q", room, got, want)
		}
		log.Close()
		log, report, err := Open("mem", Options{disk: d})
		if err != nil || !reflect.DeepEqual(report, Report{}) {
			t.Fatalf("room %d: reopened with %+v, %v", room, report, err)
		}
		if got := contents(t, log); !reflect.DeepEqual(got, want) {
			t.Fatalf("room %d: reopened: %q, want %q", room, got, want)
		}
	}
}

// The operating system's own refusal, by the limit on file sizes, takes the
// same way as the disk of the tests.
func TestFileSizeLimit(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the limit is set the way Linux has it")
	}
	log, _ := open(t, t.TempDir(), Options{})
	appendAll(t, log, "kept")
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 16, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	_, err := log.Append(make([]byte, 1<<17))
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, syscall.EFBIG) {
		t.Errorf("error is %v, want EFBIG", err)
	}
	appendAll(t, log, "on")
	if got := contents(t, log); !reflect.DeepEqual(got, []string{"kept", "on"}) {
		t.Errorf("contents %q", got)
	}
}

func TestSecondOpenIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "queue")
	log, _ := open(t, dir, Options{})
	_, _, err := Open(dir, Options{})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Fatalf("error is %v, want ErrLocked with the folder", err)
	}
	log.Close()
	open(t, dir, Options{})
}

// Appenders at the same time share syncs, and each finds its records under
// the numbers that it was given.
func TestGroupCommit(t *testing.T) {
	d := newMemDisk()
	log, _, err := Open("mem", Options{SegmentBytes: 4 << 10, disk: d})
	if err != nil {
		t.Fatal(err)
	}
	const appenders, each = 16, 50
	var wg sync.WaitGroup
	got := make([]map[uint64]string, appenders)
	for i := range appenders {
		got[i] = map[uint64]string{}
		wg.Go(func() {
			for j := range each {
				a, b := fmt.Sprintf("%d/%d a", i, j), fmt.Sprintf("%d/%d b", i, j)
				first, err := log.Append([]byte(a), []byte(b))
				if err != nil {
					t.Error(err)
					return
				}
				got[i][first], got[i][first+1] = a, b
			}
		})
	}
	read := make(chan []string)
	go func() {
		var all []string
		r := log.Follow(1, 7, 300)
		for len(all) < 2*appenders*each {
			first, batch, err := r.Next(context.Background())
			if err != nil || first != uint64(len(all)+1) {
				t.Errorf("follower: %d, %v", first, err)
				break
			}
			for _, p := range batch {
				all = append(all, string(p))
			}
		}
		read <- all
	}()
	wg.Wait()
	all := <-read
	for i := range got {
		for seq, want := range got[i] {
			if all[seq-1] != want {
				t.Errorf("record %d is %q, want %q", seq, all[seq-1], want)
			}
		}
	}
}

// Readers and removers at work beside the appenders see nothing but whole
// records or a named hole.
func TestReadersBesideRemoval(t *testing.T) {
	log, _ := open(t, t.TempDir(), Options{SegmentBytes: 300, MaxBytes: 1200})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			r := log.Follow(1, 5, 200)
			for {
				first, batch, err := r.Next(ctx)
				var missing *MissingError
				switch {
				case ctx.Err() != nil:
					return
				case errors.As(err, &missing):
					r.Seek(missing.To + 1)
				case err != nil:
					t.Error(err)
					return
				}
				for i, p := range batch {
					if want := fmt.Sprint(first + uint64(i)); string(p) != want {
						t.Errorf("record %s is %q", want, p)
					}
				}
			}
		})
	}
	for n := 1; n <= 400; {
		_, err := log.Append(fmt.Append(nil, n))
		switch {
		case errors.Is(err, ErrFull):
			if _, _, err := log.DropOldest(); err != nil {
				t.Fatal(err)
			}
			continue
		case err != nil:
			t.Fatal(err)
		}
		n++
	}
	cancel()
	wg.Wait()
}

func TestReadLimits(t *testing.T) {
	log, _ := open(t, t.TempDir(), Options{})
	big := strings.Repeat("b", 10_000)
	appendAll(t, log, "a", big, "c", "d")
	tests := []struct {
		from           uint64
		records, bytes int
		want           []string
	}{
		{1, 100, 1 << 20, []string{"a", big, "c", "d"}},
		{1, 2, 1 << 20, []string{"a", big}},
		{1, 100, 100, []string{"a"}},
		{2, 100, 0, []string{big}},
		{2, 100, 10_001, []string{big, "c"}},
		{3, 0, 0, []string{"c"}},
		{4, 100, -5, []string{"d"}},
		{5, 100, 100, nil},
	}
	for _, tt := range tests {
		got, err := log.Read(tt.from, tt.records, tt.bytes)
		if err != nil {
			t.Fatal(err)
		}
		var text []string
		for _, p := range got {
			text = append(text, string(p))
		}
		if !reflect.DeepEqual(text, tt.want) {
			t.Errorf("Read(%d, %d, %d) has %d records, want %d", tt.from, tt.records, tt.bytes, len(text), len(tt.want))
		}
	}
	if _, err := log.Read(0, 1, 0); !errors.As(err, new(*MissingError)) {
		t.Errorf("Read(0): %v", err)
	}
}

func TestWaitEnds(t *testing.T) {
	log, _ := open(t, t.TempDir(), Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := log.Wait(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	done := make(chan error)
	go func() { done <- log.Wait(context.Background(), 1) }()
	appendAll(t, log, "a")
	if err := <-done; err != nil {
		t.Error(err)
	}
	go func() { done <- log.Wait(context.Background(), 99) }()
	log.Close()
	if err := <-done; !errors.Is(err, ErrClosed) {
		t.Errorf("error is %v, want ErrClosed", err)
	}
	if _, err := log.Append([]byte("x")); !errors.Is(err, ErrClosed) {
		t.Errorf("Append: %v, want ErrClosed", err)
	}
	if _, err := log.Read(1, 1, 0); !errors.Is(err, ErrClosed) {
		t.Errorf("Read: %v, want ErrClosed", err)
	}
	if _, _, err := log.DropOldest(); !errors.Is(err, ErrClosed) {
		t.Errorf("DropOldest: %v, want ErrClosed", err)
	}
	if err := log.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}
