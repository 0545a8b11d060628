package tracking

import (
	"cmp"
	"slices"

	"github.com/tattle-server/tattle/prefixtable"
)

// Invalidate tells every client that may hold a copy of a key that the key changed:
// holders at once (the running client after its reply), subscribers of its prefixes at
// the end of the cycle. It is called for each change, whatever the cause.
//
// For BCAST, a change that no command made (expiry, eviction) has no writer, even if a
// command of the client ran into it: to that client it is news. Nor does a change that a
// script made.
func (t *Tracker) Invalidate(key []byte, cause Cause) {
	if t.prefixes.Len() > 0 {
		t.gather(key, cause)
	}
	if t.table.len() > 0 {
		t.tellHolders(key, cause)
	}
}

func (t *Tracker) gather(key []byte, cause Cause) {
	var writer uint64
	if r := t.host.Running(); r != nil && cause == Write && !t.host.Scripted() {
		writer = r.ID()
	}
	if covered := t.prefixes.Changed(key, writer); covered && t.watched != 0 {
		t.noteGathered(string(key), cause)
	}
}

// noteGathered emits the event for a key gathered under a prefix, and keeps the origin for
// the message at the end of the cycle.
func (t *Tracker) noteGathered(key string, cause Cause) {
	t.from = t.host.Origin()
	if t.watched.Has(Gathered) {
		t.noteChange(Event{Kind: Gathered, Client: t.from.Writer, Keys: []string{key}, Cause: cause})
	}
	if t.gathered == nil {
		t.gathered = map[string]Origin{}
	}
	t.gathered[key] = t.from
}

func (t *Tracker) tellHolders(key []byte, cause Cause) {
	h, ok := t.table.take(key)
	if !ok {
		return
	}
	if t.watched != 0 {
		if t.from = t.host.Origin(); cause == Limit {
			t.from.DB = 0 // the table knows no databases
		}
	}
	if t.watched.Has(Forgotten) {
		t.noteChange(Event{Kind: Forgotten, Keys: []string{string(key)}, Cause: cause})
	}
	running := t.host.Running()
	for id := range h.all() {
		t.tell(id, key, cause, running)
	}
}

// noteChange emits the event for one key or every key that changed. If no command is
// running, that event causes the messages that follow.
func (t *Tracker) noteChange(e Event) {
	seq := t.takeFrom(e)
	t.from.Event = cmp.Or(t.from.Event, seq)
}

// takeFrom emits an event with its origin.
func (t *Tracker) takeFrom(e Event) uint64 {
	e.Writer, e.Command, e.DB, e.CausedBy = t.from.Writer, t.from.Command, t.from.DB, t.from.Event
	return t.take(e)
}

// tell sends the invalidation of a key to one holder, unless a rule forbids it.
func (t *Tracker) tell(id uint64, key []byte, cause Cause, running Client) {
	c := t.host.Client(id)
	switch o := toHolder(c, running); {
	case o != Sent:
		t.suppress(key, cause, id, o)
	case c == running && t.host.Executing():
		// The change is its own, or one that its command ran into: the reply comes first.
		t.queueAfterReply(ownMessage{to: c, key: string(key), cause: cause})
	default:
		t.send(c, Payload{Key: key}, cause, Push, "")
	}
}

// toHolder returns the rule by which a holder, nil if it is gone, is not told of a change,
// or Sent if none forbids it.
func toHolder(c, running Client) Outcome {
	if c == nil {
		return HolderGone
	}
	switch s := c.Tracking(); {
	case !s.On:
		return NotTracking
	case s.BCast:
		return NowBCast
	case c == running && s.NoLoop:
		return NoLoop
	}
	return Sent
}

// suppress emits the event for a message about one key that is not sent.
func (t *Tracker) suppress(key []byte, cause Cause, holder uint64, o Outcome) {
	if t.watched.Has(Message) {
		t.note(Event{Keys: []string{string(key)}, Cause: cause, Client: holder, Receiver: holder, Outcome: o})
	}
}

// queueAfterReply keeps a message to the running client until its reply is queued.
// Pub/Sub messages that wait for the same reply are kept by the server, and come first.
func (t *Tracker) queueAfterReply(m ownMessage) {
	if t.watched.Has(Message) {
		id, from := m.to.ID(), t.from
		from.Event = t.note(Event{Keys: m.keys(), Cause: m.cause, Client: id, Receiver: id, Outcome: AfterReply})
		m.from = &from
	}
	t.afterReply = append(t.afterReply, m)
}

// keys returns the key that the message is about, nil for a flush.
func (m *ownMessage) keys() []string {
	if m.nullProto != 0 {
		return nil
	}
	return []string{m.key}
}

// note emits the event for a message.
func (t *Tracker) note(e Event) uint64 {
	e.Kind = Message
	return t.takeFrom(e)
}

// send gives a payload to a tracking client or to its redirect target, if that can
// receive it.
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

// receiver returns the client that receives the invalidations of c, or the reason why
// none does.
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

// noteSend emits the event for a message that send has dealt with.
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

// AfterCommand sends the messages that waited for the running client's reply, which is
// queued by now. It is called once for each command that a client sends, while that
// client is still the running one: after the whole of EXEC, after the whole of a script.
// It sends the messages even if the command went on to turn tracking off.
func (t *Tracker) AfterCommand() {
	for len(t.afterReply) > 0 {
		messages := t.afterReply
		t.afterReply = nil
		for _, m := range messages {
			if t.host.Client(m.to.ID()) == nil {
				continue
			}
			if t.from = (Origin{}); m.from != nil {
				t.from = *m.from
			}
			p := Payload{NullProto: m.nullProto}
			if m.nullProto == 0 {
				p.Key = []byte(m.key)
			}
			t.send(m.to, p, m.cause, Push, "")
		}
	}
}

// Flush tells every tracking client that everything is gone, and empties the
// tracking table. clients yields all connected clients. The running one is told last
// and, if its command is executing, after the reply.
func (t *Tracker) Flush(clients func(yield func(Client) bool)) {
	t.table.clear()
	if t.watched != 0 {
		t.from = t.host.Origin()
	}
	if t.watched.Has(Flushed) {
		t.noteChange(Event{Kind: Flushed, Cause: Flush})
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
		t.queueAfterReply(ownMessage{to: c, nullProto: c.Proto(), cause: Flush})
		return
	}
	t.send(c, Payload{NullProto: c.Proto()}, Flush, Push, "")
}

// limitEffort is the most keys that one check of the table's limit takes out. A check
// that follows n insufficient ones takes out up to n+1 times as many.
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
		t.tellHolders(t.table.random(t.rand), Limit)
		if int64(t.table.len()) <= max {
			t.overLimit = 0
			return true
		}
	}
	t.overLimit++
	return false
}

// makeRoom takes random keys out of the table, as Limit does, until a key fits. It is
// what ends the growth of a table that has no limit.
func (t *Tracker) makeRoom(key []byte) {
	if t.table.has(key) {
		return
	}
	for t.table.len() > 0 && !t.table.fits(key, t.capacity) {
		t.tellHolders(t.table.random(t.rand), Limit)
	}
}

// BeforeSleep ends a cycle for BCAST: for each prefix with changes, every subscriber gets
// one message with all the keys. A subscriber with NOLOOP gets it without the keys that
// it was the last to change.
func (t *Tracker) BeforeSleep() {
	if !t.prefixes.Dirty() {
		t.gathered = nil // the subscribers of these keys have gone
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
	t.gathered = nil
}

func (t *Tracker) broadcast(c Client, prefix string, keys *Keys, changes []prefixtable.Change) {
	if len(keys.List) == 0 {
		t.noteSilence(c, prefix, changes, NoLoopBroadcast)
		return
	}
	if keys = t.permitted(c, keys); len(keys.List) == 0 {
		t.noteSilence(c, prefix, changes, NotPermitted)
		return
	}
	t.from = t.lastGathered(keys.List)
	t.send(c, Payload{Keys: keys}, Write, Broadcast, prefix)
}

// permitted returns the keys of which the client may be told: keys itself if these are all.
func (t *Tracker) permitted(c Client, keys *Keys) *Keys {
	hidden := func(key string) bool { return !t.MayHear(c, key) }
	if t.MayHear == nil || !slices.ContainsFunc(keys.List, hidden) {
		return keys
	}
	return &Keys{List: slices.DeleteFunc(slices.Clone(keys.List), hidden)}
}

// noteSilence emits the event for a subscriber that is told of none of the changes.
func (t *Tracker) noteSilence(c Client, prefix string, changes []prefixtable.Change, o Outcome) {
	if !t.watched.Has(Message) {
		return
	}
	keys := keysOf(changes, 0).List
	t.from = t.lastGathered(keys)
	t.note(Event{Keys: keys, Prefix: prefix, Client: c.ID(), Receiver: c.ID(), Route: Broadcast, Outcome: o})
}

// lastGathered returns the origin of the latest change of any of these keys, the zero value
// if nobody watches.
func (t *Tracker) lastGathered(keys []string) (last Origin) {
	if len(t.gathered) == 0 {
		return last
	}
	for _, key := range keys {
		if o := t.gathered[key]; o.Event >= last.Event {
			last = o
		}
	}
	return last
}

// keysOf lists the changed keys, without those that the client except was the last to
// change.
func keysOf(changes []prefixtable.Change, except uint64) *Keys {
	keys := &Keys{List: make([]string, 0, len(changes))}
	for _, ch := range changes {
		if except == 0 || ch.Writer != except {
			keys.List = append(keys.List, ch.Key)
		}
	}
	return keys
}
