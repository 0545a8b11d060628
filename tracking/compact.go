package tracking

import "reflect"

// When most keys have left the table, its chunks are nearly empty. Then all chunks are
// retired at once, and their contents are moved to new ones: in the order of the keys, a
// few keys for each one that is taken out of the table. So no step is long, and in the
// end all chunks are full.
const (
	compactFrom  = 1 << 20 // this many bytes may always be free
	compactPart  = 8       // beyond that, one byte in so many must be in use
	compactKeys  = 4       // keys moved for each key taken
	compactCheck = 64      // the free space is checked when the number of keys is a multiple
)

// compact does one step of compaction, and begins it if most of the space is free.
func (t *tree) compact() {
	if !t.compacting {
		if t.n%compactCheck != 0 || !t.sparse() {
			return
		}
		t.retire()
	}
	for range compactKeys {
		c := cursor{t: t}
		if c.seek(t.compacted); c.next() == nil {
			t.compacting, t.compacted = false, nil
			t.each(func(p *places, _ int) { p.settle() })
			return
		}
		t.renew(c.key)
		t.compacted = append(c.key, 0) // no key is between c.key and this
	}
}

func (t *tree) retire() {
	t.compacting = true
	t.each(func(p *places, _ int) { p.retire() })
}

// renew moves the leaf of a key and the nodes on its path out of retired chunks: from the
// bottom up, so that each moves after the slot in it has been updated.
func (t *tree) renew(key []byte) {
	s := t.search(key)
	slot := s.slot
	if *slot != s.leaf {
		slot = &t.head(*slot).end
	}
	*slot = isLeaf | ref(t.leaves.renew(s.leaf.leafPlace()))
	t.pieces.renew(&t.leaf(*slot).piece)
	for i := len(t.path) - 1; i >= 0; i-- {
		slot := t.path[i].slot
		*slot = t.renewNode(*slot)
		t.pieces.renew(&t.head(*slot).piece)
	}
}

func (t *nodes) renewNode(r ref) ref {
	switch place := r.place(); r.kind() {
	case kind4:
		return kind4 | ref(t.n4.renew(place))
	case kind16:
		return kind16 | ref(t.n16.renew(place))
	case kind48:
		return kind48 | ref(t.n48.renew(place))
	default:
		return kind256 | ref(t.n256.renew(place))
	}
}

func (t *nodes) sparse() bool {
	bytes, gaps := t.memory()
	return gaps > compactFrom && bytes-gaps < bytes/compactPart
}

// memory returns the number of bytes allocated for nodes, leaves and pieces of keys, and
// how many of them are free.
func (t *nodes) memory() (bytes, gaps int) {
	t.each(func(p *places, size int) {
		room := p.chunkCount * chunkPlaces
		bytes += room * size
		gaps += (room - p.n) * size
	})
	return bytes, gaps
}

// each visits the places of all arenas, with the size of one place in bytes.
func (t *nodes) each(visit func(p *places, size int)) {
	visit(&t.n4.places, sizeOf[node4]())
	visit(&t.n16.places, sizeOf[node16]())
	visit(&t.n48.places, sizeOf[node48]())
	visit(&t.n256.places, sizeOf[node256]())
	visit(&t.leaves.places, sizeOf[leaf]())
	for class := range t.pieces.classes {
		visit(&t.pieces.classes[class].places, (class+1)*slotStep)
	}
}

func sizeOf[T any]() int { return int(reflect.TypeFor[T]().Size()) }
