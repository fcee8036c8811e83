package push

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"
)

// newDeflate returns what compresses batches. It may be used at the same time
// from many goroutines, and holds little memory.
func newDeflate() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<18))
}

// deliver sends what a lane picks until ctx ends. An error is the queue's.
func (c *Client) deliver(ctx context.Context, pick func() (slice, bool)) error {
	b := backoff{answers: &c.answers}
	for {
		s, err := c.lanes.next(ctx, pick, c.Linger)
		if ctx.Err() != nil {
			if err == nil {
				c.lanes.done(s) // it is drain's now
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("delivering: %w", err)
		}
		err = c.send(ctx, s)
		if err == nil {
			if b.n > 0 {
				c.Log.Info("the collector takes measurements again")
			}
			b.n = 0
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		c.failed("pushing measurements failed; they stay queued", err)
		if b.wait(ctx, err) != nil {
			return nil
		}
	}
}

// drain delivers what is queued, oldest first, and stops at the first failure.
func (c *Client) drain(ctx context.Context) {
	for ctx.Err() == nil {
		s, ok := c.lanes.pickOldest(0)
		if !ok {
			return
		}
		if err := c.send(ctx, s); err != nil {
			c.failed("delivering the rest before the stop failed; it stays queued", err)
			return
		}
	}
}

// pushTimeout bounds one push: a full batch takes so long over a poor line.
const pushTimeout = time.Minute

// send pushes one slice of the queue and takes the answer in.
func (c *Client) send(ctx context.Context, s slice) error {
	defer c.lanes.done(s)
	if !c.lanes.asked() {
		return c.ask(ctx) // after which another slice may be what is open
	}
	turn := c.lanes.collector()
	records, gone, err := c.lanes.read(s)
	c.lanes.accept(&gone, turn)
	if err != nil || len(records) == 0 || !c.lanes.sending(records) {
		return err
	}
	body, err := EncodeBatch(Batch{Agent: c.Agent, Epoch: c.Queue.Epoch(), Records: records})
	if err != nil {
		return err
	}
	var reply Reply
	sent := time.Now()
	err = c.call(ctx, exchange{
		method: http.MethodPost, path: PushPath + "?" + url.Values{"agent": {c.Agent}}.Encode(), contentType: ContentType,
		encoding: "zstd", body: c.deflate.EncodeAll(body, nil), timeout: pushTimeout, maxReply: maxPushReply,
	}, &reply)
	if err != nil {
		var refused *refusedError
		if errors.As(err, &refused) && refused.code == http.StatusRequestEntityTooLarge {
			c.lanes.smaller()
		}
		return err
	}
	c.observe(sent, reply.Time)
	c.lanes.larger()
	return c.answered(records, &reply, turn)
}

// answered takes in what the collector said to records.
func (c *Client) answered(records []BatchRecord, reply *Reply, turn int) error {
	for _, r := range reply.Rejected {
		c.Log.Error("the collector cannot read a record", "seq", r.Seq, "reason", plain(r.Reason))
	}
	var accepted IntervalSet // of what was sent: nobody can accept more
	var conflicts []uint64
	for _, r := range records {
		if reply.Accepted.Contains(r.Seq) {
			accepted.Add(r.Seq)
		}
		if slices.Contains(reply.Conflicts, r.Seq) {
			conflicts = append(conflicts, r.Seq)
		}
	}
	if n := len(conflicts); n > 0 {
		c.Log.Error("the collector has other records under the same identities", "count", n, "first", conflicts[0])
	}
	c.lanes.accept(&accepted, turn)
	if err := c.learn(reply.Released, conflicts); err != nil {
		return err
	}
	if accepted.Len() == 0 {
		return fmt.Errorf("the collector accepted none of %d records", len(records))
	}
	return nil
}
