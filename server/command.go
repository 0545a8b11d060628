package server

import (
	"slices"
	"strings"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// This file is COMMAND, which shows the command table.

func runCommand(s *Server, _ *client, call *command.Call) error {
	rows := s.table.Rows()
	call.Out.Array(len(rows))
	for _, r := range rows {
		writeRow(call.Out, r)
	}
	return nil
}

func runCommandCount(s *Server, _ *client, call *command.Call) error {
	call.Out.Len(len(s.table.Rows()))
	return nil
}

func runCommandInfo(s *Server, c *client, call *command.Call) error {
	names := call.Args[2:]
	if len(names) == 0 {
		return runCommand(s, c, call)
	}
	call.Out.Array(len(names))
	for _, name := range names {
		if r := s.table.Named(string(name)); r != nil {
			writeRow(call.Out, r)
		} else {
			call.Out.Null()
		}
	}
	return nil
}

// writeRow writes one row in the form of COMMAND INFO.
func writeRow(out *resp.Writer, r *command.Row) {
	out.Array(10)
	out.BulkString(r.FullName())
	out.Len(r.Arity)
	writeWords(out, "", r.Flags.Names())
	b := r.Bounds()
	out.Len(b.First)
	out.Len(b.Last)
	out.Len(b.Step)
	writeWords(out, "@", r.ACL().Names())
	out.Set(len(r.Tips))
	for _, tip := range r.Tips {
		out.BulkString(tip)
	}
	out.Set(len(r.Keys))
	for i := range r.Keys {
		writeKeySpec(out, &r.Keys[i])
	}
	out.Set(len(r.Sub))
	for i := range r.Sub {
		writeRow(out, &r.Sub[i])
	}
}

// writeWords writes a set of simple strings, each after prefix.
func writeWords(out *resp.Writer, prefix string, words []string) {
	out.Set(len(words))
	for _, w := range words {
		out.Simple(prefix + w)
	}
}

func writeKeySpec(out *resp.Writer, k *command.KeySpec) {
	out.Map(3)
	out.BulkString("flags")
	writeWords(out, "", k.Flags.Names())
	out.BulkString("begin_search")
	switch b := k.Begin; {
	case b.Keyword != "":
		writeSpec(out, "keyword", "keyword", b.Keyword, "startfrom", b.From)
	case b.Index != 0:
		writeSpec(out, "index", "index", b.Index)
	default:
		writeSpec(out, "unknown")
	}
	out.BulkString("find_keys")
	switch f := k.Find; {
	case f.Unknown:
		writeSpec(out, "unknown")
	case f.Num:
		writeSpec(out, "keynum", "keynumidx", f.NumIdx, "firstkey", f.FirstKey, "keystep", f.Step)
	default:
		writeSpec(out, "range", "lastkey", f.LastKey, "keystep", f.Step, "limit", f.Limit)
	}
}

// writeSpec writes {type, spec: {name: value ...}}.
func writeSpec(out *resp.Writer, kind string, pairs ...any) {
	out.Map(2)
	out.BulkString("type")
	out.BulkString(kind)
	out.BulkString("spec")
	out.Map(len(pairs) / 2)
	for _, p := range pairs {
		switch v := p.(type) {
		case string:
			out.BulkString(v)
		case int:
			out.Len(v)
		}
	}
}

// runCommandList is COMMAND LIST [FILTERBY MODULE name|ACLCAT category|PATTERN p].
func runCommandList(s *Server, _ *client, call *command.Call) error {
	args := call.Args[2:]
	keep := func(*command.Row) bool { return true }
	switch {
	case len(args) == 0:
	case len(args) != 3 || !command.Is(args[0], "filterby"):
		return resp.ErrSyntax
	case command.Is(args[1], "module"):
		keep = func(*command.Row) bool { return false }
	case command.Is(args[1], "aclcat"):
		keep, _ = inCategory(args[2])
	case command.Is(args[1], "pattern"):
		keep = func(r *command.Row) bool { return keyspace.Match(args[2], []byte(r.FullName()), true) }
	default:
		return resp.ErrSyntax
	}
	s.writeNames(call.Out, keep)
	return nil
}

// writeNames writes the names of some commands.
func (s *Server) writeNames(out *resp.Writer, keep func(*command.Row) bool) {
	mark, n := out.Later(), 0
	for _, r := range s.table.All() {
		if keep(r) {
			out.BulkString(r.FullName())
			n++
		}
	}
	out.CloseArray(mark, n)
}

// inCategory returns a function that reports whether a command is in an ACL category, and
// whether there is such a category.
func inCategory(name []byte) (inside func(*command.Row) bool, known bool) {
	bit := slices.Index(command.CategoryNames, strings.ToLower(string(name)))
	return func(r *command.Row) bool { return bit >= 0 && r.ACL()&(1<<bit) != 0 }, bit >= 0
}

func runCommandGetKeys(s *Server, _ *client, call *command.Call) error {
	return s.keysOf(call, func(key []byte, _ command.KeyFlags) { call.Out.Bulk(key) })
}

func runCommandGetKeysAndFlags(s *Server, _ *client, call *command.Call) error {
	return s.keysOf(call, func(key []byte, flags command.KeyFlags) {
		call.Out.Array(2)
		call.Out.Bulk(key)
		writeWords(call.Out, "", flags.Names())
	})
}

// keysOf writes the keys of the command line in the arguments.
func (s *Server) keysOf(call *command.Call, write func([]byte, command.KeyFlags)) error {
	args := call.Args[2:]
	row, err := s.lookup(args)
	switch {
	case err != nil:
		return resp.Error("ERR Invalid command specified")
	case !row.HasKeys() || onlyChannels(row):
		return resp.Error("ERR The command has no key arguments")
	case !row.FitsArity(len(args)):
		return resp.Error("ERR Invalid number of arguments specified for command")
	}
	refs, err := row.AppendKeys(nil, args)
	if err != nil {
		return err
	}
	if len(refs) == 0 && !row.Is(command.NoMandatoryKeys) {
		return resp.Error("ERR Invalid arguments specified for command")
	}
	call.Out.Array(len(refs))
	for _, ref := range refs {
		write(args[ref.Pos], ref.Flags)
	}
	return nil
}

// onlyChannels reports whether all that the key specs find are shard channels.
func onlyChannels(r *command.Row) bool {
	for _, k := range r.Keys {
		if k.Flags&command.NotKey == 0 {
			return false
		}
	}
	return r.GetKeys == nil
}

var commandHelp = command.Help("COMMAND",
	"(no subcommand)",
	"    Describe all commands.",
	"COUNT",
	"    Count the commands.",
	"LIST",
	"    List the names of commands: all, or FILTERBY MODULE <name>, ACLCAT <category>,",
	"    PATTERN <pattern>.",
	"INFO [<command-name> ...]",
	"    Describe commands, or all of them.",
	"DOCS [<command-name> ...]",
	"    Tell what commands are for and which arguments they take.",
	"GETKEYS <full-command>",
	"    Return the keys of a command line.",
	"GETKEYSANDFLAGS <full-command>",
	"    Return the keys of a command line and how they are used.",
)
