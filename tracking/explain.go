package tracking

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// Verdict says what one client would hear of a change, or why it would hear nothing.
type Verdict struct {
	Client   uint64
	Name     string // of that client's connection, if it has one
	Receiver uint64 // the client that the message is for: Client, or its redirect target
	Route    Route
	Prefix   string  // with Route Broadcast
	Outcome  Outcome // what becomes of the message in the end, or why there is none
	Fault    uint64  // the number of the Faulted event behind the outcome, 0 for none
	// AfterReply says that the message waits for the reply to the client's own command.
	AfterReply bool
}

// Told reports whether the client would be told: now, or when a test lets the message go.
func (v Verdict) Told() bool { return v.Outcome <= Duplicated }

// String describes the verdict in one line:
//
//	client 1 (app) by redirect to client 3: sent
//	client 2: not told: it has not read the key since the last change
func (v Verdict) String() string {
	text := clientName(v.Client, v.Name)
	if v.Told() || v.Outcome.Suppressed() {
		text += " by " + v.Way()
	}
	if text += ": " + v.Outcome.String(); v.AfterReply {
		text += ", after its reply"
	}
	return text
}

// Way describes the way of the message: "push", "broadcast of u: to client 3".
func (v Verdict) Way() string {
	return Event{Client: v.Client, Receiver: v.Receiver, Route: v.Route, Prefix: v.Prefix}.way()
}

// Explain says for each client whether it would be told if a command changed a key now. by
// is the client whose command it is, 0 for one that is none of them. clients yields all
// connected clients.
//
// The verdicts on messages come first, in the order in which the messages would be queued.
// A client may get several: one as a former reader, and one for each prefix. Then come the
// clients without any message. Explain changes nothing.
func (t *Tracker) Explain(key []byte, by uint64, clients iter.Seq[Client]) []Verdict {
	var running Client
	if by != 0 {
		running = t.host.Client(by)
	}
	list := t.explainHolders(key, running)
	judged := map[uint64]bool{}
	for _, v := range list {
		judged[v.Client] = true
	}
	var broadcasts, silent []Verdict
	for c := range clients {
		if t.host.Client(c.ID()) == nil {
			continue // it is about to leave the tables
		}
		found := t.explainPrefixes(c, string(key), by)
		broadcasts = append(broadcasts, found...)
		if id := c.ID(); len(found) == 0 && !judged[id] {
			silent = append(silent, Verdict{Client: id, Receiver: id, Outcome: silence(c)})
		}
	}
	slices.SortStableFunc(broadcasts, func(a, b Verdict) int { return strings.Compare(a.Prefix, b.Prefix) })
	return slices.Concat(list, broadcasts, silent)
}

// explainHolders gives the verdicts on those who have read the key.
func (t *Tracker) explainHolders(key []byte, running Client) (list []Verdict) {
	l := t.table.found(t.table.search(key))
	if l == nil {
		return nil
	}
	var own []Verdict
	h := t.table.sets.of(l.holders)
	for id := range h.all() {
		c := t.host.Client(id)
		switch o := toHolder(c, running); {
		case o != Sent:
			list = append(list, Verdict{Client: id, Receiver: id, Outcome: o})
		case c == running:
			v := t.explainSend(c, Push, "")
			v.AfterReply = true
			own = append(own, v)
		default:
			list = append(list, t.explainSend(c, Push, ""))
		}
	}
	return append(list, own...)
}

// explainPrefixes gives the verdicts on the prefixes of a client that cover the key.
func (t *Tracker) explainPrefixes(c Client, key string, by uint64) (list []Verdict) {
	s := c.Tracking()
	for _, prefix := range s.covering(key) {
		v := t.explainSend(c, Broadcast, prefix)
		switch {
		case s.NoLoop && c.ID() == by:
			v.Receiver, v.Outcome = c.ID(), NoLoopBroadcast
		case t.MayHear != nil && !t.MayHear(c, key):
			v.Receiver, v.Outcome = c.ID(), NotPermitted
		}
		list = append(list, v)
	}
	return list
}

// explainSend gives the verdict on a message that no rule about its reader forbids.
func (t *Tracker) explainSend(c Client, route Route, prefix string) Verdict {
	target := c.Tracking().Redirect
	if target != 0 && route == Push {
		route = Redirect
	}
	_, outcome := t.receiver(c)
	return Verdict{Client: c.ID(), Receiver: cmp.Or(target, c.ID()), Route: route, Prefix: prefix, Outcome: outcome}
}

// silence returns the reason why there is no message for a client at all.
func silence(c Client) Outcome {
	switch s := c.Tracking(); {
	case !s.On:
		return TrackingOff
	case s.BCast:
		return NoPrefix
	}
	return NotHeld
}

// covering returns the prefixes of the client that cover a key. As prefixes of one client
// do not overlap, these are at most two: the empty one, and the last one up to the key.
func (s *State) covering(key string) (list []string) {
	if len(s.prefixes) > 0 && s.prefixes[0] == "" {
		list = append(list, "")
	}
	i, there := slices.BinarySearch(s.prefixes, key)
	if !there {
		i--
	}
	if i >= 0 && s.prefixes[i] != "" && strings.HasPrefix(key, s.prefixes[i]) {
		list = append(list, s.prefixes[i])
	}
	return list
}
