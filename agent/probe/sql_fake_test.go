package probe

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// What the fake servers have of the protocols.
const (
	scramSHA256 = "SCRAM-SHA-256"

	mysqlNative = "mysql_native_password"
	mysqlSHA2   = "caching_sha2_password"
	mysqlSHA256 = "sha256_password"
	mysqlClear  = "mysql_clear_password"

	mysqlWithDatabase = 1 << 3
	mysqlTLS          = 1 << 11
	mysqlOfAll        = mysqlWithDatabase | 1<<9 | 1<<13 | 1<<15 | 1<<19
	mysqlCharset      = 45
)

// fakePostgres reads what an honest client sends up to its query, answers as
// an honest server, and then gives the connection to answer.
func fakePostgres(answer func(c net.Conn, b *pgproto3.Backend)) func(net.Conn) {
	return fakePostgresLogin(func(_ net.Conn, b *pgproto3.Backend) bool {
		b.Send(&pgproto3.AuthenticationOk{})
		b.Send(&pgproto3.ParameterStatus{Name: "server_version", Value: "18.1"})
		b.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: 2})
		b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		if b.Flush() != nil || !received[*pgproto3.Query](b) {
			return false
		}
		b.Send(&pgproto3.NoticeResponse{Message: "hear, hear"})
		b.Send(&pgproto3.CommandComplete{CommandTag: []byte("BEGIN")})
		b.Send(&pgproto3.ReadyForQuery{TxStatus: 'T'})
		return b.Flush() == nil && received[*pgproto3.Sync](b)
	}, answer)
}

func fakePostgresLogin(login func(net.Conn, *pgproto3.Backend) bool, answer func(c net.Conn, b *pgproto3.Backend)) func(net.Conn) {
	return func(c net.Conn) {
		b := pgproto3.NewBackend(c, c)
		if _, err := b.ReceiveStartupMessage(); err == nil && login(c, b) {
			answer(c, b)
			hold(c)
		}
	}
}

// received reads messages up to one of a type.
func received[M pgproto3.FrontendMessage](b *pgproto3.Backend) bool {
	for {
		m, err := b.Receive()
		if err != nil {
			return false
		}
		if _, ok := m.(M); ok {
			return true
		}
	}
}

// says sends messages.
func says(messages ...pgproto3.BackendMessage) func(net.Conn, *pgproto3.Backend) {
	return func(_ net.Conn, b *pgproto3.Backend) {
		for _, m := range messages {
			b.Send(m)
		}
		_ = b.Flush() // the client may be gone
	}
}

// columnsOf describes columns of text.
func columnsOf(names ...string) *pgproto3.RowDescription {
	d := &pgproto3.RowDescription{}
	for _, n := range names {
		d.Fields = append(d.Fields, pgproto3.FieldDescription{Name: []byte(n), DataTypeOID: 25})
	}
	return d
}

func rowOf(values ...string) *pgproto3.DataRow {
	r := &pgproto3.DataRow{}
	for _, v := range values {
		r.Values = append(r.Values, []byte(v))
	}
	return r
}

// flood sends for as long as somebody reads.
func flood(c io.Writer, b []byte) {
	for {
		if _, err := c.Write(b); err != nil {
			return
		}
	}
}

// encoded is a message as it is sent.
func encoded(t testing.TB, m pgproto3.BackendMessage) []byte {
	t.Helper()
	b, err := m.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// mysqlNonce is that of the fake server.
const mysqlNonce = "0123456789abcdefghij"

// mysqlGreeting is a server's first packet.
func mysqlGreeting(version, plugin string, capabilities uint32) []byte {
	b := append([]byte{10}, version+"\x00"...)
	b = append(b, 1, 0, 0, 0)
	b = append(b, mysqlNonce[:8]...)
	b = append(b, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(capabilities))
	b = append(b, mysqlCharset, 2, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(capabilities>>16))
	b = append(b, byte(len(mysqlNonce)+1))
	b = append(b, make([]byte, 10)...)
	b = append(b, mysqlNonce[8:]+"\x00"...)
	return append(b, plugin+"\x00"...)
}

// mysqlPeer is the server's side of a conversation.
type mysqlPeer struct {
	c        io.ReadWriter
	sequence byte
}

// says sends packets.
func (p *mysqlPeer) says(payloads ...string) bool {
	var b bytes.Buffer
	for _, s := range payloads {
		b.Write([]byte{byte(len(s)), byte(len(s) >> 8), byte(len(s) >> 16), p.sequence})
		b.WriteString(s)
		p.sequence++
	}
	_, err := p.c.Write(b.Bytes())
	return err == nil
}

// hears reads a packet; of a new exchange it takes over the number.
func (p *mysqlPeer) hears() (string, bool) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(p.c, head); err != nil {
		return "", false
	}
	p.sequence = head[3] + 1
	b := make([]byte, int(head[0])|int(head[1])<<8|int(head[2])<<16)
	_, err := io.ReadFull(p.c, b)
	return string(b), err == nil
}

const (
	mysqlFine = "\x00\x00\x00\x02\x00\x00\x00"
	mysqlEnd  = "\xfe\x00\x00\x02\x00"
)

// mysqlColumnOf describes a column of text.
func mysqlColumnOf(name string) string {
	return "\x03def\x00\x00\x00" + string(rune(len(name))) + name + "\x00" + "\x0c\x2d\x00\x10\x00\x00\x00\xfd\x00\x00\x00\x00\x00"
}

// fakeMySQL reads what an honest client sends up to its query, answers as an
// honest server, and then gives the conversation to answer.
func fakeMySQL(answer func(*mysqlPeer)) func(net.Conn) {
	return func(c net.Conn) {
		p := &mysqlPeer{c: c}
		p.says(string(mysqlGreeting("9.9.9", mysqlNative, mysqlOfAll)))
		for range 4 { // the login and three commands
			if _, ok := p.hears(); !ok || !p.says(mysqlFine) {
				return
			}
		}
		if _, ok := p.hears(); ok {
			answer(p)
			hold(c)
		}
	}
}

// mysqlAccount is a fake server that knows one password and asks for it by
// each of the methods in turn, over TLS where there is a certificate.
func mysqlAccount(password string, cert *tls.Certificate, cached bool, methods ...string) func(net.Conn) {
	return func(c net.Conn) {
		capabilities := uint32(mysqlOfAll)
		if cert != nil {
			capabilities |= mysqlTLS
		}
		p := &mysqlPeer{c: c}
		p.says(string(mysqlGreeting("8.4.0", methods[0], capabilities)))
		if cert != nil {
			if hello, ok := p.hears(); !ok || len(hello) != 32 {
				return
			}
			p.c = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{*cert}})
		}
		response, ok := p.hears()
		if !ok {
			return
		}
		_, proof, _ := strings.Cut(response[32:], "\x00")
		proof = proof[1 : 1+int(proof[0])]
		for i, method := range methods {
			if i > 0 {
				p.says("\xfe" + method + "\x00" + mysqlNonce + "\x00")
				if proof, ok = p.hears(); !ok {
					return
				}
			}
			if !p.convinced(password, method, proof, cached) {
				p.says("\xff\x15\x04#28000Access denied for '" + password + "'")
				return
			}
		}
		for p.says(mysqlFine) {
			if command, ok := p.hears(); !ok || command == "\x03select 1" {
				break
			}
		}
		p.says("\x01", mysqlColumnOf("n"), mysqlEnd, "\x011", mysqlEnd)
		hold(c)
	}
}

// convinced checks a proof as a server does, which knows a hash of the
// password's hash alone.
func (p *mysqlPeer) convinced(password, method, proof string, cached bool) bool {
	switch method {
	case mysqlNative:
		once := sha1.Sum([]byte(password))
		twice := sha1.Sum(once[:])
		mask := sha1.Sum(append([]byte(mysqlNonce), twice[:]...))
		return len(proof) == sha1.Size && sha1.Sum(xored(proof, mask[:])) == twice
	case mysqlSHA2:
		once := sha256.Sum256([]byte(password))
		twice := sha256.Sum256(once[:])
		mask := sha256.Sum256(append(slices.Clone(twice[:]), mysqlNonce...))
		if cached {
			return len(proof) == sha256.Size && sha256.Sum256(xored(proof, mask[:])) == twice && p.says("\x01\x03")
		}
		p.says("\x01\x04")
		said, _ := p.hears()
		return said == password+"\x00"
	}
	return proof == password+"\x00"
}

func xored(a string, b []byte) []byte {
	out := slices.Clone(b)
	for i := range out {
		out[i] ^= a[i]
	}
	return out
}
