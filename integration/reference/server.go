package reference

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tattle-server/tattle/resp"
)

// requireEnv is the variable that turns skipping into failing.
const requireEnv = "TATTLE_REQUIRE_REFERENCES"

const (
	startLimit = 20 * time.Second // until the server answers, which takes some milliseconds
	stopLimit  = 5 * time.Second  // between asking the server to end and killing it
	portTries  = 5                // another process may have taken the free port
)

// Server is a running server.
type Server struct {
	Version Version
	Addr    string // host:port

	cmd  *exec.Cmd
	dir  string
	out  *bytes.Buffer
	done chan struct{} // closed when the process has ended
}

// Start runs a server until the end of the test, on a free port of the loopback
// interface. args go to the command line, after those that keep the server from writing to
// disk. It skips the test if the server is not available.
func Start(t testing.TB, v Version, args ...string) *Server {
	t.Helper()
	p, err := Bring(v)
	if err != nil {
		if os.Getenv(requireEnv) == "1" {
			t.Fatalf("reference: %v", err)
		}
		t.Skipf("reference: no %s to compare with: %v", v, err)
	}
	s, err := p.Run(args...)
	if err != nil {
		t.Fatalf("reference: %v", err) // an available server must run
	}
	t.Cleanup(s.Close)
	return s
}

// Run runs the server on a free port and returns when it answers.
func (p *Program) Run(args ...string) (*Server, error) {
	var err error
	for range portTries {
		var s *Server
		if s, err = p.runOnce(args); err == nil || !strings.Contains(err.Error(), "Address already in use") {
			return s, err
		}
	}
	return nil, err
}

func (p *Program) runOnce(args []string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, fmt.Errorf("finding a port for %s: %w", p.Version, err)
	}
	dir, err := os.MkdirTemp("", "reference-")
	if err != nil {
		return nil, err
	}
	s := &Server{
		Version: p.Version,
		Addr:    net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		cmd:     p.Command(append(settings(strconv.Itoa(port), dir), args...)...),
		dir:     dir,
		out:     new(bytes.Buffer),
		done:    make(chan struct{}),
	}
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	dieWithUs(s.cmd)
	if err := s.cmd.Start(); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("running %s: %w", p.Version, err)
	}
	go func() {
		s.cmd.Wait()
		close(s.done)
	}()
	if err := s.await(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// settings are the arguments that every server is run with. port may be given again
// among those that follow.
func settings(port, dir string) []string {
	return []string{
		"--port", port, "--bind", "127.0.0.1", "--dir", dir,
		"--save", "", "--appendonly", "no", "--enable-debug-command", "yes",
	}
}

// Close ends the server.
func (s *Server) Close() {
	defer os.RemoveAll(s.dir)
	s.cmd.Process.Signal(os.Interrupt)
	select {
	case <-s.done:
	case <-time.After(stopLimit):
		s.cmd.Process.Kill()
		<-s.done
	}
}

// PID returns the number of the process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Log returns what the server has printed. It is complete, and safe to ask for, only after
// Close.
func (s *Server) Log() string { return s.out.String() }

// await waits until the server answers, and checks that it is the right one.
func (s *Server) await() error {
	limit := time.After(startLimit)
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		number, err := s.number()
		switch {
		case err == nil && number == s.Version.Number:
			return nil
		case err == nil:
			return fmt.Errorf("what runs as %s says that it is %q", s.Version, number)
		}
		select {
		case <-again.C:
		case <-s.done:
			return fmt.Errorf("%s ended at once: %s", s.Version, tail(s.out.String()))
		case <-limit:
			return fmt.Errorf("%s does not answer: %w", s.Version, err)
		}
	}
}

// number asks the server for its version.
func (s *Server) number() (string, error) {
	conn, err := net.Dial("tcp", s.Addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(startLimit))
	if _, err := conn.Write(resp.AppendCommand(nil, "INFO", "server")); err != nil {
		return "", err
	}
	v, err := resp.NewReader(conn).Read()
	if err != nil {
		return "", err
	}
	info, _ := v.(string)
	_, after, ok := strings.Cut(info, s.Version.Product+"_version:")
	if !ok {
		return "", errors.New("its INFO names no version")
	}
	number, _, _ := strings.Cut(after, "\r\n")
	return number, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// tail returns the last lines of a log.
func tail(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " / ")
}
