package inputs

import (
	"iter"
	"maps"
	"strconv"
	"strings"

	"github.com/assay-sla/assay/internal/sqlwire"
)

// readMySQL asks MySQL or MariaDB for what Telegraf's input of MySQL asks for
// without more in its configuration, metric_version = 2, and for the global
// variables, which hold the limits of what the status counts.
func readMySQL(c *sqlwire.Client, d database, _ string, acc *accumulator) error {
	status, err := c.Query("SHOW GLOBAL STATUS")
	if err != nil {
		return err
	}
	fields := map[string]any{}
	for name, text := range mysqlRows(status) {
		if v, ok := mysqlNumber(text); ok {
			fields[name] = v
		}
	}
	acc.add("mysql", fields, map[string]string{"server": d.address})
	variables, err := c.Query("SHOW GLOBAL VARIABLES")
	if err != nil {
		return err
	}
	mysqlVariables(variables, d.address, acc)
	return nil
}

// mysqlRows are names, in small letters, and values in the server's order.
func mysqlRows(t *sqlwire.Table) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, row := range t.Rows {
			name, named := row["Variable_name"].(string)
			value, ok := row["Value"].(string)
			if named && ok && !yield(strings.ToLower(name), value) {
				return
			}
		}
	}
}

// mysqlBatch is how many variables Telegraf sends at once.
const mysqlBatch = 20

// mysqlVariables adds the variables that are numbers. Those that tell a version
// are labels of the ones that are sent together with them, and of all behind
// them, as they are in Telegraf's series.
func mysqlVariables(t *sqlwire.Table, server string, acc *accumulator) {
	tags := map[string]string{"server": server}
	fields := map[string]any{}
	for name, text := range mysqlRows(t) {
		if strings.Contains(name, "version") {
			tags[name] = text
		}
		fields[name] = nil // counts, and is no number
		if v, ok := mysqlVariable(name, text); ok {
			fields[name] = v
		}
		if len(fields) >= mysqlBatch {
			acc.add("mysql_variables", fields, maps.Clone(tags))
			clear(fields)
		}
	}
	acc.add("mysql_variables", fields, tags)
}

// mysqlVariable is a variable's number. Of some the words do not mean yes and
// no alone, and are none.
func mysqlVariable(name, text string) (float64, bool) {
	switch name {
	case "delay_key_write", "enforce_gtid_consistency", "event_scheduler", "session_track_gtids", "session_track_transaction_info",
		"slave_skip_errors", "ssl_fips_mode", "transaction_write_set_extraction", "use_secondary_engine":
		return 0, false
	case "have_openssl", "have_ssl", "have_symlink": // yes, no or disabled
		v := 0.0
		if strings.EqualFold(text, "YES") || strings.EqualFold(text, "ON") {
			v = 1
		}
		return v, text != ""
	case "gtid_mode":
		text = strings.TrimSuffix(text, "_PERMISSIVE")
		if text != "ON" && text != "OFF" {
			return 0, false
		}
	}
	return mysqlNumber(text)
}

// mysqlNumber is a text as a number: of yes and on 1, of no and off 0.
func mysqlNumber(text string) (float64, bool) {
	switch {
	case strings.EqualFold(text, "YES"), text == "ON":
		return 1, true
	case strings.EqualFold(text, "NO"), text == "OFF":
		return 0, true
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}
