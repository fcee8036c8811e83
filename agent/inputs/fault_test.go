package inputs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"testing"
	"time"
)

// TestAServerThatHangs costs its own numbers alone, as do one that is not there
// and one that panics the reader.
func TestAServerThatHangs(t *testing.T) {
	info := "redis_version:7\r\nconnected_clients:3\r\n"
	good := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1024))
		_, _ = fmt.Fprintf(c, "$%d\r\n%s\r\n", len(info), info)
	})
	hangs := listen(t, "tcp", "127.0.0.1:0", func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	servers := []string{"redis://" + hangs, "redis://127.0.0.1:1", "redis://" + good}
	r, err := newRedis(Settings{Servers: servers})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	acc := &accumulator{}
	if err := r.read(ctx, acc); err != nil {
		t.Error(err)
	}
	if len(acc.parts) != 1 || len(acc.parts[0]) == 0 || acc.parts[0][0].Name != "redis_clients" {
		t.Errorf("read %v", acc.parts)
	}
	var faults Faults
	if err := acc.err(); !errors.As(err, &faults) || len(faults) != 2 || faults[0].Server != servers[0] || faults[1].Server != servers[1] {
		t.Errorf("the faults are %v", err)
	}
}

// TestMostOf: a reading ends before the one who waits for it gives up.
func TestMostOf(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	most, cancelMost := mostOf(ctx)
	defer cancelMost()
	if end, ok := most.Deadline(); !ok || time.Until(end).Round(time.Minute) != 48*time.Minute {
		t.Errorf("it ends at %v", end)
	}
	endless, cancelEndless := mostOf(t.Context())
	defer cancelEndless()
	if _, ok := endless.Deadline(); ok {
		t.Error("it ends by itself")
	}
}

func TestEachServer(t *testing.T) {
	acc := &accumulator{}
	eachServer(t.Context(), []string{"a", "b", "c"}, acc, func(_ context.Context, i int, acc *accumulator) error {
		for n := range MaxSamples * 3 / 2 {
			acc.add("m", map[string]any{fmt.Sprintf("f%d", n): i}, nil)
		}
		switch i {
		case 1:
			panic("boom")
		case 2:
			for range 2 * maxFaults {
				acc.AddError(io.EOF)
			}
		}
		return nil
	})
	if n := len(slices.Concat(acc.parts...)); n != 3*MaxSamples*3/2 || len(acc.parts) != 5 {
		t.Errorf("%d samples in %d parts", n, len(acc.parts))
	}
	if len(acc.faults) != 1+maxFaults || acc.faults[0].String() != "b: reading it failed with a panic: boom" {
		t.Errorf("%v", acc.err())
	}
}
