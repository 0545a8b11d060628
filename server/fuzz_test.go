package server_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/servertest"
)

// The whole server under any input: bytes as they come, and commands that exist with
// arguments that mean something, from several connections at once.

const (
	fuzzConns   = 3
	fuzzRuns    = 100 // of TestRandomInput
	fuzzBytes   = 600 // of each run
	fuzzBulkMax = "1mb"
)

// FuzzServer takes bytes for a program, see fuzzPrograms.
func FuzzServer(f *testing.F) {
	names := commandNames(f)
	for _, seed := range []string{
		"", "\x00\x10PING\r\n", "\x01\x30*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n*1\r\n$4\r\nPING\r\n", "\x00\x05*1\r\n$\x01\x04-1\r\n",
		"\x00\x20*9000000000000000000\r\n\x01\x20*1\r\n$9223372036854775800\r\n", "\x02\x08MULTI\r\n\x02\x06EXEC\r\n",
	} {
		f.Add([]byte(seed))
	}
	for i := range 8 {
		f.Add(randomBytes(rand.New(rand.NewPCG(uint64(i), 0))))
	}
	f.Fuzz(func(t *testing.T, data []byte) { survive(t, names, data) })
}

// TestRandomInput is a bounded run of the same with a new seed each time.
func TestRandomInput(t *testing.T) {
	names := commandNames(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range fuzzRuns {
		survive(t, names, randomBytes(r))
	}
}

// randomBytes returns a program, of commands for the most part.
func randomBytes(r *rand.Rand) []byte {
	b := make([]byte, fuzzBytes)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// survive lets a server take a program and fails the test unless it lives, answers,
// has its tables in order, and leaves nothing behind when it is closed.
func survive(t *testing.T, names [][]string, data []byte) {
	t.Helper()
	if harmful(data) {
		return
	}
	before := runtime.NumGoroutine()
	var log lockedBuffer
	cfg := config.New()
	cfg.Port, cfg.Dir = 0, t.TempDir()
	require.NoError(t, cfg.Load("proto-max-bulk-len "+fuzzBulkMax))
	srv, err := server.Start(server.Options{Config: cfg, Log: &log})
	require.NoError(t, err)
	defer srv.Close()
	require.NoError(t, srv.Listen("tcp", "127.0.0.1:0"))

	var all sync.WaitGroup
	for _, sent := range fuzzPrograms(names, data) {
		all.Go(func() { feed(t, srv.Addr().String(), sent) })
	}
	all.Wait()
	if t.Failed() {
		t.Fatalf("input %q", data)
	}
	c := servertest.Dial(t, srv.Addr().String())
	require.Equal(t, "PONG", c.Do("PING"), "input %q", data)
	c.Close()
	require.NoError(t, srv.Lab().Check(), "input %q", data)
	srv.Close()
	require.NotContains(t, log.String(), "panic", "input %q", data)
	eventually(t, func() bool { return runtime.NumGoroutine() <= before }, "the goroutines to end")
}

// feed sends chunks over a connection, reads whatever comes, and says that nothing
// more follows. The server must then close the connection.
func feed(t *testing.T, addr string, chunks [][]byte) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Errorf("connecting: %v", err)
		return
	}
	defer nc.Close()
	ended := make(chan error, 1)
	go func() {
		nc.SetReadDeadline(time.Now().Add(20 * time.Second))
		_, err := io.Copy(io.Discard, nc)
		ended <- err
	}()
	for _, b := range chunks {
		if _, err := nc.Write(b); err != nil {
			break // it was closed, for what it had sent
		}
	}
	nc.(*net.TCPConn).CloseWrite()
	if ne, ok := (<-ended).(net.Error); ok && ne.Timeout() {
		t.Errorf("the server keeps a connection that has ended")
	}
}

// harmful reports whether input asks for what no server survives or what takes longer
// than a test may.
func harmful(data []byte) bool {
	lower := bytes.ToLower(data)
	return slices.ContainsFunc([]string{"shutdown", "debug", "config", "pause", "while", "repeat"}, func(word string) bool {
		return bytes.Contains(lower, []byte(word))
	})
}

// skipped are commands that programs do not call: they end the server, stop it for a
// time, shut everybody out, or answer without end.
var skipped = []string{"shutdown", "debug", "config", "monitor", "tattle", "client pause", "client kill"}

// commandNames asks a server for all its commands and subcommands.
func commandNames(t testing.TB) (names [][]string) {
	c := servertest.Run(t, servertest.WithSetting("dir", t.TempDir())).Connect(t)
	list, _ := c.Do("COMMAND", "LIST").([]any)
	for _, name := range list {
		names = appendName(names, name.(string))
	}
	for _, info := range c.Do("COMMAND").([]any) {
		for _, sub := range info.([]any)[9].([]any) {
			names = appendName(names, sub.([]any)[0].(string))
		}
	}
	require.Greater(t, len(names), 100)
	slices.SortFunc(names, func(a, b []string) int { return slices.Compare(a, b) })
	return names
}

func appendName(names [][]string, name string) [][]string {
	words := strings.Split(name, "|")
	if slices.Contains(skipped, words[0]) || slices.Contains(skipped, strings.Join(words, " ")) {
		return names
	}
	return append(names, words)
}

// fuzzWords are arguments that mean something to many commands.
var fuzzWords = append(strings.Fields(`
	k k l h s z x 0 1 2 -1 3 10 1.5 -inf +inf (1 [a a b * k* f v "" 1000 9223372036854775807 -9223372036854775808 nan
	EX PX NX XX GT LT KEEPTTL GET LEFT RIGHT BEFORE AFTER LIMIT COUNT WITHSCORES WITHSCORE BYSCORE BYLEX REV MIN MAX MATCH
	STORE ALPHA DESC BY REPLACE DB ON OFF YES NO SKIP REDIRECT PREFIX BCAST OPTIN OPTOUT NOLOOP ID FIELDS INCR CH AGGREGATE SUM
	WEIGHTS BIT BYTE AND NOT XOR u8 i16 OVERFLOW SAT FULL ASYNC SYNC ch __redis__:invalidate 2 2 1
	st g c STREAMS GROUP BLOCK $ > 1-1 5-* MKSTREAM MAXLEN MINID ~ = JUSTID FORCE ENTRIESREAD u +@all -@all -get ~k* &* on nopass >p reset (+get
	LIBRARYNAME WITHCODE APPEND FLUSH lib call raise`),
	"#!lua name=lib\nredis.register_function('call', function(keys, args) return redis.call(unpack(args)) end)",
	"#!lua name=lib\nredis.register_function{function_name='raise', callback=function(keys, args) error({err=args[1]}) end, flags={'no-writes'}}",
	"return redis.call(unpack(ARGV))", "return redis.pcall(unpack(KEYS))", "return redis.call('GET', KEYS[1])")

// fuzzPrograms turns bytes into what each connection sends. The first byte of a step
// tells the connection, and whether raw bytes follow, after their number, or a
// command: its number, the number of arguments, and theirs.
func fuzzPrograms(names [][]string, data []byte) [][][]byte {
	sent := make([][][]byte, fuzzConns)
	next := func() int {
		if len(data) == 0 {
			return 0
		}
		b := data[0]
		data = data[1:]
		return int(b)
	}
	for len(data) > 0 {
		head := next()
		conn := head % fuzzConns
		if head < 32 {
			n := min(next(), len(data))
			sent[conn], data = append(sent[conn], data[:n]), data[n:]
			continue
		}
		var words []any
		for _, w := range names[(next()<<8|next())%len(names)] {
			words = append(words, w)
		}
		for range next() % 7 {
			words = append(words, fuzzWords[next()%len(fuzzWords)])
		}
		sent[conn] = append(sent[conn], resp.AppendCommand(nil, words...))
	}
	return sent
}

// lockedBuffer takes the log.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
