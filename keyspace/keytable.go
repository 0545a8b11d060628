package keyspace

// keyTable holds the keys of a database. It is a [Dict] whose elements know their
// own name and slot, so that finding one does not touch the slots: the main cost of
// a GET is memory that is in no cache.
type keyTable struct {
	index map[string]*Entry
	slots slots[*Entry]
}

func (e *Entry) live() bool { return e != nil }

func (t *keyTable) len() int { return t.slots.len() }

func (t *keyTable) get(key []byte) *Entry { return t.index[string(key)] }

// put adds an entry whose key is not in the table yet.
func (t *keyTable) put(e *Entry) {
	if t.index == nil {
		t.index = make(map[string]*Entry)
	}
	t.index[e.key] = e
	e.slot = t.slots.add(e)
}

func (t *keyTable) remove(e *Entry) {
	delete(t.index, e.key)
	if t.slots.remove(e.slot) {
		t.index = make(map[string]*Entry, t.len())
		t.slots.compact(func(e *Entry, to uint32) {
			e.slot = to
			t.index[e.key] = e
		})
	}
}
