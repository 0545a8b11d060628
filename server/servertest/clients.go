package servertest

import (
	"fmt"
	"time"

	"github.com/tattle-server/tattle/server"
)

// Client is a connection as the server sees it. The fields are a copy from the moment
// when the Client was asked for; the methods act on the connection itself.
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

// Clients returns all connections with their ids, names, libraries, protocols and
// tracking states.
func (s *Server) Clients() []Client {
	infos := s.engine().Clients()
	list := make([]Client, len(infos))
	for i, info := range infos {
		list[i] = Client{info, s}
	}
	return list
}

// ClientNamed returns the connection with a name (CLIENT SETNAME). The test fails if no
// connection has it, or more than one.
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

// ClientID returns the connection with an id. The test fails if there is none.
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

// CutBeforePush closes the connection instead of sending the next invalidation. Replies
// that come before it still arrive.
func (c Client) CutBeforePush() { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).CutBeforePush()) }

// StallWrites stops all writing to the client; with false, writing resumes.
func (c Client) StallWrites(on bool) { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).StallWrites(on)) }

// StallReads keeps the server from running anything that the client sends; with false, it
// runs that and goes on.
func (c Client) StallReads(on bool) { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).StallReads(on)) }

// Delay delays everything that the client sends by d before it is run.
func (c Client) Delay(d time.Duration) {
	c.s.t.Helper()
	c.must(c.s.Lab().Faults(c.ID).DelayCommands(d))
}

// HoldPushes withholds the client's invalidations until ReleasePushes.
func (c Client) HoldPushes() { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).Hold()) }

// ReleasePushes sends the invalidations that HoldPushes has withheld, in order.
func (c Client) ReleasePushes() { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).Release(false)) }

// ReleaseReordered sends the invalidations that HoldPushes has withheld, in reverse
// order.
func (c Client) ReleaseReordered() { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).Release(true)) }

// DropPushes drops the client's next n invalidations: all from now on if n is -1, no
// more if it is 0.
func (c Client) DropPushes(n int) { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).Drop(n)) }

// DelayPushes delays each of the client's invalidations by d; 0 ends that.
func (c Client) DelayPushes(d time.Duration) { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).Delay(d)) }

// DuplicatePushes sends each of the client's invalidations twice; with false, it stops
// doing so.
func (c Client) DuplicatePushes(on bool) {
	c.s.t.Helper()
	c.must(c.s.Lab().Faults(c.ID).Duplicate(on))
}

// BreakRedirect makes the server believe that this client's redirect target is gone.
func (c Client) BreakRedirect() { c.s.t.Helper(); c.must(c.s.Lab().Faults(c.ID).BreakRedirect()) }
