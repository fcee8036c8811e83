package sqlstore

import (
	"context"
	"database/sql"
)

// prepared runs statements in a transaction and parses each text once: where
// hundreds of incidents are written together the parser took half of the time.
// The statements end with the transaction.
type prepared struct {
	tx     *sql.Tx
	byText map[string]*sql.Stmt
}

func newPrepared(tx *sql.Tx) *prepared {
	return &prepared{tx: tx, byText: map[string]*sql.Stmt{}}
}

func (p *prepared) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if st, ok := p.byText[text]; ok {
		return st, nil
	}
	st, err := p.tx.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	p.byText[text] = st
	return st, nil
}

// QueryContext is that of the transaction.
func (p *prepared) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	st, err := p.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

// ExecContext is that of the transaction.
func (p *prepared) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	st, err := p.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(ctx, args...)
}
