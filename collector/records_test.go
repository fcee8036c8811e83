package collector

import (
	"path/filepath"
	"testing"

	"github.com/assay-sla/assay/collector/notify"
	"github.com/assay-sla/assay/collector/notify/outboxtest"
	"github.com/assay-sla/assay/collector/sqlstore"
)

// openOutbox opens the outbox of a file of records.
func openOutbox(t *testing.T, file string) *outboxOf[notify.Message] {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return mailOutbox(s)
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

// So does the outbox of a channel.
func TestNoticeOutbox(t *testing.T) {
	files := map[outboxtest.NoticeStore]string{}
	channel := func(t *testing.T, name, file string) outboxtest.NoticeStore {
		s := noticeOutbox(openOutbox(t, file).store, name)
		files[s] = file
		return s
	}
	outboxtest.TestNoticeStore(t,
		func(t *testing.T) (a, b outboxtest.NoticeStore) {
			file := filepath.Join(t.TempDir(), "records.db")
			return channel(t, "a", file), channel(t, "b", file)
		},
		func(t *testing.T, s outboxtest.NoticeStore) outboxtest.NoticeStore {
			return channel(t, "a", files[s])
		})
}
