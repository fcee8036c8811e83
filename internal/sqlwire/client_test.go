package sqlwire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/assay-sla/assay/slo"
)

// recorded is a server that says what it says, and keeps what it hears.
type recorded struct {
	io.Reader
	heard bytes.Buffer
}

// Write hears.
func (r *recorded) Write(b []byte) (int, error) { return r.heard.Write(b) }

func says(t testing.TB, messages ...pgproto3.BackendMessage) *recorded {
	t.Helper()
	var all []byte
	for _, m := range messages {
		b, err := m.Encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return &recorded{Reader: bytes.NewReader(all)}
}

func options() Options {
	return Options{
		Driver: slo.SQLPostgres, Username: "assay", Security: slo.SecurityNone,
		Deadline: time.Now().Add(time.Minute), Peer: "db", Clean: func(s string, n int) string { return s[:min(len(s), n)] },
	}
}

func client(t testing.TB, conn io.ReadWriter, change func(*Options)) *Client {
	t.Helper()
	o := options()
	change(&o)
	c, err := New(conn, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var (
	ready   = &pgproto3.ReadyForQuery{TxStatus: 'I'}
	done    = &pgproto3.CommandComplete{CommandTag: []byte("X")}
	welcome = []pgproto3.BackendMessage{&pgproto3.AuthenticationOk{}, &pgproto3.ParameterStatus{Name: "server_version", Value: "17.2"}, ready}
)

// rows is all that an honest server says to one query.
func rows(values ...string) (out []pgproto3.BackendMessage) {
	out = append(out, done, ready, &pgproto3.ParseComplete{}, &pgproto3.BindComplete{},
		&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("n"), DataTypeOID: 23}}})
	for _, v := range values {
		out = append(out, &pgproto3.DataRow{Values: [][]byte{[]byte(v)}})
	}
	return append(out, done, ready, done, ready)
}

// TestSeveralQueries asks twice in one conversation; each has its own bounds
// and times.
func TestSeveralQueries(t *testing.T) {
	large := strings.Repeat("x", MaxResult*2/3)
	messages := append(append(welcome[:len(welcome):len(welcome)], rows(large)...), rows("7", "8")...)
	conn := says(t, messages...)
	c := client(t, conn, func(o *Options) { o.Rows = 2 })
	if _, err := c.Query("select 1"); err == nil {
		t.Error("a query before the login")
	}
	c.Leave()
	if conn.heard.Len() > 0 {
		t.Errorf("the server heard %q before the login", conn.heard.String())
	}
	if err := c.Login(); err != nil {
		t.Fatal(err)
	}
	if c.Version() != "17.2" {
		t.Errorf("the version is %q", c.Version())
	}
	if _, _, ok := c.Times(); ok {
		t.Error("there are times before there is a query")
	}
	for i, want := range []any{large, int64(7)} {
		got, err := c.Query("select n")
		if err != nil {
			t.Fatal(err)
		}
		if got.Rows[0]["n"] != want {
			t.Errorf("query %d: other rows", i)
		}
		if begin, end, ok := c.Times(); !ok || begin <= 0 || end < 0 {
			t.Errorf("query %d: times %v, %v, %v", i, begin, end, ok)
		}
	}
	if _, err := c.Query("select\x00"); err == nil {
		t.Error("a query that is none")
	}
	c.Leave()
	if !bytes.HasSuffix(conn.heard.Bytes(), []byte{'X', 0, 0, 0, 4}) {
		t.Error("no leave was taken")
	}
}

// TestEnds: a conversation ends as a refusal or as a break, and says which.
func TestEnds(t *testing.T) {
	for name, c := range map[string]struct {
		messages []pgproto3.BackendMessage
		change   func(*Options)
		reason   slo.Reason // "" is a break
		says     string
	}{
		"more rows than are wanted": {append(welcome[:3:3], rows("1", "2", "3")...), func(o *Options) { o.Rows = 2 }, slo.ResponseTooLarge, "db answers with more than 2 rows"},
		"no answer":                 {welcome, func(*Options) {}, "", "waiting for the first byte from db: "},
		"the password":              {[]pgproto3.BackendMessage{&pgproto3.AuthenticationCleartextPassword{}}, func(*Options) {}, slo.LoginRefused, "without TLS it is not sent"},
		"the password where nobody listens": {
			append([]pgproto3.BackendMessage{&pgproto3.AuthenticationCleartextPassword{}}, welcome...),
			func(o *Options) { o.Private, o.Password = true, "x" }, "", "waiting for the first byte from db: "},
	} {
		cl := client(t, says(t, c.messages...), c.change)
		err := cl.Login()
		if err == nil {
			_, err = cl.Query("select n")
		}
		var refused *Refusal
		var broken *Break
		if c.reason != "" && (!errors.As(err, &refused) || refused.Reason != c.reason) || c.reason == "" && !errors.As(err, &broken) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBeforeTLS: what comes in the clear behind the answer is not taken for
// what comes over TLS.
func TestBeforeTLS(t *testing.T) {
	for text, reason := range map[string]slo.Reason{"Sx": slo.ProtocolError, "N": slo.StartTLSRefused, "H": slo.ProtocolError} {
		c := client(t, &recorded{Reader: strings.NewReader(text)}, func(o *Options) {
			o.Security = slo.SecurityStartTLS
			o.Secure = func() (io.ReadWriter, error) { t.Errorf("%q: went over to TLS", text); return nil, io.EOF }
		})
		var refused *Refusal
		if err := c.Login(); !errors.As(err, &refused) || refused.Reason != reason {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWhatIsNoClient(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"driver":   func(o *Options) { o.Driver = "oracle" },
		"username": func(o *Options) { o.Username = "" },
		"TLS":      func(o *Options) { o.Security = slo.SecurityTLS },
		"clean":    func(o *Options) { o.Clean = nil },
	} {
		o := options()
		change(&o)
		if _, err := New(nil, o); err == nil {
			t.Errorf("made without its %s", name)
		}
	}
}
