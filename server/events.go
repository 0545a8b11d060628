package server

import (
	"bytes"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/tracking"
)

// This file makes the events of the server and completes those of tracking. All of its
// functions are called in a cycle.

// emit numbers an event, adds what the server knows about it, and gives it to the
// watchers that want it. It returns the number.
func (s *Server) emit(e tracking.Event) uint64 {
	if e.Seq == 0 {
		e.Seq = s.events.next()
	}
	e.At, e.Cycle = s.clock, s.events.cycle+1
	if c := s.clients[e.Client]; c != nil {
		e.Name = c.name
	}
	if e.Command == "" {
		e.Command = s.commandName()
	}
	if e.Kind == tracking.Message {
		s.events.message = e.Seq
	}
	for _, w := range s.events.watchers {
		if w.kinds.Has(e.Kind) {
			w.put(e)
		}
	}
	return e.Seq
}

func (e *events) next() uint64 {
	e.seq++
	return e.seq
}

// commandName names the innermost command whose handler runs, if any.
func (s *Server) commandName() string {
	if s.exec == nil {
		return ""
	}
	return rowName(s.exec.call.Row)
}

func rowName(row *command.Row) string {
	if row == nil {
		return ""
	}
	return row.FullName()
}

// Event returns the number of the event with which the running command began.
func (h host) Event() uint64 {
	if h.s.exec == nil {
		return 0
	}
	return h.s.exec.door.event
}

// noteConnected tells the watchers that a client has connected.
func (s *Server) noteConnected(c *client) {
	if s.events.kinds.Has(tracking.Connected) {
		s.emit(tracking.Event{Kind: tracking.Connected, Client: c.id, Text: c.addr})
	}
}

// noteClosed tells the watchers that a client has left the tables.
func (s *Server) noteClosed(c *client) {
	if s.events.kinds.Has(tracking.Closed) {
		s.emit(tracking.Event{Kind: tracking.Closed, Client: c.id, Text: c.why, CausedBy: host{s}.Event()})
	}
}

// noteBegan tells the watchers that a command has come; row is nil if it is unknown. If
// there are any watchers the command gets a number, to which the events that it causes
// refer.
func (s *Server) noteBegan(c *client, row *command.Row, args [][]byte) {
	if s.events.kinds == 0 {
		c.event, s.exec.door.event = 0, 0
		return
	}
	if c.postponed { // it began before a pause postponed it
		c.postponed = false
		return
	}
	c.event = s.events.next()
	s.exec.door.event = c.event
	if s.events.kinds.Has(tracking.Began) {
		s.emit(tracking.Event{
			Kind: tracking.Began, Seq: c.event, Client: c.id, Command: rowName(row), Words: keptWords(presentable(row, args)),
		})
	}
}

// noteEnded tells the watchers that a command is over, with the reply that it has written
// to out since start. A blocked command is not over.
func (s *Server) noteEnded(c *client, row *command.Row, out *resp.Writer, start int) {
	if !s.events.kinds.Has(tracking.Ended) || c.blocked != nil {
		return
	}
	e := tracking.Event{Kind: tracking.Ended, Client: c.id, Command: rowName(row), CausedBy: c.event}
	if out == &c.out.w { // else the client wants no reply
		e.Bytes = kept(presentableReply(row, out.Buf[min(start, len(out.Buf)):]))
	}
	s.emit(e)
}

// push is a message in the protocol's form, with the number of its event.
type push struct {
	bytes []byte
	event uint64
}

// notePushed tells the watchers that a message is in the client's stream.
func (s *Server) notePushed(c *client, p push) {
	if s.events.kinds.Has(tracking.Pushed) {
		s.emit(tracking.Event{Kind: tracking.Pushed, Client: c.id, Bytes: kept(p.bytes), CausedBy: p.event})
	}
}

// noteCycleEnded tells the watchers that a cycle has ended, and counts it.
func (s *Server) noteCycleEnded() {
	if s.events.kinds.Has(tracking.CycleEnded) {
		s.emit(tracking.Event{Kind: tracking.CycleEnded})
	}
	s.events.cycle++
}

// keptBytes bounds what an event keeps of a command or a reply, either of which may be half
// a gigabyte long.
const keptBytes = 4 << 10

func kept(b []byte) []byte { return bytes.Clone(b[:min(len(b), keptBytes)]) }

// keptWords copies a command. If it is cut, it ends in "…".
func keptWords(args [][]byte) []string {
	words := make([]string, 0, min(len(args), keptBytes))
	left := keptBytes
	for _, a := range args {
		if len(a) >= left {
			return append(words, string(a[:left])+"…")
		}
		words = append(words, string(a))
		left -= len(a) + 1
	}
	return words
}
