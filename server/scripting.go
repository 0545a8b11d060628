package server

import (
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/script"
	"github.com/tattle-server/tattle/server/internal/wire"
	"github.com/tattle-server/tattle/server/serverlog"
)

// scripting is what a server knows of scripts. Package script runs them.
type scripting struct {
	engine *script.Engine

	denyOff     bool // DEBUG SET-DISABLE-DENY-SCRIPTS: scripts may call all commands
	evictedBase int  // the engine's count as of CONFIG RESETSTAT
}

// scriptRun is one run of a script.
type scriptRun struct {
	readOnly bool // it must not write
	overOOM  bool // memory was over maxmemory when it began, and it has not written
	began    time.Time
	breathed time.Time // when it last let others in
	missed   uint8     // the flags with which its caller was handed in meanwhile
}

func (x *scripting) init() { x.engine = script.New(RedisVersion) }

// scriptHost is the server as a script sees it.
type scriptHost struct {
	s   *Server
	c   *client
	run *scriptRun
}

// Call runs a command for the script.
func (h scriptHost) Call(args [][]byte, out *resp.Writer) {
	s := h.s
	row, err := s.admitScripted(h.c, h.run, args)
	if err != nil {
		if row != nil {
			s.calls[row.ID()].Rejected++
		}
		s.countError(err.Error())
		out.Error(err)
		return
	}
	if row.Is(command.Write) {
		s.script.engine.Wrote()
		h.run.overOOM = false
	}
	x := s.enter(s.running())
	s.call(h.c, row, args, out)
	s.leave(x)
}

// admitScripted decides whether a script may run a command.
func (s *Server) admitScripted(c *client, run *scriptRun, args [][]byte) (*command.Row, error) {
	row, err := s.lookup(args)
	switch {
	case err != nil:
		return nil, script.ErrUnknown
	case row.Run == nil, !row.FitsArity(len(args)):
		return row, script.ErrWrongArgs
	case row.Is(command.NoScript) && !s.script.denyOff:
		return row, script.ErrNotAllowed
	}
	if d := s.permits(c, row, args); d != nil {
		return row, resp.Error("ERR ACL failure in script: " + d.Error(c.user.Name))
	}
	switch {
	case run.readOnly && row.Flags&(command.Write|command.MayReplicate) != 0:
		return row, script.ErrReadOnly
	case row.Is(command.Write) && s.cannotSave():
		return row, errCannotSave
	case row.Is(command.DenyOOM) && run.overOOM:
		return row, resp.ErrOOM
	}
	return row, nil
}

// Allowed reports whether the caller's user may run a command, and whether there is such a
// command.
func (h scriptHost) Allowed(args [][]byte) (allowed, known bool) {
	row, err := h.s.lookup(args)
	if err != nil {
		return false, false
	}
	return h.c.user.Check(row, args, namedKeys(row, args)) == nil, true
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

// evalSHAFlags is the FlagsOf of EVALSHA and EVALSHA_RO.
func evalSHAFlags(flags command.Flags, caller command.Client, args [][]byte) command.Flags {
	sc := caller.(*client).srv.script.engine.Find(string(args[1]))
	if sc != nil && sc.Declared {
		return declaredFlags(flags, sc.Flags)
	}
	return flags
}

// declaredFlags replaces what a command says about writing and memory by what its script
// declares.
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

// splitKeys reads numkeys and splits the words after it into keys and arguments.
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
	return s.runProgram(c, call, program{sc.Flags, sc.Declared, func(h script.Host) script.Outcome {
		return s.script.engine.Run(h, sc, keys, args, call.Out)
	}}, readOnly)
}

// program is a script or a function that is about to run.
type program struct {
	flags    script.Flags
	declared bool // it has said what it does
	run      func(script.Host) script.Outcome
}

func (s *Server) runProgram(c *client, call *command.Call, p program, readOnly bool) error {
	noWrites := p.declared && p.flags&script.NoWrites != 0
	over := s.cfg.MaxMemory > 0 && s.usedMemory() > int64(s.cfg.MaxMemory)
	allowOOM := p.flags&script.AllowOOM != 0
	switch {
	case p.declared && readOnly && !noWrites:
		return resp.Error("ERR Can not execute a script with write flag using *_ro command.")
	case p.declared && over && !noWrites && !allowOOM:
		return resp.Error("OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'")
	}
	run := &scriptRun{readOnly: readOnly || noWrites, overOOM: over && !allowOOM, began: time.Now()}
	x := s.exec
	x.script = run
	db := c.db
	wire.WakeMonitor() // else no other goroutine might run on one processor
	outcome := p.run(scriptHost{s, c, run})
	x.script = nil
	x.counted = outcome.Counted
	s.caughtUp(c, run)
	c.db = db // SELECT lasts until the end of the script
	return nil
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

// killRun handles SCRIPT KILL and FUNCTION KILL.
func killRun(kind script.Kind) handler {
	return func(s *Server, _ *client, call *command.Call) error {
		if err := s.script.engine.Kill(kind); err != nil {
			return err
		}
		call.Out.OK()
		return nil
	}
}

// runScriptDebug turns debugging off. There is no debugger to turn on.
func runScriptDebug(_ *Server, c *client, call *command.Call) error {
	switch mode := call.Args[2]; {
	case c.out.pending() > 0:
		return resp.Error("ERR SCRIPT DEBUG must be called outside a pipeline")
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

// What a script does with its keys: anything, or only read them.
var (
	scriptKeys  = []command.KeySpec{command.Counted(2, command.RW|command.Access|command.Update)}
	scriptReads = []command.KeySpec{command.Counted(2, command.RO|command.Access)}
)

var scriptHelp = command.Help("SCRIPT",
	"DEBUG (YES|SYNC|NO)",
	"    There is no debugger: only NO is accepted.",
	"EXISTS <sha1> [<sha1> ...]",
	"    Tell which scripts are in the cache.",
	"FLUSH [ASYNC|SYNC]",
	"    Empty the cache.",
	"KILL",
	"    End the running script, unless it has written.",
	"LOAD <script>",
	"    Put a script into the cache and return its SHA-1.",
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
		cmd("kill", 2, "2.6.0", command.NoScript|command.AllowBusy, killRun(script.ScriptRun), "Ends the running script", "request_policy:all_shards", "response_policy:one_succeeded"),
		cmd("load", 3, "2.6.0", command.NoScript|command.Stale, runScriptLoad, "Puts a script into the cache", onAllNodes...),
	),
})
