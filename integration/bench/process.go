//go:build linux

package bench

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tattle-server/tattle/integration/reference"
)

// The names of the servers. Ratios are to Redis.
const (
	Tattle    = "tattle"
	Redis     = "redis"
	Valkey    = "valkey"
	Miniredis = "miniredis"
	Bare      = "bare" // see ServeBare
)

// Kind is a server that can be measured.
type Kind struct {
	Name  string
	Title string // with its version, for the table

	command func(port, dir string) *exec.Cmd
	gentle  bool // it is asked to end and not killed, since it has something to write
}

// settings are what every server but miniredis is started with: nothing goes to
// the disk, and there is room for the clients and keys of all cases.
func settings(port, dir string) []string {
	return []string{
		"--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "no",
		"--loglevel", "warning", "--maxclients", "15000", "--tracking-table-max-keys", "0",
	}
}

// TattleAt is tattle as built at path. env is added to its environment.
func TattleAt(name, path string, env ...string) Kind {
	profiled := func(s string) bool { return strings.HasPrefix(s, "TATTLE_CPUPROFILE=") }
	return Kind{name, name, func(port, dir string) *exec.Cmd {
		cmd := exec.Command(path, settings(port, dir)...)
		cmd.Env = append(os.Environ(), env...)
		return cmd
	}, slices.ContainsFunc(env, profiled)}
}

// Real is a real server, which is downloaded first if necessary.
func Real(name string, v reference.Version) (Kind, error) {
	p, err := reference.Bring(v)
	if err != nil {
		return Kind{}, err
	}
	return Kind{Name: name, Title: v.String(), command: func(port, dir string) *exec.Cmd { return p.Command(settings(port, dir)...) }}, nil
}

// ServedBy is Miniredis or Bare, served by the program at path when its arguments
// are the name and an address.
func ServedBy(path, name string) Kind {
	return Kind{Name: name, Title: name, command: func(port, _ string) *exec.Cmd {
		return exec.Command(path, name, net.JoinHostPort("127.0.0.1", port))
	}}
}

// Build builds tattle into a folder and returns the program's path.
func Build(dir string) (string, error) {
	path := dir + "/tattle"
	out, err := exec.Command("go", "build", "-trimpath", "-o", path, "github.com/tattle-server/tattle/cmd/tattle").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building tattle: %w\n%s", err, out)
	}
	return path, nil
}

// Process is a running server.
type Process struct {
	Kind Kind
	Addr string

	cmd  *exec.Cmd
	dir  string
	log  bytes.Buffer
	done chan struct{}
}

const startLimit = 20 * time.Second

// Start starts a server. It returns when the server has answered a PING, and measures the
// time that took.
func (k Kind) Start() (*Process, time.Duration, error) {
	port, err := freePort()
	if err != nil {
		return nil, 0, err
	}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, 0, err
	}
	p := &Process{Kind: k, Addr: net.JoinHostPort("127.0.0.1", port), dir: dir, done: make(chan struct{})}
	p.cmd = k.command(port, dir)
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		os.RemoveAll(dir)
		return nil, 0, fmt.Errorf("starting %s: %w", k.Title, err)
	}
	go func() {
		p.cmd.Wait()
		close(p.done)
	}()
	if err := p.await(began.Add(startLimit)); err != nil {
		p.Stop()
		return nil, 0, err
	}
	return p, time.Since(began), nil
}

func (p *Process) await(deadline time.Time) error {
	for {
		c, err := Dial(p.Addr)
		if err == nil {
			_, err = c.Do("PING")
			c.Close()
			return err
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended at once: %s", p.Kind.Title, p.log.String())
		case <-time.After(50 * time.Microsecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s does not answer: %w", p.Kind.Title, err)
		}
	}
}

// Stop ends the server, mostly by killing it: it has nothing worth saving.
func (p *Process) Stop() {
	if p.Kind.gentle {
		p.cmd.Process.Signal(syscall.SIGTERM)
		<-p.done
	}
	p.cmd.Process.Kill()
	<-p.done
	os.RemoveAll(p.dir)
}

func freePort() (string, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// CPU returns the processor time that the server has used, of all its threads: the clock that
// clock_getcpuclockid(3) returns, which counts nanoseconds where /proc counts ticks.
func (p *Process) CPU() (time.Duration, error) {
	const wholeProcess = 2
	var t unix.Timespec
	err := unix.ClockGettime(^int32(p.cmd.Process.Pid)<<3|wholeProcess, &t)
	return time.Duration(t.Nano()), err
}

// clockTick is the unit of /proc's times; it is the same on every Linux.
const clockTick = 10 * time.Millisecond

// cpuOf reads utime and stime of a process, its threads included.
func cpuOf(pid string) (time.Duration, error) {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0, err
	}
	// The name is in parentheses and may contain anything.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("cannot read /proc/" + pid + "/stat")
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * clockTick, errors.Join(err, err2)
}

// Resident returns the server's resident memory in bytes.
func (p *Process) Resident() (float64, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0, err
	}
	_, after, ok := strings.Cut(string(text), "VmRSS:")
	if !ok {
		return 0, errors.New("the process has no VmRSS")
	}
	kb, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
	return kb * 1024, err
}
