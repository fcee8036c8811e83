package collector

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestAsked: a loop goes round now, by its ticker and when it is asked to, and
// whoever asks waits for a round that began after the question.
func TestAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		a, rounds := make(asked), atomic.Int64{}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			a.every(ctx, time.Minute, func() { rounds.Add(1) })
		}()
		synctest.Wait()
		if n := rounds.Load(); n != 1 {
			t.Errorf("%d rounds at the start", n)
		}
		if err := a.round(ctx); err != nil || rounds.Load() != 2 {
			t.Errorf("%d rounds behind a question, %v", rounds.Load(), err)
		}
		time.Sleep(2*time.Minute + time.Second)
		synctest.Wait()
		if n := rounds.Load(); n != 4 {
			t.Errorf("%d rounds after two minutes", n)
		}
		cancel()
		<-ended
		if err := a.round(ctx); err == nil {
			t.Error("a loop that has ended answered")
		}
	})
}
