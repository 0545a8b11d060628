package keyspace

import (
	"math/bits"
	"math/rand/v2"
)

// skiplist keeps the members of a sorted set in order: by score, and members with
// equal scores by their bytes. Inserting, deleting, and going from rank to member
// or back take O(log n).
//
// It is a linked list with express lanes. A node is in lane 0 and, with a
// probability of 1/4 each, in the lanes above. A link knows how many ranks it
// jumps, so the jumps of a descent add up to the rank where it ends:
//
//	lane 1  head ------3-----> c --------3-------> (end)
//	lane 0  head -1-> a -1-> b -1-> c -1-> d -1-> e -1-> (end)
//
// Ranks count from 1 inside this file's links (the head is 0, the end is
// len+1), and from 0 in what the methods take and return.
type skiplist struct {
	head znode // has a link for each lane in use, and no member
	tail *znode
	len  int
}

// znode is one member.
type znode struct {
	member string
	score  float64
	prev   *znode // nil for the first
	next   []zlink
	one    [1]zlink // backs next in three of four nodes, to save an allocation
}

// zlink leads to the next node of a lane, jump ranks further; nil at the end.
type zlink struct {
	to   *znode
	jump int
}

// maxLanes is enough for 4^16 members.
const maxLanes = 16

// zpath is the path of a descent: for each lane the last node before the place
// looked for, with its rank.
type zpath struct {
	node [maxLanes]*znode
	rank [maxLanes]int
}

// before reports whether n comes before a member with that score.
func (n *znode) before(score float64, member string) bool {
	return n.score < score || n.score == score && n.member < member
}

// descend goes to the last node for which before holds. before must hold for the
// first nodes of the list and for none after them.
func (l *skiplist) descend(p *zpath, before func(n *znode, rank int) bool) {
	at, rank := &l.head, 0
	for i := len(l.head.next) - 1; i >= 0; i-- {
		for {
			next := &at.next[i]
			if next.to == nil || !before(next.to, rank+next.jump) {
				break
			}
			at, rank = next.to, rank+next.jump
		}
		p.node[i], p.rank[i] = at, rank
	}
}

// count returns for how many nodes before holds; see descend.
func (l *skiplist) count(before func(*znode) bool) int {
	var p zpath
	l.descend(&p, func(n *znode, _ int) bool { return before(n) })
	return p.rank[0]
}

// rank returns how many nodes come before a member with its score.
func (l *skiplist) rank(score float64, member string) int {
	return l.count(func(n *znode) bool { return n.before(score, member) })
}

// at returns the node with that rank, which must exist.
func (l *skiplist) at(rank int) *znode {
	switch rank {
	case 0:
		return l.head.next[0].to
	case l.len - 1:
		return l.tail
	}
	var p zpath
	l.descend(&p, func(_ *znode, r int) bool { return r <= rank })
	return p.node[0].next[0].to
}

// insert adds a new member.
func (l *skiplist) insert(score float64, member string) {
	n := &znode{member: member, score: score}
	n.next = n.one[:]
	if lanes := randomLanes(); lanes > 1 {
		n.next = make([]zlink, lanes)
	}
	l.place(n)
}

// place puts a node where it belongs.
func (l *skiplist) place(n *znode) {
	for len(l.head.next) < len(n.next) {
		l.head.next = append(l.head.next, zlink{nil, l.len + 1})
	}
	var p zpath
	l.descend(&p, func(o *znode, _ int) bool { return o.before(n.score, n.member) })
	l.link(&p, n)
}

// link puts n after the place that p leads to.
func (l *skiplist) link(p *zpath, n *znode) {
	rank := p.rank[0] + 1
	for i := range l.head.next {
		prev := &p.node[i].next[i]
		if i >= len(n.next) {
			prev.jump++
			continue
		}
		n.next[i] = zlink{prev.to, p.rank[i] + prev.jump + 1 - rank}
		*prev = zlink{n, rank - p.rank[i]}
	}
	n.prev = nil
	if p.node[0] != &l.head {
		n.prev = p.node[0]
	}
	if next := n.next[0].to; next != nil {
		next.prev = n
	} else {
		l.tail = n
	}
	l.len++
}

// unlink removes n, the node right after the place that p leads to.
func (l *skiplist) unlink(p *zpath, n *znode) {
	for i := range l.head.next {
		prev := &p.node[i].next[i]
		if prev.to != n {
			prev.jump--
			continue
		}
		*prev = zlink{n.next[i].to, prev.jump + n.next[i].jump - 1}
	}
	if next := n.next[0].to; next != nil {
		next.prev = n.prev
	} else {
		l.tail = n.prev
	}
	l.len--
	for i := len(l.head.next) - 1; i > 0 && l.head.next[i].to == nil; i-- {
		l.head.next = l.head.next[:i]
	}
}

// delete removes a member, which must be there with that score.
func (l *skiplist) delete(score float64, member string) {
	var p zpath
	l.descend(&p, func(n *znode, _ int) bool { return n.before(score, member) })
	l.unlink(&p, p.node[0].next[0].to)
}

// move gives a member a new score. If its rank does not change, as with most
// counters, the node stays.
func (l *skiplist) move(old float64, member string, score float64) {
	var p zpath
	l.descend(&p, func(n *znode, _ int) bool { return n.before(old, member) })
	n := p.node[0].next[0].to
	next := n.next[0].to
	if (n.prev == nil || n.prev.before(score, member)) && (next == nil || !next.before(score, member)) {
		n.score = score
		return
	}
	l.unlink(&p, n)
	n.score = score
	l.place(n)
}

// deleteRanks removes the ranks from..to-1 and calls deleted for each.
func (l *skiplist) deleteRanks(from, to int, deleted func(*znode)) {
	var p zpath
	l.descend(&p, func(_ *znode, r int) bool { return r <= from })
	for range to - from {
		n := p.node[0].next[0].to
		l.unlink(&p, n)
		deleted(n)
	}
}

// randomLanes draws the number of lanes of a new node.
func randomLanes() int {
	return 1 + min(bits.TrailingZeros64(rand.Uint64())/2, maxLanes-1)
}
