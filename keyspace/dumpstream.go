package keyspace

import (
	"encoding/binary"
	"slices"
)

// Streams in payloads: the nodes as they are, what the stream knows of its ids, and the
// groups, each with all that is pending and then with its consumers, who name what is
// pending for them.

// stream writes the nodes of a stream as they are, and its groups.
func (w *dumpWriter) stream(s *Stream) {
	w.kind(rdbStream3)
	w.count(len(s.nodes))
	for _, n := range s.nodes {
		w.string(textOf(rawID(nil, n.id)))
		w.string(textOf(n.pack))
	}
	w.len(uint64(s.length))
	w.id(s.Last)
	w.id(s.First)
	w.id(s.MaxDeleted)
	w.len(uint64(s.Added))
	w.count(len(s.groups))
	for _, g := range s.groups {
		w.group(g)
	}
}

func (w *dumpWriter) rawID(id StreamID) { w.b = rawID(w.b, id) }

func (w *dumpWriter) id(id StreamID) {
	w.len(id.Ms)
	w.len(id.Seq)
}

// rawID appends an id as 16 bytes.
func rawID(b []byte, id StreamID) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, id.Ms), id.Seq)
}

func (w *dumpWriter) group(g *Group) {
	w.string(g.Name)
	w.id(g.LastID)
	w.len(uint64(g.Read))
	w.count(g.pending.len())
	g.pending.each(StreamID{}, func(p *Pending) bool {
		w.rawID(p.ID)
		w.wide(uint64(p.Delivered))
		w.len(uint64(p.Count))
		return true
	})
	w.count(len(g.consumers))
	for _, c := range g.consumers {
		w.string(c.Name)
		w.wide(uint64(c.Seen))
		w.wide(uint64(c.Active))
		w.count(c.pending.len())
		c.pending.each(StreamID{}, func(id *StreamID) bool {
			w.rawID(*id)
			return true
		})
	}
}

// stream reads a stream of one of the three types. Nothing that it returns can be inconsistent
// in itself: Redis checks as much only if sanitize-dump-payload says so.
func (r *dumpReader) stream(kind byte) *Stream {
	s := &Stream{}
	live := r.streamNodes(s)
	s.length = int64(r.length())
	s.Last = r.streamID()
	if kind == rdbStream {
		s.findFirst()
		s.Added = s.length
	} else {
		s.First, s.MaxDeleted = r.streamID(), r.streamID()
		s.Added = int64(r.length())
	}
	if top, _ := s.LastEntry(); s.length != live || s.Last.Less(top) {
		r.fail()
	}
	for n := r.entries(4); n > 0 && !r.failed; n-- {
		r.group(s, kind)
	}
	return s
}

// entries takes a count, of which each takes at least that many bytes. It may be 0.
func (r *dumpReader) entries(each uint64) int {
	n := r.length()
	if n > uint64(len(r.b))/each {
		r.fail()
		return 0
	}
	return int(n)
}

// streamID takes an id that is written as two lengths, rawStreamID one of 16 bytes.
func (r *dumpReader) streamID() StreamID    { return StreamID{r.length(), r.length()} }
func (r *dumpReader) rawStreamID() StreamID { return StreamID{r.big(8), r.big(8)} }

// streamNodes takes the nodes and returns the number of their entries. The ids of all
// entries must ascend.
func (r *dumpReader) streamNodes(s *Stream) (live int64) {
	var last StreamID
	for n := r.entries(16); n > 0; n-- {
		key := dumpReader{b: r.string()}
		node := streamNode{key.rawStreamID(), slices.Clone(r.string())}
		if r.failed || key.failed || len(key.b) > 0 || len(s.nodes) > 0 && !last.Less(node.id) {
			r.fail()
			return 0
		}
		in := dumpReader{b: node.pack}
		last = in.streamNode(node.id)
		if in.failed {
			r.fail()
			return 0
		}
		s.nodes = append(s.nodes, node)
		s.bytes += int64(cap(node.pack))
		n, _ := node.counts()
		live += n
	}
	return live
}

// streamNode checks a node and returns the id of its last entry.
func (r *dumpReader) streamNode(base StreamID) (last StreamID) {
	size := len(r.b)
	total, count := r.little(4), r.little(2)
	live, deleted, fields := r.packInt(), r.packInt(), r.packInt()
	parts := 4 + r.packWords(fields)
	if r.packInt() != 0 || live < 0 || deleted < 0 || live > int64(size) || deleted > int64(size) {
		r.fail()
	}
	least, ok := base, true
	for n := live + deleted; n > 0 && !r.failed; n-- {
		gone, id, size := r.streamEntry(base, fields)
		if !ok || id.Less(least) {
			r.fail()
		}
		if gone {
			deleted--
		} else {
			live--
		}
		parts += size
		last = id
		least, ok = id.Next()
	}
	if live != 0 || deleted != 0 || total != uint64(size) || count != manyElements && count != uint64(parts) ||
		r.byte() != packTerminator || len(r.b) != 0 {
		r.fail()
	}
	return last
}

// streamEntry takes an entry of a node with that many fields. It returns whether it was
// deleted, its id, and the number of its elements.
func (r *dumpReader) streamEntry(base StreamID, fields int64) (gone bool, id StreamID, parts int) {
	flags := r.packInt()
	id = base.plus(r.packInt(), r.packInt())
	words, parts := fields, 3
	if flags&entrySameNames == 0 {
		if words, parts = r.packInt(), 4; words > int64(len(r.b)) {
			r.fail()
			return
		}
		words *= 2
	}
	parts += r.packWords(words)
	if r.packInt() != int64(parts) {
		r.fail()
	}
	return flags&entryDeleted != 0, id, parts + 1
}

// packInt takes an element of a listpack that must be an integer.
func (r *dumpReader) packInt() int64 {
	if len(r.b) == 0 || r.b[0] >= 0x80 && r.b[0] < 0xc0 || r.b[0] >= 0xe0 && r.b[0] < 0xf1 || r.b[0] > 0xf4 {
		r.fail()
		return 0
	}
	all := r.b
	if r.packWords(1); r.failed {
		return 0
	}
	n, _ := packedInt64(all, 0)
	return n
}

// packWords takes n elements of a listpack, whatever they are, and returns n.
func (r *dumpReader) packWords(n int64) int {
	if n < 0 || n > int64(len(r.b)) {
		r.fail()
	}
	for i := int64(0); i < n && !r.failed; i++ {
		before := len(r.b)
		r.listpackElement()
		r.backLen(before - len(r.b))
	}
	return int(n)
}

// group takes a group.
func (r *dumpReader) group(s *Stream, kind byte) {
	name, last := r.string(), r.streamID()
	read := int64(0)
	if kind == rdbStream {
		read = s.distance(last)
	} else {
		read = int64(r.length())
	}
	if r.failed || !s.CreateGroup(name, last, read) {
		r.fail()
		return
	}
	g := s.Group(name)
	for n := r.entries(16 + 8 + 1); n > 0; n-- {
		p := Pending{ID: r.rawStreamID(), Delivered: r.signed(8), Count: int64(r.length())}
		if r.failed || g.pending.get(p.ID) != nil {
			r.fail()
			return
		}
		g.pending.put(p)
		s.held += pendingOverhead
	}
	owned := 0
	for n := r.entries(1 + 8 + 1); n > 0 && !r.failed; n-- {
		owned += r.consumer(g, kind)
	}
	if owned != g.pending.len() { // something is pending for nobody
		r.fail()
	}
}

// consumer takes a consumer and returns how many entries are pending for it.
func (r *dumpReader) consumer(g *Group, kind byte) int {
	c, created := g.CreateConsumer(r.string(), 0)
	if !created {
		r.fail()
		return 0
	}
	c.Seen = r.signed(8)
	if c.Active = c.Seen; kind == rdbStream3 {
		c.Active = r.signed(8)
	}
	for n := r.entries(16); n > 0; n-- {
		p := g.pending.get(r.rawStreamID())
		if r.failed || p == nil || p.Consumer != nil {
			r.fail()
			return 0
		}
		p.Consumer = c
		c.pending.put(p.ID)
	}
	return c.pending.len()
}
