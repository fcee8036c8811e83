package probe

import (
	"os"
	"syscall"
	"testing"

	"github.com/assay-sla/assay/internal/testservers"
)

// unprivileged is a folder, and whom servers that refuse to be root's run as;
// nil is whoever runs the test.
func unprivileged(t *testing.T) (dir string, who *syscall.Credential) {
	t.Helper()
	h := testservers.NewHome(t)
	return h.Dir, h.Who
}

func own(t *testing.T, who *syscall.Credential, files ...string) {
	t.Helper()
	if who == nil {
		return
	}
	for _, f := range files {
		if err := os.Chown(f, int(who.Uid), int(who.Gid)); err != nil {
			t.Fatal(err)
		}
	}
}
