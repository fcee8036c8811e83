package inputs

import (
	"net"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/internal/sqlwire"
)

// postgresQuestion is one that PostgreSQL is asked. Its columns of numbers are
// fields of the measurement postgresql.
type postgresQuestion struct {
	since  int    // the first major version that has it
	text   string // its column datname names the database of a row
	server bool   // what it tells is of the server, not of a database
}

// postgresQuestions are, first, what Telegraf's input asks. Version 17 tells of
// checkpoints elsewhere than in pg_stat_bgwriter; the names are those of the
// versions before. Then what capacity needs besides: how many connections there
// may be, and how large a database is, as far as the user may know
// (https://www.postgresql.org/docs/current/monitoring-stats.html).
func postgresQuestions() []postgresQuestion {
	return []postgresQuestion{
		{text: "SELECT * FROM pg_stat_database"},
		{text: "SELECT * FROM pg_stat_bgwriter"},
		{since: 17, text: "SELECT num_timed AS checkpoints_timed, num_requested AS checkpoints_req, buffers_written AS buffers_checkpoint, " +
			"write_time AS checkpoint_write_time, sync_time AS checkpoint_sync_time FROM pg_stat_checkpointer"},
		{server: true, text: "SELECT current_setting('max_connections')::int AS max_connections"},
		{text: "SELECT datname, CASE WHEN has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE') " +
			"THEN pg_database_size(oid) END AS database_size_bytes FROM pg_database"},
	}
}

// readPostgreSQL asks a server of version 10 or later.
func readPostgreSQL(c *sqlwire.Client, d database, user string, acc *accumulator) error {
	version, label := postgresVersion(c.Version()), postgresLabel(d, user)
	for _, q := range postgresQuestions() {
		if version < q.since {
			continue
		}
		t, err := c.Query(q.text)
		if err != nil {
			return err
		}
		for _, row := range t.Rows {
			acc.add("postgresql", row, postgresTags(row, label, d.name, q.server))
		}
	}
	return nil
}

// postgresTags are Telegraf's tags of a row. One of no database in particular
// is of the database that was logged in to; of objects that all databases share,
// which have no name, PostgreSQL tells since version 12.
func postgresTags(row map[string]any, label, loggedIn string, server bool) map[string]string {
	tags := map[string]string{"server": label}
	if server {
		return tags
	}
	name, named := row["datname"]
	text, ok := name.(string)
	switch {
	case !named:
		tags["db"] = loggedIn
	case !ok:
		tags["db"] = "postgres_global"
	default:
		tags["db"] = text
	}
	return tags
}

// postgresLabel is the server as Telegraf writes the address
// postgres://user@host:port/database.
func postgresLabel(d database, user string) string {
	host, port := socketPort(d.address)
	if d.network == "tcp" {
		host, port, _ = net.SplitHostPort(d.address) // checked by parseDatabase
	}
	parts := []string{"dbname=" + d.name, "host=" + host}
	if port != "" {
		parts = append(parts, "port="+port)
	}
	return strings.Join(append(parts, "user="+user), " ")
}

// postgresVersion is the major version of a text such as 15.8 (Debian 15.8-1);
// 0 where it has none.
func postgresVersion(text string) int {
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(text)
	}
	n, err := strconv.Atoi(text[:end])
	if err != nil {
		return 0
	}
	return n
}
