package resp

import (
	"math"
	"math/big"
	"strconv"
)

// wholeMax bounds the doubles that are written as integers. Beyond it Redis does
// not trust the conversion.
const wholeMax = 1 << 62

// AppendDouble appends f as Redis writes doubles in both protocols: whole numbers
// up to 2^62 with every digit, others with the digits that grisu.go finds, which
// read back as f, or inf, -inf or nan.
func AppendDouble(b []byte, f float64) []byte {
	switch {
	case math.IsInf(f, 1):
		return append(b, "inf"...)
	case math.IsInf(f, -1):
		return append(b, "-inf"...)
	case math.IsNaN(f):
		return append(b, "nan"...)
	case f == 0 && math.Signbit(f):
		return append(b, "-0"...)
	case f == math.Trunc(f) && math.Abs(f) <= wholeMax:
		return strconv.AppendInt(b, int64(f), 10)
	}
	if f < 0 {
		b, f = append(b, '-'), -f
	}
	return appendDigits(b, f)
}

// The 80-bit extended format of x86, in which Redis does the arithmetic of
// INCRBYFLOAT and HINCRBYFLOAT: clients see its rounding.
const (
	longMantissa = 64
	longMaxExp   = 16384  // 2^16384 and up is infinite
	longMinExp   = -16446 // 2^-16446 and below rounds to zero
	longMaxText  = 5 * 1024
)

// AddLongDouble adds two numbers given as text and returns the sum as text, by the
// rules of INCRBYFLOAT. The error is ErrNotFloat if one of them is not a number (or
// is too large or small for the format), and ErrNaN if the sum is not finite.
func AddLongDouble(current, increment []byte) ([]byte, error) {
	a, ok := ParseLongDouble(current)
	if !ok {
		return nil, ErrNotFloat
	}
	b, ok := ParseLongDouble(increment)
	if !ok {
		return nil, ErrNotFloat
	}
	if a.IsInf() || b.IsInf() {
		return nil, ErrNaN
	}
	sum := new(big.Float).SetPrec(longMantissa).Add(a, b)
	if sum.MantExp(nil) > longMaxExp {
		return nil, ErrNaN
	}
	return FormatLongDouble(sum), nil
}

// ParseLongDouble reads a number as C's strtold does, except for spaces and nan:
// decimal or hexadecimal with optional fraction and exponent, or an infinity. It
// rejects finite numbers that the format can only hold as infinite or zero.
func ParseLongDouble(word []byte) (*big.Float, bool) {
	if len(word) >= longMaxText {
		return nil, false
	}
	n, ok := scanNumber(word)
	if !ok {
		return nil, false
	}
	f := n.float()
	if f.IsInf() || f.Sign() == 0 {
		return f, n.inf || n.mantissa.Sign() == 0
	}
	// MantExp assumes a mantissa in [0.5, 1).
	exp := f.MantExp(nil)
	tooSmall := exp <= longMinExp || exp == longMinExp+1 && isPowerOfTwo(f)
	return f, exp <= longMaxExp && !tooSmall
}

// FormatLongDouble writes a finite number with up to 17 decimals, without an
// exponent or trailing zeros.
func FormatLongDouble(f *big.Float) []byte {
	text := f.Append(nil, 'f', 17)
	end := len(text)
	for text[end-1] == '0' {
		end--
	}
	if text[end-1] == '.' {
		end--
	}
	if text = text[:end]; string(text) == "-0" {
		return []byte("0")
	}
	return text
}

func isPowerOfTwo(f *big.Float) bool { return f.MinPrec() == 1 }

// number is mantissa * base^exp, where base is 10, or 2 for a hexadecimal word.
type number struct {
	negative, hex, inf bool
	mantissa           big.Int
	exp                int
}

// expCap bounds exponents while they are read. It is far beyond any that matters: a
// word has at most longMaxText digits to make up for them.
const expCap = 100000

// scanNumber splits a word by the grammar of strtold.
func scanNumber(word []byte) (n number, ok bool) {
	s := string(word)
	if s != "" && (s[0] == '-' || s[0] == '+') {
		n.negative = s[0] == '-'
		s = s[1:]
	}
	if isInfinity(s) {
		n.inf = true
		return n, true
	}
	base, digitBits := 10, 1
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		n.hex, base, digitBits, s = true, 16, 4, s[2:]
	}
	digits, decimals, rest := scanDigits(s, n.hex)
	if len(digits) == 0 {
		return n, false
	}
	n.mantissa.SetString(string(digits), base)
	if rest != "" {
		if n.exp, ok = scanExponent(rest, n.hex); !ok {
			return n, false
		}
	}
	n.exp -= decimals * digitBits
	return n, true
}

// scanDigits reads digits with at most one point among them and returns how many
// follow the point.
func scanDigits(s string, hex bool) (digits []byte, decimals int, rest string) {
	point := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '.' && !point:
			point = true
			continue
		case '0' <= c && c <= '9', hex && 'a' <= c|0x20 && c|0x20 <= 'f':
			digits = append(digits, c)
		default:
			return digits, decimals, s[i:]
		}
		if point {
			decimals++
		}
	}
	return digits, decimals, ""
}

// scanExponent reads all of s as e+12, or p+12 after hexadecimal digits.
func scanExponent(s string, hex bool) (exp int, ok bool) {
	letter := byte('e')
	if hex {
		letter = 'p'
	}
	if s[0]|0x20 != letter {
		return 0, false
	}
	s = s[1:]
	negative := s != "" && s[0] == '-'
	if negative || s != "" && s[0] == '+' {
		s = s[1:]
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		exp = min(exp*10+int(s[i]-'0'), expCap)
	}
	if negative {
		exp = -exp
	}
	return exp, s != ""
}

func isInfinity(s string) bool {
	return len(s) == 3 && lowered(s) == "inf" || len(s) == 8 && lowered(s) == "infinity"
}

func lowered(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// float rounds the number once, to nearest, ties to even. Its exponent may exceed
// what the format allows; if it is far outside, the result is infinite or zero.
func (n *number) float() *big.Float {
	f := new(big.Float).SetPrec(longMantissa)
	switch {
	case n.inf:
		f.SetInf(false)
	case n.mantissa.Sign() == 0:
	case n.exp > 2*longMaxExp:
		f.SetInf(false)
	case n.exp < -4*longMaxText-2*longMaxExp:
	case n.hex:
		f.SetInt(&n.mantissa)
		f.SetMantExp(f, n.exp)
	case n.exp >= 0:
		f.SetInt(new(big.Int).Mul(&n.mantissa, powerOfTen(n.exp)))
	default:
		num, den := new(big.Float).SetInt(&n.mantissa), new(big.Float).SetInt(powerOfTen(-n.exp))
		f.Quo(num, den)
	}
	if n.negative {
		f.Neg(f)
	}
	return f
}

func powerOfTen(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}
