package tracking

import "reflect"

// A table of which most keys have left has chunks that are nearly empty. They are
// retired, all at once, and what is in them is compacted in new ones, a few keys with
// each one that is taken, in their order: no step is long, and at the end all that is
// left are chunks that are full.
const (
	compactFrom  = 1 << 20 // bytes that may always be empty
	compactPart  = 8       // else one in so many must not be
	compactKeys  = 4       // how many keys are moved for one that is taken
	compactCheck = 64      // how many keys are taken between two looks
)

// compact does a step, if there is anything to do.
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
		t.compacted = append(c.key, 0) // where the next one is, or after it
	}
}

func (t *tree) retire() {
	t.compacting = true
	t.each(func(p *places, _ int) { p.retire() })
}

// renew moves what a key consists of out of retired chunks: the leaf first, since a
// node that moves takes along what it refers to.
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

// memory returns the bytes that nodes, leaves and pieces of keys take, and how many of
// them are free.
func (t *nodes) memory() (bytes, gaps int) {
	t.each(func(p *places, size int) {
		room := p.chunkCount * chunkPlaces
		bytes += room * size
		gaps += (room - p.n) * size
	})
	return bytes, gaps
}

// each visits all places, with the bytes that one takes.
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
