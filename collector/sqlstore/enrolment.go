package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/assay-sla/assay/slo"
)

// Invitation is what the records have of an invitation of an agent.
type Invitation struct {
	ID        string
	Digest    []byte // SHA-256 of its secret
	Agent     string // "" where any new agent may use it
	Location  string
	Created   slo.Instant
	CreatedBy string
	Expires   slo.Instant
	Used      slo.Instant // 0 while it is not
	UsedBy    string      // the agent
	Key       []byte      // SHA-256 of the public key that used it
}

// Certificate is a certificate that was issued to an agent.
type Certificate struct {
	Serial   string // hexadecimal
	Agent    string
	Location string
	Issued   slo.Instant
	Expires  slo.Instant
}

// Revocation says that no certificate of an agent counts that was issued at an
// instant or before.
type Revocation struct {
	Agent string
	At    slo.Instant
	Actor string
}

const (
	invitationColumns  = `id, digest, agent, location, created, created_by, expires, used, used_by, key`
	certificateColumns = `serial, agent, location, issued, expires`
)

// AddInvitation keeps an invitation, and drops those that expired before an
// instant.
func (s *Store) AddInvitation(ctx context.Context, i Invitation, forget slo.Instant) error {
	return s.write(ctx, "keeping an invitation", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `delete from invitations where cell = ? and expires < ?`, cell, int64(forget)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `insert into invitations (cell, `+invitationColumns+`) values (?, ?, ?, ?, ?, ?, ?, ?, 0, '', x'')`,
			cell, i.ID, i.Digest, i.Agent, i.Location, int64(i.Created), i.CreatedBy, int64(i.Expires))
		return err
	})
}

// Enroll lets f decide, over an invitation and the certificates of the agent,
// which certificate is issued; that and the invitation's use are one
// transaction. ErrNotFound is an invitation that is not there.
func (s *Store) Enroll(ctx context.Context, id, agent string, f func(Invitation, []Certificate) (Certificate, Invitation, error)) error {
	return s.write(ctx, "enrolling agent "+agent, func(tx *sql.Tx) error {
		i, err := invitation(ctx, tx, id)
		if err != nil {
			return err
		}
		known, err := certificates(ctx, tx, `where cell = ? and agent = ? order by issued`, cell, agent)
		if err != nil {
			return err
		}
		c, used, err := f(i, known)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `update invitations set used = ?, used_by = ?, key = ? where cell = ? and id = ?`,
			int64(used.Used), used.UsedBy, used.Key, cell, id); err != nil {
			return err
		}
		return addCertificate(ctx, tx, c)
	})
}

// AddCertificate keeps a certificate, and drops those that expired before an
// instant.
func (s *Store) AddCertificate(ctx context.Context, c Certificate, forget slo.Instant) error {
	return s.write(ctx, "keeping a certificate", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `delete from certificates where cell = ? and expires < ?`, cell, int64(forget)); err != nil {
			return err
		}
		return addCertificate(ctx, tx, c)
	})
}

// Certificates lists the certificates, by agent and then as they were issued.
func (s *Store) Certificates(ctx context.Context) ([]Certificate, error) {
	return certificates(ctx, s.db, `where cell = ? order by agent, issued`, cell)
}

// Revoke keeps a revocation, in the place of an earlier one of the agent.
func (s *Store) Revoke(ctx context.Context, r Revocation) error {
	return s.write(ctx, "revoking the certificates of agent "+r.Agent, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `insert into revocations (cell, agent, at, actor) values (?, ?, ?, ?)
			on conflict do update set at = excluded.at, actor = excluded.actor`, cell, r.Agent, int64(r.At), r.Actor)
		return err
	})
}

// Revocations lists the revocations, by agent.
func (s *Store) Revocations(ctx context.Context) ([]Revocation, error) {
	var out []Revocation
	err := query(ctx, s.db, func(rows *sql.Rows) error {
		var r Revocation
		if err := rows.Scan(&r.Agent, &r.At, &r.Actor); err != nil {
			return err
		}
		out = append(out, r)
		return nil
	}, `select agent, at, actor from revocations where cell = ? order by agent`, cell)
	if err != nil {
		return nil, fmt.Errorf("listing revocations: %w", err)
	}
	return out, nil
}

func addCertificate(ctx context.Context, tx *sql.Tx, c Certificate) error {
	_, err := tx.ExecContext(ctx, `insert into certificates (cell, `+certificateColumns+`) values (?, ?, ?, ?, ?, ?)`,
		cell, c.Serial, c.Agent, c.Location, int64(c.Issued), int64(c.Expires))
	return err
}

func invitation(ctx context.Context, tx *sql.Tx, id string) (Invitation, error) {
	var i Invitation
	err := tx.QueryRowContext(ctx, `select `+invitationColumns+` from invitations where cell = ? and id = ?`, cell, id).Scan(
		&i.ID, &i.Digest, &i.Agent, &i.Location, &i.Created, &i.CreatedBy, &i.Expires, &i.Used, &i.UsedBy, &i.Key)
	if errors.Is(err, sql.ErrNoRows) {
		return i, ErrNotFound
	}
	return i, err
}

func certificates(ctx context.Context, db querier, rest string, args ...any) ([]Certificate, error) {
	var out []Certificate
	err := query(ctx, db, func(rows *sql.Rows) error {
		var c Certificate
		if err := rows.Scan(&c.Serial, &c.Agent, &c.Location, &c.Issued, &c.Expires); err != nil {
			return err
		}
		out = append(out, c)
		return nil
	}, `select `+certificateColumns+` from certificates `+rest, args...)
	if err != nil {
		return nil, fmt.Errorf("listing certificates: %w", err)
	}
	return out, nil
}
