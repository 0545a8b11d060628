package keyspace

// ring is a sequence that grows and shrinks at both ends in constant time and is indexed
// in constant time. Inserting and removing in the middle moves what is on the shorter side.
//
// Element i is room[(head+i) mod len(room)], and len(room) is a power of two. The room
// doubles when it is full and halves when three quarters of it are free.
//
// The zero ring is empty and ready.
type ring[T any] struct {
	room []T
	head int
	n    int
}

func (r *ring[T]) at(i int) *T { return &r.room[(r.head+i)&(len(r.room)-1)] }

// insert puts v before element i; i may be n.
func (r *ring[T]) insert(i int, v T) {
	if r.n == len(r.room) {
		r.resize(max(1, 2*r.n))
	}
	r.n++
	if i < r.n/2 {
		r.head = (r.head - 1) & (len(r.room) - 1)
		for j := range i {
			*r.at(j) = *r.at(j + 1)
		}
	} else {
		for j := r.n - 1; j > i; j-- {
			*r.at(j) = *r.at(j - 1)
		}
	}
	*r.at(i) = v
}

// remove takes out element i.
func (r *ring[T]) remove(i int) {
	var none T
	if i < r.n/2 {
		for j := i; j > 0; j-- {
			*r.at(j) = *r.at(j - 1)
		}
		*r.at(0) = none
		r.head = (r.head + 1) & (len(r.room) - 1)
	} else {
		for j := i; j < r.n-1; j++ {
			*r.at(j) = *r.at(j + 1)
		}
		*r.at(r.n - 1) = none
	}
	r.n--
	if size := len(r.room); r.n <= size/4 {
		r.resize(size / 2)
	}
}

func (r *ring[T]) resize(size int) {
	room := make([]T, size)
	tail := min(r.head+r.n, len(r.room))
	k := copy(room, r.room[r.head:tail])
	copy(room[k:], r.room[:r.n-k])
	r.room, r.head = room, 0
}
