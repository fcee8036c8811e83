package agent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "password")
	if err := os.WriteFile(file, []byte("correct horse \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ASSAY_TEST_TOKEN", "t0ken")
	c := Config{Secrets: []Secret{
		{Name: "mail", File: file}, {Name: "token", Env: "ASSAY_TEST_TOKEN"}, {Name: "gone", File: filepath.Join(dir, "gone")}, {Name: "unset", Env: "ASSAY_TEST_UNSET"},
	}}
	for name, want := range map[string]string{"mail": "correct horse ", "token": "t0ken"} {
		if got, err := c.secret(name); got != want || err != nil {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{"gone": "no such file", "unset": "is empty", "other": "is not in this agent's file"} {
		if got, err := c.secret(name); got != "" || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is %q, %v; want an error that says %q", name, got, err, want)
		}
	}
	if err := os.WriteFile(file, []byte("battery"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := c.secret("mail"); got != "battery" || err != nil {
		t.Errorf("after a change of the file it is %q, %v", got, err)
	}
}

// TestPasswordOfAnInput: what an input sends is read at each use from where the
// agent's file says, so that a changed file needs no restart.
func TestPasswordOfAnInput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "redis")
	c := Config{Secrets: []Secret{{Name: "redis", File: file}}}
	s := c.settings(Input{Name: "redis", Servers: []string{"redis://127.0.0.1:6379"}, User: "reader", Password: "redis"})
	if _, err := s.Password(); err == nil {
		t.Error("there is a password without its file")
	}
	for _, want := range []string{"hush", "louder"} {
		if err := os.WriteFile(file, []byte(want+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Password(); got != want || err != nil {
			t.Errorf("the password is %q, %v; want %q", got, err, want)
		}
	}
	if s := c.settings(Input{Name: "nginx"}); s.Password != nil {
		t.Error("a password is sent where none is named")
	}
}

// TestSecretOfAnInput: no assignment has a probe send what an input signs in
// with.
func TestSecretOfAnInput(t *testing.T) {
	t.Setenv("ASSAY_TEST_TOKEN", "t0ken")
	c := Config{
		Secrets: []Secret{{Name: "database", Env: "ASSAY_TEST_TOKEN"}, {Name: "mail", Env: "ASSAY_TEST_TOKEN"}},
		Inputs:  []Input{{Name: "cpu"}, {Name: "postgresql", User: "assay", Password: "database"}},
	}
	secret := c.ProbeOptions().Secrets
	if got, err := secret("database"); got != "" || err == nil || !strings.Contains(err.Error(), "for an input") {
		t.Errorf("it is %q, %v", got, err)
	}
	if got, err := secret("mail"); got != "t0ken" || err != nil {
		t.Errorf("another is %q, %v", got, err)
	}
	if got, err := c.settings(c.Inputs[1]).Password(); got != "t0ken" || err != nil {
		t.Errorf("for the input it is %q, %v", got, err)
	}
}
