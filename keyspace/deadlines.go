package keyspace

// dated is an element of a deadlines heap. The heap tells it its place through
// setPlace.
type dated interface {
	deadline() int64
	place() int
	setPlace(int)
}

// deadlines is a heap of elements ordered by deadline, earliest first. Any element
// can be removed from it. An element that is not in the heap must not be passed to
// fix or remove.
type deadlines[T dated] []T

// first returns the element with the earliest deadline.
func (h deadlines[T]) first() (T, bool) {
	if len(h) == 0 {
		var none T
		return none, false
	}
	return h[0], true
}

func (h *deadlines[T]) add(x T) {
	*h = append(*h, x)
	x.setPlace(len(*h) - 1)
	h.up(len(*h) - 1)
}

func (h *deadlines[T]) remove(x T) {
	i, last := x.place(), len(*h)-1
	h.swap(i, last)
	var none T
	(*h)[last] = none
	*h = (*h)[:last]
	if i < last {
		h.fix((*h)[i])
	}
	if last >= compactFrom && last <= cap(*h)/4 {
		*h = append(make([]T, 0, 2*last), *h...)
	}
}

// fix restores the order after the deadline of x changed.
func (h *deadlines[T]) fix(x T) {
	h.down(x.place())
	h.up(x.place())
}

func (h *deadlines[T]) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if (*h)[parent].deadline() <= (*h)[i].deadline() {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

func (h *deadlines[T]) down(i int) {
	for {
		least := 2*i + 1
		if least >= len(*h) {
			return
		}
		if right := least + 1; right < len(*h) && (*h)[right].deadline() < (*h)[least].deadline() {
			least = right
		}
		if (*h)[i].deadline() <= (*h)[least].deadline() {
			return
		}
		h.swap(i, least)
		i = least
	}
}

func (h *deadlines[T]) swap(i, j int) {
	(*h)[i], (*h)[j] = (*h)[j], (*h)[i]
	(*h)[i].setPlace(i)
	(*h)[j].setPlace(j)
}
