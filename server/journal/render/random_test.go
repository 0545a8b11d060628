package render_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/internal/transcript"
	"github.com/tattle-server/tattle/server/servertest"
)

// lines are what the clients of random sessions send, a pipeline each; @ is a key.
var lines = strings.Split(`GET @
SET @ v
DEL @
INCR @
MGET @ @
MSET @ 1 @ 2
GET @|SET @ 3|GET @
SET @ 4|SET @ 5
CLIENT CACHING YES|GET @
CLIENT CACHING NO|GET @
CLIENT CACHING YES|MULTI|PTTL @|GET @|EXEC
CLIENT TRACKING ON
CLIENT TRACKING ON NOLOOP
CLIENT TRACKING ON OPTIN
CLIENT TRACKING ON OPTOUT NOLOOP
CLIENT TRACKING ON BCAST
CLIENT TRACKING ON BCAST PREFIX k1 PREFIX k2 NOLOOP
CLIENT TRACKING ON REDIRECT 1
CLIENT TRACKING ON REDIRECT 2
CLIENT TRACKING OFF
CLIENT TRACKINGINFO
CLIENT GETREDIR
MULTI
EXEC
DISCARD
MULTI|SET @ 6|GET @|DEL @|EXEC
EVAL "redis.call('set', KEYS[1], '7') return redis.call('get', KEYS[2])" 2 @ @
FLUSHALL
FLUSHDB
SELECT 1
SELECT 0
RENAME @ @
HSET @ f v
HGETALL @
LPUSH @ x
LRANGE @ 0 -1
SUBSCRIBE ch
SUBSCRIBE __redis__:invalidate
UNSUBSCRIBE
PUBLISH ch hello
PSUBSCRIBE c*
HELLO 2
HELLO 3
RESET
RPUSH @ x y
WATCH @
CLIENT UNBLOCK 1
CLIENT ID
CONFIG SET notify-keyspace-events KEA
CONFIG SET notify-keyspace-events ""
PSUBSCRIBE __key*
NO-SUCH-COMMAND
GET`, "\n")

// Whatever clients do one after the other, the transcript of it passes on a fresh server.
func TestRandomSessionsPlay(t *testing.T) {
	for range 30 {
		seed := rand.Uint64()
		events := recorded(t, func(t *testing.T, srv *servertest.Server) { random(t, srv, rand.New(rand.NewPCG(seed, 0))) })
		text := written(t, "transcript", events)
		script, err := transcript.Parse(fmt.Sprint("seed ", seed), text)
		require.NoError(t, err, text)
		require.NoError(t, script.Run(servertest.Run(t).Addr()), text)
	}
}

func random(t *testing.T, srv *servertest.Server, r *rand.Rand) {
	conns := []*servertest.Conn{srv.Connect3(t), srv.Connect3(t), srv.Connect(t)}
	for range 60 {
		pipeline := lines[r.IntN(len(lines))]
		for strings.Contains(pipeline, "@") {
			pipeline = strings.Replace(pipeline, "@", fmt.Sprintf("k%d", r.IntN(4)), 1)
		}
		conns[r.IntN(len(conns))].WriteRaw(strings.ReplaceAll(pipeline, "|", "\r\n") + "\r\n")
		srv.Settle(t)
	}
}
