package server_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
)

func TestInfoSections(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	sections := func(line string) (names []string) {
		for _, m := range regexp.MustCompile(`(?m)^# (\w+)\r$`).FindAllStringSubmatch(p.do(line).(string), -1) {
			if m[1] != "Keysizes" && m[1] != "Threads" { // Redis alone has these
				names = append(names, m[1])
			}
		}
		return names
	}
	usual := []string{"Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU", "Modules", "Errorstats", "Cluster", "Keyspace"}
	require.Equal(t, usual, sections("INFO"))
	require.Equal(t, usual, sections("INFO default"))
	for _, line := range []string{"INFO all", "INFO everything"} {
		all := sections(line)
		require.Subset(t, all, []string{"Server", "Commandstats", "Latencystats", "Errorstats", "Keyspace"})
	}
	require.Equal(t, []string{"Server"}, sections("INFO SERVER"))
	require.Equal(t, []string{"CPU", "Keyspace"}, sections("INFO keyspace cpu nope"))
	require.Equal(t, "", p.do("INFO nope"))
	require.Equal(t, "txt", w.v3().do("INFO server").(resp.Verbatim).Format)
}

// Figures of INFO after known actions.
func TestInfoFigures(t *testing.T) {
	w := newWorld(t)
	p := w.admin
	stat := func(name string) int { t.Helper(); return w.stat(name) }
	p.ok("CONFIG RESETSTAT", "SET k v", "SET e v EX 100", "SELECT 3", "SET k v", "SELECT 0")
	p.does("v", "GET k")
	p.does(nil, "GET nothing")
	p.does(int64(1), "EXISTS k")
	p.does(int64(0), "LLEN nothing")
	p.fails(errWrongType, "LPUSH k x")
	p.fails("ERR unknown command 'nope', with args beginning with: ", "nope")
	require.IsType(t, resp.Error(""), p.do("GET"))
	require.Equal(t, []int{2, 2}, []int{stat("keyspace_hits"), stat("keyspace_misses")})
	require.Equal(t, 3, stat("total_error_replies"))
	info := p.do("INFO all").(string)
	for _, want := range []string{
		"db0:keys=2,expires=1,avg_ttl=", "db3:keys=1,expires=0,avg_ttl=0,subexpiry=0",
		"errorstat_ERR:count=2", "errorstat_WRONGTYPE:count=1", "redis_mode:standalone", "role:master", "maxmemory_policy:noeviction",
	} {
		require.Contains(t, info, want)
	}
	cmdstat := func(name string) string {
		m := regexp.MustCompile("cmdstat_" + name + `:calls=(\d+),.*rejected_calls=(\d+),failed_calls=(\d+)`).FindStringSubmatch(info)
		require.NotNil(t, m, name)
		return strings.Join(m[1:], " ")
	}
	require.Equal(t, "3 0 0", cmdstat("set"))
	require.Equal(t, "2 1 0", cmdstat("get"))
	require.Equal(t, "1 0 1", cmdstat("lpush"))
	require.Equal(t, "2 0 0", cmdstat("select"))
	require.Contains(t, info, "latency_percentiles_usec_set:p50=")

	received := stat("total_connections_received")
	q := w.v2()
	require.Equal(t, received+1, stat("total_connections_received"))
	q.ok("WATCH a b", "WATCH b")
	require.Equal(t, []int{1, 2}, []int{stat("watching_clients"), stat("total_watched_keys")})
	w.close(q)
	require.Equal(t, []int{0, 0, 1}, []int{stat("watching_clients"), stat("total_watched_keys"), stat("connected_clients")})
	commands := stat("total_commands_processed")
	p.ok("SET k v", "SET k v")
	require.Equal(t, commands+3, stat("total_commands_processed")) // INFO among them
	before := stat("total_net_input_bytes")
	p.ok("SET k " + strings.Repeat("x", 10000))
	require.Greater(t, stat("total_net_input_bytes"), before+10000)
	before = stat("total_net_output_bytes")
	p.do("GET k")
	require.Greater(t, stat("total_net_output_bytes"), before+10000)

	p.ok("CONFIG RESETSTAT")
	for _, name := range []string{"keyspace_hits", "keyspace_misses", "total_error_replies", "total_connections_received", "expired_keys", "evicted_keys"} {
		require.Equal(t, 0, stat(name), name)
	}
	require.NotContains(t, p.do("INFO everything"), "cmdstat_set")
}

func TestSlowlog(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.ok("CLIENT SETNAME me", "CONFIG SET slowlog-log-slower-than 0", "SLOWLOG RESET")
	p.do("AUTH secret")
	p.do("AUTH default secret")
	p.do("HELLO 2 AUTH default secret SETNAME me")
	p.does("OK", "CONFIG SET maxmemory 0 requirepass", "")
	p.exec("SET a 1")
	p.does(int64(0), append([]string{"EXISTS"}, strings.Repeat("k ", 40))[0]+" "+strings.Repeat("k ", 40))
	p.does(nil, "GET", strings.Repeat("x", 200))
	p.eval("return redis.call('get','k')")
	p.do("nope")
	p.ok("CONFIG SET slowlog-log-slower-than 10000")
	var lines []string
	entries := p.do("SLOWLOG GET -1").([]any)
	for _, e := range entries {
		lines = append(lines, strings.Join(texts(e.([]any)[3].([]any)), " "))
	}
	require.Equal(t, []string{
		"EVAL return redis.call('get','k') 0",
		"get k",
		"GET " + strings.Repeat("x", 128) + "... (72 more bytes)",
		"EXISTS " + strings.Repeat("k ", 30) + "... (10 more arguments)",
		"SET a 1", // not EXEC
		"MULTI",
		"CONFIG SET maxmemory 0 requirepass (redacted)",
		"HELLO 2 AUTH (redacted) (redacted) SETNAME me",
		"AUTH (redacted) (redacted)",
		"AUTH (redacted)",
		"SLOWLOG RESET",
	}, lines)
	first := entries[0].([]any)
	require.Equal(t, []any{p.NetConn().LocalAddr().String(), "me"}, first[4:])
	require.Equal(t, first[0].(int64)-1, entries[1].([]any)[0])
	require.Len(t, p.do("SLOWLOG GET 2"), 2)
	require.Len(t, p.do("SLOWLOG GET"), 10)
	p.ok("CONFIG SET slowlog-max-len 3", "CONFIG SET slowlog-log-slower-than 0")
	p.ok("CONFIG SET slowlog-log-slower-than -1")
	p.does(int64(3), "SLOWLOG LEN")
	p.ok("SLOWLOG RESET", "CONFIG SET slowlog-max-len 128 slowlog-log-slower-than 10000")
	p.does(int64(0), "SLOWLOG LEN")
	p.fails("ERR count should be greater than or equal to -1", "SLOWLOG GET -2")
}

func TestLatency(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	p.ok("CONFIG SET latency-monitor-threshold 1")
	p.do("LATENCY RESET")
	p.ok("DEBUG SLEEP 0.002")
	latest := p.do("LATENCY LATEST").([]any)
	require.Len(t, latest, 1)
	e := latest[0].([]any)
	require.Equal(t, "command", e[0])
	require.GreaterOrEqual(t, e[2].(int64), int64(2))
	require.Len(t, p.do("LATENCY HISTORY command"), 1)
	require.Contains(t, p.do("LATENCY GRAPH command"), "command - high ")
	p.does([]any{}, "LATENCY HISTORY nope")
	p.fails("ERR No samples available for event 'nope'", "LATENCY GRAPH nope")
	p.does(int64(1), "LATENCY RESET command nope")
	p.does([]any{}, "LATENCY LATEST")
	p.ok("CONFIG SET latency-monitor-threshold 0", "CONFIG RESETSTAT", "SET k v")
	m := w.v3().do("LATENCY HISTOGRAM SET nope").(resp.Map)
	require.Len(t, m, 1)
	require.Equal(t, "set", m[0].Key)
	require.Equal(t, int64(1), m[0].Value.(resp.Map)[0].Value)
}

// monitored returns the next lines of a monitor without times and ports.
func (p peer) monitored(n int) (lines []string) {
	p.t.Helper()
	head := regexp.MustCompile(`^\d+\.\d{6} (\[\d+ \S+\])`)
	for range n {
		line := p.Read().(string)
		require.Regexp(p.t, head, line)
		line = head.ReplaceAllString(line, "$1")
		lines = append(lines, regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(line, "addr"))
	}
	return lines
}

func TestMonitor(t *testing.T) {
	w := newWorld(t)
	m, p := w.v2(), w.v2()
	m.ok("MONITOR")
	for _, tt := range [][]string{ // a command, then what is shown
		{"SET k v", `[0 addr] "SET" "k" "v"`},
		{"SELECT 3", `[3 addr] "SELECT" "3"`},
		{"AUTH secret", `[3 addr] "AUTH" "(redacted)"`},
		{"HELLO 2 AUTH default secret SETNAME x", `[3 addr] "HELLO" "2" "AUTH" "(redacted)" "(redacted)" "SETNAME" "x"`},
		{"CONFIG GET port"}, // for administrators only
		{"nope"},
		{"GET"},
		{"MULTI", `[3 addr] "MULTI"`},
		{"SET k w"},
		{"EVAL return(redis.call('get','k')) 0"},
		{"EXEC", `[3 addr] "SET" "k" "w"`, `[3 addr] "EVAL" "return(redis.call('get','k'))" "0"`, `[3 lua] "get" "k"`, `[3 addr] "EXEC"`},
		{"SCRIPT LOAD return(1)", `[3 addr] "SCRIPT" "LOAD" "return(1)"`},
		{"SELECT 0", `[0 addr] "SELECT" "0"`},
	} {
		p.do(tt[0])
		require.Equal(t, tt[1:], append([]string{}, m.monitored(len(tt)-1)...), tt[0])
	}
	p.do("ECHO", "\"\\\n\r\t\a\b\x00\xff é")
	require.Equal(t, []string{`[0 addr] "ECHO" "\"\\\n\r\t\a\b\x00\xff \xc3\xa9"`}, m.monitored(1))
	q := w.v2()
	q.pipe("BLPOP l 0")
	w.waits(1)
	p.does(int64(1), "RPUSH l x")
	q.Read()
	var seen []string
	for len(seen) < 2 {
		if line := m.monitored(1)[0]; !strings.Contains(line, "INFO") && !strings.Contains(line, `"CLIENT"`) {
			seen = append(seen, line)
		}
	}
	require.Equal(t, []string{`[0 addr] "BLPOP" "l" "0"`, `[0 addr] "RPUSH" "l" "x"`}, seen)
	m.Quiet() // BLPOP is shown once
}

// Who monitors may not touch keys, sees itself after its reply, and can stop.
func TestWhatAMonitorMayDo(t *testing.T) {
	w := newWorld(t)
	m := w.v2()
	m.ok("MONITOR")
	for _, line := range []string{"GET k", "SET k v", "PUBLISH c m", "EVAL return 0"} {
		m.fails("ERR Replica can't interact with the keyspace", line)
	}
	m.does("PONG", "PING")
	require.Equal(t, []string{`[0 addr] "PING"`}, m.monitored(1))
	m.send("MONITOR") // no reply, as there is one already
	m.does("RESET", "RESET")
	m.ok("SET k v")
	w.admin.does("v", "GET k")
	m.Quiet()
}

func TestDebug(t *testing.T) {
	w := newWorld(t)
	p, v3 := w.v2(), w.v3()
	p.fails("MYERR text", "DEBUG ERROR", "MYERR text")
	p.ok("DEBUG SLEEP 0", "DEBUG SET-ACTIVE-EXPIRE 1", "DEBUG CHANGE-REPL-ID", "DEBUG POPULATE 10 p 20", "SET k v")
	require.Len(t, p.do("GET p:9"), 20)
	require.Contains(t, p.do("DEBUG OBJECT k"), "encoding:embstr")
	p.fails("ERR no such key", "DEBUG OBJECT nothing")
	p.fails("ERR unknown subcommand or wrong number of arguments for 'nope'. Try DEBUG HELP.", "DEBUG nope")
	for kind, want := range map[string][2]any{
		"string": {"Hello World", "Hello World"}, "integer": {int64(12345), int64(12345)}, "double": {"3.141", 3.141}, "null": {nil, nil},
		"array": {[]any{int64(0), int64(1), int64(2)}, []any{int64(0), int64(1), int64(2)}},
		"set":   {[]any{int64(0), int64(1), int64(2)}, resp.Set{int64(0), int64(1), int64(2)}},
		"true":  {int64(1), true}, "false": {int64(0), false},
		"bignum": {"1234567999999999999999999999999999999", resp.BigNumber("1234567999999999999999999999999999999")},
	} {
		p.does(want[0], "DEBUG PROTOCOL "+kind)
		v3.does(want[1], "DEBUG PROTOCOL "+kind)
	}
	v3.does("Some real reply following the push reply", "DEBUG PROTOCOL push")
	v3.gets(resp.Push{"server-cpu-usage", int64(42)})
	p.fails("ERR RESP2 is not supported by this command", "DEBUG PROTOCOL push")
}

func TestCommandCommand(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	count := int(p.do("COMMAND COUNT").(int64))
	require.Len(t, p.do("COMMAND"), count)
	require.Subset(t, p.do("COMMAND LIST"), []any{"get", "config", "config|set"})
	require.Len(t, p.do("COMMAND DOCS"), 2*count)
	info := p.do("COMMAND INFO get nope").([]any)
	require.Nil(t, info[1])
	get := info[0].([]any)
	require.Equal(t, []any{"get", int64(2), []any{"readonly", "fast"}, int64(1), int64(1), int64(1), []any{"@read", "@string", "@fast"}}, get[:7])
	for line, want := range map[string]any{
		"GETKEYS GET a":                []any{"a"},
		"GETKEYS MSET a 1 b 2":         []any{"a", "b"},
		"GETKEYS EVAL x 2 a b c":       []any{"a", "b"},
		"GETKEYS SORT a STORE b":       []any{"a", "b"},
		"GETKEYS nope a":               resp.Error("ERR Invalid command specified"),
		"GETKEYS PING":                 resp.Error("ERR The command has no key arguments"),
		"GETKEYS GET":                  resp.Error("ERR Invalid number of arguments specified for command"),
		"GETKEYSANDFLAGS SET a b":      []any{[]any{"a", []any{"OW", "update"}}},
		"LIST FILTERBY PATTERN hgeta*": []any{"hgetall"},
		"LIST FILTERBY MODULE nope":    []any{},
		"LIST FILTERBY nope x":         resp.Error("ERR syntax error"),
		"nope":                         resp.Error("ERR unknown subcommand 'nope'. Try COMMAND HELP."),
	} {
		p.does(want, "COMMAND "+line)
	}
}

func TestSmallServerCommands(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	role := p.do("ROLE").([]any)
	require.Equal(t, "master", role[0])
	require.Empty(t, role[2])
	p.does(int64(0), "WAIT 0 0")
	p.fails("ERR No shutdown in progress.", "SHUTDOWN ABORT")
	for _, line := range []string{"SHUTDOWN nope", "SHUTDOWN SAVE NOSAVE", "SHUTDOWN ABORT NOW", "FLUSHALL nope", "FLUSHDB ASYNC SYNC"} {
		p.fails("ERR syntax error", line)
	}
	p.fails("ERR invalid first DB index", "SWAPDB x 0")
	p.fails("ERR invalid second DB index", "SWAPDB 0 x")
	p.fails("ERR DB index is out of range", "SWAPDB 0 99")

	p.ok("SET a 1", "SET b 2", "SELECT 1", "SET c 3")
	p.does(int64(1), "DBSIZE")
	p.ok("SWAPDB 0 1")
	p.does(int64(2), "DBSIZE")
	w.admin.does("3", "GET c") // others see it at once
	p.ok("FLUSHDB")
	w.admin.does(int64(1), "DBSIZE")
	p.ok("FLUSHALL ASYNC")
	w.admin.does(int64(0), "DBSIZE")

	now := p.do("TIME").([]any)
	usec, err := strconv.Atoi(now[1].(string))
	require.NoError(t, err)
	require.Less(t, usec, 1_000_000)
	require.Contains(t, p.do("LOLWUT"), "Redis ver. 8.0.2")
}

func TestConfigGetAndSet(t *testing.T) {
	w := newWorld(t)
	p := w.v2()
	require.ElementsMatch(t, []any{"maxmemory", "0", "maxclients", "10000"}, p.do("CONFIG GET maxmemory MAXCL* maxmemory nope"))
	p.does([]any{}, "CONFIG GET nope")
	for line, want := range map[string]string{
		"nope 1":                  "ERR Unknown option or number of arguments for CONFIG SET - 'nope'",
		"maxmemory 1 nope 2":      "ERR Unknown option or number of arguments for CONFIG SET - 'nope'",
		"maxmemory 1 maxmemory 2": "ERR CONFIG SET failed (possibly related to argument 'maxmemory') - duplicate parameter",
		"maxmemory x":             "ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value",
		"maxmemory 1 timeout -1":  "ERR CONFIG SET failed (possibly related to argument 'timeout') - argument must be between 0 and 2147483647 inclusive",
	} {
		p.fails(want, "CONFIG SET "+line)
		p.does([]any{"maxmemory", "0"}, "CONFIG GET maxmemory") // all or nothing
	}
	p.fails("ERR syntax error", "CONFIG SET maxmemory 1 timeout")
	p.fails("ERR wrong number of arguments for 'config|set' command", "CONFIG SET maxmemory")
	p.fails("ERR The server is running without a config file", "CONFIG REWRITE")
}
