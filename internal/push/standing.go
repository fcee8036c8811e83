package push

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// standing is whether an epoch's numbers are this queue's alone. They are not
// where its folder was put back from a backup, or copied: numbers are then
// given again, under which the collector has other records. What this process
// gave and did not send yet is withheld, and goes under a new epoch.
type standing struct {
	own      uint64      // the first number that this process gave
	unproven uint64      // at or before own: an earlier process gave those between, and nobody told of them
	asked    bool        // the collector in use told what it has
	shared   bool        // it has numbers that this process gave, and did not send
	sent     IntervalSet // from own on
	disowned IntervalSet // sent, and in conflict
	doubtful IntervalSet // given by an earlier process; the collector may have others under them
}

func standingOf(q Queue) standing {
	own, unproven := q.Opened()
	return standing{own: own, unproven: unproven}
}

// judge takes what the collector has of the epoch, and which records that were
// sent are in conflict with that. It reports whether the epoch turned out to
// be shared only now.
func (s *standing) judge(has *IntervalSet, conflicts []uint64) (news bool) {
	was := s.shared
	for _, n := range conflicts {
		s.disowned.Add(n)
		s.shared = true
	}
	for from, to := range has.Runs() {
		if to < s.own {
			continue
		}
		for range s.sent.Missing(max(from, s.own), to) {
			s.shared = true
			break
		}
	}
	return s.shared && !was
}

// doubt notes what of an earlier process's numbers the collector has, although
// nobody told that process that they were its alone.
func (s *standing) doubt(has *IntervalSet) {
	if s.unproven >= s.own {
		return
	}
	var lacks IntervalSet
	for from, to := range has.Missing(s.unproven, s.own-1) {
		lacks.AddRange(from, to)
	}
	for from, to := range lacks.Missing(s.unproven, s.own-1) {
		s.doubtful.AddRange(from, to)
	}
}

// withheld is what must not be sent under this epoch, and not be forgotten.
func (s *standing) withheld() *IntervalSet {
	if !s.shared {
		return &IntervalSet{}
	}
	out := s.disowned.Clone()
	for from, to := range s.sent.Missing(s.own, maxSeq) {
		out.AddRange(from, to)
	}
	return &out
}

// stays is what is, or will be, delivered under this epoch.
func (s *standing) stays() (out IntervalSet) {
	for from, to := range s.withheld().Missing(1, maxSeq) {
		out.AddRange(from, to)
	}
	return out
}

// sending notes records as sent; false where they are withheld meanwhile.
func (l *lanes) sending(records []BatchRecord) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.standing
	for _, r := range records {
		if s.shared && (r.Seq >= s.own && !s.sent.Contains(r.Seq) || s.disowned.Contains(r.Seq)) {
			return false
		}
	}
	for _, r := range records {
		s.note(r)
	}
	return true
}

// note notes a record as sent. What a gap declares is then no news either.
func (s *standing) note(r BatchRecord) {
	if r.Seq < s.own {
		return
	}
	s.sent.Add(r.Seq)
	if !looksLikeGap(r.Record) {
		return
	}
	if rec, err := DecodeRecord(r.Record); err == nil && rec.Gap != nil {
		s.sent.AddRange(max(rec.Gap.From, s.own), rec.Gap.To)
	}
}

// looksLikeGap spares the others the decoding: a gap is a map of the one key 3.
func looksLikeGap(record []byte) bool { return bytes.HasPrefix(record, []byte{0xa1, 3}) }

// asked reports whether the collector in use told what it has of the epoch.
func (l *lanes) asked() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.standing.asked
}

// told takes what the collector answered that was in use at a turn.
func (l *lanes) told(has *IntervalSet, turn int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.standing.asked = turn == l.turn
	l.standing.doubt(has)
}

// learn takes what the collector has of the epoch, and conflicts. It returns
// what of it the queue may forget.
func (l *lanes) learn(has *IntervalSet, conflicts []uint64) (forget IntervalSet, news bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.standing
	news = s.judge(has, conflicts)
	withheld := s.withheld()
	for from, to := range has.Runs() {
		for a, b := range withheld.Missing(from, to) {
			forget.AddRange(a, b)
		}
	}
	return forget, news
}

// sharedFrom is from which number on others gave the numbers too, as far as a
// later process must know; 0 where none did.
func (l *lanes) sharedFrom() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := &l.standing; s.shared {
		return max(s.own, s.sent.Max()+1)
	}
	return 0
}

// renewEvery bounds how often an epoch begins: a collector remembers a bounded
// number of them.
const renewEvery = time.Minute

// renew begins a new epoch where the present one is shared, and the collector
// has released all that stays with it.
func (l *lanes) renew() (begun bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.standing.shared || len(l.busy) > 0 || !l.renewed.IsZero() && time.Since(l.renewed) < renewEvery {
		return false, nil
	}
	stays := l.standing.stays()
	settled := l.queue.Released()
	settled.AddSet(l.standing.withheld())
	for from, to := range l.queue.Runs() {
		for range settled.Missing(from, to) {
			return false, nil
		}
	}
	if err := l.queue.Renew(stays, l.standing.doubtful); err != nil {
		return false, err
	}
	l.renewed = time.Now()
	l.accepted = IntervalSet{}
	l.standing = standingOf(l.queue)
	l.freed.give()
	return true, nil
}

// ask asks the collector in use what it has of the epoch, once, before
// anything is sent to it: records whose numbers it has already must not be.
func (c *Client) ask(ctx context.Context) error {
	c.asking.Lock()
	defer c.asking.Unlock()
	for !c.lanes.asked() {
		turn := c.lanes.collector()
		var reply receivedReply
		err := c.call(ctx, exchange{
			method: http.MethodGet, path: ReceivedPath + "?" + url.Values{"agent": {c.Agent}, "epoch": {c.Queue.Epoch()}}.Encode(),
			timeout: 30 * time.Second, maxReply: maxPushReply,
		}, &reply)
		var refused *refusedError
		if errors.As(err, &refused) && refused.code == http.StatusNotFound { // it does not know the question
			err = nil
		}
		if err != nil {
			return err
		}
		if err := c.learn(reply.Released, nil); err != nil {
			return err
		}
		c.lanes.told(&reply.Released, turn)
		if err := c.Queue.Told(c.lanes.sharedFrom()); err != nil {
			return err
		}
	}
	return nil
}

// learn takes in what an answer says the collector has, and which records that
// were sent are in conflict with that.
func (c *Client) learn(has IntervalSet, conflicts []uint64) error {
	forget, news := c.lanes.learn(&has, conflicts)
	if news {
		from := c.lanes.sharedFrom()
		c.Log.Error("the collector has records of this epoch that are not of this queue: its folder was put back from a backup, or copied; a new epoch begins when what is older is delivered",
			"epoch", c.Queue.Epoch(), "from", from, "collector_has_up_to", has.Max())
		if err := c.Queue.Told(from); err != nil {
			return err
		}
	}
	return c.Queue.Release(forget)
}

// renew begins a new epoch where it is time to.
func (c *Client) renew() error {
	old := c.Queue.Epoch()
	begun, err := c.lanes.renew()
	if begun {
		c.Log.Warn("a new epoch begins", "epoch", c.Queue.Epoch(), "before", old)
	}
	return err
}
