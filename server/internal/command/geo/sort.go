package geo

// sortFirst sorts s so far that its first n elements are in their places. Where elements
// are equal, the order is that of Redis, which uses this algorithm too: the quicksort of
// Bentley and McIlroy ("Engineering a Sort Function", 1993), without the parts in which
// none of the first n elements can be.
func sortFirst[T any](s []T, n int, compare func(T, T) int) {
	for n > 0 && len(s) > 1 {
		if len(s) < 7 {
			insertionSort(s, compare)
			return
		}
		s[0], s[pivot(s, compare)] = s[pivot(s, compare)], s[0]
		lower, higher := partition(s, compare)
		sortFirst(s[:lower], n, compare)
		s, n = s[len(s)-higher:], n-(len(s)-higher)
	}
}

func insertionSort[T any](s []T, compare func(T, T) int) {
	for i := range s {
		for j := i; j > 0 && compare(s[j-1], s[j]) > 0; j-- {
			s[j-1], s[j] = s[j], s[j-1]
		}
	}
}

// pivot returns the index of an element that is likely to be in the middle: of three, or in
// a long slice of three times three.
func pivot[T any](s []T, compare func(T, T) int) int {
	low, mid, high := 0, len(s)/2, len(s)-1
	median := func(a, b, c int) int { return medianOf(s, compare, a, b, c) }
	if len(s) == 7 {
		return mid
	}
	if d := len(s) / 8; len(s) > 40 {
		low = median(low, low+d, low+2*d)
		mid = median(mid-d, mid, mid+d)
		high = median(high-2*d, high-d, high)
	}
	return median(low, mid, high)
}

func medianOf[T any](s []T, compare func(T, T) int, a, b, c int) int {
	less := func(i, j int) bool { return compare(s[i], s[j]) < 0 }
	if less(a, b) {
		switch {
		case less(b, c):
			return b
		case less(a, c):
			return c
		}
		return a
	}
	switch {
	case compare(s[b], s[c]) > 0:
		return b
	case less(a, c):
		return a
	}
	return c
}

// partition moves what is lower than s[0] to the front and what is higher to the end, and
// returns how many there are of both. On the way, what equals s[0] is gathered at the ends.
//
//	| equal | lower | ? | higher | equal |
//	        a       b   c        d
func partition[T any](s []T, compare func(T, T) int) (lower, higher int) {
	first := s[0]
	a, b, c, d := 1, 1, len(s)-1, len(s)-1
	for {
		for ; b <= c; b++ {
			order := compare(s[b], first)
			if order > 0 {
				break
			}
			if order == 0 {
				s[a], s[b] = s[b], s[a]
				a++
			}
		}
		for ; b <= c; c-- {
			order := compare(s[c], first)
			if order < 0 {
				break
			}
			if order == 0 {
				s[c], s[d] = s[d], s[c]
				d--
			}
		}
		if b > c {
			break
		}
		s[b], s[c] = s[c], s[b]
		b++
		c--
	}
	lower, higher = b-a, d-c
	exchange(s[:b], min(a, lower))
	exchange(s[b:], min(higher, len(s)-1-d))
	return lower, higher
}

// exchange swaps the first n elements with the last n.
func exchange[T any](s []T, n int) {
	for i := range n {
		j := len(s) - n + i
		s[i], s[j] = s[j], s[i]
	}
}
