package push

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// renewable is a queue in memory whose epochs can be renewed; what stays is
// not kept.
type renewable struct {
	*memQueue
	own, unproven   uint64
	renewals        int
	stays, doubtful IntervalSet
	told            []uint64
}

func (q *renewable) Opened() (own, unproven uint64) { return q.own, q.unproven }

func (q *renewable) Told(shared uint64) error {
	q.told = append(q.told, shared)
	return nil
}

func (q *renewable) Renew(stays, doubtful IntervalSet) error {
	q.renewals++
	q.stays, q.doubtful = stays, doubtful
	q.own, q.unproven = 1, 1
	return nil
}

func TestStanding(t *testing.T) {
	for name, tt := range map[string]struct {
		own, unproven uint64
		sent          []BatchRecord
		has           IntervalSet
		conflicts     []uint64

		shared          bool
		stays, doubtful IntervalSet
	}{
		"new":                 {own: 1, unproven: 1},
		"a restart":           {own: 11, unproven: 11, has: setOf(1, 10)},
		"a restart, unheard":  {own: 11, unproven: 5, has: setOf(1, 7)},
		"its own":             {own: 11, unproven: 11, sent: records(11, 20), has: setOf(1, 20)},
		"an unanswered push":  {own: 11, unproven: 11, sent: records(11, 20), has: setOf(1, 10)},
		"its own gap":         {own: 11, unproven: 11, sent: []BatchRecord{gap(15, 3, 14)}, has: setOf(1, 15)},
		"rolled back":         {own: 11, unproven: 11, has: setOf(1, 12), shared: true, stays: setOf(1, 10)},
		"rolled back, twice":  {own: 11, unproven: 8, has: setOf(1, 8, 10, 30), shared: true, stays: setOf(1, 10), doubtful: setOf(8, 8, 10, 10)},
		"copied":              {own: 11, unproven: 11, sent: records(11, 14), has: setOf(1, 12, 14, 18), shared: true, stays: setOf(1, 14)},
		"copied, in conflict": {own: 11, unproven: 11, sent: records(11, 14), has: setOf(1, 14), conflicts: []uint64{12}, shared: true, stays: setOf(1, 11, 13, 14)},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLanes(&renewable{memQueue: newMemQueue(), own: tt.own, unproven: tt.unproven})
			if !l.sending(tt.sent) {
				t.Fatal("nothing may be sent")
			}
			forget, news := l.learn(&tt.has, tt.conflicts)
			l.told(&tt.has, 0)
			if news != tt.shared || l.standing.shared != tt.shared {
				t.Fatalf("shared is %t, want %t", news, tt.shared)
			}
			if !tt.shared {
				if !same(forget, tt.has) || l.sharedFrom() != 0 {
					t.Errorf("forgets %v of %v; shared from %d", forget, tt.has, l.sharedFrom())
				}
				return
			}
			stays := l.standing.stays()
			var below IntervalSet
			for a, b := range stays.Runs() {
				below.AddRange(a, min(b, 1<<20))
			}
			if !same(below, tt.stays) {
				t.Errorf("stays %v, want %v", below, tt.stays)
			}
			if !same(l.standing.doubtful, tt.doubtful) {
				t.Errorf("doubtful %v, want %v", l.standing.doubtful, tt.doubtful)
			}
			for a, b := range forget.Runs() {
				for x, y := range tt.stays.Missing(a, b) {
					t.Errorf("forgets %d to %d, which do not stay", x, y)
				}
			}
			if l.sending(records(tt.own+50, tt.own+50)) {
				t.Error("what is given and not sent is sent under the shared epoch")
			}
			if _, again := l.learn(&tt.has, nil); again {
				t.Error("it is news twice")
			}
		})
	}
}

func same(a, b IntervalSet) bool {
	x, _ := a.MarshalBinary()
	y, _ := b.MarshalBinary()
	return string(x) == string(y)
}

func records(first, last uint64) (out []BatchRecord) {
	for seq := first; seq <= last; seq++ {
		out = append(out, measured(seq))
	}
	return out
}

// TestALyingCollector claims of every epoch that it has records that were never
// made: epochs are not spent on it faster than one a minute.
func TestALyingCollector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &renewable{memQueue: newMemQueue(), own: 1, unproven: 1}
		lie := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(Reply{Accepted: setOf(1, 1000), Released: setOf(1, 1000)})
		})
		a := start(t, q.memQueue, map[string]http.Handler{"a": lie}, func(o *ClientOptions) { o.Queue = q })
		for range 600 {
			q.fill(1)
			time.Sleep(time.Second)
		}
		a.end(t)
		if q.renewals == 0 || q.renewals > 11 {
			t.Errorf("%d epochs in ten minutes", q.renewals)
		}
	})
}
