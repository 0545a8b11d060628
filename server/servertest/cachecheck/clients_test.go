package cachecheck_test

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/servertest"
	"github.com/tattle-server/tattle/server/servertest/cachecheck"
)

// This file has two small caching clients: one that hears of invalidations between
// its replies, and one that hears of them on a connection of their own. Both are
// right, unless a flaw is planted.

// flaw is a mistake that can be planted.
type flaw int

const (
	none           flaw = iota
	ignoresFlush        // the invalidation without keys is not understood
	keepsAfterLoss      // what is held stays when the connection is lost
	storesLate          // a reply is stored though its invalidation came before
)

var errLost = errors.New("the connection is lost")

// store is the memory of a cache.
type store struct {
	flaw flaw

	mu      sync.Mutex
	entries map[string]any // a string, or nil for a key that does not exist
	fetches map[*fetch]bool
}

// fetch is a read that is under way to the server.
type fetch struct {
	key  string
	void bool // the key was invalidated meanwhile
}

func newStore(f flaw) *store {
	return &store{flaw: f, entries: map[string]any{}, fetches: map[*fetch]bool{}}
}

// get returns what is held, or the fetch that the caller has to make.
func (s *store) get(key string) (value any, f *fetch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.entries[key]; ok {
		return v, nil
	}
	f = &fetch{key: key}
	s.fetches[f] = true
	return nil, f
}

// end ends a fetch; its value is held unless that is old already.
func (s *store) end(f *fetch, value any, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.fetches, f)
	if err == nil && (!f.void || s.flaw == storesLate) {
		s.entries[f.key] = value
	}
}

// forget takes the payload of an invalidation: keys, or nil for all.
func (s *store) forget(payload any) {
	keys, some := payload.([]any)
	if !some {
		if s.flaw != ignoresFlush {
			s.forgetAll()
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keys {
		delete(s.entries, key.(string))
		for f := range s.fetches {
			f.void = f.void || f.key == key
		}
	}
}

// lost says that invalidations may have been missed.
func (s *store) lost() {
	if s.flaw != keepsAfterLoss {
		s.forgetAll()
	}
}

func (s *store) forgetAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.entries)
	for f := range s.fetches {
		f.void = true
	}
}

// link is a connection whose values are read by a goroutine of its own.
type link struct {
	conn    net.Conn
	replies chan any
}

// dial opens a link. onPush is given what is pushed or published, onEnd is called
// when the connection is gone, before anybody learns of it from do.
func dial(srv *servertest.Server, onPush func(payload any), onEnd func()) (*link, error) {
	conn, err := srv.Dial(context.Background())
	if err != nil {
		return nil, err
	}
	l := &link{conn, make(chan any, 16)}
	go func() {
		defer close(l.replies)
		defer onEnd()
		r := resp.NewReader(conn)
		for v, err := r.Read(); err == nil; v, err = r.Read() {
			if payload, is := pushed(v); is {
				onPush(payload)
			} else {
				l.replies <- v
			}
		}
	}()
	return l, nil
}

// pushed returns the payload of an invalidation in RESP3 or RESP2.
func pushed(v any) (payload any, is bool) {
	if p, ok := v.(resp.Push); ok {
		return p[1], true
	}
	if m, ok := v.([]any); ok && len(m) == 3 && m[0] == "message" {
		return m[2], true
	}
	return nil, false
}

// do sends a command and waits for its reply.
func (l *link) do(args ...any) (any, error) {
	if _, err := l.conn.Write(resp.AppendCommand(nil, args...)); err != nil {
		l.conn.Close()
		for range l.replies { // until the end is known everywhere
		}
		return nil, errLost
	}
	v, ok := <-l.replies
	if !ok {
		return nil, errLost
	}
	if e, is := v.(resp.Error); is {
		return nil, e
	}
	return v, nil
}

// all sends commands, whose replies do not matter unless they are errors.
func (l *link) all(commands ...[]any) error {
	for _, c := range commands {
		if _, err := l.do(c...); err != nil {
			return err
		}
	}
	return nil
}

// client is a cache over a link that it opens anew when it is lost.
type client struct {
	*store
	open func() (*link, error)

	mu   sync.Mutex
	data *link
}

func (c *client) Get(_ context.Context, key string) (string, bool, error) {
	value, f := c.get(key)
	if f != nil {
		var err error
		value, err = c.do("GET", key)
		c.end(f, value, err)
		if err != nil {
			return "", false, err
		}
	}
	text, found := value.(string)
	return text, found, nil
}

func (c *client) Set(_ context.Context, key, value string) error {
	_, err := c.do("SET", key, value)
	return err
}

func (c *client) do(args ...any) (any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.data == nil {
		l, err := c.open()
		if err != nil {
			return nil, err
		}
		c.data = l
	}
	v, err := c.data.do(args...)
	if err == errLost {
		c.data = nil
	}
	return v, err
}

func (c *client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.data != nil {
		c.data.conn.Close()
	}
}

// single opens a client with one connection, RESP3, on which invalidations come
// between replies.
func single(f flaw) cachecheck.Open {
	return func(srv *servertest.Server, name string) (cachecheck.Client, error) {
		c := &client{store: newStore(f)}
		c.open = func() (*link, error) {
			l, err := dial(srv, c.forget, c.lost)
			if err != nil {
				return nil, err
			}
			return l, l.all([]any{"HELLO", 3, "SETNAME", name}, []any{"CLIENT", "TRACKING", "ON"})
		}
		return c, nil
	}
}

// double opens a client with two connections, RESP2: one for data, whose
// invalidations come as messages on the other. When one is lost both go.
func double(f flaw) cachecheck.Open {
	return func(srv *servertest.Server, name string) (cachecheck.Client, error) {
		c := &client{store: newStore(f)}
		c.open = func() (*link, error) { return openPair(srv, name, c.store) }
		return c, nil
	}
}

// openPair opens the two connections of a double client and returns the one for
// data.
func openPair(srv *servertest.Server, name string, s *store) (*link, error) {
	var ear, data *link
	both := make(chan struct{}) // closed when both variables are set
	ear, err := dial(srv, s.forget, func() { s.lost(); <-both; data.conn.Close() })
	if err != nil {
		return nil, err
	}
	data, err = dial(srv, s.forget, func() { s.lost(); <-both; ear.conn.Close() })
	if err != nil {
		return nil, err
	}
	close(both)
	id, err := ear.do("CLIENT", "ID")
	if err == nil {
		err = ear.all([]any{"CLIENT", "SETNAME", name}, []any{"SUBSCRIBE", "__redis__:invalidate"})
	}
	if err == nil {
		err = data.all([]any{"CLIENT", "SETNAME", name}, []any{"CLIENT", "TRACKING", "ON", "REDIRECT", id})
	}
	return data, err
}
