package keyspace

import "slices"

// Intersection, union and difference of sets. A nil set stands for a missing key
// and counts as empty. The results have the encoding that Redis gives them. The
// arguments are not changed.

// Common calls visit for each member that all sets have, until it returns false.
// The order is that of the smallest set, which it walks.
func Common(sets []*Set, visit func(m string) bool) {
	if slices.Contains(sets, nil) {
		return
	}
	bySize := slices.Clone(sets)
	slices.SortStableFunc(bySize, func(a, b *Set) int { return a.Len() - b.Len() })
	for m := range bySize[0].All() {
		if inAll(bySize[1:], m) && !visit(m) {
			return
		}
	}
}

func inAll(sets []*Set, m string) bool {
	for _, s := range sets {
		if !s.Has(bytesOf(m)) {
			return false
		}
	}
	return true
}

// Inter returns the intersection of sets. The result is an intset if all its
// members are integers.
func Inter(sets []*Set, l *Limits) *Set {
	out, ints := &Set{encoding: setListpack}, true
	Common(sets, func(m string) bool {
		_, isInt := canonicalInt(m)
		ints = ints && isInt
		return out.Add(m, l)
	})
	if ints && int64(out.Len()) <= l.SetIntsetEntries {
		out.encoding = intset
	}
	return out
}

// Union returns the union of sets.
func Union(sets []*Set, l *Limits) *Set {
	out := &Set{}
	for _, s := range sets {
		out.addAll(s, l)
	}
	return out
}

func (s *Set) addAll(from *Set, l *Limits) {
	if from == nil {
		return
	}
	for m := range from.All() {
		s.Add(m, l)
	}
}

// Diff returns the members of the first set that are in none of the others.
func Diff(sets []*Set, l *Limits) *Set {
	out, first, others := &Set{}, sets[0], sets[1:]
	if first == nil || slices.Contains(others, first) {
		return out
	}
	others = slices.DeleteFunc(slices.Clone(others), func(s *Set) bool { return s == nil })
	if !diffByLookup(first, others) {
		out.addAll(first, l)
		out.removeAll(others)
		return out
	}
	for m := range first.All() {
		if !inAny(others, m) {
			out.Add(m, l)
		}
	}
	return out
}

// diffByLookup chooses, as Redis does, between two ways to compute a difference:
// look up each member of the first set in the others (which may end early, so it
// counts half), or remove the members of the others from a copy.
func diffByLookup(first *Set, others []*Set) bool {
	lookups, removals := first.Len()*(len(others)+1)/2, first.Len()
	for _, s := range others {
		removals += s.Len()
	}
	return lookups <= removals
}

func inAny(sets []*Set, m string) bool {
	return slices.ContainsFunc(sets, func(s *Set) bool { return s.Has(bytesOf(m)) })
}

func (s *Set) removeAll(others []*Set) {
	for _, other := range others {
		for m := range other.members.All() {
			s.Remove(bytesOf(m))
		}
	}
}
