package probe

import (
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// startBare starts a command without the capabilities that the agent may have
// been given for its other probes: raw sockets would lead around the proxy.
func startBare(cmd *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
		if err == nil {
			err = cmd.Start()
		}
		started <- err
	}()
	return <-started
}
