package integration

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/gomodule/redigo/redis"
	"github.com/stretchr/testify/require"
)

// redigo speaks RESP2 and has no cache, so this is one as people write it by hand:
//
//	ears   SUBSCRIBE __redis__:invalidate          -> messages, each an array of keys
//	data   CLIENT TRACKING ON REDIRECT <ears' id>  -> GET on a miss
//
// The two are different sockets. An invalidation may overtake the reply that it concerns.
// So a value is kept only if no invalidation of its key has arrived since the request.
type redigoCache struct {
	mu      sync.Mutex
	data    redis.Conn // guarded by ask
	ask     sync.Mutex
	values  map[string]string
	pending map[string]bool // requested keys that have not been invalidated since
}

const invalidations = "__redis__:invalidate"

// openRedigo opens both connections; tracking are further options, such as BCAST.
func openRedigo(t *testing.T, addr string, tracking ...string) *redigoCache {
	t.Helper()
	ears, data := dialRedigo(t, addr), dialRedigo(t, addr)
	id, err := redis.Int(ears.Do("CLIENT", "ID"))
	require.NoError(t, err)
	_, err = ears.Do("SUBSCRIBE", invalidations)
	require.NoError(t, err)

	args := redis.Args{"TRACKING", "ON", "REDIRECT", id}.AddFlat(tracking)
	_, err = data.Do("CLIENT", args...)
	require.NoError(t, err)
	c := &redigoCache{data: data, values: map[string]string{}, pending: map[string]bool{}}
	over := make(chan struct{})
	go func() {
		defer close(over)
		c.listen(ears)
	}()
	t.Cleanup(func() {
		ears.Close()
		<-over
	})
	return c
}

func dialRedigo(t *testing.T, addr string) redis.Conn {
	t.Helper()
	c, err := redis.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// listen forgets keys as it is told, until the connection ends.
func (c *redigoCache) listen(ears redis.Conn) {
	for {
		message, err := redis.Values(ears.Receive())
		if err != nil {
			return
		}
		keys, err := redis.Strings(message[2], nil)
		c.mu.Lock()
		if errors.Is(err, redis.ErrNil) { // everything
			clear(c.values)
			clear(c.pending)
		}
		for _, k := range keys {
			delete(c.values, k)
			delete(c.pending, k)
		}
		c.mu.Unlock()
	}
}

func (c *redigoCache) get(key string) (string, error) {
	c.ask.Lock()
	defer c.ask.Unlock()
	c.mu.Lock()
	v, held := c.values[key]
	if !held {
		c.pending[key] = true
	}
	c.mu.Unlock()
	if held {
		return v, nil
	}
	v, err := redis.String(c.data.Do("GET", key))
	if errors.Is(err, redis.ErrNil) {
		v, err = missing, nil
	}
	c.mu.Lock()
	if c.pending[key] && err == nil {
		c.values[key] = v
	}
	delete(c.pending, key)
	c.mu.Unlock()
	return v, err
}

// Many connections may redirect to one, in any mode.
func TestRedigoManyRedirectToOne(t *testing.T) {
	p := start(t)
	ears := dialRedigo(t, p.addr)
	id, err := redis.Int(ears.Do("CLIENT", "ID"))
	require.NoError(t, err)
	_, err = ears.Do("SUBSCRIBE", invalidations)
	require.NoError(t, err)
	for i := range 3 {
		data := dialRedigo(t, p.addr)
		_, err := data.Do("CLIENT", "TRACKING", "ON", "REDIRECT", id)
		require.NoError(t, err)
		_, err = data.Do("GET", fmt.Sprint("k", i))
		require.NoError(t, err)
	}
	for i := range 3 {
		key := fmt.Sprint("k", i)
		p.run("SET", key, "v")
		message, err := redis.Values(ears.Receive())
		require.NoError(t, err)
		require.Equal(t, []any{[]byte("message"), []byte(invalidations), []any{[]byte(key)}}, message)
	}
	p.run("FLUSHALL")
	for range 3 { // one for each tracking connection
		message, err := redis.Values(ears.Receive())
		require.NoError(t, err)
		require.Equal(t, []any{[]byte("message"), []byte(invalidations), nil}, message)
	}
}

// If the redirect target is gone, the tracking connection can find out.
func TestRedigoBrokenRedirect(t *testing.T) {
	p := start(t)
	ears, data := dialRedigo(t, p.addr), dialRedigo(t, p.addr)
	id, err := redis.Int(ears.Do("CLIENT", "ID"))
	require.NoError(t, err)
	_, err = data.Do("CLIENT", "TRACKING", "ON", "REDIRECT", id)
	require.NoError(t, err)
	_, err = data.Do("GET", "k")
	require.NoError(t, err)
	require.Equal(t, int64(1), p.Do("CLIENT", "KILL", "ID", id))
	p.run("SET", "k", "v")

	reply, err := redis.Values(data.Do("CLIENT", "TRACKINGINFO"))
	require.NoError(t, err)
	flags, err := redis.Strings(reply[1], nil)
	require.NoError(t, err)
	require.Equal(t, []string{"on", "broken_redirect"}, flags)
	_, err = data.Do("CLIENT", "TRACKING", "ON", "REDIRECT", id)
	require.EqualError(t, err, "ERR The client ID you want redirect to does not exist")
}

// The same connection may subscribe to other channels too, and unsubscribe.
func TestRedigoPubSub(t *testing.T) {
	p := start(t)
	c := redis.PubSubConn{Conn: dialRedigo(t, p.addr)}
	require.NoError(t, c.Subscribe("news"))
	require.NoError(t, c.PSubscribe("n*"))
	require.Equal(t, redis.Subscription{Kind: "subscribe", Channel: "news", Count: 1}, c.Receive())
	require.Equal(t, redis.Subscription{Kind: "psubscribe", Channel: "n*", Count: 2}, c.Receive())
	require.Equal(t, int64(2), p.Do("PUBLISH", "news", "hello"))
	require.Equal(t, redis.Message{Channel: "news", Data: []byte("hello")}, c.Receive())
	require.Equal(t, redis.Message{Channel: "news", Pattern: "n*", Data: []byte("hello")}, c.Receive())
	require.NoError(t, c.Ping("still there"))
	require.Equal(t, redis.Pong{Data: "still there"}, c.Receive())
	require.NoError(t, c.Unsubscribe())
	require.Equal(t, redis.Subscription{Kind: "unsubscribe", Channel: "news", Count: 1}, c.Receive())
}

func TestRedigoPoolAndScript(t *testing.T) {
	p := start(t)
	pool := &redis.Pool{MaxActive: 4, Wait: true, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", p.addr) }}
	defer pool.Close()
	script := redis.NewScript(1, "return redis.call('INCRBY', KEYS[1], ARGV[1])")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				c := pool.Get()
				if _, err := script.Do(c, "n", 2); err != nil {
					t.Error(err)
				}
				c.Close()
			}
		})
	}
	all.Wait()
	require.Equal(t, "800", p.Do("GET", "n"))
}
