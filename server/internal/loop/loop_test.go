package loop

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// conn is a connection that says what was done with it.
type conn struct {
	Source
	id int
}

// recorder is an engine that writes down what it does, and finds out when two do it at a
// time.
type recorder struct {
	inside     atomic.Int32
	mu         sync.Mutex
	log        []string
	serve      func(*conn)
	full       func() bool
	unfinished int
	inCycle    bool
}

func (r *recorder) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, fmt.Sprintf(format, args...))
}

func (r *recorder) took() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	log := r.log
	r.log = nil
	return log
}

func (r *recorder) Begin() {
	if r.inside.Add(1) != 1 {
		panic("two cycles at a time")
	}
	r.inCycle = true
}

func (r *recorder) Serve(c *conn, flags uint8) {
	if !r.inCycle {
		panic("served outside of a cycle")
	}
	r.note("%d/%d", c.id, flags)
	if r.serve != nil {
		r.serve(c)
	}
}

func (r *recorder) End() {
	r.inCycle = false
	r.inside.Add(-1)
	if r.unfinished > 0 {
		r.unfinished--
	}
	r.note("end")
}

func (r *recorder) Full() bool { return r.full != nil && r.full() }

func (r *recorder) Unfinished() bool { return r.unfinished > 0 }

func newLoop() (*Loop[*conn], *recorder) {
	r := &recorder{}
	return New[*conn](r), r
}

func TestReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, r := newLoop()
		a, b := &conn{id: 1}, &conn{id: 2}
		l.Do(func() { // what comes meanwhile is served later, in its order
			l.Ready(a, 1)
			l.Ready(b, 1)
			l.Ready(a, 2)
			r.note("fn")
		})
		synctest.Wait()
		require.Equal(t, []string{"fn", "end", "1/3", "2/1", "end"}, r.took())
	})
}

// A function stands behind what was ready before it and before what came later.
func TestDoHasItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, r := newLoop()
		a, b := &conn{id: 1}, &conn{id: 2}
		release, held := make(chan struct{}), make(chan struct{})
		go l.Do(func() { close(held); <-release })
		<-held
		l.Ready(a, 1)
		go l.Do(func() { r.note("fn") })
		synctest.Wait()
		l.Ready(b, 1)
		close(release)
		synctest.Wait()
		require.Equal(t, []string{"end", "1/1", "end", "fn", "end", "2/1", "end"}, r.took())
	})
}

// sockets is a poller that the test plays.
type sockets struct {
	mu    sync.Mutex
	ready []*conn
	wake  chan struct{}
}

func (s *sockets) arrive(c *conn) {
	s.mu.Lock()
	s.ready = append(s.ready, c)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *sockets) Look(ready func(*conn, uint8)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.ready {
		ready(c, 1)
	}
	s.ready = nil
}

func (s *sockets) Wait(look func() bool) error {
	for !look() {
		if _, open := <-s.wake; !open {
			return fmt.Errorf("closed")
		}
	}
	return nil
}

// What came to a socket before a function was to run stands before it, though the
// poller's goroutine has not heard of it yet.
func TestLooksBeforeItEnters(t *testing.T) {
	l, r := newLoop()
	s := &sockets{} // its goroutine is never woken
	s.wake = make(chan struct{})
	ended := l.Poll(s)
	runtime.Gosched()
	s.mu.Lock()
	s.ready = append(s.ready, &conn{id: 1})
	s.mu.Unlock()
	l.Do(func() { r.note("fn") })
	require.Equal(t, []string{"1/1", "end", "fn", "end"}, r.took())
	close(s.wake)
	<-ended
}

func TestPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, r := newLoop()
		s := &sockets{wake: make(chan struct{}, 1)}
		ended := l.Poll(s)
		for id := range 3 {
			s.arrive(&conn{id: id})
		}
		synctest.Wait()
		require.Equal(t, []string{"0/1", "1/1", "2/1"}, slices.DeleteFunc(r.took(), func(s string) bool { return s == "end" }))
		close(s.wake)
		<-ended
	})
}

// A panic of a function is its caller's, and Goexit ends the caller: the cycle ends, and
// others go on.
func TestDoSurvivesItsFunction(t *testing.T) {
	l, r := newLoop()
	require.PanicsWithValue(t, "x", func() { l.Do(func() { panic("x") }) })
	var wg sync.WaitGroup
	wg.Go(func() { l.Do(runtime.Goexit) })
	wg.Wait()
	l.Do(func() { r.note("fn") })
	require.Equal(t, []string{"end", "end", "fn", "end"}, r.took())
}

// Beside a command that does not end everybody is served who has come, those behind it
// in its own cycle included, but for who waits for the turn.
func TestBeside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, r := newLoop()
		a, b, c := &conn{id: 1}, &conn{id: 2}, &conn{id: 3}
		waits := make(chan struct{})
		r.serve = func(x *conn) {
			if x != a {
				return
			}
			go l.Do(func() { r.note("fn"); close(waits) })
			synctest.Wait()
			l.Ready(c, 1)
			l.Post(func() { r.note("posted") })
			l.Beside()
			r.note("beside is over")
		}
		l.Do(func() { l.Ready(a, 1); l.Ready(b, 1) })
		<-waits
		synctest.Wait()
		require.Equal(t, []string{"end", "1/1", "2/1", "3/1", "posted", "beside is over", "end", "fn", "end"}, r.took())
	})
}

// Beside a command also runs what DoBeside is called with, in its caller's goroutine, in the order of arrival.
func TestDoBeside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, r := newLoop()
		a, over := &conn{id: 1}, make(chan struct{})
		r.serve = func(x *conn) {
			defer close(over)
			go l.DoBeside(func() { r.note("first") })
			synctest.Wait()
			go l.Do(func() { r.note("not beside") })
			synctest.Wait()
			l.Post(func() { r.note("posted") })
			go func() {
				defer func() { r.note("%v", recover()) }()
				l.DoBeside(func() { panic("oops") })
			}()
			synctest.Wait()
			l.Beside()
			synctest.Wait()
			r.note("beside is over")
		}
		l.Do(func() { l.Ready(a, 1) })
		<-over
		synctest.Wait()
		require.Equal(t, []string{"end", "1/1", "first", "posted", "oops", "beside is over", "end", "not beside", "end"}, r.took())
		l.DoBeside(func() { r.note("by itself") })
		require.Equal(t, []string{"by itself", "end"}, r.took())
	})
}

// As long as something is unfinished there are cycles.
func TestUnfinished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, r := newLoop()
		l.Do(func() { r.unfinished = 3 })
		synctest.Wait()
		require.Equal(t, []string{"end", "end", "end"}, r.took())
	})
}

// A cycle that is full ends. What is left keeps its order, before what comes later.
func TestFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, r := newLoop()
		a, b, c := &conn{id: 1}, &conn{id: 2}, &conn{id: 3}
		r.full = func() bool { return true }
		r.serve = func(x *conn) {
			if x == a {
				l.Ready(c, 1)
			}
		}
		l.Do(func() { l.Ready(a, 1); l.Ready(b, 1) })
		synctest.Wait()
		require.Equal(t, []string{"end", "1/1", "end", "2/1", "end", "3/1", "end"}, r.took())
	})
}

func TestManual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, r := newLoop()
		r.serve = func(c *conn) {
			if l.Manual() {
				l.Wait(c)
			}
		}
		l.Do(func() { l.SetManual(true) })
		a, b := &conn{id: 1}, &conn{id: 2}
		_, more := l.Waiting()
		l.Ready(a, 1)
		l.Ready(b, 1)
		l.Ready(a, 1)
		<-more
		synctest.Wait()
		waiting, _ := l.Waiting()
		require.Equal(t, []*conn{a, b}, waiting)
		l.Do(func() {
			c, ok := l.Step(func(c *conn) bool { return c == b })
			require.True(t, ok)
			require.Equal(t, b, c)
			_, ok = l.Step(func(c *conn) bool { return c == b })
			require.False(t, ok)
			require.Equal(t, []*conn{a}, l.SetManual(false))
		})
		waiting, _ = l.Waiting()
		require.Empty(t, waiting)
	})
}

// TestModel has many goroutines hand in, post and do at random, some with a panic or
// Goexit. Nothing is lost, no two cycles run at a time (the recorder panics), and a
// goroutine's own things are done in its order.
func TestModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	l, r := newLoop()
	s := &sockets{wake: make(chan struct{}, 1)}
	ended := l.Poll(s)
	const goroutines, steps = 8, 2000
	served := make([]atomic.Int64, goroutines)
	r.serve = func(c *conn) { served[c.id].Store(served[c.id].Load() + 1) }
	var posted, done atomic.Int64
	var wg sync.WaitGroup
	for g := range goroutines {
		rnd := rand.New(rand.NewPCG(seed, uint64(g)))
		wg.Go(func() {
			for range steps {
				switch rnd.IntN(6) {
				case 0:
					c := &conn{id: g}
					before := served[g].Load()
					l.Ready(c, 1)
					l.Do(func() {
						if served[g].Load() <= before {
							panic("a function overtook what its goroutine handed in before")
						}
					})
				case 1:
					s.arrive(&conn{id: g})
				case 2:
					l.Post(func() { posted.Add(-1) })
					posted.Add(1)
				case 3:
					func() {
						defer func() { recover() }()
						l.Do(func() { done.Add(1); panic("x") })
					}()
					done.Add(-1)
				case 4:
					var exited sync.WaitGroup
					exited.Go(func() { l.Do(runtime.Goexit) })
					exited.Wait()
				case 5:
					l.Do(func() { l.Beside() })
				}
			}
		})
	}
	wg.Wait()
	for quiet := false; !quiet; { // what was handed in last may still be under way
		l.Do(func() { quiet = l.waits() == 0 && posted.Load() == 0 })
	}
	require.Zero(t, done.Load())
	close(s.wake)
	<-ended
}

// A queue that is never empty does not grow, and one that was long gives its memory back.
func TestQueueMemory(t *testing.T) {
	l, r := newLoop()
	const rounds = 10_000
	a, b := &conn{id: 1}, &conn{id: 2}
	served, most := 0, 0
	r.serve = func(c *conn) {
		if served++; served < rounds {
			l.Ready(c, 1)
			l.mu.Lock() // another goroutine may be handing in its turn
			most = max(most, cap(l.queue))
			l.mu.Unlock()
		}
	}
	l.Do(func() {
		l.Ready(a, 1)
		l.Ready(b, 1)
	})
	l.Do(func() {})
	for n := 0; n < rounds; {
		l.Do(func() { n = served })
	}
	require.Less(t, most, 16)

	l.Do(func() {
		for range 2 * keepQueue {
			l.Post(func() {})
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		require.Greater(t, cap(l.queue), keepQueue)
	})
	l.Do(func() {})
	l.mu.Lock()
	defer l.mu.Unlock()
	require.LessOrEqual(t, cap(l.queue), keepQueue)
}
