package geohash

import (
	"math"
	"math/big"
	"sync"
)

// Go's sine, cosine and arc sine are off by one in the last bit now and then. Those of the
// C library that Redis calls are right but for one in 700, and clients can read every bit
// of a distance that STOREDIST has stored. So these compute with 15 bits more than a
// float64 has, and round once. The sine of x is
//
//	sin(c+r) = sin(c) cos(r) + cos(c) sin(r)
//
// where c is the nearest multiple of 1/64, whose sine and cosine come from a table, and r
// is so small that a few terms of its series are enough.

// sum is a number as the sum of two: hi is about the number, lo what is missing.
type sum struct{ hi, lo float64 }

func (s sum) rounded() float64 { return s.hi + s.lo }

const (
	gridSize = 64  // multiples in the table for 1 radian
	gridLen  = 202 // those from 0 to pi
)

// grid is the sines and cosines of the multiples.
type grid [gridLen]struct{ sin, cos sum }

// theGrid begins with the series for 1/64 and goes on by the rule above.
var theGrid = sync.OnceValue(func() *grid {
	var of [2]*big.Float // cosine and sine of 1/64
	of[0], of[1] = precise(0), precise(0)
	for i, term := 0, precise(1); i < 24; i++ {
		of[i%2].Add(of[i%2], term)
		if i%2 == 1 {
			term.Neg(term)
		}
		term.Quo(term, precise(float64(gridSize*(i+1))))
	}
	times := func(a, b *big.Float) *big.Float { return precise(0).Mul(a, b) }
	g := new(grid)
	sin, cos := precise(0), precise(1)
	for i := range g {
		g[i].sin, g[i].cos = split(sin), split(cos)
		sin, cos = precise(0).Add(times(sin, of[0]), times(cos, of[1])),
			precise(0).Sub(times(cos, of[0]), times(sin, of[1]))
	}
	return g
})

func precise(f float64) *big.Float { return new(big.Float).SetPrec(160).SetFloat64(f) }

func split(f *big.Float) sum {
	hi, _ := f.Float64()
	lo, _ := precise(0).Sub(f, precise(hi)).Float64()
	return sum{hi, lo}
}

// near is an angle as a multiple and what is left.
type near struct {
	sin, cos sum     // of the multiple
	r        float64 // the rest
	sinR     float64 // what sin(r) is more than r
	cosR     float64 // what cos(r) is more than 1
}

// approach takes an angle from 0 to pi apart.
func approach(x float64) near {
	k := int(x*gridSize + 0.5)
	r := x - float64(k)/gridSize
	r2 := r * r
	at := &theGrid()[k]
	return near{at.sin, at.cos, r,
		r * r2 * (-1./6 + r2*(1./120-r2/5040)),
		r2 * (-1./2 + r2*(1./24-r2*(1./720-r2/40320)))}
}

func (n *near) sine() sum   { return n.sin.plus(n.cos, n.r, n.sinR, n.cosR) }
func (n *near) cosine() sum { return n.cos.plus(n.sin, -n.r, -n.sinR, n.cosR) }

// plus returns s + s*cosR + c*(r+sinR). It loses no bit of the two large terms.
func (s sum) plus(c sum, r, sinR, cosR float64) sum {
	large := float64(c.hi * r)
	lost := math.FMA(c.hi, r, -large)
	hi := s.hi + large
	part := hi - s.hi
	lost += (s.hi - (hi - part)) + (large - part)
	return sum{hi, lost + (s.hi*cosR + (c.hi*sinR + (c.lo*r + s.lo)))}
}

// piRest is what pi is more than math.Pi as a float64.
const piRest = math.Pi - 884279719003555./(1<<48)

func sin(x float64) float64 {
	switch {
	case x < 0:
		return -sin(-x)
	case !(x <= math.Pi):
		return math.Sin(x)
	case x > 3: // the sine of what is left of pi
		n := approach(math.Pi - x)
		s := n.sine()
		s.lo += piRest * n.cos.hi
		return s.rounded()
	}
	n := approach(x)
	return n.sine().rounded()
}

func cos(x float64) float64 {
	x = math.Abs(x)
	if !(x <= math.Pi) {
		return math.Cos(x)
	}
	n := approach(x)
	return n.cosine().rounded()
}

// steep is the cosine of angles so near to a right one that their sine tells little of them.
const steep = 1. / 256

// asin corrects Go's arc sine by how far its sine is from x, which is not negative.
func asin(x float64) float64 {
	y := math.Asin(x)
	if !(y <= math.Pi) {
		return y
	}
	n := approach(y)
	s, c := n.sine(), n.cos.hi-n.sin.hi*n.r
	if c < steep {
		return y
	}
	return y + ((x-s.hi)-s.lo)/c
}
