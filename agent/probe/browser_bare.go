//go:build !linux

package probe

import "os/exec"

// startBare starts a command; capabilities that it could inherit are Linux's.
func startBare(cmd *exec.Cmd) error { return cmd.Start() }
