package tracking

import (
	"cmp"
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
	s := Snapshot{Keys: make([]HeldKey, 0, t.table.len()), Prefixes: t.prefixes.Snapshot()}
	for key, holders := range t.table.all() {
		s.Keys = append(s.Keys, HeldKey{key, slices.Collect(holders.all())})
	}
	slices.SortFunc(s.Keys, func(a, b HeldKey) int { return cmp.Compare(a.Key, b.Key) })
	return s
}

// Holds reports whether a client is a holder of a key.
func (t *Tracker) Holds(key []byte, client uint64) bool { return t.table.holds(key, client) }

// Evict takes n random keys out of the tracking table as if it were over its
// limit, and returns how many there were.
func (t *Tracker) Evict(n int) int {
	done := 0
	for ; done < n && t.table.len() > 0; done++ {
		t.tellHolders([]byte(t.table.random(t.rand)), Limit)
	}
	return done
}

// Check tells what is out of step in the tables, or nil: it is for tests, and
// costs as much as the tables are large.
func (t *Tracker) Check() error { return t.table.check() }
