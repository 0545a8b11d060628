package server_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
)

// fields returns the fields of a line of CLIENT LIST.
func fields(line string) map[string]string {
	m := map[string]string{}
	for _, f := range strings.Fields(line) {
		name, value, _ := strings.Cut(f, "=")
		m[name] = value
	}
	return m
}

// hello returns a field of the reply to HELLO, on either protocol.
func hello(t *testing.T, reply any, field string) any {
	t.Helper()
	switch r := reply.(type) {
	case resp.Map:
		for _, p := range r {
			if p.Key == field {
				return p.Value
			}
		}
	case []any:
		for i := 0; i+1 < len(r); i += 2 {
			if r[i] == field {
				return r[i+1]
			}
		}
	default:
		require.Fail(t, "no reply to HELLO", "%v", reply)
	}
	return nil
}

func TestPingAndEcho(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.does("PONG", "PING")
	p.does("hi", "PING hi")
	p.fails("ERR wrong number of arguments for 'ping' command", "PING a b")
	p.does("hi", "ECHO hi")
	p.fails("ERR wrong number of arguments for 'echo' command", "ECHO")
	p.fails("ERR unknown command 'nope', with args beginning with: 'a' 'b' ", "nope a b")
	p.fails("ERR unknown subcommand 'nope'. Try CLIENT HELP.", "client nope")
	p.fails("ERR wrong number of arguments for 'client|id' command", "client id x")
}

func TestHello(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.fails("NOPROTO unsupported protocol version", "HELLO 1")
	p.fails("NOPROTO unsupported protocol version", "HELLO 4")
	p.fails("ERR Protocol version is not an integer or out of range", "HELLO x")
	p.fails("ERR Syntax error in HELLO option 'AUTH'", "HELLO 3 AUTH default")
	p.fails("ERR Syntax error in HELLO option 'SETNAME'", "HELLO 3 SETNAME")
	p.fails("ERR Syntax error in HELLO option 'nope'", "HELLO 3 SETNAME a nope")
	p.fails("ERR Client names cannot contain spaces, newlines or special characters.", "HELLO 3 SETNAME", "a b")
	p.fails("WRONGPASS invalid username-password pair or user is disabled.", "HELLO 3 AUTH nobody x SETNAME a")
	p.does(nil, "CLIENT GETNAME")
	require.Equal(t, "2", p.info("resp"), "what failed changed nothing")

	r := p.do("HELLO 3 SETNAME a AUTH default whatever")
	require.IsType(t, resp.Map{}, r)
	for field, want := range map[string]any{
		"server": "redis", "version": "8.0.2", "proto": int64(3), "id": p.id, "mode": "standalone", "role": "master",
	} {
		require.Equal(t, want, hello(t, r, field), field)
	}
	require.IsType(t, []any{}, hello(t, r, "modules"))
	p.does("a", "CLIENT GETNAME")
	require.Equal(t, int64(3), hello(t, p.do("HELLO"), "proto"), "without a version it stays")
	require.IsType(t, []any{}, p.do("HELLO 2"))
	p.does(nil, "GET nothing")
}

func TestAuth(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	const noPassword = "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?"
	const wrong = "WRONGPASS invalid username-password pair or user is disabled."
	p.fails(noPassword, "AUTH x")
	p.ok("AUTH default x")
	p.fails(wrong, "AUTH nobody x")
	p.fails("ERR syntax error", "AUTH a b c")
	w.admin.ok("CONFIG SET requirepass secret")
	p.does("PONG", "PING") // who is in stays in

	const noAuth = "NOAUTH Authentication required."
	q := peer{w.dial(), t, 0}
	q.fails(noAuth, "PING")
	q.fails("ERR wrong number of arguments for 'get' command", "GET") // looked at before
	q.fails(noAuth, "COMMAND")
	q.fails("EXECABORT Transaction discarded because of: "+noAuth, "EXEC")
	q.fails("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option"+
		" can be used to authenticate the client and select the RESP protocol version at the same time", "HELLO 3")
	q.fails(wrong, "HELLO 3 AUTH default bad")
	q.fails(wrong, "AUTH bad")
	q.fails(wrong, "AUTH nobody secret")
	q.does("RESET", "RESET")
	require.IsType(t, resp.Map{}, q.do("HELLO 3 AUTH default secret SETNAME q"))
	q.does("q", "CLIENT GETNAME")
	q.fails(wrong, "AUTH bad")
	q.does("PONG", "PING") // a wrong password takes nothing away
	q.does("RESET", "RESET")
	q.fails(noAuth, "PING")
	q.ok("AUTH secret", "QUIT")
	q.Closed()
	w.admin.does("OK", "CONFIG SET requirepass", "")
}

// Who has not given the password may only send what AUTH and HELLO need.
func TestLimitsBeforeAuth(t *testing.T) {
	w := newWorld(t)
	w.admin.ok("CONFIG SET requirepass secret")
	for raw, want := range map[string]string{
		"*11\r\n":              "ERR Protocol error: unauthenticated multibulk length",
		"*10\r\n$16385\r\n":    "ERR Protocol error: unauthenticated bulk length",
		"*1\r\n$3\r\nGET\r\nx": "ERR wrong number of arguments for 'get' command",
	} {
		c := w.dial()
		c.WriteRaw(raw)
		require.Equal(t, resp.Error(want), c.Read(), "%q", raw)
	}
	p := peer{w.dial(), t, 0}
	p.ok("AUTH secret")
	p.does(int64(0), "EXISTS a b c d e f g h i j k l")
	w.admin.does("OK", "CONFIG SET requirepass", "")
}

func TestSelect(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.ok("SELECT 15", "SET k v", "SELECT 0")
	p.does(nil, "GET k")
	p.fails("ERR DB index is out of range", "SELECT 16")
	p.fails("ERR DB index is out of range", "SELECT -1")
	p.fails("ERR value is not an integer or out of range", "SELECT x")
	p.fails("ERR value is out of range, value must between -2147483648 and 2147483647", "SELECT 99999999999")
}

func TestQuitWithMoreInTheSameWrite(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.pipe("SET k 1", "QUIT", "SET k 2")
	require.Equal(t, []any{"OK", "OK"}, p.Closed())
	w.admin.does("1", "GET k")
}

func TestResetInEveryState(t *testing.T) {
	w := newWorld(t)
	for name, lines := range map[string][]string{
		"MULTI":      {"MULTI", "SET k 1"},
		"WATCH":      {"WATCH k", "SET k 1"},
		"SUBSCRIBE":  {"SUBSCRIBE c"},
		"PSUBSCRIBE": {"PSUBSCRIBE c*"},
		"SSUBSCRIBE": {"SSUBSCRIBE c"},
		"MONITOR":    {"MONITOR"},
		"tracking":   {"CLIENT TRACKING ON"},
		"name":       {"CLIENT SETNAME x", "CLIENT NO-EVICT ON", "CLIENT NO-TOUCH ON"},
		"database":   {"SELECT 3"},
		"RESP3":      {"HELLO 3"},
		"no replies": {"CLIENT REPLY OFF"},
	} {
		p := w.v2()
		for _, line := range lines {
			if p.send(line); line != "CLIENT REPLY OFF" {
				p.Read()
			}
		}
		p.does("RESET", "RESET")
		p.does("PONG", "PING") // also: no subscriber any more
		f := fields(p.do("CLIENT INFO").(string))
		for field, want := range map[string]string{
			"name": "", "db": "0", "flags": "N", "multi": "-1", "watch": "0", "sub": "0", "psub": "0", "ssub": "0", "resp": "2", "redir": "-1",
		} {
			require.Equal(t, want, f[field], "%s after %s", field, name)
		}
		w.admin.ok("SET k 2")
		p.ok("MULTI")
		p.does([]any{}, "EXEC")
		p.Quiet()
	}
}

func TestClientNames(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.does(nil, "CLIENT GETNAME")
	p.ok("CLIENT SETNAME me")
	p.does("me", "CLIENT GETNAME")
	p.fails("ERR Client names cannot contain spaces, newlines or special characters.", "CLIENT SETNAME", "a b")
	p.does("OK", "CLIENT SETNAME", "")
	p.does(nil, "CLIENT GETNAME")

	p.ok("CLIENT SETINFO LIB-NAME lib", "CLIENT SETINFO lib-ver 1.2")
	require.Equal(t, "lib", p.info("lib-name"))
	require.Equal(t, "1.2", p.info("lib-ver"))
	p.fails("ERR LIB-NAME cannot contain spaces, newlines or special characters.", "CLIENT SETINFO LIB-NAME", "a b")
	p.fails("ERR Unrecognized option 'nope'", "CLIENT SETINFO nope x")
}

// Each state shows in the flags of CLIENT LIST.
func TestClientFlags(t *testing.T) {
	w := newWorld(t)
	flags := func(p peer) string { return fields(w.admin.do("CLIENT LIST ID", p.id).(string))["flags"] }
	for want, lines := range map[string][]string{
		"N":  {"PING"},
		"x":  {"MULTI"},
		"xd": {"WATCH f", "MULTI"},
		"P":  {"SUBSCRIBE c"},
		"t":  {"CLIENT TRACKING ON"},
		"tB": {"CLIENT TRACKING ON BCAST"},
		"e":  {"CLIENT NO-EVICT ON"},
		"T":  {"CLIENT NO-TOUCH ON"},
		"eT": {"CLIENT NO-EVICT ON", "CLIENT NO-TOUCH ON"},
		"O":  {"MONITOR"},
	} {
		p := w.v2()
		for _, line := range lines {
			p.do(line)
		}
		if want == "xd" {
			w.admin.ok("SET f 1")
		}
		require.Equal(t, want, flags(p), lines)
		w.close(p)
	}
	p := w.v2()
	p.send("BLPOP nothing 0")
	w.until(func() bool { return flags(p) == "b" })
}

func TestClientList(t *testing.T) {
	w := newWorld(t)
	a, b := w.v2(), w.v2()
	ids := func(text any) (ids []string) {
		for line := range strings.Lines(text.(string)) {
			ids = append(ids, fields(line)["id"])
		}
		return ids
	}
	require.Equal(t, []string{fmt.Sprint(w.admin.id), fmt.Sprint(a.id), fmt.Sprint(b.id)}, ids(a.do("CLIENT LIST")))
	require.Equal(t, []string{fmt.Sprint(b.id), fmt.Sprint(a.id)}, ids(a.do("CLIENT LIST ID", b.id, 999999, a.id)))
	b.does(confirmed("subscribe", "c", 1), "SUBSCRIBE c d")
	b.next(confirmed("subscribe", "d", 2))
	b.does(confirmed("psubscribe", "e*", 3), "PSUBSCRIBE e*")
	require.Equal(t, []string{fmt.Sprint(b.id)}, ids(a.do("CLIENT LIST TYPE pubsub")))
	require.Len(t, ids(a.do("CLIENT LIST TYPE NORMAL")), 2)
	require.Empty(t, ids(a.do("CLIENT LIST TYPE replica")))
	f := fields(a.do("CLIENT LIST ID", b.id).(string))
	require.Equal(t, []string{"2", "1", "0", "psubscribe"}, []string{f["sub"], f["psub"], f["ssub"], f["cmd"]})

	a.fails("ERR Unknown client type 'nope'", "CLIENT LIST TYPE nope")
	a.fails("ERR Invalid client ID", "CLIENT LIST ID x")
	for _, line := range []string{"CLIENT LIST nope", "CLIENT LIST TYPE", "CLIENT LIST ID", "CLIENT LIST TYPE normal x"} {
		a.fails("ERR syntax error", line)
	}

	a.ok("SELECT 3", "WATCH k l", "MULTI")
	a.does("QUEUED", "SET k v")
	f = fields(w.admin.do("CLIENT LIST ID", a.id).(string))
	for field, want := range map[string]string{"db": "3", "multi": "1", "watch": "2", "cmd": "set", "user": "default", "resp": "2", "events": "r"} {
		require.Equal(t, want, f[field], field)
	}
	require.Equal(t, a.NetConn().LocalAddr().String(), f["addr"])
	require.Equal(t, w.addr, f["laddr"])
	v3 := w.v3()
	require.Equal(t, "txt", v3.do("CLIENT INFO").(resp.Verbatim).Format)
	require.Equal(t, "client|info", v3.info("cmd"))
}

// Clients that have quit and do not take their last replies count until they are gone, so that
// nobody gets more connections than there may be. Until then they are listed.
func TestClosingClientsCount(t *testing.T) {
	w := newWorld(t)
	if w.redis {
		t.Skip("it changes how many clients there may be")
	}
	w.admin.does("OK", "SET", "k", strings.Repeat("x", 16<<20))
	p := w.v2()
	w.admin.ok("CONFIG SET maxclients 2")
	p.pipe("GET k", "QUIT")
	w.until(func() bool {
		return strings.Contains(w.admin.do("CLIENT LIST TYPE normal").(string), " flags=c ")
	})
	require.Equal(t, 2, w.stat("connected_clients"))
	require.Equal(t, "-ERR max number of clients reached\r\n", w.dial().ReadAll())
	require.Contains(t, p.ReadAll(), "+OK")
	w.until(func() bool {
		c := w.dial()
		c.NetConn().Write([]byte("PING\r\n")) // it may be refused before
		v, _ := c.TryRead()
		return v == "PONG"
	})
}

// One who has quit without taking the last reply can be killed.
func TestKillOfAClosingClient(t *testing.T) {
	w := newWorld(t)
	w.admin.does("OK", "SET", "k", strings.Repeat("x", 16<<20))
	p := w.v2()
	id := p.do("CLIENT ID")
	p.pipe("GET k", "QUIT")
	w.until(func() bool {
		return strings.Contains(w.admin.do("CLIENT LIST").(string), " cmd=quit ")
	})
	w.admin.does(int64(1), "CLIENT", "KILL", "ID", fmt.Sprint(id))
	w.until(func() bool { return w.stat("connected_clients") == 1 })
}

// The commands of a transaction see their client in it.
func TestClientListInATransaction(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.ok("MULTI")
	p.does("QUEUED", "CLIENT INFO")
	p.does("QUEUED", "PING")
	reply := p.do("EXEC").([]any)
	require.Contains(t, reply[0], " flags=x ")
	require.Contains(t, reply[0], " multi=2 ")
	require.Contains(t, p.do("CLIENT INFO"), " multi=-1 ")
}

// All that a client has sent before it closed runs, also if that is more than runs in a
// cycle and its end comes together with it.
func TestLongPipelineBeforeTheEnd(t *testing.T) {
	cfg := config.New()
	cfg.Port = 0
	s, err := server.Start(server.Options{Config: cfg})
	require.NoError(t, err)
	defer s.Close()
	nc, err := s.Dial(t.Context())
	require.NoError(t, err)
	s.Do(func() { // so that the server sees both at once
		nc.Write([]byte(strings.Repeat("INCR k\r\n", 1500)))
		nc.Close()
	})
	for len(s.Lab().Remaining()) > 0 {
		runtime.Gosched()
	}
	reply, err := s.Call(0, "GET", "k")
	require.NoError(t, err)
	require.Equal(t, "1500", reply)
}
