package servertest

import (
	"flag"
	"net"
	"testing"

	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/inspect"
)

// inspectWait is the flag -inspect.wait of test binaries.
var inspectWait = new(bool)

func init() {
	if testing.Testing() { // other programs keep their flags to themselves
		flag.BoolVar(inspectWait, "inspect.wait", false, "Inspect of servertest waits until Continue is pressed in the page")
	}
}

// Inspect serves a page that shows in a browser what has happened in the server and what happens from now on, logs its URL, and
// returns it. The page stays until the server ends.
//
// With the flag -inspect.wait it then waits until Continue is pressed in the page, or until the end of
// the context of [Server.WithContext]. Call it where there is something to see; a second call waits
// again, with the same page:
//
//	go test -run TestCart -v -timeout 0 -inspect.wait
//
// Without -v, go test shows the URL only after the test. Inspect does not work inside testing/synctest, since it opens a socket.
func (s *Server) Inspect(t TB) string {
	t.Helper()
	page, err := s.page(s.engine())
	if err != nil {
		t.Fatalf("servertest: opening an address for the page: %v", err)
	}
	t.Logf("servertest: see it happen at %s", page.URL())
	if *inspectWait {
		t.Logf("servertest: the test waits until Continue is pressed there")
		page.Wait(s.ctx, t.Name())
	}
	return page.URL()
}

// page returns the page of a server, which the first call opens.
func (i *instance) page(srv *server.Server) (*inspect.Page, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.inspected != srv {
		l, err := net.Listen("tcp", net.JoinHostPort(loopback, "0"))
		if err != nil {
			return nil, err
		}
		i.inspected, i.shown = srv, inspect.Serve(srv, l, inspect.Options{})
	}
	return i.shown, nil
}
