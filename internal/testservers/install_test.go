// Package testservers tests the script that installs the servers which other
// tests talk to.
package testservers

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// machine is a fake Debian: a PATH that holds nothing but stand-ins and the
// few real programs that the script needs.
type machine struct {
	bin  string
	root string // has usr/sbin
	log  string // what the stand-ins were called with
}

func newMachine(t *testing.T, standIns map[string]string) machine {
	t.Helper()
	dir := t.TempDir()
	m := machine{bin: filepath.Join(dir, "bin"), root: filepath.Join(dir, "root"), log: filepath.Join(dir, "log")}
	for _, d := range []string{m.bin, filepath.Dir(m.policy())} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"mv", "rm", "chmod", "grep", "cat", "sh"} {
		real, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(real, filepath.Join(m.bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, body := range standIns {
		script := "#!/bin/sh\necho " + name + " \"$@\" >>\"$LOG\"\n" + body + "\n"
		if err := os.WriteFile(filepath.Join(m.bin, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func (m machine) policy() string { return filepath.Join(m.root, "usr/sbin/policy-rc.d") }

// run runs the script and returns what it printed, what the stand-ins were
// called with, and its error.
func (m machine) run() (out, log string, err error) {
	cmd := exec.Command("/bin/sh", "install.sh")
	cmd.Env = []string{"PATH=" + m.bin, "LOG=" + m.log, "ASSAY_TEST_ROOT=" + m.root}
	b, err := cmd.CombinedOutput()
	l, _ := os.ReadFile(m.log)
	return string(b), string(l), err
}

const (
	allThere = `printf installed`
	noSMTPD  = `case "$*" in *opensmtpd) exit 1;; *) printf installed;; esac`
	// aptGet writes down what a package script would be told.
	aptGet = `cat "$ASSAY_TEST_ROOT/usr/sbin/policy-rc.d" >>"$LOG"`
)

func TestAllThere(t *testing.T) {
	m := newMachine(t, map[string]string{"dpkg-query": allThere, "apt-get": "", "id": "echo 1000"})
	out, log, err := m.run()
	if err != nil || out != "test-servers: all there\n" || strings.Contains(log, "apt-get") {
		t.Errorf("%v, printed %q, called\n%s", err, out, log)
	}
}

func TestNeitherRootNorSudo(t *testing.T) {
	m := newMachine(t, map[string]string{"dpkg-query": noSMTPD, "apt-get": "", "id": "echo 1000"})
	out, log, err := m.run()
	if err == nil || !strings.Contains(out, "not root and no sudo") || !strings.Contains(out, "opensmtpd") || strings.Contains(log, "apt-get") {
		t.Errorf("%v, printed %q, called\n%s", err, out, log)
	}
}

func TestSudo(t *testing.T) {
	m := newMachine(t, map[string]string{"dpkg-query": noSMTPD, "apt-get": "", "id": "echo 1000", "sudo": ""})
	_, log, err := m.run()
	if err != nil || !strings.Contains(log, "sudo sh install.sh\n") {
		t.Errorf("%v, called\n%s", err, log)
	}
}

func TestNotDebian(t *testing.T) {
	m := newMachine(t, nil)
	out, _, err := m.run()
	if err == nil || !strings.Contains(out, "not Debian") {
		t.Errorf("%v, printed %q", err, out)
	}
}

// TestPolicy installs one package and looks at the policy during and after,
// on machines that had none, one of their own, and one that a killed run left.
func TestPolicy(t *testing.T) {
	const own = "#!/bin/sh\nexit 104\n"
	const left = "#!/bin/sh\n# assay: no server starts while test servers are installed\nexit 101\n"
	for _, c := range []struct {
		name          string
		before, aside string
		aptGet        string
		fails         bool
		after         string
	}{
		{name: "none", aptGet: aptGet},
		{name: "own", before: own, aptGet: aptGet, after: own},
		{name: "own, and the install fails", before: own, aptGet: aptGet + "\nexit 7", fails: true, after: own},
		{name: "left by a killed run", before: left, aptGet: aptGet},
		{name: "left by a killed run over an own one", before: left, aside: own, aptGet: aptGet, after: own},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t, map[string]string{"dpkg-query": noSMTPD, "apt-get": c.aptGet, "id": "echo 0", "update-rc.d": ""})
			for path, text := range map[string]string{m.policy(): c.before, m.policy() + ".before-assay": c.aside} {
				if text != "" {
					if err := os.WriteFile(path, []byte(text), 0o750); err != nil {
						t.Fatal(err)
					}
				}
			}
			out, log, err := m.run()
			if (err != nil) != c.fails {
				t.Errorf("%v, printed\n%s", err, out)
			}
			if !strings.Contains(log, "exit 101") {
				t.Errorf("servers were free to start; called\n%s", log)
			}
			if !c.fails && !strings.Contains(log, "install opensmtpd\n") || strings.Contains(log, "install prometheus") {
				t.Errorf("did not install just what was missing; called\n%s", log)
			}
			if !c.fails && !strings.Contains(log, "update-rc.d opensmtpd disable\n") {
				t.Errorf("the server starts at the next boot; called\n%s", log)
			}
			m.checkPolicy(t, c.after)
		})
	}
}

func (m machine) checkPolicy(t *testing.T, want string) {
	t.Helper()
	got, err := os.ReadFile(m.policy())
	if want == "" && !os.IsNotExist(err) || string(got) != want {
		t.Errorf("the policy afterwards is %q, %v; want %q", got, err, want)
	}
	if info, err := os.Stat(m.policy()); want != "" && err == nil && info.Mode().Perm() != 0o750 {
		t.Errorf("the policy's mode became %v", info.Mode())
	}
	if _, err := os.Stat(m.policy() + ".before-assay"); !os.IsNotExist(err) {
		t.Errorf("a copy stayed behind: %v", err)
	}
}

// TestServicesStayOff: a server whose service has another name than its
// package does not start at the next boot either.
func TestServicesStayOff(t *testing.T) {
	m := newMachine(t, map[string]string{"dpkg-query": "exit 1", "apt-get": aptGet, "id": "echo 0", "update-rc.d": ""})
	out, log, err := m.run()
	if err != nil {
		t.Fatalf("%v, printed\n%s", err, out)
	}
	for _, service := range []string{"prometheus", "prometheus-alertmanager", "prometheus-blackbox-exporter", "opensmtpd", "dovecot", "ssh", "nginx", "tinyproxy", "named", "vsftpd", "slapd", "prosody", "postgresql", "mariadb", "redis-server"} {
		if !strings.Contains(log, "update-rc.d "+service+" disable\n") {
			t.Errorf("%s starts at the next boot; called\n%s", service, log)
		}
	}
}
