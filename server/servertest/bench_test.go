package servertest_test

import (
	"bufio"
	"context"
	"net"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/server/servertest"
)

// quietTB is a benchmark that runs its cleanups itself, in each iteration.
type quietTB struct {
	testing.TB
	cleanups []func()
}

func (q *quietTB) Cleanup(fn func()) { q.cleanups = append(q.cleanups, fn) }
func (q *quietTB) end() {
	for i := len(q.cleanups) - 1; i >= 0; i-- {
		q.cleanups[i]()
	}
	q.cleanups = nil
}

func firstReply(b *testing.B, dial func(*servertest.Server) (net.Conn, error)) {
	t := &quietTB{TB: b}
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		srv := servertest.Run(t)
		c, err := dial(srv)
		require.NoError(b, err)
		c.Write([]byte("PING\r\n"))
		_, err = bufio.NewReader(c).ReadString('\n')
		took = append(took, time.Since(began))
		require.NoError(b, err)
		c.Close()
		t.end()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1000, "median-µs")
}

// From Run to the first reply, over a socket and inside the process.
func BenchmarkFirstReply(b *testing.B) {
	b.Run("tcp", func(b *testing.B) {
		firstReply(b, func(s *servertest.Server) (net.Conn, error) { return net.Dial("tcp", s.Addr()) })
	})
	b.Run("dial", func(b *testing.B) {
		firstReply(b, func(s *servertest.Server) (net.Conn, error) { return s.Dial(context.Background()) })
	})
}

// What an idle server costs in memory, a thousand at a time.
func BenchmarkIdleServer(b *testing.B) {
	const servers = 1000
	for b.Loop() {
		t := &quietTB{TB: b}
		before := memory()
		for range servers {
			servertest.Run(t).Addr()
		}
		b.ReportMetric(float64(memory()-before)/servers/1024, "KiB/server")
		t.end()
	}
}

func memory() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// A parallel suite of 200 tests, each with a server of its own.
func BenchmarkSuite(b *testing.B) {
	for b.Loop() {
		done := make(chan struct{})
		for range 200 {
			go func() {
				t := &quietTB{TB: b}
				srv := servertest.Run(t)
				c := servertest.Dial(t, srv.Addr())
				c.Hello3()
				c.Do("CLIENT", "TRACKING", "ON")
				for range 20 {
					c.Do("SET", "k", "v")
					c.Do("GET", "k")
				}
				t.end()
				done <- struct{}{}
			}()
		}
		for range 200 {
			<-done
		}
	}
}
