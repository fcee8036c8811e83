package sqlwire

import (
	"bytes"
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// mysql is a conversation in MySQL's protocol, version 10, which MariaDB
// speaks as well
// (https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html).
type mysql struct {
	*Client
	sequence byte   // of the next packet
	offered  uint32 // capabilities of the server
	plugin   string // the method of login that it begins with
	nonce    []byte // for the login
}

// Capabilities. Not among the client's: files of the client's machine, and
// several statements at once.
const (
	mysqlWithDatabase     = 1 << 3
	mysqlProtocol41       = 1 << 9
	mysqlTLS              = 1 << 11
	mysqlTransactions     = 1 << 13
	mysqlSecureConnection = 1 << 15
	mysqlPluginAuth       = 1 << 19

	mysqlNeeded = mysqlProtocol41 | mysqlSecureConnection | mysqlPluginAuth
)

// The first bytes of answers, and of commands.
const (
	mysqlOK    = 0x00
	mysqlMore  = 0x01 // a login goes on
	mysqlFile  = 0xfb // the server wants a file
	mysqlEOF   = 0xfe // the end of a list; in a login: another method
	mysqlError = 0xff

	mysqlQuit  = 0x01
	mysqlQuery = 0x03
)

const (
	mysqlCharset = 45      // utf8mb4_general_ci, which every server has
	mysqlMax     = 1 << 24 // bytes of a packet, its length taking three
)

// leave takes leave.
func (m *mysql) leave() { _ = m.command(mysqlQuit, "") } // nothing is to come of it

// greeting reads what the server says of itself.
func (m *mysql) greeting() error {
	b, err := m.packet()
	if err != nil {
		return err
	}
	if b[0] == mysqlError {
		return m.refused(b, "did not let the agent in")
	}
	c := mysqlPacket{b: b}
	version := c.byte()
	m.version = c.text()
	c.take(4) // the connection's number
	nonce := c.take(8)
	c.take(1)
	m.offered = uint32(c.uint16())
	c.take(3) // its characters and its state
	m.offered |= uint32(c.uint16()) << 16
	length := int(c.byte())
	c.take(10)
	rest := c.take(max(13, length-8))
	m.plugin = c.text()
	switch {
	case version != 10:
		return m.strange("%s", m.o.quote(string(b), 80))
	case m.offered&mysqlNeeded != mysqlNeeded:
		return m.strange("a greeting of %s, without logins by plugin", m.version)
	case c.short:
		return m.strange("a greeting that is cut off")
	}
	m.nonce = append(bytes.Clone(nonce), bytes.TrimSuffix(rest, []byte{0})...)
	return nil
}

// packet is the next packet's payload, of at least a byte.
func (m *mysql) packet() ([]byte, error) {
	head, err := m.need(4)
	if err != nil {
		return nil, err
	}
	n := int(head[0]) | int(head[1])<<8 | int(head[2])<<16
	most := MaxLogin
	if !m.asked.IsZero() {
		most = MaxResult
	}
	switch {
	case head[3] != m.sequence:
		return nil, m.strange("packet %d, not %d", head[3], m.sequence)
	case n == 0:
		return nil, m.strange("an empty packet")
	case n > most && m.asked.IsZero():
		return nil, m.strange("a packet of %d bytes in a login", n)
	case n > most:
		return nil, refusalf(slo.ResponseTooLarge, "%s announces %d bytes in one packet; at most %d are read", m.o.Peer, n, most)
	}
	m.sequence++
	return m.need(n)
}

// send sends one packet of less than mysqlMax bytes.
func (m *mysql) send(payload []byte) error {
	n := len(payload)
	head := []byte{byte(n), byte(n >> 8), byte(n >> 16), m.sequence}
	m.sequence++
	return m.write(append(head, payload...))
}

// command begins a new exchange.
func (m *mysql) command(code byte, text string) error {
	m.sequence = 0
	return m.send(append([]byte{code}, text...))
}

// refused is the failure that an error packet means: a number, a state of five
// characters behind a #, and words.
func (m *mysql) refused(b []byte, doing string) error {
	c := mysqlPacket{b: b}
	c.take(1)
	number := c.uint16()
	if c.short {
		return m.strange("an error that is cut off")
	}
	text := string(c.b)
	code := fmt.Sprint(number)
	if len(text) >= 6 && text[0] == '#' {
		code, text = code+" ("+text[1:6]+")", text[6:]
	}
	reason := slo.QueryFailed
	if !m.entered {
		reason = mysqlReason(number)
	}
	return m.said(reason, doing, code, text)
}

// mysqlReason tells a server that takes nobody in from one that does not want
// this user.
func mysqlReason(number uint16) slo.Reason {
	switch number {
	case 1040, 1041, 1053, 1135, 1203, 1226: // too many connections, no memory, shutting down, no thread, user's limits
		return slo.NotServing
	}
	return slo.LoginRefused
}
