package keyspace

import (
	"slices"
	"strings"
)

// Group is a consumer group: it hands out each entry of its stream to one of its
// consumers, and remembers who has which until that is acknowledged.
type Group struct {
	Name string
	// LastID is the greatest id that was handed out.
	LastID StreamID
	// Read counts the entries of the stream up to LastID, those that are gone included; it is
	// UnknownRead if nobody can know.
	Read int64

	stream    *Stream
	pending   idRow[Pending]
	consumers []*Consumer // in the order of their names
}

// UnknownRead is the count of entries read that is not known.
const UnknownRead = -1

// Consumer is a member of a group.
type Consumer struct {
	Name string
	// Seen is when it last asked for anything, Active when it was last given an entry, as
	// Unix times in milliseconds; Active is NeverActive if it never was.
	Seen, Active int64

	pending idRow[StreamID]
}

// NeverActive is the time at which a consumer was given something that was given nothing.
const NeverActive = -1

// Pending is an entry that was handed out and is not acknowledged. It may have been deleted
// from the stream since.
type Pending struct {
	ID        StreamID
	Consumer  *Consumer
	Delivered int64 // when it was last handed out, Unix ms
	Count     int64 // how often it was handed out
}

func (p Pending) id() StreamID { return p.ID }

// What groups cost, in bytes.
const (
	groupOverhead    = 128
	consumerOverhead = 112
	pendingOverhead  = 40 + 16 + 16 // in both rows, with the room that chunks leave
)

// Groups returns the groups in the order of their names.
func (s *Stream) Groups() []*Group { return s.groups }

func (s *Stream) groupAt(name []byte) (int, bool) {
	return slices.BinarySearchFunc(s.groups, name, func(g *Group, name []byte) int {
		return strings.Compare(g.Name, textOf(name))
	})
}

// Group returns a group, or nil if there is none of that name. A nil stream has none.
func (s *Stream) Group(name []byte) *Group {
	if s == nil {
		return nil
	}
	if i, found := s.groupAt(name); found {
		return s.groups[i]
	}
	return nil
}

// CreateGroup makes a group that goes on after last. It reports whether the name was free.
func (s *Stream) CreateGroup(name []byte, last StreamID, read int64) bool {
	i, found := s.groupAt(name)
	if found {
		return false
	}
	s.groups = slices.Insert(s.groups, i, &Group{Name: string(name), LastID: last, Read: read, stream: s})
	s.held += groupOverhead + int64(len(name))
	return true
}

// DestroyGroup removes a group and reports whether it was there.
func (s *Stream) DestroyGroup(name []byte) bool {
	i, found := s.groupAt(name)
	if !found {
		return false
	}
	g := s.groups[i]
	s.held -= groupOverhead + int64(len(name)) + int64(g.pending.len())*pendingOverhead
	for _, c := range g.consumers {
		s.held -= consumerOverhead + int64(len(c.Name))
	}
	s.groups = slices.Delete(s.groups, i, i+1)
	s.heard = false
	return true
}

// Consumers returns the consumers in the order of their names.
func (g *Group) Consumers() []*Consumer { return g.consumers }

func (g *Group) consumerAt(name []byte) (int, bool) {
	return slices.BinarySearchFunc(g.consumers, name, func(c *Consumer, name []byte) int {
		return strings.Compare(c.Name, textOf(name))
	})
}

// Consumer returns a consumer, or nil if there is none of that name.
func (g *Group) Consumer(name []byte) *Consumer {
	if i, found := g.consumerAt(name); found {
		return g.consumers[i]
	}
	return nil
}

// CreateConsumer returns the consumer of that name. It makes it, as seen now, if there is
// none, and says so.
func (g *Group) CreateConsumer(name []byte, now int64) (c *Consumer, created bool) {
	i, found := g.consumerAt(name)
	if found {
		return g.consumers[i], false
	}
	c = &Consumer{Name: string(name), Seen: now, Active: NeverActive}
	g.consumers = slices.Insert(g.consumers, i, c)
	g.stream.held += consumerOverhead + int64(len(name))
	return c, true
}

// DeleteConsumer removes a consumer with what is pending for it. It returns how many entries
// that were, and whether there was such a consumer.
func (g *Group) DeleteConsumer(name []byte) (pending int, found bool) {
	i, found := g.consumerAt(name)
	if !found {
		return 0, false
	}
	c := g.consumers[i]
	c.pending.each(StreamID{}, func(id *StreamID) bool { return g.pending.remove(*id) })
	g.consumers = slices.Delete(g.consumers, i, i+1)
	g.stream.held -= consumerOverhead + int64(len(name)) + int64(c.pending.len())*pendingOverhead
	return c.pending.len(), true
}

// Deliver hands out an entry that comes after LastID, or any entry again that the group's
// LastID was set back to. With ack it is pending for the consumer from now on, and for no one else.
func (g *Group) Deliver(id StreamID, c *Consumer, now int64, ack bool) {
	if g.LastID.Less(id) {
		g.Read = g.stream.readAt(g, id)
		g.LastID = id
	}
	if !ack {
		return
	}
	c.Active = now
	if p := g.pending.get(id); p != nil {
		g.assign(p, c)
		p.Delivered, p.Count = now, 1
		return
	}
	g.AddPending(Pending{ID: id, Consumer: c, Delivered: now, Count: 1})
}

// AddPending adds a pending entry, which must not be there.
func (g *Group) AddPending(p Pending) {
	g.pending.put(p)
	p.Consumer.pending.put(p.ID)
	g.stream.held += pendingOverhead
}

// assign makes a pending entry that of another consumer.
func (g *Group) assign(p *Pending, c *Consumer) {
	if p.Consumer != c {
		p.Consumer.pending.remove(p.ID)
		p.Consumer = c
		c.pending.put(p.ID)
	}
}

// Claim makes a pending entry that of a consumer: delivered at a time (Unix ms) for the
// count-th time.
func (g *Group) Claim(p *Pending, c *Consumer, delivered, count int64) {
	g.assign(p, c)
	p.Delivered, p.Count = delivered, count
}

// Ack removes a pending entry and reports whether it was there.
func (g *Group) Ack(id StreamID) bool {
	p := g.pending.get(id)
	if p == nil {
		return false
	}
	p.Consumer.pending.remove(id)
	g.pending.remove(id)
	g.stream.held -= pendingOverhead
	return true
}

// Pending returns the pending entry of that id, or nil. It is valid until entries are added
// or removed.
func (g *Group) Pending(id StreamID) *Pending { return g.pending.get(id) }

// PendingFrom returns the first pending entry whose id is not less than id, or nil.
func (g *Group) PendingFrom(id StreamID) *Pending { return g.pending.from(id) }

// PendingLen returns how many entries are pending.
func (g *Group) PendingLen() int { return g.pending.len() }

// PendingLast returns the last pending entry, or nil.
func (g *Group) PendingLast() *Pending { return g.pending.last() }

// PendingLen returns how many entries are pending for the consumer.
func (c *Consumer) PendingLen() int { return c.pending.len() }

// EachPending visits the pending entries from id on, of one consumer or, if that is nil, of
// all, until visit returns false. visit must not add or remove any.
func (g *Group) EachPending(c *Consumer, id StreamID, visit func(*Pending) bool) {
	if c == nil {
		g.pending.each(id, visit)
		return
	}
	c.pending.each(id, func(id *StreamID) bool { return visit(g.pending.get(*id)) })
}

func (g *Group) clone(s *Stream) *Group {
	c := &Group{Name: g.Name, LastID: g.LastID, Read: g.Read, stream: s, pending: g.pending.clone()}
	now := map[*Consumer]*Consumer{}
	for _, old := range g.consumers {
		copied := *old
		copied.pending = old.pending.clone()
		c.consumers, now[old] = append(c.consumers, &copied), &copied
	}
	c.pending.each(StreamID{}, func(p *Pending) bool {
		p.Consumer = now[p.Consumer]
		return true
	})
	return c
}

// Lag returns how many entries the group has still to hand out; ok is false if that is not
// known, since entries between its last id and the end of the stream were deleted.
func (g *Group) Lag() (n int64, ok bool) {
	s := g.stream
	if s.length == 0 {
		return 0, true
	}
	read := g.Read
	switch after := s.deletedAfter(g.LastID); {
	case !after && g.LastID.Less(s.First):
		return s.length, true // what was trimmed since does not count
	case after || read == UnknownRead:
		read = s.distance(g.LastID)
	}
	return s.Added - read, read != UnknownRead
}

// readAt returns the count of entries read of a group that reads on to id.
func (s *Stream) readAt(g *Group, id StreamID) int64 {
	if g.Read != UnknownRead && !g.LastID.Less(s.First) && !s.deletedAfter(g.LastID) {
		return g.Read + 1
	}
	if s.Added > 0 {
		return s.distance(id)
	}
	return g.Read
}

// deletedAfter reports whether an entry from id on may have been deleted from between the
// others.
func (s *Stream) deletedAfter(id StreamID) bool {
	return s.length > 0 && !s.MaxDeleted.IsZero() && !s.MaxDeleted.Less(s.First) && !s.MaxDeleted.Less(id)
}

// distance returns how many entries were ever added up to id, or UnknownRead. It is known at
// the two ends of the stream, unless entries were deleted from between the others.
func (s *Stream) distance(id StreamID) int64 {
	whole := s.MaxDeleted.IsZero() || s.MaxDeleted.Less(s.First)
	switch {
	case s.Added == 0:
		return 0
	case s.length == 0 && !s.Last.Less(id), id == s.Last:
		return s.Added
	case s.Last.Less(id):
		return UnknownRead
	case whole && id.Less(s.First):
		return s.Added - s.length
	case whole && id == s.First:
		return s.Added - s.length + 1
	}
	return UnknownRead
}
