package tracking

import (
	"slices"

	"github.com/tattle-server/tattle/prefixtable"
)

// Snapshot is the two tables as they stand, copied: for those who want to see
// them.
type Snapshot struct {
	Keys     []HeldKey              // by key, in byte order
	Prefixes []prefixtable.Snapshot // by prefix, in byte order
}

// HeldKey is a key of the tracking table with the ids of its holders, ascending.
// Some may be of clients that are gone.
type HeldKey struct {
	Key     string
	Holders []uint64
}

// Snapshot copies the two tables. It costs as much as they are large.
func (t *Tracker) Snapshot() Snapshot {
	keys := make([]HeldKey, 0, t.table.len())
	t.table.under(nil, nil, func(key []byte, l *leaf) bool {
		keys = append(keys, t.table.held(key, l))
		return true
	})
	return Snapshot{Keys: keys, Prefixes: t.prefixes.Snapshot()}
}

// Page copies at most n keys of the tracking table, in byte order: those that begin
// with prefix, at or after from. next is the key that the following page is from, ""
// where this one is the last.
//
// Keys that come and go between two pages do no harm: next need not be there any more.
//
// The tree leads to the first key; others are not looked at. So a page costs the
// length of from and prefix, and of each key that is in it.
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

// Evict takes n random keys out of the tracking table as if it were over its
// limit, and returns how many there were.
func (t *Tracker) Evict(n int) int {
	done := 0
	for ; done < n && t.table.len() > 0; done++ {
		t.tellHolders(t.table.random(t.rand), Limit)
	}
	return done
}

// Check tells what is out of step in the tables, or nil: it is for tests, and
// costs as much as the tables are large.
func (t *Tracker) Check() error { return t.table.check() }
