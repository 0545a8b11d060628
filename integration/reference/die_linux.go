package reference

import (
	"os/exec"
	"syscall"
)

// dieWithUs makes the server end if this process ends without closing it.
func dieWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
