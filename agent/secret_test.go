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
