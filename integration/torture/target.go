package torture

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/tattle-server/tattle/integration/reference"
)

// errNotLoopback is the error of an address that is not on this machine.
var errNotLoopback = errors.New("torture attacks loopback addresses only, such as 127.0.0.1:6379")

// Target is the server under attack.
type Target struct {
	Addr string // host:port

	server *reference.Server // nil if it was there before
}

// At is the server at an address, which must be a loopback address.
func At(addr string) (*Target, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%s: %w", addr, errNotLoopback)
	}
	return &Target{Addr: addr}, nil
}

// Start runs a program until Close.
func Start(p *reference.Program) (*Target, error) {
	s, err := p.Run("--loglevel", "warning")
	if err != nil {
		return nil, err
	}
	return &Target{s.Addr, s}, nil
}

// signs are what a log tells of a server that went wrong.
var signs = []string{"DATA RACE", "panic", "fatal error", "ASSERTION FAILED", "crashed by signal"}

// Close ends the server if Start has started it, and returns the sign of a mistake that
// its log shows, with what follows.
func (t *Target) Close() (sign string) {
	if t.server == nil {
		return ""
	}
	t.server.Close()
	log := t.server.Log()
	for _, word := range signs {
		if at := strings.Index(log, word); at >= 0 {
			return log[at:min(len(log), at+3000)]
		}
	}
	return ""
}
