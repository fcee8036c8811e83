package inputs

import (
	"fmt"
	"testing"
	"time"

	"github.com/influxdata/telegraf/config"
	"github.com/influxdata/telegraf/plugins/inputs"
	telegrafmysql "github.com/influxdata/telegraf/plugins/inputs/mysql"
	"github.com/influxdata/telegraf/plugins/inputs/mysql/v2"

	"github.com/assay-sla/assay/internal/sqlwire"
	"github.com/assay-sla/assay/internal/testservers"
)

// TestMariaDB reads Debian's server, and has the series that Telegraf's plugin
// has of it.
func TestMariaDB(t *testing.T) {
	cert, key, ca := serverPair(t)
	setup := ""
	for name, option := range map[string]string{"reader@127.0.0.1": "", "secure@127.0.0.1": " REQUIRE SSL", "reader@localhost": ""} {
		setup += fmt.Sprintf("CREATE USER %s IDENTIFIED BY '%s'%s;\n", name, databasePassword, option)
	}
	address, socket := testservers.MariaDB(t, setup, cert, key)
	good := knows(databasePassword)
	at := func(query string) []string { return []string{"mysql://" + address + query} }
	in := made(t, "mysql", Settings{Servers: at("?security=none"), User: "reader", Password: good})
	awaitDatabase(t, in)

	plugin, ok := inputs.Inputs["mysql"]().(*telegrafmysql.Mysql)
	if !ok {
		t.Fatal("Telegraf has no plugin for MySQL")
	}
	dsn := config.NewSecret([]byte("reader:" + databasePassword + "@tcp(" + address + ")/"))
	plugin.Servers, plugin.MetricVersion, plugin.Log = []*config.Secret{&dsn}, 2, logger{func(string) {}}
	plugin.IntervalSlow = config.Duration(time.Second) // else it leaves the variables out
	telegrafs := values(theirs(t, plugin))
	samples, err := all(t, in)
	if err != nil {
		t.Fatal(err)
	}
	ours := values(samples)
	sameSeries(t, ours, telegrafs)
	if len(ours) < 500 {
		t.Errorf("there are %d series", len(ours))
	}
	if got := ours["mysql_threads_connected server="+address]; got < 1 {
		t.Errorf("%v threads are connected", got)
	}
	limits := map[string]float64{"mysql_variables_max_connections": 151, "mysql_variables_innodb_buffer_pool_size": 8 << 20, "mysql_variables_read_only": 0}
	for _, s := range samples {
		if want, ok := limits[s.Name]; ok && s.Value == want && s.Labels["server"] == address {
			delete(limits, s.Name)
		}
	}
	if len(limits) > 0 {
		t.Errorf("not so: %v", limits)
	}

	runDatabases(t, "mysql", []databaseCase{
		{"over TLS", Settings{Servers: at("?security=starttls"), User: "secure", Password: good, CA: ca}, ""},
		{"by its socket", Settings{Servers: []string{"unix://" + socket}, User: "reader", Password: good}, ""},
		{"by the system's roots", Settings{Servers: at(""), User: "reader", Password: good}, "certificate"},
		{"TLS is required", Settings{Servers: at("?security=none"), User: "secure", Password: good}, "1045 (28000)"},
		{"a wrong password", Settings{Servers: at("?security=none"), User: "reader", Password: knows("battery")}, "1045 (28000)"},
	})
}

// TestMySQLVariables: each is the number that Telegraf makes of it, or none.
func TestMySQLVariables(t *testing.T) {
	for _, name := range []string{"max_connections", "delay_key_write", "have_ssl", "have_openssl", "gtid_mode", "event_scheduler", "slave_skip_errors", "long_query_time"} {
		for _, text := range []string{"151", "18446744073709551615", "10.000000", "-1", "ON", "on", "OFF", "YES", "yes", "No", "DISABLED", "ALL", "OFF_PERMISSIVE", "ON_PERMISSIVE", "", "/var/lib", "1e3"} {
			var want float64
			theirs, err := v2.ConvertGlobalVariables(name, []byte(text))
			wanted := false
			if err == nil {
				want, wanted = number(theirs)
			}
			if got, ok := mysqlVariable(name, text); ok != wanted || ok && got != want {
				t.Errorf("%s=%q is %v, %v; Telegraf has %v, %v", name, text, got, ok, theirs, err)
			}
		}
	}
}

// TestMySQLOddRows: rows that are none of names and values are passed over.
func TestMySQLOddRows(t *testing.T) {
	n := 0
	for range mysqlRows(&sqlwire.Table{Rows: []map[string]any{{}, {"Variable_name": nil, "Value": "1"}, {"Variable_name": "A", "Value": int64(1)}, {"Variable_name": "A", "Value": "1"}}}) {
		n++
	}
	if n != 1 {
		t.Errorf("%d rows", n)
	}
}
