package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/internal/wire"
)

// The kinds of listeners.
const (
	kindTCP   = "tcp"
	kindTLS   = "tls"
	kindUnix  = "unix"
	kindOther = "other" // given to Serve or Listen
)

// listener is one open address.
type listener struct {
	net.Listener
	kind string
	tls  *tls.Config // nil for none, or of the settings
}

// listenAtStart opens all addresses of the settings, and logs for which kinds it did once all
// are open: programs that start a server wait for these lines.
func (s *Server) listenAtStart() error {
	kinds := s.wantedKinds()
	if len(kinds) > 0 {
		if err := s.fitClients(); err != nil {
			return err
		}
	}
	if err := s.listen(kinds...); err != nil {
		return err
	}
	for _, kind := range kinds {
		s.log.Noticef("Ready to accept connections %s", kind)
	}
	return nil
}

// wantedKinds returns the kinds that the settings ask for.
func (s *Server) wantedKinds() (kinds []string) {
	if s.cfg.Port != 0 {
		kinds = append(kinds, kindTCP)
	}
	if s.cfg.TLSPort != 0 {
		kinds = append(kinds, kindTLS)
	}
	if s.cfg.UnixSocket != "" {
		kinds = append(kinds, kindUnix)
	}
	return kinds
}

// listen opens the addresses of some kinds, all or none, and then accepts connections from
// them.
func (s *Server) listen(kinds ...string) error {
	var all []listener
	for _, kind := range kinds {
		opened, err := s.openKind(kind)
		for _, l := range opened {
			all = append(all, listener{l, kind, nil})
		}
		if err != nil {
			for _, l := range all {
				l.Close()
			}
			return err
		}
	}
	for _, l := range all {
		s.acceptFrom(l)
	}
	return nil
}

// openKind opens the addresses of a kind, or none and returns an error.
func (s *Server) openKind(kind string) ([]net.Listener, error) {
	switch kind {
	case kindTCP:
		return s.openPort(&s.cfg.Port)
	case kindTLS:
		if err := s.loadTLS(); err != nil {
			return nil, err
		}
		return s.openPort(&s.cfg.TLSPort)
	}
	l, err := s.openUnix()
	if err != nil {
		return nil, err
	}
	return []net.Listener{l}, nil
}

// loadTLS reads the settings of TLS anew, for the connections that come from now on. Without
// tls-port nothing is read, as in Redis.
func (s *Server) loadTLS() error {
	if s.cfg.TLSPort == 0 {
		return nil
	}
	t, err := tlsConfig(s.cfg)
	if err != nil {
		return fmt.Errorf("configuring TLS: %w", err)
	}
	s.tls.Store(t)
	return nil
}

// autoTries is how often a free port is looked for that is free at all bind addresses.
const autoTries = 10

// openPort opens a port of each bind address; port 0 is none. In place of config.Auto it puts
// the port that it found free.
func (s *Server) openPort(port *int) (opened []net.Listener, err error) {
	switch *port {
	case 0:
		return nil, nil
	case config.Auto:
	default:
		return openAddresses(s.cfg.Bind, *port)
	}
	for range autoTries {
		opened, err = openAddresses(s.cfg.Bind, 0)
		if err == nil && len(opened) > 0 {
			*port = portOf(opened[0])
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
	}
	return opened, err
}

// openAddresses opens a port of each address, all or none. With port 0 the first address
// chooses a free one. An address that begins with "-" is skipped if this machine does not
// have it.
func openAddresses(addrs []string, port int) (opened []net.Listener, err error) {
	for _, addr := range addrs {
		l, err := listenOn(addr, port)
		switch {
		case err == nil:
			opened = append(opened, l)
			port = portOf(l)
		case !strings.HasPrefix(addr, "-") || errors.Is(err, syscall.EADDRINUSE):
			for _, l := range opened {
				l.Close()
			}
			return nil, fmt.Errorf("listening on port %d: %w", port, err)
		}
	}
	return opened, nil
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// listenOn opens one bind address. "*" is every IPv4 address, "::*" every IPv6 address; so are
// 0.0.0.0 and ::, which Go by itself would take for both.
func listenOn(addr string, port int) (net.Listener, error) {
	network := "tcp"
	switch addr = strings.TrimPrefix(addr, "-"); addr {
	case "*":
		network, addr = "tcp4", ""
	case "::*":
		network, addr = "tcp6", ""
	case "0.0.0.0":
		network = "tcp4"
	case "::":
		network = "tcp6"
	}
	return net.Listen(network, net.JoinHostPort(addr, strconv.Itoa(port)))
}

func (s *Server) openUnix() (net.Listener, error) {
	path := s.cfg.UnixSocket
	os.Remove(path) // left over by a server that did not end cleanly
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", path, err)
	}
	if s.cfg.UnixSocketPerm != 0 {
		if err := os.Chmod(path, os.FileMode(s.cfg.UnixSocketPerm)); err != nil {
			l.Close()
			return nil, fmt.Errorf("setting the permissions of %s: %w", path, err)
		}
	}
	return l, nil
}

// Listen serves one more address, and returns when it is open. "tcp" and "127.0.0.1:0" are a
// free port of the loopback interface.
func (s *Server) Listen(network, address string) error {
	l, err := net.Listen(network, address)
	if err != nil {
		return err
	}
	s.acceptFrom(listener{l, kindOther, nil})
	return nil
}

// ErrClosed is what Serve returns after the end of the server, or of its listener.
var ErrClosed = errors.New("server: closed")

// Serve serves the connections of a listener until the server ends, which closes the
// listener. It then returns ErrClosed, or before that the error of the listener.
func (s *Server) Serve(l net.Listener) error { return s.ServeTLS(l, nil) }

// ServeTLS is Serve for connections that begin with a TLS handshake.
func (s *Server) ServeTLS(l net.Listener, config *tls.Config) error {
	if !s.expectServe(listener{l, kindOther, config}) {
		l.Close()
		return ErrClosed
	}
	defer s.accepting.Done()
	err := wire.Accept(l, func(nc net.Conn) { s.take(nc, config) }, s.noteRefused)
	if errors.Is(err, net.ErrClosed) {
		return ErrClosed
	}
	return err
}

// expectServe notes a listener, for which the end of the server then waits; it reports
// whether the end has not begun.
func (s *Server) expectServe(l listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.ending:
		return false
	default:
	}
	s.listeners = append(s.listeners, l)
	s.accepting.Add(1)
	return true
}

// acceptFrom accepts connections of a listener in the background.
func (s *Server) acceptFrom(l listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = append(s.listeners, l)
	s.accepting.Go(func() {
		wire.Accept(l.Listener, func(nc net.Conn) {
			t := l.tls
			if l.kind == kindTLS {
				t = s.tls.Load()
			}
			s.take(nc, t)
		}, s.noteRefused)
	})
}

// noteRefused logs why the system does not accept connections for a while.
func (s *Server) noteRefused(err error) { s.log.Warningf("Accepting client connection: %v", err) }

// Addr returns the address of the first listener, or nil if there is none.
func (s *Server) Addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.listeners) == 0 {
		return nil
	}
	return s.listeners[0].Addr()
}

// Address is where a server listens.
type Address struct {
	Kind string // tcp, tls or unix, by the settings; other for one that was given to Listen or Serve
	net.Addr
}

// Addrs returns the addresses of all listeners, in the order in which they were opened.
func (s *Server) Addrs() []Address {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Address
	for _, l := range s.listeners {
		all = append(all, Address{l.kind, l.Addr()})
	}
	return all
}

// closeListeners closes the listeners of a kind, "" for all.
func (s *Server) closeListeners(kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var left []listener
	for _, l := range s.listeners {
		if kind == "" || l.kind == kind {
			l.Close()
			continue
		}
		left = append(left, l)
	}
	s.listeners = left
}
