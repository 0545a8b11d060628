package keyspace

import (
	"iter"
	"slices"
	"unsafe"
)

// streamNode is a run of entries in one listpack (listpack.go), in the form that Redis has
// in its payloads:
//
//	live deleted fields name... 0      the head: how many entries there are and how many of
//	                                   them were deleted, and the names in the first one
//	flags ms seq value... parts        an entry with the same names, or
//	flags ms seq fields name value name value... parts
//
// ms and seq count from the id of the node. parts is how many elements the entry has before
// it, so that entries can be read from behind; the 0 says that none is before. Once made, the
// head changes in its counts only.
type streamNode struct {
	id   StreamID // of its first entry, deleted or not
	pack []byte
}

// The flags of an entry.
const (
	entryDeleted   = 1
	entrySameNames = 2
)

// nodeHead is the head of a node, taken apart: where its names begin, how many they are, and
// where the entries begin.
type nodeHead struct {
	names, fields, entries int
}

// newStreamNode makes a node for an entry of that many bytes, which is still to be added.
func newStreamNode(id StreamID, words [][]byte, size int) streamNode {
	p := newPack(packHeader + 2*size + 16 + 8*len(words))
	p = packInt(p, 0)
	p = packInt(p, 0)
	p = packInt(p, int64(len(words)/2))
	for i := 0; i < len(words); i += 2 {
		p = appendPacked(p, textOf(words[i]))
	}
	return streamNode{id, closePack(packInt(p, 0), len(words)/2+4)}
}

// textOf returns bytes as a string that is valid as long as they do not change.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// counts returns how many entries there are, and how many more were deleted.
func (n *streamNode) counts() (live, deleted int64) {
	live, i := packedInt64(n.pack, packHeader)
	deleted, _ = packedInt64(n.pack, i)
	return live, deleted
}

// setCounts replaces both.
func (n *streamNode) setCounts(live, deleted int64) {
	n.pack = replaceInt(n.pack, packHeader, live)
	n.pack = replaceInt(n.pack, packedNext(n.pack, packHeader), deleted)
}

// recount notes that entries were marked as deleted.
func (n *streamNode) recount(marked int64) {
	live, deleted := n.counts()
	n.setCounts(live-marked, deleted+marked)
}

func (n *streamNode) head() (h nodeHead) {
	i := packedNext(n.pack, packedNext(n.pack, packHeader))
	fields, i := packedInt64(n.pack, i)
	h.names, h.fields = i, int(fields)
	for range h.fields {
		i = packedNext(n.pack, i)
	}
	h.entries = packedNext(n.pack, i) // behind the 0
	return h
}

// mostNodeRoom is the most bytes that a node gets at once beyond what it needs.
const mostNodeRoom = 4096

// add adds an entry of that many bytes.
func (n *streamNode) add(id StreamID, words [][]byte, size int) {
	live, deleted := n.counts()
	n.setCounts(live+1, deleted)
	flags, parts := int64(0), len(words)+4
	if n.sameNames(words) {
		flags, parts = entrySameNames, len(words)/2+3
	}
	p := openPack(n.pack)
	if need := size + 8*len(words) + 40; cap(p)-len(p) < need {
		p = slices.Grow(p, need+min(len(p), mostNodeRoom))
	}
	p = packInt(p, flags)
	ms, seq := id.minus(n.id)
	p = packInt(packInt(p, ms), seq)
	if flags == 0 {
		p = packInt(p, int64(len(words)/2))
	}
	for i, w := range words {
		if flags == 0 || i%2 == 1 {
			p = appendPacked(p, textOf(w))
		}
	}
	n.pack = closePack(packInt(p, int64(parts)), parts+1)
}

// sameNames reports whether the fields among words are those in the head.
func (n *streamNode) sameNames(words [][]byte) bool {
	i := packedNext(n.pack, packedNext(n.pack, packHeader))
	fields, i := packedInt64(n.pack, i)
	if int64(len(words)/2) != fields {
		return false
	}
	for w := 0; w < len(words); w += 2 {
		if !packedEquals(n.pack, i, words[w]) {
			return false
		}
		i = packedNext(n.pack, i)
	}
	return true
}

// mark marks the entry at a place as deleted.
func (n *streamNode) mark(at int) {
	flags, _ := packedInt64(n.pack, at)
	n.pack = replaceInt(n.pack, at, flags|entryDeleted)
}

// lastID returns the id of the last entry, deleted or not.
func (n *streamNode) lastID() StreamID {
	h := n.head()
	at, ok := n.before(len(n.pack) - 1)
	if !ok {
		return n.id
	}
	return n.entry(&h, at).ID
}

// before returns the place of the entry that ends before i; ok is false if the head does.
func (n *streamNode) before(i int) (at int, ok bool) {
	i = packedPrev(n.pack, i)
	parts, _ := packedInt64(n.pack, i)
	for range parts {
		i = packedPrev(n.pack, i)
	}
	return i, parts > 0
}

// StreamEntry is an entry of a stream. It is valid until the stream changes.
type StreamEntry struct {
	ID StreamID

	pack         []byte
	flags        int64
	at, data     int // where the entry begins, and its first name or value
	names, pairs int // where the names begin, if they are those of the head
	scratch      *[2][24]byte
}

// entry reads the entry at a place.
func (n *streamNode) entry(h *nodeHead, at int) StreamEntry {
	e := StreamEntry{pack: n.pack, at: at, pairs: h.fields}
	var ms, seq int64
	e.flags, at = packedInt64(n.pack, at)
	ms, at = packedInt64(n.pack, at)
	seq, at = packedInt64(n.pack, at)
	e.ID = n.id.plus(ms, seq)
	if e.flags&entrySameNames != 0 {
		e.names = h.names
	} else {
		pairs, next := packedInt64(n.pack, at)
		e.pairs, at = int(pairs), next
	}
	e.data = at
	return e
}

func (e *StreamEntry) deleted() bool { return e.flags&entryDeleted != 0 }

// end returns the place behind the entry.
func (e *StreamEntry) end() int {
	i := e.data
	n := e.pairs + 1
	if e.names == 0 {
		n += e.pairs
	}
	for range n {
		i = packedNext(e.pack, i)
	}
	return i
}

// Len returns the number of fields.
func (e *StreamEntry) Len() int { return e.pairs }

// Pairs yields the fields with their values, which are valid until the next pair of any
// entry of the stream.
func (e *StreamEntry) Pairs() iter.Seq2[[]byte, []byte] {
	return func(yield func(field, value []byte) bool) {
		name, i := e.names, e.data
		for range e.pairs {
			var field, value []byte
			if e.names != 0 {
				field, name = packedText(e.pack, name, e.scratch[0][:])
			} else {
				field, i = packedText(e.pack, i, e.scratch[0][:])
			}
			value, i = packedText(e.pack, i, e.scratch[1][:])
			if !yield(field, value) {
				return
			}
		}
	}
}

// Range yields the entries from first to last, both included, in their order. The stream
// must not change meanwhile.
func (s *Stream) Range(first, last StreamID) iter.Seq[StreamEntry] {
	return func(yield func(StreamEntry) bool) {
		for i := s.nodeOf(first); i < len(s.nodes); i++ {
			n := &s.nodes[i]
			h := n.head()
			for at := h.entries; n.pack[at] != packTerminator; {
				e := n.entry(&h, at)
				if last.Less(e.ID) || !e.deleted() && !e.ID.Less(first) && !s.yield(e, yield) {
					return
				}
				at = e.end()
			}
		}
	}
}

// Backward is Range in the opposite order.
func (s *Stream) Backward(first, last StreamID) iter.Seq[StreamEntry] {
	return func(yield func(StreamEntry) bool) {
		for i := min(s.nodeOf(last), len(s.nodes)-1); i >= 0; i-- {
			n := &s.nodes[i]
			h := n.head()
			for at, ok := n.before(len(n.pack) - 1); ok; at, ok = n.before(at) {
				e := n.entry(&h, at)
				if e.ID.Less(first) || !e.deleted() && !last.Less(e.ID) && !s.yield(e, yield) {
					return
				}
			}
		}
	}
}

func (s *Stream) yield(e StreamEntry, yield func(StreamEntry) bool) bool {
	e.scratch = &s.scratch
	return yield(e)
}
