package server

import (
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/server/internal/watch"
)

// noteSlow keeps a command for SLOWLOG if it took longer than slowlog-log-slower-than.
func (s *Server) noteSlow(c *client, row *command.Row, args [][]byte, took time.Duration) {
	limit := s.cfg.SlowlogLogSlowerThan
	if limit < 0 || took.Microseconds() < limit || s.cfg.SlowlogMaxLen == 0 {
		return
	}
	words := watch.SlowWords(presentable(row, args))
	s.slowlog.Add(watch.Slow{At: s.clock, Took: took, Words: words, Addr: c.addr, Name: c.name}, s.cfg.SlowlogMaxLen)
}

func runSlowlogGet(s *Server, _ *client, call *command.Call) error {
	n := int64(10)
	if len(call.Args) > 3 {
		return subcommandSyntax(call)
	}
	if len(call.Args) == 3 {
		var ok bool
		if n, ok = command.ParseInt(call.Args[2]); !ok || n < -1 {
			return resp.Error("ERR count should be greater than or equal to -1")
		}
	}
	count := s.slowlog.Len()
	if n >= 0 {
		count = int(min(n, int64(count)))
	}
	out := call.Out
	out.Array(count)
	for e := range s.slowlog.Newest(count) {
		out.Array(6)
		out.Int(e.ID)
		out.Int(e.At.Unix())
		out.Int(e.Took.Microseconds())
		out.Array(len(e.Words))
		for _, word := range e.Words {
			out.BulkString(word)
		}
		out.BulkString(e.Addr)
		out.BulkString(e.Name)
	}
	return nil
}

func runSlowlogLen(s *Server, _ *client, call *command.Call) error {
	call.Out.Len(s.slowlog.Len())
	return nil
}

func runSlowlogReset(s *Server, _ *client, call *command.Call) error {
	s.slowlog.Reset()
	call.Out.OK()
	return nil
}

var slowlogHelp = command.Help("SLOWLOG",
	"GET [<count>]",
	"    List the last <count> commands that took long (default 10, -1 for all):",
	"    id, time, microseconds, words, address and name of the client.",
	"LEN",
	"    Count the commands in the log.",
	"RESET",
	"    Empty the log.",
)
