package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

// eval runs a script without keys.
func (p peer) eval(script string) any { p.t.Helper(); return p.do("EVAL", script, 0) }

func TestEvalArguments(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.does([]any{"k", "a", int64(1), int64(2)}, "EVAL", "return {KEYS[1],ARGV[1],#KEYS,#ARGV}", 1, "k", "a", "b")
	for tail, want := range map[string]string{
		"x":                    "ERR value is not an integer or out of range",
		"1":                    "ERR Number of keys can't be greater than number of args",
		"-1":                   "ERR Number of keys can't be negative",
		"99999999999999999999": "ERR value is not an integer or out of range",
	} {
		for _, command := range []string{"EVAL", "EVAL_RO"} {
			p.fails(want, command, "return 1", tail)
		}
	}
	p.fails("ERR wrong number of arguments for 'eval' command", "EVAL return")
	p.fails("ERR Error compiling script (new function): user_script:1: '=' expected near '<eof>'", "EVAL nope 0")
}

func TestScriptCache(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	const sha = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
	const noScript = "NOSCRIPT No matching script. Please use EVAL."
	p.fails(noScript, "EVALSHA "+sha+" 0")
	p.fails(noScript, "EVALSHA short 0")
	p.does(sha, "SCRIPT LOAD", "return 1")
	p.does(int64(1), "EVALSHA "+sha+" 0")
	p.does(int64(1), "EVALSHA_RO E0E1F9FABFC9D4800C877A703B823AC0578FF8DB 0")
	p.does([]any{int64(1), int64(0)}, "SCRIPT EXISTS "+sha+" nope")
	p.ok("SCRIPT FLUSH SYNC")
	p.does([]any{int64(0)}, "SCRIPT EXISTS "+sha)
	require.Equal(t, int64(1), p.eval("return 1"))
	p.does(int64(1), "EVALSHA "+sha+" 0") // EVAL caches too
	p.fails("ERR SCRIPT FLUSH only support SYNC|ASYNC option", "SCRIPT FLUSH nope")
	p.fails("NOTBUSY No scripts in execution right now.", "SCRIPT KILL")
	p.fails("ERR unknown subcommand 'nope'. Try SCRIPT HELP.", "SCRIPT nope")
}

func TestScriptErrors(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.ok("SET s str")
	require.Equal(t, resp.Error("ERR Unknown Redis command called from script script: f01f0776df71cc5b400c2268135aa7f30dce2e53, on @user_script:1."),
		p.eval("return redis.call('nope')"))
	for script, want := range map[string]string{
		"return redis.pcall('nope')":              "ERR Unknown Redis command called from script",
		"return redis.pcall('get')":               "ERR Wrong number of args calling Redis command from script",
		"return redis.pcall('incr','s')":          "ERR value is not an integer or out of range",
		"return redis.pcall('multi')":             "ERR This Redis command is not allowed from script",
		"return redis.pcall('subscribe','c')":     "ERR This Redis command is not allowed from script",
		"return redis.pcall('eval','return 1',0)": "ERR This Redis command is not allowed from script",
		"return redis.pcall('monitor')":           "ERR This Redis command is not allowed from script",
		"return redis.pcall('client','id')":       "ERR This Redis command is not allowed from script",
		"return {err='My error'}":                 "My error",
		"return redis.error_reply('My error')":    "My error",
	} {
		require.Equal(t, resp.Error(want), p.eval(script), script)
	}
	require.Nil(t, p.eval("return redis.call('blpop','l',0)"), "nobody waits in a script")
	require.Equal(t, "fine", p.eval("return redis.status_reply('fine')"))
	require.Equal(t, "OK", p.eval("return redis.call('set','k','v')"))
	require.Equal(t, "ERR value is not an integer or out of range", p.eval("return redis.pcall('incr','s').err"))
}

func TestScriptReplies(t *testing.T) {
	w := newWorld(t)
	two, three := w.v2(), w.v3()
	for script, want := range map[string][2]any{
		"return 3.99":                  {int64(3), int64(3)},
		"return true":                  {int64(1), int64(1)},
		"return false":                 {nil, nil},
		"return {1,'a',{2},nil,4}":     {[]any{int64(1), "a", []any{int64(2)}}, []any{int64(1), "a", []any{int64(2)}}},
		"return {double=1.5}":          {"1.5", 1.5},
		"return {map={a=1}}":           {[]any{"a", int64(1)}, resp.Map{{Key: "a", Value: int64(1)}}},
		"redis.setresp(3) return true": {int64(1), true},
		"redis.setresp(3) return {redis.call('hgetall','h')}": {[]any{[]any{}}, []any{resp.Map{}}},
	} {
		require.Equal(t, want[0], two.eval(script), script)
		require.Equal(t, want[1], three.eval(script), script)
	}
}

func TestScriptsAndTheConnection(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	require.Equal(t, "OK", p.eval("redis.call('select',5) return redis.call('set','k','v')"))
	p.does(nil, "GET k") // the script's database was its own
	p.ok("SELECT 5")
	p.does("v", "GET k")
	const readOnly = "ERR Write commands are not allowed from read-only scripts."
	p.fails(readOnly, "EVAL_RO", "return redis.pcall('set','k','w')", 0)
	p.fails(readOnly, "EVAL_RO", "return redis.pcall('publish','c','m')", 0)
	p.fails(readOnly, "EVAL", "#!lua flags=no-writes\nreturn redis.pcall('set','k','w')", 0)
	p.does("v", "EVAL_RO", "return redis.call('get','k')", 0)
	p.fails("ERR Can not execute a script with write flag using *_ro command.", "EVAL_RO", "#!lua\nreturn 1", 0)
	p.fails("ERR Unexpected flag in script shebang: nope", "EVAL", "#!lua flags=nope\nreturn 1", 0)
	p.fails("ERR Unexpected engine in script shebang: #!nope", "EVAL", "#!nope\nreturn 1", 0)
	require.Equal(t, []any{int64(1), "v"}, p.exec("EVAL return(1) 0", "GET k"))
}

// Whether a script may run without memory, and what it may do then.
func TestScriptsOutOfMemory(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.ok("CONFIG SET maxmemory 1")
	defer p.ok("CONFIG SET maxmemory 0")
	const oom = "OOM command not allowed when used memory > 'maxmemory'."
	require.Equal(t, resp.Error(oom), p.eval("return redis.pcall('set','k','v')"))
	require.Nil(t, p.eval("return redis.call('get','k')"))
	require.Equal(t, "OK", p.eval("redis.call('del','k') return redis.call('set','k','v')"), "it has written already")
	require.Equal(t, resp.Error(oom), p.eval("#!lua\nreturn 1"))
	require.Equal(t, "OK", p.eval("#!lua flags=allow-oom\nreturn redis.call('set','k','v')"))
	require.Equal(t, int64(1), p.eval("#!lua flags=no-writes\nreturn 1"))
}

const errBusy = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."

// busy makes p run a script that does not end, and returns when the server says
// so to others.
func (w *world) busy(script string) (p, other peer) {
	w.t.Helper()
	w.admin.ok("CONFIG SET busy-reply-threshold 10")
	p, other = w.v2(), w.v3()
	p.Send("EVAL", script, 0)
	w.until(func() bool { return other.do("PING") == resp.Error(errBusy) })
	return p, other
}

func TestBusyScript(t *testing.T) {
	w := newWorld(t)
	p, other := w.busy("while true do end")
	for _, line := range []string{"PING", "GET k", "SET k v", "CLIENT ID", "EVAL x 0", "SUBSCRIBE c", "SHUTDOWN", "SCRIPT EXISTS x", "INFO"} {
		other.fails(errBusy, line)
	}
	other.fails("ERR No shutdown in progress.", "SHUTDOWN ABORT")
	other.fails("ERR syntax error", "SHUTDOWN ABORT NOW")
	other.fails("ERR unknown command 'nope', with args beginning with: ", "nope")
	other.fails("ERR wrong number of arguments for 'get' command", "GET")

	// New connections are let in, and may shake hands.
	late := peer{w.dial(), t, 0}
	late.fails(errBusy, "PING")
	require.IsType(t, resp.Map{}, late.do("HELLO 3"))
	late.does("RESET", "RESET")
	late.ok("WATCH k", "UNWATCH", "AUTH default x")

	// What is queued during it spoils the transaction.
	multi := peer{w.dial(), t, 0}
	multi.ok("MULTI")
	multi.fails(errBusy, "SET k v")
	leaver := peer{w.dial(), t, 0}
	leaver.ok("QUIT")
	leaver.Closed()

	other.ok("SCRIPT KILL")
	p.next(resp.Error("ERR Script killed by user with SCRIPT KILL... script: 694a5fe1ddb97a4c6a1bf299d9537c7d3d0f84e7, on @user_script:1."))
	multi.fails(errAborted, "EXEC")
	p.does("PONG", "PING")
	other.does(nil, "GET k")
	other.fails("NOTBUSY No scripts in execution right now.", "SCRIPT KILL")
}

// A script that calls commands all the time can be killed as well, also when it
// catches errors.
func TestBusyScriptThatCalls(t *testing.T) {
	w := newWorld(t)
	w.admin.ok("SET k v")
	p, other := w.busy("while true do pcall(function() while true do redis.pcall('get','k') end end) end")
	other.ok("SCRIPT KILL")
	require.IsType(t, resp.Error(""), p.Read())
	other.does("v", "GET k")
}

// EXEC in the middle of a script that does not end is refused, and over.
func TestExecWhileBusy(t *testing.T) {
	w := newWorld(t)
	early := w.v2()
	early.ok("MULTI")
	early.does("QUEUED", "SET k v")
	p, other := w.busy("while true do end")
	early.fails("EXECABORT Transaction discarded because of: "+errBusy, "EXEC")
	early.fails("ERR DISCARD without MULTI", "DISCARD")
	other.ok("SCRIPT KILL")
	require.IsType(t, resp.Error(""), p.Read())
	other.does(nil, "GET k")
}

// Clients that are answered beside a script do not get into the transaction that
// it is part of.
func TestBusyInExec(t *testing.T) {
	w := newWorld(t)
	w.admin.ok("CONFIG SET busy-reply-threshold 10")
	p, other, silent := w.v2(), w.v3(), w.v2()
	p.ok("MULTI")
	p.does("QUEUED", "SET k v")
	p.does("QUEUED", "EVAL", "while true do end", 0)
	p.does("QUEUED", "GET k")
	silent.pipe("CLIENT REPLY OFF", "SET silent 1")
	w.until(func() bool { return w.admin.do("GET silent") == "1" })
	p.send("EXEC")
	w.until(func() bool { return other.do("PING") == resp.Error(errBusy) })
	silent.pipe("AUTH default x", "UNWATCH", "GET k")
	other.ok("AUTH default x", "UNWATCH", "SCRIPT KILL")
	require.Equal(t, []any{"OK", resp.Error("ERR Script killed by user with SCRIPT KILL... script: 694a5fe1ddb97a4c6a1bf299d9537c7d3d0f84e7, on @user_script:1."), "v"}, p.Read())
	other.does("v", "GET k")
	silent.does("OK", "CLIENT REPLY ON")
}

// A script that has written cannot be killed; the server can be.
func TestUnkillableScript(t *testing.T) {
	w := newWorld(t)
	if w.redis {
		t.Skip("it ends the server")
	}
	p, other := w.busy("redis.call('set','k','v') while true do end")
	const unkillable = "UNKILLABLE Sorry the script already executed write commands against the dataset." +
		" You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command."
	other.fails(unkillable, "SCRIPT KILL")
	other.fails(errBusy, "SHUTDOWN")
	other.fails(errBusy, "SHUTDOWN SAVE")
	other.send("SHUTDOWN NOSAVE")
	other.Closed()
	p.Closed()
}

// SHUTDOWN ends the scripts, too, that wait behind the one that runs.
func TestShutdownWithScriptsBehindAScript(t *testing.T) {
	w := newWorld(t)
	if w.redis {
		t.Skip("it ends the server")
	}
	w.admin.ok("CONFIG SET busy-reply-threshold 10")
	p, other := w.v2(), w.v2()
	eval := string(resp.AppendCommand(nil, "EVAL", "redis.call('set','k','v') while true do end", 0))
	p.WriteRaw(eval + eval + "MULTI\r\n" + eval + eval + "EXEC\r\n")
	w.until(func() bool { return other.do("PING") == resp.Error(errBusy) })
	other.send("SHUTDOWN NOSAVE")
	other.Closed()
	p.Closed()
}
