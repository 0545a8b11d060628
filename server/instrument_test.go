package server_test

import (
	"context"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
)

// Whatever the instrument does, from several sides at once, to clients that come and go at any moment: the tables agree,
// and at the end the server serves.
func TestInstrumentUnderLoad(t *testing.T) {
	s := answered(t, func(l *server.Lab, r *server.Request) (any, error) {
		disturb(l, r.Client.ID)
		return "OK", nil
	})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 60 {
				talk(s)
			}
		})
	}
	for i := range 2 {
		all.Go(func() {
			for range 300 {
				disturb(s.Lab(), uint64(rand.IntN(250)+1))
			}
			_, leave := s.Lab().Lease("somebody " + strconv.Itoa(i))
			leave()
		})
	}
	over, stopped := make(chan struct{}), make(chan struct{})
	go func() { // what the others have stopped goes on
		defer close(stopped)
		for {
			select {
			case <-over:
				return
			default:
				s.Lab().SetManual(false)
				s.Lab().RunClock()
			}
		}
	}()
	for range 50 {
		require.NoError(t, s.Lab().Check())
	}
	all.Wait()
	require.Equal(t, "PONG", s.connect().Do("PING"))
	require.NoError(t, s.Lab().Check())
	close(over)
	<-stopped
}

// talk is a client that sends some commands, TATTLE among them, reads what comes in a while, and hangs up.
func talk(s tattled) {
	var nc net.Conn
	var err error
	if rand.IntN(2) == 0 {
		nc, err = s.Dial(context.Background())
	} else {
		nc, err = net.Dial("tcp", s.Addr().String())
	}
	if err != nil {
		return
	}
	defer nc.Close()
	var out []byte
	for range rand.IntN(12) {
		out = resp.AppendCommand(out, anys(commandsOfTalk[rand.IntN(len(commandsOfTalk))])...)
	}
	nc.Write(out)
	nc.SetReadDeadline(time.Now().Add(time.Duration(rand.IntN(3)) * time.Millisecond))
	nc.Read(make([]byte, 512))
}

var commandsOfTalk = [][]string{
	{"HELLO", "3"}, {"CLIENT", "TRACKING", "ON"}, {"CLIENT", "TRACKING", "ON", "BCAST"}, {"MGET", "a", "b"}, {"SET", "a", "1", "PX", "2"}, {"SET", "b", "1"},
	{"TATTLE", "STATS"}, {"TATTLE", "LOOP", "PAUSE"}, {"MULTI"}, {"EXEC"}, {"BLPOP", "l", "0.01"}, {"LPUSH", "l", "x"}, {"SUBSCRIBE", "ch"}, {"QUIT"}, {"CLIENT", "REPLY", "SKIP"},
	{"EVAL", "redis.call('GET', 'a') return redis.call('SET', 'a', 'x')", "0"}, {"FLUSHALL"}, {"CLIENT", "PAUSE", "1"},
}

func anys(words []string) (list []any) {
	for _, w := range words {
		list = append(list, w)
	}
	return list
}

// disturb does something to the server or a client.
func disturb(l *server.Lab, id uint64) {
	f := l.Faults(id)
	switch rand.IntN(20) {
	case 0:
		l.SetManual(true)
	case 1:
		l.SetManual(false)
	case 2:
		l.StopClock()
	case 3:
		l.RunClock()
	case 4:
		l.FastForward(time.Duration(rand.IntN(20)) * time.Millisecond)
	case 5:
		l.Step(0)
		l.EndCycle()
	case 6:
		l.As(id, commandsOfTalk[rand.IntN(len(commandsOfTalk))]...)
	case 7:
		l.Push(id, []byte(moving), server.Place(rand.IntN(3)))
	case 8:
		l.EvictKey("a")
	case 9:
		f.Hold()
	case 10:
		f.Release(true)
	case 11:
		f.StallReads(rand.IntN(2) == 0)
	case 12:
		f.StallWrites(rand.IntN(2) == 0)
	case 13:
		f.Kill()
	case 14:
		f.CutBeforePush()
	case 15:
		w := l.Server().Watch()
		defer w.Close()
	case 16:
		l.Holders()
	case 17:
		l.ClearFaults()
	case 18:
		l.Explain("a", id)
	case 19:
		l.EvictTracked(1)
	}
}
