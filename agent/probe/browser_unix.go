//go:build unix

package probe

import (
	"os"
	"os/exec"
	"syscall"
)

// browserRefused says why no browser may be started by this user, "" where one
// may: Chromium's sandbox does not hold against root.
func browserRefused() string {
	if os.Geteuid() == 0 {
		return "a browser is never run as root; give the agent a user of its own"
	}
	return ""
}

// endGroup kills what is left of a command's children. None escapes by a fork:
// the kernel lets no process of a group fork that is being killed.
func endGroup(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // fails where none is left
}
