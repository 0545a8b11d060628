package server

import (
	"time"

	"github.com/tattle-server/tattle/resp"
)

// Exchange is one command with its reply, or one message that was not asked for,
// as [Options.Record] hears of it.
type Exchange struct {
	At     time.Time
	Client uint64
	Name   string   // of the connection, if it has one
	Args   []string // the command; nil for a message
	Bytes  []byte   // the reply or the message in the protocol's form; empty when blocked or queued nowhere
}

// recordReply tells of a command and what was written as its reply.
func (s *Server) recordReply(c *client, args [][]byte, out *resp.Writer, start int) {
	e := Exchange{At: s.clock, Client: c.id, Name: c.name, Args: make([]string, len(args))}
	for i, a := range args {
		e.Args[i] = string(a)
	}
	if out == &c.out.w {
		e.Bytes = append(e.Bytes, out.Buf[min(start, len(out.Buf)):]...)
	}
	s.record(e)
}

// recordPush tells of a message.
func (s *Server) recordPush(c *client, message []byte) {
	if s.record != nil {
		s.record(Exchange{At: s.clock, Client: c.id, Name: c.name, Bytes: append([]byte(nil), message...)})
	}
}
