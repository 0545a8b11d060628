// Command tattle runs the server. It takes the command line and the redis.conf of
// redis-server.
//
// tattle lab plays the labs of package server/lab instead.
//
// It turns arguments into settings, opens the log, starts package server and stops
// it on SIGINT and SIGTERM. Everything that a server does is in package server.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/serverlog"
	"github.com/tattle-server/tattle/server/tattle"
)

func main() {
	// The log may go to a pipe that nobody reads any more, and the terminal may
	// close: tattle lives on, as redis-server does.
	signal.Ignore(syscall.SIGPIPE, syscall.SIGHUP)
	stdout, stderr := streams()
	os.Exit(run(os.Args[1:], os.Stdin, stdout, stderr))
}

// run is main with its environment passed in. It returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	args = withoutName(args)
	if len(args) > 0 && args[0] == "lab" {
		return runLab(args[1:], stdin, stdout, stderr)
	}
	if code, done := answer(args, stdout, stderr); done {
		return code
	}
	parent := os.Getppid()
	cfg, err := settings(args, &stdin)
	if err != nil {
		complain(err, stdout, stderr)
		return 1
	}
	if cfg.Daemonize && !isDaemon() {
		return daemonize(args, stdin, cfg.LogFile, stdout, stderr)
	}
	return runServer(cfg, len(args) == 0, stdout, stderr, parent)
}

// runServer runs a server until it ends, and returns the exit code. bare says that there were
// no arguments.
func runServer(cfg *config.Config, bare bool, stdout, stderr io.Writer, parent int) int {
	// Signals are handled from here on, so that one that arrives while the server
	// starts also ends it cleanly.
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)
	defer tune()()
	defer profile(stderr)()
	out, err := openLog(cfg, stdout)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	level := serverlog.ParseLevel(cfg.LogLevel)
	announce(cfg, serverlog.New(out, serverlog.Starting, level), bare)
	log := serverlog.New(out, serverlog.Master, level)
	l, ok := listenForPage(cfg, log)
	if !ok {
		return 1
	}
	srv := start(cfg, out, log, stderr)
	if srv == nil {
		return 1
	}
	defer removeFiles(cfg)
	where := addressOf(srv)
	where.Inspect = servePage(srv, l, cfg)
	if err := where.tell(cfg, stdout); err != nil {
		log.Warningf("Failed to write the address file: %s", config.SystemText(err))
		srv.Close()
		return 1
	}
	if cfg.LogFile == "" && level <= serverlog.Notice && !cfg.Daemonize {
		greet(cfg, where, srv.Addr(), stdout)
	}
	return wait(srv, cfg, out, signals, whenEnded(cfg, parent))
}

// settings reads the settings. A daemon, which is another process, reads standard input once
// more, so what was read is put back.
func settings(args []string, stdin *io.Reader) (*config.Config, error) {
	cfg := config.New()
	cfg.ProtectedMode = os.Getenv(protectedMode) != "no"
	var read bytes.Buffer
	if err := cfg.LoadArgs(args, io.TeeReader(*stdin, &read)); err != nil {
		return nil, err
	}
	*stdin = &read
	if cfg.Daemonize && cfg.ExitWithParent {
		return nil, errors.New("daemonize and exit-with-parent exclude each other: the process that starts a daemon ends at once")
	}
	if cfg.InspectReadOnly && cfg.Inspect == "" {
		return nil, errors.New("inspect-read-only needs inspect, which says where the page is")
	}
	if cfg.Inspect != "" {
		cfg.Journal = true // a page that is opened later shows what led there
	}
	if cfg.Daemonize && cfg.PIDFile == "" {
		cfg.PIDFile = defaultPIDFile
	}
	return cfg, nil
}

// protectedMode is the environment variable that changes the default of protected-mode to no:
// the port of a container is reached from outside.
const protectedMode = "TATTLE_PROTECTED_MODE"

// defaultPIDFile is that of a daemon, as in Redis.
const defaultPIDFile = "/var/run/redis.pid"

// start starts the server, or says why it cannot and returns nil.
func start(cfg *config.Config, out io.Writer, log *serverlog.Logger, stderr io.Writer) *server.Server {
	if cfg.Port == 0 && cfg.TLSPort == 0 && cfg.UnixSocket == "" {
		log.Warningf("Configured to not listen anywhere, exiting.")
		log.Warningf("Port 0 is no TCP port, as in Redis. For a free port use --port auto.")
		return nil
	}
	if cfg.AddressFile != "" { // one of an earlier server would mislead, and this one may be impossible
		mode := os.FileMode(0o644)
		if cfg.Inspect != "" {
			mode = 0o600 // the token is for who started tattle
		}
		if err := os.WriteFile(cfg.AddressFile, nil, mode); err != nil {
			log.Warningf("Failed to write the address file: %s", config.SystemText(err))
			return nil
		}
	}
	srv, err := server.Start(server.Options{Config: cfg, Log: out, Persist: true, Tattle: tattle.Answer})
	if err != nil {
		explain(err, log, stderr)
		return nil
	}
	go giveBack(srv)
	writePID(cfg.PIDFile, log)
	return srv
}

// openLog changes to dir, which relative paths start from, and returns the
// destination of the log.
func openLog(cfg *config.Config, stdout io.Writer) (io.Writer, error) {
	if cfg.Dir != "" {
		if err := os.Chdir(cfg.Dir); err != nil {
			return nil, err
		}
	}
	if cfg.LogFile == "" {
		return stdout, nil
	}
	file := serverlog.File(cfg.LogFile)
	if err := file.Check(); err != nil {
		return nil, fmt.Errorf("\n*** FATAL CONFIG FILE ERROR (Redis %s) ***\nCan't open the log file: %s", server.RedisVersion, config.SystemText(err))
	}
	return file, nil
}

// announce logs what is starting, in lines that programs look for.
func announce(cfg *config.Config, log *serverlog.Logger, bare bool) {
	log.Noticef("oO0OoO0OoO0Oo tattle %s is starting oO0OoO0OoO0Oo", server.Version)
	log.Noticef("Redis version=%s, bits=%d, commit=00000000, modified=0, pid=%d, just started", server.RedisVersion, strconv.IntSize, os.Getpid())
	if bare {
		log.Warningf("Warning: no config file specified, using the default config. In order to specify a config file use tattle /path/to/redis.conf")
	} else {
		log.Noticef("Configuration loaded")
	}
	for _, sentence := range cfg.Ignored() {
		log.Warningf("WARNING %s", sentence)
	}
	log.Noticef("Running mode=standalone, port=%s.", strings.Replace(strconv.Itoa(cfg.Port), strconv.Itoa(config.Auto), "auto", 1))
	log.Noticef("PID: %d", os.Getpid())
}

// complain says what is wrong with the settings.
func complain(err error, stdout, stderr io.Writer) {
	var line *config.LineError
	if errors.As(err, &line) {
		fmt.Fprintln(stderr, err)
		return
	}
	log := serverlog.New(stdout, serverlog.Starting, serverlog.Notice)
	for _, l := range strings.Split(err.Error(), "\n") {
		log.Warningf("%s", l)
	}
}

// explain says why the server did not start; for a port in use and the like, in
// Redis's words.
func explain(err error, log *serverlog.Logger, stderr io.Writer) {
	var line *config.LineError
	if errors.As(err, &line) {
		fmt.Fprintln(stderr, err)
		return
	}
	var listen *net.OpError
	if !errors.As(err, &listen) || listen.Addr == nil {
		log.Warningf("%s", err)
		return
	}
	why := config.SystemText(err)
	if listen.Net == "unix" {
		log.Warningf("Failed opening Unix socket: bind: %s", why)
		return
	}
	host, port, _ := net.SplitHostPort(listen.Addr.String())
	if host == "" {
		host = "*"
	}
	log.Warningf("Warning: Could not create server TCP listening socket %s:%s: bind: %s", host, port, why)
	log.Warningf("Failed listening on port %s (tcp), aborting.", port)
}

func writePID(path string, log *serverlog.Logger) {
	if path == "" {
		return
	}
	if err := os.WriteFile(path, fmt.Appendln(nil, os.Getpid()), 0o644); err != nil {
		log.Warningf("Failed to write PID file: %s", config.SystemText(err))
	}
}

// removeFiles removes the files that describe the process.
func removeFiles(cfg *config.Config) {
	for _, path := range []string{cfg.PIDFile, cfg.AddressFile} {
		if path != "" {
			os.Remove(path)
		}
	}
}

// whenEnded returns a channel that is closed when the parent has ended, if the settings ask
// for it.
func whenEnded(cfg *config.Config, parent int) <-chan struct{} {
	ended := make(chan struct{})
	if cfg.ExitWithParent {
		go func() {
			awaitEnd(parent)
			close(ended)
		}()
	}
	return ended
}

// wait returns the exit code once the server has ended, by SHUTDOWN, by a signal, or because
// the parent has ended. A second SIGINT ends it at once.
func wait(srv *server.Server, cfg *config.Config, out io.Writer, signals <-chan os.Signal, orphaned <-chan struct{}) int {
	select {
	case <-srv.Done(): // SHUTDOWN has logged it
	case s := <-signals:
		name := map[os.Signal]string{syscall.SIGINT: "SIGINT", syscall.SIGTERM: "SIGTERM"}[s]
		fmt.Fprintf(out, "%d:signal-handler (%d) Received %s scheduling shutdown...\n", os.Getpid(), time.Now().Unix(), name)
		shutDown(srv)
	case <-orphaned:
		srv.Logf(serverlog.Notice, "The process that started tattle has ended.")
		shutDown(srv)
	}
	for {
		select {
		case s := <-signals:
			if s == syscall.SIGINT {
				fmt.Fprintf(out, "%d:signal-handler (%d) You insist... exiting now.\n", os.Getpid(), time.Now().Unix())
				return 1
			}
		case <-srv.Done():
			if cfg.PIDFile != "" {
				srv.Logf(serverlog.Notice, "Removing the pid file.")
			}
			srv.Logf(serverlog.Warning, "tattle is now ready to exit, bye bye...")
			return 0
		}
	}
}

func shutDown(srv *server.Server) {
	srv.Logf(serverlog.Notice, "User requested shutdown...")
	go srv.Close()
}
