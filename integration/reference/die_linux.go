package reference

import (
	"os/exec"
	"syscall"
)

// dieWithUs ends the server when this process ends without having closed it.
func dieWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
