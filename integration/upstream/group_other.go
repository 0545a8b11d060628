//go:build !unix

package upstream

import "os/exec"

// The suite runs on Unix systems only.

func ownGroup(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) { cmd.Process.Kill() }
