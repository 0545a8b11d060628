package servertest

import (
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/inspect"
	"github.com/tattle-server/tattle/server/tattle"
)

// The errors of a server that is not at hand.
var (
	errNotStarted = errors.New("the server does not run yet; call Start first")
	errClosed     = errors.New("the server is closed; it is at hand until Close, which the end of its test calls")
	errShutDown   = errors.New("the server has ended by a client's SHUTDOWN; Restart starts it again")
)

// instance is the server that the tests share: [Server.For] makes another view of it.
type instance struct {
	set  settings
	cert *certificate // of StartTLS

	mu        sync.Mutex
	srv       *server.Server // nil before Start; replaced by Restart
	runs      int            // how many servers there were
	addr      string         // "" until it is asked for
	own       bool           // the setting "port" names it, and the server listens there by itself
	listener  *lease
	closed    bool
	history   history
	callbacks []*callback
	calling   sync.WaitGroup // callbacks
	funcs     funcs          // of Handle and Before
	inspected *server.Server // the server that shown shows
	shown     *inspect.Page
}

// start starts a server. The error is about the settings or the system.
func (i *instance) start() error {
	cfg := config.New()
	cfg.Port, cfg.Bind = 0, []string{loopback} // the address is opened when it is asked for
	cfg.EnableDebugCommand, cfg.EnableTattleCommand = config.AccessYes, config.AccessYes
	for _, line := range i.set.lines {
		if err := cfg.Load(line); err != nil {
			return &settingError{line, err}
		}
	}
	srv, err := server.Start(server.Options{Config: cfg, Clock: i.set.clock, Manual: i.set.manual, RDB: i.set.rdb, Tattle: tattle.Answer})
	if err != nil {
		return err
	}
	if err := i.funcs.install(srv); err != nil {
		srv.Close()
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.own = cfg.Port != 0; i.own {
		i.addr = net.JoinHostPort(loopback, strconv.Itoa(cfg.Port))
	}
	i.srv, i.closed = srv, false
	i.runs++
	i.watch()
	return nil
}

// settingError is a setting that cannot be set.
type settingError struct {
	line string
	err  error
}

func (e *settingError) Error() string {
	return "the setting " + strconv.Quote(e.line) + ": " + e.err.Error()
}

// started reports whether there is a server, or was one.
func (i *instance) started() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.srv != nil
}

// running returns the server if it runs.
func (i *instance) running() (*server.Server, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.srv, i.missing()
}

// missing says why the server is not at hand. Called with mu held.
func (i *instance) missing() error {
	switch {
	case i.srv == nil:
		return errNotStarted
	case i.closed:
		return errClosed
	}
	select {
	case <-i.srv.Done():
		return errShutDown
	default:
		return nil
	}
}

// loopback is the interface on which the server listens.
const loopback = "127.0.0.1"

// address returns the address at which the server listens. The first call opens it.
func (i *instance) address() (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if err := i.missing(); err != nil {
		return "", err
	}
	if i.addr == "" {
		i.addr = net.JoinHostPort(loopback, "0")
		return i.addr, i.listen()
	}
	return i.addr, nil
}

// listen opens the address, or goes on with the listener of the server that Restart has
// replaced. Called with mu held.
func (i *instance) listen() error {
	next := i.listener.next()
	if next == nil {
		l, err := net.Listen("tcp", i.addr)
		if err != nil {
			i.addr = ""
			return err
		}
		next, i.addr = &lease{TCPListener: l.(*net.TCPListener)}, l.Addr().String()
	}
	i.listener = next
	var config *tls.Config
	if i.cert != nil {
		config = i.cert.server()
	}
	go i.srv.ServeTLS(next, config)
	return nil
}

// lease is the listener as one of several servers has it, which use it one after the other.
// What connects in between waits for the next.
type lease struct {
	*net.TCPListener
	mu   sync.Mutex
	keep bool // there will be a next server
	over bool // there is, or the listener is closed
}

// Accept waits for a connection, until Close.
func (l *lease) Accept() (net.Conn, error) {
	nc, err := l.TCPListener.Accept()
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		return nil, net.ErrClosed
	}
	return nc, err
}

// Close ends Accept, and closes the listener unless it is kept. A server closes its lease at any
// time, even late.
func (l *lease) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.over:
		return nil
	case l.keep:
		return l.SetDeadline(time.Unix(1, 0))
	}
	l.over = true
	return l.TCPListener.Close()
}

// setKeep says whether Close leaves the listener open for another server.
func (l *lease) setKeep(keep bool) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keep = keep
}

// next ends a lease and returns that of the next server, or nil if the listener is closed.
func (l *lease) next() *lease {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return nil
	}
	l.over = true
	l.SetDeadline(time.Time{})
	return &lease{TCPListener: l.TCPListener}
}

// keepListener keeps the address open while a server ends for another to take its place. What it
// returns closes the listener if none has.
func (i *instance) keepListener() (done func()) {
	i.mu.Lock()
	l := i.listener
	i.mu.Unlock()
	l.setKeep(true)
	return func() {
		if l != nil {
			l.setKeep(false)
			l.Close()
		}
	}
}

// reopen has a new server listen where the one before did.
func (i *instance) reopen() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.addr == "" || i.own {
		return nil
	}
	return i.listen()
}
