package agent

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/assay-sla/assay/agent/inputs"
)

// TestEachServerIsToldOnce: a server that fails is told when it begins to, and
// one that fails beside it is told as well.
func TestEachServerIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	s := source{name: "redis", log: slog.New(slog.NewTextHandler(&log, nil))}
	bad := func(servers ...string) error {
		var f inputs.Faults
		for _, server := range servers {
			f = append(f, inputs.Fault{Server: server, Err: errors.New("trouble")})
		}
		return f
	}
	failing := map[string]bool{}
	for i, c := range []struct {
		err  error
		want []string // of the lines that are logged
	}{
		{nil, nil},
		{bad("a", "a"), []string{"failed", "a: trouble"}},
		{bad("a"), nil},
		{bad("a", "b"), []string{"failed", "b: trouble"}},
		{bad("a", "b"), nil},
		{bad("b"), []string{"works again", "server=a"}},
		{errors.New("the machine"), []string{"failed", "the machine"}},
		{nil, []string{"works again"}},
	} {
		log.Reset()
		failing = s.tell(failing, c.err)
		for _, w := range c.want {
			if !strings.Contains(log.String(), w) {
				t.Errorf("reading %d lacks %q: %s", i, w, log.String())
			}
		}
		if n := strings.Count(log.String(), "level=WARN"); c.want == nil && log.Len() > 0 || n > 1 {
			t.Errorf("reading %d logs %s", i, log.String())
		}
	}
}
