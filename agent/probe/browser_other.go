//go:build !unix

package probe

import "os/exec"

// browserRefused says why no browser may be started: the pipes to it and the
// end of its children are made for Unix.
func browserRefused() string { return "browser probes run on Linux and macOS" }

// endGroup has nothing to end.
func endGroup(*exec.Cmd) {}
