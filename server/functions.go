package server

import (
	"time"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/script"
)

// This file is FUNCTION and FCALL. Package script keeps the libraries and runs them.

const errNoFunction = resp.Error("ERR Function not found")

// fcallFlags is the FlagsOf of FCALL and FCALL_RO.
func fcallFlags(flags command.Flags, caller command.Client, args [][]byte) command.Flags {
	if fn := caller.(*client).srv.script.engine.Function(string(args[1])); fn != nil {
		return declaredFlags(flags, fn.Flags)
	}
	return flags
}

// fcall handles FCALL and FCALL_RO.
func fcall(readOnly bool) handler {
	return func(s *Server, c *client, call *command.Call) error {
		s.feedMonitors(c, call.Row, call.Args)
		fn := s.script.engine.Function(string(call.Args[1]))
		if fn == nil {
			return errNoFunction
		}
		keys, args, err := splitKeys(call.Args)
		if err == resp.ErrNotInteger {
			err = resp.Error("ERR Bad number of keys provided")
		}
		if err != nil {
			return err
		}
		return s.runProgram(c, call, program{fn.Flags, true, func(h script.Host) script.Outcome {
			return s.script.engine.CallFunction(h, fn, keys, args, call.Out)
		}}, readOnly)
	}
}

// logHost is the host of a library that is being loaded: it may write to the log.
func (s *Server) logHost() script.Host { return scriptHost{s: s} }

func runFunctionLoad(s *Server, _ *client, call *command.Call) error {
	replace := false
	for _, word := range call.Args[2 : len(call.Args)-1] {
		if !command.Is(word, "replace") {
			return resp.Errorf("ERR Unknown option given: %s", word)
		}
		replace = true
	}
	lib, err := s.script.engine.LoadLibrary(s.logHost(), string(call.Args[len(call.Args)-1]), replace)
	if err != nil {
		return err
	}
	s.ks.CountChanges(1)
	call.Out.BulkString(lib.Name)
	return nil
}

func runFunctionDelete(s *Server, _ *client, call *command.Call) error {
	if !s.script.engine.DeleteLibrary(string(call.Args[2])) {
		return resp.Error("ERR Library not found")
	}
	s.ks.CountChanges(1)
	call.Out.OK()
	return nil
}

// lazyFreeMin is up to how many functions Redis frees at once, asked to do it in the
// background or not. Here it only counts for lazyfreed_objects.
const lazyFreeMin = 64

func runFunctionFlush(s *Server, _ *client, call *command.Call) error {
	switch n := len(call.Args); {
	case n > 3:
		return subcommandSyntax(call)
	case n == 3 && !command.Is(call.Args[2], "sync") && !command.Is(call.Args[2], "async"):
		return resp.Error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
	}
	if n := s.script.engine.Functions(); n > lazyFreeMin && len(call.Args) == 3 && command.Is(call.Args[2], "async") {
		s.stats.lazyFreed += int64(n) + 1 // the machine, too
	}
	s.script.engine.FlushLibraries()
	s.ks.CountChanges(1)
	s.takeID()
	call.Out.OK()
	return nil
}

// takeID leaves out the next client's id. In Redis the machine of the libraries has a client of
// its own, and is made anew when they are flushed.
func (s *Server) takeID() { s.nextID.Add(1) }

// libraryCodes returns the code of every library, which is all that a file keeps of it.
func (s *Server) libraryCodes() (codes []string) {
	for _, lib := range s.script.engine.Libraries() {
		codes = append(codes, lib.Code)
	}
	return codes
}

func runFunctionDump(s *Server, _ *client, call *command.Call) error {
	call.Out.Bulk(s.ks.DumpLibraries(s.libraryCodes()))
	return nil
}

func runFunctionRestore(s *Server, _ *client, call *command.Call) error {
	if len(call.Args) > 4 {
		return subcommandSyntax(call)
	}
	policy := script.Append
	if len(call.Args) == 4 {
		switch word := call.Args[3]; {
		case command.Is(word, "append"):
		case command.Is(word, "replace"):
			policy = script.Replace
		case command.Is(word, "flush"):
			policy = script.Flush
		default:
			return resp.Error("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")
		}
	}
	codes, err := keyspace.LoadLibraries(call.Args[2])
	switch err {
	case nil:
	case keyspace.ErrNotLibraries:
		return resp.Error("ERR given type is not a function")
	case keyspace.ErrDumpData:
		return resp.Error("ERR failed loading functions")
	default:
		return resp.Error("ERR DUMP payload version or checksum are wrong")
	}
	if err := s.restoreLibraries(codes, policy); err != nil {
		return err
	}
	s.ks.CountChanges(1)
	call.Out.OK()
	return nil
}

// listed is what FUNCTION LIST is asked for.
type listed struct {
	pattern  []byte // nil for all
	withCode bool
}

func parseFunctionList(args [][]byte) (l listed, err error) {
	for i := 0; i < len(args); i++ {
		switch word := args[i]; {
		case !l.withCode && command.Is(word, "withcode"):
			l.withCode = true
		case l.pattern == nil && command.Is(word, "libraryname"):
			if i++; i == len(args) {
				return l, resp.Error("ERR library name argument was not given")
			}
			l.pattern = args[i]
		default:
			return l, resp.Errorf("ERR Unknown argument %s", word)
		}
	}
	return l, nil
}

func runFunctionList(s *Server, _ *client, call *command.Call) error {
	l, err := parseFunctionList(call.Args[2:])
	if err != nil {
		return err
	}
	var found []*script.Library
	for _, lib := range s.script.engine.Libraries() {
		if l.pattern == nil || keyspace.Match(l.pattern, []byte(lib.Name), true) {
			found = append(found, lib)
		}
	}
	call.Out.Array(len(found))
	for _, lib := range found {
		writeLibrary(call.Out, lib, l.withCode)
	}
	return nil
}

func writeLibrary(out *resp.Writer, lib *script.Library, withCode bool) {
	fields := 3
	if withCode {
		fields++
	}
	out.Map(fields)
	out.BulkString("library_name")
	out.BulkString(lib.Name)
	out.BulkString("engine")
	out.BulkString("LUA")
	out.BulkString("functions")
	out.Array(len(lib.Functions))
	for _, fn := range lib.Functions {
		writeFunction(out, fn)
	}
	if withCode {
		out.BulkString("library_code")
		out.BulkString(lib.Code)
	}
}

func writeFunction(out *resp.Writer, fn *script.Function) {
	out.Map(3)
	out.BulkString("name")
	out.BulkString(fn.Name)
	out.BulkString("description")
	if fn.Description != nil {
		out.BulkString(*fn.Description)
	} else {
		out.Null()
	}
	out.BulkString("flags")
	names := fn.Flags.Names()
	out.Set(len(names))
	for _, name := range names {
		out.Simple(name)
	}
}

func runFunctionStats(s *Server, _ *client, call *command.Call) error {
	name, kind := s.script.engine.Running()
	if kind == script.ScriptRun {
		return kind.Busy()
	}
	out := call.Out
	out.Map(2)
	out.BulkString("running_script")
	if kind == script.FunctionRun && s.beside != nil {
		s.writeRunning(out, name)
	} else {
		out.Null()
	}
	out.BulkString("engines")
	out.Map(1)
	out.BulkString("LUA")
	out.Map(2)
	out.BulkString("libraries_count")
	out.Len(len(s.script.engine.Libraries()))
	out.BulkString("functions_count")
	out.Len(s.script.engine.Functions())
	return nil
}

// writeRunning tells of the function that is put aside.
func (s *Server) writeRunning(out *resp.Writer, name string) {
	out.Map(3)
	out.BulkString("name")
	out.BulkString(name)
	out.BulkString("command")
	args := s.beside.call.Args
	out.Array(len(args))
	for _, a := range args {
		out.Bulk(a)
	}
	out.BulkString("duration_ms")
	out.Int(time.Since(s.beside.script.began).Milliseconds())
}

var functionHelp = command.Help("FUNCTION",
	"LOAD [REPLACE] <FUNCTION CODE>",
	"    Make a library of its code.",
	"DELETE <LIBRARY NAME>",
	"    Remove a library with its functions.",
	"LIST [LIBRARYNAME PATTERN] [WITHCODE]",
	"    Show the libraries and their functions.",
	"STATS",
	"    Tell which function runs, and how many there are.",
	"KILL",
	"    End the running function, unless it has written.",
	"FLUSH [ASYNC|SYNC]",
	"    Remove all libraries.",
	"DUMP",
	"    Return all libraries as bytes, for RESTORE.",
	"RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
	"    Load the libraries that DUMP has returned.",
)

// changesLibraries are the flags of the commands that change libraries.
const changesLibraries = command.NoScript | command.Write

var functionRows = command.Group(command.Row{Group: "scripting", Categories: command.CatScripting, Flags: command.NeedsConnection}, []command.Row{
	{Name: "fcall", Arity: -3, Since: "7.0.0", Run: on(fcall(false)), Summary: "Calls a function",
		Flags: evaluating | command.MayReplicate, Keys: scriptKeys, FlagsOf: fcallFlags},
	{Name: "fcall_ro", Arity: -3, Since: "7.0.0", Run: on(fcall(true)), Summary: "Calls a function that only reads",
		Flags: evaluating | command.ReadOnly, Keys: scriptReads, FlagsOf: fcallFlags},
	command.Container("function", "7.0.0", "Manages libraries of functions",
		cmd("delete", 3, "7.0.0", changesLibraries, runFunctionDelete, "Removes a library with its functions", onAllShards...),
		cmd("dump", 2, "7.0.0", command.NoScript, runFunctionDump, "Returns all libraries as bytes"),
		cmd("flush", -2, "7.0.0", changesLibraries, runFunctionFlush, "Removes all libraries", onAllShards...),
		command.HelpRow("7.0.0", functionHelp),
		cmd("kill", 2, "7.0.0", command.NoScript|command.AllowBusy, killRun(script.FunctionRun), "Ends the running function", "request_policy:all_shards", "response_policy:one_succeeded"),
		cmd("list", -2, "7.0.0", command.NoScript, runFunctionList, "Shows the libraries and their functions", command.AnyOrder...),
		cmd("load", -3, "7.0.0", changesLibraries|command.DenyOOM, runFunctionLoad, "Makes a library of its code", onAllShards...),
		cmd("restore", -3, "7.0.0", changesLibraries|command.DenyOOM, runFunctionRestore, "Loads libraries from the bytes of a dump", onAllShards...),
		cmd("stats", 2, "7.0.0", command.NoScript|command.AllowBusy, runFunctionStats, "Tells which function runs, and how many there are", "nondeterministic_output", "request_policy:all_shards", "response_policy:special"),
	),
})
