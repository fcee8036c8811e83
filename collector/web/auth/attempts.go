package auth

import (
	"net/netip"
	"sync"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Attempts bounds the guessing of passwords. A wrong password costs one of a
// few chances of its name at its address, of its address, and of its name; the
// chances come back with time. The limits of a name alone are wide, so that a
// stranger cannot lock somebody out from elsewhere for long.
type Attempts struct {
	mu      sync.Mutex
	buckets map[string]bucket
}

// bucket holds the chances of one key; the zero time is long ago.
type bucket struct {
	left  float64
	since slo.Instant
}

// limit is how many chances a key has, and how long one takes to come back.
type limit struct {
	chances float64
	back    time.Duration
}

// maxBuckets bounds what a flood of names or addresses can make us remember.
const maxBuckets = 30_000

// NewAttempts returns limits of which nothing is used up.
func NewAttempts() *Attempts { return &Attempts{buckets: map[string]bucket{}} }

type key struct {
	name string
	limit
}

func keys(name string, from netip.Addr) [3]key {
	if len(name) > maxName {
		name = name[:maxName]
	}
	where := place(from)
	return [3]key{
		{"both " + where + " " + name, limit{5, time.Minute}},
		{"address " + where, limit{20, 15 * time.Second}},
		{"name " + name, limit{50, 15 * time.Second}},
	}
}

// place is what one customer of a provider holds: an IPv4 address or an IPv6
// network of 64 bits.
func place(a netip.Addr) string {
	a = a.Unmap()
	if a.Is6() {
		p, _ := a.WithZone("").Prefix(64)
		return p.String()
	}
	return a.String()
}

// Take uses up one chance to sign in under a name from an address. Where none
// is left it takes nothing and returns how long until one is back.
func (a *Attempts) Take(name string, from netip.Addr, at slo.Instant) (wait time.Duration, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ks := keys(name, from)
	for _, k := range ks {
		if b := a.at(k, at); b.left < 1 {
			wait = max(wait, time.Duration((1-b.left)*float64(k.back)))
		}
	}
	if wait > 0 {
		return wait, false
	}
	for _, k := range ks {
		b := a.at(k, at)
		b.left--
		a.put(k.name, b, at)
	}
	return 0, true
}

// Forgive gives back what a successful sign-in took.
func (a *Attempts) Forgive(name string, from netip.Addr, at slo.Instant) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ks := keys(name, from)
	delete(a.buckets, ks[0].name)
	for _, k := range ks[1:] {
		b := a.at(k, at)
		b.left = min(k.chances, b.left+1)
		a.put(k.name, b, at)
	}
}

// at is the bucket of k, filled up to an instant.
func (a *Attempts) at(k key, at slo.Instant) bucket {
	b, ok := a.buckets[k.name]
	if !ok {
		return bucket{k.chances, at}
	}
	if gone := at.Sub(b.since); gone > 0 {
		b.left = min(k.chances, b.left+float64(gone)/float64(k.back))
		b.since = at
	}
	return b
}

func (a *Attempts) put(name string, b bucket, at slo.Instant) {
	if _, ok := a.buckets[name]; !ok && len(a.buckets) >= maxBuckets {
		a.makeRoom(at)
	}
	a.buckets[name] = b
}

// makeRoom forgets the buckets that have filled up again, or any one where
// none has.
func (a *Attempts) makeRoom(at slo.Instant) {
	const filled = 15 * time.Minute // longer than any limit takes to come back whole
	var any string
	for k, b := range a.buckets {
		if at.Sub(b.since) >= filled {
			delete(a.buckets, k)
		}
		any = k
	}
	if len(a.buckets) >= maxBuckets {
		delete(a.buckets, any)
	}
}
