package server_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
)

// frozen is a server in a bubble whose TATTLE stops the loop and the clock.
type frozen struct {
	*server.Server
	t   *testing.T
	log *lockedBuffer
}

func newFrozen(t *testing.T) frozen {
	cfg := config.New()
	cfg.Port = 0
	f := frozen{t: t, log: &lockedBuffer{}}
	s, err := server.Start(server.Options{Config: cfg, Log: f.log, Tattle: freeze})
	require.NoError(t, err)
	f.Server = s
	return f
}

// freeze answers TATTLE LOOP and TATTLE CLOCK. A further word says what goes wrong after that.
func freeze(l *server.Lab, r *server.Request) (any, error) {
	switch r.Words[1] + " " + r.Words[2] {
	case "loop pause":
		l.SetManual(true)
	case "loop endcycle":
		return "OK", l.EndCycle()
	case "loop resume":
		l.SetManual(false)
	case "clock stop":
		l.StopClock()
	case "clock run":
		l.RunClock()
	}
	switch r.Words[len(r.Words)-1] {
	case "exit":
		runtime.Goexit()
	case "panic":
		panic("oops")
	case "late":
		<-r.Context().Done()
		l.SetManual(true)
		l.StopClock()
	}
	return "OK", nil
}

// line is a connection in memory: outside of a bubble's control there would be sockets.
type line struct {
	net.Conn
	t *testing.T
	r *resp.Reader
}

func (f frozen) connect() line {
	nc, err := f.Dial(context.Background())
	require.NoError(f.t, err)
	return line{nc, f.t, resp.NewReader(nc)}
}

func (l line) send(words ...any) {
	_, err := l.Write(resp.AppendCommand(nil, words...))
	require.NoError(l.t, err)
}

func (l line) do(words ...any) any {
	l.t.Helper()
	l.send(words...)
	v, err := l.r.Read()
	require.NoError(l.t, err)
	return v
}

func (f frozen) stands(loop, clock bool) {
	f.t.Helper()
	synctest.Wait()
	require.Equal(f.t, loop, f.Lab().Manual(), "the loop stands")
	require.Equal(f.t, clock, f.Lab().ClockStopped(), "the clock stands")
}

// What somebody has stopped who goes away, in whatever way, runs again after five seconds, and the log says so.
func TestLeaseRunsOut(t *testing.T) {
	for name, leave := range map[string]func(frozen, line){
		"close":  func(_ frozen, a line) { a.Close() },
		"kill":   func(f frozen, a line) { f.kill(f.Clients()[0].ID) },
		"goexit": func(_ frozen, a line) { a.do("TATTLE", "loop", "pause", "exit"); a.Close() },
		"panic":  func(_ frozen, a line) { a.do("TATTLE", "clock", "stop", "panic"); a.Close() },
		"late": func(_ frozen, a line) {
			a.do("TATTLE", "loop", "resume")
			a.send("TATTLE", "loop", "x", "late")
			a.Close()
		},
		"unanswered": func(_ frozen, a line) { a.send("PING"); synctest.Wait(); a.Close() }, // it waits to be stepped
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFrozen(t)
				defer f.Close()
				a := f.connect()
				require.Equal(t, "OK", a.do("TATTLE", "loop", "pause"))
				require.Equal(t, "OK", a.do("TATTLE", "clock", "stop"))
				f.stands(true, true)
				leave(f, a)
				synctest.Wait()
				time.Sleep(10 * time.Second)
				f.stands(false, false)
				require.Contains(t, f.log.String(), "The loop runs again: client 1 had stopped it and is gone.")
				require.Contains(t, f.log.String(), "The clock runs again: client 1 had stopped it and is gone.")
				require.Equal(t, "PONG", f.connect().do("PING"))
			})
		})
	}
}

func (f frozen) kill(id uint64) { require.NoError(f.t, f.Lab().Faults(id).Kill()) }

// Somebody who uses loop or clock meanwhile takes over, and it is theirs that counts then.
func TestLeaseIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFrozen(t)
		defer f.Close()
		a, b := f.connect(), f.connect()
		a.do("TATTLE", "clock", "stop")
		a.do("TATTLE", "loop", "pause")
		a.Close()
		time.Sleep(4 * time.Second)
		b.do("TATTLE", "loop", "endcycle")
		time.Sleep(time.Minute)
		f.stands(true, true)
		b.Close()
		time.Sleep(4900 * time.Millisecond)
		f.stands(true, true)
		time.Sleep(200 * time.Millisecond)
		f.stands(false, false)

		// Who is gone takes nothing over, though a command of theirs goes on.
		gone, leave := f.Lab().Lease("gone")
		leave()
		page, leave := f.Lab().Lease("the page")
		page.SetManual(true)
		gone.EndCycle()
		leave()
		time.Sleep(6 * time.Second)
		f.stands(false, false)
	})
}

// Go code has no lease, and what it has stopped stays so, whoever uses it.
func TestGoCodeHasNoLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFrozen(t)
		defer f.Close()
		f.Lab().SetManual(true)
		a := f.connect()
		a.do("TATTLE", "loop", "pause")
		a.do("TATTLE", "clock", "stop")
		a.Close()
		time.Sleep(time.Minute)
		f.stands(true, false)

		page, leaves := f.Lab().Lease("the page")
		page.SetManual(true)
		page.StopClock()
		f.Lab().EndCycle() // Go code takes over
		leaves()
		time.Sleep(time.Minute)
		f.stands(true, true)
		f.Lab().SetManual(false)
		f.Lab().RunClock()

		page.StopClock() // after it has gone
		f.stands(false, true)
		time.Sleep(time.Minute)
		f.stands(false, false)
		require.Contains(t, f.log.String(), "The clock runs again: the page had stopped it and is gone.")
	})
}

// RESET keeps the connection, and so what it holds.
func TestLeaseOutlivesReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFrozen(t)
		defer f.Close()
		a := f.connect()
		a.do("TATTLE", "clock", "stop")
		require.Equal(t, "RESET", a.do("RESET"))
		time.Sleep(time.Minute)
		f.stands(false, true)
		a.do("TATTLE", "loop", "pause")
	}) // and the server ends while both are stopped
}

// Timeouts and expiry stand still with the clock, and are due again when it runs.
func TestClockIsStoppedWhileTheServerRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFrozen(t)
		defer f.Close()
		a, b := f.connect(), f.connect()
		require.ErrorIs(t, f.Lab().FastForward(time.Second), server.ErrRealClock)
		a.do("SET", "k", "v", "PX", 5000)
		b.send("BLPOP", "l", 10)
		f.Lab().StopClock()
		f.Lab().StopClock()
		time.Sleep(time.Minute)
		require.Equal(t, "v", a.do("GET", "k"))
		require.Equal(t, int64(5000), a.do("PTTL", "k"))
		require.NoError(t, f.Lab().FastForward(4*time.Second))
		require.Equal(t, int64(1000), a.do("PTTL", "k"))
		require.NoError(t, f.Lab().FastForward(time.Second))
		require.Nil(t, a.do("GET", "k"))
		require.Equal(t, 1, f.Lab().BlockedClients())

		f.Lab().RunClock() // the blocked command is overdue
		v, err := b.r.Read()
		require.NoError(t, err)
		require.Nil(t, v)
		require.ErrorIs(t, f.Lab().SetTime(time.Now()), server.ErrRealClock)

		// Ahead of the real clock and back again: what is due later comes later, by the real clock.
		f.Lab().StopClock()
		require.NoError(t, f.Lab().FastForward(time.Hour))
		a.do("SET", "k", "v", "PX", 50)
		f.Lab().RunClock()
		a.do("SET", "x", "v", "PX", 50)
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		require.Equal(t, int64(1), a.do("DBSIZE"), "x has expired by itself")
		require.Equal(t, "v", a.do("GET", "k"))
		time.Sleep(time.Hour + time.Second)
		synctest.Wait()
		require.Equal(t, int64(0), a.do("DBSIZE"))
	})
}

// A clock that Go code gave can be let go, and is the one that is stopped again.
func TestGivenClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := server.NewManualClock(time.UnixMilli(5000))
		s, err := server.Start(server.Options{Clock: clock, Config: func() *config.Config { c := config.New(); c.Port = 0; return c }()})
		require.NoError(t, err)
		defer s.Close()
		require.True(t, s.Lab().ClockStopped())
		require.Equal(t, time.UnixMilli(5000), s.Lab().Now())
		s.Lab().RunClock()
		require.WithinDuration(t, time.Now(), s.Lab().Now(), time.Second)
		s.Lab().StopClock()
		require.WithinDuration(t, time.Now(), clock.Now(), time.Second)
		require.NoError(t, s.Lab().FastForward(time.Hour))
		require.Equal(t, clock.Now(), s.Lab().Now())
	})
}

// The clock is stopped, moved and let go while clients connect and run commands.
func TestClockUnderLoad(t *testing.T) {
	s := answered(t, nil)
	stop, ended := make(chan struct{}), make(chan struct{})
	for range 2 {
		go func() {
			defer func() { ended <- struct{}{} }()
			for {
				select {
				case <-stop:
					return
				default:
				}
				nc, err := s.Dial(context.Background())
				if err != nil {
					return
				}
				var out bytes.Buffer
				for range 3 {
					out.Write(resp.AppendCommand(nil, "SET", "k", "v", "PX", 5))
					out.Write(resp.AppendCommand(nil, "GET", "k"))
				}
				nc.Write(out.Bytes())
				io.ReadFull(nc, make([]byte, 5))
				nc.Close()
			}
		}()
	}
	moved := make(chan struct{})
	go func() {
		defer close(moved)
		for range 300 {
			s.Lab().FastForward(time.Millisecond)
		}
	}()
	for range 300 {
		s.Lab().StopClock()
		s.Lab().FastForward(7 * time.Millisecond)
		s.Lab().RunClock()
	}
	<-moved
	close(stop)
	<-ended
	<-ended
}
