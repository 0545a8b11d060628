package servertest

import (
	"fmt"
	"time"

	"github.com/tattle-server/tattle/server"
)

// Client is a connection to the server as it was when it was asked for, and the
// handle to do something to it.
type Client struct {
	server.ClientInfo
	s *Server
}

// String names the client for messages.
func (c Client) String() string {
	if c.Name != "" {
		return fmt.Sprintf("client %d (%s)", c.ID, c.Name)
	}
	return fmt.Sprintf("client %d", c.ID)
}

// Clients returns all connections: id, name, library, protocol, tracking state.
func (s *Server) Clients() []Client {
	infos := s.engine().Clients()
	list := make([]Client, len(infos))
	for i, info := range infos {
		list[i] = Client{info, s}
	}
	return list
}

// ClientNamed returns the connection with the name (CLIENT SETNAME). The test
// fails if there is none, or more than one.
func (s *Server) ClientNamed(name string) Client {
	s.t.Helper()
	var found []Client
	for _, c := range s.Clients() {
		if c.Name == name {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		s.t.Fatalf("servertest: %d clients are named %q, want one; there are: %v", len(found), name, s.Clients())
	}
	return found[0]
}

// ClientID returns the connection with the id. The test fails if there is none.
func (s *Server) ClientID(id int64) Client {
	s.t.Helper()
	c, ok := s.find(uint64(id))
	if !ok {
		s.t.Fatalf("servertest: there is no client with the id %d; there are: %v", id, s.Clients())
	}
	return c
}

func (s *Server) find(id uint64) (Client, bool) {
	for _, c := range s.Clients() {
		if c.ID == id {
			return c, true
		}
	}
	return Client{}, false
}

// Client returns the server's side of a connection made by Connect.
func (c *Conn) Client(s *Server) Client { return s.ClientID(c.ID()) }

// must fails the test when the client is gone.
func (c Client) must(there bool) {
	c.s.t.Helper()
	if !there {
		c.s.t.Fatalf("servertest: %s is gone; ask for it again after a reconnect", c)
	}
}

// Kill closes the connection, as CLIENT KILL does.
func (c Client) Kill() { c.s.t.Helper(); c.must(c.s.Lab().Kill(c.ID)) }

// CutBeforePush closes the connection in place of the next invalidation: a reply
// before it still arrives.
func (c Client) CutBeforePush() { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).CutBeforePush()) }

// StallWrites lets nothing be written to the client until it is called with
// false.
func (c Client) StallWrites(on bool) { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).StallWrites(on)) }

// StallReads lets nothing that the client sends be run until it is called with
// false.
func (c Client) StallReads(on bool) { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).StallReads(on)) }

// Delay runs everything that the client sends d later.
func (c Client) Delay(d time.Duration) {
	c.s.t.Helper()
	c.must(c.s.Lab().Faults(c.ID).DelayCommands(d))
}

// HoldPushes keeps back the client's invalidations until ReleasePushes.
func (c Client) HoldPushes() { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).Hold()) }

// ReleasePushes lets go what HoldPushes kept back, in its order.
func (c Client) ReleasePushes() { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).Release(false)) }

// ReleaseReordered lets go what HoldPushes kept back, the last first.
func (c Client) ReleaseReordered() { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).Release(true)) }

// DropPushes drops the client's next n invalidations; -1 is all, 0 none more.
func (c Client) DropPushes(n int) { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).Drop(n)) }

// DelayPushes sends each of the client's invalidations d later; 0 ends that.
func (c Client) DelayPushes(d time.Duration) { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).Delay(d)) }

// DuplicatePushes sends each of the client's invalidations twice, or ends that.
func (c Client) DuplicatePushes(on bool) {
	c.s.t.Helper()
	c.must(c.s.Lab().Faults(c.ID).Duplicate(on))
}

// BreakRedirect makes the server believe that the client which this one redirects
// to is gone.
func (c Client) BreakRedirect() { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).BreakRedirect()) }
