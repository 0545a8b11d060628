package hll

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// seed is the one with which Redis hashes elements.
const seed = 0xadc83b19

// place returns the register of an element and its rank, 1 to 51.
func place(element []byte) (index int, rank uint8) {
	h := murmurHash64A(element, seed)
	rest := h>>indexBits | 1<<rankBits // so that the rank ends somewhere
	return int(h % registers), uint8(bits.TrailingZeros64(rest)) + 1
}

// murmurHash64A is Austin Appleby's MurmurHash2 for 64-bit processors.
func murmurHash64A(b []byte, seed uint64) uint64 {
	const (
		m = 0xc6a4a7935bd1e995
		r = 47
	)
	h := seed ^ uint64(len(b))*m
	for ; len(b) >= 8; b = b[8:] {
		k := binary.LittleEndian.Uint64(b) * m
		k = (k ^ k>>r) * m
		h = (h ^ k) * m
	}
	if len(b) > 0 {
		var rest [8]byte
		copy(rest[:], b)
		h = (h ^ binary.LittleEndian.Uint64(rest[:])) * m
	}
	h = (h ^ h>>r) * m
	return h ^ h>>r
}

// histogram counts the registers of each rank. Only damaged sketches have ranks above
// maxRank; they count for nothing.
type histogram [1 << 6]int

// infinity is what the estimate is multiplied by: 1 / (2 ln 2).
const infinity = 0.721347520444481703680

// estimate is Ertl's improved raw estimator. A result too large for a signed number is the
// lowest of them, as on the processors that Redis runs on; only damaged sketches have it.
// The conversions of products keep processors that could from fusing them with the sum that
// follows, which would round differently.
func (h *histogram) estimate() uint64 {
	const m = float64(registers)
	z := m * tau((m-float64(h[maxRank]))/m)
	for rank := rankBits; rank > 0; rank-- {
		z = (float64(z) + float64(h[rank])) * 0.5
	}
	z += float64(m * sigma(float64(h[0])/m))
	n := math.Round(infinity * m * m / z)
	if !(n < 1<<63) {
		return 1 << 63
	}
	return uint64(n)
}

// sigma corrects for the registers that are 0, which are the share x.
func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for last := -1.0; z != last; {
		x *= x
		last = z
		z += float64(x * y)
		y += y
	}
	return z
}

// tau corrects for the registers that can go no higher; the others are the share x.
func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for last := -1.0; z != last; {
		x = math.Sqrt(x)
		last = z
		y *= 0.5
		z -= float64((1 - x) * (1 - x) * y)
	}
	return z / 3
}
