package watch

// Ring keeps the last values that were put into it and not taken out.
type Ring[T any] struct {
	slots   []T
	size    int    // slots may grow to this
	head    uint64 // values that have left the ring
	n       int    // values in the ring
	dropped uint64
}

// NewRing returns a ring for size values, at least one. Its memory grows as it fills.
func NewRing[T any](size int) Ring[T] { return Ring[T]{size: max(size, 1)} }

// Len returns the number of values in the ring.
func (r *Ring[T]) Len() int { return r.n }

// Dropped returns how many values Put has dropped.
func (r *Ring[T]) Dropped() uint64 { return r.dropped }

// At returns the place of the ith value, counted from the oldest.
func (r *Ring[T]) At(i int) *T { return &r.slots[(r.head+uint64(i))%uint64(len(r.slots))] }

// Put adds a value. In a full ring it takes the place of the oldest.
func (r *Ring[T]) Put(v T) {
	switch {
	case r.n < len(r.slots):
	case r.n < r.size:
		r.grow()
	default:
		r.head++
		r.n--
		r.dropped++
	}
	r.n++
	*r.At(r.n - 1) = v
}

// Take takes the oldest value out.
func (r *Ring[T]) Take() (v T, ok bool) {
	if r.n == 0 {
		return v, false
	}
	slot := r.At(0)
	var zero T
	v, *slot = *slot, zero
	r.head++
	r.n--
	return v, true
}

// grow doubles the memory: most rings never need all of their size.
func (r *Ring[T]) grow() {
	slots := make([]T, min(max(2*r.n, 16), r.size))
	for i := range r.n {
		slots[(r.head+uint64(i))%uint64(len(slots))] = *r.At(i)
	}
	r.slots = slots
}
