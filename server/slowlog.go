package server

import (
	"strconv"
	"time"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// slowlog keeps the last commands that took long, the newest first.
type slowlog struct {
	entries []slowEntry
	nextID  int64
}

type slowEntry struct {
	id, unix   int64
	took       time.Duration
	args       []string
	addr, name string
}

// What of a long command the log keeps.
const (
	slowArgs   = 32
	slowArgLen = 128
)

// note keeps a command if it took longer than slowlog-log-slower-than.
func (l *slowlog) note(s *Server, c *client, row *command.Row, args [][]byte, took time.Duration) {
	if s.cfg.SlowlogMaxLen == 0 || s.cfg.SlowlogLogSlowerThan < 0 || took.Microseconds() < s.cfg.SlowlogLogSlowerThan {
		return
	}
	e := slowEntry{l.nextID, s.clock.Unix(), took, slowWords(presentable(row, args)), c.addr, c.name}
	l.nextID++
	l.entries = append([]slowEntry{e}, l.entries...)
	l.trim(s)
}

func (l *slowlog) trim(s *Server) {
	l.entries = l.entries[:min(int64(len(l.entries)), s.cfg.SlowlogMaxLen)]
}

func slowWords(args [][]byte) []string {
	words := make([]string, 0, min(len(args), slowArgs))
	for i, a := range args {
		if i == slowArgs-1 && len(args) > slowArgs {
			words = append(words, "... ("+strconv.Itoa(len(args)-i)+" more arguments)")
			break
		}
		if over := len(a) - slowArgLen; over > 0 {
			words = append(words, string(a[:slowArgLen])+"... ("+strconv.Itoa(over)+" more bytes)")
			continue
		}
		words = append(words, string(a))
	}
	return words
}

func runSlowlogGet(s *Server, _ *client, call *command.Call) error {
	count := int64(10)
	if len(call.Args) > 3 {
		return subcommandSyntax(call)
	}
	if len(call.Args) == 3 {
		n, ok := command.ParseInt(call.Args[2])
		if !ok || n < -1 {
			return resp.Error("ERR count should be greater than or equal to -1")
		}
		count = n
	}
	list := s.slowlog.entries
	if count >= 0 && count < int64(len(list)) {
		list = list[:count]
	}
	out := call.Out
	out.Array(len(list))
	for _, e := range list {
		out.Array(6)
		out.Int(e.id)
		out.Int(e.unix)
		out.Int(e.took.Microseconds())
		out.Array(len(e.args))
		for _, a := range e.args {
			out.BulkString(a)
		}
		out.BulkString(e.addr)
		out.BulkString(e.name)
	}
	return nil
}

func runSlowlogLen(s *Server, _ *client, call *command.Call) error {
	call.Out.Len(len(s.slowlog.entries))
	return nil
}

func runSlowlogReset(s *Server, _ *client, call *command.Call) error {
	s.slowlog.entries = nil
	call.Out.OK()
	return nil
}
