package e2e

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestEnrolment lets agents in by invitations: each speaks under its own name
// and for its own location, until it is revoked, and nobody else is heard.
func TestEnrolment(t *testing.T) {
	c := newCollector(t, crashCatalogue(newTCP(t), freePort(t)), "")
	file := filepath.Join(c.dir, "collector.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, strings.Replace(string(text), "agents: {", "agents: {enroll: true, ", 1))
	c.serve(t)
	eventually(t, "the collector serves", 30*time.Second, func() error {
		_, err := get(c.url("/-/ready"))
		return err
	})

	eu := enrolledAgent(t, c, "eu-1", "eu")
	eu.run(t)
	eventually(t, "the agent pushes", 30*time.Second, func() error { return pushed(c, 1) })
	out, err := eu.enroll(invite(t, c, "--location", "us"))
	refused(t, "another location", out, err, "the invitation is for location us, not for eu")
	used := invite(t, c, "--location", "ap", "--agent", "ap-1")
	out, err = newEnrolling(t, c, "ap-2", "ap").enroll(used)
	refused(t, "another agent", out, err, "the invitation is for agent ap-1, not for ap-2")
	ap := newEnrolling(t, c, "ap-1", "ap")
	if out, err := ap.enroll(used); err != nil {
		t.Fatalf("enrolling: %v\n%s", err, out)
	}
	out, err = newEnrolling(t, c, "ap-1", "ap").enroll(used)
	refused(t, "a used invitation", out, err, "has been used")
	out, err = newEnrolling(t, c, "eu-1", "eu").enroll(invite(t, c, "--location", "eu"))
	refused(t, "a name that is taken", out, err, "is enrolled already")
	parts := strings.Split(invite(t, c, "--location", "ap"), ".")
	parts[3] = "AAAA" + parts[3][4:]
	out, err = newEnrolling(t, c, "ap-3", "ap").enroll(strings.Join(parts, "."))
	refused(t, "a collector that is another", out, err, "certificate signed by unknown authority")

	for what, want := range map[string]int{"agent=eu-1&location=eu": 200, "agent=eu-1&location=us": 403, "agent=ap-1&location=ap": 403, "agent=us-1&location=us": 403} {
		if code := askAs(t, c, eu, what); code != want {
			t.Errorf("%s with eu-1's certificate: %d, want %d", what, code, want)
		}
	}
	if code := askAs(t, c, nil, "agent=eu-1&location=eu"); code != 403 {
		t.Errorf("without a certificate: %d", code)
	}

	if out, err := assay(c, "agents", "revoke", "eu-1"); err != nil {
		t.Fatalf("revoking: %v\n%s", err, out)
	}
	if code := askAs(t, c, eu, "agent=eu-1&location=eu"); code != 403 {
		t.Errorf("with a revoked certificate: %d", code)
	}
	eventually(t, "the agent is told", 30*time.Second, func() error {
		if !strings.Contains(eu.out.String(), "the certificate is revoked") {
			return fmt.Errorf("nothing is said of it")
		}
		return nil
	})
	// A restart forgets no revocation, and an invitation by name lets in again.
	c.stop(t)
	c.serve(t)
	eventually(t, "the collector serves again", 30*time.Second, func() error {
		_, err := get(c.url("/-/ready"))
		return err
	})
	if code := askAs(t, c, eu, "agent=eu-1&location=eu"); code != 403 {
		t.Errorf("with a revoked certificate, after a restart: %d", code)
	}
	eventually(t, "the second of the revocation is over", 10*time.Second, func() error {
		out, err := eu.enroll(invite(t, c, "--location", "eu", "--agent", "eu-1"))
		if err != nil {
			err = fmt.Errorf("%w: %s", err, out)
		}
		return err
	})
	if code := askAs(t, c, eu, "agent=eu-1&location=eu"); code != 200 {
		t.Errorf("enrolled anew: %d", code)
	}
	if out, err := assay(c, "agents", "revoke", "eu-11"); err != nil || !strings.Contains(out, "it never had one") {
		t.Errorf("a name that no agent has: %v\n%s", err, out)
	}
	list, err := assay(c, "agents", "list")
	if err != nil || strings.Count(list, "-1 ") < 2 || strings.Contains(list, "revoked") {
		t.Errorf("the list: %v\n%s", err, list)
	}
}

// newEnrolling is an agent whose collector is reached by TLS alone.
func newEnrolling(t *testing.T, c *collector, name, location string) *agent {
	t.Helper()
	a := newAgent(t, c, name, location)
	write(t, filepath.Join(a.dir, "agent.yaml"), strings.Join([]string{
		"collectors: [https://" + c.agents + "]", "name: " + name, "location: " + location, "data: data", "",
	}, "\n"))
	return a
}

func enrolledAgent(t *testing.T, c *collector, name, location string) *agent {
	t.Helper()
	a := newEnrolling(t, c, name, location)
	if out, err := a.enroll(invite(t, c, "--location", location)); err != nil {
		t.Fatalf("enrolling %s: %v\n%s", name, err, out)
	}
	return a
}

func (a *agent) enroll(invitation string) (string, error) {
	cmd := exec.Command(filepath.Join(bin, "assay-agent"), "enroll", "--config", filepath.Join(a.dir, "agent.yaml"))
	cmd.Stdin = strings.NewReader(invitation)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func invite(t *testing.T, c *collector, args ...string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(bin, "assay"), append([]string{"agents", "invite", "--collector", c.url("")}, args...)...)
	var bad bytes.Buffer
	cmd.Stderr = &bad
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("inviting: %v\n%s", err, &bad)
	}
	return string(out)
}

func assay(c *collector, args ...string) (string, error) {
	out, err := exec.Command(filepath.Join(bin, "assay"), append(args, "--collector", c.url(""))...).CombinedOutput()
	return string(out), err
}

func refused(t *testing.T, what, out string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(out, want) {
		t.Errorf("%s: %v\n%s", what, err, out)
	}
}

// askAs asks for an assignment with the certificate of an agent, or none.
func askAs(t *testing.T, c *collector, a *agent, query string) int {
	t.Helper()
	cfg := &tls.Config{InsecureSkipVerify: true} // what is tested is who asks
	if a != nil {
		file := filepath.Join(a.dir, "data", "identity.pem")
		pair, err := tls.LoadX509KeyPair(file, file)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: cfg}, Timeout: 20 * time.Second}
	defer client.CloseIdleConnections()
	resp, err := client.Get("https://" + c.agents + "/agent/v1/assignment?" + query)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}
