package server

import (
	"strings"
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/script"
	"github.com/tattle-server/tattle/server/internal/wire"
	"github.com/tattle-server/tattle/server/serverlog"
)

// scripting is what a server knows of scripts. Package script runs them; here is what
// they may call.
type scripting struct {
	engine *script.Engine

	denyOff     bool // DEBUG SET-DISABLE-DENY-SCRIPTS: commands that scripts must not call may be
	evictedBase int  // the engine's count as of CONFIG RESETSTAT
	counted     bool // its error was counted when the command failed that made it
}

// scriptRun is one run of a script.
type scriptRun struct {
	readOnly bool // it must not write
	overOOM  bool // memory was over maxmemory when it began, and it has not written
	began    time.Time
	breathed time.Time // when it let others in last
	missed   uint8     // the flags with which its caller was handed in meanwhile
}

func (x *scripting) init() { x.engine = script.New(RedisVersion) }

// takeCounted tells once whether the error that a script ended with was counted
// already.
func (x *scripting) takeCounted() bool {
	c := x.counted
	x.counted = false
	return c
}

// scriptHost is the server as a script sees it.
type scriptHost struct {
	s   *Server
	c   *client
	run *scriptRun
}

// Call runs a command for the script.
func (h scriptHost) Call(args [][]byte, out *resp.Writer) {
	s := h.s
	row, err := s.admitScripted(h.run, args)
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
		h.run.overOOM = false
	}
	x := s.enter(s.running())
	s.call(h.c, row, args, out)
	s.leave(x)
}

// admitScripted decides whether a script may run a command.
func (s *Server) admitScripted(run *scriptRun, args [][]byte) (*command.Row, error) {
	row, err := s.lookup(args)
	switch {
	case err != nil:
		return nil, script.ErrUnknown
	case row.Run == nil, !row.FitsArity(len(args)):
		return row, script.ErrWrongArgs
	case row.Is(command.NoScript) && !s.script.denyOff:
		return row, script.ErrNotAllowed
	case run.readOnly && (row.Is(command.Write) || row.Name == "publish" || row.Name == "spublish"):
		return row, script.ErrReadOnly
	case row.Is(command.DenyOOM) && run.overOOM:
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

// flagsOf returns the flags by which a command line is admitted: those of its
// row, but for a script that declares what it does, what that says.
func (s *Server) flagsOf(row *command.Row, args [][]byte) command.Flags {
	if !row.Is(command.SkipMonitor) || len(row.Keys) == 0 || row.Categories&command.CatScripting == 0 {
		return row.Flags // not EVAL nor one of its like
	}
	flags, declared := script.Declared(args[1])
	if strings.HasPrefix(row.Name, "evalsha") {
		sc := s.script.engine.Find(string(args[1]))
		if sc == nil {
			return row.Flags
		}
		flags, declared = sc.Flags, sc.Declared
	}
	if !declared {
		return row.Flags
	}
	f := row.Flags &^ (command.DenyOOM | command.Write | command.MayReplicate)
	if flags&script.NoWrites == 0 {
		f |= command.Write
		if flags&script.AllowOOM == 0 {
			f |= command.DenyOOM
		}
	}
	return f
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
func eval(readOnly bool) func(*Server, *client, *command.Call) error {
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
func evalSHA(readOnly bool) func(*Server, *client, *command.Call) error {
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
	run := &scriptRun{readOnly: readOnly || noWrites, overOOM: over && !allowOOM, began: time.Now()}
	x := s.exec
	x.script = run
	db := c.db
	wire.WakeMonitor() // else on one processor no other goroutine might run
	outcome := s.script.engine.Run(scriptHost{s, c, run}, sc, keys, args, call.Out)
	x.script = nil
	s.script.counted = outcome.Counted
	s.caughtUp(c, run)
	c.db = db // SELECT in a script is the script's own
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

var scriptRows = []command.Row{
	{
		Name: "eval", Arity: -3, Group: "scripting", Since: "2.6.0",
		Summary:    "Runs a script",
		Flags:      command.NoScript | command.Stale | command.SkipMonitor | command.MayReplicate | command.NoMandatoryKeys,
		Categories: command.CatScripting,
		Keys:       []command.KeySpec{command.Counted(2, command.RW|command.Access|command.Update)},
		Run:        on(eval(false)),
	},
	{
		Name: "eval_ro", Arity: -3, Group: "scripting", Since: "7.0.0",
		Summary:    "Runs a script that only reads",
		Flags:      command.ReadOnly | command.NoScript | command.Stale | command.SkipMonitor | command.NoMandatoryKeys,
		Categories: command.CatScripting,
		Keys:       []command.KeySpec{command.Counted(2, command.RO|command.Access)},
		Run:        on(eval(true)),
	},
	{
		Name: "evalsha", Arity: -3, Group: "scripting", Since: "2.6.0",
		Summary:    "Runs a script known by its SHA-1",
		Flags:      command.NoScript | command.Stale | command.SkipMonitor | command.MayReplicate | command.NoMandatoryKeys,
		Categories: command.CatScripting,
		Keys:       []command.KeySpec{command.Counted(2, command.RW|command.Access|command.Update)},
		Run:        on(evalSHA(false)),
	},
	{
		Name: "evalsha_ro", Arity: -3, Group: "scripting", Since: "7.0.0",
		Summary:    "Runs a script known by its SHA-1 that only reads",
		Flags:      command.ReadOnly | command.NoScript | command.Stale | command.SkipMonitor | command.NoMandatoryKeys,
		Categories: command.CatScripting,
		Keys:       []command.KeySpec{command.Counted(2, command.RO|command.Access)},
		Run:        on(evalSHA(true)),
	},
	{
		Name: "script", Arity: -2, Group: "scripting", Since: "2.6.0",
		Summary: "Manages the cache of scripts",
		Sub: []command.Row{
			{
				Name: "debug", Arity: 3, Group: "scripting", Since: "3.2.0",
				Summary:    "Turns the debugger off, which is always off",
				Flags:      command.NoScript,
				Categories: command.CatScripting,
				Run:        on(runScriptDebug),
			},
			{
				Name: "exists", Arity: -3, Group: "scripting", Since: "2.6.0",
				Summary:    "Tells which scripts are in the cache",
				Flags:      command.NoScript,
				Categories: command.CatScripting,
				Tips:       []string{"request_policy:all_shards", "response_policy:agg_logical_and"},
				Run:        on(runScriptExists),
			},
			{
				Name: "flush", Arity: -2, Group: "scripting", Since: "2.6.0",
				Summary:    "Empties the cache of scripts",
				Flags:      command.NoScript,
				Categories: command.CatScripting,
				Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
				Run:        on(runScriptFlush),
			},
			{
				Name: "help", Arity: 2, Group: "scripting", Since: "5.0.0",
				Summary:    "Lists the subcommands",
				Flags:      command.Loading | command.Stale,
				Categories: command.CatScripting,
				Run:        scriptHelp,
			},
			{
				Name: "kill", Arity: 2, Group: "scripting", Since: "2.6.0",
				Summary:    "Ends the running script",
				Flags:      command.NoScript | command.AllowBusy,
				Categories: command.CatScripting,
				Tips:       []string{"request_policy:all_shards", "response_policy:one_succeeded"},
				Run:        on(runScriptKill),
			},
			{
				Name: "load", Arity: 3, Group: "scripting", Since: "2.6.0",
				Summary:    "Puts a script into the cache",
				Flags:      command.NoScript | command.Stale,
				Categories: command.CatScripting,
				Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
				Run:        on(runScriptLoad),
			},
		},
	},
}
