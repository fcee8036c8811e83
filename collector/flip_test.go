package collector

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/collector/ledger"
	"github.com/assay-sla/assay/collector/sqlstore"
	"github.com/assay-sla/assay/slo"
)

// sealedFolder is the data folder of a collector that sealed, restated,
// excluded after the fact, was reloaded, and whose incidents people wrote about. Nobody runs on it.
func sealedFolder(t *testing.T) (data string, w *world) {
	w, late := sealedSince(t, halloween.Add(18*time.Hour))
	ctx := t.Context()
	if err := w.c.ReloadAsked(ctx); err != nil {
		t.Fatal(err)
	}
	w.write("catalogue/more.yaml", "apiVersion: assay/v1\nkind: Probe\nmetadata: {name: more}\nspec: {every: 1m, tcp: {address: 'more.example:1'}}\n")
	if err := w.c.ReloadAsked(ctx); err != nil {
		t.Fatal(err)
	}
	flood, mine := w.ask("ola", hours(19, 21), slo.ForceMajeure, "daily"), w.ask("ola", hours(22, 23), slo.CausedByCustomer, "gold", "daily")
	w.decide("ada", flood.ID, slo.ApproveExclusion)
	w.heard(w.clock.now())
	w.tick()
	w.decide("ada", mine.ID, slo.ApproveExclusion)
	w.decide("ada", flood.ID, slo.RevokeExclusion)
	w.push(late...)
	w.followed()
	w.tick()
	w.write("catalogue/catalogue.yaml", editedCatalogue)
	if err := w.c.ReloadAsked(ctx); err != nil {
		t.Fatal(err)
	}
	w.tick()
	if len(w.edits()) == 0 || len(w.entries(ledger.KindRestatement)) == 0 {
		t.Fatal("nothing was edited")
	}
	list := incidentList{ledger: w.c.ledger, store: w.c.store, lasting: w.c.lasting, catalog: w.c.catalog.current, changed: w.c.peopleDid}
	all, err := w.c.store.Incidents(ctx, sqlstore.IncidentFilter{Trigger: slo.ServiceDown})
	if err != nil || len(all) == 0 {
		t.Fatalf("%d incidents: %v", len(all), err)
	}
	now := w.clock.now()
	for i, e := range []slo.IncidentEvent{
		{Kind: slo.EventCommented, Text: "looked at it"}, {Kind: slo.EventCommented, Text: "a disk was full"},
		{Kind: slo.EventAcknowledged}, {Kind: slo.EventAcknowledged}, // the second time says nothing new
		{Kind: slo.EventAssigned, Value: "bob"}, {Kind: slo.EventLinked, Value: "problem:PRB-7"}, {Kind: slo.EventCommented, Text: "wrong"},
	} {
		e.At, e.Actor = now+slo.Instant(i), "ada"
		if err := list.Act(ctx, all[0].ID, e); err != nil {
			t.Fatal(err)
		}
	}
	i, err := list.Get(ctx, all[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	undo := slo.IncidentEvent{At: now + 9, Kind: slo.EventUndone, Actor: "bob", Undoes: i.Events[len(i.Events)-1].N}
	if err := list.Act(ctx, i.ID, undo); err != nil {
		t.Fatal(err)
	}
	if err := w.c.archiver.archive.Flush(); err != nil {
		t.Fatal(err)
	}
	w.tick()
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	if v := w.verify(VerifyOptions{}); !v.OK() || v.Recomputed == 0 {
		t.Fatalf("before anything is changed: %+v", v)
	}
	return w.config.Data, w
}

// TestFlips changes bytes of a sealed history one by one, and verify finds each.
func TestFlips(t *testing.T) {
	data, w := sealedFolder(t)
	rng := rand.New(rand.NewPCG(1, 2))
	flips := 0
	found := func(what string) {
		t.Helper()
		flips++
		v, err := VerifyData(context.Background(), data, VerifyOptions{})
		if err == nil && v.OK() {
			t.Errorf("not found: %s", what)
		}
	}
	for _, c := range []struct {
		table, key, where string
		columns           []string
	}{
		{"ledger_entries", "n", "1", []string{"n", "kind", "subject", "record"}},
		{"ledger_hashes", "n", "1", []string{"n", "hash"}},
		{"ledger_checkpoints", "size", "1", []string{"size", "note"}},
		{"ledger_contents", "digest", "1", []string{"digest", "content"}},
		{"audit", "n", "1", []string{"at", "actor", "role", "means", "action", "object", "outcome", "entry"}},
		{"exclusions", "id", "1", []string{"id", "agreements", "began", "ended", "cause", "reason", "requested_by", "requested", "entry", "state"}},
		{"exclusion_decisions", "exclusion || '/' || n", "1", []string{"act", "at", "actor", "comment", "effects", "omitted", "entry"}},
		{"incident_events", "incident || '/' || n", "actor = 'ada'", []string{"at", "kind", "actor", "body"}},
	} {
		for _, column := range c.columns {
			for _, key := range sample(t, rng, data, c.table, c.key, c.where, 2) {
				undo, what := flipCell(t, rng, data, c.table, c.key, c.where, column, key)
				if undo == nil { // an empty text
					continue
				}
				found(what)
				undo()
			}
		}
		for _, key := range sample(t, rng, data, c.table, c.key, c.where, 2) {
			undo := dropRow(t, data, c.table, c.key, c.where, key)
			found(fmt.Sprintf("the row %v of %s is gone", key, c.table))
			undo()
		}
	}
	for _, file := range filesOf(t, data) {
		for range 8 {
			flipByte(t, rng, file, found)
		}
	}
	if v := w.verify(VerifyOptions{}); !v.OK() {
		t.Errorf("when all is as it was: %+v", v)
	}
	if flips < 100 {
		t.Errorf("only %d flips", flips)
	}
}

// filesOf are the files beside the records whose every byte counts.
func filesOf(t *testing.T, data string) []string {
	t.Helper()
	var out []string
	for _, dir := range []string{"archive", ledger.Folder} {
		err := filepath.WalkDir(filepath.Join(data, dir), func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && d.Name() != "lock" {
				out = append(out, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// flipByte changes one byte of a file, and puts it back.
func flipByte(t *testing.T, rng *rand.Rand, file string, found func(string)) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at, bit := rng.IntN(len(b)), byte(1)<<rng.IntN(8)
	b[at] ^= bit
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	found(fmt.Sprintf("byte %d of %s", at, file))
	b[at] ^= bit
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// onRecords runs f over the records.
func onRecords(t *testing.T, data string, f func(*sql.DB) error) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(data, "records.db"))
	if err == nil {
		err = f(db)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// sample are the keys of some rows, the first and the last among them.
func sample(t *testing.T, rng *rand.Rand, data, table, key, where string, n int) []any {
	t.Helper()
	var all []any
	onRecords(t, data, func(db *sql.DB) error {
		rows, err := db.Query("select " + key + " from " + table + " where " + where + " order by " + key)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var k any
			if err := rows.Scan(&k); err != nil {
				return err
			}
			all = append(all, k)
		}
		return rows.Err()
	})
	if len(all) <= n {
		return all
	}
	out := []any{all[0], all[len(all)-1]}
	for len(out) < n {
		out = append(out, all[1+rng.IntN(len(all)-2)])
	}
	return out
}

// flipCell changes one bit of a text or blob, and a number by more than there
// are; undo puts it back, and is nil where there is nothing to change.
func flipCell(t *testing.T, rng *rand.Rand, data, table, key, where, column string, row any) (undo func(), what string) {
	t.Helper()
	set := func(from, to any) {
		onRecords(t, data, func(db *sql.DB) error {
			of := row
			if column == key {
				of = from
			}
			r, err := db.Exec("update "+table+" set "+column+" = ? where "+key+" = ?", to, of)
			if err != nil {
				return err
			}
			if n, err := r.RowsAffected(); err != nil || n == 0 {
				return fmt.Errorf("%s.%s: %d rows changed: %w", table, column, n, err)
			}
			return nil
		})
	}
	var was any
	onRecords(t, data, func(db *sql.DB) error {
		return db.QueryRow("select "+column+" from "+table+" where "+key+" = ? and "+where, row).Scan(&was)
	})
	flipped := func(b []byte) []byte {
		b = append([]byte{}, b...)
		b[rng.IntN(len(b))] ^= 1 << rng.IntN(7) // text stays text
		return b
	}
	var now any
	switch v := was.(type) {
	case int64:
		now = v + 1_000_000
	case []byte:
		if len(v) == 0 {
			return nil, ""
		}
		now = flipped(v)
	case string:
		if v == "" {
			return nil, ""
		}
		now = string(flipped([]byte(v)))
	default:
		t.Fatalf("%s.%s is a %T", table, column, was)
	}
	set(was, now)
	return func() { set(now, was) }, fmt.Sprintf("%s.%s of row %v: %.60q", table, column, row, fmt.Sprint(now))
}

// dropRow removes a row.
func dropRow(t *testing.T, data, table, key, where string, row any) (undo func()) {
	t.Helper()
	var columns []string
	var values []any
	onRecords(t, data, func(db *sql.DB) error {
		rows, err := db.Query("select * from "+table+" where "+key+" = ? and "+where, row)
		if err != nil {
			return err
		}
		defer rows.Close()
		if columns, err = rows.Columns(); err != nil || !rows.Next() {
			return fmt.Errorf("no row %v of %s: %w", row, table, err)
		}
		values = make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		return rows.Scan(into...)
	})
	onRecords(t, data, func(db *sql.DB) error {
		_, err := db.Exec("delete from "+table+" where "+key+" = ? and "+where, row)
		return err
	})
	return func() {
		onRecords(t, data, func(db *sql.DB) error {
			_, err := db.Exec("insert into "+table+" ("+strings.Join(columns, ", ")+") values (?"+strings.Repeat(", ?", len(columns)-1)+")", values...)
			return err
		})
	}
}
