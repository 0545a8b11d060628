package wire

import (
	"io"
	"math/rand"
	"net"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/redcon"
)

// pipe returns a guarded connection and the client's end.
func pipe(t *testing.T) (c *Conn, client net.Conn, h *hooks) {
	client, server := net.Pipe()
	h = &hooks{maxBulk: 512 << 20}
	c = NewConn(server, h)
	h.close = c.Close
	t.Cleanup(func() { c.Close(); client.Close() })
	return c, client, h
}

// start runs f and returns what it returned when it has.
func start(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return done
}

func running(t *testing.T, done <-chan error) {
	t.Helper()
	synctest.Wait()
	select {
	case err := <-done:
		t.Fatalf("it has ended: %v", err)
	default:
	}
}

func readOne(c net.Conn) func() error {
	return func() error {
		_, err := c.Read(make([]byte, 4096))
		return err
	}
}

func TestWatchKeepsBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, client, _ := pipe(t)
		done := start(c.Watch)
		for _, part := range []string{"*1\r", "\n$4\r\nPI", "NG\r\n", "PI", "NG\n"} {
			io.WriteString(client, part)
			running(t, done)
		}
		c.Interrupt()
		require.NoError(t, <-done)

		rd := redcon.NewReader(c)
		for range 2 {
			cmd, err := rd.ReadCommand()
			require.NoError(t, err)
			require.Equal(t, ping, string(cmd.Raw))
		}
		// The deadline that interrupted is gone.
		read := start(readOne(c))
		running(t, read)
		io.WriteString(client, ping)
		require.NoError(t, <-read)
	})
}

func TestInterruptBeforeWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, _ := pipe(t)
		c.Interrupt()
		require.NoError(t, c.Watch())
		done := start(c.Watch) // each ends one
		running(t, done)
		c.Interrupt()
		require.NoError(t, <-done)
	})
}

func TestInterruptDoesNotEndRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, client, _ := pipe(t)
		read := start(readOne(c))
		synctest.Wait()
		c.Interrupt()
		running(t, read)
		io.WriteString(client, ping)
		require.NoError(t, <-read)
		require.NoError(t, c.Watch())
	})
}

func TestWatchPeerGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, client, _ := pipe(t)
		done := start(c.Watch)
		io.WriteString(client, ping)
		running(t, done)
		client.Close()
		require.Equal(t, io.EOF, <-done)
		require.Equal(t, io.EOF, c.Watch())
		require.Equal(t, io.EOF, readOne(c)(), "what a client sent before it went is not run")
	})
}

func TestWatchClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, _ := pipe(t)
		done := start(c.Watch)
		running(t, done)
		c.Close()
		require.Error(t, <-done)
	})
}

func TestWatchIsBounded(t *testing.T) {
	sent := strings.Repeat(ping, 3*maxWatched/len(ping))
	for _, end := range []string{"interrupted", "closed"} {
		synctest.Test(t, func(t *testing.T) {
			c, client, h := pipe(t)
			done := start(c.Watch)
			writer := start(func() error {
				_, err := io.WriteString(client, sent)
				return err
			})
			running(t, done)
			require.Less(t, h.read.Load(), int64(2*maxWatched))
			if end == "closed" {
				c.Close()
				require.ErrorIs(t, <-done, net.ErrClosed)
				require.Error(t, <-writer)
				return
			}
			c.Interrupt()
			require.NoError(t, <-done)
			rd := redcon.NewReader(c)
			for range len(sent) / len(ping) {
				cmd, err := rd.ReadCommand()
				require.NoError(t, err)
				require.Equal(t, ping, string(cmd.Raw))
			}
			require.NoError(t, <-writer)
		})
	}
}

func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, client, h := pipe(t)
		h.idle.Store(int64(10 * time.Second))
		begin := time.Now()
		for range 5 {
			read := start(readOne(c))
			time.Sleep(9 * time.Second)
			running(t, read)
			io.WriteString(client, ping)
			require.NoError(t, <-read)
		}
		require.Equal(t, ErrIdle, readOne(c)())
		require.Equal(t, 55*time.Second, time.Since(begin))
		require.Equal(t, ErrIdle, readOne(c)())
	})
}

// TestIdlePart is silent in the middle of a command.
func TestIdlePart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, client, h := pipe(t)
		h.idle.Store(int64(10 * time.Second))
		read := start(readOne(c))
		io.WriteString(client, "*1\r\n$4\r\nPI")
		require.Equal(t, ErrIdle, <-read)
	})
}

func TestIdleWritesCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, client, h := pipe(t)
		h.idle.Store(int64(10 * time.Second))
		begin := time.Now()
		read := start(readOne(c))
		time.Sleep(6 * time.Second)
		go c.Write([]byte("push"))
		io.ReadFull(client, make([]byte, 4))
		time.Sleep(6 * time.Second)
		running(t, read)
		require.Equal(t, ErrIdle, <-read)
		require.Equal(t, 16*time.Second, time.Since(begin))
	})
}

func TestIdleExempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, h := pipe(t)
		h.idle.Store(int64(10 * time.Second))
		read := start(readOne(c))
		time.Sleep(5 * time.Second)
		h.idle.Store(0) // now it is a subscriber
		time.Sleep(time.Hour)
		running(t, read)
		h.idle.Store(int64(10 * time.Second))
		running(t, read)
		c.IdleChanged()
		require.Equal(t, ErrIdle, <-read)
	})
}

func TestIdleChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, h := pipe(t)
		begin := time.Now()
		read := start(readOne(c))
		time.Sleep(4 * time.Second)
		h.idle.Store(int64(10 * time.Second))
		c.IdleChanged()
		require.Equal(t, ErrIdle, <-read)
		require.Equal(t, 10*time.Second, time.Since(begin))
	})
}

// TestIdleSparesWatch leaves a deadline of a read behind for a Watch.
func TestIdleSparesWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, client, h := pipe(t)
		h.idle.Store(int64(10 * time.Second))
		read := start(readOne(c))
		io.WriteString(client, ping)
		require.NoError(t, <-read)
		done := start(c.Watch)
		time.Sleep(time.Minute)
		running(t, done)
		c.IdleChanged()
		running(t, done)
		c.Interrupt()
		require.NoError(t, <-done)
		begin := time.Now()
		require.Equal(t, ErrIdle, readOne(c)())
		require.Equal(t, 10*time.Second, time.Since(begin))
	})
}

// TestViolationWaitsForTheAnswer lets the server take its time to write it.
func TestViolationWaitsForTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, client, h := pipe(t)
		h.close = func() error { return nil }
		read := start(readOne(c))
		io.WriteString(client, "*x\r\n")
		io.WriteString(client, strings.Repeat("what is sent now does not count ", 1000))
		running(t, read)
		require.Equal(t, []string{violationCount}, h.violations)
		go c.Write([]byte("-ERR\r\n"))
		io.ReadFull(client, make([]byte, 6))
		c.Close()
		require.Equal(t, ErrViolation, <-read)
		require.Equal(t, ErrViolation, readOne(c)())
		require.Len(t, h.violations, 1)
	})
}

// TestTurns has three goroutines at one connection: a client that sends numbered
// commands, the server that reads and is blocked in turns, and one that unblocks
// it. Nothing may get lost or stuck.
func TestTurns(t *testing.T) {
	const commands = 3000
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	go func() {
		client, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return
		}
		defer client.Close()
		rnd := rand.New(rand.NewSource(seed))
		var in strings.Builder
		for i := range commands {
			in.WriteString(echo(strconv.Itoa(i) + strings.Repeat(" ", rnd.Intn(1<<rnd.Intn(12)))))
		}
		for rest := in.String(); rest != ""; {
			n := min(len(rest), 1+rnd.Intn(1<<rnd.Intn(14)))
			io.WriteString(client, rest[:n])
			rest = rest[n:]
		}
		io.Copy(io.Discard, client) // until the server has read all
	}()
	nc, err := l.Accept()
	require.NoError(t, err)
	h := &hooks{maxBulk: 512 << 20}
	h.idle.Store(int64(time.Minute))
	c := NewConn(nc, h)
	h.close = c.Close
	defer c.Close()

	blocked := make(chan bool)
	defer close(blocked)
	go func() {
		for range blocked {
			c.IdleChanged()
			c.Interrupt()
		}
	}()
	rd := redcon.NewReader(c)
	for i := range commands {
		cmd, err := rd.ReadCommand()
		require.NoError(t, err)
		require.Equal(t, strconv.Itoa(i), strings.TrimSpace(string(cmd.Args[1])))
		if i%3 == 0 {
			blocked <- true
			require.NoError(t, c.Watch())
		}
	}
}
