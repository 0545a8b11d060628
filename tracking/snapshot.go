package tracking

import (
	"slices"

	"github.com/tattle-server/tattle/prefixtable"
)

// Snapshot is a copy of the two tables.
type Snapshot struct {
	Keys     []HeldKey              // by key, in byte order
	Prefixes []prefixtable.Snapshot // by prefix, in byte order
}

// HeldKey is a key of the tracking table with the ids of its holders, in ascending
// order. Some of these clients may be gone.
type HeldKey struct {
	Key     string
	Holders []uint64
}

// Snapshot copies the two tables. It takes time in proportion to their size.
func (t *Tracker) Snapshot() Snapshot {
	keys := make([]HeldKey, 0, t.table.len())
	t.table.under(nil, nil, func(key []byte, l *leaf) bool {
		keys = append(keys, t.table.held(key, l))
		return true
	})
	return Snapshot{Keys: keys, Prefixes: t.prefixes.Snapshot()}
}

// PrefixTable copies the prefix table, by prefix, in byte order.
func (t *Tracker) PrefixTable() []prefixtable.Snapshot { return t.prefixes.Snapshot() }

// Page copies at most n keys of the tracking table, in byte order: those that begin
// with prefix, starting at from. next is the value of from for the following page, or ""
// if this page is the last.
//
// Keys may come and go between two pages: next need not exist any more.
//
// A page takes time in proportion to the lengths of from, of prefix, and of the keys in
// it. No other keys are visited.
func (t *Tracker) Page(from, prefix string, n int) (keys []HeldKey, next string) {
	t.table.under([]byte(prefix), []byte(from), func(key []byte, l *leaf) bool {
		if len(keys) >= n {
			next = string(key)
			return false
		}
		keys = append(keys, t.table.held(key, l))
		return true
	})
	return keys, next
}

func (t *table) held(key []byte, l *leaf) HeldKey {
	h := t.sets.of(l.holders)
	return HeldKey{string(key), slices.AppendSeq(make([]uint64, 0, h.len()), h.all())}
}

// Holds reports whether a client is a holder of a key.
func (t *Tracker) Holds(key []byte, client uint64) bool { return t.table.holds(key, client) }

// Evict takes n random keys out of the tracking table as if it were over its limit. It
// returns how many it took out, which is fewer if the table had fewer.
func (t *Tracker) Evict(n int) int {
	done := 0
	for ; done < n && t.table.len() > 0; done++ {
		t.tellHolders(t.table.random(t.rand), Limit)
	}
	return done
}

// Has reports whether a key is in the tracking table.
func (t *Tracker) Has(key []byte) bool { return t.table.has(key) }

// EvictKey takes a key out of the tracking table as if that were over its limit.
func (t *Tracker) EvictKey(key []byte) { t.tellHolders(key, Limit) }

// Check returns an error that describes the first inconsistency in the tracking table, or
// nil. It is meant for tests, and takes time in proportion to the size of the table.
func (t *Tracker) Check() error { return t.table.check() }
