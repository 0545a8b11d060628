package keyspace

// Redis frees a large value in a thread of its own if it was removed by UNLINK, or if a
// setting says so of other removals. Here the garbage collector frees all values, so this
// only counts what Redis would (lazyfreed_objects of INFO).

// LazyFree says which removals, besides those of UNLINK, are to count: the settings
// lazyfree-lazy-*.
type LazyFree struct {
	UserDel   bool // DEL
	ServerDel bool // a key that another command removes or overwrites
	Expire    bool
	Eviction  bool
}

// lazyFreeMin is the effort up to which Redis frees a value at once.
const lazyFreeMin = 64

// countLazily counts the value of an entry that goes, if lazy is set and the value is large.
func (db *DB) countLazily(e *Entry, lazy bool) {
	if lazy && e.obj != nil && freeEffort(e.obj, &db.ks.Limits) > lazyFreeMin {
		db.ks.Stats.LazyFreed++
	}
}

// Overwritten counts the value of an entry that is about to get another one.
func (db *DB) Overwritten(e *Entry) { db.countLazily(e, db.ks.LazyFree.ServerDel) }

// freeEffort returns about how many pieces of memory Redis frees with a value.
func freeEffort(v Value, l *Limits) int {
	switch v := v.(type) {
	case *List:
		nodes, _ := v.Nodes(l)
		return nodes
	case *Set:
		return piecesOf(v, l, "hashtable", v.Len())
	case *ZSet:
		return piecesOf(v, l, "skiplist", v.Len())
	case *Hash:
		return piecesOf(v, l, "hashtable", v.Len())
	case *Stream:
		return v.freeEffort()
	}
	return 1
}

// piecesOf returns n for a value whose elements are pieces of memory by themselves.
func piecesOf(v Value, l *Limits, loose string, n int) int {
	if v.Encoding(l) == loose {
		return n
	}
	return 1
}

// freeEffort counts the root and the nodes, and for each group itself and what is pending.
// As in Redis the first group stands for all.
func (s *Stream) freeEffort() int {
	n := 1 + len(s.nodes)
	if len(s.groups) > 0 {
		n += len(s.groups) * (1 + s.groups[0].PendingLen())
	}
	return n
}
