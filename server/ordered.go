package server

import (
	"iter"
	"slices"
	"unsafe"
)

// ordered is a set whose elements keep the order in which they came. Its zero value is empty.
// Each element comes, leaves and is found in constant time, and takes memory only while it
// is there. The zero value of T is no element.
//
// A small set is a list and nothing else. A large one knows the place of each element too;
// an element that leaves it leaves a hole, and the holes go when they are as many as the
// elements.
type ordered[T comparable] struct {
	list   []T
	places map[T]int32 // nil while the set is small
}

// smallSet is how many elements are found as fast by looking at each.
const smallSet = 16

// len returns the number of elements.
func (o *ordered[T]) len() int {
	if o.places != nil {
		return len(o.places)
	}
	return len(o.list)
}

// find returns the place of an element, or -1.
func (o *ordered[T]) find(v T) int {
	if o.places == nil {
		return slices.Index(o.list, v)
	}
	if i, there := o.places[v]; there {
		return int(i)
	}
	return -1
}

// add reports whether the element is new. If so it comes last.
func (o *ordered[T]) add(v T) bool {
	if o.find(v) >= 0 {
		return false
	}
	o.list = append(o.list, v)
	switch {
	case o.places != nil:
		o.places[v] = int32(len(o.list) - 1)
	case len(o.list) > smallSet:
		o.setPlaces()
	}
	return true
}

// remove reports whether the element was there.
func (o *ordered[T]) remove(v T) bool {
	i := o.find(v)
	if i < 0 {
		return false
	}
	if o.places == nil {
		o.list = slices.Concat(o.list[:i], o.list[i+1:]) // a new list: see all
		return true
	}
	var hole T
	o.list[i] = hole
	delete(o.places, v)
	if 2*len(o.places) <= len(o.list) {
		o.list = slices.AppendSeq(make([]T, 0, len(o.places)), o.all())
		o.setPlaces()
	}
	return true
}

// setPlaces notes where the elements of the list are, unless they are few.
func (o *ordered[T]) setPlaces() {
	o.places = nil
	if len(o.list) <= smallSet {
		return
	}
	o.places = make(map[T]int32, len(o.list))
	for i, v := range o.list {
		o.places[v] = int32(i)
	}
}

// all yields the elements in order. The set may change meanwhile: an element that has left
// is not yielded, one that has come may be or not.
func (o *ordered[T]) all() iter.Seq[T] {
	return func(yield func(T) bool) {
		var hole T
		list := o.list // nothing is ever moved within it
		for _, v := range list {
			left := unsafe.SliceData(o.list) != unsafe.SliceData(list) && o.find(v) < 0
			if v != hole && !left && !yield(v) {
				return
			}
		}
	}
}
