package sqlwire

import (
	"fmt"
	"io"
	"slices"
)

// meter bounds what a connection brings, and remembers how it ended: a codec
// makes an error of its own of that.
type meter struct {
	r    io.Reader
	left int64 // one more than may come, so that what is one too long is told
	over string
	err  error
}

// Read reads at most what is left.
func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		m.err = fmt.Errorf("%s: %w", m.over, ErrTooLarge)
		return 0, m.err
	}
	if int64(len(p)) > m.left {
		p = p[:m.left]
	}
	n, err := m.r.Read(p)
	m.left -= int64(n)
	if err != nil {
		m.err = err
	}
	return n, err
}

// atMost bounds what is read from here on, in bytes.
func (c *Client) atMost(n int64) {
	c.in.left, c.in.over = n+1, fmt.Sprintf("more than %d bytes", n)
}

// need reads n bytes, and fails in the stage of the conversation.
func (c *Client) need(n int) ([]byte, error) {
	for len(c.got) < n {
		if err := c.read(); err != nil {
			return nil, c.broken(c.stage(), err)
		}
	}
	b := c.got[:n:n]
	c.got = c.got[n:]
	return b, nil
}

// read adds what comes next to what was got.
func (c *Client) read() error {
	if c.in.left <= 1 {
		return fmt.Errorf("%s: %w", c.in.over, ErrTooLarge)
	}
	c.got = slices.Grow(c.got, 512)
	n, err := c.in.Read(c.got[len(c.got):min(cap(c.got), len(c.got)+int(c.in.left)-1)])
	c.got = c.got[:len(c.got)+n]
	if n > 0 {
		return nil
	}
	return err
}

// write sends bytes of the protocol.
func (c *Client) write(b []byte) error {
	if _, err := c.conn.Write(b); err != nil {
		return c.broken(Sending, err)
	}
	return nil
}
