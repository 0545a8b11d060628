package keyspace

import (
	"encoding/binary"
	"slices"
	"sort"
)

// Redis keeps the nodes of a stream in a radix tree by their ids, 16 bytes each, and XINFO
// STREAM shows how many nodes that tree has. Here they are a sorted slice, so the count
// follows from how many bytes the keys have in common. It is
//
//   - one for each place where keys part, and one more for the bytes on the way there, if any;
//   - one for the end of each key, and one more for the bytes on the way there, if any.
//
// A node that comes or goes changes the count by its end, and by the place where it parts from
// all others, if no others part there.

type radixKey [16]byte

func (id StreamID) radixKey() (k radixKey) {
	binary.BigEndian.PutUint64(k[:], id.Ms)
	binary.BigEndian.PutUint64(k[8:], id.Seq)
	return k
}

func (k radixKey) id() StreamID {
	return StreamID{binary.BigEndian.Uint64(k[:]), binary.BigEndian.Uint64(k[8:])}
}

// common returns how many bytes two keys begin with alike.
func (k radixKey) common(other radixKey) int {
	n := 0
	for n < len(k) && k[n] == other[n] {
		n++
	}
	return n
}

// RadixNodes returns how many nodes the radix tree has.
func (s *Stream) RadixNodes() int {
	if s.radix == 0 && len(s.nodes) > 0 {
		keys := make([]radixKey, len(s.nodes))
		for i, n := range s.nodes {
			keys[i] = n.id.radixKey()
		}
		s.radix = radixNodes(keys, 0)
	}
	return max(s.radix, 1)
}

// radixNodes counts the nodes for sorted keys that agree in their first depth bytes.
func radixNodes(keys []radixKey, depth int) (n int) {
	common := keys[0].common(keys[len(keys)-1])
	n = 1 + radixWay(depth-1, common)
	for len(keys) > 0 && common < len(keys[0]) {
		end := sort.Search(len(keys), func(i int) bool { return keys[i][common] > keys[0][common] })
		n += radixNodes(keys[:end], common+1)
		keys = keys[end:]
	}
	return n
}

// radixWay returns 1 if there are bytes between the place where keys part at depth from, whose
// next byte says which way to go, and the depth to.
func radixWay(from, to int) int {
	if to > from+1 {
		return 1
	}
	return 0
}

// radixChange keeps the count, if it is known, when the node i comes (sign 1) or is about to go
// (-1).
func (s *Stream) radixChange(i, sign int) {
	if s.radix > 0 || sign > 0 && len(s.nodes) == 1 {
		s.radix += sign * s.radixShare(i)
	}
}

// radixShare returns by how many nodes the radix tree is larger than without the node i.
func (s *Stream) radixShare(i int) int {
	key, near, fork := s.nodes[i].id.radixKey(), i, -1
	for _, j := range [...]int{i - 1, i + 1} {
		if j >= 0 && j < len(s.nodes) {
			if n := key.common(s.nodes[j].id.radixKey()); n > fork {
				near, fork = j, n
			}
		}
	}
	end := 1 + radixWay(fork, len(key))
	if near == i {
		return end
	}
	above, below, others := s.radixForks(near, fork)
	if others {
		return end
	}
	return end + 1 + radixWay(above, fork) + radixWay(fork, below) - radixWay(above, below)
}

// radixForks looks at where keys part on the way to that of the node near, but for one that
// parts from it at depth fork: right above fork, right below it, and whether others do there.
func (s *Stream) radixForks(near, fork int) (above, below int, others bool) {
	key := s.nodes[near].id.radixKey()
	above, below = -1, len(key)
	first := s.nodes[0].id.radixKey()
	depth := first.common(s.nodes[len(s.nodes)-1].id.radixKey())
	for n := s.alike(key, depth, fork); n > 1; depth++ {
		next := s.alike(key, depth+1, fork)
		switch {
		case next == n:
		case depth < fork:
			above = depth
		case depth == fork:
			others = true
		default:
			return above, depth, others
		}
		n = next
	}
	return above, below, others
}

// alike returns how many nodes have a key that agrees in its first depth bytes, without the
// one that agrees in fork bytes.
func (s *Stream) alike(key radixKey, depth, fork int) int {
	low, high := key, key
	for i := depth; i < len(key); i++ {
		low[i], high[i] = 0, 0xff
	}
	find := func(id StreamID) (int, bool) {
		return slices.BinarySearchFunc(s.nodes, id, func(n streamNode, id StreamID) int { return n.id.Compare(id) })
	}
	from, _ := find(low.id())
	to, found := find(high.id())
	n := to - from
	if found {
		n++
	}
	if depth <= fork {
		n--
	}
	return n
}
