// Command tattle runs the server. It takes the command line and the redis.conf of
// redis-server.
//
// It turns arguments into settings, opens the log, starts package server and stops
// it on SIGINT and SIGTERM. Everything that a server does is in package server.
package main

import (
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
)

func main() {
	// The log may go to a pipe that nobody reads any more, and the terminal may
	// close: tattle lives on, as redis-server does.
	signal.Ignore(syscall.SIGPIPE, syscall.SIGHUP)
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main with its environment passed in. It returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if code, done := answer(args, stdout, stderr); done {
		return code
	}
	// Signals are handled from here on, so that one that arrives while the server
	// starts also ends it cleanly.
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)

	cfg, err := config.FromArgs(args, stdin)
	if err != nil {
		complain(err, stdout, stderr)
		return 1
	}
	defer tune()()
	defer profile(stderr)()
	out, err := openLog(cfg, stdout)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	level := serverlog.ParseLevel(cfg.LogLevel)
	announce(cfg, serverlog.New(out, serverlog.Starting, level), len(args) == 0)
	log := serverlog.New(out, serverlog.Master, level)
	if cfg.Port == 0 && cfg.TLSPort == 0 && cfg.UnixSocket == "" {
		log.Warningf("Configured to not listen anywhere, exiting.")
		return 1
	}
	srv, err := server.Start(server.Options{Config: cfg, Log: out, Persist: true})
	if err != nil {
		explain(err, log, stderr)
		return 1
	}
	go giveBack(srv)
	writePID(cfg.PIDFile, log)
	if cfg.LogFile == "" && level <= serverlog.Notice {
		greet(cfg, srv.Addr(), stdout)
	}
	return wait(srv, cfg, out, signals)
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
	log.Noticef("Running mode=standalone, port=%d.", cfg.Port)
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

// wait returns the exit code once the server has ended, by SHUTDOWN or by a signal.
// A second SIGINT ends it at once.
func wait(srv *server.Server, cfg *config.Config, out io.Writer, signals <-chan os.Signal) int {
	select {
	case <-srv.Done():
	case s := <-signals:
		name := map[os.Signal]string{syscall.SIGINT: "SIGINT", syscall.SIGTERM: "SIGTERM"}[s]
		fmt.Fprintf(out, "%d:signal-handler (%d) Received %s scheduling shutdown...\n", os.Getpid(), time.Now().Unix(), name)
		go srv.Close()
	}
	for {
		select {
		case s := <-signals:
			if s == syscall.SIGINT {
				fmt.Fprintf(out, "%d:signal-handler (%d) You insist... exiting now.\n", os.Getpid(), time.Now().Unix())
				return 1
			}
		case <-srv.Done():
			srv.Logf(serverlog.Notice, "User requested shutdown...")
			if cfg.PIDFile != "" {
				srv.Logf(serverlog.Notice, "Removing the pid file.")
				os.Remove(cfg.PIDFile)
			}
			srv.Logf(serverlog.Warning, "tattle is now ready to exit, bye bye...")
			return 0
		}
	}
}
