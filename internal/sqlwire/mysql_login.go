package sqlwire

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"github.com/assay-sla/assay/slo"
)

// Methods of login that the client has, as MySQL calls its plugins.
const (
	mysqlNative = "mysql_native_password" // SHA-1 with a nonce
	mysqlSHA2   = "caching_sha2_password" // SHA-256 with a nonce, or the password over TLS
	mysqlSHA256 = "sha256_password"       // the password over TLS
	mysqlClear  = "mysql_clear_password"  // the same, for directories and PAM
)

// login reads the greeting and says who asks, over TLS where it is wanted, and
// proves it as the server wants.
func (m *mysql) login() error {
	if err := m.greeting(); err != nil {
		return err
	}
	capabilities := uint32(mysqlNeeded | mysqlTransactions)
	if m.o.Database != "" {
		capabilities |= mysqlWithDatabase
	}
	if m.o.Security != slo.SecurityNone {
		if m.offered&mysqlTLS == 0 {
			return m.noTLS("it offers none")
		}
		capabilities |= mysqlTLS
		if err := m.send(mysqlHello(capabilities)); err != nil {
			return err
		}
		if err := m.overTLS(); err != nil {
			return err
		}
	}
	// The method that the server begins with may want the password itself: it
	// is told a proof of the common kind, and will ask for another.
	if m.plugin != mysqlSHA2 {
		m.plugin = mysqlNative
	}
	proof, err := m.proof()
	if err != nil {
		return err
	}
	hello := append(mysqlHello(capabilities), m.o.Username+"\x00"...)
	hello = append(append(hello, byte(len(proof))), proof...)
	if m.o.Database != "" {
		hello = append(hello, m.o.Database+"\x00"...)
	}
	if err := m.send(append(hello, m.plugin+"\x00"...)); err != nil {
		return err
	}
	return m.admitted()
}

// mysqlHello is what the client says of itself first; before TLS it says no
// more.
func mysqlHello(capabilities uint32) []byte {
	b := make([]byte, 32)
	binary.LittleEndian.PutUint32(b, capabilities)
	binary.LittleEndian.PutUint32(b[4:], mysqlMax-1)
	b[8] = mysqlCharset
	return b
}

// admitted answers the server's wishes until it lets the client in.
func (m *mysql) admitted() error {
	for range maxAnswers {
		b, err := m.packet()
		if err != nil {
			return err
		}
		switch b[0] {
		case mysqlOK:
			return nil
		case mysqlError:
			return m.refused(b, "did not let the agent in")
		case mysqlEOF:
			err = m.another(b)
		case mysqlMore:
			err = m.more(b)
		default:
			err = m.strange("%s in a login", m.o.quote(string(b), 80))
		}
		if err != nil {
			return err
		}
	}
	return m.strange("more than %d packets in a login", maxAnswers)
}

// another goes over to the method that the server names.
func (m *mysql) another(b []byte) error {
	c := mysqlPacket{b: b[1:]}
	m.plugin = c.text()
	if m.nonce = c.b; len(m.nonce) > 0 && m.nonce[len(m.nonce)-1] == 0 {
		m.nonce = m.nonce[:len(m.nonce)-1]
	}
	proof, err := m.proof()
	if err != nil {
		return err
	}
	return m.send(proof)
}

// more goes on with caching_sha2_password: the server knows the proof, or
// wants the password.
func (m *mysql) more(b []byte) error {
	const known, wanted = 3, 4
	switch {
	case m.plugin == mysqlSHA2 && len(b) == 2 && b[1] == known:
		return nil
	case m.plugin == mysqlSHA2 && len(b) == 2 && b[1] == wanted:
		if !m.secured {
			return m.plainPassword()
		}
		return m.send([]byte(m.o.Password + "\x00"))
	}
	return m.strange("%s in a login by %s", m.o.quote(string(b), 80), m.plugin)
}

// proof is the answer to the method of the moment.
func (m *mysql) proof() ([]byte, error) {
	switch m.plugin {
	case mysqlNative:
		return scramble(sha1.New(), m.o.Password, m.nonce, true), nil
	case mysqlSHA2:
		return scramble(sha256.New(), m.o.Password, m.nonce, false), nil
	case mysqlSHA256, mysqlClear:
		if !m.secured {
			return nil, m.plainPassword()
		}
		return []byte(m.o.Password + "\x00"), nil
	}
	return nil, refusalf(slo.LoginRefused, "%s wants a login by %s, which the agent does not have", m.o.Peer, m.o.quote(m.plugin, 60))
}

// scramble is the hash of the password, XOR the hash of a nonce and of the
// hash of that hash, in the order of the method; nothing for no password.
func scramble(h hash.Hash, password string, nonce []byte, nonceFirst bool) []byte {
	if password == "" {
		return nil
	}
	sum := func(parts ...[]byte) []byte {
		h.Reset()
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	once := sum([]byte(password))
	twice := sum(once)
	mask := sum(twice, nonce)
	if nonceFirst {
		mask = sum(nonce, twice)
	}
	for i := range mask {
		mask[i] ^= once[i]
	}
	return mask
}
