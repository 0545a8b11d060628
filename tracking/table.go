package tracking

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// table is the tracking table: key -> ids of the clients that may hold it.
//
// A lookup is by whole key, and the table's limit needs a key picked at random,
// so it is a Go map into a slice, where removing moves the last entry into the
// gap. A radix tree would answer neither better, at the price of a node and an edge
// for each key; prefixes, where a tree is right, have their own table.
type table struct {
	index   map[string]uint32
	entries []entry
	items   int // ids summed over the keys
}

type entry struct {
	key     string
	holders holders
}

// holders is a set of client ids. Most keys have one holder, which stands in
// place; more stand in a slice, ascending, so that each costs 8 bytes and
// membership a binary search. Ids grow, so a new holder is mostly appended.
type holders struct {
	one  uint64    // the holder if there is only one, else 0
	many *[]uint64 // all of them if there are more
}

// add adds an id and tells whether it is new.
func (h *holders) add(id uint64) bool {
	switch {
	case h.many != nil:
		return insert(h.many, id)
	case h.one == 0:
		h.one = id
	case h.one == id:
		return false
	default:
		ids := []uint64{min(h.one, id), max(h.one, id)}
		h.one, h.many = 0, &ids
	}
	return true
}

func insert(ids *[]uint64, id uint64) bool {
	i, there := slices.BinarySearch(*ids, id)
	if there {
		return false
	}
	if n := len(*ids); n == cap(*ids) {
		// An eighth more, not twice as much: tables are large and sets small.
		*ids = append(make([]uint64, 0, n+max(n/8, 2)), *ids...)
	}
	*ids = slices.Insert(*ids, i, id)
	return true
}

// list returns the ids, ascending. buf spares an allocation for a single one.
func (h *holders) list(buf *[1]uint64) []uint64 {
	if h.many != nil {
		return *h.many
	}
	buf[0] = h.one
	return buf[:]
}

func (h *holders) len() int {
	if h.many != nil {
		return len(*h.many)
	}
	return 1
}

func (t *table) len() int { return len(t.entries) }

// remember adds a holder to a key and tells whether it is new there.
func (t *table) remember(key []byte, id uint64) bool {
	i, ok := t.index[string(key)]
	if !ok {
		if t.index == nil {
			t.index = make(map[string]uint32)
		}
		owned := strings.Clone(string(key))
		t.index[owned] = uint32(len(t.entries))
		t.entries = append(t.entries, entry{owned, holders{one: id}})
		t.items++
		return true
	}
	if !t.entries[i].holders.add(id) {
		return false
	}
	t.items++
	return true
}

// take removes a key and returns its holders.
func (t *table) take(key []byte) (holders, bool) {
	i, ok := t.index[string(key)]
	if !ok {
		return holders{}, false
	}
	h := t.entries[i].holders
	t.items -= h.len()
	delete(t.index, string(key))
	last := len(t.entries) - 1
	if int(i) < last {
		t.entries[i] = t.entries[last]
		t.index[t.entries[i].key] = i
	}
	t.entries[last] = entry{}
	t.entries = t.entries[:last]
	return h, true
}

// random returns a key, each as likely as the others. The table must not be
// empty.
func (t *table) random(r *rand.Rand) string { return t.entries[r.IntN(len(t.entries))].key }

// clear drops everything at once: the memory is the garbage collector's
// business, not the loop's.
func (t *table) clear() { *t = table{} }

// check looks whether index, entries and items agree.
func (t *table) check() error {
	if len(t.index) != len(t.entries) {
		return fmt.Errorf("tracking: %d keys in the index, %d in the table", len(t.index), len(t.entries))
	}
	items := 0
	for i := range t.entries {
		e := &t.entries[i]
		if at, ok := t.index[e.key]; !ok || int(at) != i {
			return fmt.Errorf("tracking: key %q is not where the index says", e.key)
		}
		var buf [1]uint64
		if ids := e.holders.list(&buf); !slices.IsSorted(ids) || len(ids) == 0 || ids[0] == 0 {
			return fmt.Errorf("tracking: key %q has the holders %v", e.key, ids)
		}
		items += e.holders.len()
	}
	if items != t.items {
		return fmt.Errorf("tracking: %d items are counted, there are %d", t.items, items)
	}
	return nil
}
