package probe

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
	"golang.org/x/crypto/ssh"
)

const (
	benchQuery   = "select 1"
	benchProgram = "/bin/true"
)

// linesServer speaks line by line: it greets, and answers each line. An answer
// that ends in "go on" is followed by a handshake.
func linesServer(cert tls.Certificate, greeting string, answer func(line string) string) func(net.Conn) {
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	return func(c net.Conn) {
		_, _ = io.WriteString(c, greeting+"\r\n")
		for in := bufio.NewReader(c); ; {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			said := answer(strings.TrimSpace(line))
			if _, err := io.WriteString(c, said+"\r\n"); err != nil {
				return
			}
			if strings.HasSuffix(said, "go on") {
				c = tls.Server(c, config)
				in.Reset(c)
			}
		}
	}
}

func benchSMTP(cert tls.Certificate) net.Addr {
	return serveConns(linesServer(cert, "220 mail.example ready", func(line string) string {
		switch verb, _, _ := strings.Cut(line, " "); verb {
		case "EHLO":
			return "250-mail.example\r\n250 STARTTLS"
		case "STARTTLS":
			return "220 go on"
		}
		return "221 bye"
	}))
}

func benchIMAP(cert tls.Certificate) net.Addr {
	return serveConns(linesServer(cert, "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready", func(line string) string {
		tag, command, _ := strings.Cut(line, " ")
		if command == "STARTTLS" {
			return tag + " OK go on"
		}
		return "* BYE\r\n" + tag + " OK"
	}))
}

// benchSSH returns its address and the fingerprint of its host key.
func benchSSH() (net.Addr, string) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		panic(err)
	}
	config := &ssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(signer)
	return serveConns(func(c net.Conn) {
		if s, _, _, err := ssh.NewServerConn(c, config); err == nil {
			_ = s.Close()
		}
	}), ssh.FingerprintSHA256(signer.PublicKey())
}

// benchPostgres answers every query with one row, whoever asks.
func benchPostgres() net.Addr {
	row := []pgproto3.BackendMessage{columnsOf("n"), rowOf("1"), &pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")}, &pgproto3.ReadyForQuery{TxStatus: 'I'}}
	done := []pgproto3.BackendMessage{&pgproto3.CommandComplete{CommandTag: []byte("DONE")}, &pgproto3.ReadyForQuery{TxStatus: 'I'}}
	return serveConns(func(c net.Conn) {
		b := pgproto3.NewBackend(c, c)
		if _, err := b.ReceiveStartupMessage(); err != nil {
			return
		}
		says(&pgproto3.AuthenticationOk{}, &pgproto3.ReadyForQuery{TxStatus: 'I'})(c, b)
		for {
			m, err := b.Receive()
			if err != nil {
				return
			}
			switch m := m.(type) {
			case *pgproto3.Query:
				if m.String == benchQuery {
					says(row...)(c, b)
				} else {
					says(done...)(c, b)
				}
			case *pgproto3.Sync:
				says(append([]pgproto3.BackendMessage{&pgproto3.ParseComplete{}, &pgproto3.BindComplete{}}, row...)...)(c, b)
			}
		}
	})
}

// benchUDP sends back what comes.
func benchUDP() net.Addr {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for buf := make([]byte, 2048); ; {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = c.WriteTo(buf[:n], from)
		}
	}()
	return c.LocalAddr()
}
