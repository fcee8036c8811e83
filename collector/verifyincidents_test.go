package collector

import (
	"database/sql"
	"testing"

	"github.com/assay-sla/assay/slo"
)

// Whoever writes into the timelines of incidents what nobody did is found out.
func TestForgedIncidentWork(t *testing.T) {
	const id = "store-20261015T115900.000Z"
	for name, edit := range map[string]string{
		"nothing": "",
		"an invented response": `insert into incident_events (cell, incident, n, at, kind, actor, body)
			select cell, incident, 900, at - 1000, 'responded', actor, '' from incident_events where kind = 'commented'`,
		"a comment twice": `insert into incident_events (cell, incident, n, at, kind, actor, body)
			select cell, 'shop-20261015T115900.000Z', 900, at, kind, actor, body from incident_events where kind = 'commented'`,
		"a lost comment":  `delete from incident_events where kind = 'commented'`,
		"another comment": `update incident_events set body = 'all is well' where kind = 'commented'`,
		"another actor":   `update incident_events set actor = 'anna' where kind = 'acknowledged'`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, worldCatalogue)
			w.run()
			w.push(w.measure("eu-1", "eu", "db", noon-60_000, slo.Down))
			w.followed()
			for what, body := range map[string]string{"acknowledge": "", "comment": `{"text": "a disk is full"}`} {
				if code, got := w.work(id, what, body); code != 200 {
					t.Fatalf("%s: %d %v", what, code, got)
				}
			}
			if err := w.stop(); err != nil {
				t.Fatal(err)
			}
			onRecords(t, w.config.Data, func(db *sql.DB) error {
				_, err := db.ExecContext(t.Context(), edit)
				return err
			})
			if v := w.verify(VerifyOptions{}); v.OK() != (edit == "") {
				t.Errorf("%+v", v.Problems)
			}
		})
	}
}
