package catalog

import (
	"fmt"

	"github.com/assay-sla/assay/internal/condition"
	"github.com/assay-sla/assay/slo"
)

// sql checks an sql block.
func (b *block) sql(s *slo.SQL) {
	if b.need("driver") {
		b.check("driver", oneOf("a protocol of databases", slo.SQLDrivers()))
	}
	if b.need("address") {
		b.check("address", validAddress)
	}
	if b.need("username") {
		b.check("username", validWords)
	}
	b.check("database", validWords)
	b.check("query", validQuery)
	b.check("assert", validRows)
	b.check("canary", validRowsValue)
	b.check("ip", validFamily)
	b.sqlSecurity(s)
	b.tlsOptions("tls", &s.TLS)
}

// sqlSecurity checks that the way to protect the connection is one that the
// protocol has.
func (b *block) sqlSecurity(s *slo.SQL) {
	known := []string{string(slo.SecurityStartTLS), string(slo.SecurityTLS), string(slo.SecurityNone)}
	if s.Driver == slo.SQLMySQL {
		known = []string{string(slo.SecurityStartTLS), string(slo.SecurityNone)}
	}
	b.check("security", oneOf("a way to protect the connection", known))
	if s.Security == slo.SecurityNone && b.given("tls") {
		b.r.warnf(b.at["tls"], "", "tls has no effect with security: none")
	}
}

// validQuery allows a statement.
func validQuery(s string) error {
	if err := slo.CheckQuery(s); err != nil {
		return fmt.Errorf("the query %w", err)
	}
	return nil
}

// validRows allows a condition over rows.
func validRows(s string) error {
	_, err := condition.Rows.Condition(s)
	return err
}

// validRowsValue allows a value of rows.
func validRowsValue(s string) error {
	_, err := condition.Rows.Value(s)
	return err
}
