package inputs

import (
	"strings"
	"testing"
)

func TestCheckServer(t *testing.T) {
	for _, c := range []struct {
		input, server string
		secret        bool
		want          string // "" where it is good
	}{
		{"redis", "redis://127.0.0.1:6379", true, ""},
		{"redis", "redis://[::1]:6379", true, ""},
		{"redis", "redis://cache.example:6379", false, ""},
		{"redis", "redis://cache.example:6379", true, "in the clear"},
		{"redis", "rediss://cache.example:6379", true, ""},
		{"redis", "unix:///run/redis.sock", true, ""},
		{"redis", "unix://run/redis.sock", false, "absolute path"},
		{"redis", "redis://127.0.0.1", false, "host:port"},
		{"redis", "redis://127.0.0.1:6379/0", false, "host:port"},
		{"redis", "redis://:hush@127.0.0.1:6379", false, "holds a user"},
		{"redis", "127.0.0.1:6379", false, "not an address"},
		{"redis", "http://127.0.0.1", false, "not an address"},
		{"nginx", "http://127.0.0.1/stub_status", true, ""},
		{"nginx", "http://localhost:8080/status?x=1", true, ""},
		{"nginx", "http://web.example/status", true, "in the clear"},
		{"nginx", "https://web.example/status", true, ""},
		{"nginx", "https://u:hush@web.example/", false, "holds a user"},
		{"nginx", "http:///status", false, "names no host"},
		{"nginx", "file:///etc/passwd", false, "not an address"},
		{"docker", "unix:///var/run/docker.sock", false, ""},
		{"docker", "tcp://127.0.0.1:2375", false, "not an address"},
		{"docker", "unix:///x?y", false, "absolute path"},
		{"docker", "%zz", false, "not an address"},
	} {
		err := CheckServer(c.input, c.server, c.secret)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s at %s: %v, want %q", c.input, c.server, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%s at %s: the error tells the password: %v", c.input, c.server, err)
		}
	}
	for _, name := range Names() {
		for _, server := range Defaults(name) {
			if err := CheckServer(name, server, true); err != nil {
				t.Errorf("the default of %s: %v", name, err)
			}
		}
	}
	if _, err := New("redis", Settings{Servers: []string{"redis://x"}}, nil); err == nil {
		t.Error("made with a server that is none")
	}
}
