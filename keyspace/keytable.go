package keyspace

// keyTable holds the keys of a database. It is a [Dict] whose elements know their own name
// and slot. Finding one waits for memory three times, if none is in a cache: for its place in
// the index, its slot, and the entry, which has the name.
//
// The zero keyTable is empty and ready.
type keyTable struct {
	index *index // nil while nothing was put
	slots slots[*Entry]
}

func (e *Entry) live() bool { return e != nil }

func (t *keyTable) len() int { return t.slots.len() }

func (t *keyTable) get(key []byte) *Entry {
	if t.len() == 0 {
		return nil
	}
	hash := hashOf(key)
	i, ok := t.index.bucket(hash).find(hash, func(i uint32) bool { return t.slots.list[i].key == string(key) })
	if !ok {
		return nil
	}
	return t.slots.list[i]
}

// put adds an entry whose key is not in the table yet.
func (t *keyTable) put(e *Entry) {
	if t.index == nil {
		t.index = newIndex()
	}
	e.slot = t.slots.add(e)
	t.index.add(hashOf(e.Key()), e.slot)
}

func (t *keyTable) remove(e *Entry) {
	t.index.remove(hashOf(e.Key()), e.slot)
	if t.slots.remove(e.slot) {
		t.index = newIndex()
		t.slots.compact(func(e *Entry, to uint32) {
			e.slot = to
			t.index.add(hashOf(e.Key()), to)
		})
	}
}
