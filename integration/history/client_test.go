package history

import (
	"errors"
	"net"
	"sync"

	"github.com/tattle-server/tattle/resp"
)

// errDown is the error of a command whose connection ended before its reply came. The
// command may have run or not.
var errDown = errors.New("the connection ended")

// mode is a way of caching.
type mode struct {
	name     string
	tracking []any // the words after CLIENT TRACKING ON
	redirect bool  // invalidations come on a second connection
	optIn    bool  // CLIENT CACHING YES is sent before each read
}

var modes = []mode{
	{name: "default"},
	{name: "noloop", tracking: []any{"NOLOOP"}},
	{name: "optin", tracking: []any{"OPTIN"}, optIn: true},
	{name: "bcast", tracking: []any{"BCAST", "PREFIX", "k"}},
	{name: "redirect", redirect: true},
	{name: "redirected bcast", tracking: []any{"BCAST", "NOLOOP"}, redirect: true},
}

// cache is a client with a cache. It does the least that a client library must do: one
// goroutine reads each connection and acts on what arrives, in order. If the server is
// right, the cache need do no more to be right.
type cache struct {
	mode mode
	addr string

	mu      sync.Mutex
	entries map[string]string // "" for a key that is known to be missing
	asked   map[string]int    // keys that are being read: the number of the last read
	reads   int
	data    *stream // commands
	pushes  *stream // invalidations: data itself, unless they are redirected

	hits, invalidations, deaths int
}

// stream is one connection, with the calls that wait for its replies.
type stream struct {
	nc      net.Conn
	mu      sync.Mutex // held while a command is written, so that waiters are in the same order
	waiters chan *waiter
	down    chan struct{}
}

type waiter struct {
	then  func(v any) // called by the reader of the connection, before anything later is read
	reply chan any
}

func newCache(m mode, addr string) *cache { return &cache{mode: m, addr: addr} }

// connect opens the connections anew, with an empty cache: the client has missed whatever
// the server wanted to tell it while they were down.
func (c *cache) connect() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries, c.asked = map[string]string{}, map[string]int{}
	words := append([]any{"CLIENT", "TRACKING", "ON"}, c.mode.tracking...)
	data, err := c.open()
	if err != nil {
		return err
	}
	c.data, c.pushes = data, data
	if c.mode.redirect {
		if c.pushes, err = c.open(); err != nil {
			return err
		}
		id, err := c.pushes.do(nil, "CLIENT", "ID")
		if err != nil {
			return err
		}
		words = append(words, "REDIRECT", id)
	}
	_, err = c.data.do(nil, words...)
	return err
}

// open opens a connection that speaks RESP3 and takes invalidations for c.
func (c *cache) open() (*stream, error) {
	nc, err := net.Dial("tcp", c.addr)
	if err != nil {
		return nil, err
	}
	s := &stream{nc: nc, waiters: make(chan *waiter, 64), down: make(chan struct{})}
	go c.read(s)
	_, err = s.do(nil, "HELLO", "3")
	return s, err
}

// read is the goroutine that reads a connection. When the connection ends, it drops the
// cache before any caller learns of the end.
func (c *cache) read(s *stream) {
	for r := resp.NewReader(s.nc); ; {
		v, err := r.Read()
		if err != nil {
			break
		}
		if push, ok := v.(resp.Push); ok {
			c.take(s, push)
			continue
		}
		w := <-s.waiters
		if w.then != nil {
			w.then(v)
		}
		w.reply <- v
	}
	c.drop(s)
	close(s.down)
	s.nc.Close()
}

// take acts on a push.
func (c *cache) take(s *stream, push resp.Push) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if push[0] != "invalidate" || s != c.pushes {
		return
	}
	keys, some := push[1].([]any)
	if !some { // everything
		clear(c.entries)
		clear(c.asked)
	}
	for _, key := range keys {
		delete(c.entries, key.(string))
		delete(c.asked, key.(string)) // a reply that is on its way may be old
		c.invalidations++
	}
}

// drop empties the cache because one of its connections ended, and ends both.
func (c *cache) drop(s *stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s != c.data && s != c.pushes {
		return
	}
	c.deaths++
	clear(c.entries)
	clear(c.asked)
	c.data.nc.Close()
	c.pushes.nc.Close()
}

// streams returns the connections as they are now.
func (c *cache) streams() (data, pushes *stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.data, c.pushes
}

// cut ends the connections as a broken cable would: the client cannot send anything more,
// and replies on their way are lost.
func (c *cache) cut() {
	data, pushes := c.streams()
	data.nc.Close()
	pushes.nc.Close()
}

// end cuts the connections and waits until they have been read to their end.
func (c *cache) end() {
	data, pushes := c.streams()
	c.cut()
	<-data.down
	<-pushes.down
}

// get reads a key. It first waits for everything that the server has to say; if the key is
// still in the cache then, it reads from the cache, otherwise from the server. It returns
// "" for a missing key.
func (c *cache) get(key string) (value string, hit bool, err error) {
	data, pushes := c.streams()
	if data != pushes { // the tracked connection may be gone, and pushes would not be told
		if _, err := data.do(nil, "PING"); err != nil {
			return "", false, err
		}
	}
	if _, err := pushes.do(nil, "PING"); err != nil {
		return "", false, err
	}
	c.mu.Lock()
	value, hit = c.entries[key]
	if hit = hit && data == c.data; hit {
		c.hits++
		c.mu.Unlock()
		return value, true, nil
	}
	c.reads++
	number := c.reads
	c.asked[key] = number
	c.mu.Unlock()

	reply, err := data.send(c.mode.optIn, func(v any) { c.keep(data, key, number, v) }, "GET", key)
	value, _ = reply.(string)
	return value, false, err
}

// keep puts the result of a read into the cache, unless the key was invalidated meanwhile.
func (c *cache) keep(s *stream, key string, number int, v any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s == c.data && c.asked[key] == number {
		delete(c.asked, key)
		c.entries[key], _ = v.(string)
	}
}

// write runs a command that changes a key. With NOLOOP, the server does not tell this
// client of the change.
func (c *cache) write(key string, words ...any) (any, error) {
	data, _ := c.streams()
	return data.do(func(any) {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.entries, key)
		delete(c.asked, key)
	}, words...)
}

func (s *stream) do(then func(any), words ...any) (any, error) { return s.send(false, then, words...) }

// send sends a command, after CLIENT CACHING YES if that is asked for, and waits
// for its reply.
func (s *stream) send(caching bool, then func(any), words ...any) (any, error) {
	w := &waiter{then, make(chan any, 1)}
	s.mu.Lock()
	var b []byte
	if caching {
		b = resp.AppendCommand(b, "CLIENT", "CACHING", "YES")
		s.waiters <- &waiter{nil, make(chan any, 1)}
	}
	s.waiters <- w
	_, err := s.nc.Write(resp.AppendCommand(b, words...))
	s.mu.Unlock()
	if err != nil {
		s.nc.Close()
	}
	select {
	case v := <-w.reply:
		return v, asError(v)
	case <-s.down:
		return nil, errDown
	}
}

func asError(v any) error {
	if e, ok := v.(resp.Error); ok {
		return e
	}
	return nil
}
