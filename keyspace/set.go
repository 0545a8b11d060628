package keyspace

import (
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"unsafe"
)

// Set is a set of strings. The zero Set is empty and ready.
//
// It has one representation but keeps track of the one that Redis would use,
// because clients can see it: in OBJECT ENCODING, in the order of the members (an
// intset is sorted), and in SSCAN, which returns a small set at once. A Set goes
// from intset to listpack or hashtable and never back.
type Set struct {
	members  Dict[struct{}]
	encoding setEncoding
	width    uint8 // of an intset: the bytes of its widest member ever, if more than 2
	text     int64 // bytes of all members
}

type setEncoding uint8

const (
	intset setEncoding = iota
	setListpack
	setHashtable
)

var setEncodings = [...]string{"intset", "listpack", "hashtable"}

// setOverhead is what a Set takes besides its members.
const setOverhead = int64(unsafe.Sizeof(Set{}))

// NewSet makes a set for the members that a command is about to add: their number
// and kind decide what Redis creates.
func NewSet(l *Limits, members ...[]byte) *Set {
	n := int64(len(members))
	switch _, isInt := canonicalInt(string(members[0])); {
	case isInt && n <= l.SetIntsetEntries:
		return &Set{}
	case n <= l.SetListpackEntries:
		return &Set{encoding: setListpack}
	}
	return &Set{encoding: setHashtable}
}

// Expect tells the set that a command is about to add n members: Redis turns it
// into a hashtable at once if these alone exceed the limit of its encoding.
func (s *Set) Expect(l *Limits, n int) {
	limit := l.SetListpackEntries
	if s.encoding == intset {
		limit = l.SetIntsetEntries
	}
	if int64(n) > limit {
		s.encoding = setHashtable
	}
}

// Type returns TypeSet.
func (s *Set) Type() Type { return TypeSet }

// Encoding returns "intset", "listpack" or "hashtable". The limits count when
// members are added, see Add.
func (s *Set) Encoding(*Limits) string { return setEncodings[s.encoding] }

// MemSize estimates the bytes of the set.
func (s *Set) MemSize() int64 { return setOverhead + s.members.memory() + s.text }

// Empty reports whether no member is left.
func (s *Set) Empty() bool { return s.Len() == 0 }

// Clone copies the set.
func (s *Set) Clone() Value {
	c := &Set{encoding: s.encoding, width: s.width, text: s.text}
	for m := range s.members.All() {
		c.members.Put(m, struct{}{})
	}
	return c
}

// Len returns the number of members.
func (s *Set) Len() int { return s.members.Len() }

// Has reports whether m is a member.
func (s *Set) Has(m []byte) bool { return s.members.Has(m) }

// Add adds a member, which the set keeps, and reports whether it is new.
func (s *Set) Add(m string, l *Limits) bool {
	if s.members.Has(bytesOf(m)) {
		return false
	}
	v, isInt := canonicalInt(m)
	if s.encoding == intset && !isInt {
		s.leaveIntset(l)
	}
	s.widen(v)
	s.members.Put(m, struct{}{})
	s.text += int64(len(m))
	n := int64(s.Len())
	switch s.encoding {
	case intset:
		if n > l.SetIntsetEntries {
			s.encoding = setHashtable
		}
	case setListpack:
		if n > l.SetListpackEntries || int64(len(m)) > l.SetListpackValue {
			s.encoding = setHashtable
		}
	}
	return true
}

// widen notes that a number is a member.
func (s *Set) widen(v int64) {
	switch {
	case v != int64(int32(v)):
		s.width = 8
	case v != int64(int16(v)):
		s.width = max(s.width, 4)
	}
}

// leaveIntset turns an intset into a listpack: from now on the members are ordered
// by arrival instead of by value.
func (s *Set) leaveIntset(l *Limits) {
	s.encoding = setListpack
	var sorted Dict[struct{}]
	for _, v := range s.sorted() {
		m := strconv.FormatInt(v, 10)
		sorted.Put(m, struct{}{})
		if int64(len(m)) > l.SetListpackValue {
			s.encoding = setHashtable
		}
	}
	s.members = sorted
}

// Remove removes a member and reports whether it was there.
func (s *Set) Remove(m []byte) bool {
	if !s.members.Delete(m) {
		return false
	}
	s.text -= int64(len(m))
	return true
}

// All yields every member: those of an intset by value, else in the order of
// arrival. The set must not change during the walk.
func (s *Set) All() iter.Seq[string] {
	return func(yield func(string) bool) {
		if s.encoding == intset {
			for _, v := range s.sorted() {
				if !yield(strconv.FormatInt(v, 10)) {
					return
				}
			}
			return
		}
		for m := range s.members.All() {
			if !yield(m) {
				return
			}
		}
	}
}

// sorted returns the members of an intset by value.
func (s *Set) sorted() []int64 {
	all := make([]int64, 0, s.Len())
	for m := range s.members.All() {
		v, _ := canonicalInt(m)
		all = append(all, v)
	}
	slices.Sort(all)
	return all
}

// Scan visits about count members and returns the cursor at which to continue; see
// [Dict.Scan]. A set that is not a hashtable is visited as a whole.
func (s *Set) Scan(cursor uint64, count int, visit func(string)) uint64 {
	if s.encoding == setHashtable {
		return s.members.Scan(cursor, count, func(m string, _ struct{}) { visit(m) })
	}
	for m := range s.All() {
		visit(m)
	}
	return 0
}

// Random returns a random member, all being equally likely. The set must not be
// empty.
func (s *Set) Random(r *rand.Rand) string {
	m, _ := s.members.Random(r)
	return m
}

// sampleByPicking is how many times n members a set must have for Sample to pick
// members at random instead of walking over all of them.
const sampleByPicking = 3

// Sample returns n members, or all if there are fewer. All choices are equally
// likely, but the order is not random.
func (s *Set) Sample(n int, r *rand.Rand) []string {
	n = min(n, s.Len())
	picked := make([]string, 0, n)
	if s.Len()/sampleByPicking < n {
		left := s.Len()
		for m := range s.All() {
			if r.IntN(left) < n-len(picked) {
				picked = append(picked, m)
			}
			left--
		}
		return picked
	}
	seen := make(map[string]struct{}, n)
	for len(picked) < n {
		m := s.Random(r)
		if _, ok := seen[m]; !ok {
			seen[m] = struct{}{}
			picked = append(picked, m)
		}
	}
	return picked
}

// popMove is how many times more members SPOP must take than remain for Redis to
// move the rest into a new set.
const popMove = 5

// Pop removes n members, or all if there are fewer, and returns them.
func (s *Set) Pop(n int, r *rand.Rand, l *Limits) []string {
	popped := s.Sample(n, r)
	for _, m := range popped {
		s.Remove(bytesOf(m))
	}
	// The new set that holds the rest begins as a listpack.
	if s.encoding == setHashtable && s.Len()*popMove <= n {
		rest := &Set{encoding: setListpack}
		for m := range s.All() {
			rest.Add(m, l)
		}
		*s = *rest
	}
	return popped
}

// canonicalInt reads a string as a 64-bit integer if it is written as Redis
// writes one: no plus, no leading zeros, no minus zero.
func canonicalInt(s string) (int64, bool) {
	if len(s) == 0 || len(s) > 20 {
		return 0, false
	}
	digits := s
	if s[0] == '-' {
		digits = s[1:]
	}
	if digits == "" || digits[0] < '0' || digits[0] > '9' || digits[0] == '0' && len(s) > 1 {
		return 0, false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
	}
	v, err := strconv.ParseInt(s, 10, 64)
	return v, err == nil
}
