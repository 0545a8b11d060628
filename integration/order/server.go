package order

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tattle-server/tattle/integration/reference"
	"github.com/tattle-server/tattle/server/servertest"
)

// The kinds of connections.
const (
	TCP    = "tcp"
	Unix   = "unix"
	TLS    = "tls"
	Memory = "memory" // without a socket; only to a server in this process
)

// Server is a server to be measured.
type Server struct {
	Name  string
	Kinds []string // the ways to connect to it

	dir      string
	ports    map[string]int
	tls      *tls.Config
	inMemory func(context.Context) (net.Conn, error)
	end      func()
}

// Close ends the server.
func (s *Server) Close() {
	if s.end != nil {
		s.end()
	}
	os.RemoveAll(s.dir)
}

// Dial opens a connection of a kind.
func (s *Server) Dial(kind string) (net.Conn, error) {
	switch kind {
	case Memory:
		return s.inMemory(context.Background())
	case Unix:
		return net.Dial("unix", s.file("socket"))
	}
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(s.ports[kind]))
	if kind == TLS {
		return tls.Dial("tcp", addr, s.tls)
	}
	return net.Dial("tcp", addr)
}

func (s *Server) file(name string) string { return filepath.Join(s.dir, name) }

// prepare makes a folder, a certificate and ports for a server.
func prepare(name string) (s *Server, err error) {
	s = &Server{Name: name, Kinds: []string{TCP, Unix, TLS}, ports: map[string]int{}}
	if s.dir, err = os.MkdirTemp("", "order-"); err != nil {
		return nil, err
	}
	pool, err := writeCertificate(s.file("cert"), s.file("key"))
	s.tls = &tls.Config{RootCAs: pool}
	for _, kind := range []string{TCP, TLS} {
		if err == nil {
			s.ports[kind], err = freePort()
		}
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// settings are what all servers are started with.
func (s *Server) settings() [][2]string {
	return [][2]string{
		{"port", strconv.Itoa(s.ports[TCP])}, {"bind", "127.0.0.1"}, {"unixsocket", s.file("socket")},
		{"tls-port", strconv.Itoa(s.ports[TLS])}, {"tls-cert-file", s.file("cert")}, {"tls-key-file", s.file("key")},
		{"tls-ca-cert-file", s.file("cert")}, {"tls-auth-clients", "no"},
	}
}

// arguments are the settings as redis-server's arguments.
func (s *Server) arguments() (args []string) {
	for _, p := range s.settings() {
		args = append(args, "--"+p[0], p[1])
	}
	return args
}

// Redis starts Redis 8.0.2.
func Redis() (*Server, error) {
	program, err := reference.Bring(reference.Redis8)
	if err != nil {
		return nil, err
	}
	s, err := prepare("redis")
	if err != nil {
		return nil, err
	}
	// The port is chosen by Run.
	process, err := program.Run(append([]string{"--loglevel", "warning"}, s.arguments()[2:]...)...)
	if err != nil {
		s.Close()
		return nil, err
	}
	s.end = process.Close
	_, port, _ := net.SplitHostPort(process.Addr)
	s.ports[TCP], err = strconv.Atoi(port)
	return s, err
}

// Embedded starts tattle in this process. It needs a test, or something like one, to report
// errors to.
func Embedded(t servertest.TB) (*Server, error) {
	s, err := prepare("embedded")
	if err != nil {
		return nil, err
	}
	var options []servertest.Option
	for _, p := range s.settings() {
		options = append(options, servertest.WithSetting(p[0], p[1]))
	}
	srv := servertest.Run(t, options...)
	s.Kinds, s.inMemory, s.end = append(s.Kinds, Memory), srv.Dial, func() { srv.Close() }
	return s, nil
}

// Process builds tattle and starts it as a process.
func Process() (*Server, error) {
	s, err := prepare("tattle")
	if err != nil {
		return nil, err
	}
	if err = s.run(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// startLimit is how long a process may take until it accepts connections.
const startLimit = 20 * time.Second

func (s *Server) run() error {
	program := s.file("program")
	out, err := exec.Command("go", "build", "-o", program, "github.com/tattle-server/tattle/cmd/tattle").CombinedOutput()
	if err != nil {
		return fmt.Errorf("building tattle: %w\n%s", err, out)
	}
	var log bytes.Buffer
	cmd := exec.Command(program, append(s.arguments(), "--loglevel", "warning")...)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		return err
	}
	s.end = func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
	for limit := time.Now().Add(startLimit); ; time.Sleep(time.Millisecond) {
		nc, err := s.Dial(TLS) // opened last, but for the Unix socket
		if err == nil {
			nc.Close()
			_, err = os.Stat(s.file("socket"))
		}
		if err == nil {
			return nil
		}
		if time.Now().After(limit) {
			s.end()
			return fmt.Errorf("tattle does not answer: %w\n%s", err, strings.TrimSpace(log.String()))
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
