package resp

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// Redis turns doubles into text with Grisu2 (Florian Loitsch, "Printing
// Floating-Point Numbers Quickly and Accurately with Integers", 2010). For about
// one double in a thousand Grisu2 gives one digit too many, or not the nearest of
// the shortest texts, so strconv would not give the same bytes. This is the
// algorithm:
//
//	  lower     f     upper       every number between the middles to f's
//	----|-------|-------|----     neighbours reads back as f
//
// The three are multiplied by a power of ten that brings the binary exponent into
// [-60, -32]. Then the integer part of upper fits into 32 bits, digits are split
// off with 64-bit divisions and multiplications, and the first prefix of upper that
// lies above lower is the answer, after its last digit has been moved as near to f
// as possible.

// diyFp is frac * 2^exp ("do it yourself floating point").
type diyFp struct {
	frac uint64
	exp  int
}

const (
	fracBits   = 52
	hiddenBit  = 1 << fracBits
	doubleBias = 1023 + fracBits

	minTarget, maxTarget = -60, -32 // binary exponents after scaling

	firstPower, stepPower, powerCount = -348, 8, 87
)

// powers are 10^-348, 10^-340 ... 10^340, each rounded to 64 bits.
var powers = cachedPowers()

func cachedPowers() (table [powerCount]diyFp) {
	one := big.NewFloat(1)
	for i := range table {
		exp := firstPower + i*stepPower
		v := new(big.Float).SetPrec(longMantissa)
		if exp < 0 {
			v.Quo(one, new(big.Float).SetInt(powerOfTen(-exp)))
		} else {
			v.SetInt(powerOfTen(exp))
		}
		mant := new(big.Float)
		exp2 := v.MantExp(mant)
		frac, _ := mant.SetMantExp(mant, longMantissa).Uint64()
		table[i] = diyFp{frac, exp2 - longMantissa}
	}
	return table
}

// times multiplies with rounding; the low 64 bits are lost.
func (a diyFp) times(b diyFp) diyFp {
	hi, lo := bits.Mul64(a.frac, b.frac)
	return diyFp{hi + lo>>63, a.exp + b.exp + 64}
}

// normal shifts frac up to its highest bit.
func (a diyFp) normal() diyFp {
	n := bits.LeadingZeros64(a.frac)
	return diyFp{a.frac << n, a.exp - n}
}

// scale picks the power of ten 10^k that brings a normal number of exponent exp
// into the target range.
func scale(exp int) (power diyFp, k int) {
	approx := int(-float64(exp+powerCount) * math.Log10(2))
	i := (approx - firstPower) / stepPower
	for {
		switch got := exp + powers[i].exp + 64; {
		case got < minTarget:
			i++
		case got > maxTarget:
			i--
		default:
			return powers[i], firstPower + i*stepPower
		}
	}
}

// grisu appends the digits of a positive finite double, which is
// digits * 10^exp10.
func grisu(digits []byte, f float64) (_ []byte, exp10 int) {
	u := math.Float64bits(f)
	w := diyFp{u & (hiddenBit - 1), int(u>>fracBits) - doubleBias}
	if u>>fracBits != 0 {
		w.frac |= hiddenBit
	} else {
		w.exp++
	}
	upper := diyFp{w.frac<<1 + 1, w.exp - 1}.normal()
	lower := diyFp{w.frac<<1 - 1, w.exp - 1}
	if w.frac == hiddenBit { // the neighbour below is nearer
		lower = diyFp{w.frac<<2 - 1, w.exp - 2}
	}
	lower = diyFp{lower.frac << (lower.exp - upper.exp), upper.exp}

	power, k := scale(upper.exp)
	w, upper, lower = w.normal().times(power), upper.times(power), lower.times(power)
	// Either product may be off by one, so stay inside.
	upper.frac--
	lower.frac++
	digits, exp10 = generate(digits, w, upper, lower)
	return digits, exp10 - k
}

// generate writes the digits of upper until they are closer to it than lower.
func generate(digits []byte, w, upper, lower diyFp) (_ []byte, kappa int) {
	shift := -upper.exp
	mask := uint64(1)<<shift - 1
	toW, room := upper.frac-w.frac, upper.frac-lower.frac
	whole, part := upper.frac>>shift, upper.frac&mask
	kappa = 10
	for div := uint64(1e9); kappa > 0; div /= 10 {
		digits = appendDigit(digits, whole/div)
		whole %= div
		kappa--
		if rest := whole<<shift + part; rest <= room {
			roundLast(digits, room, rest, div<<shift, toW)
			return digits, kappa
		}
	}
	for {
		part, room, toW = part*10, room*10, toW*10
		digits = appendDigit(digits, part>>shift)
		part &= mask
		kappa--
		if part < room {
			roundLast(digits, room, part, mask+1, toW)
			return digits, kappa
		}
	}
}

// appendDigit omits leading zeros.
func appendDigit(digits []byte, d uint64) []byte {
	if d == 0 && len(digits) == 0 {
		return digits
	}
	return append(digits, byte('0'+d))
}

// roundLast lowers the last digit while that brings the number nearer to w and
// keeps it above lower. rest is how far it lies below upper, unit the weight of the
// digit.
func roundLast(digits []byte, room, rest, unit, toW uint64) {
	for rest < toW && room-rest >= unit && (rest+unit < toW || toW-rest > rest+unit-toW) {
		digits[len(digits)-1]--
		rest += unit
	}
}

// appendDigits appends a positive finite double.
func appendDigits(b []byte, f float64) []byte {
	var tmp [24]byte
	digits, exp10 := grisu(tmp[:0], f)
	n := len(digits)
	exp := exp10 + n - 1 // of the first digit
	switch {
	case exp10 >= 0 && abs(exp) < n+7:
		return appendZeros(append(b, digits...), exp10)
	case exp10 < 0 && (exp10 > -7 || abs(exp) < 4):
		whole := n + exp10
		if whole <= 0 {
			b = appendZeros(append(b, '0', '.'), -whole)
			return append(b, digits...)
		}
		b = append(append(b, digits[:whole]...), '.')
		return append(b, digits[whole:]...)
	}
	b = append(b, digits[0])
	if n > 1 {
		b = append(append(b, '.'), digits[1:]...)
	}
	b = append(b, 'e')
	if exp >= 0 {
		b = append(b, '+')
	}
	return strconv.AppendInt(b, int64(exp), 10)
}

func appendZeros(b []byte, n int) []byte {
	for range n {
		b = append(b, '0')
	}
	return b
}

func abs(n int) int { return max(n, -n) }
