package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

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

// listen opens all addresses of the settings.
func (s *Server) listen() error {
	if s.cfg.Port == 0 && s.cfg.TLSPort == 0 && s.cfg.UnixSocket == "" {
		return nil
	}
	if err := s.fitClients(); err != nil {
		return err
	}
	if err := s.listenTCP(); err != nil {
		return err
	}
	if err := s.listenTLS(); err != nil {
		return err
	}
	if s.cfg.UnixSocket != "" {
		return s.listenUnix()
	}
	return nil
}

func (s *Server) listenTCP() error { return s.listenAll(kindTCP, s.cfg.Port) }

func (s *Server) listenTLS() error {
	if err := s.loadTLS(); err != nil {
		return err
	}
	return s.listenAll(kindTLS, s.cfg.TLSPort)
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

// listenAll listens on a port of each bind address; port 0 is none. An address that begins
// with "-" is skipped if this machine does not have it.
func (s *Server) listenAll(kind string, port int) error {
	if port == 0 {
		return nil
	}
	var opened []net.Listener
	for _, addr := range s.cfg.Bind {
		l, err := listenOn(addr, port)
		if err != nil && !strings.HasPrefix(addr, "-") {
			for _, l := range opened {
				l.Close()
			}
			return fmt.Errorf("listening on port %d: %w", port, err)
		}
		if err != nil {
			continue
		}
		opened = append(opened, l)
	}
	for _, l := range opened {
		s.acceptFrom(listener{l, kind, nil})
	}
	s.log.Noticef("Ready to accept connections %s", kind)
	return nil
}

// listenOn opens one bind address. "*" is every IPv4 address, "::*" every IPv6 address.
func listenOn(addr string, port int) (net.Listener, error) {
	network := "tcp"
	switch addr = strings.TrimPrefix(addr, "-"); addr {
	case "*":
		network, addr = "tcp4", ""
	case "::*":
		network, addr = "tcp6", ""
	}
	return net.Listen(network, net.JoinHostPort(addr, strconv.Itoa(port)))
}

func (s *Server) listenUnix() error {
	path := s.cfg.UnixSocket
	os.Remove(path) // left over by a server that did not end cleanly
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", path, err)
	}
	if s.cfg.UnixSocketPerm != 0 {
		if err := os.Chmod(path, os.FileMode(s.cfg.UnixSocketPerm)); err != nil {
			l.Close()
			return fmt.Errorf("setting the permissions of %s: %w", path, err)
		}
	}
	s.acceptFrom(listener{l, kindUnix, nil})
	s.log.Noticef("Ready to accept connections unix")
	return nil
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
