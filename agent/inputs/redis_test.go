package inputs

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	telegrafredis "github.com/influxdata/telegraf/plugins/inputs/redis"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-sla/assay/internal/testservers"
)

// TestRedis reads Debian's server, and has the series that Telegraf's plugin
// has of it.
func TestRedis(t *testing.T) {
	path := testservers.Program(t, "redis-server", "redis-server")
	port, sock := testservers.FreePort(t), socket(t)
	testservers.Daemon(t, "127.0.0.1:"+port, path, "--port", port, "--bind", "127.0.0.1", "--dir", t.TempDir(), "--save", "",
		"--unixsocket", sock, "--requirepass", "hush", "--repl-diskless-sync-delay", "0")
	// A second one is its replica.
	other := testservers.FreePort(t)
	testservers.Daemon(t, "127.0.0.1:"+other, path, "--port", other, "--bind", "127.0.0.1", "--dir", t.TempDir(), "--save", "",
		"--replicaof", "127.0.0.1 "+port, "--masterauth", "hush")
	secret := func() (string, error) { return "hush", nil }
	at := "redis://127.0.0.1:" + port
	in := made(t, "redis", Settings{Servers: []string{at}, Password: secret})
	fill(t, port)

	until(t, in, "replica_ip=127.0.0.1 replica_port="+other+" replication_role=slave server=127.0.0.1 state=online")
	ours, telegrafs := map[string]float64{}, map[string]float64{}
	for range 2 { // what one of them asks is counted by the server, and told to both
		samples, err := all(t, in)
		if err != nil {
			t.Fatal(err)
		}
		ours = values(samples)
		telegrafs = values(theirs(t, &telegrafredis.Redis{Servers: []string{"tcp://127.0.0.1:" + port}, Password: "hush", Log: logger{func(string) {}}}))
	}
	sameSeries(t, ours, telegrafs)
	const of = " port="
	for name, want := range map[string]float64{
		"redis_keyspace_keys database=db0" + of + port + " replication_role=master server=127.0.0.1": 2,
		"redis_connected_slaves" + of + port + " replication_role=master server=127.0.0.1":           1,
		"redis_keyspace_hitrate" + of + port + " replication_role=master server=127.0.0.1":           0.5,
		"redis_errorstat_total err=ERR" + of + port + " replication_role=master server=127.0.0.1":    1,
	} {
		if got, ok := ours[name]; !ok || got != want {
			t.Errorf("%s is %v, %v; want %v", name, got, ok, want)
		}
	}

	bySocket, err := all(t, made(t, "redis", Settings{Servers: []string{"unix://" + sock}, Password: secret}))
	if err != nil || values(bySocket)["redis_keyspace_keys database=db0 replication_role=master socket="+sock] != 2 {
		t.Errorf("by its socket: %v", err)
	}
	wrong := made(t, "redis", Settings{Servers: []string{at}, User: "nobody", Password: func() (string, error) { return "sesame", nil }})
	if _, err := wrong.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "WRONGPASS") || strings.Contains(err.Error(), "sesame") {
		t.Errorf("with a wrong password: %v", err)
	}
	none := made(t, "redis", Settings{Servers: []string{at}, Password: func() (string, error) { return "", errors.New("is empty") }})
	if _, err := none.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "the password: is empty") {
		t.Errorf("without its password: %v", err)
	}
}

// until reads until there is a series whose labels end so.
func until(t *testing.T, in *Input, labels string) {
	t.Helper()
	end := time.After(30 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		samples, err := all(t, in)
		if err != nil {
			t.Fatal(err)
		}
		for name := range values(samples) {
			if strings.HasSuffix(name, labels) {
				tick.Stop()
				return
			}
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("there is no series with %s", labels)
		}
	}
}

// fill has a server count something of each kind.
func fill(t *testing.T, port string) {
	t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "AUTH hush\r\nSET a 1\r\nSET b 2\r\nGET a\r\nGET c\r\nNOSUCH\r\nQUIT\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Fatal(err)
	}
}

// TestRedisHostile: a server that is none, or an evil one, costs an error.
func TestRedisHostile(t *testing.T) {
	for name, c := range map[string]struct{ says, want string }{
		"nothing":        {"", "reading the reply"},
		"HTTP":           {"HTTP/1.1 400 Bad Request\r\n\r\n", "none of Redis"},
		"a bare line":    {"\r\n", "none of Redis"},
		"no end":         {strings.Repeat("+", 1<<20), "none of Redis"},
		"an error":       {"-NOAUTH Authentication \x1b[31mrequired.\r\n", "the server says: NOAUTH Authentication  [31mrequired."},
		"a huge text":    {"$99999999999\r\n", "beyond the bound"},
		"no text":        {"$-1\r\n", "has no length"},
		"a torn text":    {"$100\r\nabc", "reading the reply"},
		"another number": {"$x\r\n", "has no length"},
		"a list":         {"*1\r\n$1\r\na\r\n", "none of Redis"},
	} {
		at := listen(t, "tcp", "127.0.0.1:0", func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 1024))
			_, _ = io.WriteString(conn, c.says)
		})
		in := made(t, "redis", Settings{Servers: []string{"redis://" + at}})
		if got, err := in.Read(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) || len(got) > 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	silent := listen(t, "tcp", "127.0.0.1:0", func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	r, err := newRedis(Settings{Servers: []string{"redis://" + silent}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	acc := &accumulator{}
	if err := r.read(ctx, acc); err != nil || acc.err() == nil {
		t.Errorf("silence: %v, %v", err, acc.err())
	}
}

// FuzzRedisInfo: whatever a server tells, a reading is numbers within bounds.
func FuzzRedisInfo(f *testing.F) {
	f.Add("# Server\r\nredis_version:7.0.15\r\nuptime_in_seconds:5\r\n\r\n# Replication\r\nrole:master\r\nslave0:ip=127.0.0.1,port=6380,state=online,offset=14,lag=1\r\n")
	f.Add("# Stats\r\nkeyspace_hits:1\r\n# Keyspace\r\ndb0:keys=2,expires=0,avg_ttl=0\r\n# Errorstats\r\nerrorstat_ERR:count=1\r\n# Commandstats\r\ncmdstat_get:calls=1,usec=x=\r\n")
	f.Add("# Memory\r\nused_memory_dataset_perc:1.5%\r\nmem_allocator:jemalloc\r\nx:NaN\r\ny:1e999\r\n# Latencystats\r\nlatency_percentiles_usec_get:p50=1,p99.9=nan")
	f.Fuzz(func(t *testing.T, info string) {
		acc := &accumulator{}
		redisInfo(info, map[string]string{"server": "a"}, acc)
		checkParts(t, acc.parts)
	})
}

func TestRedisPairs(t *testing.T) {
	numbers, texts := redisPairs("ip=::1,port=6380,state=online,lag=0,junk,x=1=2")
	if diff := cmp.Diff(map[string]any{"port": 6380.0, "lag": 0.0}, numbers); diff != "" {
		t.Error(diff)
	}
	if texts["ip"] != "::1" || texts["state"] != "online" {
		t.Error(texts)
	}
	if u, err := url.Parse("redis://[::1]:6379"); err != nil || hostAndPort(u)["server"] != "::1" {
		t.Error(err)
	}
}
