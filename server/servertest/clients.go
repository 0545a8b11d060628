package servertest

import (
	"fmt"

	"github.com/tattle-server/tattle/server"
)

// Client is a connection as the server sees it. The fields are a copy from the moment
// when the Client was asked for; the methods act on the connection itself.
type Client struct {
	server.ClientInfo
	target
}

// String names the client for messages.
func (c Client) String() string {
	if c.Name != "" {
		return fmt.Sprintf("client %d (%s)", c.ID, c.Name)
	}
	return fmt.Sprintf("client %d", c.ID)
}

// Group is the connections that have a name, at any time. Most client libraries have several,
// and open and close them as they like. A wait for a group ends when any of its connections meets
// it; faults and checks are about each of them.
type Group struct{ target }

// String names the group for messages.
func (g Group) String() string { return fmt.Sprintf("the clients named %q", g.name) }

// Clients returns the connections that the group has now, in the order in which they came.
func (g Group) Clients() []Client {
	g.server().t.Helper()
	return g.now()
}

// Who is a [Client] or a [Group]: whom a wait or a check is about.
type Who interface {
	String() string
	whom() target
}

// target is a connection by its id or, if that is 0, all connections by their name.
type target struct {
	s    *Server
	id   uint64
	name string
}

func (w target) whom() target { return w }

// server returns the server of a Client or Group that a server has made.
func (w target) server() *Server {
	if w.s == nil {
		panic("servertest: this Client or Group is of no server; ask one by Clients, ClientNamed, ClientsNamed or ClientID")
	}
	return w.s
}

// now returns the connections that are open now.
func (w target) now() (list []Client) {
	w.server().t.Helper()
	for _, c := range w.s.Clients() {
		if w.includes(c) {
			list = append(list, c)
		}
	}
	return list
}

func (w target) includes(c Client) bool {
	if w.id != 0 {
		return c.ID == w.id
	}
	return c.Name == w.name
}

// Clients returns all connections with their ids, names, libraries, protocols and
// tracking states.
func (s *Server) Clients() []Client {
	s.t.Helper()
	infos := s.engine().Clients()
	list := make([]Client, len(infos))
	for i, info := range infos {
		list[i] = Client{info, target{s: s, id: info.ID}}
	}
	return list
}

// ClientsNamed returns the connections with a name (CLIENT SETNAME), those that come later
// too.
func (s *Server) ClientsNamed(name string) Group { return Group{target{s: s, name: name}} }

// ClientNamed returns the connection with a name (CLIENT SETNAME). The test fails if no
// connection has it, or more than one; for clients with several, see ClientsNamed.
func (s *Server) ClientNamed(name string) Client {
	s.t.Helper()
	found := s.ClientsNamed(name).now()
	if len(found) != 1 {
		s.t.Fatalf("servertest: %d clients are named %q, want one (ClientsNamed takes several); there are: %v", len(found), name, s.Clients())
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

// HolderOf returns the connection that the tracking table has as the holder of a key. The
// test fails if there is none, or more than one.
func (s *Server) HolderOf(key string) Client {
	s.t.Helper()
	var found []Client
	for _, c := range s.Clients() {
		if s.Lab().Holds(c.ID, key) {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		s.t.Fatalf("servertest: %d clients hold %q, want one: %v.\n%s", len(found), key, found, s.tail())
	}
	return found[0]
}

func (s *Server) find(id uint64) (Client, bool) {
	s.t.Helper()
	for _, c := range s.Clients() {
		if c.ID == id {
			return c, true
		}
	}
	return Client{}, false
}
