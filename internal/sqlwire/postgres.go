package sqlwire

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/assay-sla/assay/slo"
)

// postgres is a conversation in PostgreSQL's protocol, version 3
// (https://www.postgresql.org/docs/current/protocol.html).
type postgres struct {
	*Client
	wire   *pgproto3.Frontend
	scram  *scram // while its login goes on
	proved bool   // by SCRAM
}

// login goes over to TLS, where it is wanted, says who asks, and proves it.
func (p *postgres) login() error {
	if err := p.protect(); err != nil {
		return err
	}
	p.wire = pgproto3.NewFrontend(&p.in, p.conn)
	p.wire.SetMaxBodyLen(MaxLogin)
	return p.start()
}

// leave takes leave.
func (p *postgres) leave() { _ = p.send(&pgproto3.Terminate{}) } // nothing is to come of it

// protect goes over to TLS, where it is wanted.
func (p *postgres) protect() error {
	switch p.o.Security {
	case slo.SecurityNone:
		return nil
	case slo.SecurityStartTLS:
		if err := p.requestTLS(); err != nil {
			return err
		}
	}
	return p.overTLS()
}

// requestTLS sends an SSLRequest ("SSL Session Encryption"); one byte answers
// it.
func (p *postgres) requestTLS() error {
	if err := p.write([]byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}); err != nil {
		return err
	}
	b, err := p.need(1)
	switch {
	case err != nil:
		return err
	case b[0] == 'S':
		return nil
	case b[0] == 'N' || b[0] == 'E':
		return p.noTLS(string(b))
	}
	return refusalf(slo.ProtocolError, "%s sent what is not PostgreSQL: %s", p.o.Peer, p.o.quote(string(b), 160))
}

// send sends messages.
func (p *postgres) send(messages ...pgproto3.FrontendMessage) error {
	for _, m := range messages {
		p.wire.Send(m)
	}
	if err := p.wire.Flush(); err != nil {
		return p.broken(Sending, err)
	}
	return nil
}

// receive is the next message that is not just a remark.
func (p *postgres) receive() (pgproto3.BackendMessage, error) {
	for {
		m, err := p.wire.Receive()
		if err != nil {
			return nil, p.unreceived(err)
		}
		switch m.(type) {
		case *pgproto3.NoticeResponse, *pgproto3.NotificationResponse:
			continue // bounded as all that is read
		}
		return m, nil
	}
}

// unreceived is the failure of a message that did not come, or is none.
func (p *postgres) unreceived(err error) error {
	var over *pgproto3.ExceededMaxBodyLenErr
	switch {
	case errors.As(err, &over) && !p.asked.IsZero():
		return refusalf(slo.ResponseTooLarge, "%s announces %d bytes in one message; at most %d are read", p.o.Peer, over.ActualBodyLen, over.MaxExpectedBodyLen)
	case p.in.err != nil:
		return p.broken(p.stage(), p.in.err) // what the connection said, not what was made of it
	}
	return p.strange("%v", err)
}

// start says who asks, and proves it as the server wants.
func (p *postgres) start() error {
	parameters := map[string]string{
		"user": p.o.Username, "application_name": "assay-agent",
		"client_encoding": "UTF8", "DateStyle": "ISO", "TimeZone": "UTC", // of the values, as texts
	}
	if p.o.Database != "" {
		parameters["database"] = p.o.Database
	}
	if err := p.send(&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersionNumber, Parameters: parameters}); err != nil {
		return err
	}
	in := false
	for range maxAnswers {
		m, err := p.receive()
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *pgproto3.ErrorResponse:
			return p.said(loginReason(m.Code), "did not let the agent in", m.Code, m.Message)
		case *pgproto3.ParameterStatus:
			if m.Name == "server_version" {
				p.version = m.Value
			}
		case *pgproto3.BackendKeyData:
		case *pgproto3.AuthenticationOk:
			if in = p.scram == nil || p.proved; !in {
				return p.strange("a welcome without the proof of SCRAM")
			}
		case *pgproto3.ReadyForQuery:
			if !in {
				return p.strange("%T before a login", m)
			}
			return nil
		default:
			if err := p.prove(m); err != nil {
				return err
			}
		}
	}
	return p.strange("more than %d messages before it is ready", maxAnswers)
}

// loginReason tells a server that takes nobody in (it starts, stops, or is
// full) from one that does not want this user; code is an SQLSTATE.
func loginReason(code string) slo.Reason {
	switch code[:min(2, len(code))] {
	case "53", "57": // insufficient resources, operator intervention
		return slo.NotServing
	}
	return slo.LoginRefused
}

// prove answers one request for a proof of who asks.
func (p *postgres) prove(m pgproto3.BackendMessage) error {
	switch m := m.(type) {
	case *pgproto3.AuthenticationCleartextPassword:
		if !p.secured {
			return p.plainPassword()
		}
		return p.send(&pgproto3.PasswordMessage{Password: p.o.Password})
	case *pgproto3.AuthenticationMD5Password:
		return p.send(&pgproto3.PasswordMessage{Password: md5Proof(p.o.Username, p.o.Password, m.Salt)})
	case *pgproto3.AuthenticationSASL:
		if !slices.Contains(m.AuthMechanisms, scramSHA256) {
			return refusalf(slo.LoginRefused, "%s wants a login by one of %s, of which the agent has none", p.o.Peer, p.o.quote(strings.Join(m.AuthMechanisms, ", "), 120))
		}
		p.scram, p.proved = newSCRAM(p.o.Password), false
		return p.send(&pgproto3.SASLInitialResponse{AuthMechanism: scramSHA256, Data: p.scram.first()})
	case *pgproto3.AuthenticationSASLContinue:
		if p.scram == nil {
			return p.strange("a challenge that nobody asked for")
		}
		answer, err := p.scram.final(m.Data)
		if err != nil {
			return p.strange("%v", err)
		}
		return p.send(&pgproto3.SASLResponse{Data: answer})
	case *pgproto3.AuthenticationSASLFinal:
		if p.scram == nil {
			return p.strange("a proof that nobody asked for")
		}
		if err := p.scram.proved(m.Data); err != nil {
			return p.strange("%v", err)
		}
		p.proved = true
		return nil
	case *pgproto3.AuthenticationGSS, *pgproto3.AuthenticationGSSContinue:
		return refusalf(slo.LoginRefused, "%s wants a login by Kerberos, which the agent does not have", p.o.Peer)
	}
	return p.strange("%T before the end of a login", m)
}

// md5Proof is the answer to AuthenticationMD5Password.
func md5Proof(user, password string, salt [4]byte) string {
	inner := md5.Sum([]byte(password + user))
	outer := md5.Sum(append([]byte(hex.EncodeToString(inner[:])), salt[:]...))
	return "md5" + hex.EncodeToString(outer[:])
}
