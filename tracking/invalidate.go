package tracking

import (
	"cmp"

	"github.com/tattle-server/tattle/prefixtable"
)

// Invalidate tells everybody who may hold a copy of a key that it changed:
// holders at once (the running client after its reply), subscribers of its
// prefixes at the end of the cycle. It is called for each change, whatever the
// cause.
//
// A change that no command made (expiry, eviction) has no writer for BCAST, even
// when a command of the client ran into it: to that client it is news. Nor has
// one that a script made.
func (t *Tracker) Invalidate(key []byte, cause Cause) {
	if t.prefixes.Len() > 0 {
		t.wait(key, cause)
	}
	if t.table.len() > 0 {
		t.tellHolders(key, cause)
	}
}

func (t *Tracker) wait(key []byte, cause Cause) {
	var writer uint64
	if r := t.host.Running(); r != nil && cause == Write && !t.host.Scripted() {
		writer = r.ID()
	}
	if covered := t.prefixes.Changed(key, writer); covered && t.watched != 0 {
		t.noteWaiting(string(key), cause, writer)
	}
}

// noteWaiting tells that a key waits for the end of the cycle, and keeps what caused
// that for the message to come.
func (t *Tracker) noteWaiting(key string, cause Cause, writer uint64) {
	by := t.host.Event()
	if t.watched.Has(Waiting) {
		seq := t.take(Event{Kind: Waiting, Client: writer, Keys: []string{key}, Cause: cause, Writer: writer, CausedBy: by})
		by = cmp.Or(by, seq)
	}
	if t.waits == nil {
		t.waits = map[string]uint64{}
	}
	t.waits[key] = by
}

func (t *Tracker) tellHolders(key []byte, cause Cause) {
	h, ok := t.table.take(key)
	if !ok {
		return
	}
	t.from = origin{}
	if t.watched.Has(Forgotten) {
		t.noteGone(Event{Kind: Forgotten, Keys: []string{string(key)}, Cause: cause})
	}
	running := t.host.Running()
	for id := range h.all() {
		t.tell(id, key, cause, running)
	}
}

// noteGone tells that a key, or every key, left the table. If no command runs, the
// messages that follow are caused by that.
func (t *Tracker) noteGone(e Event) {
	e.Writer, e.CausedBy = t.writer(), t.host.Event()
	if seq := t.take(e); e.CausedBy == 0 {
		t.from.event = seq
	}
}

// tell sends the invalidation of a key to one holder, unless a rule forbids it.
func (t *Tracker) tell(id uint64, key []byte, cause Cause, running Client) {
	c := t.host.Client(id)
	switch {
	case c == nil:
		t.suppress(key, cause, id, HolderGone)
	case !c.Tracking().On:
		t.suppress(key, cause, id, NotTracking)
	case c.Tracking().BCast:
		t.suppress(key, cause, id, NowBCast)
	case c == running && c.Tracking().NoLoop:
		t.suppress(key, cause, id, NoLoop)
	case c == running && t.host.Executing():
		// Its own change, or one that it ran into: the reply comes first.
		t.hold(heldMessage{to: c, key: string(key), cause: cause})
	default:
		t.send(c, Payload{Key: key}, cause, Push, "")
	}
}

// suppress tells that a message about one key is not sent.
func (t *Tracker) suppress(key []byte, cause Cause, holder uint64, o Outcome) {
	if t.watched.Has(Message) {
		t.note(Event{Keys: []string{string(key)}, Cause: cause, Client: holder, Receiver: holder, Outcome: o})
	}
}

// hold keeps a message for the running client until its reply is queued.
func (t *Tracker) hold(m heldMessage) {
	if t.watched.Has(Message) {
		id := m.to.ID()
		m.event = t.note(Event{Keys: m.keys(), Cause: m.cause, Client: id, Receiver: id, Outcome: Held})
	}
	t.held = append(t.held, m)
}

// keys returns the key that a message is about, nil for a flush.
func (m *heldMessage) keys() []string {
	if m.nullProto != 0 {
		return nil
	}
	return []string{m.key}
}

// note tells what became of a message. It adds who and what caused it.
func (t *Tracker) note(e Event) uint64 {
	e.Kind = Message
	e.Writer = cmp.Or(e.Writer, t.from.writer, t.writer())
	e.CausedBy = cmp.Or(t.from.event, t.host.Event())
	return t.take(e)
}

func (t *Tracker) writer() uint64 {
	if r := t.host.Running(); r != nil {
		return r.ID()
	}
	return 0
}

// send gives a payload to a client that tracks, or to the one that it redirects
// to, if there is a way to say it.
func (t *Tracker) send(c Client, p Payload, cause Cause, route Route, prefix string) {
	receiver, outcome := t.receiver(c)
	if c.Tracking().Redirect != 0 && route == Push {
		route = Redirect
	}
	if t.watched.Has(Message) {
		t.noteSend(c, p, Event{Prefix: prefix, Cause: cause, Route: route, Outcome: outcome})
	}
	switch outcome {
	case Sent:
		receiver.Invalidate(p)
	case BrokenRedirect:
		c.Tracking().Broken = true
		if c.Proto() > 2 {
			c.RedirBroken(c.Tracking().Redirect)
		}
	}
}

// receiver finds who is to be sent what c must know.
func (t *Tracker) receiver(c Client) (Client, Outcome) {
	target := c.Tracking().Redirect
	if target == 0 {
		if c.Proto() > 2 {
			return c, Sent
		}
		return nil, Resp2
	}
	r := t.host.Client(target)
	switch {
	case r == nil:
		return nil, BrokenRedirect
	case r.Proto() > 2 || r.Subscribed():
		return r, Sent
	}
	return nil, NotSubscribed
}

// noteSend tells of a message that is sent, or has no way.
func (t *Tracker) noteSend(c Client, p Payload, e Event) {
	e.Client = c.ID()
	e.Receiver = cmp.Or(c.Tracking().Redirect, e.Client)
	switch {
	case p.Keys != nil:
		e.Keys = p.Keys.List
	case p.Key != nil:
		e.Keys = []string{string(p.Key)}
	}
	t.note(e)
}

// AfterCommand sends what waited for the running client's reply, which is
// queued now. It is called after each command at the door: after EXEC as a
// whole, after a script as a whole; the client is still the running one. It sends
// also where that turned tracking off after the change.
func (t *Tracker) AfterCommand() {
	for len(t.held) > 0 {
		held := t.held
		t.held = nil
		for _, h := range held {
			if t.host.Client(h.to.ID()) == nil {
				continue
			}
			t.from = origin{h.event, h.to.ID()}
			p := Payload{NullProto: h.nullProto}
			if h.nullProto == 0 {
				p.Key = []byte(h.key)
			}
			t.send(h.to, p, h.cause, Push, "")
		}
	}
}

// Flush tells every tracking client that everything is gone, and empties the
// tracking table. clients are all that are connected; the running one is told
// last and, while its command executes, after the reply.
func (t *Tracker) Flush(clients func(yield func(Client) bool)) {
	t.table.clear()
	t.from = origin{}
	if t.watched.Has(Flushed) {
		t.noteGone(Event{Kind: Flushed, Cause: Flush})
	}
	if t.clients == 0 {
		return
	}
	running := t.host.Running()
	for c := range clients {
		if c.Tracking().On && c != running {
			t.send(c, Payload{NullProto: c.Proto()}, Flush, Push, "")
		}
	}
	if running != nil && running.Tracking().On {
		t.tellFlusher(running)
	}
}

func (t *Tracker) tellFlusher(c Client) {
	if t.host.Executing() {
		t.hold(heldMessage{to: c, nullProto: c.Proto(), cause: Flush})
		return
	}
	t.send(c, Payload{NullProto: c.Proto()}, Flush, Push, "")
}

// limitEffort is how many keys one check of the table's limit takes out at the
// most, times one more than the checks in a row that did not suffice.
const limitEffort = 100

// Limit takes random keys out of the table while it has more than max, telling
// their holders as if the keys had changed; subscribers of prefixes hear nothing.
// It bounds its work and reports whether the table is within the limit now. max 0
// is no limit.
func (t *Tracker) Limit(max int64) bool {
	if max == 0 || int64(t.table.len()) <= max {
		t.overLimit = 0
		return true
	}
	for effort := limitEffort * (t.overLimit + 1); effort > 0; effort-- {
		key := t.table.random(t.rand)
		t.tellHolders([]byte(key), Limit)
		if int64(t.table.len()) <= max {
			t.overLimit = 0
			return true
		}
	}
	t.overLimit++
	return false
}

// BeforeSleep ends a cycle for BCAST: each prefix with changes sends each of its
// subscribers one message with all keys, those left out that a subscriber with
// NOLOOP changed last itself.
func (t *Tracker) BeforeSleep() {
	if !t.prefixes.Dirty() {
		t.waits = nil // what there was, nobody subscribes to any more
		return
	}
	t.prefixes.Drain(func(prefix string, subscribers []uint64, changes []prefixtable.Change) {
		var all *Keys
		for _, id := range subscribers {
			c := t.host.Client(id)
			if c == nil {
				continue
			}
			keys := all
			if c.Tracking().NoLoop {
				keys = keysOf(changes, id)
			} else if all == nil {
				all = keysOf(changes, 0)
				keys = all
			}
			t.broadcast(c, prefix, keys, changes)
		}
	})
	t.waits = nil
}

func (t *Tracker) broadcast(c Client, prefix string, keys *Keys, changes []prefixtable.Change) {
	if len(keys.List) > 0 {
		t.from = origin{event: t.lastWait(keys.List)}
		t.send(c, Payload{Keys: keys}, Write, Broadcast, prefix)
		return
	}
	if t.watched.Has(Message) {
		all := keysOf(changes, 0).List
		t.from = origin{event: t.lastWait(all)}
		t.note(Event{
			Keys: all, Prefix: prefix, Writer: c.ID(), Client: c.ID(), Receiver: c.ID(), Route: Broadcast, Outcome: NoLoopBroadcast,
		})
	}
}

// lastWait returns the number of the event that changed the last of these keys, 0
// if nobody watched.
func (t *Tracker) lastWait(keys []string) (last uint64) {
	if len(t.waits) == 0 {
		return 0
	}
	for _, key := range keys {
		last = max(last, t.waits[key])
	}
	return last
}

// keysOf lists the changed keys, without those that client except changed last.
func keysOf(changes []prefixtable.Change, except uint64) *Keys {
	keys := &Keys{List: make([]string, 0, len(changes))}
	for _, ch := range changes {
		if except == 0 || ch.Writer != except {
			keys.List = append(keys.List, ch.Key)
		}
	}
	return keys
}
