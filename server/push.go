package server

import (
	"bytes"
	"slices"

	"github.com/tattle-server/tattle/tracking"
)

// Place says where a push of [Lab.Push] stands in a client's stream.
type Place int

// The places of a push.
const (
	Now         Place = iota // behind what is queued
	BeforeReply              // before the client's next reply, though its command has come
	InsideReply              // behind the header of the client's next reply that has elements
)

// String describes the place in a few words.
func (p Place) String() string { return [...]string{"now", "before a reply", "inside of a reply"}[p] }

// armedPush is a push that waits for a reply.
type armedPush struct {
	frame []byte
	where Place
	fault uint64 // the number of its Faulted event
}

// Push puts bytes into a client's stream: a push that no server sends of itself, such as MOVING, or half of one.
// They go as they are, in either RESP version, and past the client's other faults. With a place other than Now they
// wait for the reply to a command that the client sends, unless that blocks. Each call is an event of the kind
// Faulted, which causes the Pushed event. It fails with [ErrNoClient].
func (l *Lab) Push(client uint64, frame []byte, where Place) error {
	return l.Faults(client).Push(frame, where)
}

// Push is [Lab.Push] for the client of the faults.
func (f Faults) Push(frame []byte, where Place) error {
	return f.change(func(c *client, x *faults) error {
		p := armedPush{bytes.Clone(frame), where, f.note("bytes are pushed %v: %q", where, kept(frame))}
		if where == Now {
			c.pushBytes(p)
			return nil
		}
		x.armed = append(x.armed, p)
		f.s.addArmed(1)
		return nil
	})
}

// pushBytes queues a push.
func (c *client) pushBytes(p armedPush) {
	c.stream().Raw(p.frame)
	c.srv.notePushed(c, push{p.frame, tracking.Event{Seq: p.fault}})
	c.told()
}

// addArmed notes that n more pushes wait for a reply.
func (s *Server) addArmed(n int) {
	s.armedPushes += n
	s.setBetween()
}

// takeArmed takes the pushes for a place off those that wait.
func (c *client) takeArmed(where Place) (list []armedPush) {
	f := c.faults
	if f == nil {
		return nil
	}
	f.armed = slices.DeleteFunc(f.armed, func(p armedPush) bool {
		if p.where != where {
			return false
		}
		list = append(list, p)
		return true
	})
	c.srv.addArmed(-len(list))
	c.fitFaults()
	return list
}

// processArmed runs a command of a client, with the pushes that wait for its reply.
func (s *Server) processArmed(c *client, args [][]byte) {
	for _, p := range c.takeArmed(BeforeReply) {
		c.pushBytes(p)
	}
	o := &c.out
	start, pieces := len(o.w.Buf), len(o.pieces)
	s.process(c, args)
	reply := &o.w.Buf
	if len(o.pieces) > pieces {
		reply = &o.pieces[pieces] // it is large
	}
	header := headerLen((*reply)[min(start, len(*reply)):])
	if header == 0 || c.phase != open {
		return
	}
	for _, p := range c.takeArmed(InsideReply) {
		*reply = slices.Insert(*reply, start+header, p.frame...)
		if start += len(p.frame); reply != &o.w.Buf {
			o.before += len(p.frame)
		}
		s.notePushed(c, push{p.frame, tracking.Event{Seq: p.fault}})
		c.told()
	}
}

// headerLen returns the length of the header of a reply that has elements, or 0.
func headerLen(reply []byte) int {
	if len(reply) < 2 || !bytes.ContainsRune([]byte("*%~"), rune(reply[0])) || reply[1] < '1' {
		return 0
	}
	return bytes.IndexByte(reply, '\n') + 1
}
