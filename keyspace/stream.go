package keyspace

import (
	"slices"
	"unsafe"
)

// Stream is the value of type stream: entries in the order of their ids, each a row of
// fields with values, and the groups of consumers that read them.
//
// The entries lie in nodes (streamnode.go) as in Redis, for clients can see where one ends:
// approximate trimming removes whole nodes, and DUMP writes them as they are. Entries are
// added behind the last one only. One that is deleted stays in its node, marked, until
// all others of the node are deleted too.
//
// A stream without entries is a value as any other: its key stays.
type Stream struct {
	// First is the id of the first entry, or 0-0 if there is none. Last is the id that was
	// given out last, and MaxDeleted the greatest one of those deleted one by one; their
	// entries may be gone.
	First, Last, MaxDeleted StreamID
	// Added counts the entries that were ever added.
	Added int64

	nodes  []streamNode
	length int64
	groups []*Group // in the order of their names
	bytes  int64    // of all nodes
	held   int64    // bytes that groups take
	radix  int      // what RadixNodes returns, or 0 if it is to be counted anew
	heard  bool     // nothing that readers wait for has come since Heard

	scratch [2][24]byte // for the integers among names and values, see StreamEntry.Pairs
}

// What a stream costs besides the bytes of its nodes.
const streamOverhead, streamNodeOverhead = 208, int64(unsafe.Sizeof(streamNode{}))

// Type returns TypeStream.
func (s *Stream) Type() Type { return TypeStream }

// Encoding returns "stream".
func (s *Stream) Encoding(*Limits) string { return "stream" }

// MemSize estimates the bytes of the stream.
func (s *Stream) MemSize() int64 {
	return streamOverhead + s.bytes + int64(cap(s.nodes))*streamNodeOverhead + s.held
}

// Empty returns false: the key of a stream without entries stays.
func (s *Stream) Empty() bool { return false }

// Clone copies the stream with its groups.
func (s *Stream) Clone() Value {
	c := *s
	c.nodes, c.bytes = make([]streamNode, len(s.nodes)), 0
	for i, n := range s.nodes {
		c.nodes[i] = streamNode{n.id, slices.Clone(n.pack)}
		c.bytes += int64(cap(c.nodes[i].pack))
	}
	c.groups = make([]*Group, len(s.groups))
	for i, g := range s.groups {
		c.groups[i] = g.clone(&c)
	}
	return &c
}

// Heard says that a reader has found nothing. Until an entry is added or a group destroyed,
// it would find nothing again: see [DB.News].
func (s *Stream) Heard() { s.heard = true }

// Len returns the number of entries.
func (s *Stream) Len() int64 { return s.length }

// Nodes returns the number of nodes.
func (s *Stream) Nodes() int { return len(s.nodes) }

// NextID returns the id that an entry gets now (Unix ms) if none is asked for; ok is false
// if there are no ids left.
func (s *Stream) NextID(now int64) (id StreamID, ok bool) {
	if ms := uint64(now); ms > s.Last.Ms {
		return StreamID{Ms: ms}, true
	}
	return s.Last.Next()
}

// Add adds an entry; words are its fields and values in turn. id must be greater than Last,
// and all words together must not exceed MaxStreamEntry.
func (s *Stream) Add(id StreamID, words [][]byte, l *Limits) {
	size := 0
	for _, w := range words {
		size += len(w)
	}
	if !s.tailTakes(size, l) {
		s.seal()
		s.nodes = append(s.nodes, newStreamNode(id, words, size))
		s.radixChange(len(s.nodes)-1, 1)
	}
	n := &s.nodes[len(s.nodes)-1]
	before := cap(n.pack)
	if n.id == id {
		before = 0
	}
	n.add(id, words, size)
	s.bytes += int64(cap(n.pack) - before)
	s.heard = false
	s.length++
	s.Added++
	s.Last = id
	if s.length == 1 {
		s.First = id
	}
}

// MaxStreamEntry is the most bytes that the words of an entry may have together, and the
// most that a node has if its size is not limited.
const MaxStreamEntry = 1 << 30

// tailTakes reports whether an entry of that many bytes belongs into the last node.
func (s *Stream) tailTakes(size int, l *Limits) bool {
	if len(s.nodes) == 0 {
		return false
	}
	n := &s.nodes[len(s.nodes)-1]
	most := l.StreamNodeBytes
	if most == 0 || most > MaxStreamEntry {
		most = MaxStreamEntry
	}
	if int64(len(n.pack)+size) >= most {
		return false
	}
	live, deleted := n.counts()
	return l.StreamNodeEntries == 0 || live+deleted < l.StreamNodeEntries
}

// seal gives back the room at the end of the last node, which takes no more entries.
func (s *Stream) seal() {
	if len(s.nodes) == 0 {
		return
	}
	n := &s.nodes[len(s.nodes)-1]
	if spare := cap(n.pack) - len(n.pack); spare > len(n.pack)/8 {
		s.bytes -= int64(cap(n.pack))
		n.pack = slices.Clone(n.pack)
		s.bytes += int64(cap(n.pack))
	}
}

// nodeOf returns the index of the node in which id is, if it is in the stream.
func (s *Stream) nodeOf(id StreamID) int {
	i, found := slices.BinarySearchFunc(s.nodes, id, func(n streamNode, id StreamID) int { return n.id.Compare(id) })
	if !found && i > 0 {
		i--
	}
	return i
}

// Has reports whether there is an entry with that id.
func (s *Stream) Has(id StreamID) bool {
	_, _, ok := s.find(id)
	return ok
}

// Get returns the entry with that id.
func (s *Stream) Get(id StreamID) (e StreamEntry, ok bool) {
	_, e, ok = s.find(id)
	return e, ok
}

// find returns an entry and the index of its node.
func (s *Stream) find(id StreamID) (node int, e StreamEntry, ok bool) {
	for e := range s.Range(id, id) {
		return s.nodeOf(id), e, true
	}
	return 0, e, false
}

// Delete removes an entry and reports whether it was there.
func (s *Stream) Delete(id StreamID) bool {
	i, e, ok := s.find(id)
	if !ok {
		return false
	}
	n := &s.nodes[i]
	s.bytes -= int64(cap(n.pack))
	if live, _ := n.counts(); live == 1 {
		s.radixChange(i, -1)
		s.nodes = removeAt(s.nodes, i)
	} else {
		n.mark(e.at)
		n.recount(1)
		s.bytes += int64(cap(n.pack))
	}
	s.length--
	if s.MaxDeleted.Less(id) {
		s.MaxDeleted = id
	}
	if id == s.First || s.length == 0 {
		s.findFirst()
	}
	return true
}

// findFirst sets First after entries were removed.
func (s *Stream) findFirst() {
	s.First = StreamID{}
	for e := range s.Range(StreamID{}, LastStreamID) {
		s.First = e.ID
		return
	}
}

// LastEntry returns the id of the last entry; ok is false if there is none.
func (s *Stream) LastEntry() (id StreamID, ok bool) {
	for e := range s.Backward(StreamID{}, LastStreamID) {
		return e.ID, true
	}
	return id, false
}

// StreamTrim says which entries to remove from the front of a stream.
type StreamTrim struct {
	ByID   bool
	MaxLen int64    // how many entries to leave, unless ByID
	MinID  StreamID // the first id to leave, if ByID
	Approx bool     // remove whole nodes only, and so leave some entries more
	Limit  int64    // how many entries to remove at most, 0 for all
}

// radixRecount is how many nodes Trim takes out before it leaves it to RadixNodes to count anew
// what is left: many at once would take longer.
const radixRecount = 4

// Trim removes entries and returns how many.
func (s *Stream) Trim(t StreamTrim) (removed int64) {
	nodes := len(s.nodes)
	for len(s.nodes) > 0 && (t.ByID || s.length > t.MaxLen) {
		n := &s.nodes[0]
		live, _ := n.counts()
		if t.Limit != 0 && removed+live > t.Limit {
			break
		}
		whole := t.takes(s, n, live)
		if !whole && t.Approx {
			break
		}
		s.bytes -= int64(cap(n.pack))
		if !whole {
			removed += s.trimNode(t, n)
			s.bytes += int64(cap(n.pack))
			break
		}
		if nodes-len(s.nodes) < radixRecount {
			s.radixChange(0, -1)
		} else {
			s.radix = 0
		}
		*n = streamNode{}
		s.nodes = s.nodes[1:]
		s.length -= live
		removed += live
	}
	if removed > 0 {
		s.findFirst()
	}
	return removed
}

// takes reports whether a node is to be removed as a whole.
func (t *StreamTrim) takes(s *Stream, n *streamNode, live int64) bool {
	if t.ByID {
		return n.lastID().Less(t.MinID)
	}
	return s.length-live >= t.MaxLen
}

// trimNode removes entries from within the first node.
func (s *Stream) trimNode(t StreamTrim, n *streamNode) (removed int64) {
	h := n.head()
	for at := h.entries; n.pack[at] != packTerminator; {
		e := n.entry(&h, at)
		if t.ByID && !e.ID.Less(t.MinID) || !t.ByID && s.length <= t.MaxLen {
			break
		}
		if !e.deleted() {
			n.mark(at)
			e = n.entry(&h, at)
			removed++
			s.length--
		}
		at = e.end()
	}
	n.recount(removed)
	return removed
}
