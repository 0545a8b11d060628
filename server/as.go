package server

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
)

// As runs a command as a client: in its database and transaction, as its user, by its tracking mode. To tracking
// it is the client's command, whose NOLOOP holds and whose CACHING is used up. The reply, in the types of [resp.Reader]
// and as in the client's RESP version, comes to the caller and not to the client; pushes go their way. It is nil if the
// client wants no replies. An error reply is a [resp.Error].
//
// A command does not block, as in a transaction. What cannot be done for somebody else is refused: while the client
// is blocked or CLIENT PAUSE postpones the command, subscriptions, TATTLE, and functions of [Lab.Handle]. Each call is an
// event of the kind Faulted, to which the events of the command refer. It fails with [ErrNoClient].
func (l *Lab) As(client uint64, words ...string) (reply any, err error) {
	s := l.s
	args := make([][]byte, len(words))
	for i, word := range words {
		args[i] = []byte(word)
	}
	var raw []byte
	s.do(func() {
		switch c := s.clients[client]; {
		case c == nil || c.phase != open:
			err = ErrNoClient
		case len(args) == 0:
			err = resp.ErrSyntax
		case c.blocked != nil || c.pending != nil:
			err = resp.Errorf("ERR client %d waits in a command, and can run no other", client)
		default:
			raw, err = s.runAs(c, args)
		}
	})
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	if reply, err = resp.NewReader(bytes.NewReader(raw)).Read(); err != nil {
		return nil, err
	}
	if e, failed := reply.(resp.Error); failed {
		return nil, e
	}
	return reply, nil
}

// runAs runs a command as a client, whose stream is out of the way meanwhile, and returns the reply. It is process, but
// inside of an execution that has begun: nothing waits, and messages to the client follow the command.
func (s *Server) runAs(c *client, args [][]byte) (reply []byte, err error) {
	s.refreshTime()
	c.lastActive = s.clock
	fault := s.noteFault(c.id, "somebody else runs a command as this client: "+strings.ToUpper(string(kept(args[0]))))
	x, stream := s.enter(c), c.out.w
	x.begun = true
	s.enter(c).fault = fault
	c.out.w = resp.Writer{Proto: stream.Proto}
	takeBack := func() {
		stream.Proto = c.out.w.Proto // HELLO may have changed it
		reply, c.out.w = c.out.w.Buf, stream
	}
	defer func() {
		if r := recover(); r != nil {
			takeBack()
			s.recovered(x, r, len(c.out.w.Buf))
			err = fmt.Errorf("server: %s panicked: %v", args[0], r)
		}
	}()
	row, flags, err := s.admit(c, args)
	if err == nil {
		err = s.foreign(c, row, flags)
	}
	out := s.answer(c, row, flags, args, err)
	s.noteEnded(c, row, out, 0)
	takeBack()
	s.finish(x, row)
	return reply, nil
}

// foreign says why a command cannot be run by somebody else than its client, or returns nil.
func (s *Server) foreign(c *client, row *command.Row, flags command.Flags) error {
	switch {
	case row.Is(command.RepliesByPush) || row.Is(command.Instrument),
		row.Is(command.RunsQueued) && slices.ContainsFunc(c.multi.queued, func(q queued) bool { return s.answers[q.row.ID()] != nil }):
		return resp.Errorf("ERR '%s' can be run by its own client only", row.FullName())
	case s.paused(c, row, flags):
		return resp.Error("ERR CLIENT PAUSE postpones this command")
	}
	return nil
}
