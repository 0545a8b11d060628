package server

import (
	"bytes"
	"iter"
	"strings"

	"github.com/tattle-server/tattle/keyspace"
	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server/internal/command"
	"github.com/tattle-server/tattle/tracking"
)

// This file ties the keyspace to package tracking: what commands read is
// remembered, what changes is announced. Its counterpart for a single client,
// CLIENT TRACKING and its like, is clienttracking.go.

// host is the server as tracking sees it.
type host struct{ s *Server }

func (h host) Client(id uint64) tracking.Client {
	if c, ok := h.s.clients[id]; ok {
		return c
	}
	return nil
}

func (h host) Running() tracking.Client {
	if h.s.running == nil {
		return nil
	}
	return h.s.running
}

func (h host) Executing() bool { return h.s.executing }
func (h host) Scripted() bool  { return h.s.script.active }

// changes hears what happens to keys.
type changes struct{ s *Server }

var causes = [...]tracking.Cause{
	keyspace.Write: tracking.Write, keyspace.Expired: tracking.Expired, keyspace.Evicted: tracking.Evicted,
}

// Modified hands a change to all whom it concerns.
func (l changes) Modified(db *keyspace.DB, key []byte, cause keyspace.Cause) {
	s := l.s
	s.touchWatched(db, key, cause)
	s.tracker.Invalidate(key, causes[cause])
	s.signalReady(db, key)
}

// Event publishes a keyspace event if notify-keyspace-events asks for it.
func (l changes) Event(db *keyspace.DB, class keyspace.Class, event string, key []byte) {
	l.s.notify(db, class, event, key)
}

// remember makes the client at the door a holder of the keys that a readonly
// command names. The mode is the client's, the keys are those of the command
// that ran, which may stand in a script or a transaction.
func (s *Server) remember(row *command.Row, args [][]byte) {
	if s.running == nil || !row.HasKeys() {
		return
	}
	if !s.tracker.Remembers(s.running) {
		s.ignore(row, args, 0)
		return
	}
	refs, err := row.AppendKeys(s.keyRefs[:0], args)
	s.keyRefs = refs
	if err != nil {
		return
	}
	for _, ref := range refs {
		if ref.Flags&command.NotKey == 0 {
			s.tracker.Remember(s.running, args[ref.Pos])
		}
	}
}

// ignore tells those who watch of the keys that a command has read and that are not
// remembered; of all its keys, or of those with some flag.
func (s *Server) ignore(row *command.Row, args [][]byte, which command.KeyFlags) {
	if !s.tracker.WantsIgnored() {
		return
	}
	refs, err := row.AppendKeys(nil, args)
	var keys []string
	for _, ref := range refs {
		if err == nil && ref.Flags&command.NotKey == 0 && ref.Flags&which == which {
			keys = append(keys, string(args[ref.Pos]))
		}
	}
	if len(keys) > 0 {
		s.tracker.Ignore(s.running, keys)
	}
}

// ignoreWrite is ignore for a command that is not read-only, of a client that would
// remember what it reads: it may return data all the same.
func (s *Server) ignoreWrite(row *command.Row, args [][]byte) {
	if s.running != nil && row.HasKeys() && s.tracker.Remembers(s.running) {
		s.ignore(row, args, command.Access)
	}
}

// limitTable keeps the tracking table within tracking-table-max-keys.
func (s *Server) limitTable() {
	if s.tracker.Clients() > 0 {
		s.tableOver = !s.tracker.Limit(s.cfg.TrackingTableMaxKeys)
	}
}

// allClients yields every client, in the order of their ids.
func (s *Server) allClients() iter.Seq[tracking.Client] {
	return func(yield func(tracking.Client) bool) {
		for _, c := range s.sortedClients() {
			if !yield(c) {
				return
			}
		}
	}
}

// invalidateChannel is the Pub/Sub channel on which RESP2 clients hear of
// invalidations.
const invalidateChannel = "__redis__:invalidate"

// Invalidate queues an invalidation in the client's stream.
func (c *client) Invalidate(p tracking.Payload) {
	if c.faults == nil && !c.srv.events.kinds.Has(tracking.Pushed) {
		c.srv.invalidation.write(c.stream(), p)
		return
	}
	w := resp.Writer{Proto: c.out.w.Proto}
	writeInvalidation(&w, p)
	c.pushThrough(push{w.Buf, c.srv.events.message})
}

// lastInvalidation is the last invalidation of one key as it was written: mostly
// the next client is told the same.
type lastInvalidation struct {
	key []byte
	w   resp.Writer
}

func (l *lastInvalidation) write(w *resp.Writer, p tracking.Payload) {
	if p.Key == nil {
		writeInvalidation(w, p)
		return
	}
	if l.w.Proto != w.Proto || !bytes.Equal(l.key, p.Key) || len(l.w.Buf) == 0 {
		l.key = append(l.key[:0], p.Key...)
		l.w.Proto, l.w.Buf = w.Proto, l.w.Buf[:0]
		writeInvalidation(&l.w, p)
	}
	w.Raw(l.w.Buf)
}

func writeInvalidation(w *resp.Writer, p tracking.Payload) {
	if w.V3() {
		w.Push(2)
		w.BulkString("invalidate")
	} else {
		w.Array(3)
		w.BulkString("message")
		w.BulkString(invalidateChannel)
	}
	switch {
	case p.Keys != nil:
		w.Raw(encodedKeys(p.Keys))
	case p.Key != nil:
		w.Array(1)
		w.Bulk(p.Key)
	case p.NullProto > 2:
		w.Raw([]byte("_\r\n"))
	default:
		w.Raw([]byte("$-1\r\n"))
	}
}

// encodedKeys returns the keys as an array, made once for all receivers: it is
// the same in both protocols.
func encodedKeys(k *tracking.Keys) []byte {
	if k.Encoded == nil {
		var w resp.Writer
		w.Array(len(k.List))
		for _, key := range k.List {
			w.BulkString(key)
		}
		k.Encoded = w.Buf
	}
	return k.Encoded
}

// RedirBroken queues the push that tells that the redirect target is gone.
func (c *client) RedirBroken(target uint64) {
	w := resp.Writer{Proto: c.out.w.Proto}
	w.Push(2)
	w.BulkString("tracking-redir-broken")
	w.Int(int64(target))
	c.deliver(push{w.Buf, c.srv.events.message})
}

// notify publishes a keyspace event on the channels that the setting selects.
func (s *Server) notify(db *keyspace.DB, class keyspace.Class, event string, key []byte) {
	n := &s.cfg.NotifyKeyspaceEvents
	if n.Classes&class == 0 || s.pubsubClients == 0 {
		return
	}
	var prefix [24]byte
	at := appendDB(prefix[:0], db.Index)
	if n.Keyspace {
		channel := append(append([]byte("__keyspace@"), at...), key...)
		s.publish(channel, []byte(event))
	}
	if n.Keyevent {
		channel := append(append([]byte("__keyevent@"), at...), event...)
		s.publish(channel, key)
	}
}

func upper(s string) string { return strings.ToUpper(s) }
