package server

import (
	"sync"
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/script"
	"github.com/tattle-server/tattle/server/internal/wire"
	"github.com/tattle-server/tattle/server/serverlog"
)

// scripting is the state of scripts. Package script runs them; here is what they
// may call and what happens when one does not end.
//
// A script runs inside a cycle, but while it computes without calling a command
// it touches nothing of the server. So what it calls runs under mu, and when it
// has taken longer than busy-reply-threshold a watchdog goroutine takes mu in
// between to answer the clients that wait: with BUSY, or by running the few
// commands that are allowed then (busy.go).
type scripting struct {
	engine *script.Engine

	mu     sync.Mutex
	active bool // a script runs
	busy   bool // the watchdog answers a client

	denyOff     bool // DEBUG SET-DISABLE-DENY-SCRIPTS: commands that scripts must not call may be
	readOnly    bool // of the running script: it must not write
	overOOM     bool // memory was over maxmemory when it began, and it has not written
	evictedBase int  // the engine's count as of CONFIG RESETSTAT
	counted     bool // its error was counted when the command failed that made it
}

func (x *scripting) init() { x.engine = script.New(RedisVersion) }

// abort ends what is left of a script after a panic.
func (x *scripting) abort() { x.active, x.readOnly, x.overOOM = false, false, false }

// takeCounted tells once whether the error that a script ended with was counted
// already.
func (x *scripting) takeCounted() bool {
	c := x.counted
	x.counted = false
	return c
}

// scriptHost is the server as a script sees it.
type scriptHost struct {
	s *Server
	c *client
}

// Call runs a command for the script.
func (h scriptHost) Call(args [][]byte, out *resp.Writer) {
	s := h.s
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	row, err := s.admitScripted(args)
	if err != nil {
		if row != nil {
			s.rows[row.ID()].rejected++
		}
		s.countError(err.Error())
		out.Error(err)
		return
	}
	if row.Is(command.Write) {
		s.script.engine.Wrote()
		s.script.overOOM = false
	}
	s.call(h.c, row, args, out)
}

// admitScripted decides whether a script may run a command.
func (s *Server) admitScripted(args [][]byte) (*command.Row, error) {
	row, err := s.lookup(args)
	switch {
	case err != nil:
		return nil, script.ErrUnknown
	case row.Run == nil, !row.FitsArity(len(args)):
		return row, script.ErrWrongArgs
	case row.Is(command.NoScript) && !s.script.denyOff:
		return row, script.ErrNotAllowed
	case s.script.readOnly && row.Flags&(command.Write|command.MayReplicate) != 0:
		return row, script.ErrReadOnly
	case row.Is(command.DenyOOM) && s.script.overOOM:
		return row, resp.ErrOOM
	}
	return row, nil
}

// Allowed reports whether there is such a command; the only user may run all.
func (h scriptHost) Allowed(args [][]byte) (allowed, known bool) {
	_, err := h.s.lookup(args)
	return err == nil, err == nil
}

var scriptLevels = [...]serverlog.Level{
	script.LogDebug: serverlog.Debug, script.LogVerbose: serverlog.Verbose,
	script.LogNotice: serverlog.Notice, script.LogWarning: serverlog.Warning,
}

// Log writes a line to the server's log.
func (h scriptHost) Log(level script.Level, msg string) {
	h.s.log.Logf(scriptLevels[level], "%s", msg)
}

// evalFlags is the FlagsOf of EVAL and EVAL_RO: a script may declare what it does.
func evalFlags(flags command.Flags, _ command.Client, args [][]byte) command.Flags {
	if declared, ok := script.Declared(args[1]); ok {
		return declaredFlags(flags, declared)
	}
	return flags
}

// evalSHAFlags is the same for EVALSHA and EVALSHA_RO.
func evalSHAFlags(flags command.Flags, caller command.Client, args [][]byte) command.Flags {
	sc := caller.(*client).srv.script.engine.Find(string(args[1]))
	if sc != nil && sc.Declared {
		return declaredFlags(flags, sc.Flags)
	}
	return flags
}

// declaredFlags puts what a script declares in place of what its command says of
// writing and of memory.
func declaredFlags(flags command.Flags, declared script.Flags) command.Flags {
	flags &^= command.DenyOOM | command.Write | command.MayReplicate
	switch {
	case declared&script.NoWrites != 0:
		return flags
	case declared&script.AllowOOM != 0:
		return flags | command.Write
	}
	return flags | command.Write | command.DenyOOM
}

// splitKeys reads numkeys and splits the words after it.
func splitKeys(args [][]byte) (keys, rest [][]byte, err error) {
	n, err := command.Int(args[2])
	switch {
	case err != nil:
		return nil, nil, err
	case n > int64(len(args)-3):
		return nil, nil, resp.ErrBadNumKeys
	case n < 0:
		return nil, nil, resp.Error("ERR Number of keys can't be negative")
	}
	return args[3 : 3+n], args[3+n:], nil
}

// eval handles EVAL and EVAL_RO.
func eval(readOnly bool) handler {
	return func(s *Server, c *client, call *command.Call) error {
		s.feedMonitors(c, call.Row, call.Args) // before the commands of the script
		keys, args, err := splitKeys(call.Args)
		if err != nil {
			return err
		}
		sc, err := s.script.engine.Load(call.Args[1], false)
		if err != nil {
			return err
		}
		return s.runScript(c, call, sc, keys, args, readOnly)
	}
}

// evalSHA handles EVALSHA and EVALSHA_RO.
func evalSHA(readOnly bool) handler {
	return func(s *Server, c *client, call *command.Call) error {
		s.feedMonitors(c, call.Row, call.Args)
		const hexSHA1 = 40
		if len(call.Args[1]) != hexSHA1 {
			return script.ErrNoScript
		}
		keys, args, err := splitKeys(call.Args)
		if err != nil {
			return err
		}
		sc := s.script.engine.Find(string(call.Args[1]))
		if sc == nil {
			return script.ErrNoScript
		}
		return s.runScript(c, call, sc, keys, args, readOnly)
	}
}

func (s *Server) runScript(c *client, call *command.Call, sc *script.Script, keys, args [][]byte, readOnly bool) error {
	noWrites := sc.Declared && sc.Flags&script.NoWrites != 0
	over := s.cfg.MaxMemory > 0 && s.usedMemory() > int64(s.cfg.MaxMemory)
	allowOOM := sc.Flags&script.AllowOOM != 0
	switch {
	case sc.Declared && readOnly && !noWrites:
		return resp.Error("ERR Can not execute a script with write flag using *_ro command.")
	case sc.Declared && over && !noWrites && !allowOOM:
		return resp.Error("OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'")
	}
	x := &s.script
	x.active, x.readOnly, x.overOOM = true, readOnly || noWrites, over && !allowOOM
	db, out := c.db, call.Out // from here on call may be in use by the watchdog
	watchdog := s.watchScript()
	wire.WakeMonitor() // else on one processor nobody could end it
	outcome := x.engine.Run(scriptHost{s, c}, sc, keys, args, out)
	watchdog.Stop()
	x.mu.Lock() // the watchdog is done with whom it answers
	x.abort()
	x.counted = outcome.Counted
	x.mu.Unlock()
	c.db = db // SELECT in a script is the script's own
	return nil
}

// watchScript makes the watchdog come when the script that begins takes too long.
func (s *Server) watchScript() *time.Timer {
	threshold := time.Duration(s.cfg.BusyReplyThreshold) * time.Millisecond
	if threshold <= 0 {
		threshold = time.Duration(1<<63 - 1)
	}
	return time.AfterFunc(threshold, s.answerBusy)
}

func runScriptLoad(s *Server, _ *client, call *command.Call) error {
	sc, err := s.script.engine.Load(call.Args[2], true)
	if err != nil {
		return err
	}
	call.Out.BulkString(sc.SHA)
	return nil
}

func runScriptExists(s *Server, _ *client, call *command.Call) error {
	call.Out.Array(len(call.Args) - 2)
	for _, sha := range call.Args[2:] {
		call.Out.Flag(s.script.engine.Exists(string(sha)))
	}
	return nil
}

func runScriptFlush(s *Server, _ *client, call *command.Call) error {
	if n := len(call.Args); n > 3 || n == 3 && !command.Is(call.Args[2], "sync") && !command.Is(call.Args[2], "async") {
		return resp.Error("ERR SCRIPT FLUSH only support SYNC|ASYNC option")
	}
	s.script.engine.Flush()
	call.Out.OK()
	return nil
}

func runScriptKill(s *Server, _ *client, call *command.Call) error {
	if err := s.script.engine.Kill(); err != nil {
		return err
	}
	call.Out.OK()
	return nil
}

// runScriptDebug accepts that debugging is off: there is no debugger.
func runScriptDebug(_ *Server, _ *client, call *command.Call) error {
	switch mode := call.Args[2]; {
	case command.Is(mode, "no"):
		call.Out.OK()
		return nil
	case command.Is(mode, "yes"), command.Is(mode, "sync"):
		return resp.Error("ERR the script debugger is not supported")
	}
	return resp.Error("ERR Use SCRIPT DEBUG YES/SYNC/NO")
}

// evaluating are the flags of the commands that run a script.
const evaluating = command.NoScript | command.Stale | command.SkipMonitor | command.NoMandatoryKeys

// What a script does with its keys: anything, or nothing but read them.
var (
	scriptKeys  = []command.KeySpec{command.Counted(2, command.RW|command.Access|command.Update)}
	scriptReads = []command.KeySpec{command.Counted(2, command.RO|command.Access)}
)

var scriptRows = command.Group(command.Row{Group: "scripting", Categories: command.CatScripting, Flags: command.NeedsConnection}, []command.Row{
	{Name: "eval", Arity: -3, Since: "2.6.0", Run: on(eval(false)), Summary: "Runs a script",
		Flags: evaluating | command.MayReplicate, Keys: scriptKeys, FlagsOf: evalFlags},
	{Name: "eval_ro", Arity: -3, Since: "7.0.0", Run: on(eval(true)), Summary: "Runs a script that only reads",
		Flags: evaluating | command.ReadOnly, Keys: scriptReads, FlagsOf: evalFlags},
	{Name: "evalsha", Arity: -3, Since: "2.6.0", Run: on(evalSHA(false)), Summary: "Runs a script known by its SHA-1",
		Flags: evaluating | command.MayReplicate, Keys: scriptKeys, FlagsOf: evalSHAFlags},
	{Name: "evalsha_ro", Arity: -3, Since: "7.0.0", Run: on(evalSHA(true)), Summary: "Runs a script known by its SHA-1 that only reads",
		Flags: evaluating | command.ReadOnly, Keys: scriptReads, FlagsOf: evalSHAFlags},
	command.Container("script", "2.6.0", "Manages the cache of scripts",
		cmd("debug", 3, "3.2.0", command.NoScript, runScriptDebug, "Turns the debugger off, which is always off"),
		cmd("exists", -3, "2.6.0", command.NoScript, runScriptExists, "Reports which scripts are in the cache", "request_policy:all_shards", "response_policy:agg_logical_and"),
		cmd("flush", -2, "2.6.0", command.NoScript, runScriptFlush, "Empties the cache of scripts", onAllNodes...),
		command.HelpRow("5.0.0", scriptHelp),
		cmd("kill", 2, "2.6.0", command.NoScript|command.AllowBusy, runScriptKill, "Ends the running script", "request_policy:all_shards", "response_policy:one_succeeded"),
		cmd("load", 3, "2.6.0", command.NoScript|command.Stale, runScriptLoad, "Puts a script into the cache", onAllNodes...),
	),
})
