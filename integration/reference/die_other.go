//go:build !linux

package reference

import "os/exec"

func dieWithUs(*exec.Cmd) {}
