package server

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// This file is DEBUG, as far as test suites and client libraries call it. What looks into
// Redis's own data structures is refused.

// errDebugOff is the reply while enable-debug-command says no.
const errDebugOff = resp.Error("ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.")

// debugCommands are the subcommands. Each takes a number of words, with DEBUG and its own
// name; a negative number is a minimum.
var debugCommands map[string]debugCommand

type debugCommand struct {
	words int
	run   handler
}

func init() {
	debugCommands = map[string]debugCommand{
		"sleep":                        {3, debugSleep},
		"set-active-expire":            {3, debugSetActiveExpire},
		"object":                       {-3, debugObject},
		"protocol":                     {3, debugProtocol},
		"change-repl-id":               {2, debugChangeReplID},
		"error":                        {3, func(_ *Server, _ *client, call *command.Call) error { return resp.Error(call.Args[2]) }},
		"log":                          {3, debugLog},
		"set-disable-deny-scripts":     {3, debugDenyScripts},
		"digest":                       {2, debugDigest},
		"digest-value":                 {-2, debugDigestValue},
		"populate":                     {-3, debugPopulate},
		"panic":                        {2, func(*Server, *client, *command.Call) error { panic("DEBUG PANIC") }},
		"segfault":                     {2, debugRefused},
		"quicklist-packed-threshold":   {3, debugNothing},
		"set-skip-checksum-validation": {3, debugSkipChecksums},
		"dict-resizing":                {3, debugNothing},
		"replybuffer":                  {-3, debugNothing},
		"pause-cron":                   {3, debugNothing},
		"reload":                       {-2, debugReload},
		"loadaof":                      {2, debugNothing},
		"help":                         {2, func(_ *Server, _ *client, call *command.Call) error { return debugHelp(call) }},
		"config-rewrite-force-all":     {2, debugRefused},
		"drop-cluster-packet-filter":   {3, debugNothing},
		"aof-flush-sleep":              {3, debugNothing},
	}
}

func runDebug(s *Server, c *client, call *command.Call) error {
	d, ok := debugCommands[strings.ToLower(string(call.Args[1]))]
	n := len(call.Args)
	if !ok || n != d.words && (d.words > 0 || n < -d.words) {
		return resp.Errorf("ERR unknown subcommand or wrong number of arguments for '%s'. Try DEBUG HELP.", call.Args[1])
	}
	return d.run(s, c, call)
}

func debugNothing(_ *Server, _ *client, call *command.Call) error {
	call.Out.OK()
	return nil
}

func debugRefused(_ *Server, _ *client, call *command.Call) error {
	return resp.Errorf("ERR DEBUG %s is not supported: it looks into Redis's own memory or ends the process", strings.ToUpper(string(call.Args[1])))
}

// debugSleep stops the whole server for a time, on purpose.
func debugSleep(_ *Server, _ *client, call *command.Call) error {
	seconds, _ := strconv.ParseFloat(string(call.Args[2]), 64)
	time.Sleep(time.Duration(seconds * float64(time.Second)))
	call.Out.OK()
	return nil
}

func debugSetActiveExpire(s *Server, _ *client, call *command.Call) error {
	n, _ := strconv.Atoi(string(call.Args[2]))
	s.activeExpire = n != 0
	call.Out.OK()
	return nil
}

func debugDenyScripts(s *Server, _ *client, call *command.Call) error {
	n, _ := strconv.Atoi(string(call.Args[2]))
	s.script.denyOff = n != 0
	call.Out.OK()
	return nil
}

func debugSkipChecksums(s *Server, _ *client, call *command.Call) error {
	n, _ := strconv.Atoi(string(call.Args[2]))
	s.ks.SkipChecksums = n != 0
	call.Out.OK()
	return nil
}

func debugChangeReplID(s *Server, _ *client, call *command.Call) error {
	s.log.Noticef("Changing replication IDs after receiving change-repl-id")
	s.replID = randomID()
	call.Out.OK()
	return nil
}

func debugLog(s *Server, _ *client, call *command.Call) error {
	s.log.Warningf("DEBUG LOG: %s", call.Args[2])
	call.Out.OK()
	return nil
}

// debugPopulate is DEBUG POPULATE count [prefix] [size]. It makes the keys prefix:0,
// prefix:1, ... with the values value:0, value:1, ..., padded with zero bytes to size.
func debugPopulate(_ *Server, _ *client, call *command.Call) error {
	count, err := command.Int(call.Args[2])
	if err != nil || count < 0 {
		return resp.ErrNotPositive
	}
	prefix, size := "key", int64(0)
	if len(call.Args) > 3 {
		prefix = string(call.Args[3])
	}
	if len(call.Args) > 4 {
		if size, err = command.Int(call.Args[4]); err != nil || size < 0 {
			return resp.ErrNotPositive
		}
	}
	for i := range count {
		key := []byte(prefix + ":" + strconv.FormatInt(i, 10))
		if call.DB.Peek(key) != nil {
			continue
		}
		value := []byte("value:" + strconv.FormatInt(i, 10))
		if size > 0 {
			sized := make([]byte, size)
			copy(sized, value)
			value = sized
		}
		call.DB.PutStr(key, value, false)
		call.DB.Modified(key)
	}
	call.Out.OK()
	return nil
}

// debugObject shows a value as DEBUG OBJECT does.
func debugObject(s *Server, _ *client, call *command.Call) error {
	e := call.DB.Stored(call.Args[2])
	if e == nil {
		return resp.ErrNoSuchKey
	}
	limits := &call.Keyspace().Limits
	idle := call.Keyspace().Idle(e)
	text := fmt.Sprintf("Value at:0x%012x refcount:1 encoding:%s serializedlength:%d lru:%d lru_seconds_idle:%d",
		0, e.Encoding(limits), call.Keyspace().DumpSize(e), (call.Now()-idle)/1000&(1<<24-1), idle/1000)
	if l, ok := e.Value().(*keyspace.List); ok && l.Encoding(limits) == "quicklist" {
		nodes, bytes := l.Nodes(limits)
		text += fmt.Sprintf(" ql_nodes:%d ql_avg_node:%.2f ql_listpack_max:%d ql_compressed:%d ql_uncompressed_size:%d",
			nodes, float64(l.Len())/float64(nodes), limits.ListListpackSize, s.cfg.ListCompressDepth, bytes)
	}
	call.Out.Simple(text)
	return nil
}

// debugProtocol answers a value of the protocol's type that is asked for. Clients are tested
// with it.
func debugProtocol(_ *Server, c *client, call *command.Call) error {
	out := call.Out
	switch name := call.Args[2]; {
	case command.Is(name, "string"):
		out.BulkString("Hello World")
	case command.Is(name, "integer"):
		out.Int(12345)
	case command.Is(name, "double"):
		out.Double(3.141)
	case command.Is(name, "null"):
		out.Null()
	case command.Is(name, "array"), command.Is(name, "set"), command.Is(name, "map"):
		debugAggregate(out, strings.ToLower(string(name)))
	case command.Is(name, "attrib"):
		if out.V3() {
			out.Attribute(1)
			out.BulkString("key-popularity")
			out.Array(2)
			out.BulkString("key:123")
			out.Int(90)
		}
		out.BulkString("Some real reply following the attribute")
	case command.Is(name, "push"):
		if !out.V3() {
			return resp.Error("ERR RESP2 is not supported by this command")
		}
		out.BulkString("Some real reply following the push reply")
		push := c.stream()
		push.Push(2)
		push.BulkString("server-cpu-usage")
		push.Int(42)
	case command.Is(name, "true"):
		out.Bool(true)
	case command.Is(name, "false"):
		out.Bool(false)
	case command.Is(name, "bignum"):
		out.BigNumber("1234567999999999999999999999999999999")
	case command.Is(name, "verbatim"):
		out.Verbatim("txt", "This is a verbatim\nstring")
	default:
		return resp.Error("ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false")
	}
	return nil
}

// debugAggregate writes three numbers; in a map, each with a boolean.
func debugAggregate(out *resp.Writer, kind string) {
	switch kind {
	case "array":
		out.Array(3)
	case "set":
		out.Set(3)
	case "map":
		out.Map(3)
	}
	for i := range 3 {
		out.Len(i)
		if kind == "map" {
			out.Bool(i == 1)
		}
	}
}

var debugHelp = command.Help("DEBUG",
	"AOF-FLUSH-SLEEP <microsec>",
	"    Accepted; there is no append-only file.",
	"CHANGE-REPL-ID",
	"    Make a new replication id.",
	"CONFIG-REWRITE-FORCE-ALL",
	"    Refused.",
	"DIGEST",
	"    Answer a sum of all keys with their values.",
	"DIGEST-VALUE <key> [<key> ...]",
	"    Answer a sum of each value.",
	"ERROR <string>",
	"    Answer an error with that text.",
	"LOG <message>",
	"    Write a line to the log.",
	"LOADAOF",
	"    Accepted; there is no append-only file.",
	"OBJECT <key>",
	"    Describe a value.",
	"DROP-CLUSTER-PACKET-FILTER <packet-type>",
	"    Accepted; there is no cluster.",
	"PANIC",
	"    Let the handler panic: the connection is closed, the server goes on.",
	"POPULATE <count> [<prefix>] [<size>]",
	"    Make <count> string keys.",
	"PROTOCOL <type>",
	"    Answer a value of a type: string, integer, double, bignum, null, array,",
	"    set, map, attrib, push, verbatim, true, false.",
	"RELOAD [option ...]",
	"    Make an RDB file of all keys and read it; an embedded server makes it in memory:",
	"    * MERGE: keys of the file replace those that are there.",
	"    * NOFLUSH: keep the keys that are there.",
	"    * NOSAVE: read the file that is there.",
	"SEGFAULT",
	"    Refused.",
	"SET-ACTIVE-EXPIRE <0|1>",
	"    Turn the expiry of keys that nobody looks at off or on.",
	"QUICKLIST-PACKED-THRESHOLD <size>",
	"    Accepted; lists are not kept in nodes.",
	"SET-SKIP-CHECKSUM-VALIDATION <0|1>",
	"    Let RESTORE take payloads with a wrong checksum.",
	"SLEEP <seconds>",
	"    Stop the server for a time.",
	"PAUSE-CRON <0|1>",
	"    Accepted without effect.",
	"REPLYBUFFER PEAK-RESET-TIME <NEVER||RESET|time>",
	"    Accepted; reply buffers have no peaks.",
	"REPLYBUFFER RESIZING <0|1>",
	"    Accepted; reply buffers have no size of their own.",
	"DICT-RESIZING <0|1>",
	"    Accepted; tables have no sizes to hold back.",
)
