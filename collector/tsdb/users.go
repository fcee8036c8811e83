package tsdb

import (
	"sync"
	"time"
)

// users counts who holds the database open, so that closing does not unmap
// files under a running query. The zero value is open.
type users struct {
	mu     sync.Mutex
	closed bool
	in     sync.WaitGroup
}

// enter reports whether the database may be used; leave must follow if so.
func (u *users) enter() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return false
	}
	u.in.Add(1)
	return true
}

func (u *users) leave() { u.in.Done() }

// drain lets nobody in any more and waits for those inside, for a time at
// most; it reports whether all have left.
func (u *users) drain(atMost time.Duration) bool {
	u.mu.Lock()
	u.closed = true
	u.mu.Unlock()
	left := make(chan struct{})
	go func() {
		u.in.Wait()
		close(left)
	}()
	select {
	case <-left:
		return true
	case <-time.After(atMost):
		return false
	}
}
