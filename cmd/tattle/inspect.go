package main

import (
	"net"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/inspect"
	"github.com/tattle-server/tattle/server/serverlog"
)

// listenForPage opens the address of the page, before the server starts and says that it is ready. The listener
// is nil if there is no page. It reports whether nothing went wrong.
func listenForPage(cfg *config.Config, log *serverlog.Logger) (l net.Listener, ok bool) {
	if cfg.Inspect == "" {
		return nil, true
	}
	l, err := net.Listen("tcp", cfg.Inspect)
	if err != nil {
		log.Warningf("Could not open the address of the page, %s: %s", cfg.Inspect, config.SystemText(err))
		log.Warningf("For a free port use --inspect auto.")
		return nil, false
	}
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		log.Warningf("WARNING inspect %s: the page is reached from other machines, without encryption. Who has its address with the token controls the server.", cfg.Inspect)
	}
	return l, true
}

// servePage serves the page on its listener, and returns its URL.
func servePage(srv *server.Server, l net.Listener, cfg *config.Config) string {
	if l == nil {
		return ""
	}
	host, _, _ := net.SplitHostPort(cfg.Inspect)
	return inspect.Serve(srv, l, inspect.Options{ReadOnly: cfg.InspectReadOnly, Host: host}).URL()
}
