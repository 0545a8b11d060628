package script

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"runtime/debug"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/tattle-server/tattle/resp"
)

// The arguments of redis.set_repl. Nothing is replicated here, so it only checks
// them.
const (
	replNone    = 0
	replAOF     = 1
	replReplica = 2
	replAll     = replAOF | replReplica
)

// replayFunctions were of use while scripts could be replicated as such, or debugged.
// Functions of libraries do not have them.
var replayFunctions = map[string]function{
	"replicate_commands": func(c call) int { return c.push(lua.LTrue) },
	"breakpoint":         func(c call) int { return c.push(lua.LFalse) },
	"debug":              func(call) int { return 0 },
}

var redisFunctions = map[string]function{
	"call":          func(c call) int { return c.command(true) },
	"pcall":         func(c call) int { return c.command(false) },
	"error_reply":   redisErrorReply,
	"status_reply":  redisStatusReply,
	"sha1hex":       redisSha1hex,
	"log":           redisLog,
	"setresp":       redisSetResp,
	"set_repl":      redisSetRepl,
	"acl_check_cmd": redisACLCheck,
}

// redisLib makes the table redis of a script or a function that runs.
func (m *machine) redisLib(version string) *lua.LTable {
	t := m.redisBase(version, redisFunctions)
	if m.libs == nil {
		m.add(t, replayFunctions)
	}
	for name, n := range map[string]int{
		"REPL_NONE": replNone, "REPL_AOF": replAOF, "REPL_SLAVE": replReplica, "REPL_REPLICA": replReplica, "REPL_ALL": replAll,
	} {
		t.RawSetString(name, lua.LNumber(n))
	}
	return t
}

// redisBase makes a table redis of functions and of what every such table has.
func (m *machine) redisBase(version string, fns map[string]function) *lua.LTable {
	t := m.library(fns)
	for name, n := range map[string]int{
		"LOG_DEBUG": int(LogDebug), "LOG_VERBOSE": int(LogVerbose), "LOG_NOTICE": int(LogNotice), "LOG_WARNING": int(LogWarning),
		"REDIS_VERSION_NUM": versionNumber(version),
	} {
		t.RawSetString(name, lua.LNumber(n))
	}
	t.RawSetString("REDIS_VERSION", lua.LString(version))
	return t
}

// loadGlobals makes the globals of a library while it is loaded: redis, and of that what
// one needs to register functions. The functions that it registers have all globals when
// they are called.
func (m *machine) loadGlobals(version string) *lua.LTable {
	redis := m.redisBase(version, map[string]function{"log": redisLog, "register_function": registerFunction})
	redis.Metatable = m.globals.Metatable // what is missing is an error
	g := m.L.CreateTable(0, 1)
	g.RawSetString("redis", m.freeze(redis))
	g.Metatable = m.globals.Metatable
	return g
}

// versionNumber writes "8.0.2" as 0x080002.
func versionNumber(version string) (n int) {
	for _, part := range strings.Split(version, ".") {
		digits, _ := strconv.Atoi(part)
		n = n<<8 | digits
	}
	return n
}

// failRedis ends the running function with an error table.
func (c call) failRedis(text string) int {
	c.m.raise(c.LState, c.m.errorText(text, false))
	return 0
}

// command runs a command. If it fails, call ends the script and pcall returns the
// error.
func (c call) command(must bool) int {
	v := c.runCommand()
	if t, ok := v.(*lua.LTable); ok && must && t.RawGetString("err") != lua.LNil {
		c.m.raise(c.LState, v)
	}
	return c.push(v)
}

func (c call) runCommand() lua.LValue {
	making := c.m.memory.making
	args, problem := c.words()
	if problem != "" {
		return c.m.errorText(problem, false)
	}
	out := &c.m.reply
	out.Buf, out.Proto, out.Max = out.Buf[:0], c.m.run.proto, memoryMax
	c.m.callHost(args)
	c.m.memory.making = making
	if out.Full() { // cut off, as the machine could not keep it
		out.Buf = nil
		c.failBare(errMemory)
	}
	v := c.fromReply(out.Buf)
	if cap(out.Buf) > replyKeep {
		out.Buf = nil
	}
	return v
}

func (m *machine) callHost(args [][]byte) {
	defer m.noteHostPanic()
	m.run.host.Call(args, &m.reply)
}

// noteHostPanic keeps a panic of the host from becoming an error of the script: the
// script ends, and then the panic continues.
func (m *machine) noteHostPanic() {
	if p := recover(); p != nil {
		m.run.killed.Store(true)
		m.run.panicked = fmt.Sprintf("%v\n%s", p, debug.Stack())
		panic(p)
	}
}

// words returns all arguments as the words of a command, or what is wrong with
// them.
func (c call) words() (args [][]byte, problem string) {
	n := c.GetTop()
	if n == 0 {
		return nil, "Please specify at least one argument for this redis lib call"
	}
	args = make([][]byte, n)
	for i := range args {
		switch v := c.Get(i + 1).(type) {
		case lua.LString:
			c.reserve(len(v))
			c.m.memory.making += len(v)
			args[i] = []byte(v)
		case lua.LNumber:
			args[i] = appendArg(nil, float64(v))
		default:
			return nil, "Lua redis lib command arguments must be strings or integers"
		}
	}
	return args, ""
}

// appendArg writes a number as an argument of a command: integers with all their
// digits, other numbers so that they read back the same.
func appendArg(b []byte, f float64) []byte {
	if f == math.Trunc(f) && math.Abs(f) <= 1<<62 {
		return strconv.AppendInt(b, int64(f), 10)
	}
	if math.IsNaN(f) && math.Signbit(f) {
		return append(b, "-nan"...)
	}
	return resp.AppendDouble(b, f)
}

func redisErrorReply(c call) int {
	text, ok := c.Get(1).(lua.LString)
	if !ok || c.GetTop() != 1 {
		return c.push(c.m.errorText("wrong number or type of arguments", false))
	}
	return c.push(c.m.errorText("-"+strings.TrimPrefix(string(text), "-"), false))
}

func redisStatusReply(c call) int {
	text, ok := c.Get(1).(lua.LString)
	if !ok || c.GetTop() != 1 {
		return c.push(c.m.errorText("wrong number or type of arguments", false))
	}
	return c.push(c.m.field("ok", text))
}

func redisSha1hex(c call) int {
	if c.GetTop() != 1 {
		return c.failRedis("wrong number of arguments")
	}
	s, _ := toString(c.Get(1))
	sum := sha1.New()
	for s != "" {
		n := min(len(s), workEvery)
		_, _ = io.WriteString(sum, s[:n])
		s = s[n:]
		c.work(n)
	}
	return c.pushString(hex.EncodeToString(sum.Sum(nil)))
}

func redisLog(c call) int {
	if c.GetTop() < 2 {
		return c.failRedis("redis.log() requires two arguments or more.")
	}
	n, ok := c.Get(1).(lua.LNumber)
	if !ok {
		return c.failRedis("First argument must be a number (log level).")
	}
	level := truncate(float64(n))
	if level < int64(LogDebug) || level > int64(LogWarning) {
		return c.failRedis("Invalid log level.")
	}
	line, words := text{call: c}, 0
	for i := 2; i <= c.GetTop(); i++ {
		if s, ok := toString(c.Get(i)); ok {
			if words++; words > 1 {
				line.writeByte(' ')
			}
			line.write(s)
		}
	}
	c.m.run.host.Log(Level(level), string(line.value()))
	return 0
}

func redisSetResp(c call) int {
	if c.GetTop() != 1 {
		return c.failRedis("redis.setresp() requires one argument.")
	}
	f, _ := toNumber(c.Get(1))
	proto := truncate(f)
	if proto != 2 && proto != 3 {
		return c.failRedis("RESP version must be 2 or 3.")
	}
	c.m.run.proto = int(proto)
	return 0
}

func redisSetRepl(c call) int {
	if c.GetTop() != 1 {
		return c.failRedis("redis.set_repl() requires one argument.")
	}
	f, _ := toNumber(c.Get(1))
	if truncate(f)&^replAll != 0 {
		return c.failRedis("Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.")
	}
	return 0
}

func redisACLCheck(c call) int {
	making := c.m.memory.making
	args, problem := c.words()
	if problem != "" {
		return c.failRedis(problem)
	}
	c.m.memory.making = making
	allowed, known := c.m.run.host.Allowed(args)
	if !known {
		return c.failRedis("Invalid command passed to redis.acl_check_cmd()")
	}
	return c.push(lua.LBool(allowed))
}
