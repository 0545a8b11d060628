package keyspace

import "slices"

// idRow is a row of things in the order of their stream ids, each of which is in it once.
// They lie in short sorted chunks. To find, add or remove one takes two binary searches and
// moves at most a chunk; at the two ends, where nearly all of the work is, it moves nothing.
//
// The zero idRow is empty and ready.
type idRow[T interface{ id() StreamID }] struct {
	chunks [][]T // none of them is empty
	n      int
}

// rowChunk is the most that a chunk holds.
const rowChunk = 64

func (r *idRow[T]) len() int { return r.n }

// place finds where id is, or where it would have to be.
func (r *idRow[T]) place(id StreamID) (chunk, i int, found bool) {
	chunk, _ = slices.BinarySearchFunc(r.chunks, id, func(c []T, id StreamID) int {
		return c[len(c)-1].id().Compare(id)
	})
	if chunk == len(r.chunks) {
		return chunk, 0, false
	}
	i, found = slices.BinarySearchFunc(r.chunks[chunk], id, func(v T, id StreamID) int {
		return v.id().Compare(id)
	})
	return chunk, i, found
}

// get returns the thing with that id, or nil. It stays there until the row changes.
func (r *idRow[T]) get(id StreamID) *T {
	if chunk, i, found := r.place(id); found {
		return &r.chunks[chunk][i]
	}
	return nil
}

// from returns the first thing whose id is not less than id, or nil.
func (r *idRow[T]) from(id StreamID) *T {
	if chunk, i, _ := r.place(id); chunk < len(r.chunks) {
		return &r.chunks[chunk][i]
	}
	return nil
}

// last returns the thing with the greatest id, or nil.
func (r *idRow[T]) last() *T {
	if r.n == 0 {
		return nil
	}
	c := r.chunks[len(r.chunks)-1]
	return &c[len(c)-1]
}

// each calls visit with each thing from id on, until it returns false. visit must not
// change the row.
func (r *idRow[T]) each(id StreamID, visit func(*T) bool) {
	chunk, i, _ := r.place(id)
	for ; chunk < len(r.chunks); chunk, i = chunk+1, 0 {
		for c := r.chunks[chunk]; i < len(c); i++ {
			if !visit(&c[i]) {
				return
			}
		}
	}
}

// put adds a thing whose id is not in the row.
func (r *idRow[T]) put(v T) {
	chunk, i, _ := r.place(v.id())
	if chunk == len(r.chunks) { // behind all others
		if chunk == 0 || len(r.chunks[chunk-1]) >= rowChunk {
			r.chunks = append(r.chunks, nil)
		} else {
			chunk--
		}
		i = len(r.chunks[chunk])
	} else if len(r.chunks[chunk]) >= rowChunk {
		chunk, i = r.split(chunk, i)
	}
	r.chunks[chunk] = slices.Insert(r.chunks[chunk], i, v)
	r.n++
}

// split halves a chunk and returns where its place i is now.
func (r *idRow[T]) split(chunk, i int) (int, int) {
	c := r.chunks[chunk]
	half := len(c) / 2
	r.chunks = slices.Insert(r.chunks, chunk+1, slices.Clone(c[half:]))
	r.chunks[chunk] = slices.Delete(c, half, len(c))
	if i > half {
		return chunk + 1, i - half
	}
	return chunk, i
}

// remove takes out the thing with that id and reports whether it was there.
func (r *idRow[T]) remove(id StreamID) bool {
	chunk, i, found := r.place(id)
	if !found {
		return false
	}
	c := removeAt(r.chunks[chunk], i)
	r.chunks[chunk] = c
	r.n--
	if len(c) == 0 {
		r.chunks = removeAt(r.chunks, chunk)
	} else if chunk+1 < len(r.chunks) && len(c)+len(r.chunks[chunk+1]) <= rowChunk/2 {
		r.chunks[chunk] = append(c, r.chunks[chunk+1]...)
		r.chunks = removeAt(r.chunks, chunk+1)
	}
	return true
}

// clone copies the row.
func (r *idRow[T]) clone() idRow[T] {
	c := idRow[T]{chunks: make([][]T, len(r.chunks)), n: r.n}
	for i := range r.chunks {
		c.chunks[i] = slices.Clone(r.chunks[i])
	}
	return c
}

// removeAt removes an element. What stands before it moves if that is less than what stands
// behind it; the room in front goes when the slice grows next.
func removeAt[T any](s []T, i int) []T {
	if i >= len(s)/2 {
		return slices.Delete(s, i, i+1)
	}
	copy(s[1:i+1], s[:i])
	clear(s[:1])
	return s[1:]
}
