package testservers

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Home is the folder of a server that refuses to be root's.
type Home struct {
	Dir string
	Who *syscall.Credential // runs it; nil is whoever runs the test
}

// NewHome is a folder for a server, which other users may look into and which
// goes with the test.
func NewHome(t *testing.T) Home {
	t.Helper()
	dir, err := os.MkdirTemp("", "assay-server-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	h := Home{Dir: dir, Who: unprivileged(t)}
	h.own(t, dir)
	return h
}

// unprivileged is nobody, where root runs the test.
func unprivileged(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, errU := strconv.ParseUint(u.Uid, 10, 32)
	gid, errG := strconv.ParseUint(u.Gid, 10, 32)
	if errU != nil || errG != nil {
		t.Fatal(errU, errG)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// Save writes a file of the server's.
func (h Home) Save(t *testing.T, name, text string) string {
	t.Helper()
	name = filepath.Join(h.Dir, name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h.own(t, name)
	return name
}

func (h Home) own(t *testing.T, name string) {
	t.Helper()
	if h.Who == nil {
		return
	}
	if err := os.Chown(name, int(h.Who.Uid), int(h.Who.Gid)); err != nil {
		t.Fatal(err)
	}
}

// finish runs a program to its end.
func (h Home) finish(t *testing.T, input, path string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir, cmd.Stdin = h.Dir, strings.NewReader(input)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Credential: h.Who}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", path, err, out)
	}
}

// PostgreSQL runs a server with the lines of pg_hba.conf, after the statements
// of setup in the database postgres, one a line; cert and key are PEM of its
// TLS. It returns its address and the folder of its socket. It listens before
// it takes anybody in.
func PostgreSQL(t *testing.T, hba, setup, cert, key string) (address, sockets string) {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(found) == 0 {
		t.Skip("left out: postgresql")
	}
	bin, h, port := found[len(found)-1], NewHome(t), FreePort(t)
	data := filepath.Join(h.Dir, "data")
	h.finish(t, "", filepath.Join(bin, "initdb"), "-D", data, "-U", "owner", "--auth=reject", "--no-sync", "--encoding=UTF8", "--locale=C")
	h.Save(t, "data/pg_hba.conf", hba)
	h.finish(t, setup, filepath.Join(bin, "postgres"), "--single", "-D", data, "postgres")
	DaemonAs(t, h.Who, "127.0.0.1:"+port, filepath.Join(bin, "postgres"), "-D", data, "-p", port, "-F",
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="+h.Dir, "-c", "shared_buffers=1MB",
		"-c", "ssl=on", "-c", "ssl_cert_file="+h.Save(t, "cert.pem", cert), "-c", "ssl_key_file="+h.Save(t, "key.pem", key))
	return "127.0.0.1:" + port, h.Dir
}

// MariaDB is the same of MariaDB, with its socket; statements of setup end with
// a semicolon and a line.
func MariaDB(t *testing.T, setup, cert, key string) (address, socket string) {
	t.Helper()
	path, install := Program(t, "/usr/sbin/mariadbd", "mariadb-server"), Program(t, "mariadb-install-db", "mariadb-server")
	h, port := NewHome(t), FreePort(t)
	data, socket := filepath.Join(h.Dir, "data"), filepath.Join(h.Dir, "socket")
	h.finish(t, "", install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-log-bin")
	DaemonAs(t, h.Who, "127.0.0.1:"+port, path, "--no-defaults", "--datadir="+data, "--port="+port, "--bind-address=127.0.0.1", "--skip-name-resolve",
		"--socket="+socket, "--pid-file="+filepath.Join(h.Dir, "pid"), "--init-file="+h.Save(t, "setup.sql", setup), "--character-set-server=utf8mb4",
		"--ssl-cert="+h.Save(t, "cert.pem", cert), "--ssl-key="+h.Save(t, "key.pem", key), "--innodb-buffer-pool-size=8M", "--innodb-flush-log-at-trx-commit=0")
	return "127.0.0.1:" + port, socket
}
