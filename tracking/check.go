package tracking

import (
	"bytes"
	"cmp"
	"fmt"
	"math/bits"
	"slices"
)

// check returns an error that describes the first inconsistency in the table, or nil.
func (t *table) check() (err error) {
	if err = t.checkNodes(); err != nil {
		return err
	}
	t.each(func(p *places, _ int) { err = cmp.Or(err, p.check()) })
	return cmp.Or(err, t.checkKeys())
}

// check counts the occupied places.
func (p *places) check() error {
	n := 0
	for chunk, word := range p.occupied {
		if chunk == 0 {
			word &^= 1
		}
		n += bits.OnesCount64(word)
		if word != 0 && p.isRetired(uint32(chunk)) && !p.retiring {
			return fmt.Errorf("tracking: chunk %d was retired and is not empty", chunk)
		}
	}
	if n != p.n {
		return fmt.Errorf("tracking: %d places are counted, %d are occupied", p.n, n)
	}
	return nil
}

// checkNodes checks each node against its children, and the number of nodes in the tree
// against the arenas.
func (t *table) checkNodes() (err error) {
	var count [4]int
	var leaves int
	var pieces [len(t.pieces.classes)]int
	t.walk(func(r ref, _ int) {
		if p := t.piece(r); p.size > pieceInline {
			pieces[int(p.size-1)/slotStep]++
		}
		if r.leaf() {
			leaves++
			return
		}
		count[r.kind()>>kindShift]++
		if problem := t.checkNode(r); problem != nil && err == nil {
			err = problem
		}
	})
	if want := [4]int{t.n4.n, t.n16.n, t.n48.n, t.n256.n}; count != want && err == nil {
		err = fmt.Errorf("tracking: nodes %v in the tree, %v in the arenas", count, want)
	}
	if (leaves != t.n || leaves != t.leaves.n) && err == nil {
		err = fmt.Errorf("tracking: %d leaves in the tree, %d in the arena, %d keys", leaves, t.leaves.n, t.n)
	}
	for class, n := range pieces {
		if p := &t.pieces.classes[class]; n != p.n && err == nil {
			err = fmt.Errorf("tracking: %d pieces of class %d in the tree, %d in slots", n, class, p.n)
		}
	}
	return err
}

func (t *tree) checkNode(r ref) error {
	h := t.head(r)
	children, keys := 0, 0
	if h.end != 0 {
		if keys = 1; !h.end.leaf() || t.leaf(h.end).piece.size > 0 {
			return fmt.Errorf("tracking: the key that ends in node %#x does not", r)
		}
	}
	for b, child := t.next(r, 0); child != 0; b, child = t.next(r, b+1) {
		if at := t.child(r, byte(b)); at == nil || *at != child {
			return fmt.Errorf("tracking: node %#x has two children for %q", r, byte(b))
		}
		keys += t.keysBelow(child)
		children++
	}
	if keys != int(h.keys) || children != int(h.n) || children == 0 {
		return fmt.Errorf("tracking: node %#x counts %d children and %d keys, it has %d and %d", r, h.n, h.keys, children, keys)
	}
	return nil
}

// checkKeys checks that all keys are found, are in order, and have holders.
func (t *table) checkKeys() (err error) {
	items, many, n := 0, 0, 0
	var last []byte
	t.under(nil, nil, func(key []byte, l *leaf) bool {
		if t.found(t.search(key)) != l || n > 0 && bytes.Compare(last, key) >= 0 {
			err = fmt.Errorf("tracking: key %q is not where it belongs", key)
			return false
		}
		h := t.sets.of(l.holders)
		ids := slices.Collect(h.all())
		if !slices.IsSorted(ids) || len(ids) == 0 || ids[0] == 0 || len(ids) != h.len() {
			err = fmt.Errorf("tracking: key %q has the holders %v", key, ids)
			return false
		}
		if l.holders&inSet != 0 {
			many++
		}
		last = append(last[:0], key...)
		items += len(ids)
		n++
		return true
	})
	if err == nil && (items != t.items || n != t.n || many != t.sets.n) {
		err = fmt.Errorf("tracking: %d keys, %d items and %d sets are counted, there are %d, %d and %d", t.n, t.items, t.sets.n, n, items, many)
	}
	return err
}
