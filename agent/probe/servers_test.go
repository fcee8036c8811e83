package probe

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/assay-sla/assay/internal/testservers"
	"github.com/assay-sla/assay/slo"
)

// These tests run the probes against servers as Debian ships them.

// pemFiles writes a fresh certificate with its authority's, and its key.
func pemFiles(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	certText, keyText := pemTexts(t)
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	save(t, cert, certText)
	save(t, key, keyText)
	return cert, key
}

// pemTexts are a server's chain and key.
func pemTexts(t *testing.T) (cert, key string) {
	t.Helper()
	pair := theAuthority().fresh(t)
	var chain bytes.Buffer
	for _, der := range pair.Certificate {
		if err := pem.Encode(&chain, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			t.Fatal(err)
		}
	}
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return chain.String(), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// shared is a folder that other users may look into.
func shared(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "assay-probe-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func save(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func me(t *testing.T) (name, group string) {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	g, err := user.LookupGroupId(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	return u.Username, g.Name
}

// realCase is a probe of a real server, and what it must say.
type realCase struct {
	name    string
	spec    slo.Spec
	outcome slo.State
	reason  slo.Reason
}

// askReal runs each case in an environment that knows the secrets. No value of
// theirs may show in evidence.
func askReal(t *testing.T, secrets map[string]string, cases []realCase) {
	t.Helper()
	env := secretsFrom(t, secrets)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := prepare(t, c.spec, 10*time.Second, env).Run(t.Context(), now, nil)
			want(t, m, c.outcome, c.reason)
			for _, value := range secrets {
				if strings.Contains(m.Evidence, value) {
					t.Errorf("a secret shows: %s", m.Evidence)
				}
			}
		})
	}
}

// TestOpenSSH: identification and host keys of the server that most have.
func TestOpenSSH(t *testing.T) {
	path, keygen := testservers.Program(t, "/usr/sbin/sshd", "openssh-server"), testservers.Program(t, "ssh-keygen", "openssh-server")
	dir, port := t.TempDir(), testservers.FreePort(t)
	prints := map[string]string{}
	config := "Port " + port + "\nListenAddress 127.0.0.1\nPidFile none\nUsePAM no\n"
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		file := filepath.Join(dir, kind)
		if out, err := exec.Command(keygen, "-q", "-t", kind, "-N", "", "-f", file).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		out, err := exec.Command(keygen, "-l", "-f", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		prints[kind] = strings.Fields(string(out))[1]
		config += "HostKey " + file + "\n"
	}
	save(t, filepath.Join(dir, "config"), config)
	if os.Geteuid() == 0 { // sshd insists on a folder for what it separates
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	testservers.Daemon(t, "127.0.0.1:"+port, path, "-D", "-e", "-f", filepath.Join(dir, "config"))
	address := "127.0.0.1:" + port
	for _, c := range []struct {
		name    string
		spec    slo.SSH
		outcome slo.State
		reason  slo.Reason
	}{
		{"identification", slo.SSH{Banner: "OpenSSH_"}, slo.Up, ""},
		{"Ed25519", slo.SSH{Fingerprints: []string{prints["ed25519"]}}, slo.Up, ""},
		{"ECDSA", slo.SSH{Fingerprints: []string{prints["ecdsa"]}, Algorithm: "ecdsa-sha2-nistp256"}, slo.Up, ""},
		{"RSA", slo.SSH{Fingerprints: []string{prints["rsa"]}, Algorithm: "rsa-sha2-512"}, slo.Up, ""},
		{"another key", slo.SSH{Fingerprints: []string{prints["rsa"]}}, slo.Down, slo.HostKeyMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.Address = address
			want(t, once(t, &c.spec, 10*time.Second), c.outcome, c.reason)
		})
	}
}

// TestMonitoringPlugins runs plugins as Debian ships them.
func TestMonitoringPlugins(t *testing.T) {
	const dir, pack = "/usr/lib/nagios/plugins/", "monitoring-plugins-basic"
	tcp, dummy := testservers.Program(t, dir+"check_tcp", pack), testservers.Program(t, dir+"check_dummy", pack)
	open, err := netip.ParseAddrPort(serve(t, hold))
	if err != nil {
		t.Fatal(err)
	}
	closed := netip.MustParseAddrPort(closedPort(t))
	var samples []slo.Sample
	env := newEnv(t, Options{
		Samples: func(_ slo.Instant, got []slo.Sample) { samples = append(samples, got...) },
		Commands: map[string][]string{
			"open":    {tcp, "-H", "127.0.0.1", "-p", strconv.Itoa(int(open.Port()))},
			"closed":  {tcp, "-H", "127.0.0.1", "-p", strconv.Itoa(int(closed.Port()))},
			"warning": {dummy, "1", "mind the gap"},
			"unknown": {dummy, "3"},
			"misused": {tcp, "--no-such-option"},
		}})
	for _, c := range []struct {
		name    string
		spec    slo.Exec
		outcome slo.State
		reason  slo.Reason
	}{
		{"an open port", slo.Exec{Command: "open"}, slo.Up, ""},
		{"a closed port", slo.Exec{Command: "closed"}, slo.Down, slo.CheckCritical},
		{"a warning", slo.Exec{Command: "warning"}, slo.Up, ""},
		{"a warning that counts", slo.Exec{Command: "warning", Warning: "down"}, slo.Down, slo.CheckWarning},
		{"unknown", slo.Exec{Command: "unknown"}, slo.Unknown, slo.CheckUnknown},
		{"misused", slo.Exec{Command: "misused"}, slo.Unknown, slo.CheckUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			want(t, prepare(t, &c.spec, 10*time.Second, env).Run(t.Context(), now, nil), c.outcome, c.reason)
		})
	}
	if len(samples) == 0 || samples[0].Labels["label"] != "time" || samples[0].Labels["unit"] != "s" || samples[0].Value < 0 {
		t.Errorf("check_tcp's time became %+v", samples)
	}
}
