package tracking

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"iter"
	"math/rand/v2"
	"slices"
)

// table is the tracking table: key -> ids of the clients that may hold it.
//
// A lookup is by whole key, and the table's limit needs a key picked at random. So
// entries stand in a row, found by the hash of their key; removing one moves the
// last into the gap. A radix tree would answer neither better, at the price of a
// node and an edge for each key; prefixes, where a tree is right, have their own
// table.
type table struct {
	seed   maphash.Seed
	index  index
	keys   keyStore
	chunks []*[chunkEntries]entry // all full but the last ones
	n      int
	items  int // ids summed over the keys
}

type entry struct {
	key     keyRef
	holders holders
	hash    uint32 // of key, so that an entry can be moved without a look at it
}

// chunkEntries makes a chunk 4 KiB. In chunks the entries never move to a larger
// place all at once.
const chunkEntries = 128

func newTable() table { return table{seed: maphash.MakeSeed()} }

func (t *table) len() int { return t.n }

func (t *table) at(i uint32) *entry { return &t.chunks[i/chunkEntries][i%chunkEntries] }

// all yields the keys with their holders.
func (t *table) all() iter.Seq2[string, *holders] {
	return func(yield func(string, *holders) bool) {
		for i := range uint32(t.n) {
			if e := t.at(i); !yield(string(t.keys.at(e.key)), &e.holders) {
				return
			}
		}
	}
}

// find returns the hash of a key and, if the key is there, its place.
func (t *table) find(key []byte) (hash, place uint32, ok bool) {
	hash = uint32(maphash.Bytes(t.seed, key))
	place, ok = t.index.find(hash, func(place uint32) bool { return bytes.Equal(t.keys.at(t.at(place).key), key) })
	return hash, place, ok
}

// remember adds a holder to a key and reports whether it is new there.
func (t *table) remember(key []byte, id uint64) bool {
	hash, place, ok := t.find(key)
	if !ok {
		place = uint32(t.n)
		if t.n == len(t.chunks)*chunkEntries {
			t.chunks = append(t.chunks, new([chunkEntries]entry))
		}
		t.n++
		*t.at(place) = entry{key: t.keys.put(key), hash: hash}
		t.index.add(hash, place)
	}
	if !t.at(place).holders.add(id) {
		return false
	}
	t.items++
	return true
}

// take removes a key and returns its holders.
func (t *table) take(key []byte) (holders, bool) {
	hash, place, ok := t.find(key)
	if !ok {
		return holders{}, false
	}
	gap := t.at(place)
	h := gap.holders
	t.items -= h.len()
	t.keys.drop(gap.key)
	t.index.remove(hash, place)
	t.n--
	last := t.at(uint32(t.n))
	if gap != last {
		*gap = *last
		t.index.move(gap.hash, uint32(t.n), place)
	}
	*last = entry{}
	if spare := len(t.chunks) - 2; spare >= 0 && t.n <= spare*chunkEntries {
		t.chunks[spare+1] = nil
		t.chunks = t.chunks[:spare+1]
	}
	if t.index.sparse(t.n) || t.keys.sparse() {
		t.compact()
	}
	return h, true
}

// compact makes index and keys anew, without the room for what is gone.
func (t *table) compact() {
	old := t.keys
	t.index, t.keys = index{}, keyStore{}
	for i := range uint32(t.n) {
		e := t.at(i)
		e.key = t.keys.put(old.at(e.key))
		t.index.add(e.hash, i)
	}
}

// holds reports whether a client is a holder of a key.
func (t *table) holds(key []byte, id uint64) bool {
	_, place, ok := t.find(key)
	return ok && t.at(place).holders.has(id)
}

// random returns a key, each as likely as the others. The table must not be
// empty.
func (t *table) random(r *rand.Rand) string { return string(t.keys.at(t.at(uint32(r.IntN(t.n))).key)) }

// clear drops everything at once: the memory is the garbage collector's
// business, not the loop's.
func (t *table) clear() { *t = table{seed: t.seed} }

// check looks whether index, entries and items agree.
func (t *table) check() error {
	indexed, items := 0, 0
	seen := map[*segment]bool{}
	for _, s := range t.index.directory {
		if !seen[s] {
			seen[s] = true
			indexed += s.used
		}
	}
	if indexed != t.n || len(seen) != t.index.segments {
		return fmt.Errorf("tracking: %d keys in %d segments of the index, %d in the table", indexed, len(seen), t.n)
	}
	for i := range uint32(t.n) {
		e := t.at(i)
		key := t.keys.at(e.key)
		if _, at, ok := t.find(key); !ok || at != i {
			return fmt.Errorf("tracking: key %q is not where the index says", key)
		}
		ids := slices.Collect(e.holders.all())
		if !slices.IsSorted(ids) || len(ids) == 0 || ids[0] == 0 || len(ids) != e.holders.len() {
			return fmt.Errorf("tracking: key %q has the holders %v", key, ids)
		}
		items += len(ids)
	}
	if items != t.items {
		return fmt.Errorf("tracking: %d items are counted, there are %d", t.items, items)
	}
	return nil
}
