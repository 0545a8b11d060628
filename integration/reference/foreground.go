package reference

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Foreground runs the server with this process's terminal until it ends. args should
// name the port. The error is an [*exec.ExitError] if the server itself has said what is
// wrong.
func (p *Program) Foreground(args ...string) error {
	dir, err := os.MkdirTemp("", "reference-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cmd := p.Command(append(settings("0", dir), args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	dieWithUs(cmd)
	// The terminal interrupts both processes, and the server must end first. Other senders
	// of signals know only this process.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("running %s: %w", p.Version, err)
	}
	go func() {
		for s := range signals {
			if s == syscall.SIGTERM {
				cmd.Process.Signal(s)
			}
		}
	}()
	return cmd.Wait()
}
