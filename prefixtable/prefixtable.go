// Package prefixtable is the table behind tracking's BCAST mode: which clients
// subscribed to which prefixes, and which keys under each prefix changed since
// the last cycle of the server.
//
// Its one idea: prefixes are kept in a radix tree, so the prefixes of a changed key
// are the leaves on the path from the root down to it. Finding them costs the
// length of the key, however many prefixes there are. Servers that scan all
// prefixes on every write pay for each.
//
//	        ""            all keys
//	      /    \
//	 "user:"  "order:"
//	    |
//	"user:1"              a change of user:17 marks "", user: and user:1
//
// It knows clients only by their ids, and it sends nothing: its owner drains it at
// the end of a cycle.
package prefixtable

import (
	"cmp"
	"slices"
	"strings"
	"unsafe"

	"github.com/armon/go-radix"
)

// Table maps prefixes to their subscribers and to the keys changed since the
// last Drain. The zero Table is not ready: use New.
type Table struct {
	tree  *radix.Tree     // prefix -> *subscription
	dirty []*subscription // those with changes, in no order

	// What mark needs. WalkPath takes a function; kept here, it is made once and
	// not for each change.
	mark   radix.WalkFn
	key    []byte
	owned  string // a copy of key, made when the first prefix needs it
	writer uint64
	// covered is set if any prefix covers the key.
	covered bool
}

// subscription is one prefix with its subscribers and changes.
type subscription struct {
	name        string
	subscribers []uint64          // ascending
	changed     map[string]uint64 // key -> who changed it last
	place       int               // in Table.dirty, while there are changes
}

// Change is a key that changed, with the id of the client that changed it last, or
// 0 if it was not a client (expiry, eviction).
type Change struct {
	Key    string
	Writer uint64
}

// New makes an empty table.
func New() *Table {
	t := &Table{tree: radix.New()}
	t.mark = t.markPrefix
	return t
}

// Len returns the number of prefixes that have subscribers.
func (t *Table) Len() int { return t.tree.Len() }

// Subscribe adds a client to the subscribers of a prefix; the empty prefix covers
// every key. It reports whether the client is new there.
func (t *Table) Subscribe(prefix string, id uint64) bool {
	p := t.get(prefix)
	if p == nil {
		p = &subscription{name: strings.Clone(prefix)}
		t.tree.Insert(p.name, p)
	}
	i, there := slices.BinarySearch(p.subscribers, id)
	if !there {
		p.subscribers = slices.Insert(p.subscribers, i, id)
	}
	return !there
}

// Unsubscribe removes a client from the subscribers of a prefix. A prefix without
// subscribers leaves the table together with its changes.
func (t *Table) Unsubscribe(prefix string, id uint64) {
	p := t.get(prefix)
	if p == nil {
		return
	}
	if i, there := slices.BinarySearch(p.subscribers, id); there {
		p.subscribers = slices.Delete(p.subscribers, i, i+1)
	}
	if len(p.subscribers) == 0 {
		t.tree.Delete(prefix)
		t.forget(p)
	}
}

// forget takes a prefix out of the dirty ones, if it is there.
func (t *Table) forget(p *subscription) {
	last := len(t.dirty) - 1
	if p.place > last || t.dirty[p.place] != p {
		return
	}
	t.dirty[last].place = p.place
	t.dirty[p.place], t.dirty[last] = t.dirty[last], nil
	t.dirty = t.dirty[:last]
}

func (t *Table) get(prefix string) *subscription {
	v, ok := t.tree.Get(prefix)
	if !ok {
		return nil
	}
	return v.(*subscription)
}

// Changed notes, under each prefix of a key, that a client changed it, and reports
// whether the key has any. The key is copied if it is kept.
func (t *Table) Changed(key []byte, writer uint64) (covered bool) {
	if t.tree.Len() == 0 {
		return false
	}
	t.key, t.owned, t.writer, t.covered = key, "", writer, false
	t.tree.WalkPath(unsafe.String(unsafe.SliceData(key), len(key)), t.mark)
	t.key, t.owned = nil, ""
	return t.covered
}

func (t *Table) markPrefix(_ string, v any) bool {
	p := v.(*subscription)
	if len(p.changed) == 0 {
		p.place = len(t.dirty)
		t.dirty = append(t.dirty, p)
		if p.changed == nil {
			p.changed = make(map[string]uint64, 1)
		}
	}
	if t.owned == "" {
		t.owned = string(t.key)
	}
	p.changed[t.owned] = t.writer
	t.covered = true
	return false // go on
}

// Dirty reports whether there is something to drain.
func (t *Table) Dirty() bool { return len(t.dirty) > 0 }

// keepMap is the number of changes up to which a prefix keeps its map for the next
// cycle; a bigger map is given back to the garbage collector.
const keepMap = 256

// Drain visits each prefix with changes, in byte order, passing its subscribers
// (ascending) and its changes (keys in byte order), and forgets the changes. The
// slices are valid during the visit, and visit must not change the table.
func (t *Table) Drain(visit func(prefix string, subscribers []uint64, changes []Change)) {
	dirty := t.dirty
	t.dirty = nil
	slices.SortFunc(dirty, func(a, b *subscription) int { return cmp.Compare(a.name, b.name) })
	for _, p := range dirty {
		visit(p.name, p.subscribers, p.changes())
		if len(p.changed) > keepMap {
			p.changed = nil
		}
		clear(p.changed)
	}
	if cap(dirty) <= keepMap {
		clear(dirty)
		t.dirty = dirty[:0]
	}
}

func (p *subscription) changes() []Change {
	list := make([]Change, 0, len(p.changed))
	for key, writer := range p.changed {
		list = append(list, Change{key, writer})
	}
	slices.SortFunc(list, func(a, b Change) int { return cmp.Compare(a.Key, b.Key) })
	return list
}

// Snapshot is the state of one prefix, for those who want to look into the table.
type Snapshot struct {
	Prefix      string
	Subscribers []uint64 // ascending
	Changes     []Change // keys in byte order
}

// Snapshot copies the table, prefixes in byte order.
func (t *Table) Snapshot() []Snapshot {
	list := make([]Snapshot, 0, t.tree.Len())
	t.tree.Walk(func(_ string, v any) bool {
		p := v.(*subscription)
		list = append(list, Snapshot{p.name, slices.Clone(p.subscribers), p.changes()})
		return false
	})
	return list
}
