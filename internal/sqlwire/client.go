// Package sqlwire asks PostgreSQL and MySQL questions over their own
// protocols, as a client that does not trust its server: whatever that sends
// is bounded in size, time and work, and a password is not shown to who only
// listens (docs/decisions/0004-the-sql-probe-has-no-driver.md).
package sqlwire

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/assay-sla/assay/slo"
)

// Bounds of what a database may send, so that a hostile one costs little.
const (
	MaxLogin   = 64 << 10 // bytes before a query is answered
	MaxResult  = 1 << 20  // bytes of an answer
	MaxRows    = 1000     // where Options name no other bound
	MaxColumns = 100
)

const (
	// grace is how much longer than the conversation a server may work on a
	// query. The conversation is so what ends first, with the reason that is its
	// own; a server that does not notice that nobody listens ends soon after.
	grace = time.Second
	// maxAnswers bounds how many messages a login or a command may be answered
	// with.
	maxAnswers = 1000
)

// Options say whom a client talks to, and as whom.
type Options struct {
	Driver   string // the protocol, one of slo.SQLDrivers
	Username string // not empty; this and Database hold no NUL
	Password string // "" is none
	Database string // "" is the server's choice for the user

	// Security is none, starttls, or tls where PostgreSQL has it.
	Security slo.Security
	// Secure makes TLS of the connection, once the server is ready for it, and
	// judges the server. Needed unless Security is none.
	Secure func() (io.ReadWriter, error)
	// Private is a connection without TLS on which nobody listens, such as a
	// socket of this machine: the password itself may go over it.
	Private bool

	// Deadline is the end of the conversation, which the connection keeps: a
	// server is told not to work on a query for much longer.
	Deadline time.Time
	// Rows is how many rows of a result are read; default MaxRows.
	Rows int
	// Peer is what the server is called in errors.
	Peer string
	// Clean makes words of the server's fit to be shown, in at most limit bytes.
	Clean func(text string, limit int) string
}

// Client is a conversation with a database. It is used by one goroutine. After
// an error nothing more can be asked.
type Client struct {
	o       Options
	conn    io.ReadWriter
	in      meter
	got     []byte // read and not consumed
	secured bool   // the password itself may be sent
	entered bool   // logged in
	version string
	talks   dialogue

	asked time.Time // the query; zero before the first
	begun time.Time // its result; zero before that
	ended time.Time // the result; zero before that
}

// dialogue is the client's side of a protocol.
type dialogue interface {
	login() error
	query(text string) (*Table, error)
	leave()
}

// dialogues are the protocols, by driver.
func dialogues() map[string]func(*Client) dialogue {
	return map[string]func(*Client) dialogue{
		slo.SQLPostgres: func(c *Client) dialogue { return &postgres{Client: c} },
		slo.SQLMySQL:    func(c *Client) dialogue { return &mysql{Client: c} },
	}
}

// New begins a conversation on a connection that stands, under a deadline of
// its own. Nothing is sent yet.
func New(conn io.ReadWriter, o Options) (*Client, error) {
	talks := dialogues()[o.Driver]
	switch {
	case talks == nil:
		return nil, fmt.Errorf("driver %q is not one of %v", o.Driver, slo.SQLDrivers())
	case o.Username == "":
		return nil, errors.New("a username is needed")
	case o.Clean == nil || o.Secure == nil && o.Security != slo.SecurityNone:
		return nil, errors.New("a way to clean texts, and one to go over to TLS, are needed")
	}
	if o.Rows == 0 {
		o.Rows = MaxRows
	}
	c := &Client{o: o, conn: conn, secured: o.Private}
	c.in.r = conn
	c.atMost(MaxLogin)
	c.talks = talks(c)
	return c, nil
}

// Login goes over to TLS, where that is wanted, and says who asks.
func (c *Client) Login() error {
	if err := c.talks.login(); err != nil {
		return err
	}
	c.entered = true
	return nil
}

// Query asks one statement, which the server does not let change anything, and
// reads its rows.
func (c *Client) Query(text string) (*Table, error) {
	if !c.entered {
		return nil, errors.New("a query before the login")
	}
	if err := slo.CheckQuery(text); err != nil {
		return nil, fmt.Errorf("the query %w", err)
	}
	if !c.asked.IsZero() {
		c.atMost(MaxLogin)
	}
	c.begun, c.ended = time.Time{}, time.Time{}
	return c.talks.query(text)
}

// Leave takes leave of a server that let the client in. It does not close the
// connection.
func (c *Client) Leave() {
	if c.entered {
		c.talks.leave()
	}
}

// Version is the server's version in its own words, as they came; "" before
// the login.
func (c *Client) Version() string { return c.version }

// Times are how long the result of the last query took to begin, which it does
// with its first row or else with its end, and from there to its end. ok is
// whether it began at all.
func (c *Client) Times() (begin, end time.Duration, ok bool) {
	if c.begun.IsZero() {
		return 0, 0, false
	}
	ended := c.ended
	if ended.IsZero() {
		ended = time.Now()
	}
	return c.begun.Sub(c.asked), ended.Sub(c.begun), true
}

// asking is called when the query goes out: the bounds are those of a result.
func (c *Client) asking() {
	c.asked = time.Now()
	c.atMost(MaxResult)
}

// begins is called for every part of the result.
func (c *Client) begins() {
	if c.begun.IsZero() {
		c.begun = time.Now()
	}
}

// ends is called when all of the result is there.
func (c *Client) ends() { c.ended = time.Now() }

// serverTime is how long the server may work on the query.
func (c *Client) serverTime() time.Duration {
	return max(time.Until(c.o.Deadline), 0) + grace
}

// overTLS goes over to TLS. What came in the clear and was not asked for would
// be taken for what came under TLS: it is refused.
func (c *Client) overTLS() error {
	if n := len(c.got); n > 0 {
		return refusalf(slo.ProtocolError, "%s sent more in the clear before the TLS handshake: %d bytes beginning \"%s\"", c.o.Peer, n, c.o.Clean(string(c.got), 240))
	}
	conn, err := c.o.Secure()
	if err != nil {
		return err
	}
	c.conn, c.in.r, c.secured = conn, conn, true
	return nil
}
