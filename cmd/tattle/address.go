package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
)

// readyPrefix begins the one line of the output that programs parse. A JSON object follows.
const readyPrefix = "tattle-ready "

// address is that object: where clients connect. Fields are added, never renamed or removed.
type address struct {
	Version    string `json:"version"`
	PID        int    `json:"pid"`
	Host       string `json:"host"`       // to dial, "" without TCP and TLS
	Port       int    `json:"port"`       // 0 without TCP
	TLSPort    int    `json:"tls_port"`   // 0 without TLS
	UnixSocket string `json:"unixsocket"` // an absolute path, or ""
	Inspect    string `json:"inspect"`    // the URL of the page with its token, or ""
}

// addressOf returns where the server listens.
func addressOf(srv *server.Server) address {
	a := address{Version: server.Version, PID: os.Getpid()}
	for _, l := range srv.Addrs() {
		tcp, ok := l.Addr.(*net.TCPAddr)
		switch {
		case !ok:
			a.UnixSocket, _ = filepath.Abs(l.String())
			continue
		case a.Host == "":
			a.Host = hostToDial(tcp)
		}
		if l.Kind == "tls" {
			a.TLSPort = tcp.Port
		} else {
			a.Port = tcp.Port
		}
	}
	return a
}

// hostToDial returns the host of an address, and of one that stands for all addresses of this
// machine the loopback one.
func hostToDial(a *net.TCPAddr) string {
	switch ip := a.AddrPort().Addr().Unmap(); {
	case !ip.IsUnspecified():
		return ip.String()
	case ip.Is4():
		return "127.0.0.1"
	}
	return "::1"
}

// tell prints the line, and writes the object to the address file if there is one. If stdout
// leads to the process that started a daemon, it is closed.
func (a address) tell(cfg *config.Config, stdout io.Writer) error {
	line, err := json.Marshal(a)
	if err == nil && cfg.AddressFile != "" {
		err = config.ReplaceFile(cfg.AddressFile, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s\n", line)
			return err
		})
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s%s\n", readyPrefix, line)
	if c, ok := stdout.(io.Closer); ok && cfg.Daemonize {
		c.Close()
	}
	return nil
}
