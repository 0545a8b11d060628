package server

import "slices"

// index finds, by a name, what was put under it, in the order in which it was put there.
// Names under which nothing is left are not in it.
type index[T comparable] map[string][]T

func (x index[T]) add(name string, v T) { x[name] = append(x[name], v) }

func (x index[T]) remove(name string, v T) {
	if x[name] = without(x[name], v); len(x[name]) == 0 {
		delete(x, name)
	}
}

// without removes v from a list, in place.
func without[T comparable](list []T, v T) []T {
	return slices.DeleteFunc(list, func(x T) bool { return x == v })
}

// newIndexes makes an index for each of n databases.
func newIndexes[T comparable](n int) []index[T] {
	list := make([]index[T], n)
	for i := range list {
		list[i] = index[T]{}
	}
	return list
}
