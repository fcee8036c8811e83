package slo

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// SQL logs in to a database, asks one question that changes nothing, and
// judges the rows that come back.
type SQL struct {
	Driver   string     `json:"driver"`             // the protocol, one of SQLDrivers
	Address  string     `json:"address"`            // host:port
	Database string     `json:"database,omitempty"` // default the server's for the user
	Username string     `json:"username"`
	Password Secret     `json:"password,omitzero"`
	Query    string     `json:"query,omitempty"`    // one statement; default select 1
	Assert   string     `json:"assert,omitempty"`   // CEL over rows and now that must hold
	Canary   string     `json:"canary,omitempty"`   // CEL over rows and now: the instant of the newest canary, as text
	Security Security   `json:"security,omitempty"` // default starttls; mysql has no tls
	IP       string     `json:"ip,omitempty"`
	TLS      TLSOptions `json:"tls,omitzero"`
}

// The protocols of databases; MariaDB speaks MySQL's.
const (
	SQLPostgres = "postgres"
	SQLMySQL    = "mysql"
)

// MaxQuery bounds a query, in bytes.
const MaxQuery = 16 << 10

// SQLDrivers lists the protocols that an SQL probe can speak.
func SQLDrivers() []string { return []string{SQLPostgres, SQLMySQL} }

// Kind is sql.
func (s *SQL) Kind() string { return "sql" }

// Target is the address.
func (s *SQL) Target() string { return s.Address }

// CheckQuery says whether a text may be a query: 1 to MaxQuery bytes of UTF-8
// without NUL, which ends a text in the protocols of databases.
func CheckQuery(s string) error {
	switch {
	case s == "":
		return errors.New("is empty")
	case len(s) > MaxQuery:
		return fmt.Errorf("is longer than %d bytes", MaxQuery)
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		return errors.New("is not text")
	}
	return nil
}
