package collector

import (
	"path/filepath"
	"testing"

	"github.com/assay-sla/assay/collector/notify/outboxtest"
	"github.com/assay-sla/assay/collector/sqlstore"
)

// openOutbox opens the outbox of a file of records.
func openOutbox(t *testing.T, file string) outboxStore {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return outboxStore{s}
}

// The outbox in the records keeps the contract of every outbox.
func TestOutbox(t *testing.T) {
	files := map[outboxtest.Store]string{}
	outboxtest.TestOutboxStore(t,
		func(t *testing.T) outboxtest.Store {
			file := filepath.Join(t.TempDir(), "records.db")
			s := openOutbox(t, file)
			files[s] = file
			return s
		},
		func(t *testing.T, s outboxtest.Store) outboxtest.Store {
			again := openOutbox(t, files[s]) // beside the old one, which the suite goes on with
			files[again] = files[s]
			return again
		})
}
