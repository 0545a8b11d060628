package tracking

import "math/rand/v2"

// table is the tracking table: key -> ids of the clients that may hold it. The keys
// form a tree, and its leaves have the ids.
type table struct {
	tree
	sets  sets
	items int // ids summed over the keys
}

func (t *table) len() int { return t.n }

// remember adds a holder to a key and reports whether the key did not have it before.
func (t *table) remember(key []byte, id uint64) bool {
	s := t.search(key)
	l := t.found(s)
	if l == nil {
		l = t.insert(s)
	}
	if !t.sets.add(&l.holders, id) {
		return false
	}
	t.items++
	return true
}

// take removes a key and returns its holders.
func (t *table) take(key []byte) (holders, bool) {
	s := t.search(key)
	l := t.found(s)
	if l == nil {
		return holders{}, false
	}
	h := t.sets.take(l.holders)
	t.items -= h.len()
	t.remove(s)
	t.compact()
	return h, true
}

// fits reports whether there is room for one more key in a tree of so many nodes and
// leaves. A key adds a leaf, a node above it, and a chain of nodes if it is long.
func (t *table) fits(key []byte, capacity int) bool {
	return t.count()+len(key)/pieceMax+2 <= capacity
}

// has reports whether a key is in the table.
func (t *table) has(key []byte) bool { return t.search(key).leaf != 0 }

// holds reports whether a client is a holder of a key.
func (t *table) holds(key []byte, id uint64) bool {
	l := t.found(t.search(key))
	if l == nil {
		return false
	}
	h := t.sets.of(l.holders)
	return h.has(id)
}

// random returns a random key, each as likely as any other. The key is valid until the
// next call. The table must not be empty.
func (t *table) random(r *rand.Rand) []byte { return t.at(r.IntN(t.n)) }

// clear drops everything at once. The garbage collector frees the memory, so the loop
// spends no time on it.
func (t *table) clear() { *t = table{} }
