package server

import (
	"bytes"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/tracking"
)

// This file makes the events of the server and completes those of tracking. All of its
// functions are called in a cycle.

// emit numbers an event, adds what the server knows about it, and writes it into the
// journal. It returns the number.
func (s *Server) emit(e tracking.Event) uint64 {
	if e.Seq == 0 {
		e.Seq = s.events.next()
	}
	e.At, e.Cycle = s.clock, s.events.cycle+1
	if e.Name = s.nameOf(e.Client); e.Writer != 0 {
		e.WriterName = s.nameOf(e.Writer)
	}
	switch x := s.exec; {
	case x != nil && (e.Kind == tracking.Remembered || e.Kind == tracking.NotRemembered):
		e.Command, e.DB = s.commandName(), x.call.DB.Index
	case e.Kind == tracking.Message:
		s.correctOutcome(&e)
		s.events.message = e
	}
	s.events.journal.Put(e)
	return e.Seq
}

func (s *Server) nameOf(client uint64) string {
	if c := s.clients[client]; c != nil {
		return c.name
	}
	return ""
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

// Origin returns the running command as the origin of what happens or, if none is running,
// the end of the key that it happens to.
func (h host) Origin() tracking.Origin {
	o := tracking.Origin{Event: h.s.events.removed, DB: h.s.events.db}
	if x := h.s.exec; x != nil {
		o.Event, o.Command = x.door.event, h.s.commandName()
		if c := h.s.running(); c != nil {
			o.Writer = c.id
		}
	}
	return o
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
		s.emit(tracking.Event{
			Kind: tracking.Closed, Client: c.id, Command: s.commandName(), Text: c.why, CausedBy: host{s}.Origin().Event, Fault: c.faults.event(tracking.ConnectionEnded),
		})
	}
}

// noteBegan tells the watchers that a command has come; row is nil if it is unknown. If
// there are any watchers the command gets a number, to which the events that it causes
// refer.
func (s *Server) noteBegan(c *client, row *command.Row, args [][]byte) {
	if s.events.kinds == 0 || row != nil && row.Is(command.Instrument) {
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
			Kind: tracking.Began, Seq: c.event, Client: c.id, Command: rowName(row), DB: c.db.Index, Words: keptWords(presentable(row, args)), Fault: s.exec.fault,
		})
	}
}

// noteEnded tells the watchers that a command is over, with the reply that it has written
// to out since start. A blocked command is not over.
func (s *Server) noteEnded(c *client, row *command.Row, out *resp.Writer, start int) {
	if !s.events.kinds.Has(tracking.Ended) || c.blocked != nil || row != nil && row.Is(command.Instrument) {
		return
	}
	e := tracking.Event{Kind: tracking.Ended, Client: c.id, Command: rowName(row), DB: c.db.Index, CausedBy: c.event}
	if s.exec != nil {
		e.Fault = s.exec.fault
	}
	if out == &c.out.w { // else the client wants no reply
		e.Bytes = kept(presentableReply(row, out.Buf[min(start, len(out.Buf)):]))
	}
	s.emit(e)
}

// push is a message in the protocol's form, with its event; that is the zero value if nobody
// watched.
type push struct {
	bytes []byte
	event tracking.Event
}

// notePushed tells the watchers that a message is in the client's stream: at once or, if it
// waits for the reply of the running command, after that.
func (s *Server) notePushed(c *client, p push) {
	if !s.events.kinds.Has(tracking.Pushed) {
		return
	}
	e := tracking.Event{Kind: tracking.Pushed, Client: c.id, Command: p.event.Command, Bytes: kept(p.bytes), CausedBy: p.event.Seq}
	if x := s.follows(c); x != nil {
		x.pushed = append(x.pushed, e)
		return
	}
	s.emit(e)
}

// notePublished tells them of a Pub/Sub message that was written to w from start on.
func (s *Server) notePublished(c *client, w *resp.Writer, start int) {
	if s.events.kinds.Has(tracking.Pushed) && c.phase < closing {
		s.notePushed(c, push{w.Buf[min(start, len(w.Buf)):], tracking.Event{Seq: host{s}.Origin().Event, Command: s.commandName()}})
	}
}

// noteFollowed tells them of the messages that follow the reply of a command.
func (s *Server) noteFollowed(x *execution) {
	for _, e := range x.pushed {
		s.emit(e)
	}
}

// noteOutcome tells the watchers what has become of a message that was queued or kept back,
// and by which Faulted event. From then on that is the message's event.
func (s *Server) noteOutcome(p *push, o tracking.Outcome, fault uint64) {
	if s.events.kinds.Has(tracking.Message) && p.event.Seq != 0 {
		e := p.event
		e.Seq, e.CausedBy, e.Outcome, e.Fault = 0, p.event.Seq, o, fault
		s.emit(e)
		p.event = s.events.message
	}
}

// noteFault numbers a fault that a test begins or ends, and tells the watchers. client 0 is
// for all.
func (s *Server) noteFault(client uint64, text string) uint64 {
	e := tracking.Event{Kind: tracking.Faulted, Seq: s.events.next(), Client: client, Text: text}
	if s.events.kinds.Has(tracking.Faulted) {
		s.emit(e)
	}
	return e.Seq
}

// noteRemoved tells the watchers that a key expires or is evicted.
func (s *Server) noteRemoved(key []byte, cause tracking.Cause) {
	if s.events.kinds.Has(tracking.Removed) {
		o := (host{s}).Origin()
		s.events.removed = s.emit(tracking.Event{
			Kind: tracking.Removed, Keys: []string{string(key)}, Cause: cause, DB: o.DB, Command: o.Command, Writer: o.Writer, CausedBy: o.Event,
		})
	}
}

// noteCycleEnded tells the watchers that a cycle has ended in which something happened, and counts it.
func (s *Server) noteCycleEnded() {
	if s.events.kinds.Has(tracking.CycleEnded) && s.events.seq > s.events.told {
		s.events.told = s.emit(tracking.Event{Kind: tracking.CycleEnded})
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
